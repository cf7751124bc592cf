"""Layout: which numbers of a run of records stand in which column (SPEC.md §4.6).

Records are taken learner by learner, in the order of their sequence numbers, and each number is
written as the difference from what the same learner's records make likely. ``sync.columns`` turns
the columns into bytes; ``sync.batch`` signs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sync.columns import ColumnReader, ColumnWriter
from sync.errors import MalformedBytes, TooLarge, UnknownName
from sync.names import Names
from sync.records import MAX_NUMBER, Kind, Record

# §4.6  A month of a station of 500 learners; the memory for it stays below 20 MB.
MAX_RECORDS = 20_000

_KINDS = tuple(Kind)
_COLUMNS = {
    Kind.STUDY: ("at", "object", "start", "length"),
    Kind.PRACTICE: ("at", "object", "response", "correct", "seconds"),
    Kind.EXAM_START: ("at", "object", "attempt", "version"),
    Kind.EXAM_ANSWER: ("at", "object", "response", "exam", "attempt"),
    Kind.EXAM_SUBMIT: ("at", "object", "attempt", "began", "claimed", "given_back"),
    Kind.SURVEY: ("at", "object", "response", "value"),
}


def _folded(number: int) -> int:
    """A signed number as an unsigned one, small for small (0, -1, 1, -2 → 0, 1, 2, 3)."""
    return number << 1 if number >= 0 else ~number << 1 | 1


def _unfolded(number: int) -> int:
    return ~(number >> 1) if number & 1 else number >> 1


def write(records: Sequence[Record], names: Names) -> bytes:
    """Return ``records`` (consecutive, at least one) packed; new names are added to ``names``."""
    return columns(records, names).pack()


def columns(records: Sequence[Record], names: Names) -> ColumnWriter:
    """Return ``records`` as columns; new names are added to ``names``."""
    known = names.counts()
    first, base = records[0].seq, records[0].at
    # §4.6  Learner by learner, in the order in which they first occur; each by seq.
    groups: dict[int, list[Record]] = {}
    for record in records:
        groups.setdefault(names.learners.ref(record.learner), []).append(record)
    gaps: list[int] = []
    kinds: list[int] = []
    cells: dict[Kind, list[list[int]]] = {kind: [] for kind in _KINDS}
    for group in groups.values():
        seq, at, ends = first - 1, base, dict[int, int]()
        for record in group:
            # §4.6  Gap: to the same learner's record before, else to the first of the batch.
            gaps.append(record.seq - seq - 1)
            kinds.append(record.kind)
            cells[record.kind].append(_cell(record, record.at - at, names, ends))
            seq, at = record.seq, record.at
    out = ColumnWriter()
    # §4.6  Head: new names, base, number of learners.
    out.head.text(names.since(known))
    out.head.varint(_folded(base))
    out.head.varint(len(groups))
    # §4.6  Columns of all kinds, then for each kind its own.
    out.column(list(groups))
    out.column([len(group) - 1 for group in groups.values()])
    out.column(gaps)
    out.column(kinds)
    for kind in _KINDS:
        for column in zip(*cells[kind], strict=True):
            out.column(column)
    return out


def _cell(record: Record, waited: int, names: Names, ends: dict[int, int]) -> list[int]:
    """The numbers of one record, in the order of ``_COLUMNS``."""
    object_ref = names.objects.ref(record.object)
    cell = [_folded(waited), object_ref]
    numbers = record.numbers
    match record.kind:
        case Kind.STUDY:
            start, end = numbers
            # §4.6  The last span of the object ended where the next likely starts.
            cell += (_folded(start - ends.get(object_ref, 0)), end - start)
            ends[object_ref] = end
        case Kind.EXAM_ANSWER:
            response = names.responses.ref(record.response)
            cell += (response, names.objects.ref(record.exam), *numbers)
        case Kind.EXAM_SUBMIT:
            attempt, began, claimed, given_back = numbers
            # §4.6  claimed is −1 where the node claims nothing: one more makes it ≥ 0.
            cell += (attempt, _folded(record.at - began), claimed + 1, given_back)
        case Kind.EXAM_START:
            cell += numbers
        case _:
            cell += (names.responses.ref(record.response), *numbers)
    return cell


def read(packed: bytes, first: int, count: int, names: Names) -> list[list[Record]]:
    """Return the ``count`` records from sequence number ``first`` on, a run for each learner.

    Names that the bytes introduce are added to ``names``; the caller undoes that on error.

    Raises:
        PeerError: the bytes are not such records.
    """
    # §4.3  The count is signed, but still a claim: bounded before it sizes anything.
    if not 1 <= count <= MAX_RECORDS:
        raise TooLarge("the batch", MAX_RECORDS)
    packing = ColumnReader(packed)
    # §4.6  Head: new names, base, number of learners.
    names.learn(packing.head.text())
    base = _unfolded(packing.head.varint())
    groups = packing.head.varint()
    if groups > count:
        raise MalformedBytes(f"{groups} learners in {count} records")
    # §4.6  Columns of all kinds …
    refs = packing.column(groups)
    sizes = packing.column(groups)
    if sum(sizes) + groups != count:
        raise MalformedBytes("the learners' records do not add up")
    gaps = packing.column(count)
    kinds = packing.column(count)
    cells: list[Iterator[tuple[int, ...]]] = [iter(())]
    # §4.6  … then for each kind its own, as many rows as the column of kinds says.
    for kind in _KINDS:
        rows = kinds.count(kind)
        cells.append(zip(*[packing.column(rows) for _ in _COLUMNS[kind]], strict=True))
    packing.end()
    # §3.4  A kind that is not known cannot be folded.
    if max(kinds) >= len(cells) or min(kinds) < 1:
        raise MalformedBytes(f"unknown kind of record {max(kinds)}")
    try:
        runs = list(_runs(refs, sizes, gaps, kinds, cells, names, first, base))
    except IndexError:
        # §4.7.4  A number beyond the end of its table.
        raise UnknownName("a record uses a name that was never introduced") from None
    # §4.7.4  Every seq from first to first + count − 1, each once.
    numbers = {record[0] for run in runs for record in run}
    if len(numbers) != count:
        raise MalformedBytes("two records have one sequence number")
    if min(numbers) != first or max(numbers) != first + count - 1:
        raise MalformedBytes("the records are not consecutive")
    return runs


def _runs(
    refs: Sequence[int],
    sizes: Sequence[int],
    gaps: Sequence[int],
    kinds: Sequence[int],
    cells: Sequence[Iterator[tuple[int, ...]]],
    names: Names,
    first: int,
    base: int,
) -> Iterator[list[Record]]:
    """The records of one learner after the other. IndexError: a name is not known.

    One long loop on purpose: the hub spends most of its time here.
    """
    objects, responses = names.objects.texts, names.responses.texts
    study, practice, start, answer, submit, _survey = _KINDS
    begin = 0
    for ref, size in zip(refs, sizes, strict=True):
        learner = names.learners.texts[ref]
        seq, at, ends = first - 1, base, dict[int, int]()
        run: list[Record] = []
        for index in range(begin, begin + size + 1):
            seq += gaps[index] + 1
            kind = kinds[index]
            cell = next(cells[kind])
            waited, object_ref = cell[0], cell[1]
            at += ~(waited >> 1) if waited & 1 else waited >> 1
            text, response, exam = objects[object_ref], "", ""
            if kind == study:
                begun = _unfolded(cell[2]) + ends.get(object_ref, 0)
                ends[object_ref] = end = begun + cell[3]
                # §3.3  Its length is unsigned, so a span that begins at 0 or later is a span.
                if begun < 0:
                    raise MalformedBytes("a span begins before its item")
                numbers: tuple[int, ...] = (begun, end)
            elif kind == answer:
                response, exam, numbers = responses[cell[2]], objects[cell[3]], cell[4:]
            elif kind == submit:
                numbers = (cell[2], at - _unfolded(cell[3]), cell[4] - 1, cell[5])
            elif kind == start:
                numbers = cell[2:]
            else:
                response, numbers = responses[cell[2]], cell[3:]
            fields = (seq, at, _KINDS[kind - 1], learner, text, response, exam, numbers)
            # Not Record(…): a named tuple's own constructor is a Python function.
            run.append(tuple.__new__(Record, fields))
        # §3.3  Differences may lead anywhere: the sum is bounded.
        if not -MAX_NUMBER <= at <= MAX_NUMBER:
            raise MalformedBytes("a time is out of range")
        begin += size + 1
        yield run
