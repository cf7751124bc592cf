"""Hostile zips, and a process of its own that reads them and says what it took.

``python -m tests.faults.bombs INTO ZIP…`` tries every way by which a zip comes in and prints, as
JSON, the codes of the refusals, the processor seconds and the peak of memory of this process.
"""

from __future__ import annotations

import json
import resource
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
MB = 1_000_000


@cache
def swollen(megabytes: int) -> bytes:
    """A deflate stream of so many megabytes of zeros, made quickly by repeating one piece."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = squeeze.compress(bytes(MB)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return piece * megabytes + squeeze.flush(zlib.Z_FINISH)


def zip_of(entries: list[tuple[bytes, bytes, int]]) -> bytes:
    """A zip of deflated ``(name, stream, announced size)`` with wrong checksums."""
    body, index = bytearray(), bytearray()
    for name, stream, size in entries:
        fields = (20, 0x800, 8, 0, 0x21, 0, len(stream), size, len(name), 0)
        index += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, *fields, 0, 0, 0,
                             0o100644 << 16, len(body)) + name  # fmt: skip
        body += struct.pack("<IHHHHHIIIHH", 0x04034B50, *fields) + name + stream
    end = (0, 0, len(entries), len(entries), len(index), len(body), 0)
    return bytes(body + index) + struct.pack("<IHHHHIIH", 0x06054B50, *end)


def bombs() -> Iterator[tuple[str, bytes]]:
    """Hostile zips, each with its name."""
    small = zlib.compress(b"x", 9)[2:-4]
    flat = swollen(3_000)
    yield "announces-3-gb", zip_of([(b"course.toml", flat, 3_000 * MB)])
    yield "announces-a-kilobyte", zip_of([(b"course.toml", flat, 1_000)])
    yield "announces-just-the-limit", zip_of([(b"imsmanifest.xml", flat, 1_900_000)])
    yield "many-that-add-up", zip_of([(b"%04d.bin" % n, swollen(1), MB) for n in range(1_900)])
    nested = flat
    for n in range(6):
        nested = zip_of([(b"%d.zip" % n, zlib.compress(nested, 1)[2:-4], len(nested))])
    yield "zip-in-zip", nested
    yield "a-long-list", zip_of([(b"%07d" % n, small, 1) for n in range(60_000)])
    slips = [b"../out", b"/tmp/out", b"a/../../out", b"C:out", b"..\\out", b"a\0b", b"a//b", b"./a"]
    for at, name in enumerate(slips):
        yield f"slip-{at}", zip_of([(name, small, 1), (b"course.toml", small, 1)])


def measured(into: Path, *zips: Path) -> dict[str, Any]:
    """What a process of its own says of these zips."""
    command = [sys.executable, "-m", "tests.faults.bombs", str(into), *map(str, zips)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _peak_mb() -> float:
    # Not ru_maxrss alone: a process begins with the peak of its parent.
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(into: Path, paths: list[Path]) -> None:
    """Read every zip by every way, each in a folder of its own."""
    from content.model.errors import ContentFaults
    from content.source.file_kind import recognise
    from content.source.folder import read_zip
    from content.source.material import take_pages, take_scorm
    from content.transfer.blobs import BlobStore

    tempfile.tempdir = str(into)
    blobs = BlobStore(into / "blobs")
    ways: dict[str, Callable[[Path], object]] = {
        "course": lambda path: read_zip(path, into / "course"),
        "pages": lambda path: list(take_pages(path, blobs)),
        "scorm": lambda path: take_scorm(path, path.name, blobs),
        "recognise": lambda path: recognise(path, path.name),
    }
    results: list[dict[str, Any]] = []
    for path in paths:
        for way, read in ways.items():
            began, codes = _cpu_s(), list[str]()
            try:
                read(path)
            except ContentFaults as faults:
                codes = sorted({fault.code for fault in faults.faults})
            took = round(_cpu_s() - began, 3)
            results.append({"zip": path.stem, "way": way, "codes": codes, "cpu_s": took})
    sys.stdout.write(json.dumps({"said": results, "peak_mb": _peak_mb()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(path) for path in sys.argv[2:]])
