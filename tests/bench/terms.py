"""Terms: what thousands of stations send after a term, made from the workload's first seeds.

Packing a term takes half a second. Stations of the same seed have the same records with other
learners, so only the names in their batches are packed again. Each batch is signed by its own
node and sealed like any other; the hub sees no difference. Separate processes write them to files.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import BinaryIO

from sync.batch import GENESIS, MAGIC, PAYLOAD_AT, Batch, seal_batch
from sync.exchange import BOOT_BYTES, Request, seal_request
from sync.identity import Identity
from sync.names import Names
from sync.records import Record
from sync.signing import Purpose, SigningKey, sign
from sync.wire import Reader, Writer, compress, decompress
from tests.bench import workload

COURSE = "term"
SEEDS = 16
# As many as there are cores on the smallest machine that this is run on.
PROCESSES = 2
_APART = 1
_MAX_HEAD = 1_000_000
_FRAME = struct.Struct("<IIQ")  # node, records, bytes of the message that follows


@dataclass(frozen=True, slots=True)
class Sender:
    """A node that has joined."""

    node: int
    secret: bytes


def of_station(node: int, seed: int) -> tuple[Record, ...]:
    """The records of a station's term, with learners of its own."""
    return tuple(
        record._replace(
            learner=_learner(node, record.learner),
            object=f"{COURSE}/{record.object}",
            exam=record.exam and f"{COURSE}/{record.exam}",
        )
        for record in workload.station(seed)
    )


def learners_of(node: int, seed: int) -> list[str]:
    """Whose these are."""
    return [_learner(node, generated) for generated in _generated(seed)]


@cache
def _generated(seed: int) -> list[str]:
    return sorted({record.learner for record in workload.station(seed)})


def _learner(node: int, generated: str) -> str:
    return f"{node:06d}{generated[-3:]}"


def seal(batches: Sequence[bytes], sender: Sender, hub: Identity, head: int) -> bytes:
    """The first request of a node, made today: these batches, and nothing from the hub."""
    boot = Random(sender.node).randbytes(BOOT_BYTES)
    now_ms = int(time.time() * 1000)
    request = Request(
        sender.node, 1, now_ms, head, 0, 900, contact=1, boots=(boot,), batches=tuple(batches)
    )
    return seal_request(request, SigningKey.from_bytes(sender.secret), hub)


def write_all(senders: Sequence[Sender], hub: Identity, folder: Path) -> list[Path]:
    """Files of requests, one of each sender, a file for each seed."""
    parts = [(seed, senders[seed - 1 :: SEEDS]) for seed in range(1, SEEDS + 1)]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        write = partial(_write, hub=hub, folder=folder)
        return list(pool.map(write, [part for part in parts if part[1]]))


def seed_of(senders: Sequence[Sender], node: int) -> int:
    """The seed from which ``write_all`` made the records of ``node``."""
    return next(at for at, sender in enumerate(senders) if sender.node == node) % SEEDS + 1


def put(opened: BinaryIO, node: int, records: int, raw: bytes) -> None:
    """Append one message to a file that ``read_all`` reads."""
    opened.write(_FRAME.pack(node, records, len(raw)) + raw)


def read_all(files: Sequence[Path]) -> Iterator[tuple[int, int, bytes]]:
    """Node, how many records, and message, one after the other; only one is in memory at a time."""
    for file in files:
        with file.open("rb") as opened:
            while frame := opened.read(_FRAME.size):
                node, records, size = _FRAME.unpack(frame)
                yield node, records, opened.read(size)


def _write(part: tuple[int, Sequence[Sender]], hub: Identity, folder: Path) -> Path:
    seed, senders = part
    first = senders[0]
    records = of_station(first.node, seed)
    batch = Batch(first.node, 1, GENESIS, records)
    model = seal_batch(batch, Names(), SigningKey.from_bytes(first.secret))
    file = folder / f"seed-{seed}"
    with file.open("wb") as opened:
        for sender in senders:
            raw = seal([_of(model, first, sender)], sender, hub, len(records))
            put(opened, sender.node, len(records), raw)
    return file


def _of(model: bytes, first: Sender, sender: Sender) -> bytes:
    """The batch ``model`` of node ``first`` as ``sender`` would have made it (SPEC.md §4)."""
    reader, payload = Reader(model[PAYLOAD_AT:]), Writer()
    _, epoch, seq, count = (reader.varint() for _ in range(4))
    for number in (sender.node, epoch, seq, count):
        payload.varint(number)
    payload.raw(reader.raw(len(GENESIS)))
    packing, size, frame = reader.varint(), reader.varint(), reader.varint()
    assert (packing, frame & 1) == (_APART, 1), "a term is packed apart"
    head = decompress(reader.raw(frame >> 1), _MAX_HEAD, with_dictionary=False)
    learners, nul, rest = head.partition(b"\0")
    mine = learners.replace(_learner(first.node, "").encode(), _learner(sender.node, "").encode())
    assert len(mine) == len(learners) == size - len(nul + rest)
    again = compress(mine + nul + rest, with_dictionary=False)
    payload.varint(packing)
    payload.varint(size)
    payload.varint(len(again) << 1 | 1)
    payload.raw(again)
    payload.raw(reader.rest())
    key = SigningKey.from_bytes(sender.secret)
    return MAGIC + sign(Purpose.BATCH, payload.done(), key) + payload.done()
