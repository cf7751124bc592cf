"""Imports: files of all kinds, mutated, go in by every door; none may break, freeze or litter.

``python -m tests.faults.imports --seconds 600 [--seed N] [--from FOLDER …]``. The files are our own
samples and all of the folders named. Each is changed as disks, editors and other programs change
files, and taken in by a process of its own with limits of memory and time. It is taken or refused
with a code; a traceback, a report that does not add up, a file left behind, too much memory or time
is a fault. Of each fault the smallest file that shows it is kept in ``--keep``, and named with its
place in the code. Exit 1 if there is one.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.content.conftest import PDF, PNG, mp4, webm
from tests.content.docx import docx, p
from tests.faults.import_worker import DOORS, Reply, Worker
from tests.faults.mutations import MOST_BYTES, mutated

SAMPLES = Path(__file__).parents[2] / "content" / "samples"
# Tables are tried at the doors of people and units more often than films are.
_TABLES = (".csv", ".xlsx", ".xls", ".txt", ".tsv")
# To find the smallest file that shows a fault, so many are tried.
_SHRINKS = 60


@dataclass(slots=True)
class Seen:
    """What was tried and what became of it; of each fault its smallest file."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: dict[str, tuple[Reply, str, bytes]] = field(default_factory=dict)


def files(folders: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Our own small ones, and every file of the folders that is not too large."""
    given = list(_own())
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.stat().st_size < MOST_BYTES:
                given.append((path.name, path.read_bytes()))
    return given


def _own() -> Iterator[tuple[str, bytes]]:
    yield "film.mp4", mp4(10.0)
    yield "film.webm", webm(10.0)
    yield "sheet.pdf", PDF
    yield "picture.png", PNG
    yield "paper.docx", docx(p("一、单选题"), p("1. 查验什么？（A）"), p("A. 票证"), p("B. 天气"))
    yield "bank.gift", "::一::查验什么？ {=票证 ~天气}\n\n::二::几？ {#4}\n".encode()
    yield "roster.csv", "工号,姓名,单位\n1,王明,4406\n2,赵红,4406\n".encode("gb18030")
    yield "units.csv", "编号,名称,上级编号\n440601,甲,4406\n".encode()
    yield "page.html", "<h1>标题</h1><p>内容<ruby>字<rt>zì</rt></ruby></p>".encode()
    for folder in sorted(path for path in SAMPLES.iterdir() if (path / "course.toml").is_file()):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file() and path.stat().st_size < 300_000:
                    archive.write(path, str(path.relative_to(folder)))
        yield f"{folder.name}.zip", out.getvalue()


def run(place: Path, seconds: float, seed: int, folders: Sequence[Path], most: int = 0) -> Seen:
    """Try mutated files for so long, or so many of them; the same seed draws the same ones."""
    seen, given = Seen(), files(folders)
    worker = Worker(place)
    end = time.monotonic() + seconds
    try:
        number = 0
        while time.monotonic() < end and (not most or number < most):
            dice = Random(f"{seed}/{number}")
            number += 1
            name, raw = dice.choice(given)
            changed = mutated(raw, dice.choice(given)[1], dice)
            if dice.random() < 0.1:  # people rename files
                name = dice.choice(given)[0]
            is_table = name.lower().endswith(_TABLES)
            door = dice.choice(DOORS if is_table else ("material",) * 3 + DOORS)
            reply = worker.take(door, name, changed)
            seen.outcomes[f"{door} {reply.outcome}"] += 1
            if reply.outcome == "broke" and reply.where not in seen.faults:
                print(f"seed {seed}, file {number - 1}, {name}: {reply.where}", flush=True)
                smallest = _smallest(worker, door, name, changed, reply.where, dice)
                seen.faults[reply.where] = reply, name, smallest
    finally:
        worker.close()
    return seen


def _smallest(worker: Worker, door: str, name: str, raw: bytes, where: str, dice: Random) -> bytes:
    """A shorter file that shows the same fault, found by leaving pieces out."""
    for _ in range(_SHRINKS):
        at, length = dice.randrange(len(raw) + 1), max(1, len(raw) // dice.choice((2, 4, 8, 50)))
        shorter = raw[:at] + raw[at + length :]
        if len(shorter) < len(raw) and worker.take(door, name, shorter).where == where:
            raw = shorter
    return raw


def main(argv: Sequence[str] | None = None) -> int:
    """Run it, print what was seen, and keep the files that show faults."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.imports", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", dest="folders", type=Path, nargs="*", default=[])
    parser.add_argument("--keep", type=Path, help="folder for files that show faults")
    chosen = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as temporary:
        seen = run(Path(temporary), chosen.seconds, chosen.seed, chosen.folders)
    for outcome, count in sorted(seen.outcomes.items()):
        print(f"{count:8,} {outcome}")
    for number, (where, (reply, name, raw)) in enumerate(sorted(seen.faults.items())):
        print(f"\nFAULT {where}\n{reply.details}")
        if chosen.keep:
            chosen.keep.mkdir(parents=True, exist_ok=True)
            (chosen.keep / f"{number}-{Path(name).name}").write_bytes(raw)
    files_tried = sum(seen.outcomes.values())
    print(f"{files_tried:,} files, {len(seen.faults)} faults")
    return 1 if seen.faults else 0


if __name__ == "__main__":
    sys.exit(main())
