"""A real browser for page tests: Debian's Chromium without windows, driven by playwright.

``chromium-headless-shell`` is the same browser as ``chromium`` and costs a third less here; where
it is missing, tests run in ``chromium``.

``serving(app)`` puts an application on a port of its own; ``desktop`` and ``phone`` are pages of
the two sizes at which every face is checked. Without Chromium such tests are skipped and say so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)
from werkzeug.serving import make_server

CHROMIUM = Path("/usr/bin/chromium")
WITHOUT_WINDOWS = Path("/usr/bin/chromium-headless-shell")
FLAGS = ("--no-sandbox", "--disable-dev-shm-usage")
# Pages that stand still need no layers that are moved and drawn beside the page's own work, into
# which a quarter of their cost goes. Playwright's clicks do: they wait for the next frame.
STILL = "--disable-threaded-compositing"
DESKTOP, PHONE = (1366, 768), (390, 844)
# A page of ours answers in milliseconds; a machine busy with other tests takes longer. What a test
# waits for always comes, so only a failing test waits this long.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve ``app`` on a free port while the block runs; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One playwright for all browsers: a second one in the same thread is refused."""
    with sync_playwright() as tool:
        yield tool


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    with _launched(playwright) as browser:
        yield browser


@pytest.fixture(scope="session")
def still_chromium(playwright: Playwright) -> Iterator[Browser]:
    """The same for pages that are only looked at: nothing is clicked."""
    with _launched(playwright, STILL) as browser:
        yield browser


@contextmanager
def _launched(playwright: Playwright, *flags: str) -> Iterator[Browser]:
    path = WITHOUT_WINDOWS if WITHOUT_WINDOWS.exists() else CHROMIUM
    if not path.exists():
        pytest.skip(f"no Chromium at {path} (apt-get install chromium)")
    browser = playwright.chromium.launch(executable_path=str(path), args=[*FLAGS, *flags])
    yield browser
    browser.close()


def widen(page: Page) -> Page:
    """A page that other tests have used, set back to the size of a desktop."""
    width, height = DESKTOP
    page.set_viewport_size({"width": width, "height": height})
    return page


def wait(page: Page, true: str | Callable[[], object]) -> None:
    """Wait until an expression of the page, or a function here, is true.

    Our content policy forbids the page to evaluate what playwright's own waiting would.
    """
    until = time.monotonic() + PATIENCE_MS / 1000
    while not (page.evaluate(true) if isinstance(true, str) else true()):
        assert time.monotonic() < until, f"{true} on {page.url}"
        page.wait_for_timeout(30)


def stop_the_clock(page: Page) -> None:
    """From here on the page's time passes only where the test says ``clock.run_for``."""
    page.clock.install(time=0)
    page.clock.pause_at(1)


def context(browser: Browser, size: tuple[int, int], scripts: bool = True) -> BrowserContext:
    """A browser profile of its own: nobody is signed in, nothing is kept."""
    width, height = size
    profile = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", java_script_enabled=scripts
    )
    profile.set_default_timeout(PATIENCE_MS)
    return profile


@pytest.fixture
def desktop(chromium: Browser) -> Iterator[Page]:
    with context(chromium, DESKTOP) as profile:
        yield profile.new_page()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    with context(chromium, PHONE) as profile:
        yield profile.new_page()


@pytest.fixture
def without_scripts(chromium: Browser) -> Iterator[Page]:
    with context(chromium, DESKTOP, scripts=False) as profile:
        yield profile.new_page()
