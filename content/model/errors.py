"""Errors of ``content``: first split by whose doing it was.

``ContentFaults``: an author's folder or bank cannot be published as it is. ``PackError``:
bytes that came from outside are not the pack they should be. Bad signatures are
``sync.errors.BadSignature``.
"""

from collections.abc import Iterable

from content.model.faults.faults import Fault


class ContentError(Exception):
    """Base of everything that this package raises on purpose."""

    code = "content"


class ContentFaults(ContentError):
    """A course folder has faults: all of them, in the order of the folder."""

    code = "content-faults"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(fault.text() for fault in self.faults))


class NotPlayable(ContentError):
    """A file is no film that browsers play. ``fault`` says why to its author, with ``values``."""

    code = "not-playable"

    def __init__(self, detail: str, fault: str = "video-not-mp4", **values: str) -> None:
        super().__init__(detail)
        self.fault = fault
        self.values = values


class FolderChanged(ContentError):
    """A file of the folder changed between checking and publishing."""

    code = "folder-changed"

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} changed while the course was being published")
        self.path = path


class PackError(ContentError):
    """What came from outside is not the pack it should be."""

    code = "pack"


class MalformedManifest(PackError):
    """A manifest breaks a rule of SPEC.md §4."""

    code = "malformed-manifest"


class WrongHash(PackError):
    """A fetched file does not hash to its name; the fetched bytes are dropped."""

    code = "wrong-hash"

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(f"blob {expected} hashes to {got}")
        self.expected = expected
        self.got = got


class NotABlobName(PackError):
    """A blob's name is not 64 lower-case hexadecimal digits."""

    code = "not-a-blob-name"

    def __init__(self, name: str) -> None:
        super().__init__(f"not the name of a blob: {name[:80]!r}")
        self.name = name


class MalformedRecipe(PackError):
    """A recipe breaks a rule of SPEC.md §5.2, or is not that of its blob."""

    code = "malformed-recipe"


class MalformedPatch(PackError):
    """A patch in a hub's folder is damaged; it is made anew."""

    code = "malformed-patch"


class MalformedRequests(PackError):
    """What a node asked for breaks a rule of SPEC.md §5.5."""

    code = "malformed-wishes"


class MalformedAnswer(PackError):
    """What a source answered breaks a rule of SPEC.md §5.6."""

    code = "malformed-answer"


class AnswerEnded(PackError):
    """An answer ended too early because the line was cut; what came is kept."""

    code = "answer-ended"


class BadChunk(PackError):
    """A chunk that came is not the one that was asked for; what came before it is kept.

    ``base``: the chunk came as a patch against this blob, and the blob may be the wrong one.
    """

    code = "bad-chunk"

    def __init__(self, detail: str, base: str = "") -> None:
        super().__init__(detail)
        self.base = base


class StickError(ContentError):
    """A stick cannot be used as it is; nothing that was on this computer is lost."""

    code = "stick"


class NoStick(StickError):
    """There is no such folder."""

    code = "no-stick"


class StickGone(StickError):
    """The stick was pulled, or cannot be read or written any more."""

    code = "stick-gone"


class StickFull(StickError):
    """There is no room on the stick."""

    code = "stick-full"


class StickLocked(StickError):
    """The stick, or a folder on it, may not be written."""

    code = "stick-locked"


class StickCrowded(StickError):
    """A folder of ours on the stick holds more than we ever put there."""

    code = "stick-crowded"

    def __init__(self, folder: str, most: int) -> None:
        super().__init__(f"{folder} has more than {most} entries")
        self.most = most


class StrangeFile(StickError):
    """A file with a name of ours is a link, a device, a folder, or far too large."""

    code = "strange-file"

    def __init__(self, file: str, why: str) -> None:
        super().__init__(f"{file} {why}")
        self.file = file


class WrongParcel(StickError):
    """A file has the name of one parcel and holds something else."""

    code = "wrong-parcel"

    def __init__(self, file: str, why: str) -> None:
        super().__init__(f"{file} {why}")
        self.file = file
