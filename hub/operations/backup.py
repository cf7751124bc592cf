"""Backup: everything of a hub that exists nowhere else, while it serves, into a folder of its own.

The new generation is written beside the earlier ones, put on disk, read back, and only then given
its name; whatever happens before leaves the earlier ones as they are. Format and places are
``hub.operations.backup_folder``'s, the way back is ``hub.operations.restore``.
"""

import errno
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
from sqlalchemy import Engine

from content.transfer.blobs import BlobStore
from content.transfer.key_files import write_secret
from hub import config
from hub.config import Config
from hub.context import backup_note, keyring
from hub.context.backup_note import BackupNote
from hub.context.keyring import KeyRing
from hub.context.open_hub import RESTORING
from hub.errors import DatabaseEmpty, NotInitialised, RestoreUnfinished, StoreUnavailable
from hub.operations import backup_folder, blob_copies, soundness
from hub.operations.backup_folder import (
    BLOB_LIST,
    BLOBS,
    DATABASE,
    FORMAT,
    MANIFEST,
    PART,
    SMALL_FILES,
    SMALL_FOLDERS,
    BackupList,
    FileMark,
    Generation,
)
from hub.operations.errors import BackupFailed, BackupNoRoom, BackupUnsound, BlobsLost
from hub.operations.progress import StepMeter, Tell, nobody
from hub.store import audit, engine, snapshot
from hub.store.engine import reading, writing

log = logging.getLogger(__name__)

# A week of one a day.
KEPT = 7
# Beside the hub, where nobody says another place.
FOLDER = "backups"
# Room that is left free besides what is written.
SPARE_BYTES = 32_000_000


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What was done. ``fresh``: files of courses that were not there before; ``lost``: that the
    hub has no more and the backup still has; ``missing``: that nobody has."""

    folder: Path
    size: int
    fresh: int
    fresh_bytes: int
    learners: int
    went: int
    lost: tuple[str, ...]
    missing: tuple[str, ...]
    same_disk: bool


@dataclass(frozen=True, slots=True)
class _Source:
    """A hub's folder as it stands: its tables are read as they are, of whatever release."""

    config: Config
    ring: KeyRing
    engine: Engine
    revision: str


def back_up(
    data: Path,
    place: Path | None = None,
    *,
    keep: int = KEPT,
    incomplete: bool = False,
    by: str = "",
    now: Callable[[], int],
    tell: Tell = nobody,
) -> BackupReport:
    """Back up the hub in ``data`` into ``place`` and read it back; ``keep`` generations stay.

    ``incomplete``: also when files of courses are lost for good.

    Raises:
        NotInitialised, DatabaseEmpty, DatabaseNewer, StoreUnavailable: there is no hub to read.
        BackupFailed, BackupUnsound: it was not made; earlier generations are as they were.
    """
    source = _open(data)
    try:
        report = _back_up(source, place or data / FOLDER, keep, incomplete, now(), tell)
        _note(source, report, by, now())
        return report
    finally:
        source.engine.dispose()


def _back_up(
    source: _Source, place: Path, keep: int, incomplete: bool, now: int, tell: Tell
) -> BackupReport:
    """Make it while nobody else writes there; what the disk says, in our words."""
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with backup_folder.held(place):
            backup_folder.sweep(place)
            return _make(source, place, keep, incomplete, now, tell)
    except OSError as fault:
        if fault.errno == errno.ENOSPC:
            free = shutil.disk_usage(place).free if place.exists() else 0
            raise BackupNoRoom(str(place), free + SPARE_BYTES, free) from fault
        raise BackupFailed(f"{place}：{fault.strerror}", f"{place}: {fault}") from fault


def _open(data: Path) -> _Source:
    settings = config.load(data)
    if (data / RESTORING).exists():
        raise RestoreUnfinished(str(data))
    if not settings.key_file.exists():
        raise NotInitialised(str(data))
    ring = keyring.load(settings.key_file, settings.keys)
    database = engine.open_engine(settings.database_url, 2)
    revision = engine.revision(database)
    if revision is None:
        raise DatabaseEmpty(str(data), database.url.render_as_string())
    return _Source(settings, ring, database, revision)


def _make(
    source: _Source, place: Path, keep: int, incomplete: bool, now: int, tell: Tell
) -> BackupReport:
    folder = backup_folder.new_name(place, now)
    part = folder.with_name(folder.name + PART)
    part.mkdir(mode=0o700)
    try:
        store = BlobStore(place / BLOBS)
        (place / BLOBS).mkdir(mode=0o700, exist_ok=True)
        _make_room(source, place, store)
        small = _small_files(source.config.data)
        _copy_database(source, part / DATABASE, tell)
        for name, raw in small.items():
            _write(part / name, raw)
        if _small_files(source.config.data) != small:
            raise BackupFailed(
                "备份时换了密钥，请再备份一次", "keys changed meanwhile; run it again"
            )
        fresh, damaged = _copy_blobs(source, store, place, tell)
        missing, lost, sizes = _look_for_all(source, store, part / DATABASE, damaged)
        if missing and not incomplete:
            raise BlobsLost(sorted(set(missing.values())), str(source.config.blobs))
        listed = _list(source, part, sizes, missing, now)
        backup_folder.sync_tree(part)
        learners = _read_back(Generation(part, listed), tell)
        part.rename(folder)
        backup_folder.sync(place)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    went = _forget_old(place, keep)
    size = listed.blob_bytes + sum(mark.size for mark in listed.files.values())
    return BackupReport(
        folder, size, len(fresh), sum(fresh.values()), learners, went, lost,
        tuple(sorted(set(missing.values()))), _same_disk(source.config.data, place),
    )  # fmt: skip


def _read_back(generation: Generation, tell: Tell) -> int:
    """How many learners were compared.

    A file of a course that is not what it was is dropped: the next backup copies it again.
    """
    try:
        return soundness.check(generation, tell)
    except BackupUnsound as fault:
        if generation.folder.parent / BLOBS not in fault.file.parents:
            raise
        fault.file.unlink(missing_ok=True)
        name = fault.file.name[:12]
        raise BackupFailed(
            f"课程文件 {name} 读回来不一样，已从备份里删去。请再备份一次，并看看这块磁盘是不是坏了",
            f"file {name} of a course read back otherwise and was dropped; run it again, and see "
            "whether that disk is failing",
        ) from fault


def _forget_old(place: Path, keep: int) -> int:
    """How many generations went; the new one is made, whatever happens to them."""
    try:
        return backup_folder.keep_newest(place, keep)
    except OSError as fault:
        log.warning("old backups could not be removed: %s", fault)
        return 0


def _make_room(source: _Source, place: Path, store: BlobStore) -> None:
    """See that there is room for what is new of the courses, and for the database.

    Raises:
        BackupNoRoom: there is not.
    """
    fresh = blob_copies.lacking(BlobStore(source.config.blobs), store)
    file = Path(source.engine.url.database or "")
    database = file.stat().st_size if source.engine.dialect.name == "sqlite" else 0
    needed = database + SPARE_BYTES + (0 if _links(source, place) else sum(fresh.values()))
    free = shutil.disk_usage(place).free
    if free < needed:
        raise BackupNoRoom(str(place), needed, free)


def _links(source: _Source, place: Path) -> bool:
    """Whether the folder is the hub's own: a second copy there would save nobody from anything."""
    return source.config.data.resolve() in place.resolve().parents


def _same_disk(data: Path, place: Path) -> bool:
    return data.stat().st_dev == place.stat().st_dev


def _small_files(data: Path) -> dict[str, bytes]:
    """The bytes of settings and keys, by name within the folder."""
    files = [data / name for name in SMALL_FILES]
    for name in SMALL_FOLDERS:
        files += sorted((data / name).rglob("*"))
    return {
        str(file.relative_to(data)): file.read_bytes()
        for file in files
        if file.is_file() and file.suffix != PART
    }


def _write(file: Path, raw: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_secret(file, raw)


def _copy_database(source: _Source, target: Path, tell: Tell) -> None:
    target.touch(0o600)
    step = "database" if source.engine.dialect.name == "sqlite" else "rows"
    snapshot.take(source.engine, source.revision, target, StepMeter(step, 0, tell).at)


def _copy_blobs(
    source: _Source, store: BlobStore, place: Path, tell: Tell
) -> tuple[dict[str, int], set[str]]:
    """Copy what is new, and say what that was; and what of it is not what it says.

    After the database: what its rows name was there before them.
    """
    blobs = BlobStore(source.config.blobs)
    fresh, link = blob_copies.lacking(blobs, store), _links(source, place)
    meter = StepMeter("blobs", sum(fresh.values()), tell)
    damaged = {sha for sha in fresh if not blob_copies.copy(blobs, store, sha, meter, link=link)}
    return fresh, damaged


def _look_for_all(
    source: _Source, store: BlobStore, database: Path, damaged: set[str]
) -> tuple[dict[str, str], tuple[str, ...], dict[str, int]]:
    """What is needed and nowhere; what only the backup has; the sizes of what belongs to it."""
    here = BlobStore(source.config.blobs).names() - damaged
    in_store = store.names()
    copy = snapshot.open_copy(database)
    with reading(copy) as connection:
        needed = dict(blob_copies.needed(connection, store, source.ring.publics))
    copy.dispose()
    missing = {sha: what for sha, what in needed.items() if sha not in in_store}
    only_in_store = {sha: what for sha, what in needed.items() if sha in in_store - here}
    wanted = (here & in_store) | set(only_in_store)
    sizes = {sha: store.size(sha) or 0 for sha in wanted}
    return missing, tuple(sorted(set(only_in_store.values()))), sizes


def _list(
    source: _Source, part: Path, sizes: dict[str, int], missing: dict[str, str], now: int
) -> BackupList:
    """Write down what belongs to the generation; last of all, its list."""
    _write(part / BLOB_LIST, backup_folder.blob_list(sizes))
    files = {
        str(file.relative_to(part)): _mark(file)
        for file in sorted(part.rglob("*"))
        if file.is_file()
    }
    listed = BackupList(
        FORMAT, software(), source.revision, now, source.engine.dialect.name, files,
        len(sizes), sum(sizes.values()), tuple(sorted(set(missing.values()))),
    )  # fmt: skip
    _write(part / MANIFEST, msgspec.json.format(msgspec.json.encode(listed)))
    return listed


def _mark(file: Path) -> FileMark:
    with file.open("rb") as opened:
        whole = sha256()
        while chunk := opened.read(1 << 20):
            whole.update(chunk)
    return FileMark(file.stat().st_size, whole.hexdigest())


def software() -> str:
    """This release, as people call it."""
    try:
        return f"xuezhan {version('xuezhan')}"
    except PackageNotFoundError:
        return f"xuezhan, tables {engine.newest_revision()}"


def _note(source: _Source, report: BackupReport, by: str, now: int) -> None:
    """Tell pages and the audit log; a backup is one without that, too."""
    note = BackupNote(
        now, str(report.folder.resolve()), report.size, report.same_disk, len(report.missing)
    )
    try:
        backup_note.write(source.config.data, note)
        if source.revision == engine.newest_revision():
            with writing(source.engine) as connection:
                audit.note(connection, now, by, "backup", folder=note.folder)
    except (OSError, StoreUnavailable) as fault:
        log.warning("backup made, but not noted: %s", fault)
