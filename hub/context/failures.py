"""Failures: what the hub itself got wrong, counted in a file of its own.

Not in the database: that may be what failed. A line has the moment, the address as it is written in
the program (no number of a learner), the error's code, and an id under which the log has the rest.
Who is refused for a reason is no failure.
"""

from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from threading import Lock

import msgspec

FILE = "failures.jsonl"
# About 8,000 failures; as many again stay in the file before.
MAX_BYTES = 1_000_000
# That a full disk did not take: kept in memory until it does.
MAX_UNWRITTEN = 1_000
MAX_ADDRESS = 80


class Failure(msgspec.Struct, frozen=True):
    """One answer that the hub could not give. ``address``: "POST /x"."""

    at: int
    address: str
    code: str
    id: str


@dataclass(frozen=True, slots=True)
class FailureCount:
    """Failures of one kind: how many, and the last of them."""

    count: int
    last: Failure


class FailureLog:
    """The failures of a hub; several processes may write into one file."""

    def __init__(self, data: Path) -> None:
        self._file = data / FILE
        self._before = data / (FILE + ".1")
        self._unwritten = deque[Failure](maxlen=MAX_UNWRITTEN)
        self._lock = Lock()

    def note(self, at: int, address: str, code: str) -> str:
        """Count a failure and return its id; a disk that does not take it is no further failure."""
        failure = Failure(at, address[:MAX_ADDRESS], code, token_hex(4))
        with self._lock:
            self._unwritten.append(failure)
            with suppress(OSError):
                self._write()
        return failure.id

    def since(self, at: int) -> list[FailureCount]:
        """What failed from ``at`` on, by address and code, the last first."""
        with self._lock:
            waiting = list(self._unwritten)
        counts: dict[tuple[str, str], FailureCount] = {}
        for failure in (*_read(self._before), *_read(self._file), *waiting):
            if failure.at >= at:
                key = (failure.address, failure.code)
                before = counts.get(key)
                counts[key] = FailureCount(before.count + 1 if before else 1, failure)
        return sorted(counts.values(), key=lambda each: each.last.at, reverse=True)

    def _write(self) -> None:
        lines = b"".join(msgspec.json.encode(each) + b"\n" for each in self._unwritten)
        if self._file.exists() and self._file.stat().st_size > MAX_BYTES:
            self._file.replace(self._before)
        # In one piece, at the end: other processes write there too.
        with self._file.open("ab", buffering=0) as out:
            out.write(lines)
        self._unwritten.clear()


def _read(file: Path) -> list[Failure]:
    """Every whole line; one that was cut off says nothing."""
    failures = []
    try:
        lines = file.read_bytes().splitlines()
    except OSError:
        return []
    for line in lines:
        try:
            failures.append(msgspec.json.decode(line, type=Failure))
        except msgspec.MsgspecError:
            continue
    return failures
