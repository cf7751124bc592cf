"""A process of its own, with limits, that takes files in by every door of headquarters.

``Worker`` starts it and speaks to it: a file that breaks, freezes or swells it costs that process
alone, and the next file gets a new one.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Literal

from content.model.errors import ContentFaults
from hub.authoring import draft_editing, volume_editing
from hub.authoring.draft_plan import Plan
from hub.context.open_hub import Hub, open_hub
from hub.errors import HubError
from hub.imports.imports import import_file
from hub.materials.import_report import ImportTarget
from hub.people.roster import import_roster
from hub.people.unit_tree import import_org
from tests.hub.actors import actor
from tests.lab import PARENT, new_hub

# What one file may cost. Reading the largest of the mutated files takes about a second.
MOST_CPU_SECONDS = 20
MOST_MEMORY = 3_000_000_000
# Processor time is limited inside; this is for a process that does not answer at all.
_MOST_WAIT_SECONDS = 240

_ROOT = Path(__file__).parents[2]

DOORS = ("material", "library", "roster", "units")
Outcome = Literal["taken", "refused", "broke"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a file: for ``broke``, ``where`` names the kind of fault and its place."""

    outcome: Outcome
    where: str = ""
    details: str = ""


class Worker:
    """The process, as long as it lives."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._context = multiprocessing.get_context("spawn")
        self._started = 0
        self._start()

    def _start(self) -> None:
        self._started += 1
        self._line, other = self._context.Pipe()
        place = self._place / f"worker-{self._started}"
        self._process = self._context.Process(target=_serve, args=(other, place), daemon=True)
        self._process.start()
        other.close()

    def take(self, door: str, name: str, raw: bytes) -> Reply:
        """Let the file in by a door, and say what became of it."""
        try:
            self._line.send((door, name, raw))
            if self._line.poll(_MOST_WAIT_SECONDS):
                reply: Reply = self._line.recv()
                return reply
            reply = Reply("broke", f"{door}: no answer in {_MOST_WAIT_SECONDS} s")
        except (EOFError, OSError):
            self._process.join(5)
            reply = Reply("broke", f"{door}: the process ended with {self._process.exitcode}")
        self.close()
        self._start()
        return reply

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.join()
        self._line.close()


def _serve(line: Connection, place: Path) -> None:
    place.mkdir(parents=True)
    temporary = place / "temporary"
    temporary.mkdir()
    os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
    hub = open_hub(new_hub(place / "hub"))
    plan = volume_editing.with_volume(Plan("资料", required=False), "一")
    library = draft_editing.make(hub, actor(), "library", plan)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    signal.signal(signal.SIGPROF, _too_long)
    doors: dict[str, Callable[[Path, str], bool]] = {
        "material": lambda path, name: _came_in(hub, path, name, ImportTarget()),
        "library": lambda path, name: _came_in(
            hub, path, name, ImportTarget(volume=f"{library}/v1")
        ),
        "roster": lambda path, name: bool(
            import_roster(hub, path, actor(), PARENT, name=name, confirmed=True).imported
        ),
        "units": lambda path, name: bool(import_org(hub, path, actor(), name=name).added),
    }
    while True:
        try:
            door, name, raw = line.recv()
        except EOFError:
            return
        given = place / "given"
        given.write_bytes(raw)
        before = _files(hub, temporary)
        reply = _judged(door, doors[door], given, name)
        if stray := _files(hub, temporary) - before:
            reply = Reply("broke", f"{door}: left behind", ", ".join(sorted(stray)[:5]))
        line.send(reply)


def _came_in(hub: Hub, path: Path, name: str, target: ImportTarget) -> bool:
    report = import_file(hub, path, name, actor(), target)
    if report.imported + report.same + report.refused != report.total:
        raise AssertionError(f"the report does not add up: {report}")
    return bool(report.imported or report.same)


class _TooLong(BaseException):
    """More processor time than a file may cost."""


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise _TooLong


def _judged(door: str, take: Callable[[Path, str], bool], given: Path, name: str) -> Reply:
    signal.setitimer(signal.ITIMER_PROF, MOST_CPU_SECONDS)
    try:
        return Reply("taken" if take(given, name) else "refused")
    except (ContentFaults, HubError) as error:
        return Reply("refused", type(error).__name__)
    except BaseException as error:  # noqa: BLE001 (what breaks is what is looked for)
        signal.setitimer(signal.ITIMER_PROF, 0)
        frames = traceback.extract_tb(error.__traceback__)
        last = [each for each in frames if each.filename.startswith(str(_ROOT))][-1]
        where = f"{door}: {type(error).__name__} at {Path(last.filename).name}:{last.name}"
        return Reply("broke", where, "".join(traceback.format_exception(error))[-2_000:])
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _files(hub: Hub, temporary: Path) -> set[str]:
    """All files but those of the database and of the blobs' store."""
    data = hub.config.data
    kept = {str(path) for path in data.rglob("*") if not path.is_relative_to(hub.config.blobs)}
    kept |= {str(path) for path in temporary.rglob("*")}
    return {path for path in kept if not path.endswith(("-wal", "-shm", "-journal"))}
