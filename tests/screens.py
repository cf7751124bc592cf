"""Every page in its important states, photographed: ``python -m tests.screens [name…]``.

Runs the demonstration (``install.demo``) and walks a hub and two stations as people would, first
with the line down, then up, at 1366×768 and 390×844. Writes ``build/screens/``, which git ignores;
with names, only pictures whose name contains one of them. The few that the repository shows
(``CHOSEN``) also go to ``docs/screens/``, in small. The pages are listed in
``tests.screens_walk`` and ``tests.screens_hub``.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, Response
from playwright.sync_api import Error as PlaywrightError

from hub.config import Config
from hub.context import open_hub
from hub.web.app import create_app
from install.demo import SAMPLES, Demonstration
from install.first_log_in import choose_password
from install.servers import ROOT
from tests.browser import serving
from tests.faces.pictures import SIZES, chromium, new_page, sideways, take
from tests.hub.filling import SHARED, Clock, fill
from tests.screens_courseware import publish_courseware
from tests.screens_hub import HUB
from tests.screens_walk import LINE_DOWN, LINE_UP, NEW_HUB, Shot, Walker

TARGET = ROOT / "build" / "screens"
SHOWN = ROOT / "docs" / "screens"
# In the repository: every clone downloads them, so they are few.
CHOSEN = (
    "node-home-desktop",
    "node-home-phone",
    "node-home-down-phone",
    "node-video-desktop",
    "node-scorm-desktop",
    "node-practice-matching-marked-desktop",
    "node-library-found-desktop",
    "node-exam-desktop",
    "node-exam-phone",
    "keeper-home-desktop",
    "keeper-home-down-desktop",
    "keeper-carry-desktop",
    "keeper-line-desktop",
    "hub-overview-desktop",
    "hub-stations-desktop",
    "hub-learner-desktop",
    "hub-import-report-desktop",
    "hub-authoring-course-desktop",
    "hub-question-new-desktop",
    "hub-review-desktop",
)
ALL = (*NEW_HUB, *LINE_DOWN, *LINE_UP, *HUB)
# Longer pages are cut: a picture is for a quick look.
MOST_HEIGHT = {"desktop": 1400, "phone": 1900}
# Chromium writes WebP itself, half the bytes of a PNG; letters stay sharp at 0.9.
TO_WEBP = """async png => {
  const image = new Image()
  image.src = png
  await image.decode()
  const canvas = document.createElement("canvas")
  canvas.width = image.width
  canvas.height = image.height
  canvas.getContext("2d").drawImage(image, 0, 0)
  return canvas.toDataURL("image/webp", 0.9)
}"""


@contextmanager
def headquarters(folder: Path, demo: Demonstration) -> Iterator[tuple[str, str]]:
    """Address and password of a hub to photograph: a large one in use, in the middle of a term.

    It is filled with the national tree from beside the repository; where that is missing, the
    demonstration's hub is shown.
    """
    if not SHARED.exists():
        yield demo.hub.address, demo.admin
        return
    password = open_hub.create(Config(data=folder))
    hub = open_hub.open_hub(folder, Clock())
    fill(hub, folder)
    with serving(create_app(hub)) as address:
        yield address, choose_password(address, password)
    hub.close()


def photograph(
    browser: Browser,
    demo: Demonstration,
    hub: tuple[str, str],
    shots: Iterable[Shot],
    wanted: list[str],
) -> list[str]:
    """Take the pictures of these shots; returns what is wrong with them."""
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


def show_chosen(page: Page, wanted: list[str]) -> None:
    """Write the chosen pictures small, for ``docs/screens/``."""
    for name in CHOSEN:
        if wanted and not any(word in name for word in wanted):
            continue
        png = base64.b64encode((TARGET / f"{name}.png").read_bytes()).decode()
        webp = str(page.evaluate(TO_WEBP, f"data:image/png;base64,{png}"))
        (SHOWN / f"{name}.webp").write_bytes(base64.b64decode(webp.partition(",")[2]))


def index_of_all(shots: Iterable[Shot]) -> str:
    """``build/screens/index.md``: every picture with what it shows."""
    lines = ["# Pages / 页面", "", "Made by `make screens`; 1366×768 and 390×844.", ""]
    for shot in shots:
        if not (TARGET / f"{shot.name}-desktop.png").exists():
            continue
        lines += [f"## {shot.title}", "", f"![{shot.title}]({shot.name}-desktop.png)", ""]
        if not shot.paper:
            lines += [f"![{shot.title}]({shot.name}-phone.png)", ""]
    return "\n".join(lines)


def index_of_chosen() -> str:
    """``docs/screens/index.md``: the chosen pictures with what they show."""
    titles = {shot.name: shot.title for shot in ALL}
    lines = [
        "# Pages / 页面",
        "",
        "Some of the pages. `make screens` photographs all of them, at 1366×768 and 390×844, into",
        "`build/screens/`, which git ignores.",
        "",
    ]
    for name in CHOSEN:
        title = titles[name.rpartition("-")[0]]
        lines += [f"## {title}", "", f"![{title}]({name}.webp)", ""]
    return "\n".join(lines)


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
            show_chosen(new_page(browser, "desktop"), wanted)
        finally:
            demo.stop()
    (TARGET / "index.md").write_text(index_of_all(ALL), "utf-8")
    (SHOWN / "index.md").write_text(index_of_chosen(), "utf-8")
    print("\n".join(faults) or "no faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
