"""Jobs: imports from the pages, done one after the other while browsers are answered.

The import itself is in ``hub.imports.imports``. A job's row says how far it is, so that every
process of the hub can show it. The process that took the file does the work.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from hub import rights
from hub.context.open_hub import Hub
from hub.errors import UploadGone
from hub.imports import film_jobs, imports
from hub.materials import import_report, uploads
from hub.materials.import_report import ImportReport, ImportTarget
from hub.publishing.errors import ChangedMeanwhile
from hub.rights import Actor, Deed
from hub.store import json_values, materials
from hub.store.engine import reading, writing
from hub.store.materials import ImportJob
from hub.store.scope import whole

log = logging.getLogger(__name__)

KIND = uploads.CONTENT
# A job that reports nothing for so long was cut off: the hub was restarted.
LOST_S = 600
# A job that takes long says so often that it goes on.
BEAT_S = 60


class Worker:
    """One thread that does its jobs in order; it starts with the first job."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._lock = threading.Lock()
        self._waiting = 0
        self._idle = threading.Condition(self._lock)

    def give(self, job: Callable[[], object]) -> None:
        """Do ``job`` when those before it are done."""
        with self._lock:
            self._waiting += 1
            self._jobs.put(job)
            if self._waiting == 1:
                threading.Thread(target=self._work, name="imports", daemon=True).start()

    def rest(self, seconds: float) -> bool:
        """Wait until there is nothing left to do; False when that takes longer than ``seconds``."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._waiting, seconds)

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                job()
            except Exception:  # the thread goes on; the job's row says it failed
                log.exception("an import failed")
            with self._idle:
                self._waiting -= 1
                if not self._waiting:
                    self._idle.notify_all()
                    return


def add(hub: Hub, by: Actor, name: str, size: int, token: str, target: ImportTarget) -> int:
    """Note an import that waits for its turn and return its number."""
    text = json_values.written(target)
    with writing(hub.engine) as connection:
        unit = rights.home(by, Deed.WRITE)
        return materials.add_job(
            connection, unit.id, hub.now(), by.name, name[:300], size, token=token, target=text
        )


def record(hub: Hub, by: Actor, size: int, report: ImportReport) -> int:
    """Keep the report of an import that the command line did at once."""
    with writing(hub.engine) as connection:
        unit = rights.home(by, Deed.WRITE)
        text = json_values.written(report)
        return materials.add_job(
            connection, unit.id, hub.now(), by.name, report.name[:300], size,
            state=_state(report), report=text,
        )  # fmt: skip


def run(hub: Hub, number: int, by: Actor) -> ImportReport:
    """Do an import whose file is kept, and put the report into its row."""
    with reading(hub.engine) as connection:
        row = materials.job(connection, whole(connection), number)
    if row is None:
        raise UploadGone()
    target = json_values.read(ImportTarget, row.target)
    _note(hub, number, state="running", percent=0)
    file = None
    try:
        if target.material:
            report = _converted(hub, number, row.name, by, target)
        else:
            file = uploads.find(hub, row.token, KIND)
            report = _imported(hub, number, file, row.name, by, target)
    except UploadGone:
        gone = ContentFaults([Fault("upload-cut", values={"path": row.name[:120]})])
        report = import_report.refusal(row.name, gone)
    except BaseException:
        broken = ContentFaults([Fault("import-broke", values={"path": row.name[:120]})])
        _note(
            hub, number, state="done",
            report=json_values.written(import_report.refusal(row.name, broken)),
        )  # fmt: skip
        raise
    _note(hub, number, state=_state(report), report=json_values.written(report))
    if file is not None and not _is_needed_again(hub, report):
        uploads.drop(file)
    return report


def again(hub: Hub, row: ImportJob, target: ImportTarget) -> None:
    """Let an import wait for its turn again: somebody said what was asked.

    Raises:
        ChangedMeanwhile: somebody else decided about it since ``row`` was read.
    """
    changed = {"state": "waiting", "beat_at": hub.now(), "target": json_values.written(target)}
    with writing(hub.engine) as connection:
        if not materials.move_job(connection, row, **changed):
            raise ChangedMeanwhile(row.name)


def cancel(hub: Hub, row: ImportJob) -> None:
    """Forget an import that waits for a decision; nothing is left of it.

    Raises:
        ChangedMeanwhile: somebody else decided about it since ``row`` was read.
    """
    with writing(hub.engine) as connection:
        if not materials.drop_job(connection, row):
            raise ChangedMeanwhile(row.name)
    try:
        uploads.drop(uploads.find(hub, row.token, KIND))
    except UploadGone:
        return  # it was kept for so long only


def _state(report: ImportReport) -> str:
    return "asks" if report.asks else "looks" if report.looks else "done"


def _imported(
    hub: Hub, number: int, file: Path, name: str, by: Actor, target: ImportTarget
) -> ImportReport:
    if not target.convert:
        return imports.import_file(hub, file, name, by, target)
    return film_jobs.run(hub, file, name, by, target, teller(hub, number))


def _converted(hub: Hub, number: int, name: str, by: Actor, target: ImportTarget) -> ImportReport:
    """Convert a film that is a material already."""
    try:
        file = film_jobs.source_of(hub, target.material, by)
    except ContentFaults as gone:
        return import_report.refusal(name, gone)
    return film_jobs.run(hub, file, name, by, target, teller(hub, number))


def teller(hub: Hub, number: int) -> Callable[[int], None]:
    """Return what notes how far a job is: each percent, and that it goes on."""
    last = 0, hub.now()

    def tell(percent: int) -> None:
        nonlocal last
        if percent != last[0] or hub.now() - last[1] >= BEAT_S:
            last = percent, hub.now()
            _note(hub, number, percent=percent)

    return tell


def _is_needed_again(hub: Hub, report: ImportReport) -> bool:
    """Whether somebody may have more done with an upload: say its columns, convert it."""
    refused = bool(report.refused) and film_jobs.is_convertible(report)
    return report.waits or (refused and film_jobs.can_convert(hub))


def _note(hub: Hub, number: int, **changed: object) -> None:
    with writing(hub.engine) as connection:
        materials.put_job(connection, number, beat_at=hub.now(), **changed)
