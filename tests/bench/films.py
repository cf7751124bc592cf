"""Films: how fast one is taken in, from its upload to a material: ``python -m tests.bench.films``.

The film is a lecture of two hours and 400 MB: an index of 180,000 pictures and 310,000 frames of
sound, and noise as samples. The upload is kept, recognised, judged, hashed and put into the blobs;
nothing is converted.
"""

from __future__ import annotations

import io
import random
import struct
import tempfile
import time
from pathlib import Path

from hub.config import Config
from hub.context import open_hub
from hub.imports import imports, jobs
from hub.materials import uploads
from tests.bench.figure import Figure, report
from tests.content.films import avcc, box, esds, head

HOW = "python -m tests.bench.films"
MB = 1_000_000
FILM_BYTES = 390 * MB
SECONDS = 7_200
PICTURES, SOUNDS = 25 * SECONDS, 43 * SECONDS
RUNS = 3


def figures() -> list[Figure]:
    """Take the film in a few times; the best counts."""
    whole = film()
    with tempfile.TemporaryDirectory() as folder:
        best = min(_took(Path(folder) / str(run), whole) for run in range(RUNS))
    rate = len(whole) / MB / best
    index = whole.index(b"mdat") / MB
    print(f"{len(whole) / MB:.0f} MB with an index of {index:.1f} MB: {best:.2f} s")
    return [Figure("import.film.mb_per_s", round(rate, 1), "MB/s", 50, "high", HOW)]


def _took(data: Path, whole: bytes) -> float:
    open_hub.create(Config(data=data))
    hub = open_hub.open_hub(data)
    try:
        by = imports.author_of(hub, "bench", "")
        began = time.perf_counter()
        _token, file = uploads.keep(hub, io.BytesIO(whole), jobs.KIND)
        done = imports.import_file(hub, file, "第一讲.mp4", by)
        took = time.perf_counter() - began
    finally:
        hub.close()
    if done.imported != 1:
        raise RuntimeError(f"the film was not taken: {done.faults}")
    return took


def film() -> bytes:
    """The lecture."""
    first = box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41")
    at = len(first) + len(_index(0)) + 8
    noise = random.Random(3).randbytes(MB)
    samples = noise * (FILM_BYTES // MB)
    return first + _index(at) + box(b"mdat", samples)


def _index(at: int) -> bytes:
    picture = box(b"avc1", bytes(24) + struct.pack(">HH", 854, 480) + bytes(50) + avcc(77))
    sound = box(b"mp4a", bytes(28) + esds(0x40))
    tracks = _track(1, b"vide", picture, PICTURES, at) + _track(2, b"soun", sound, SOUNDS, at)
    return box(b"moov", head(SECONDS) + tracks)


def _track(number: int, handler: bytes, entry: bytes, samples: int, at: int) -> bytes:
    # Recorders of screens write a time for each sample; nothing is repeated.
    each = 90_000 * SECONDS // samples
    table = box(b"stsd", struct.pack(">II", 0, 1) + entry)
    table += box(b"stts", struct.pack(">II", 0, samples) + struct.pack(">II", 1, each) * samples)
    table += box(b"stsz", struct.pack(">III", 0, 0, samples) + struct.pack(">I", 900) * samples)
    table += box(b"stco", struct.pack(">II", 0, samples) + struct.pack(">I", at) * samples)
    media = box(b"mdhd", bytes(12) + struct.pack(">II", 90_000, 0) + bytes(4))
    media += box(b"hdlr", bytes(8) + handler + bytes(13)) + box(b"minf", box(b"stbl", table))
    number_box = box(b"tkhd", bytes(12) + struct.pack(">I", number) + bytes(68))
    return box(b"trak", number_box + box(b"mdia", media))


if __name__ == "__main__":
    report(figures)
