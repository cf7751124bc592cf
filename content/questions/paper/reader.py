"""Papers: questions as offices write them in Word or plain text (SPEC.md §9.9).

Sections with a kind, numbers, lettered options, answers in brackets, after labels or in a list at
the end. Nothing is guessed: what is not certain is refused, and the fault says what to write.
"""

import re
from collections.abc import Sequence

from content.model.limits import MAX_IMPORTED
from content.model.refused import Refused
from content.questions.model.report import Imported, ReadingReport, SourcePlace, noting, too_many
from content.questions.model.rich_text import MediaCollector
from content.questions.model.settle import to_question
from content.questions.paper import answer_list, emphasis
from content.questions.paper.answer_list import Fields
from content.questions.paper.interpret import QuestionParts, draft_of, parts_of
from content.questions.paper.lines import PaperLine, line_of
from content.questions.paper.parts import ParsedQuestion, ScanResult
from content.questions.paper.scanner import scan
from content.questions.table.answers import looks_true_or_false
from content.word.flow import OBJECT, Flow

# Every bank has at least one of these.
_HINT = re.compile(r"答案|[(（]\s*(?:[A-TＡ-Ｔ√×✓✗对错 　]*)\s*[)）]|_{3,}|A\s*[.．、:：)）]")
_AIKEN = re.compile(r"\s*ANSWER\s*:")
_SHARE = 0.5
# No question has so much on a line; a text with such a line is not a paper.
_LONGEST = 8_000
_WORDS_CHARS = 24


def lines_of(text: str) -> list[PaperLine]:
    """Return a plain text as lines, without the sign that stands for an object."""
    texts = text.replace(OBJECT, "").split("\n")
    return [line_of(Flow(line), at) for at, line in enumerate(texts, 1)]


def looks_like(lines: Sequence[PaperLine]) -> bool:
    """Tell whether these lines are mostly questions, not a text with some in it.

    Lines without numbers and sections are Aiken, and so are lines with ANSWER.
    """
    if any(_AIKEN.match(line.text) for line in lines):
        return False
    scanned = paper_in(lines)
    return scanned is not None and any(
        question.numbered or question.section.kind for question in scanned.questions
    )


def paper_in(lines: Sequence[PaperLine]) -> ScanResult | None:
    """Return what a paper holds; ``None`` where the lines are no paper."""
    if not any(_HINT.search(line.text) or line.pairs for line in lines):
        return None
    if any(len(line.text) > _LONGEST for line in lines):
        return None
    scanned = scan(lines)
    questions = [
        question for question in scanned.questions if question.complete or question.section.kind
    ]
    if not any(_is_surely_one(question) for question in questions):
        return None
    all_chars = sum(len(line.text.strip()) for line in lines)
    listed_chars = sum(len(line.text.strip()) for _, key in scanned.answer_lists for line in key)
    return scanned if sum(map(_size, questions)) + listed_chars >= _SHARE * all_chars else None


def count_in(lines: Sequence[PaperLine]) -> int:
    """Return how many questions stand in a text that is no paper."""
    if not any(_HINT.search(line.text) for line in lines):
        return 0
    if any(len(line.text) > _LONGEST for line in lines):
        return 0
    return sum(_is_surely_one(question) for question in scan(lines).questions)


def _is_surely_one(question: ParsedQuestion) -> bool:
    if len(question.options) > 1 or question.unclear:
        return True
    answers = [flow.readable() for flow in question.fields.get("answer", [])]
    sided = bool(answers) and looks_true_or_false(answers[0]) is not None
    return sided or bool(question.section.kind)


def _size(question: ParsedQuestion) -> int:
    flows = [
        *question.shared,
        *question.stem,
        *(flow for _, option in question.options for flow in option),
    ]
    flows += [flow for field in question.fields.values() for flow in field]
    return sum(len(flow.text) + 3 for flow in flows)


def read(
    lines: Sequence[PaperLine],
    file: str,
    format: str,
    shelf: MediaCollector,
    *,
    paragraphs: bool = False,
) -> Imported:
    """Return the questions of a paper; places are paragraphs of a document, or lines."""
    report = ReadingReport(file)
    take(scan(lines), report, shelf, paragraphs=paragraphs)
    return report.outcome(format)


def take(
    scanned: ScanResult, report: ReadingReport, shelf: MediaCollector, *, paragraphs: bool
) -> None:
    """Put the questions of a paper into a report, and what belongs to none."""
    if len(scanned.questions) > MAX_IMPORTED:
        raise too_many(report.file)
    keys = answer_list.keys_of(scanned)
    entries = answer_list.entries_by_question(scanned, keys)
    parts: list[QuestionParts | Refused] = []
    for at, question in enumerate(scanned.questions):
        try:
            parts.append(parts_of(question, _entry(entries, at)))
        except Refused as refused:
            parts.append(refused)
    marks = emphasis.marked([None if isinstance(part, Refused) else part for part in parts])
    for at, question in enumerate(scanned.questions):
        place = _place(question, paragraphs=paragraphs)
        try:
            _add(parts[at], question, marks.get(at, []), report, shelf, place)
        except Refused as refused:
            report.refuse(refused, place)
    if marks:
        report.remark("note-paper-marked", SourcePlace())
    for other in scanned.unmatched:
        report.remark("note-paper-stray", _at(other.at, "", paragraphs), said=other.text or "…")
    if left := answer_list.left_over(scanned, keys):
        numbers = "、".join(map(str, left[:20]))
        report.remark("note-paper-key-left", SourcePlace(), numbers=numbers)


def _add(
    parts: QuestionParts | Refused,
    question: ParsedQuestion,
    marked: list[int],
    report: ReadingReport,
    shelf: MediaCollector,
    place: SourcePlace,
) -> None:
    if isinstance(parts, Refused):
        raise parts
    note = noting(report, place)
    draft = draft_of(parts, question, marked, note)
    report.add(to_question(draft, shelf, note), "", place)


def _entry(entries: dict[int, Fields | None], at: int) -> Fields | None:
    """Return what a list of answers says of a question. Raises ``Refused``."""
    if at in entries and entries[at] is None:
        raise Refused("paper-key-unclear")
    return entries.get(at)


def _place(question: ParsedQuestion, *, paragraphs: bool) -> SourcePlace:
    words = " ".join(" ".join(flow.readable() for flow in question.stem[:2]).split())
    number = f"{question.section.number}、" if question.section.number else ""
    number_shown = f"{question.number}. " if question.numbered else ""
    return _at(question.at, f"{number}{number_shown}{words[:_WORDS_CHARS]}", paragraphs)


def _at(at: int, key: str, paragraphs: bool) -> SourcePlace:
    return SourcePlace(0, key, at) if paragraphs else SourcePlace(at, key)
