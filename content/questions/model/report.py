"""Report of reading a bank: what came in, what did not and why (SPEC.md §9.1)."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from content.model import limits
from content.model.course import Question
from content.model.errors import ContentFaults
from content.model.faults.faults import PARAGRAPH, Fault
from content.model.faults.table import COUNT, TIMES
from content.model.refused import Refused
from content.questions.model.identity import derived_id, fingerprint


@dataclass(frozen=True, slots=True)
class Imported:
    """What one file gave: ``len(questions) + refused_count == total``.

    A fault of ``refused`` is of one question, or of so many as its value ``COUNT`` says.
    ``questions`` are in the file's order, with duplicates. ``remarks`` say what one of them lost,
    or how it was understood. ``headings`` and ``mapping`` (field to heading) are a table's;
    ``rows`` and ``rows_refused`` count its rows below the headings. ``places`` are those of the
    questions, ``each_remark`` has the remarks again, on every question by itself.
    """

    format: str
    questions: tuple[Question, ...]
    total: int
    refused: tuple[Fault, ...] = ()
    remarks: tuple[Fault, ...] = ()
    headings: tuple[str, ...] = ()
    mapping: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    rows_refused: int = 0
    places: tuple["SourcePlace", ...] = ()
    each_remark: tuple[Fault, ...] = ()

    @property
    def refused_count(self) -> int:
        """How many questions, or rows that may be some, were refused."""
        return sum(int(fault.values.get(COUNT, 1)) for fault in self.refused)

    def fresh(self, known: Collection[str] = ()) -> tuple[Question, ...]:
        """Return, each once, the questions whose fingerprints are not in ``known``."""
        new = {fingerprint(question): question for question in reversed(self.questions)}
        return tuple(question for key, question in reversed(new.items()) if key not in known)

    def duplicates(self, known: Collection[str] = ()) -> int:
        """Return how many of the questions are duplicates, or known already."""
        return len(self.questions) - len(self.fresh(known))


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """Where a question stands: its line, row or paragraph, and its name, number or sheet."""

    line: int = 0
    key: str = ""
    paragraph: int = 0


class ReadingReport:
    """What a reader found so far; the reader goes on after a question that it must refuse."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.total = 0
        self._questions: list[Question] = []
        self._refused: list[Fault] = []
        self._remarks: dict[tuple[str, ...], Fault] = {}
        self._ids: dict[str, Question] = {}
        # Where each remark was made last: what is said twice of one question counts once.
        self._last: dict[tuple[str, ...], tuple[int, str, int]] = {}
        self._places: list[SourcePlace] = []
        self._each: list[Fault] = []

    def add(self, question: Question, own_id: str, place: SourcePlace) -> None:
        """Take a question; its own id stays if no other question of the file has it."""
        self.total += 1
        taken = self._ids.setdefault(own_id, question) if own_id else question
        if taken is not question:
            self.remark("note-id-twice", place, id=own_id)
        use = own_id if own_id and taken is question else derived_id(question)
        self._questions.append(replace(question, id=use))
        self._places.append(place)

    def refuse(self, why: Refused, place: SourcePlace) -> None:
        """Count a question that cannot be taken, or as many as ``why`` says."""
        self.total += int(why.values.get(COUNT, 1))
        self._refused.append(self._fault(why.code, place, why.values))

    def remark(self, code: str, place: SourcePlace, /, **values: str | int) -> None:
        """Say what a question lost, or how it was understood.

        What is said of many is said once, where it is so first, with how many there are.
        """
        self._each.append(self._fault(code, place, values))
        key = (code, *(f"{name}={value}" for name, value in sorted(values.items())))
        first = self._remarks.setdefault(key, self._fault(code, place, values))
        at = (place.line, place.key[:60], place.paragraph)
        if self._last.get(key, at) != at:
            times = int(first.values.get(TIMES, 1)) + 1
            self._remarks[key] = replace(first, values={**first.values, TIMES: times})
        self._last[key] = at

    def _fault(self, code: str, place: SourcePlace, values: Mapping[str, str | int]) -> Fault:
        if place.paragraph:
            values = {**values, PARAGRAPH: place.paragraph}
        return Fault(code, self.file, place.line, place.key[:60], values)

    def outcome(self, format: str) -> Imported:
        """Return what the reader found, as the result of the import."""
        return Imported(
            format,
            tuple(self._questions),
            self.total,
            tuple(self._refused),
            tuple(self._remarks.values()),
            places=tuple(self._places),
            each_remark=tuple(self._each),
        )


def noting(report: ReadingReport, place: SourcePlace) -> Callable[[str], None]:
    """Return what a reader calls with the code of a remark on the question at ``place``."""
    return lambda code: report.remark(code, place)


def too_many(file: str) -> ContentFaults:
    """Return the fault of a file with more questions than any bank has."""
    values = {"limit": limits.MAX_IMPORTED}
    return ContentFaults([Fault("bank-too-many", file, values=values)])
