"""Codec: a learner's facts as the hub stores them, a third of their canonical form packed.

Each event of a journal is a row. Rows are sorted by time and stored by column, as differences where
that is smaller. Most names end in a number ("course/q0123"), so a name is a stem and a number. Byte
planes that are as good as random are stored as they are, the rest is one zstd frame. The form is
internal to the hub: two hubs compare the digest of the canonical form (sync/SPEC.md §8.6).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain, permutations, repeat
from operator import sub

from sync.columns import numbers, planes
from sync.facts import Attempt, Facts, Given, Place, Practised, Start, Submission, Voted
from sync.facts.spans import day_of, edges, of_edges
from sync.wire import Reader, Writer

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# What a packed state begins with. UNDATED has no days at its end. An older state still is the
# canonical form as a zstd frame, which begins with another byte.
FORM, UNDATED = 2, 1
# A higher level makes it a fiftieth smaller and takes three times as long.
LEVEL = 1
# Digits at the end of a name that become its number; no numbering has more.
MAX_DIGITS = 6
# Names of a few dozen courses, 150 bytes each.
KEPT_NAMES = 32_768

# What happened. To that of a practice answer two flags are added: whether it was right, and whether
# any answer to that question was ever wrong.
_PLACE, _GIVEN, _VOTED, _PRACTISED = range(4)
_CORRECT, _EVER_WRONG = 1, 2

# How the numbers of a column change: not at all, only upwards, or in any way.
_SAME, _RISING, _ANY = range(3)

# Responses that need no text of their own: one of four letters, several, in any order.
_COMMON = ("", *("".join(some) for n in range(1, 5) for some in permutations("ABCD", n)))
_COMMON_REFS = {response: ref for ref, response in enumerate(_COMMON)}

# at, node, epoch, seq, what happened, object, value, response
_Row = tuple[int, int, int, int, int, str, int, str]
_new = tuple.__new__


def pack(facts: Facts) -> bytes:
    """``facts`` as they are stored."""
    out = _Out()
    rows = _rows(facts)
    out.head.varint(len(rows))
    if rows:
        at, node, epoch, seq, kind, name, value, response = zip(*rows, strict=True)
        out.steps(at, noisy=True)
        for column in (node, epoch, seq):
            out.steps(column)
        out.names(name, kind)
        out.column(
            [number for number, happened in zip(value, kind, strict=True) if happened < _PRACTISED]
        )
        out.column([*map(out.response, response)])
    _put_attempts(out, facts)
    items = sorted(facts.studied)
    out.head.varint(len(items))
    out.names(items)
    spans = [facts.studied[item] for item in items]
    out.column([len(item_spans) // 3 for item_spans in spans])
    out.steps([*chain.from_iterable(map(edges, spans))])
    forgotten = sorted(facts.ever_wrong.difference(facts.practised))
    out.head.varint(len(forgotten))
    out.names(forgotten)
    _put_days(out, facts, rows, items)
    return out.done()


def unpack(packed: bytes) -> Facts:
    """The facts that ``pack`` was given."""
    if packed[0] not in (FORM, UNDATED):
        return Facts.from_bytes(zstd.decompress(packed))
    reader, facts = _In(packed), Facts()
    rows = _columns(reader, reader.head.varint())
    exams = _take_attempts(reader, facts)
    _take_rows(rows, facts, exams)
    items = reader.names(reader.head.varint())
    sizes = reader.column(len(items))
    # Before there were days this column counted starts and ends.
    sizes = sizes if packed[0] == FORM else [size // 2 for size in sizes]
    flat = reader.steps(2 * sum(sizes))
    facts.ever_wrong.update(reader.names(reader.head.varint()))
    if packed[0] == FORM:
        answered, seen = reader.steps(len(facts.practised)), reader.steps(sum(sizes))
    else:
        answered, seen = [0] * len(facts.practised), [0] * sum(sizes)
    _take_days(facts, answered)
    at = 0
    for item, size, last in zip(items, sizes, _last_days(facts, items), strict=True):
        days = [last - before for before in seen[at : at + size]]
        facts.studied[item] = of_edges(flat[2 * at : 2 * (at + size)], days)
        at += size
    return facts


def _put_days(out: _Out, facts: Facts, rows: list[_Row], items: Sequence[str]) -> None:
    """Days as how long before the last record of the same thing: mostly none at all."""
    on, studied = facts.answered_on, facts.studied
    out.steps([day_of(row[0]) - on[row[5]] for row in rows if row[4] >= _PRACTISED])
    last_days = zip(items, _last_days(facts, items), strict=True)
    out.steps([last - day for item, last in last_days for day in studied[item][2::3]])


def _take_days(facts: Facts, answered: Sequence[int]) -> None:
    """``answered`` is in the order of the rows, as the answers were put into ``facts``."""
    marks = zip(facts.practised.items(), answered, strict=True)
    facts.answered_on = {name: day_of(mark.at) - before for (name, mark), before in marks}


def _last_days(facts: Facts, items: Sequence[str]) -> list[int]:
    """The day of the last record of each item."""
    places = facts.places
    return [day_of(places[item].at) if item in places else 0 for item in items]


def _rows(facts: Facts) -> list[_Row]:
    """A row for each thing that happened, by time; an answer in an exam names the exam's place."""
    wrong = facts.ever_wrong
    rows = [
        (at, node, epoch, seq, _PLACE, name, second, "")
        for name, (at, node, epoch, seq, second) in facts.places.items()
    ]
    rows += [
        (at, node, epoch, seq, _PRACTISED + correct + 2 * (name in wrong), name, 0, response)
        for name, (at, node, epoch, seq, correct, response) in facts.practised.items()
    ]
    rows += [
        (at, node, epoch, seq, _VOTED, name, value, response)
        for name, (at, node, epoch, seq, value, response) in facts.votes.items()
    ]
    for place, key in enumerate(sorted(facts.attempts)):
        node = key[2]
        rows += [
            (at, node, epoch, seq, _GIVEN, name, place, response)
            for name, many in facts.attempts[key].answers.items()
            for epoch, seq, at, response in many
        ]
    rows.sort()
    return rows


def _columns(reader: _In, count: int) -> Iterator[_Row]:
    if not count:
        return iter(())
    at = reader.steps(count, noisy=True)
    node, epoch, seq = (reader.steps(count) for _ in range(3))
    name, kind = reader.marked_names(count)
    few = iter(reader.column(sum(happened < _PRACTISED for happened in kind)))
    value = [next(few) if happened < _PRACTISED else 0 for happened in kind]
    texts = reader.responses
    response = [texts[ref] for ref in reader.column(count)]
    return zip(at, node, epoch, seq, kind, name, value, response, strict=True)


def _take_rows(rows: Iterator[_Row], facts: Facts, exams: Sequence[Attempt]) -> None:
    places, practised, votes, wrong = facts.places, facts.practised, facts.votes, facts.ever_wrong
    for at, node, epoch, seq, kind, name, value, response in rows:
        if kind >= _PRACTISED:
            flags = kind - _PRACTISED
            correct = flags & _CORRECT != 0
            practised[name] = _new(Practised, (at, node, epoch, seq, correct, response))
            if flags & _EVER_WRONG:
                wrong.add(name)
        elif kind == _GIVEN:
            exams[value].add_answer(name, _new(Given, (epoch, seq, at, response)))
        elif kind == _PLACE:
            places[name] = _new(Place, (at, node, epoch, seq, value))
        else:
            votes[name] = _new(Voted, (at, node, epoch, seq, value, response))


def _put_attempts(out: _Out, facts: Facts) -> None:
    keys = sorted(facts.attempts)
    out.head.varint(len(keys))
    out.names([exam for exam, _, _ in keys])
    for key in keys:
        attempt = facts.attempts[key]
        events = (attempt.start, attempt.submission)
        out.head.varint(sum(1 << bit for bit, event in enumerate(events) if event))
        for number in chain(key[1:], *(event for event in events if event)):
            out.head.varint(_folded(number))


def _take_attempts(reader: _In, facts: Facts) -> list[Attempt]:
    exams = reader.names(reader.head.varint())
    for exam in exams:
        present = reader.head.varint()
        number, node = reader.signed(2)
        start = Start(*reader.signed(4)) if present & 1 else None
        submission = Submission(*reader.signed(6)) if present & 2 else None
        facts.attempts[exam, number, node] = Attempt(start, submission)
    return list(facts.attempts.values())


class _Out:
    """Collects columns; ``done`` gives the packed state."""

    def __init__(self) -> None:
        self.head = Writer()
        self._responses: dict[str, int] = {}
        self._stems: dict[tuple[str, int, int], int] = {}
        self._planes: list[bytes] = []
        self._noise: list[bytes] = []

    def column(self, values: Sequence[int], noisy: bool = False) -> None:
        """Numbers >= 0; the reader knows how many. ``noisy``: their lowest bytes are random."""
        if not values:
            return
        cut = planes(values)
        self.head.varint(len(cut))
        if noisy:
            self._noise.append(cut.pop(0))
        self._planes += cut

    def steps(self, values: Sequence[int], noisy: bool = False) -> None:
        """Numbers that are each close to the one before."""
        if not values:
            return
        self.head.varint(_folded(values[0]))
        if values.count(values[0]) == len(values):
            self.head.varint(_SAME)
            return
        differences = [*map(sub, values[1:], values)]
        if min(differences) >= 0:
            self.head.varint(_RISING)
        else:
            self.head.varint(_ANY)
            differences = [*map(_folded, differences)]
        self.column(differences, noisy)

    def names(self, texts: Sequence[str], marks: Iterable[int] | None = None) -> None:
        """Texts that differ mostly in the numbers at their ends. ``marks``: for each a small
        number >= 0 that depends on the kind of text."""
        if not texts:
            return
        stems, digits, ends = zip(*map(_cut, texts), strict=True)
        known = self._stems
        self.column(
            [
                known.setdefault(stem, len(known))
                for stem in zip(stems, digits, marks or repeat(0))  # noqa: B905 - as many as texts
            ]
        )
        self.column(ends, noisy=True)

    def response(self, text: str) -> int:
        """The number of a response."""
        ref = _COMMON_REFS.get(text)
        if ref is None:
            ref = self._responses.setdefault(text, len(_COMMON) + len(self._responses))
        return ref

    def done(self) -> bytes:
        """All of it."""
        texts = Writer()
        texts.varint(len(self._stems))
        for stem, digits, mark in self._stems:
            texts.text(stem)
            texts.varint(digits)
            texts.varint(mark)
        texts.varint(len(self._responses))
        for response in self._responses:
            texts.text(response)
        texts.counted(self.head.done())
        frame = zstd.compress(texts.done() + b"".join(self._planes), LEVEL)
        whole = Writer()
        whole.varint(FORM)
        whole.counted(b"".join(self._noise))
        whole.raw(frame)
        return whole.done()


class _In:
    """Gives the columns back in the order in which they were written."""

    def __init__(self, packed: bytes) -> None:
        outside = Reader(packed)
        outside.varint()
        self._noise = Reader(outside.counted())
        self._rest = rest = Reader(zstd.decompress(outside.rest()))
        self._stems = [(rest.text(), rest.varint(), rest.varint()) for _ in range(rest.varint())]
        self.responses = [*_COMMON, *(rest.text() for _ in range(rest.varint()))]
        self.head = Reader(rest.counted())

    def column(self, count: int, noisy: bool = False) -> Sequence[int]:
        """``count`` numbers."""
        if not count:
            return ()
        sources = [self._rest] * self.head.varint()
        if noisy:
            sources[0] = self._noise
        return numbers([source.raw(count) for source in sources])

    def steps(self, count: int, noisy: bool = False) -> list[int]:
        """``count`` numbers that were written as differences."""
        if not count:
            return []
        [first], how = self.signed(1), self.head.varint()
        if how == _SAME:
            return [first] * count
        written = self.column(count - 1, noisy)
        differences = written if how == _RISING else map(_unfolded, written)
        return [*accumulate(differences, initial=first)]

    def names(self, count: int) -> list[str]:
        """``count`` texts."""
        return self.marked_names(count)[0]

    def marked_names(self, count: int) -> tuple[list[str], list[int]]:
        """``count`` texts, and the number that goes with each."""
        if not count:
            return [], []
        stems = [*map(self._stems.__getitem__, self.column(count))]
        texts, digits, marks = zip(*stems, strict=True)
        return [*map(_name, texts, digits, self.column(count, noisy=True))], [*marks]

    def signed(self, count: int) -> list[int]:
        """``count`` numbers of the head that may be negative."""
        return [_unfolded(self.head.varint()) for _ in range(count)]


@lru_cache(KEPT_NAMES)
def _cut(name: str) -> tuple[str, int, int]:
    """``name`` as a stem, how many digits follow it, and the number that they are."""
    digits = min(len(name) - len(name.rstrip("0123456789")), MAX_DIGITS)
    at = len(name) - digits
    return name[:at], digits, int(name[at:] or 0)


@lru_cache(KEPT_NAMES)
def _name(stem: str, digits: int, number: int) -> str:
    """What ``_cut`` was given."""
    return f"{stem}{number:0{digits}d}" if digits else stem


def _folded(number: int) -> int:
    return number << 1 if number >= 0 else ~number << 1 | 1


def _unfolded(number: int) -> int:
    return ~(number >> 1) if number & 1 else number >> 1
