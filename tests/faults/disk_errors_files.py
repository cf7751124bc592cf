"""Disk errors, at files beside the databases: each is replaced whole, or stays as it was.

``python -m tests.faults.disk_errors_files FOLDER`` in a process with the library that lets the disk
fail; prints for each file how many calls failed, and what is not as it should be.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from content.transfer.blobs import BlobStore
from content.transfer.key_files import write_secret
from content.transfer.whole_file import write_whole
from hub import config as hub_config
from node.config import Config
from node.exchange import lineage
from node.exchange.lineage import ReceiptMark
from tests.faults.failing_disk import Call, FailingDisk

NOTHING = "nothing"
# Larger than any buffer between us and the disk.
LONG = 100_000
MARKS = ("none", "old", "new")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file: ``keep`` puts "old" or "new" there, ``held`` says what is there."""

    keep: Callable[[Path, str], object]
    held: Callable[[Path], str]
    says: bool = True  # whether ``keep`` raises when the disk refuses


def _settings(folder: Path, word: str) -> None:
    replace(Config(data=folder), hub_url=word).save()


def _blob(folder: Path, word: str) -> None:
    BlobStore(folder).add_bytes(word.encode() * LONG)


def _held_blob(folder: Path) -> str:
    for path in folder.glob("??/*"):
        word = path.read_bytes()[:3].decode()
        assert path.read_bytes() == word.encode() * LONG, "a blob that is not whole"
        if word == "new":
            return word
    return "old"


def _long(folder: Path, word: str) -> None:
    write_whole(folder / "file", word.encode() * LONG)


def _held_long(folder: Path) -> str:
    raw = (folder / "file").read_bytes()
    assert raw in (b"old" * LONG, b"new" * LONG), "a file that is not whole"
    return raw[:3].decode()


def _held_address(folder: Path) -> str:
    loaded = hub_config.load(folder)
    assert loaded.threads == 3, "other settings are gone"
    return "new" if loaded.database == "new" else "old"


def _address(folder: Path, word: str) -> None:
    if word == "old":
        write_whole(folder / "hub.toml", b"threads = 3\n")
    else:
        hub_config.save_database(folder, word)


FILES = {
    "settings": Kept(_settings, lambda folder: Config.load(folder).hub_url),
    "hub's database address": Kept(_address, _held_address),
    "key": Kept(
        lambda folder, word: write_secret(folder / "key", word.encode()),
        lambda folder: (folder / "key").read_text(),
    ),
    "draft": Kept(_long, _held_long),
    "blob": Kept(_blob, _held_blob),
    "mark": Kept(
        lambda folder, word: lineage.keep_mark(folder, ReceiptMark(1, MARKS.index(word))),
        lambda folder: MARKS[lineage.read_mark(folder).seq],
        says=False,
    ),
}


def try_all(place: Path, disk: FailingDisk) -> bool:
    """Every N of every kind of call at every file; whether all was as it should be."""
    good = True
    for name, file in FILES.items():
        for call in (Call.WRITE, Call.FLUSH):
            failed = 0
            for nth in count(1):
                folder = place / f"{name} {call.name} {nth}"
                folder.mkdir()
                fault = _try(folder, file, call, nth, disk)
                if fault == NOTHING:
                    break
                failed += 1
                if fault:
                    good = False
                    print(f"{name}, {call.name} {nth}: {fault}")
            print(f"{name}: {failed} {call.name.lower()}")
            good &= failed > 0
    return good


def _try(folder: Path, file: Kept, call: Call, nth: int, disk: FailingDisk) -> str:
    """What is wrong after one failing call; "" if nothing is, ``NOTHING`` if none failed."""
    file.keep(folder, "old")
    raised = False
    disk.arm(folder, call, nth, onward=False)
    try:
        file.keep(folder, "new")
    except OSError:
        raised = True
    if not disk.heal():
        return NOTHING
    try:
        held = file.held(folder)
        if file.says and not raised and held != "new":
            return "said to be kept, and is not"
        file.keep(folder, "new")
        return "" if file.held(folder) == "new" else "not kept on a whole disk either"
    except (AssertionError, OSError, ValueError, KeyError) as error:
        return repr(error)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    sys.exit(0 if try_all(Path(sys.argv[1]), FailingDisk()) else 1)
