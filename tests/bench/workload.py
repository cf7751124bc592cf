"""Workload: one station's records of one 20-day term, the same on which the peers were measured.

Reads JSON lines made by the workload generator that the peers' figures come from; its place is
given by ``XUEZHAN_WORKLOAD`` or found beside the project. Only a record's random id is left
out: a record is named by (node, epoch, seq).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from sync.records import Kind, Record

_BESIDE = Path(__file__).parents[3] / "shared" / "bench" / "workload.py"


def generator() -> Path | None:
    """The generator's file, or None where it is not there."""
    path = Path(os.environ.get("XUEZHAN_WORKLOAD", _BESIDE))
    return path if path.exists() else None


@cache
def station(seed: int = 1) -> tuple[Record, ...]:
    """The 5,177 records (for seed 1) of one station, in their order."""
    return tuple(_record(seq, json.loads(line)) for seq, line in enumerate(lines(seed), 1))


@cache
def lines(seed: int = 1) -> tuple[str, ...]:
    """The same records as the generator writes them: JSON, each with a random id."""
    path = generator()
    if path is None:
        raise FileNotFoundError("no workload generator: set XUEZHAN_WORKLOAD to its file")
    command = [sys.executable, str(path), "--seed", str(seed)]
    written = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return tuple(written.splitlines())


def _record(seq: int, row: dict[str, Any]) -> Record:
    kind, numbers = _KINDS[row["type"]]
    return Record(
        seq,
        row["at"],
        kind,
        row["learner"],
        row["object"],
        # The options in the order in which they were drawn: the order costs bits, too.
        "".join(row["response"]) if kind in (Kind.PRACTICE, Kind.EXAM_ANSWER) else "",
        row.get("exam", "") if kind is Kind.EXAM_ANSWER else "",
        numbers(row),
    )


_KINDS: dict[str, tuple[Kind, Callable[[dict[str, Any]], tuple[int, ...]]]] = {
    "watch": (Kind.STUDY, lambda row: tuple(row["interval"])),
    "answer": (Kind.PRACTICE, lambda row: (int(row["correct"]), row["seconds"])),
    "exam_answer": (Kind.EXAM_ANSWER, lambda row: (row["attempt"],)),
    "exam_submit": (Kind.EXAM_SUBMIT, lambda r: (r["attempt"], r["began"], r["score"], 0)),
    "survey": (Kind.SURVEY, lambda row: (row["response"],)),
}
