"""State of a scan: what is known before a line, and what a line can give (SPEC.md §9.9).

All are values. ``scanner`` goes from state to state and collects the outputs.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum

from content.questions.paper.lines import PaperLine, Section
from content.questions.paper.parts import Unmatched
from content.word.flow import Flow

_WRITTEN = ("简答", "简述", "问答", "论述", "名词", "案例", "材料", "计算", "综合", "分析", "应用",
            "实操", "操作", "写作", "作文", "主观", "填空")  # fmt: skip


class Part(Enum):
    """The part of a question that was read last."""

    STEM = "stem"
    OPTIONS = "options"
    ANSWER = "answer"
    EXPLANATION = "explain"


@dataclass(frozen=True, slots=True)
class NoQuestion:
    """No question is open: the paper begins, or a heading was read."""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that may go on: what its lines so far say about the next."""

    number: int
    numbered: bool
    part: Part = Part.STEM
    letters: str = ""  # of its options, as they came
    bare: bool = False  # its letters have no sign behind them
    answered: bool = False
    complete: bool = False  # it has more than words: options, an answer, another field
    inner: int = 0  # the last number of a list inside it

    @property
    def in_fields(self) -> bool:
        """Whether an answer, an explanation or another field was read last."""
        return self.part in (Part.ANSWER, Part.EXPLANATION)


@dataclass(frozen=True, slots=True)
class AnswerList:
    """A list of answers is read, of this section."""

    section: Section


@dataclass(frozen=True, slots=True)
class Material:
    """A text for several questions: the numbers of the first and the last."""

    first: int
    last: int
    flows: tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class ScanState:
    """What is known when a line is read."""

    now: NoQuestion | OpenQuestion | AnswerList = NoQuestion()
    section: Section = Section()
    chapter: str = ""
    # how questions of this section begin, and the number of the last
    style: str = ""
    last: int = 0
    # the place of the first loose line: it and those after it belong to no question yet
    loose_from: int | None = None
    material: Material | None = None
    # the text before these questions does not say for which of them it is
    unclear_material: bool = False
    count: int = 0
    last_numbered: bool = False
    after_blank: bool = True

    @property
    def question(self) -> OpenQuestion | None:
        """The question that is open."""
        return self.now if isinstance(self.now, OpenQuestion) else None

    @property
    def is_written(self) -> bool:
        """Whether answers in this section are texts, not letters."""
        return self.section.kind.startswith(_WRITTEN)


@dataclass(frozen=True, slots=True)
class QuestionBegins:
    """A question begins. ``mark`` is the answer before its number."""

    section: Section
    number: int
    at: int
    mark: str
    numbered: bool
    shared: tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class StemGoesOn:
    """More words of the question."""

    flow: Flow


@dataclass(frozen=True, slots=True)
class OptionBegins:
    """An option of the question."""

    letter: str
    flow: Flow


@dataclass(frozen=True, slots=True)
class OptionGoesOn:
    """More of its last option."""

    flow: Flow


@dataclass(frozen=True, slots=True)
class FieldGoesOn:
    """Its answer, explanation, or what another label says."""

    field: str
    flow: Flow


@dataclass(frozen=True, slots=True)
class PartsLost:
    """Codes of what could not be kept of it."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionUnclear:
    """The code of what makes it unclear; the first counts."""

    code: str


@dataclass(frozen=True, slots=True)
class AnswerListBegins:
    """A list of answers begins, for this section."""

    section: Section


@dataclass(frozen=True, slots=True)
class AnswerListGoesOn:
    """A line of the list."""

    line: PaperLine


@dataclass(frozen=True, slots=True)
class HeadingRead:
    """A heading of questions, by kind and number, or by chapter."""

    name: Section


ScanOutput = (
    QuestionBegins
    | StemGoesOn
    | OptionBegins
    | OptionGoesOn
    | FieldGoesOn
    | PartsLost
    | QuestionUnclear
    | AnswerListBegins
    | AnswerListGoesOn
    | HeadingRead
    | Unmatched
)
Outputs = tuple[ScanOutput, ...]
Step = tuple[ScanState, Outputs]
# Headings read so far.
Names = AbstractSet[Section]
