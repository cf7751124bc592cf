"""Item contents: which of its contents an item shows, as a number (SPEC.md §1.2).

An item keeps its id from version to version, and what it shows may be replaced. Study is recorded
under the number of the content, so that half of an old film is never half of a new one. Numbers
are given once, where a version is published; nodes find them in its manifest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal, get_args

from content.model.course import STUDIED_KINDS, Course, Item, ItemKind

# What the publisher says of an item whose files are other ones: it is the same content all the
# same (corrected, encoded anew), or another one; "" leaves it to the kind.
Said = Literal["", "same", "other"]
SAID: tuple[Said, ...] = get_args(Said)

# §1.2  Pages are edited in place. Of a film, a document or a package nobody sees how much changed.
_SAME_UNLESS_SAID: tuple[ItemKind, ...] = ("page",)


@dataclass(frozen=True, slots=True)
class ItemContent:
    """What one version shows as one item: ``marks`` are hashes of it, any of which is enough to
    know it again, ``number`` its number."""

    item: str
    kind: ItemKind
    marks: frozenset[str]
    number: int


def contents_of(course: Course) -> tuple[ItemContent, ...]:
    """Return the contents of a version's items that are watched or read."""
    return tuple(
        ItemContent(item.id, item.kind, _marks(item), item.content)
        for item in course.items
        if item.kind in STUDIED_KINDS
    )


def numbered(
    course: Course, before: Sequence[Sequence[ItemContent]], said: Mapping[str, Said]
) -> Course:
    """Return the course with the number of each item's content.

    ``before``: the contents of all versions up to this one, the newest first; ``said`` by item.
    """
    known: dict[str, list[ItemContent]] = {}
    for version in before:
        for content in version:
            known.setdefault(content.item, []).append(content)
    return replace(
        course,
        items=tuple(
            replace(item, content=_number(item, known.get(item.id, []), said.get(item.id, "")))
            for item in course.items
        ),
    )


def judged(item: Item, before: Sequence[Sequence[ItemContent]]) -> Said:
    """Return what holds of a numbered item whose files are new: the same content as one of
    ``before`` or another; "" where its publisher has nothing to say."""
    known = [each for version in before for each in version if each.item == item.id]
    if not known or any(_shows(item, each) for each in known):
        return ""
    if known[0].kind != item.kind:
        return ""
    return "same" if item.content in {each.number for each in known} else "other"


def _number(item: Item, known: Sequence[ItemContent], said: Said) -> int:
    if item.kind not in STUDIED_KINDS or not known:
        return 1
    # §1.2  What was shown before has the number that it had.
    for content in known:
        if _shows(item, content):
            return content.number
    same = said == "same" or (said == "" and item.kind in _SAME_UNLESS_SAID)
    if same and known[0].kind == item.kind:
        return known[0].number
    return 1 + max(content.number for content in known)


def _shows(item: Item, content: ItemContent) -> bool:
    return item.kind == content.kind and not content.marks.isdisjoint(_marks(item))


def _marks(item: Item) -> frozenset[str]:
    """Hashes of what is watched or read: not of titles, subtitles, posters.

    Each of a film's two sizes is the film.
    """
    if item.assets:
        files = sorted(f"{ref.path.partition('/')[2]} {ref.sha256}" for ref in item.assets)
        return frozenset({sha256("\n".join(files).encode()).hexdigest()})
    return frozenset(ref.sha256 for ref in (item.file, item.lighter) if ref is not None)
