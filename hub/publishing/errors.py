"""Errors of classes and of units that change (docs/errors.md)."""

from datetime import date

from hub.errors import InputError


class ChangedMeanwhile(InputError):
    """Somebody else changed it since the page was opened."""

    code = "changed-meanwhile"
    status = 409

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} was changed meanwhile; look at it again")
        self.what = what


class UnitClosed(InputError):
    """The code is, or was, that of a unit that was closed; it is never used again."""

    code = "unit-closed"

    def __init__(self, unit: str) -> None:
        super().__init__(f"unit {unit!r} was closed, and its code is never used again")
        self.unit = unit


class CodeInUse(InputError):
    """A new unit was to get a code that another has."""

    code = "code-in-use"

    def __init__(self, unit: str) -> None:
        super().__init__(f"the code {unit!r} is another unit's; choose one that nobody had")
        self.unit = unit


class UnitInUse(InputError):
    """A unit cannot be closed while people are on its roster."""

    code = "unit-in-use"

    def __init__(self, unit: str, people: int) -> None:
        super().__init__(f"{people} people are at unit {unit!r} or below; merge it or move them")
        self.unit = unit
        self.people = people


class WrongPlace(InputError):
    """A unit cannot go there: it is the top, or the place is itself, below it, or where it is."""

    code = "wrong-place"

    def __init__(self, unit: str, place: str) -> None:
        super().__init__(f"unit {unit!r} cannot go to {place!r}")
        self.unit = unit
        self.place = place


class NotAtUnit(InputError):
    """No such learner is at this unit."""

    code = "not-at-unit"

    def __init__(self, number: str, unit: str) -> None:
        super().__init__(f"no learner {number!r} is at unit {unit!r}")
        self.number = number
        self.unit = unit


class UnknownClass(InputError):
    """No class has this id."""

    code = "unknown-class"
    status = 404

    def __init__(self, class_id: str) -> None:
        super().__init__(f"no class {class_id!r}")
        self.class_id = class_id


class ClassOver(InputError):
    """A class that is over, cancelled or not begun cannot be changed like this."""

    code = "class-over"

    def __init__(self, class_id: str) -> None:
        super().__init__(f"class {class_id!r} does not run; make a copy of it for another term")
        self.class_id = class_id


class UnknownCourse(InputError):
    """A course id that was never published here."""

    code = "unknown-course"
    status = 404

    def __init__(self, course: str) -> None:
        super().__init__(f"no course {course!r} is published; publish it first")
        self.course = course


class LicenceEnded(InputError):
    """A bought course whose licence is over is not published any more."""

    code = "licence-ended"
    status = 409

    def __init__(self, course: str, expires: str) -> None:
        super().__init__(f"the licence of {course!r} ended on {expires}; renew it first")
        self.expires = expires


class TooManyStations(InputError):
    """A bought course would go to more stations than its licence allows."""

    code = "too-many-stations"
    status = 409

    def __init__(self, course: str, stations: int, allowed: int) -> None:
        super().__init__(
            f"{course!r} would go to {stations} stations; its licence is for {allowed}"
        )
        self.stations = stations
        self.allowed = allowed


class VersionTaken(InputError):
    """A course version that stations may already hold would get other contents."""

    code = "version-taken"
    status = 409

    def __init__(self, course: str, version: int) -> None:
        super().__init__(
            f"version {version} of {course!r} is published with other contents; "
            "raise the version in course.toml"
        )
        self.course = course
        self.version = version


class OlderVersion(InputError):
    """A course version below the one that is published."""

    code = "older-version"
    status = 409

    def __init__(self, course: str, version: int, newest: int) -> None:
        super().__init__(f"{course!r} is published as version {newest}; this is {version}")
        self.course = course
        self.version = version
        self.newest = newest


class BadDates(InputError):
    """A class that would close before it opens."""

    code = "bad-dates"

    def __init__(self, opens: date, closes: date) -> None:
        super().__init__(f"the class would open on {opens} and close on {closes}")
        self.opens = opens
        self.closes = closes


class NotVoidable(InputError):
    """A version that cannot be voided: the newest, one that is voided, or nobody says why."""

    code = "not-voidable"
    status = 409

    def __init__(self, course: str, version: int) -> None:
        super().__init__(f"version {version} of course {course!r} cannot be voided")
        self.course = course
        self.version = version
