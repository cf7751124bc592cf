"""Backup note: where the newest backup lies and when it was made, as the hub's folder knows it.

``hub.operations.backup`` writes it last, pages read it (``hub.reports.condition``). It is a file,
not a row: it must be there to read when the database is not, and a restored hub must not believe
that its newest backup is the one before.
"""

from pathlib import Path

import msgspec

from content.transfer.whole_file import write_whole

NOTE = "backup.json"


class BackupNote(msgspec.Struct, frozen=True):
    """The newest backup. ``missing``: how many files of courses the hub had lost already."""

    at: int
    folder: str
    size: int
    same_disk: bool
    missing: int = 0


def write(data: Path, note: BackupNote) -> None:
    """Keep the note of a backup that was read back."""
    write_whole(data / NOTE, msgspec.json.encode(note), 0o600)


def read(data: Path) -> BackupNote | None:
    """The newest backup; None if none was ever made, or nothing can be read of it."""
    try:
        return msgspec.json.decode((data / NOTE).read_bytes(), type=BackupNote)
    except (OSError, msgspec.MsgspecError):
        return None
