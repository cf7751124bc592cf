"""Tags: where a format lacks a field, our tags carry it out and back in (SPEC.md §9.2).

``xz:order=CAB`` which letter each option has, ``xz:difficulty=3``, ``xz:see=item@72``,
``xz:model=…`` the model answer of an essay. Formats with fields for these use those.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from content.model.course import Question
from content.model.question_rules import NOTHING
from content.questions.model.draft import Note, QuestionDraft
from content.questions.model.identity import is_usable_id
from sync.facts.grading import ESSAY, MATCHING, ORDERING

_IN_COMMENT = re.compile(r"\[(id|tag):((?:[^\]\\]|\\.)*)\]")
_SEE = re.compile(r"([a-z0-9][a-z0-9-]{0,39})@(\d{1,5})")
# What formats put before the part of a category's path that people chose.
_ROOTS = re.compile(r"^\$[a-z]+\$(?:/|$)")


@dataclass(slots=True)
class Tags:
    """The tags of one question."""

    id: str = ""
    letters: str = ""
    model: str = ""
    difficulty: int = 0
    see: tuple[str, int] = ("", 0)
    chapter: str = ""
    foreign: bool = False

    @classmethod
    def of(cls, tags: Iterable[str], identifier: str = "") -> "Tags":
        """Return what tags say; ``foreign`` when there are others than ours."""
        own = cls(id=identifier if is_usable_id(identifier) else "")
        for tag in tags:
            name, _, value = tag.partition("=")
            if name == "xz:order":
                own.letters = value
            elif name == "xz:difficulty" and re.fullmatch("[1-5]", value):
                own.difficulty = int(value)
            elif name == "xz:model":
                own.model = re.sub(r"\\(.)", lambda f: "\n" if f[1] == "n" else f[1], value)
            elif name == "xz:chapter":
                own.chapter = value
            elif name == "xz:see":
                own.see = see_of(value)
            elif tag:
                own.foreign = True
        return own

    @classmethod
    def of_comments(cls, comments: Iterable[str]) -> "Tags":
        """Return what comments such as ``// [id:q1] [tag:xz:order=BA]`` say."""
        matches = [match for line in comments for match in _IN_COMMENT.finditer(line)]
        pairs = [(match[1], re.sub(r"\\(.)", r"\1", match[2])) for match in matches]
        identifiers = [text for kind, text in pairs if kind == "id"]
        return cls.of(
            [text for kind, text in pairs if kind == "tag"], (identifiers or [""])[-1].strip()
        )

    def mark(self, draft: QuestionDraft, note: Note) -> None:
        """Put into the draft what the tags say; note that foreign tags were not taken."""
        draft.difficulty, draft.see, draft.letters = self.difficulty, self.see, self.letters
        draft.model = self.model or draft.model
        draft.chapter = self.chapter or draft.chapter
        if self.foreign:
            note("note-tags")


def tags_of(question: Question) -> Iterator[str]:
    """Yield the tags that ``Tags.of`` reads back."""
    if question.difficulty:
        yield f"xz:difficulty={question.difficulty}"
    if question.see_item:
        yield f"xz:see={see_text(question)}"
    if question.type in ("matching", "ordering"):
        yield f"xz:order={listed(question)[1]}"
    if question.type == "essay" and question.answer != ESSAY:
        model = question.answer.removeprefix(ESSAY)
        yield "xz:model=" + model.replace("\\", "\\\\").replace("\n", "\\n")


def own_id(identifier: str) -> str:
    """Return the id in an XML identifier, which never begins with a digit; "" if it is no id."""
    bare = identifier.removeprefix("_")
    return bare if is_usable_id(bare) else ""


def letters_of(answer: str) -> list[int]:
    """Return the places of the options that a choice's key names."""
    return [ord(letter) - 65 for letter in answer]


def listed(question: Question) -> tuple[list[str], str]:
    """Return the options as formats that show the solution list them, and their letters.

    A matching: in the order of its prompts, then those that fit none. An ordering: in the right
    order.
    """
    right = question.answer.removeprefix(MATCHING).removeprefix(ORDERING).replace(NOTHING, "")
    all_letters = (chr(65 + place) for place in range(len(question.options)))
    letters = "".join(dict.fromkeys([*right, *all_letters]))
    return [question.options[ord(letter) - 65] for letter in letters], letters


def see_of(text: str) -> tuple[str, int]:
    """Return where to look again, ``item@second`` or ``item@page``."""
    match = _SEE.fullmatch(text.strip())
    return (match[1], int(match[2])) if match else ("", 0)


def see_text(question: Question) -> str:
    """Return where to look again as ``see_of`` reads it."""
    return f"{question.see_item}@{question.see_second}"


def chapter_of(category: str) -> str:
    """Return the chapter in a category's path: ``$course$/top/`` and the like go."""
    path = _ROOTS.sub("", category.strip())
    return "" if path == "top" else path.removeprefix("top/")


def category_of(chapter: str) -> str:
    """Return a chapter as a category's path."""
    return f"$course$/top/{chapter}" if chapter else "$course$/top"
