"""Errors of drafts: what writing and reviewing a course says no to. The tree is ``hub.errors``."""

from collections.abc import Mapping

from hub.errors import InputError


class NoSuchDraft(InputError):
    """There is no draft of this course that the account sees."""

    code = "no-such-draft"
    status = 404

    def __init__(self, draft: str) -> None:
        super().__init__(f"no draft {draft!r}")


class EditedMeanwhile(InputError):
    """Somebody else changed the draft since the page was opened."""

    code = "edited-meanwhile"
    status = 409

    def __init__(self, by: str) -> None:
        super().__init__(f"{by} changed the draft meanwhile; look at it again")
        self.by = by


class NotNow(InputError):
    """A draft is not at the stage at which this may be done."""

    code = "not-now"
    status = 409

    def __init__(self, state: str) -> None:
        super().__init__(f"the draft is {state}; this cannot be done now")
        self.state = state


class OwnReview(InputError):
    """Nobody approves what he wrote himself."""

    code = "own-review"
    status = 403

    def __init__(self) -> None:
        super().__init__("who wrote a course does not approve it; ask somebody else")


class Unfinished(InputError):
    """A draft lacks something that a course needs."""

    code = "unfinished"
    status = 409

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = faults


class ChangedSinceReview(InputError):
    """What would be published is not what was approved: a question or a file changed."""

    code = "changed-since-review"
    status = 409

    def __init__(self) -> None:
        super().__init__("questions or materials changed after the approval; submit it again")
