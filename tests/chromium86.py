"""Chromium 86, the oldest browser we serve, from the npm package that ``install.browsers`` unpacks.

Playwright drives it, except for its checks of what is visible: they need a newer browser function.
So tests press and fill through ``press`` and ``fill`` here, not through locators.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.browser import FLAGS, PATIENCE_MS

EXECUTABLE = Path(__file__).parent.parent / ".cache" / "chromium86" / "chromium"
VERSION = "86.0.4240.0"
# With a graphics process, one start in forty beside six busy processes never opened its first
# page; without it, all of 305 did.
FLAGS_86 = (*FLAGS, "--disable-gpu")


@dataclass
class Watched:
    """A page in Chromium 86 and everything that went wrong on it."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def open(self, address: str) -> None:
        """Go there and wait until everything has loaded."""
        self.page.goto(address, wait_until="load")

    def press(self, selector: str) -> None:
        """Click, as a script would."""
        self.page.eval_on_selector(selector, "element => element.click()")

    def fill(self, selector: str, value: str) -> None:
        """Put ``value`` into a field and tell the page's scripts."""
        self.page.eval_on_selector(
            selector,
            "(field, value) => { field.value = value;"
            " for (const kind of ['input', 'change'])"
            " field.dispatchEvent(new Event(kind, {bubbles: true})) }",
            value,
        )

    def wait_for(self, selector: str) -> None:
        """Wait until there is such an element. Playwright's own waiting needs eval, which our
        content policy refuses."""
        until = time.monotonic() + PATIENCE_MS / 1000
        while self.page.query_selector(selector) is None:
            assert time.monotonic() < until, f"no {selector} on {self.page.url}"
            self.page.wait_for_timeout(50)

    def sideways(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.fixture(scope="session")
def chromium86(playwright: Playwright) -> Iterator[Browser]:
    if not EXECUTABLE.exists():
        pytest.skip(f"no Chromium 86 at {EXECUTABLE} (npm brings it: make test)")
    browser = playwright.chromium.launch(executable_path=str(EXECUTABLE), args=FLAGS_86)
    if browser.version != VERSION:
        pytest.skip(f"{EXECUTABLE} is {browser.version}, not {VERSION}")
    yield browser
    browser.close()


@pytest.fixture
def watched86(chromium86: Browser) -> Iterator[Watched]:
    """A desktop page in Chromium 86 whose errors and console errors are noted."""
    with _watched(chromium86) as watched:
        yield watched


@pytest.fixture(scope="module")
def tab86(chromium86: Browser) -> Iterator[Watched]:
    """As ``watched86``, but one page for a whole module."""
    with _watched(chromium86) as watched:
        yield watched


@contextmanager
def _watched(browser: Browser) -> Iterator[Watched]:
    with browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN") as profile:
        profile.set_default_timeout(PATIENCE_MS)
        watched = Watched(profile.new_page())
        watched.page.on("pageerror", lambda fault: watched.faults.append(str(fault)))
        watched.page.on(
            "console",
            lambda message: (
                watched.faults.append(message.text) if message.type == "error" else None
            ),
        )
        yield watched
