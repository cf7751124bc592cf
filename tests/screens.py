"""Every page in its important states, photographed: ``python -m tests.screens [name…]``.

Runs the demonstration (``install.demo``) and walks a hub and two stations as people would, first
with the line down, then up, at 1366×768 and 390×844. Writes ``docs/screens/``; with names, only
pictures whose name contains one of them. Which pages: ``tests.screens_walk``,
``tests.screens_hub``.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Response
from playwright.sync_api import Error as PlaywrightError

from hub.config import Config
from hub.context import open_hub
from hub.web.app import create_app
from install.demo import SAMPLES, Demonstration
from install.servers import ROOT
from tests.browser import serving
from tests.faces.pictures import SIZES, chromium, new_page, sideways, take
from tests.hub.filling import SHARED, Clock, fill
from tests.screens_courseware import publish_courseware
from tests.screens_hub import HUB
from tests.screens_walk import LINE_DOWN, LINE_UP, NEW_HUB, Shot, Walker

TARGET = ROOT / "docs" / "screens"
# Longer pages are cut: the picture is for the eye, and the repository carries it.
MOST_HEIGHT = {"desktop": 1400, "phone": 1900}


@contextmanager
def headquarters(folder: Path, demo: Demonstration) -> Iterator[tuple[str, str]]:
    """Address and password of a hub to photograph: a large one in use, in the midst of a term.

    The national tree it is filled with lies beside the repository; without it, the
    demonstration's own hub is shown.
    """
    if not SHARED.exists():
        yield demo.hub.address, demo.admin
        return
    password = open_hub.create(Config(data=folder))
    hub = open_hub.open_hub(folder, Clock())
    fill(hub, folder)
    with serving(create_app(hub)) as address:
        yield address, password
    hub.close()


def photograph(
    browser: Browser,
    demo: Demonstration,
    hub: tuple[str, str],
    shots: Iterable[Shot],
    wanted: list[str],
) -> list[str]:
    """Take the pictures of these shots; what is wrong with them comes back."""
    faults: list[str] = []
    for shot in shots:
        if wanted and not any(word in shot.name for word in wanted):
            continue
        for size in SIZES:
            page = new_page(browser, size)
            page.set_default_timeout(20_000)
            page.on("pageerror", partial(_note, faults, shot.name))
            page.on("response", partial(_note_failure, faults, shot.name))
            try:
                shot.go(Walker(page, demo, *hub))
            except PlaywrightError as fault:
                faults.append(f"{shot.name} {size}: {fault}")
            if shot.paper:
                page.emulate_media(media="print")
                page.set_viewport_size({"width": 794, "height": 1123})
            elif over := sideways(page):
                faults.append(f"{shot.name} {size}: {over} px sideways")
            if not (shot.paper and size == "phone"):
                take(page, TARGET / f"{shot.name}-{size}.png", MOST_HEIGHT[size])
            page.context.close()
        print(shot.name, flush=True)
    return faults


def _note(faults: list[str], name: str, fault: object) -> None:
    faults.append(f"{name}: {fault}")


def _note_failure(faults: list[str], name: str, answer: Response) -> None:
    if answer.status >= 500:
        faults.append(f"{name}: {answer.status} from {answer.url}")


def write_index(shots: Iterable[Shot]) -> None:
    """``index.md``: every picture with what it shows."""
    lines = ["# Pages / 页面", "", "Made by `make screens`; 1366×768 and 390×844.", ""]
    for shot in shots:
        if not (TARGET / f"{shot.name}-desktop.png").exists():
            continue
        lines += [f"## {shot.title}", "", f"![{shot.title}]({shot.name}-desktop.png)", ""]
        if not shot.paper:
            lines += [f"![{shot.title}]({shot.name}-phone.png)", ""]
    (TARGET / "index.md").write_text("\n".join(lines), "utf-8")


def main(wanted: list[str]) -> int:
    """Run the demonstration and walk it; exit 1 when a page has a fault."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="xuezhan-screens-") as folder, chromium() as browser:
        demo = Demonstration.at(Path(folder), SAMPLES)
        try:
            demo.set_up()
            own = (demo.hub.address, demo.admin)
            faults = photograph(browser, demo, own, NEW_HUB, wanted)
            demo.line_down()
            demo.study()
            faults += photograph(browser, demo, own, LINE_DOWN, wanted)
            demo.line_up()
            publish_courseware(demo, Path(folder))
            faults += photograph(browser, demo, own, LINE_UP, wanted)
            with headquarters(Path(folder) / "large", demo) as large:
                faults += photograph(browser, demo, large, HUB, wanted)
        finally:
            demo.stop()
    write_index((*NEW_HUB, *LINE_DOWN, *LINE_UP, *HUB))
    print("\n".join(faults) or "no faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
