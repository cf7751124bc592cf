"""The learner's first page on an empty browser cache: ``python -m tests.bench.first_page``.

Counted twice: by Chromium itself (encodedDataLength of every response, headers included), and
without a browser, by fetching the page and all files that it names over plain HTTP.
"""

from __future__ import annotations

import gzip
import re
import shutil
import tempfile
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from tests.bench.figure import Figure, report
from tests.bench.station import Seat, running, seed

HOW = "python -m tests.bench.first_page"
LOADED = re.compile(r'<(?:link|script|img)[^>]*(?:href|src)="(/[^"]+)"')
IMPORTED = re.compile(r'(?:import|from)\s*"([^"]+)"')
# How far the two counts may differ: HTTP's framing of each answer.
SLACK = 0.1


def figures() -> list[Figure]:
    """Measure both ways and compare."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "station"
        seat = seed(data, 12)[0]
        with running(data) as (_, port):
            plain_bytes, plain_requests = without_browser(seat, port)
            print(f"without a browser: {plain_bytes:,} B in {plain_requests} requests")
            browser = shutil.which("chromium") or shutil.which("chromium-browser")
            if browser is None:
                print("no Chromium here: only the count without a browser")
                size, requests = plain_bytes, plain_requests
            else:
                size, requests = in_chromium(browser, seat, port)
                print(f"in Chromium:       {size:,} B in {requests} requests")
                assert abs(size - plain_bytes) <= SLACK * size, "the two counts differ"
    return [
        Figure("node.first_page.bytes", size, "B", 80_000, "low", HOW),
        Figure("node.first_page.requests", requests, "requests", 8, "low", HOW),
    ]


def in_chromium(executable: str, seat: Seat, port: int) -> tuple[int, int]:
    """Bytes and requests of a cold load in a new profile, as the browser counts them."""
    name, _, value = seat.cookie.partition("=")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        context = browser.new_context()
        address = f"http://127.0.0.1:{port}"
        context.add_cookies([{"name": name, "value": value, "url": address}])
        page = context.new_page()
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        sizes: dict[str, float] = {}

        def finished(event: dict[str, Any]) -> None:
            sizes[event["requestId"]] = event["encodedDataLength"]

        network.on("Network.loadingFinished", finished)
        page.goto(f"{address}/", wait_until="networkidle")
        assert urlsplit(page.url).path == "/", "the learner was not signed in"
        browser.close()
    return int(sum(sizes.values())), len(sizes)


def without_browser(seat: Seat, port: int) -> tuple[int, int]:
    """The page and every file that it or its scripts name, fetched with gzip as browsers ask."""
    wanted, seen, total = ["/"], set[str](), 0
    while wanted:
        path = wanted.pop()
        if path in seen:
            continue
        seen.add(path)
        size, text = _fetch(path, seat, port)
        total += size
        wanted += LOADED.findall(text) if path == "/" else []
        if path.partition("?")[0].endswith(".js"):
            folder = path.rpartition("/")[0]
            for name in IMPORTED.findall(text):
                wanted.append(name if name.startswith("/") else f"{folder}/{name[2:]}")
    return total, len(seen)


def _fetch(path: str, seat: Seat, port: int) -> tuple[int, str]:
    """How many bytes the answer is, headers included, and its text."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Cookie": seat.cookie, "Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 200, f"{path}: {answer.status}"
    head = sum(len(f"{name}: {value}\r\n") for name, value in answer.getheaders())
    packed = answer.getheader("Content-Encoding") == "gzip"
    text = gzip.decompress(body) if packed else body
    return len(body) + head + len("HTTP/1.1 200 OK\r\n\r\n"), text.decode("utf-8", "replace")


if __name__ == "__main__":
    report(figures)
