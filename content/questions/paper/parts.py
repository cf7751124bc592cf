"""Parts of a paper as they stand: questions, lists of answers, other words (SPEC.md §9.9)."""

from dataclasses import dataclass, field

from content.questions.paper.lines import PaperLine, Section
from content.word.flow import Flow


@dataclass(slots=True)
class ParsedQuestion:
    """One question as it stands. ``wrong`` is the code of what makes it unclear."""

    section: Section
    number: int
    at: int
    said: str = ""
    stem: list[Flow] = field(default_factory=list)
    options: list[tuple[str, list[Flow]]] = field(default_factory=list)
    fields: dict[str, list[Flow]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    wrong: str = ""
    numbered: bool = True
    # a text that stands before several questions, this one among them
    shared: tuple[Flow, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether what makes a question is there."""
        return bool(self.options or self.fields or self.said or self.wrong)


@dataclass(slots=True)
class Unmatched:
    """What belongs to no question, and where it stands."""

    at: int
    text: str


@dataclass(slots=True)
class ScanResult:
    """What a paper holds. ``key`` are the lines of lists of answers, by the section they follow."""

    asked: list[ParsedQuestion] = field(default_factory=list)
    key: list[tuple[Section, list[PaperLine]]] = field(default_factory=list)
    stray: list[Unmatched] = field(default_factory=list)
