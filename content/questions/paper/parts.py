"""Parts of a paper as they stand: questions, lists of answers, other words (SPEC.md §9.9)."""

from collections.abc import Mapping
from dataclasses import dataclass

from content.questions.paper.lines import PaperLine, Section
from content.word.flow import Flow


@dataclass(frozen=True, slots=True)
class ParsedQuestion:
    """One question as it stands. ``unclear`` is the code of what makes it unclear, "" if nothing.

    ``mark`` is the answer before its number. ``options`` are letters with their lines, ``fields``
    what labels say. ``shared`` is a text that stands before several questions.
    """

    section: Section
    number: int
    numbered: bool
    at: int
    mark: str
    shared: tuple[Flow, ...]
    stem: tuple[Flow, ...]
    options: tuple[tuple[str, tuple[Flow, ...]], ...]
    fields: Mapping[str, tuple[Flow, ...]]
    lost: tuple[str, ...]
    unclear: str

    @property
    def complete(self) -> bool:
        """Whether what makes a question is there."""
        return bool(self.options or self.fields or self.mark or self.unclear)


@dataclass(frozen=True, slots=True)
class Unmatched:
    """What belongs to no question, and where it stands."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a paper holds. Each list of answers is its section and its lines."""

    questions: tuple[ParsedQuestion, ...]
    answer_lists: tuple[tuple[Section, tuple[PaperLine, ...]], ...]
    unmatched: tuple[Unmatched, ...]
