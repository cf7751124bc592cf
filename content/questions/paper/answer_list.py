"""Answer list: the list at the end of a paper, and which answer is for which question (§9.9).

An answer counts only if its number means exactly one question for certain.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from content.questions.paper.lines import PaperLine, Section, labels_of, starts_of
from content.questions.paper.parts import ParsedQuestion, ScanResult
from content.questions.table.table_rows import kind_named
from content.word.flow import Flow

_SIGN = r"(?:[A-T√×✓✗对错]\s*[,、]?\s*)"
_RANGE = re.compile(
    rf"\(?(\d{{1,5}})\)?\s*[-~—–至]+\s*\(?(\d{{1,5}})\)?\s*题?\s*[.:、]?\s*({_SIGN}+)"
)
_SINGLE = re.compile(
    r"\(?(\d{1,5})\)?\s*[.、:)]?\s*([A-T](?:[A-T]|[,、](?=[A-T](?![a-z])))*|√|×|✓|✗|正确|错误|对|错)"
    r"(?=$|[\s,;、。.(]|\d)"
)
_BETWEEN = re.compile(r"[\s,;、。.:|]*")
# A paper has a list for each of its parts; more is no paper.
_MOST = 200

Fields = dict[str, list[Flow]]


@dataclass(slots=True)
class Key:
    """One list of answers: its part of the paper, answers by number, and unclear numbers."""

    section: Section
    entries: dict[int, Fields] = field(default_factory=dict)
    unclear: set[int] = field(default_factory=set)

    def put(self, number: int, fields: Fields) -> None:
        """Add an answer; a second one makes its number unclear.

        The second may stand in a list inside the answer before, which then is unclear too, unless
        that is only a letter or a sign.
        """
        if number in self.entries:
            self.unclear.add(number)
            if not _is_sign(self.entries.get(number - 1, {})):
                self.unclear.add(number - 1)
        else:
            self.entries[number] = fields


def _is_sign(fields: Fields) -> bool:
    """Tell whether an answer is a letter or a sign, in which no list can stand."""
    texts = [flow.text.strip() for flow in fields.get("answer", [])]
    return len(fields) == len(texts) == 1 and bool(re.fullmatch(rf"{_SIGN}+|正确|错误", texts[0]))


def keys_of(scanned: ScanResult) -> list[Key]:
    """Return the lists of answers of a paper."""
    return [_read(section, lines) for section, lines in scanned.answer_lists[:_MOST] if lines]


def entries_by_question(scanned: ScanResult, keys: Sequence[Key]) -> dict[int, Fields | None]:
    """Return what lists say of a question, by its place; ``None`` where that is not certain."""
    by_number: dict[int, list[int]] = {}
    for place, question in enumerate(scanned.questions):
        by_number.setdefault(question.number, []).append(place)
    chapters = any(key.section.chapter for key in keys)
    own = _of_their_sections(keys)
    by_question: dict[int, Fields | None] = {}
    for key in keys:
        for number, fields in key.entries.items():
            places = by_number.get(number, [])
            possible = [at for at in places if _fits(key.section, scanned.questions[at], chapters)]
            if own:
                place = key.section.place
                possible = [at for at in possible if scanned.questions[at].section.place == place]
            sure = len(possible) == 1 and number not in key.unclear
            for at in possible:
                by_question[at] = fields if sure and at not in by_question else None
    return by_question


def _of_their_sections(keys: Sequence[Key]) -> bool:
    """Whether each section has its own list after it, and no list says for which section it is."""
    bare = [key.section for key in keys]
    if any(section.kind or section.number or section.chapter for section in bare):
        return False
    return len({section.place for section in bare}) == len(bare) > 1


def left_over(scanned: ScanResult, keys: Sequence[Key]) -> list[int]:
    """Return numbers in lists that no question has."""
    numbers = {question.number for question in scanned.questions}
    return sorted({number for key in keys for number in key.entries} - numbers)


def _fits(section: Section, question: ParsedQuestion, chapters: bool) -> bool:
    own = question.section
    if chapters and section.chapter != own.chapter:
        return False
    if section.number and (own.number or not section.kind) and section.number != own.number:
        return False
    return not section.kind or _same_kind(section.kind, own.kind)


def _same_kind(kind_name: str, other: str) -> bool:
    if kind_name == other:
        return True
    kind = kind_named(kind_name)[0]
    if kind is None or kind != kind_named(other)[0]:
        return False
    return ("不定" in kind_name) == ("不定" in other)


def _read(section: Section, lines: Sequence[PaperLine]) -> Key:
    key = Key(section)
    style, last, field_name = "", 0, "answer"
    for line in lines:
        if line.pairs:
            for number, answer in line.pairs:
                key.put(number, {"answer": [Flow(answer)]})
            continue
        if _listed(line, key):
            continue
        start = next(
            (
                start
                for start in starts_of(line)
                if style in ("", start.style) and (not start.weak or start.number == last + 1)
            ),
            None,
        )
        if start is not None and start.number > last:
            style, last = start.style, start.number
            fields: Fields = {}
            key.put(start.number, fields)
            field_name = _fill(fields, line, start.end, "answer")
        elif last:
            field_name = _fill(key.entries[last], line, 0, field_name)
    return key


def _fill(fields: Fields, line: PaperLine, begin: int, to: str) -> str:
    """Put a line into an entry; return the field that it fills last."""
    labels = labels_of(line.text[begin:])
    end = begin + labels[0].begin if labels else len(line.text)
    if line.text[begin:end].strip():
        fields.setdefault(to, []).append(line.flow.cut(begin, end).strip())
    for label in labels:
        to = label.field
        part = line.flow.cut(begin + label.text_begin, begin + label.end).strip()
        fields.setdefault(to, []).append(part)
    return to


def _listed(line: PaperLine, key: Key) -> bool:
    """Take a line of nothing but numbers and their answers; return False for any other."""
    ranges = list(_RANGE.finditer(line.text))
    without_ranges = _RANGE.sub(lambda match: " " * len(match[0]), line.text)
    singles = list(_SINGLE.finditer(without_ranges))
    if not ranges + singles:
        return False
    if not _covers(without_ranges, [match.span() for match in singles]):
        return False
    for match in ranges:
        _range(int(match[1]), int(match[2]), match[3], key)
    for match in singles:
        key.put(int(match[1]), {"answer": [Flow(match[2])]})
    return True


def _covers(text: str, spans: list[tuple[int, int]]) -> bool:
    """Whether only spaces and punctuation stand between these places."""
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return all(_BETWEEN.fullmatch(text[begin:end]) for begin, end in gaps)


def _range(first: int, last: int, answers: str, key: Key) -> None:
    """``1-5 ABCDA``, ``1-3 AB ACD BC``: a letter, or a word, for each number."""
    count = last - first + 1
    if not 0 < count <= 1_000:
        return
    words = re.split(r"[\s,、]+", answers.strip(" ,、\t"))
    signs = [sign for word in words for sign in word]
    parts = signs if len(signs) == count else words
    for number in range(first, last + 1):
        if len(parts) == count:
            key.put(number, {"answer": [Flow(parts[number - first])]})
        else:
            key.put(number, {})
            key.unclear.add(number)
