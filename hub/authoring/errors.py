"""Errors of drafts: what writing and reviewing a course refuses. The tree is in ``hub.errors``."""

from collections.abc import Mapping

from hub.errors import InputError


class NoSuchDraft(InputError):
    """The account sees no draft of this course."""

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
    """This cannot be done at the draft's stage."""

    code = "not-now"
    status = 409

    def __init__(self, state: str) -> None:
        super().__init__(f"the draft is {state}; this cannot be done now")
        self.state = state


class OwnReview(InputError):
    """Nobody approves their own work."""

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
