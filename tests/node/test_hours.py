from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.calendar import BEIJING
from node.hours import DAY_S, BadHours, Hours


def at(text: str) -> int:
    """The moment of a Beijing time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=BEIJING).timestamp())


NIGHT = Hours.parse("20:00-06:30")


@pytest.mark.parametrize(
    ("time", "is_open"),
    [
        ("2026-11-18 19:59:59", False),
        ("2026-11-18 20:00", True),
        ("2026-11-18 23:59:59", True),
        ("2026-11-19 00:00", True),
        ("2026-11-19 06:29:59", True),
        ("2026-11-19 06:30", False),
    ],
)
def test_hours_over_midnight_hold_from_their_first_second_to_their_last(
    time: str, is_open: bool
) -> None:
    assert NIGHT.open_at(at(time)) is is_open


def test_when_they_open_and_close_next() -> None:
    noon = at("2026-11-18 12:00")
    assert NIGHT.opens(noon) == at("2026-11-18 20:00")
    assert NIGHT.closes(noon) == noon
    late = at("2026-11-18 23:10")
    assert NIGHT.opens(late) == late
    assert NIGHT.closes(late) == at("2026-11-19 06:30")


def test_beijing_has_no_summer_time() -> None:
    """All year the hours begin at the same second of the day, whatever time zone the PC has."""
    day = at("2026-01-01 00:00")
    for _ in range(366):
        assert NIGHT.opens(day + 12 * 3_600) - day == 20 * 3_600
        utc = datetime.fromtimestamp(NIGHT.opens(day + 12 * 3_600), UTC)
        assert (utc.hour, utc.minute) == (12, 0)
        day += DAY_S


def test_ranges_that_touch_or_overlap_are_one() -> None:
    hours = Hours.parse("18:00-20:00, 19:00-22:00, 22:00-01:00")
    assert hours.closes(at("2026-11-18 18:00")) == at("2026-11-19 01:00")
    assert hours.opens(at("2026-11-19 01:00")) == at("2026-11-19 18:00")


@pytest.mark.parametrize("text", ["", "   ", "00:00-24:00", "06:00-18:00,18:00-06:00"])
def test_always_never_ends(text: str) -> None:
    hours = Hours.parse(text)
    for hour in range(48):
        moment = at("2026-11-18 00:00") + hour * 1_800
        assert hours.open_at(moment)
        assert hours.closes(moment) == 0


@pytest.mark.parametrize(
    "written",
    [
        "20:00-6:30,12:00-13:30",
        "２０：００－０６：３０，１２：００～１３：３０",
        "20:00至06:30、12:00到13:30",
        " 20:00 – 06:30 ； 12:00 — 13:30 ",
    ],
)
def test_what_chinese_keyboards_give_is_understood(written: str) -> None:
    assert str(Hours.parse(written)) == "20:00-06:30, 12:00-13:30"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("evening", "evening"),
        ("20-06", "20-06"),
        ("20:00-06:30, 25:00-26:00", "25:00-26:00"),
        ("20:60-21:00", "20:60-21:00"),
        ("20:00-20:00", "20:00-20:00"),
        ("24:00-06:00", "24:00-06:00"),
        ("20:00", "20:00"),
        ("20:00-06:30" + ", 01:00-02:00" * 12, "01:00-02:00"),
    ],
)
def test_what_names_no_times_is_refused_by_name(text: str, part: str) -> None:
    with pytest.raises(BadHours, match="no times of day") as refused:
        Hours.parse(text)
    assert refused.value.part == part


minutes = st.integers(0, 1_439)


@given(
    st.lists(st.tuples(minutes, st.integers(1, 1_439)), min_size=1, max_size=4),
    st.integers(1_700_000_000, 1_900_000_000),
)
def test_opening_and_closing_agree_with_every_minute(
    ranges: list[tuple[int, int]], moment: int
) -> None:
    hours = Hours(tuple(ranges))
    assert Hours.parse(str(hours)) == hours
    opens, closes = hours.opens(moment), hours.closes(moment)
    assert hours.open_at(opens)
    assert opens == moment or not hours.open_at(opens - 1)
    if closes:
        assert not hours.open_at(closes)
        assert closes == moment or hours.open_at(closes - 1)
    else:
        assert all(hours.open_at(moment + 60 * n) for n in range(1_440))
    assert timedelta(seconds=opens - moment) < timedelta(days=1)
