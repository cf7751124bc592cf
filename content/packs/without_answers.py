"""A course as it goes to stations, so that nothing about a question tells its answer.

Answers of exams stay behind when the manifest is written (``content.packs.manifest``); here
goes what would give them away (SPEC.md §4.3): the order of options, and the names of files.
"""

from dataclasses import replace
from hashlib import sha256

from content.model.course import LETTERS, Course, FileRef, Item, Question
from content.model.picture_sound import ending_of
from sync.facts.grading import MATCHING, ORDERING

# Authors write these with the options in the order of the answer, or nearly so.
_IN_ORDER = ("matching", "ordering")
# Many programs write the right option first; explanations of practice may mention letters.
_IN_EXAMS = ("single", "multiple", *_IN_ORDER)


def closed(course: Course) -> Course:
    """Return the course with these options in an order that reveals nothing, and keys to match.

    The order depends only on the question's id and the options' texts: closing again changes
    nothing, and an edit of one question does not move another.
    """
    return replace(course, items=tuple(_item(item) for item in course.items))


def _item(item: Item) -> Item:
    kinds = _IN_EXAMS if item.kind == "exam" else _IN_ORDER
    return replace(item, questions=tuple(_question(question, kinds) for question in item.questions))


def _question(question: Question, kinds: tuple[str, ...]) -> Question:
    question = replace(question, media=tuple(_unnamed(ref) for ref in question.media))
    if question.type not in kinds:
        return question
    places = sorted(
        range(len(question.options)),
        key=lambda place: sha256(f"{question.id}\n{question.options[place]}".encode()).digest(),
    )
    return replace(
        question,
        options=tuple(question.options[place] for place in places),
        answer=_moved(question.answer, places),
    )


def _moved(answer: str, places: list[int]) -> str:
    """The key after reordering: the first option is now the one that stood at ``places[0]``."""
    now = {LETTERS[old]: LETTERS[new] for new, old in enumerate(places)}
    moved = "".join(now.get(letter, letter) for letter in answer)
    return moved if answer[:1] in (MATCHING, ORDERING) else "".join(sorted(moved))


def _unnamed(ref: FileRef) -> FileRef:
    """The file under a name that does not show what its author called it."""
    return replace(ref, path=f"shown/{ref.sha256[:24]}{ending_of(ref.path)}")
