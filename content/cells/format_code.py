"""Format code: what stands behind a number format such as ``"¥"#,##0.00;[Red]-0``, as sections.

How a value looks in one is ``content.cells.shown`` and ``content.cells.moments``.
"""

import re
from dataclasses import dataclass
from functools import cache

from content.model.refused import Refused

GENERAL = "General"
# Formats that are not written into a file, by number (ECMA-376 Part 1, 18.8.30), as Chinese
# spreadsheets show them: 14 and 22 follow the system, 27 to 58 the language.
BUILT_IN: dict[int, str] = {
    0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00",
    5: '"¥"#,##0;"¥"-#,##0', 6: '"¥"#,##0;"¥"-#,##0',
    7: '"¥"#,##0.00;"¥"-#,##0.00', 8: '"¥"#,##0.00;"¥"-#,##0.00',
    9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy/m/d h:mm",
    23: GENERAL, 24: GENERAL, 25: GENERAL, 26: GENERAL,
    27: 'yyyy"年"m"月"', 28: 'm"月"d"日"', 29: 'm"月"d"日"', 30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"', 32: 'h"时"mm"分"', 33: 'h"时"mm"分"ss"秒"',
    34: '上午/下午h"时"mm"分"', 35: '上午/下午h"时"mm"分"ss"秒"', 36: 'yyyy"年"m"月"',
    37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00",
    41: '#,##0;-#,##0;"-"', 42: '"¥"#,##0;"¥"-#,##0;"¥-"',
    43: '#,##0.00;-#,##0.00;"-"', 44: '"¥"#,##0.00;"¥"-#,##0.00;"¥-"',
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
    50: 'yyyy"年"m"月"', 51: 'm"月"d"日"', 52: 'yyyy"年"m"月"', 53: 'm"月"d"日"',
    54: 'm"月"d"日"', 55: '上午/下午h"时"mm"分"', 56: '上午/下午h"时"mm"分"ss"秒"',
    57: 'yyyy"年"m"月"', 58: 'm"月"d"日"',
}  # fmt: skip
# A format that people write is short; a longer one is an attack on the time that it takes.
_MOST_CHARS = 300
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?'
    r"|[\\!](?P<escaped>.)"
    r"|_(?P<space>.)"
    r"|\*(?P<fill>.)"
    r"|\[(?P<bracket>[^\]]*)\]"
    r"|(?P<general>general|G/通用格式)"
    r"|(?P<half>AM/PM|A/P|上午/下午)"
    r"|(?P<exponent>[Ee][+-])"
    r"|(?P<date>y+|m+|d+|h+|s+|a{3,4}|e+|b+|g+)"
    r"|(?P<digit>[0#?])|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)|(?P<text>@)|(?P<slash>/)"
    r"|(?P<end>;)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_COLOUR = re.compile(
    r"(?:black|blue|cyan|green|magenta|red|white|yellow|color *\d+"
    r"|黑色?|蓝色?|青色?|绿色?|洋红|红色?|白色?|黄色?|颜色 *\d+)",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_CURRENCY = re.compile(r"\$([^-]*)(?:-([0-9A-Za-z-]+))?")
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_LONG_DATE, _LONG_TIME = "F800", "F400"
# Languages by name, as newer spreadsheets write them; of others only the signs count.
_NAMED = {"X-SYSDATE": _LONG_DATE, "X-SYSTIME": _LONG_TIME, "ZH-CN": "804", "ZH-TW": "404"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a format: ``kind`` is a group of the pattern above, or "elapsed"."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class FormatSection:
    """One of the up to four parts of a format. ``kind``: number, date, text, general, literal."""

    kind: str
    tokens: tuple[Token, ...]
    condition: tuple[str, float] | None
    locale: str

    def count(self, kind: str) -> int:
        """Return how many tokens are of a kind."""
        return sum(token.kind == kind for token in self.tokens)


@cache
def sections(code: str) -> tuple[FormatSection, ...]:
    """Return the parts of a format, in their order.

    Raises:
        Refused: it shows values in a way that is not known here, Chinese numerals for one.
    """
    if len(code) > _MOST_CHARS:
        raise Refused("cell-format", format=code[:60])
    parts: list[list[Token]] = [[]]
    for match in _TOKEN.finditer(code):
        kind = str(match.lastgroup)
        if kind == "end":
            parts.append([])
        else:
            parts[-1].append(Token(kind, match[kind]))
    return tuple(_section(part, code) for part in parts)


def _section(tokens: list[Token], code: str) -> FormatSection:
    kept: list[Token] = []
    condition, locale = None, ""
    for token in tokens:
        if token.kind != "bracket":
            kept.append(_plain(token))
            continue
        inside = token.text
        if wanted := _CONDITION.fullmatch(inside):
            condition = (wanted[1], float(wanted[2]))
        elif _ELAPSED.fullmatch(inside):
            kept.append(Token("elapsed", inside.lower()))
        elif money := _CURRENCY.fullmatch(inside):
            locale = _language(money[2] or locale)
            kept.append(Token("literal", money[1]))
        elif not _COLOUR.fullmatch(inside):
            raise Refused("cell-format", format=code[:60])
    if locale in (_LONG_DATE, _LONG_TIME):  # as the system shows dates, whatever else stands here
        whole = 'yyyy"年"m"月"d"日"' if locale == _LONG_DATE else "h:mm:ss"
        return sections(whole)[0]
    if len(locale) > 4:  # another calendar, or other digits
        raise Refused("cell-format", format=code[:60])
    return FormatSection(_kind(kept), tuple(kept), condition, locale)


def _language(written: str) -> str:
    """A language's number; "" for one that is named and not known here."""
    language = written.upper()
    return language if re.fullmatch("[0-9A-F]*", language) else _NAMED.get(language, "")


def _plain(token: Token) -> Token:
    match token.kind:
        case "quoted" | "escaped" | "other":
            return Token("literal", token.text)
        case "space":
            return Token("literal", " ")
        case "fill":
            return Token("literal", "")
        case "date":
            return Token("date", token.text.lower())
    return token


def _kind(tokens: list[Token]) -> str:
    kinds = {token.kind for token in tokens}
    if kinds & {"date", "elapsed", "half"}:
        return "date"
    for kind, sign in (("general", "general"), ("text", "text"), ("number", "digit")):
        if sign in kinds:
            return kind
    return "literal"
