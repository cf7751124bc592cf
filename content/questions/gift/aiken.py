"""Aiken: a question, its options by letter, ``ANSWER: B`` (SPEC.md §9.5)."""

import re

from content.model.limits import MAX_IMPORTED
from content.model.refused import Refused
from content.questions.model.draft import QuestionDraft, Words
from content.questions.model.report import Imported, ReadingReport, SourcePlace, noting, too_many
from content.questions.model.rich_text import MediaCollector
from content.questions.model.settle import to_question

_OPTION = re.compile(r"\s*([A-Za-z])\s?[).．、:：]\s*(.*)")
_ANSWER = re.compile(r"\s*(?:ANSWER|答案|正确答案)\s*[:：]\s*(.*?)\s*", re.IGNORECASE)
_FEEDBACK = re.compile(r"\s*(?:FEEDBACK|EXPLANATION|解析|答案解析)\s*[:：]\s*(.*)", re.IGNORECASE)


def looks_like(text: str) -> bool:
    """Tell whether a text may be Aiken: it has lines with options and lines with answers."""
    lines = text[:1_000_000].split("\n")
    options = any(_OPTION.fullmatch(line) for line in lines)
    return options and any(_ANSWER.fullmatch(line) for line in lines)


class _Reader:
    """Lines in, questions out; a question ends with its answer."""

    def __init__(self, report: ReadingReport, shelf: MediaCollector) -> None:
        self._report = report
        self._shelf = shelf
        self._begin(0)

    def _begin(self, line: int) -> None:
        self._line = line
        self._text: list[str] = []
        self._options: list[str] = []
        self._letters = ""
        self._answer: str | None = None
        self._explain: list[str] = []
        self._parted = False
        self._gap = 0  # lines of the text before an empty one

    def take(self, number: int, line: str) -> None:
        """Read one line."""
        if not line.strip():
            self._parted = bool(self._options)
            self._gap = self._gap or len(self._text)
            if self._answer is not None:
                self.end()
            return
        if self._answer is not None:
            if feedback := _FEEDBACK.fullmatch(line):
                self._explain.append(feedback[1])
                return
            self.end()
        if self._parted and not (_ANSWER.fullmatch(line) or self._goes_on(line)):
            self.end()  # the question above has no answer
        self._parted = False
        self._line = self._line or number
        if answer := _ANSWER.fullmatch(line):  # without options too: nothing goes on behind it
            self._answer = answer[1]
        elif (option := _OPTION.fullmatch(line)) and self._follows(option[1]):
            self._letters += option[1].upper()
            self._options.append(option[2])
        elif self._options:
            self._options[-1] += "\n" + line.strip()
        else:
            self._text.append(line.strip())

    def _goes_on(self, line: str) -> bool:
        option = _OPTION.fullmatch(line)
        return option is not None and self._follows(option[1])

    def _follows(self, letter: str) -> bool:
        """A line such as "C. elegans is …" begins no option where C is not due."""
        return bool(self._text) and ord(letter.upper()) - 65 == len(self._letters)

    def end(self) -> None:
        """Take what was read since the last question."""
        if not self._line:
            return
        place = SourcePlace(self._line)
        try:
            draft, note = self._draft(), noting(self._report, place)
            if 0 < self._gap < len(self._text):
                note("note-stem-parted")
            self._report.add(to_question(draft, self._shelf, note), "", place)
        except Refused as refused:
            self._report.refuse(refused, place)
        self._begin(0)

    def _draft(self) -> QuestionDraft:
        if not self._options:
            raise Refused("aiken-options")
        if self._answer is None:
            raise Refused("aiken-answer")
        letters = re.sub(r"[\s,;，、；]", "", self._answer).upper()
        if not letters or not all(letter in self._letters for letter in letters):
            raise Refused("asked-answer-unknown", answer=self._answer[:40])
        right = sorted({self._letters.index(letter) for letter in letters})
        return QuestionDraft(
            "multiple" if len(right) > 1 else "single",
            Words("\n".join(self._text)),
            options=[Words(option) for option in self._options],
            right=right,
            explain=[Words("\n".join(self._explain))],
        )


def read(text: str, file: str, shelf: MediaCollector) -> Imported:
    """Return the questions of an Aiken file."""
    report = ReadingReport(file)
    reader = _Reader(report, shelf)
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        reader.take(number, line)
        if report.total > MAX_IMPORTED:
            raise too_many(file)
    reader.end()
    return report.outcome("aiken")
