"""What goes wrong when people of the roster are changed (``hub.people``)."""

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
