"""Pictures of pages in Debian's Chromium, at the two sizes that people have.

Used by the gallery here and by ``tests.screens``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
SIZES = {"desktop": (1366, 768), "phone": (390, 844)}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, closed at the end."""
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def new_page(browser: Browser, size: str) -> Page:
    """A page of its own context (no cookies of others), at one of ``SIZES``."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    return context.new_page()


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than its window; 0 is what we want."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def take(page: Page, target: Path, most_height: int = 100_000) -> None:
    """Write a PNG of the whole page as it stands, cut at ``most_height``."""
    target.parent.mkdir(parents=True, exist_ok=True)
    size = page.viewport_size or {"width": 0, "height": 0}
    whole = int(page.evaluate("document.documentElement.scrollHeight"))
    area = {"x": 0, "y": 0, "width": size["width"], "height": min(whole, most_height)}
    page.screenshot(path=target, full_page=True, clip=area)  # type: ignore[arg-type]
