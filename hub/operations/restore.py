"""Restore: a backup becomes a hub again, here or on another machine, on either database.

Everything is read and compared first, and put together beside; then old and new change places.
What was there is moved aside, never deleted. A restore that was cut off while they changed places
leaves a folder that no program opens (``hub.context.open_hub``) until it is run again.
"""

import errno
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from content.transfer.blobs import BlobStore
from content.transfer.key_files import write_secret
from hub import config
from hub.config import Config
from hub.context import backup_note, open_hub
from hub.context.backup_note import BackupNote
from hub.context.open_hub import RESTORING
from hub.errors import BadSetting, HubError
from hub.operations import backup_folder, blob_copies, soundness
from hub.operations.backup_folder import DATABASE, SMALL_FILES, SMALL_FOLDERS, Generation
from hub.operations.errors import (
    BackupNoRoom,
    BackupUnsound,
    HubAtWork,
    HubThere,
    RestoreFailed,
)
from hub.operations.progress import StepMeter, Tell, nobody
from hub.store import audit, counters, engine, snapshot
from hub.store.engine import writing

# Everything in a hub's folder that is of the hub that was there.
OF_A_HUB = (
    "hub.db", "hub.db-wal", "hub.db-shm", "blobs", "patches", backup_note.NOTE,
    *SMALL_FOLDERS, "cookie.key", "hub.toml", "hub.key",
)  # fmt: skip
Move = tuple[Path, Path]
SPARE_BYTES = 32_000_000
# Numbers that were given out after the backup are not given out again: stations have heard them.
SKIPPED = {"orders": 1_000_000, "node": 1_000}
SQLITE = "sqlite"
ANSWERS_WITHIN_S = 2


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was done. ``aside``: where the hub lies that was there before, if there was one."""

    made_at: int
    learners: int
    missing: tuple[str, ...]
    aside: Path | None


def restore(
    data: Path,
    place: Path,
    *,
    database: str = "",
    replacing: bool = False,
    by: str = "",
    now: Callable[[], int],
    tell: Tell = nobody,
) -> RestoreReport:
    """Make the backup at ``place`` (a generation, or the newest of a folder) the hub in ``data``.

    ``database``: where its rows go, "sqlite" for a file; by default where they were.

    Raises:
        NoBackup, BackupNewer, BackupUnsound: it cannot be used; nothing was changed.
        HubThere, HubAtWork: there is a hub, and it was not to be replaced, or it runs.
        BackupNoRoom, RestoreFailed, StoreUnavailable: disk or database did not take it; nothing
            was changed.
    """
    generation = backup_folder.find(place)
    settings = _settings(generation, data, database)
    _may_go_there(data, settings, replacing)
    learners = soundness.check(generation, tell)
    aside = _unused(data, now())
    ready = data / f"{RESTORING}{backup_folder.PART}"
    shutil.rmtree(ready, ignore_errors=True)
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        data.chmod(0o700)
        _make_ready(generation, settings, ready, tell)
        schema = aside.name if replacing else ""
        _change_places(generation, settings, ready, aside, schema, tell)
    except OSError as fault:
        if fault.errno == errno.ENOSPC:
            needed, free = _size(generation), shutil.disk_usage(data).free
            raise BackupNoRoom(str(data), needed, free) from fault
        raise RestoreFailed(f"{data}: {fault.strerror or fault}") from fault
    finally:
        shutil.rmtree(ready, ignore_errors=True)
    _open(data, generation, by, now)
    left = aside if aside.exists() else None
    return RestoreReport(generation.listed.made_at, learners, generation.listed.missing, left)


def _settings(generation: Generation, data: Path, database: str) -> Config:
    """The settings that the restored hub will have."""
    try:
        settings = replace(config.load(generation.folder), data=data)
    except HubError as fault:
        raise BackupUnsound(generation.folder / "hub.toml", str(fault)) from fault
    if database:
        return replace(settings, database="" if database == SQLITE else database)
    return settings


def _may_go_there(data: Path, settings: Config, replacing: bool) -> None:
    """Refuse what would overwrite a hub unasked, or pull the floor away under one that runs."""
    there = _there(data)
    living = there.key_file.exists() or (data / RESTORING).exists()
    if settings.database:
        opened = engine.open_engine(settings.database, 1)
        try:
            in_database = engine.revision(opened) is not None
        finally:
            opened.dispose()
        if in_database and not replacing:
            raise HubThere(opened.url.render_as_string())
    if living and not replacing:
        raise HubThere(str(data))
    if there.key_file.exists() and _answers(there):
        raise HubAtWork(f"{there.host}:{there.port}")


def _there(data: Path) -> Config:
    """The settings of the hub that is there, as far as they can be read."""
    try:
        return config.load(data)
    except BadSetting:
        return Config(data)


def _unused(data: Path, now: int) -> Path:
    """A name within the folder, and in its database, for what has to make room."""
    stamp = backup_folder.new_name(data, now).name
    names = (data / f"replaced_{stamp}{end}" for end in ("", *(f"_{n}" for n in range(2, 100))))
    return next(path for path in names if not path.exists())


def _answers(settings: Config) -> bool:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104
    try:
        with socket.create_connection((host, settings.port), ANSWERS_WITHIN_S):
            return True
    except OSError:
        return False


def _size(generation: Generation) -> int:
    listed = generation.listed
    return listed.blob_bytes + sum(mark.size for mark in listed.files.values())


def _make_ready(generation: Generation, settings: Config, ready: Path, tell: Tell) -> None:
    """Put the hub together in ``ready``, on disk when this returns."""
    needed, free = _size(generation) + SPARE_BYTES, shutil.disk_usage(ready.parent).free
    if free < needed:
        raise BackupNoRoom(str(ready.parent), needed, free)
    ready.mkdir(mode=0o700)
    wanted = [name for name in generation.listed.files if _is_small(name)]
    for name in wanted:
        (ready / name).parent.mkdir(mode=0o700, exist_ok=True)
        write_secret(ready / name, (generation.folder / name).read_bytes())
    config.set_database(ready, settings.database)
    (ready / "blobs").mkdir(mode=0o755)
    sizes, store = generation.blobs(), BlobStore(ready / "blobs")
    meter = StepMeter("blobs", sum(sizes.values()), tell)
    for sha in sizes:
        if not blob_copies.copy(generation.store, store, sha, meter, link=False):
            raise BackupUnsound(generation.store.path(sha), "other bytes")
    shutil.rmtree(ready / "blobs" / "parts", ignore_errors=True)
    if not settings.database:
        shutil.copyfile(generation.folder / DATABASE, ready / DATABASE)
        (ready / DATABASE).chmod(0o600)
        opened = engine.open_engine(f"sqlite+pysqlite:///{ready / DATABASE}", 1)
        with writing(opened) as connection:
            _skip(connection)
        opened.dispose()
    backup_folder.sync_tree(ready)


def _is_small(name: str) -> bool:
    return name in SMALL_FILES or name.partition("/")[0] in SMALL_FOLDERS


def _skip(connection: Connection) -> None:
    for name, count in SKIPPED.items():
        counters.take(connection, name, count)


def _change_places(
    generation: Generation, settings: Config, ready: Path, aside: Path, schema: str, tell: Tell
) -> None:
    """Put the new hub in the place of what is there; rows and folder together, or neither.

    ``aside`` and ``schema``: where the folder and the tables go that are there.
    """
    data = settings.data
    changing = data / RESTORING
    shutil.rmtree(changing, ignore_errors=True)  # of a restore that was cut off: begun anew
    done: list[Move] = []

    def swap(connection: Connection | None = None) -> None:
        if connection is not None:
            _skip(connection)
        ready.rename(changing)
        backup_folder.sync(data)
        done.extend(_swap(data, changing, aside))

    try:
        if settings.database:
            _load(generation, settings.database, schema, swap, tell)
        else:
            swap()
    except BaseException:
        _take_back(done, changing, aside)  # the rows were not taken
        raise
    shutil.rmtree(changing)
    backup_folder.sync(data)


def _load(
    generation: Generation, database: str, schema: str, swap: Callable[[Connection], None],
    tell: Tell,
) -> None:  # fmt: skip
    """Bring the rows in; the folder changes within the transaction."""
    opened = engine.open_engine(database, 1)
    file, revision = generation.folder / DATABASE, generation.listed.revision
    try:
        snapshot.load(opened, file, revision, schema, swap, StepMeter("rows", 0, tell).at)
    finally:
        opened.dispose()


def _swap(data: Path, changing: Path, aside: Path) -> list[Move]:
    """Move what is there aside and the new hub in; all of it, or nothing. Gives what was moved."""
    old = [name for name in OF_A_HUB if (data / name).exists()]
    new = [name for name in OF_A_HUB if (changing / name).exists()]
    if old:
        aside.mkdir(mode=0o700)
    # The first key goes first and comes last: a folder without it is no hub.
    moves = [(data / name, aside / name) for name in reversed(old)]
    moves += [(changing / name, data / name) for name in new]
    done: list[Move] = []
    try:
        for source, target in moves:
            source.rename(target)
            done.append((source, target))
    except BaseException:
        _take_back(done, changing, aside)
        raise
    return done


def _take_back(done: list[Move], changing: Path, aside: Path) -> None:
    """Everything as it was."""
    for source, target in reversed(done):
        target.rename(source)
    if done and aside.exists():
        aside.rmdir()
    shutil.rmtree(changing, ignore_errors=True)


def _open(data: Path, generation: Generation, by: str, now: Callable[[], int]) -> None:
    """See that it opens, and note what was done."""
    folder = generation.folder.resolve()
    note = BackupNote(
        generation.listed.made_at, str(folder), _size(generation),
        data.stat().st_dev == folder.stat().st_dev, len(generation.listed.missing),
    )  # fmt: skip
    backup_note.write(data, note)
    hub = open_hub.open_hub(data, now)
    try:
        with writing(hub.engine) as connection:
            audit.note(connection, now(), by, "restore", folder=str(folder))
    finally:
        hub.close()
