"""Disk errors: the N-th read, write and flush of the database fails, N = 1 until none fires.

``python -m tests.faults.disk_errors [--spread M] [--only node]``: at a node a learner signs in,
studies, sits an exam and hands it in; a hub takes two batches in. For each N the same short work is
done on a copy of one prepared folder; the call fails once, or from the N-th on. What was
acknowledged may be neither lost nor doubled, the fault is said with a code of ours, and the next
start goes on. ``--spread``: at most so many N of each kind. Needs ``cc``. Exit code 1 if a promise
was broken.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from install.servers import ROOT
from tests.faults import disk_errors_hub, disk_errors_node
from tests.faults.failing_disk import Call, FailingDisk, NoCompiler, build, environment
from tests.faults.promises import Promises, Voice, in_a_child

PROGRAMS = (disk_errors_node, disk_errors_hub)
# No short work makes so many calls.
ENDLESS = 1_000_000


@dataclass(slots=True)
class Outcome:
    """What became of one kind of call in one mode, over all N."""

    fired: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether it was tried at all, and every promise was kept."""
        return self.fired > 0 and not (self.lost or self.doubled or self.faults)

    def add(self, nth: int, heard: Promises) -> None:
        """Note the outcome of one N."""
        self.fired += heard.failed > 0
        self.refused.update(code for _, code in heard.refused)
        for into, what in (
            (self.lost, heard.lost), (self.doubled, heard.doubled), (self.faults, heard.faults),
        ):  # fmt: skip
            into += [f"N = {nth}: {word}" for word in what]


class Bench:
    """One program with its prepared folder, and the disk below it."""

    def __init__(self, program: ModuleType, place: Path, disk: FailingDisk) -> None:
        self.program, self.disk = program, disk
        self._prepared, self._folder = place / "prepared", place / "data"
        program.prepare(self._prepared)
        # Once in this process, so that no child has to import or compile anything.
        self._copy()
        program.work(self._folder, Voice(os.open(os.devnull, os.O_WRONLY), Promises()))
        if threading.active_count() > 1:
            raise RuntimeError("a process with threads cannot be forked safely")

    def outcome(self, call: Call, *, onward: bool, most: int) -> Outcome:
        """Let every N fail; or ``most`` of them, spread over all."""
        outcome = Outcome()
        for nth in self._numbers(call, most):
            heard = self._once(call, nth, onward=onward)
            outcome.add(nth, heard)
            if not heard.failed:
                break
        return outcome

    def _numbers(self, call: Call, most: int) -> Iterator[int]:
        if not most:
            yield from range(1, ENDLESS)
            return
        total = self._calls(call)
        yield from sorted({1 + total * step // (most + 1) for step in range(1, most + 1)})

    def _calls(self, call: Call) -> int:
        def count(voice: Voice) -> None:
            self.disk.arm(self._folder / self.program.DATABASE, call, ENDLESS, onward=False)
            self.program.work(self._folder, voice)
            voice.say("failed", str(self.disk.calls()))

        self._copy()
        return in_a_child(count).failed

    def _once(self, call: Call, nth: int, *, onward: bool) -> Promises:
        """One life on a failing disk, and the next on a whole one."""

        def work(voice: Voice) -> None:
            self.disk.arm(self._folder / self.program.DATABASE, call, nth, onward=onward)
            try:
                self.program.work(self._folder, voice)
            finally:
                voice.say("failed", str(self.disk.heal()))

        self._copy()
        heard = in_a_child(work)
        after = in_a_child(lambda voice: self.program.check(self._folder, voice), heard)
        heard.lost, heard.doubled = after.lost, after.doubled
        heard.faults += after.faults + [f"refused again: {act}" for act in after.refused]
        return heard

    def _copy(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.copytree(self._prepared, self._folder)


def run(place: Path, most: int, only: str) -> bool:
    """Try all of it in this process, which was started with the library; print the table."""
    logging.disable(logging.CRITICAL)
    disk, good = FailingDisk(), True
    print(f"{'':6}{'call':6} {'fails':8}{'N fired':>8}{'lost':>6}{'doubled':>8}{'faults':>7}  said")
    for program in (program for program in PROGRAMS if only in ("", program.NAME)):
        bench = Bench(program, place / program.NAME, disk)
        for call in Call:
            for onward in (False, True):
                outcome = bench.outcome(call, onward=onward, most=most)
                good &= outcome.good
                _tell(program.NAME, call, "onward" if onward else "once", outcome)
    print("all promises kept" if good else "PROMISES BROKEN")
    return good


def _tell(name: str, call: Call, mode: str, outcome: Outcome) -> None:
    refusals = ", ".join(f"{count} {code}" for code, count in sorted(outcome.refused.items()))
    print(
        f"{name:6}{call.name.lower():6} {mode:8}{outcome.fired:>8}{len(outcome.lost):>6}"
        f"{len(outcome.doubled):>8}{len(outcome.faults):>7}  {refusals}",
        flush=True,
    )
    for what, listed in (
        ("lost", outcome.lost), ("doubled", outcome.doubled), ("fault", outcome.faults),
    ):  # fmt: skip
        for line in listed[:5]:
            print(f"    {what}: {line}", flush=True)


def main() -> int:
    """Build the library, start this command again with it; returns 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spread", type=int, default=0, help="at most so many N of each kind")
    parser.add_argument("--only", choices=("node", "hub"), default="")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        return 0 if run(asked.inside, asked.spread, asked.only) else 1
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        try:
            library = build(place)
        except NoCompiler as error:
            print(error)
            return 2
        command = [sys.executable, "-m", "tests.faults.disk_errors", "--inside", folder]
        command += ["--spread", str(asked.spread)]
        command += ["--only", asked.only] if asked.only else []
        return subprocess.run(command, cwd=ROOT, env=environment(library), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
