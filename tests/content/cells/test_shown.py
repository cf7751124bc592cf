"""content.cells.shown: a cell is what it shows, by its number format."""

import pytest

from content.cells.shown import is_plain, shown_general, shown_number, shown_text
from content.model.refused import Refused

MONEY = '_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* "-"??_ ;_ @_ '


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (1234, "000000", "001234"),
        (2.5, "000", "003"),
        (-7, "000", "-007"),
        (430121001, '0000"-"00"-"000', "4301-21-001"),
        (6, "000\\-000", "000-006"),
        (12, '"A"000', "A012"),
        (0.05, "0%", "5%"),
        (0.12345, "0.00%", "12.35%"),
        (2000, '"¥"#,##0.00', "¥2,000.00"),
        (2000, "[$¥-804]#,##0.00", "¥2,000.00"),
        (1234.5, MONEY, " ¥1,234.50 "),
        (0, MONEY, " ¥-   "),
        (-5, "0;[Red](0)", "(5)"),
        (-5, "0;[红色](0)", "(5)"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (1234567, '0,,"百万"', "1百万"),
        (12345, '0!.0,"万"', "1.2万"),
        (0.5, "#.##", ".5"),
        (1.005, "0.00", "1.01"),
        (1 / 3, "# ?/?", "1/3"),
        (1.25, "# ??/??", "1 1/4"),
        (1.3, "# ?/8", "1 2/8"),
        (0.99, "# ?/?", "1"),
        (2, "# ?/?", "2"),
        (0.00012, "0.00E+00", "1.20E-04"),
        (12345678, "##0.0E+0", "12.3E+6"),
        (6.02e23, "0.00E+00", "6.02E+23"),
        (5550123, "[<=9999999]###-####;(###) ###-####", "555-0123"),
        (2075550123, "[<=9999999]###-####;(###) ###-####", "(207) 555-0123"),
        (3, 'General"元"', "3元"),
        (3, 'G/通用格式"元"', "3元"),
        (-3, 'General"元"', "-3元"),
        (0, "0;;", ""),
        (5, ";;;", ""),
        (0, '0;-0;"无"', "无"),
        (8.5 / 24, "h:mm", "8:30"),
        (0.6, "hh:mm:ss", "14:24:00"),
        (0.6, "h:mm AM/PM", "2:24 PM"),
        (0.6, '上午/下午h"时"mm"分"', "下午2时24分"),
        (40.16 / 86400, "mm:ss.0", "00:40.2"),
        (1.5, "[h]:mm", "36:00"),
        (39965, 'm"月"d"日"', "6月1日"),
        (42278, "yyyy/m/d", "2015/10/1"),
        (42278, "yyyy-mm-dd;@", "2015-10-01"),
        (42278, '[$-804]yyyy"年"m"月"d"日"', "2015年10月1日"),
        (42278, "[$-F800]dddd, mmmm dd, yyyy", "2015年10月1日"),
        (42278, "[$-x-sysdate]dddd", "2015年10月1日"),
        (42278, "d-mmm-yy", "1-Oct-15"),
        (42278, "aaaa", "星期四"),
        (42278, "dddd", "Thursday"),
        (60, "yyyy/m/d", "1900/2/29"),
        (1, "yyyy/m/d", "1900/1/1"),
    ],
)
def test_a_number_is_shown_as_its_format_says(value: float, code: str, text: str) -> None:
    assert shown_number(float(value), code) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (430121001.0, "430121001"),
        (123456789012345.0, "123456789012345"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333333"),
        (-100 / 3, "-33.33333333"),
        (0.00001234, "0.00001234"),
        (1.23456789e-7, "1.23457E-07"),
        (1e20, "1E+20"),
    ],
)
def test_a_number_without_a_format_is_shown_as_spreadsheets_do(value: float, text: str) -> None:
    assert shown_general(value) == text


@pytest.mark.parametrize(
    ("value", "code", "why"),
    [
        (110101199001011234.0, "General", "cell-digits"),
        (110101199001011234.0, "0", "cell-digits"),
        (110101199001011234.0, '#,##0"元"', "cell-digits"),
        (123, "[DBNum1]General", "cell-format"),
        (42278, "[$-130000]yyyy/m/d", "cell-format"),
        (42278, "[$-804]mmmm", "cell-format"),
        (3, "[>5]0", "cell-format"),
        (1, "0" * 400, "cell-format"),
        (-1, "yyyy/m/d", "cell-hashes"),
        (3e6, "yyyy/m/d", "cell-hashes"),
    ],
)
def test_what_cannot_be_shown_truly_is_refused(value: float, code: str, why: str) -> None:
    with pytest.raises(Refused) as caught:
        shown_number(float(value), code)
    assert caught.value.code == why


def test_dates_count_from_where_the_workbook_says() -> None:
    assert shown_number(0, "yyyy/m/d", since_1904=True) == "1904/1/1"
    assert shown_number(40816, "yyyy/m/d", since_1904=True) == shown_number(42278, "yyyy/m/d")


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [
        ("王芳", "0.00", "王芳"),
        ("001", '"430"@', "430001"),
        ("001", '0;-0;0;@"所"', "001所"),
        ("王芳", ";;;", ""),
    ],
)
def test_a_text_is_shown_as_its_format_says(text: str, code: str, shown: str) -> None:
    assert shown_text(text, code) == shown


def test_formats_that_change_nothing_are_plain() -> None:
    assert all(is_plain(code) for code in ("General", "@", "", "G/通用格式", "GENERAL"))
    assert not is_plain("0")
