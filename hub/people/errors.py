"""What goes wrong when people of the roster are changed (``hub.people``)."""

from content.model.faults.faults import Fault
from hub.errors import InputError


class UnknownLearner(InputError):
    """Nobody on this person's roster has this number."""

    code = "unknown-learner"
    status = 404

    def __init__(self, number: str) -> None:
        super().__init__(f"no learner {number!r} among those that you keep")
        self.number = number


class StandingAlready(InputError):
    """Somebody is to leave who left, or to come back who is here."""

    code = "standing-already"
    status = 409

    def __init__(self, number: str, state: str) -> None:
        super().__init__(f"learner {number} is {state} already; look at the newest page")
        self.number = number
        self.state = state


class BadDay(InputError):
    """A day that lies ahead, or before what was last noted of the learner."""

    code = "bad-day"

    def __init__(self, day: str, first: str, last: str) -> None:
        super().__init__(f"{day or 'no day'}: a day from {first} to {last} was expected")
        self.day = day
        self.first = first
        self.last = last


class ManyRenamed(InputError):
    """A roster gives so many numbers another name that its rows may have slipped."""

    code = "many-renamed"
    status = 409

    def __init__(self, renamed: int, known: int, slipped: int) -> None:
        super().__init__(
            f"{renamed} of {known} known numbers would get another name, {slipped} of them that "
            "of the row beside; check the file, and say so expressly if it is right"
        )
        self.renamed = renamed
        self.known = known
        self.slipped = slipped


class ImportUndone(InputError):
    """An import that was taken back already."""

    code = "import-undone"
    status = 409

    def __init__(self, number: int) -> None:
        super().__init__(f"roster import {number} was taken back before; nothing is left of it")
        self.number = number


class UnreadableTable(InputError):
    """A table file is neither a workbook nor text in a known encoding."""

    code = "unreadable-table"

    def __init__(self, name: str, why: str, fault: Fault | None = None) -> None:
        super().__init__(f"{name}: {why}; save it as .xlsx or as .csv in UTF-8")
        self.name = name
        self.fault = fault


class WrongPassword(InputError):
    """The name or the password is wrong; which of them is not told."""

    code = "wrong-password"
    status = 403

    def __init__(self) -> None:
        super().__init__("name or password is wrong")


class WrongSecondFactor(InputError):
    """A code of the second factor that is not the one of now, or was used already."""

    code = "wrong-second-factor"
    status = 403

    def __init__(self) -> None:
        super().__init__("the code is not the one of now, or was used; wait for the next one")


class WeakPassword(InputError):
    """A new password is too short, or the same as the name or the old one."""

    code = "weak-password"

    def __init__(self) -> None:
        super().__init__(
            "a password has 8 to 200 characters and is neither the name nor the old one"
        )


class NoSuchAccount(InputError):
    """There is no such account among those that this person keeps."""

    code = "no-such-account"
    status = 404

    def __init__(self, account: str) -> None:
        super().__init__(f"no account {account!r} that you keep")
        self.account = account


class LastAdministrator(InputError):
    """Without this account nobody would govern the hub."""

    code = "last-administrator"
    status = 409

    def __init__(self) -> None:
        super().__init__("the hub needs one administrator of the top unit; make another one first")
