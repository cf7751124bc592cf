"""A node with SCORM packages, for tests that play them: pages and packages on a port each."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Frame, Page

from content.folder import read_folder
from content.pack import build
from node.machine import Machine
from node.store import classes, courses
from node.web.app import create_app
from node.web.play import create_play_app
from tests.browser import serving
from tests.node.conftest import HUB_KEY, LEARNER, PIN, START

COURSE = "packs"
PATIENCE_S = 15


def install_packages(machine: Machine, place: Path, packages: Mapping[str, bytes]) -> None:
    """Install a course with these packages, each an item of its name."""
    folder = place / "packs"
    folder.mkdir()
    lines = [f'id = "{COURSE}"', "version = 1", 'title = "互动课程"']
    for name, raw in packages.items():
        (folder / f"{name}.zip").write_bytes(raw)
        lines += ["[[item]]", f'id = "{name}"', 'kind = "scorm"', f'title = "课件 {name}"']
        lines += [f'file = "{name}.zip"']
    (folder / "course.toml").write_text("\n".join(lines), "utf-8")
    pack = build(read_folder(folder), machine.blobs, HUB_KEY)
    wanted = courses.Wanted(COURSE, 1, pack.manifest_sha, pack.size, "", START)
    manifest = machine.blobs.path(pack.manifest_sha).read_bytes()

    def install(conn: sqlite3.Connection) -> None:
        courses.want(conn, wanted)
        courses.install(conn, wanted, manifest, START)
        classes.put(conn, classes.Class("k1", "冬季班", "2026-11-10", "2099-12-09", (COURSE,)))

    machine.store.write(install)


@contextmanager
def playing(machine: Machine) -> Iterator[str]:
    """Serve pages and packages; gives the address of the pages."""
    play = create_play_app(machine)
    with serving(play) as second:
        machine.play_port = int(second.rpartition(":")[2])
        with serving(create_app(machine)) as first:
            yield first


def sign_in(page: Page, site: str) -> None:
    """Sign learner A1001 in, in any Chromium."""
    page.goto(f"{site}/sign-in")
    for name, value in (("number", LEARNER), ("pin", PIN)):
        page.eval_on_selector(f"[name={name}]", "(field, value) => { field.value = value }", value)
    with page.expect_navigation():
        page.eval_on_selector("main form button", "button => button.click()")


def wait(page: Page, true: Callable[[], object]) -> None:
    """Until it is so."""
    until = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < until, page.url
        page.wait_for_timeout(30)


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
        except Exception:  # noqa: BLE001  it went while it was asked
            return False

    wait(page, is_ready)
    return found()[-1]


def kept(page: Page) -> None:
    """Until the page shows that all is on the node's disk."""
    wait(page, lambda: page.text_content("#kept"))
