"""Soundness: a generation is read back from the disk, all of it, before anybody relies on it.

The same look is taken after a backup was written and before one is restored.
"""

import os
from hashlib import sha256
from pathlib import Path

from hub.facts import sample
from hub.operations.backup_folder import DATABASE, BackupList, Generation
from hub.operations.errors import BackupUnsound
from hub.operations.progress import StepMeter, Tell
from hub.store import engine, snapshot
from hub.store.engine import reading
from sync.errors import PeerError

# Learners that are folded again from their batches: a few seconds, spread over all stations.
SAMPLE = 20
_CHUNK_BYTES = 1 << 20


def check(generation: Generation, tell: Tell) -> int:
    """Compare every file with its hash, the database with itself, a few learners with their
    batches; how many learners.

    Of tables of an older release no learner is folded: this program does not read them.

    Raises:
        BackupUnsound: something is not as it should be; it names the first.
    """
    listed, blobs, store = generation.listed, generation.blobs(), generation.store
    total = sum(mark.size for mark in listed.files.values()) + sum(blobs.values())
    meter = StepMeter("check", total, tell)
    for name, mark in listed.files.items():
        _compare(generation.folder / name, mark.size, mark.sha256, meter)
    for sha, size in blobs.items():
        _compare(store.path(sha), size, sha, meter)
    database = generation.folder / DATABASE
    fault = snapshot.unsound(database)
    if fault:
        raise BackupUnsound(database, fault)
    return _fold(database, listed)


def hash_from_disk(file: Path, meter: StepMeter) -> str:
    """The SHA-256 of a file as the disk gives it: what the system still remembers is forgotten."""
    whole = sha256()
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        while chunk := os.read(descriptor, _CHUNK_BYTES):
            whole.update(chunk)
            meter.more(len(chunk))
    finally:
        os.close(descriptor)
    return whole.hexdigest()


def _compare(file: Path, size: int, sha: str, meter: StepMeter) -> None:
    try:
        there = file.stat().st_size
        if there != size:
            raise BackupUnsound(file, f"{there} of {size} bytes")
        if hash_from_disk(file, meter) != sha:
            raise BackupUnsound(file, "other bytes")
    except OSError as fault:
        raise BackupUnsound(file, fault.strerror or str(fault)) from fault


def _fold(database: Path, listed: BackupList) -> int:
    if listed.revision != engine.newest_revision():
        return 0
    copy = snapshot.open_copy(database)
    try:
        with reading(copy) as connection:
            count, others = sample.differing(connection, SAMPLE)
    except PeerError as fault:
        raise BackupUnsound(database, f"a batch: {fault.code}") from fault
    finally:
        copy.dispose()
    if others:
        raise BackupUnsound(database, f"facts of {others[0]} do not follow from its batches")
    return count
