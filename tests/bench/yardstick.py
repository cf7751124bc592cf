"""Yardstick: how fast this machine is just now, at a fixed mix of what we spend time on.

A timing says little about a program if the machine is a different one, or busy. Its ratio to this
mix, measured right before and after it, says more: ``python -m tests.bench.yardstick`` prints it.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from sync.signing import Purpose, SigningKey, sign, verify

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# Each part takes a quarter of a second on the PC that stations have. Never change
# them: the ratios in bench.json would mean something else.
SIGNATURES, SIGNED_BYTES = 600, 1_000
PACKED_BYTES, LEVEL = 4_000_000, 6
TURNS = 800_000
COMMITS = 60
# Disturbance makes it slower, never faster.
TRIES = 3


@dataclass(frozen=True, slots=True)
class Yardstick:
    """Seconds that each part took."""

    sign_s: float
    pack_s: float
    loop_s: float
    commit_s: float

    @property
    def whole_s(self) -> float:
        """All parts together."""
        return float(sum(astuple(self)))


def measure() -> Yardstick:
    """The best of some tries, part by part."""
    text = _text()
    with tempfile.TemporaryDirectory(prefix="xzyard") as folder:
        return Yardstick(
            _best(_sign),
            _best(lambda: zstd.decompress(zstd.compress(text, LEVEL))),
            _best(_loop),
            _best(lambda: _commit(Path(folder))),
        )


def _best(part: Callable[[], object]) -> float:
    took = []
    for _ in range(TRIES):
        began = time.perf_counter()
        part()
        took.append(time.perf_counter() - began)
    return min(took)


def _sign() -> None:
    """Ed25519 as batches have it: signed here, checked there."""
    key, data = SigningKey.from_bytes(bytes(range(32))), bytes(SIGNED_BYTES)
    for _ in range(SIGNATURES):
        verify(Purpose.BATCH, data, sign(Purpose.BATCH, data, key), key.public)


def _text() -> bytes:
    """Lines like those of records: similar, never equal."""
    dice = random.Random(7)
    line = "A{:05},food/e{},{},{}\n"
    lines = (
        line.format(dice.randrange(99_999), dice.randrange(60), dice.choice("ABCD"), n)
        for n in range(PACKED_BYTES // 20)
    )
    return "".join(lines).encode()[:PACKED_BYTES]


def _loop() -> int:
    """Python itself: numbers, a dict, a branch."""
    counts: dict[int, int] = {}
    for turn in range(TURNS):
        place = turn * 7919 % 1009
        counts[place] = counts.get(place, 0) + (1 if turn % 3 else 2)
    return len(counts)


def _commit(folder: Path) -> None:
    """Transactions that are synced to the disk, as a node's are."""
    connection = sqlite3.connect(folder / "yard.sqlite3", isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS t (body TEXT) STRICT")
        for number in range(COMMITS):
            connection.execute("INSERT INTO t VALUES (?)", (f"{number}" * 40,))
    finally:
        connection.close()


def told(yard: Yardstick) -> str:
    """All of it in one line."""
    parts = ", ".join(
        f"{field.name.removesuffix('_s')} {getattr(yard, field.name):.3f}" for field in fields(yard)
    )
    return f"yardstick of this machine: {yard.whole_s:.3f} s ({parts})"


if __name__ == "__main__":
    print(told(measure()))
