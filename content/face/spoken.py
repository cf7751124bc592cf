"""Times and sizes as people say them: "2 分钟前", "3 天", "11 月 21 日 14:05", "1.4 GB".

Plain functions of numbers, for use as Jinja filters. Times are unix seconds; the offices keep
Chinese time, so ``ZONE`` is a constant and not the PC's setting, which is often wrong.
"""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from content.face.words import gettext as _

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE, HOUR, DAY = 60, 3600, 86400

# The end of the year 9998: a time that can be written as a date in every time zone.
LAST_MOMENT = 253_370_764_799


def lasting(seconds: float) -> str:
    """How long: "不到 1 分钟", "12 分钟", "3 小时", "2 天"."""
    if seconds < MINUTE:
        return _("不到 1 分钟")
    if seconds < HOUR:
        return _("%(n)s 分钟", n=int(seconds // MINUTE))
    if seconds < 2 * DAY:
        return _("%(n)s 小时", n=int(seconds // HOUR))
    return _("%(n)s 天", n=int(seconds // DAY))


def ago(seconds: float) -> str:
    """How long since: "刚刚", "12 分钟前"."""
    return _("刚刚") if seconds < MINUTE else _("%(time)s前", time=lasting(seconds))


def playing(seconds: float) -> str:
    """A place in a video or a length: "4:07", "1:02:03"."""
    whole = max(0, int(seconds))
    hours, minutes, rest = whole // HOUR, whole % HOUR // MINUTE, whole % MINUTE
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def day(at: int) -> str:
    """The date: "2026 年 11 月 21 日"."""
    when = _local(at)
    return _("%(y)s 年 %(m)s 月 %(d)s 日", y=when.year, m=when.month, d=when.day)


def long_day(iso: str) -> str:
    """A date as people say it: "2027 年 6 月 30 日"; "" for none."""
    if not iso:
        return ""
    year, month, date = iso.split("-")
    return _("%(y)s 年 %(m)s 月 %(d)s 日", y=int(year), m=int(month), d=int(date))


def moment(at: int) -> str:
    """Date and time, to the minute: "2026-11-21 14:05"; for tables."""
    return _local(at).strftime("%Y-%m-%d %H:%M")


def clock(at: int) -> str:
    """The time of day: "14:05"."""
    return _local(at).strftime("%H:%M")


def size(n_bytes: float) -> str:
    """A size in the unit that keeps it short: "812 kB", "1.4 GB"."""
    value, unit = float(n_bytes), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"


def count(value: int) -> str:
    """A number with its thousands set apart: "26,578"."""
    return f"{value:,}"


FILTERS: dict[str, Callable[..., str]] = {
    "lasting": lasting,
    "ago": ago,
    "playing": playing,
    "day": day,
    "long_day": long_day,
    "moment": moment,
    "clock": clock,
    "size": size,
    "count_of": count,
}


def _local(at: int) -> datetime:
    """A time in the offices' zone; a broken clock's impossible time is cut to what can be shown."""
    return datetime.fromtimestamp(min(max(at, 0), LAST_MOMENT), ZONE)
