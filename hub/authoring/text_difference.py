"""What two people wrote in the same fields: where they differ, and in which characters."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

# A comparison of longer texts is of no use to the eye, and takes long.
MAX_COMPARED_CHARS = 4_000


@dataclass(frozen=True, slots=True)
class TextPart:
    """A stretch of a text; ``own``: the other text does not have it there."""

    text: str
    own: bool


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field in which two people wrote something else: both whole texts, in stretches."""

    name: str
    mine: tuple[TextPart, ...]
    theirs: tuple[TextPart, ...]


def between(mine: Mapping[str, str], theirs: Mapping[str, str]) -> list[FieldDifference]:
    """The fields of ``mine`` in which ``theirs`` is another text, in the order of the form."""
    return [
        FieldDifference(name, *_parts(text, theirs.get(name, "")))
        for name, text in mine.items()
        if text != theirs.get(name, "")
    ]


def _parts(mine: str, theirs: str) -> tuple[tuple[TextPart, ...], tuple[TextPart, ...]]:
    if max(len(mine), len(theirs)) > MAX_COMPARED_CHARS:
        return (TextPart(mine, True),), (TextPart(theirs, True),)
    steps = SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes()
    ours = [TextPart(mine[a:b], tag != "equal") for tag, a, b, _c, _d in steps if a < b]
    others = [TextPart(theirs[c:d], tag != "equal") for tag, _a, _b, c, d in steps if c < d]
    return tuple(ours), tuple(others)
