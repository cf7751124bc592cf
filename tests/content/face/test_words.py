"""Words in two languages, and times as people say them."""

from pathlib import Path

import pytest

from content.face import spoken, words
from content.face.words import WordsError, gettext


@pytest.fixture
def english(tmp_path: Path) -> words.Catalogue:
    (tmp_path / "en").mkdir()
    (tmp_path / "en.toml").write_text('"继续" = "Go on"\n', "utf-8")
    (tmp_path / "en" / "exam.toml").write_text('"还有 %(n)s 分钟" = "%(n)s min left"\n', "utf-8")
    return words.load(tmp_path)


def test_all_files_of_a_language_are_one_catalogue(english: words.Catalogue) -> None:
    words.use(english, "en")
    assert (gettext("继续"), gettext("还有 %(n)s 分钟", n=5)) == ("Go on", "5 min left")


def test_what_has_no_english_reads_in_chinese(english: words.Catalogue) -> None:
    words.use(english, "en")
    assert gettext("没有译文") == "没有译文"


def test_chinese_is_the_default_and_for_unknown_languages(english: words.Catalogue) -> None:
    assert words.choose("", english) == "zh"
    assert words.choose("fr", english) == "zh"
    assert words.choose("en", english) == "en"
    words.use(english, "fr")
    assert (words.language(), gettext("继续")) == ("zh", "继续")


def test_a_percent_sign_without_placeholders_stays(english: words.Catalogue) -> None:
    words.use(english, "zh")
    assert gettext("已学 90%") == "已学 90%"


def test_a_broken_words_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text('"继续" = \n', "utf-8")
    with pytest.raises(WordsError, match=r"en\.toml"):
        words.load(tmp_path)


def test_an_entry_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text('"继续" = 5\n', "utf-8")
    with pytest.raises(WordsError, match="继续"):
        words.load(tmp_path)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "不到 1 分钟"),
        (59, "不到 1 分钟"),
        (60, "1 分钟"),
        (3599, "59 分钟"),
        (3600, "1 小时"),
        (2 * 86400 - 1, "47 小时"),
        (3 * 86400, "3 天"),
    ],
)
def test_how_long_is_said_in_the_unit_that_fits(seconds: int, text: str) -> None:
    words.use(words.Catalogue({}), "zh")
    assert spoken.lasting(seconds) == text


def test_how_long_ago_a_moment_was() -> None:
    words.use(words.Catalogue({}), "zh")
    assert (spoken.ago(5), spoken.ago(130)) == ("刚刚", "2 分钟前")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (247, "4:07"), (3723, "1:02:03"), (-1, "0:00")]
)
def test_a_place_in_a_video_reads_as_on_the_player(seconds: int, text: str) -> None:
    assert spoken.playing(seconds) == text


def test_times_are_chinese_time_whatever_the_pc_says() -> None:
    words.use(words.Catalogue({}), "zh")
    at = 1_795_000_000
    assert spoken.moment(at) == "2026-11-18 19:06"
    assert spoken.day(at) == "2026 年 11 月 18 日"
    assert spoken.clock(at) == "19:06"


@pytest.mark.parametrize(("at", "text"), [(-(2**53), "1970-01-01"), (2**53, "9999-01-01")])
def test_a_time_beyond_all_calendars_is_still_said(at: int, text: str) -> None:
    words.use(words.Catalogue({}), "zh")
    assert spoken.moment(at).startswith(text)


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (812_000, "812 kB"), (1.4e9, "1.4 GB")],
)
def test_a_size_is_short(n_bytes: float, text: str) -> None:
    assert spoken.size(n_bytes) == text


def test_thousands_are_set_apart() -> None:
    assert spoken.count(26578) == "26,578"
