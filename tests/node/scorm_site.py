"""A node with SCORM packages, for tests that play them: pages on one port, packages on another."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Error, Frame, Page, Response

from content.source.build_pack import build
from content.source.folder import read_folder
from node.runtime import NodeRuntime
from node.store import classes, courses, scorm_states
from node.web.app import create_app
from node.web.study.scorm_site import create_play_app
from tests.browser import serving, wait
from tests.node.conftest import HUB_KEY, LEARNER, PIN, START
from tests.scorm import Part, manifest, zipped

COURSE = "packs"

# A page that begins when it loads and ends when it is left; ``say`` is run in between.
SCO = """<!doctype html><title>%(name)s</title><h1>%(name)s</h1><script>
function find(from) {
  for (let n = 0; n < 9; n += 1) {
    if (from.API_1484_11 || from.API) return from.API_1484_11 || from.API;
    from = from.parent;
  }
}
const api = find(window), is12 = Boolean(api.LMSInitialize);
const began = is12 ? api.LMSInitialize("") : api.Initialize("");
const get = (name) => is12 ? api.LMSGetValue(name) : api.GetValue(name);
const set = (name, value) => is12 ? api.LMSSetValue(name, value) : api.SetValue(name, value);
const end = () => is12 ? api.LMSFinish("") : api.Terminate("");
const entry = get(is12 ? "cmi.core.entry" : "cmi.entry");
addEventListener("unload", end);
%(say)s
</script>"""
BEGAN = "typeof entry === 'string'"


def sco(name: str, say: str = "") -> str:
    return SCO % {"name": name, "say": say}


def three(version: str, say: str = "", sequencing: str = "", **more: str) -> bytes:
    parts = tuple(
        Part(name, f"第 {name} 节", f"{name}.html", xml=more.get(name, "")) for name in "abc"
    )
    group = Part("g", "章", parts=parts, xml=sequencing)
    files = {f"{name}.html": sco(name, say) for name in "abc"}
    text = manifest(group, version=version, xml=sequencing)
    return zipped({"imsmanifest.xml": text, **files})


def install_packages(runtime: NodeRuntime, place: Path, packages: Mapping[str, bytes]) -> None:
    """Install a course with these packages, each an item of its name."""
    folder = place / "packs"
    folder.mkdir()
    lines = [f'id = "{COURSE}"', "version = 1", 'title = "互动课程"']
    for name, raw in packages.items():
        (folder / f"{name}.zip").write_bytes(raw)
        lines += ["[[item]]", f'id = "{name}"', 'kind = "scorm"', f'title = "课件 {name}"']
        lines += [f'file = "{name}.zip"']
    (folder / "course.toml").write_text("\n".join(lines), "utf-8")
    pack = build(read_folder(folder), runtime.blobs, HUB_KEY)
    wanted = courses.WantedCourse(COURSE, 1, pack.manifest_sha, pack.size, "", START)
    sealed = runtime.blobs.path(pack.manifest_sha).read_bytes()

    def install(conn: sqlite3.Connection) -> None:
        courses.want(conn, wanted)
        courses.install(conn, wanted, sealed, START)
        classes.put(conn, classes.Class("k1", "冬季班", "2026-11-10", "2099-12-09", (COURSE,)))

    runtime.store.write(install)


@contextmanager
def playing(runtime: NodeRuntime, pages: Flask | None = None) -> Iterator[str]:
    """Serve pages and packages; gives the address of the pages."""
    play = create_play_app(runtime)
    with serving(play) as second:
        runtime.play_port = int(second.rpartition(":")[2])
        with serving(pages or create_app(runtime)) as first:
            yield first


@contextmanager
def sites(runtime: NodeRuntime, place: Path) -> Iterator[Callable[..., str]]:
    """Gives a function: called with packages by name, it returns the address of the pages."""
    with ExitStack() as opened:

        def open_site(**packages: bytes) -> str:
            install_packages(runtime, place, packages)
            return opened.enter_context(playing(runtime))

        yield open_site


def sign_in(page: Page, site: str) -> None:
    """Sign learner A1001 in, in any Chromium."""
    page.goto(f"{site}/sign-in")
    for name, value in (("number", LEARNER), ("pin", PIN)):
        page.eval_on_selector(f"[name={name}]", "(field, value) => { field.value = value }", value)
    with page.expect_navigation():
        page.eval_on_selector("main form button", "button => button.click()")


def part(page: Page, name: str, ready: str = "document.readyState === 'complete'") -> Frame:
    """The frame that shows the file ``name`` of a package, once ``ready`` is true in it."""

    def found() -> list[Frame]:
        return [
            frame
            for frame in page.frames
            if f"/files/{name}" in frame.url and not frame.is_detached()
        ]

    def is_ready() -> bool:
        try:
            return any(frame.evaluate(ready) for frame in found())
        except Error:  # the frame went away during the call
            return False

    wait(page, is_ready)
    return found()[-1]


def kept(page: Page) -> None:
    """Wait until the page shows that all is on the node's disk."""
    wait(page, lambda: page.text_content("#kept"))


@contextmanager
def saving(page: Page, *texts: str) -> Iterator[None]:
    """The block ends when the node has answered that it saved something with these texts."""

    def kept_them(answer: Response) -> bool:
        body = answer.request.post_data or ""
        return answer.url.endswith("/api/scorm") and answer.ok and all(t in body for t in texts)

    with page.expect_response(kept_them):
        yield


def open_item(page: Page, site: str, name: str) -> None:
    page.goto(f"{site}/course/{COURSE}/{name}")


def state(runtime: NodeRuntime, name: str, of: str) -> dict[str, Any]:
    texts = scorm_states.load(runtime.store.read(), LEARNER, f"{COURSE}/{name}")
    saved: dict[str, Any] = json.loads(texts.get(of, "{}"))
    return saved


def table(page: Page) -> list[tuple[str, str]]:
    """The contents as they are shown: (part, its mark), those that are open first in brackets."""
    return [
        (str(row.get_attribute("data-part")), row.inner_text().partition("\n")[2].strip())
        for row in page.locator("[data-part]").all()
    ]


def is_open(page: Page) -> list[str]:
    return [
        str(row.get_attribute("data-part"))
        for row in page.locator("[data-part]:not([disabled])").all()
    ]
