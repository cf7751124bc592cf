"""Batch: a run of consecutive records, chained and signed by one node (SPEC.md §4).

Bytes in, checked ``Batch`` out, and back. No I/O here: ``node.store.outbox`` keeps the sealed
bytes, ``node.courier.courier`` carries them, ``hub.intake.node_request`` stores what was accepted.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from itertools import chain

from sync import layout
from sync.errors import BrokenChain, MalformedBytes, SequenceGap, TooLarge, UsageError, WrongNode
from sync.layout import MAX_RECORDS
from sync.names import Names
from sync.records import Record, check
from sync.signing import SIGNATURE_BYTES, Purpose, SigningKey, VerifyKey, sign, verify
from sync.wire import Reader, Writer

# §4.1  Layout:  magic (4) | signature (64) | header | columns
MAGIC = b"XZB1"
HASH_BYTES = 32
PAYLOAD_AT = len(MAGIC) + SIGNATURE_BYTES
# §4.2  What the first batch of a chain names as its predecessor.
GENESIS = bytes(HASH_BYTES)
# §4.3  20,000 records at 5 bytes and their names; twice that fits in the memory of any station PC.
MAX_BATCH_BYTES = 1_200_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Records ``first`` … ``last`` of (node, epoch), after the batch whose hash is ``previous``."""

    node: int
    epoch: int
    previous: bytes
    records: tuple[Record, ...]

    @property
    def first(self) -> int:
        """Sequence number of the first record."""
        return self.records[0].seq

    @property
    def last(self) -> int:
        """Sequence number of the last record."""
        return self.records[-1].seq


@dataclass(frozen=True, slots=True)
class Runs:
    """The records of a batch learner by learner, each run in order: to be folded, not replayed."""

    node: int
    epoch: int
    last: int
    runs: list[list[Record]]

    @property
    def records(self) -> tuple[Record, ...]:
        """All records in the order of their numbers."""
        return tuple(sorted(chain.from_iterable(self.runs)))

    @property
    def newest_at(self) -> int:
        """The time of the record with the highest number."""
        return max((run[-1] for run in self.runs), key=lambda record: record.seq).at


@dataclass(frozen=True, slots=True)
class Header:
    """What a batch says of itself before its records are unpacked."""

    node: int
    epoch: int
    first: int
    count: int
    previous: bytes


def batch_hash(sealed: bytes) -> bytes:
    """The 32 bytes that name a sealed batch in the next one and in receipts (§4.2)."""
    return sha256(sealed).digest()


def seal_batch(batch: Batch, names: Names, key: SigningKey) -> bytes:
    """Return ``batch`` as signed bytes; the names it introduces are added to ``names``.

    Raises:
        UsageError: the records are none, too many, not consecutive, or do not fit (§3.3).
    """
    if not 1 <= len(batch.records) <= MAX_RECORDS:
        raise UsageError(f"a batch has 1 to {MAX_RECORDS} records, not {len(batch.records)}")
    for expected, record in enumerate(batch.records, batch.first):
        if record.seq != expected:
            raise UsageError(f"record {record.seq} stands where {expected} belongs")
        check(record)
    payload = Writer()
    for number in (batch.node, batch.epoch, batch.first, len(batch.records)):
        payload.varint(number)
    payload.raw(batch.previous)
    payload.raw(layout.write(batch.records, names))
    return MAGIC + sign(Purpose.BATCH, payload.done(), key) + payload.done()


def read_header(sealed: bytes) -> Header:
    """What ``sealed`` says of itself, unchecked: to find the chain that it claims to continue."""
    if not sealed.startswith(MAGIC):
        raise MalformedBytes(f"not a batch: {len(sealed)} bytes starting {sealed[:4]!r}")
    return _header(Reader(sealed[PAYLOAD_AT:]))


def unseal_batch(
    sealed: bytes,
    node: int,
    key: VerifyKey,
    names: Names,
    expected_seq: int,
    expected_previous: bytes,
) -> Batch:
    """Check ``sealed`` as §4.7 says, step by step, and return the batch inside.

    ``names`` is the table that follows from the chain so far; it gains what the batch introduces,
    and stays as it was when a step fails.

    Raises:
        PeerError: a step failed; ``code`` says which. No input raises anything else.
    """
    header, runs = _unseal(sealed, node, key, names, expected_seq, expected_previous)
    records = tuple(sorted(chain.from_iterable(runs)))
    return Batch(header.node, header.epoch, header.previous, records)


def unseal_runs(
    sealed: bytes,
    node: int,
    key: VerifyKey,
    names: Names,
    expected_seq: int,
    expected_previous: bytes,
) -> Runs:
    """As ``unseal_batch``, for a caller that folds learner by learner and needs no other order."""
    header, runs = _unseal(sealed, node, key, names, expected_seq, expected_previous)
    return Runs(header.node, header.epoch, header.first + header.count - 1, runs)


def _unseal(
    sealed: bytes,
    node: int,
    key: VerifyKey,
    names: Names,
    expected_seq: int,
    expected_previous: bytes,
) -> tuple[Header, list[list[Record]]]:
    # §4.7.1  Size and frame first: nothing is read further before it is known to fit.
    if len(sealed) > MAX_BATCH_BYTES:
        raise TooLarge("the batch", MAX_BATCH_BYTES)
    if len(sealed) <= PAYLOAD_AT or not sealed.startswith(MAGIC):
        raise MalformedBytes(f"not a batch: {len(sealed)} bytes starting {sealed[:4]!r}")
    signature, payload = sealed[len(MAGIC) : PAYLOAD_AT], sealed[PAYLOAD_AT:]

    # §4.7.2  The signature is checked over the bytes as received, before they are parsed.
    verify(Purpose.BATCH, payload, signature, key)

    # §4.7.3  The batch continues this node's chain, at its end.
    reader = Reader(payload)
    header = _header(reader)
    if header.node != node:
        raise WrongNode(node, header.node)
    if header.first != expected_seq:
        raise SequenceGap(node, expected_seq, header.first)
    if header.previous != expected_previous:
        raise BrokenChain(node, header.first)

    # §4.7.4  Only now do the columns become records.
    known = names.counts()
    try:
        return header, layout.read(reader.rest(), header.first, header.count, names)
    except BaseException:
        names.forget_after(known)
        raise


def _header(reader: Reader) -> Header:
    node, epoch, first, count = (reader.varint() for _ in range(4))
    return Header(node, epoch, first, count, reader.raw(HASH_BYTES))
