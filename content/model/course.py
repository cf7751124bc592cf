"""Course: what a course is, as values (SPEC.md §1).

The same values come out of a course folder (``content.source.folder``) and out of a signed
manifest (``content.packs.pack``); only the folder's still have the right answers of exams.
Who may see a course, and when, is not decided here but at the node and the hub.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from content.model.activities import Scorm
from content.model.terms import Licence, Module, Origin
from sync.facts.completion import CourseRule, ItemRule
from sync.facts.paper import ExamRule
from sync.records import study_object

ItemKind = Literal["video", "pdf", "page", "scorm", "practice", "exam"]
QuestionType = Literal[
    "single", "multiple", "truefalse", "fill", "numeric", "matching", "ordering", "essay"
]
ITEM_KINDS: tuple[ItemKind, ...] = get_args(ItemKind)
# Kinds that are watched or read: what they show has an identity of its own.
STUDIED_KINDS: tuple[ItemKind, ...] = ("video", "pdf", "page", "scorm")
QUESTION_TYPES: tuple[QuestionType, ...] = get_args(QuestionType)

# The letters of options, in the order of the bank: as many as a question may have options.
LETTERS = "ABCDEFGHIJKLMNOPQRST"

# What the two options of a true-or-false question say; "A" is true, "B" is false.
TRUE_FALSE = ("正确", "错误")


@dataclass(frozen=True, slots=True)
class FileRef:
    """One file of a course: where it stood in the folder, and what it must hash to.

    ``recipe`` names the list of its chunks; "" for a file that is its only chunk.
    """

    path: str
    size: int
    sha256: str
    recipe: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. ``answer`` is its key, as ``sync.facts.grading`` reads it (SPEC.md of sync §8).

    Options are lettered in their order ("A" is the first). A matching has ``prompts``, its left
    sides; its options are the right sides, of which some may fit nothing. With ``rich``, text,
    options, prompts and explanation are harmless HTML (``content.text.pages``) that shows the files
    of ``media`` at ``/media/<sha256>``; without it they are plain text. In both, ``\\(…\\)`` and
    ``\\[…\\]`` hold a formula in TeX. ``difficulty`` is 1 (easy) to 5, 0 where it is not known. In
    a pack for nodes the questions of exams have neither answer nor explanation.
    """

    id: str
    type: QuestionType
    text: str
    options: tuple[str, ...] = ()
    answer: str = ""
    explain: str = ""
    see_item: str = ""
    see_second: int = 0
    rich: bool = False
    prompts: tuple[str, ...] = ()
    media: tuple[FileRef, ...] = ()
    chapter: str = ""
    difficulty: int = 0

    def without_answer(self) -> "Question":
        """Return the question as an exam may show it: nothing in it tells the answer.

        Files that only the explanation shows are left out too.
        """
        shown = " ".join((self.text, *self.options, *self.prompts))
        return replace(
            self,
            answer="",
            explain="",
            see_item="",
            see_second=0,
            media=tuple(ref for ref in self.media if ref.sha256 in shown),
            chapter="",
            difficulty=0,
        )


@dataclass(frozen=True, slots=True)
class ExamSettings:
    """How an exam is sat: how many questions are drawn, how long, what passes, how often."""

    draw: int
    minutes: int
    pass_percent: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a course. ``seconds`` is a video's length, or the least time of reading.

    A film may have a ``lighter`` version of the same length; each station has one of both. A SCORM
    item has the activities of its package in ``scorm`` and the package's files in ``assets``; their
    paths begin with the item's id, as no other file's may. ``content`` counts the contents that
    were published under the item's id (``content.packs.item_contents``).
    """

    id: str
    kind: ItemKind
    title: str
    required: bool = True
    seconds: int = 0
    file: FileRef | None = None
    subtitles: FileRef | None = None
    poster: FileRef | None = None
    pictures: tuple[FileRef, ...] = ()
    questions: tuple[Question, ...] = ()
    exam: ExamSettings | None = None
    scorm: Scorm | None = None
    assets: tuple[FileRef, ...] = ()
    module: str = ""
    content: int = 1
    lighter: FileRef | None = None

    def files(self) -> Iterator[FileRef]:
        """Yield every file of the item."""
        for ref in (self.file, self.subtitles, self.poster, *self.pictures, *self.assets):
            if ref is not None:
                yield ref
        if self.lighter is not None:
            yield self.lighter
        for question in self.questions:
            if not question.media:
                continue
            shown = question.without_answer() if self.kind == "exam" else question
            yield from shown.media


@dataclass(frozen=True, slots=True)
class Volume:
    """One volume of a library: a category of documents, as ``content.model.volume`` reads it."""

    id: str
    title: str
    file: FileRef
    documents: int
    characters: int


@dataclass(frozen=True, slots=True)
class Course:
    """One version of one course. With volumes and no items it is a library, and not studied."""

    id: str
    version: int
    title: str
    summary: str = ""
    lecturer: str = ""
    source: str = ""
    category: str = ""
    required: bool = True
    hours: str = "0"
    credits: str = "0"
    items: tuple[Item, ...] = field(default=())
    volumes: tuple[Volume, ...] = field(default=())
    modules: tuple[Module, ...] = ()
    origin: Origin = ""
    licence: Licence = Licence()
    lecturer_about: str = ""

    def files(self) -> tuple[FileRef, ...]:
        """Return every file of the course once, in the order in which items need them."""
        every = {ref.path: ref for item in self.items for ref in item.files()}
        every |= {volume.file.path: volume.file for volume in self.volumes}
        return tuple(every.values())

    def parts(self) -> tuple[tuple[Module | None, tuple[Item, ...]], ...]:
        """Return the items by module, in order; without modules all of them under ``None``."""
        if not self.modules:
            return ((None, self.items),)
        return tuple(
            (module, tuple(item for item in self.items if item.module == module.id))
            for module in self.modules
        )

    def named(self, item: Item) -> str:
        """Return the name under which study of an item of this course is recorded."""
        return study_object(f"{self.id}/{item.id}", item.content)

    def item(self, item_id: str) -> Item:
        """Return the item with this id. Raises ``KeyError`` when the course has none."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)

    def question(self, question_id: str) -> tuple[Item, Question]:
        """Return a question and the item it belongs to. Raises ``KeyError``."""
        for item in self.items:
            for question in item.questions:
                if question.id == question_id:
                    return item, question
        raise KeyError(question_id)

    def rule(self) -> CourseRule:
        """Return what ``sync.facts`` needs to tell how much of the course is done."""
        return CourseRule(
            course=self.id,
            version=self.version,
            items=tuple(
                ItemRule(
                    item=self.named(item),
                    kind=item.kind,
                    required=item.required,
                    seconds=item.seconds,
                    questions=tuple(
                        f"{self.id}/{question.id}"
                        for question in item.questions
                        if item.kind == "practice"
                    ),
                )
                for item in self.items
            ),
        )

    def exam_rule(self, item_id: str) -> ExamRule:
        """Return how papers of an exam are drawn: the same at the node and at the hub.

        Raises:
            KeyError: the course has no such item, or it is no exam.
        """
        item = self.item(item_id)
        if item.exam is None:
            raise KeyError(item_id)
        return ExamRule(
            item=f"{self.id}/{item.id}",
            questions=tuple(f"{self.id}/{question.id}" for question in item.questions),
            draw=item.exam.draw,
            minutes=item.exam.minutes,
            pass_percent=item.exam.pass_percent,
            attempts=item.exam.attempts,
            # Not a secret: it only keeps two versions of an exam from drawing alike.
            salt=f"{self.id}/{item.id}@{self.version}",
        )

    def options(self, question_id: str) -> int:
        """Return how many options a question has (0 for a fill-in). Raises ``KeyError``."""
        return len(self.question(question_id)[1].options)
