"""Similar: which blobs of an older version probably resemble those of a new one (SPEC.md §5.7).

A node names the older one with what it asks for, and a hub makes its patches for these pairs
beforehand; both follow this one rule.
"""

from collections.abc import Iterator

from content.model.course import Course, FileRef


def alike(new: Course, old: Course) -> dict[str, FileRef]:
    """For each file of ``new`` that ``old`` lacks, by its hash, the file of ``old`` to compare it
    with: of the same path, else in the same place of the same item."""
    known = {ref.sha256 for ref in old.files()}
    by_path = {ref.path: ref for ref in old.files()}
    by_place = dict(_places(old))
    matches: dict[str, FileRef] = {}
    for place, ref in _places(new):
        like = by_path.get(ref.path) or by_place.get(place)
        if ref.sha256 not in known and like is not None:
            matches.setdefault(ref.sha256, like)
    return matches


def _places(course: Course) -> Iterator[tuple[tuple[str, int], FileRef]]:
    """Every file with its item and its number in it."""
    for item in course.items:
        for number, ref in enumerate(item.files()):
            yield (item.id, number), ref
