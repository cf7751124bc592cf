"""Library: searching 10 million characters over HTTP: ``python -m tests.bench.library``.

Text is generated: 20,000 words of one to four hanzi, drawn like real words (Zipf), in 18
volumes. Searches are pieces of that text, one to six characters, and some words that are nowhere;
each fetches whole pages as a browser does, the first page and a later one.
"""

from __future__ import annotations

import itertools
import random
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

from content.model.volume import Document
from node.config import Config
from node.runtime import NodeRuntime
from tests.bench.figure import Figure, report
from tests.bench.station import Seat, running, seed
from tests.node.shelving import shelve

HOW = "python -m tests.bench.library"
CHARACTERS = 10_000_000
VOLUMES = 18
DOCUMENT_CHARACTERS = 3_500
SEARCHES = 300
# The 3,500 common characters, and how much more common the first are than the last.
HAN = [chr(0x4E00 + 5 * n) for n in range(3_500)]


def figures() -> list[Figure]:
    """Index, then search."""
    dice = random.Random(11)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "station"
        seat = seed(data, 1)[0]
        shelves = volumes(dice)
        runtime = NodeRuntime.open(Config.load(data))
        try:
            shelve(runtime, shelves)
            began = time.process_time()
            runtime.library.catch_up()
            took = time.process_time() - began
        finally:
            runtime.close()
        size = (data / "library.db").stat().st_size
        print(f"{CHARACTERS:,} characters indexed in {took:.1f} s of processor time")
        print(f"index: {size / 1e6:.1f} MB, {size / CHARACTERS:.2f} B a character")
        texts = [document.text for documents in shelves.values() for document in documents]
        with running(data) as (process, port):
            lasted = sorted(search(seat, port, text) for text in searches(dice, texts))
            rss = process.memory_info().rss / 1e6
    p95 = lasted[int(len(lasted) * 0.95)] * 1000
    print(f"{len(lasted)} searches: median {lasted[len(lasted) // 2] * 1000:.1f} ms, worst "
          f"{lasted[-1] * 1000:.1f} ms; the node holds {rss:.1f} MB after them")  # fmt: skip
    return [
        Figure("library.search_p95_ms", round(p95, 1), "ms", 300, "low", HOW),
        Figure("library.index_s", round(took, 2), "s", None, "low", HOW),
    ]


def volumes(dice: random.Random) -> dict[str, list[Document]]:
    """The library: volumes of documents of generated text."""
    weights = [1 / (n + 8) for n in range(len(HAN))]
    lengths = dice.choices((1, 2, 3, 4), (1, 12, 3, 1), k=20_000)
    words = ["".join(dice.choices(HAN, weights, k=length)) for length in lengths]
    often = list(itertools.accumulate(1 / (n + 10) for n in range(len(words))))

    def text() -> str:
        written = ""
        while len(written) < DOCUMENT_CHARACTERS:
            written += "".join(dice.choices(words, cum_weights=often, k=12)) + "，"
        return written[:DOCUMENT_CHARACTERS]

    each = CHARACTERS // VOLUMES // DOCUMENT_CHARACTERS + 1
    return {
        f"分类{number}": [Document(f"{n:012x}", f"文件{number}-{n}", text()) for n in range(each)]
        for number in range(VOLUMES)
    }


def searches(dice: random.Random, texts: list[str]) -> list[str]:
    """What people look for, as addresses."""
    asked = []
    for number in range(SEARCHES):
        text = dice.choice(texts)
        length = dice.choice((1, 2, 2, 2, 3, 4, 6))
        at = dice.randrange(len(text) - length)
        words = text[at:][:length].replace("，", " ")
        if number % 10 == 0:
            words += " " + dice.choice(texts)[:2]
        if number % 15 == 0:
            words = "龘靐齉"
        page = "&p=3" if number % 7 == 0 else ""
        asked.append(f"/library/?q={quote(words)}{page}")
    return asked


def search(seat: Seat, port: int, address: str) -> float:
    """Seconds from asking to the last byte of the page."""
    began = time.perf_counter()
    line = HTTPConnection("127.0.0.1", port, timeout=30)
    line.request("GET", address, headers={"Cookie": seat.cookie})
    answer = line.getresponse()
    body = answer.read()
    line.close()
    assert answer.status == 200, answer.status
    assert b"library-search" in body
    return time.perf_counter() - began


if __name__ == "__main__":
    report(figures)
