"""Moments: dates, times and lengths of time as a cell shows them.

Spreadsheets count days from 1900, with a 29 February in that year, or from 1904; a time is a part
of a day.
"""

from datetime import date, timedelta

from content.cells.format_code import FormatSection, Token
from content.model.refused import Refused

_DAY_MS = 86_400_000
_LAST_DAY = 2_958_465  # 31 December 9999
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CHINESE_DAYS = "一二三四五六日"
_CHINESE = ("804", "0804", "404", "0404", "C04", "0C04")


def shown_moment(value: float, section: FormatSection, code: str, *, since_1904: bool) -> str:
    """Return what a cell with a date or time format shows.

    Raises:
        Refused: there is no such day, or the format is not known here.
    """
    fine = _decimals_of_seconds(section.tokens)
    step = 1000 if not fine else 10 ** (3 - min(fine, 3))
    total = round(value * _DAY_MS / step) * step
    if value < 0 or total >= (_LAST_DAY + 1) * _DAY_MS:
        raise Refused("cell-hashes", value=f"{value:.15g}")
    moment = _Moment(total, section, code, since_1904)
    return "".join(moment.pieces())


def _decimals_of_seconds(tokens: tuple[Token, ...]) -> int:
    at = next((n for n, token in enumerate(tokens) if token.kind == "point"), len(tokens))
    return sum(token.kind == "digit" for token in tokens[at:])


class _Moment:
    """One moment in one format."""

    def __init__(self, total_ms: int, section: FormatSection, code: str, since_1904: bool) -> None:
        self._total = total_ms
        self._tokens = section.tokens
        self._code = code
        self._locale = section.locale
        days, rest = divmod(total_ms, _DAY_MS)
        self._hour, rest = divmod(rest, 3_600_000)
        self._minute, rest = divmod(rest, 60_000)
        self._second, self._ms = divmod(rest, 1000)
        self._year, self._month, self._day, self._weekday = _calendar(days, since_1904)
        self._half = any(token.kind == "half" for token in section.tokens)

    def pieces(self) -> list[str]:
        """What each token shows."""
        timed = [(n, t.text) for n, t in enumerate(self._tokens) if t.kind in ("date", "elapsed")]
        shown, behind_point = [], False
        for place, token in enumerate(self._tokens):
            match token.kind:
                case "date":
                    minute = token.text in ("m", "mm") and _is_minute(place, timed)
                    shown.append(self._minutes(token.text) if minute else self._part(token.text))
                case "elapsed":
                    unit = {"h": 3_600_000, "m": 60_000, "s": 1000}[token.text[0]]
                    shown.append(str(self._total // unit).zfill(len(token.text)))
                case "half":
                    shown.append(self._half_of_day(token.text))
                case "digit":
                    shown.append("" if behind_point else token.text)
                case "point":
                    digits = _decimals_of_seconds(self._tokens)
                    shown.append("." + f"{self._ms:03d}".ljust(digits, "0")[:digits])
                    behind_point = True
                case _:
                    shown.append(token.text)
        return shown

    def _half_of_day(self, sign: str) -> str:
        if sign == "上午/下午" or self._locale in _CHINESE:
            return "上午" if self._hour < 12 else "下午"
        before, _, after = sign.partition("/")
        return before if self._hour < 12 else after

    def _minutes(self, text: str) -> str:
        return str(self._minute).zfill(len(text))

    def _part(self, text: str) -> str:
        hour = (self._hour % 12 or 12) if self._half else self._hour
        match text:
            case "y" | "yy":
                return f"{self._year % 100:02d}"
            case "h" | "hh":
                return str(hour).zfill(len(text))
            case "s" | "ss":
                return str(self._second).zfill(len(text))
            case "m" | "mm":
                return str(self._month).zfill(len(text))
            case "d" | "dd":
                return str(self._day).zfill(len(text))
            case "aaa":
                return "周" + _CHINESE_DAYS[self._weekday]
            case "aaaa":
                return "星期" + _CHINESE_DAYS[self._weekday]
        if text[0] in "ye":
            return str(self._year)
        return self._named(text)

    def _named(self, text: str) -> str:
        if self._locale in _CHINESE or text[0] not in "md":
            raise Refused("cell-format", format=self._code[:60])
        name = _MONTHS[self._month - 1] if text[0] == "m" else _DAYS[self._weekday]
        if len(text) == 3:
            return name[:3]
        return name[:1] if text == "mmmmm" else name


def _is_minute(place: int, timed: list[tuple[int, str]]) -> bool:
    """Whether an m stands behind hours or before seconds."""
    at = [n for n, _ in timed].index(place)
    before = timed[at - 1][1] if at else ""
    after = timed[at + 1][1] if at + 1 < len(timed) else ""
    return before[:1] == "h" or after[:1] == "s"


def _calendar(days: int, since_1904: bool) -> tuple[int, int, int, int]:
    """Year, month, day, and the day of the week from Monday."""
    if since_1904:
        whole = date(1904, 1, 1) + timedelta(min(days, _LAST_DAY - 1462))
        return whole.year, whole.month, whole.day, whole.weekday()
    if days == 60:
        return 1900, 2, 29, 2
    if days == 0:
        return 1900, 1, 0, 5
    whole = date(1899, 12, 30 if days > 60 else 31) + timedelta(days)
    # Before March 1900 the days of the week are wrong by one, as spreadsheets show them.
    return whole.year, whole.month, whole.day, (whole.weekday() - (days < 60)) % 7
