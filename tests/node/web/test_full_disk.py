from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.errors import DiskFull
from node.store import meta
from node.store.db import Store


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"cannot mount a small disk: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as out:
        try:
            while out.write(bytes(4096)) == 4096:
                pass
        except OSError:
            pass
    return ballast


def test_a_full_disk_is_refused_clearly_and_nothing_is_half_done(tiny_disk: Path) -> None:
    store = Store.open(tiny_disk)
    acknowledged = []
    ballast = fill(tiny_disk)

    def note(n: int) -> None:
        def both(conn: sqlite3.Connection) -> None:
            meta.put(conn, f"a{n}", "x" * 2000)
            meta.put(conn, f"b{n}", "x" * 2000)

        store.write(both)
        acknowledged.append(n)

    def note_until_refused() -> None:
        for n in range(1000):
            note(n)

    with pytest.raises(DiskFull, match="full"):
        note_until_refused()
    refused = len(acknowledged)
    assert meta.get(store.read(), f"a{refused}") == ""
    assert meta.get(store.read(), f"b{refused}") == ""

    ballast.unlink()
    note(refused)
    for n in acknowledged:
        assert len(meta.get(store.read(), f"a{n}")) == 2000
        assert len(meta.get(store.read(), f"b{n}")) == 2000
    assert store.read().execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    store.close()
