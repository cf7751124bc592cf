"""Compound file: a small file system in a file (MS-CFB), as Office wrote until 2003."""

import struct
from collections.abc import Collection, Iterator
from pathlib import Path

_END = 0xFFFFFFFA  # this and above are no sectors
# A chain of sectors that goes in a circle would never end.
_MOST_BYTES = 300_000_000


def top_names(path: Path) -> set[str]:
    """Return the names at the top of the file system in a file; none if it is another file.

    Embedded files, such as a text in a workbook, are not at its top.
    """
    data = path.read_bytes()
    try:
        directory = b"".join(_directory(data)[0])
        entries = len(directory) // 128
        names: set[str] = set()
        seen: set[int] = set()
        waiting = [struct.unpack_from("<I", directory, 76)[0]]
        while waiting:
            at = waiting.pop()
            if at >= entries or at in seen:
                continue
            seen.add(at)
            names.add(_name(directory, at * 128))
            waiting += struct.unpack_from("<II", directory, at * 128 + 68)
        return names
    except (struct.error, IndexError, ValueError):
        return set()


def stream(data: bytes, names: Collection[str]) -> bytes:
    """Return what stands under one of these names; the last one counts.

    Raises:
        ValueError, struct.error, IndexError: it is no such file.
    """
    sectors, fat, size = _directory(data)
    directory, small_below = b"".join(sectors), 4096
    small_at = struct.unpack_from("<I", data, 60)[0]
    root_at, place = 0, (0, 0)
    for at in range(0, len(directory) - 127, 128):
        name = _name(directory, at)
        begin, length = struct.unpack_from("<IQ", directory, at + 116)
        if at == 0:
            root_at = begin
        if name in names:
            place = (begin, length & 0xFFFFFFFF)
    begin, length = place
    if length >= small_below:
        return b"".join(_sectors(data, fat, begin, size))[:length]
    mini = b"".join(_sectors(data, fat, root_at, size))
    mini_fat = _numbers(b"".join(_sectors(data, fat, small_at, size)))
    return b"".join(_chain(mini, mini_fat, begin, 64, 0))[:length]


def _name(directory: bytes, at: int) -> str:
    named = struct.unpack_from("<H", directory, at + 64)[0]
    return directory[at : at + max(0, min(named, 64) - 2)].decode("utf-16-le", "replace")


def _directory(data: bytes) -> tuple[Iterator[bytes], list[int], int]:
    shift, small_shift = struct.unpack_from("<HH", data, 30)
    if shift not in (9, 12) or small_shift != 6:
        raise ValueError("sectors")
    size = 1 << shift
    fat = _fat(data, size)
    return _sectors(data, fat, struct.unpack_from("<I", data, 48)[0], size), fat, size


def _fat(data: bytes, size: int) -> list[int]:
    places = list(struct.unpack_from("<109I", data, 76))
    more, count = struct.unpack_from("<II", data, 68)
    for _ in range(min(count, len(data) // size)):
        if more >= _END:
            break
        numbers = _numbers(data[(more + 1) * size : (more + 2) * size])
        places += numbers[:-1]
        more = numbers[-1]
    table: list[int] = []
    for place in places:
        if place < _END:
            table += _numbers(data[(place + 1) * size : (place + 2) * size])
    return table


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack_from(f"<{len(data) // 4}I", data))


def _sectors(data: bytes, fat: list[int], begin: int, size: int) -> Iterator[bytes]:
    return _chain(data, fat, begin, size, size)


def _chain(data: bytes, fat: list[int], begin: int, size: int, before: int) -> Iterator[bytes]:
    got = 0
    while begin < _END and got < min(_MOST_BYTES, len(data) + size):
        yield data[before + begin * size : before + (begin + 1) * size]
        got += size
        begin = fat[begin]
