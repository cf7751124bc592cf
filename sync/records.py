"""Record: one fact that a node noted (SPEC.md §3).

The values only. A run of them becomes bytes in ``sync.batch``; what follows from them is in
``sync.facts``; the journal that keeps them is ``node.store.journal``.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from sync.errors import UsageError

# §3.3  Nothing that a person types or a course names is longer; a longer one is a fault at the
# node, which refuses it before it is acknowledged.
MAX_NAME_CHARS = 400
# §3.3  Seconds since 1970 and sequence numbers stay within what every reader can hold exactly.
MAX_NUMBER = 2**53 - 1


# §3.5  Stands between an item and the number of its content; no id holds it.
CONTENT_MARK = "~"


class Kind(IntEnum):
    """What was noted. Numbers are on the wire and never re-used."""

    STUDY = 1
    PRACTICE = 2
    EXAM_START = 3
    EXAM_ANSWER = 4
    EXAM_SUBMIT = 5
    SURVEY = 6


# §3.2  The numbers of each kind, in order, by name.
NUMBERS: dict[Kind, tuple[str, ...]] = {
    Kind.STUDY: ("start", "end"),
    Kind.PRACTICE: ("correct", "seconds"),
    Kind.EXAM_START: ("attempt", "version"),
    Kind.EXAM_ANSWER: ("attempt",),
    Kind.EXAM_SUBMIT: ("attempt", "began", "claimed", "given_back"),
    Kind.SURVEY: ("value",),
}
# §3.2  Which kinds carry a response, and which name the exam beside the question.
WITH_RESPONSE = frozenset({Kind.PRACTICE, Kind.EXAM_ANSWER, Kind.SURVEY})
WITH_EXAM = frozenset({Kind.EXAM_ANSWER})


class Record(NamedTuple):
    """One record. ``seq`` names it within its node and epoch; ``at`` is Unix time in seconds.

    ``object`` is ``course/item`` or ``course/question``; ``numbers`` are those of ``NUMBERS``.
    A named tuple, not a dataclass: the hub makes a hundred thousand a second of them.
    """

    seq: int
    at: int
    kind: Kind
    learner: str
    object: str
    response: str = ""
    exam: str = ""
    numbers: tuple[int, ...] = ()


def study_object(item: str, content: int = 1) -> str:
    """The object of a STUDY record: ``course/item``, with its content's number from 2 on (§3.5)."""
    return f"{item}{CONTENT_MARK}{content}" if content > 1 else item


def item_of(name: str) -> str:
    """The ``course/item`` of a STUDY record's object, whichever of its contents was studied."""
    return name.partition(CONTENT_MARK)[0]


def check(record: Record) -> None:
    """Return if ``record`` can be sent as it is (§3.3).

    Raises:
        UsageError: a field does not fit; the text names it.
    """
    if len(record.numbers) != len(NUMBERS[record.kind]):
        raise UsageError(f"{record.kind.name} has {NUMBERS[record.kind]}, got {record.numbers}")
    _check_numbers(record)
    if not 1 <= record.seq <= MAX_NUMBER:
        raise UsageError(f"sequence number {record.seq} is out of range")
    if record.response and record.kind not in WITH_RESPONSE:
        raise UsageError(f"{record.kind.name} carries no response")
    if bool(record.exam) != (record.kind in WITH_EXAM):
        raise UsageError(f"{record.kind.name} and exam {record.exam!r} do not go together")
    for field in ("learner", "object", "response", "exam"):
        text = getattr(record, field)
        if len(text) > MAX_NAME_CHARS or "\n" in text or "\0" in text:
            raise UsageError(f"{field} of record {record.seq} is too long or has a line break")
        # §3.3  A lone surrogate is no text that a peer could read.
        try:
            text.encode()
        except UnicodeEncodeError:
            raise UsageError(f"{field} of record {record.seq} is not valid Unicode") from None


def _check_numbers(record: Record) -> None:
    if not -MAX_NUMBER <= record.at <= MAX_NUMBER:
        raise UsageError(f"time {record.at} of record {record.seq} is out of range")
    for name, number in zip(NUMBERS[record.kind], record.numbers, strict=True):
        # §3.3  0 to 2^53−1, but for the two that may be negative.
        least = {"claimed": -1, "began": -MAX_NUMBER}.get(name, 0)
        if not least <= number <= MAX_NUMBER:
            raise UsageError(f"{name} {number} of record {record.seq} is out of range")
    if record.kind is Kind.STUDY and record.numbers[1] < record.numbers[0]:
        raise UsageError(f"the span of record {record.seq} ends before it starts")
