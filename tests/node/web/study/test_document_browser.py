"""A PDF in the page, in a real browser: its text can be read, its pages turned, its time counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from content.model.course import Course, Item
from content.packs.pack import seal_manifest
from node.runtime import NodeRuntime
from node.store import courses
from node.web.app import create_app
from tests.browser import serving, wait
from tests.chromium86 import Watched
from tests.faces.checks import carry_sign_in
from tests.node.conftest import HUB_KEY, LEARNER, PIN, START

pytestmark = pytest.mark.browser

HANDOUT = Path("content/samples/food-inspection/handout.pdf")
PDFS = Path(__file__).parents[5] / "shared" / "testdata" / "media" / "pdf"


def install_pdf(runtime: NodeRuntime, path: Path) -> None:
    """A course of one document, installed as if it had been fetched."""
    ref = runtime.blobs.add_file(path, "document.pdf")
    item = Item("handout", "pdf", "讲义", seconds=60, file=ref)
    course = Course("reader", 1, "读讲义", items=(item,))
    manifest = seal_manifest(course, HUB_KEY)
    sha = runtime.blobs.add_bytes(manifest)
    wanted = courses.WantedCourse(course.id, 1, sha, len(manifest), course.title, START)
    runtime.store.write(lambda conn: _install(conn, wanted, manifest))


def _install(conn: sqlite3.Connection, wanted: courses.WantedCourse, manifest: bytes) -> None:
    courses.want(conn, wanted)
    courses.install(conn, wanted, manifest, START)


@pytest.fixture
def site(runtime: NodeRuntime) -> Iterator[str]:
    with serving(create_app(runtime)) as address:
        yield address


def open_document(page: Page, site: str, query: str = "") -> None:
    page.goto(f"{site}/sign-in")
    page.fill('[name="number"]', LEARNER)
    page.fill('[name="pin"]', PIN)
    with page.expect_navigation():
        page.press('[name="pin"]', "Enter")
    page.goto(f"{site}/course/reader/handout{query}")


def ink(page: Page) -> str:
    """A page expression: whether anything was drawn on the first visible canvas."""
    return (
        "(() => { const c = document.querySelector('.pdf-page canvas'); if (!c) return false;"
        " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " for (let i = 0; i < d.length; i += 4) if (d[i] < 128) return true; return false; })()"
    )


def test_a_document_is_drawn_turned_enlarged_and_counted(
    desktop: Page, runtime: NodeRuntime, site: str
) -> None:
    install_pdf(runtime, HANDOUT)
    open_document(desktop, site)
    wait(desktop, ink(desktop))
    wait(desktop, lambda: "检查要点" in "".join(desktop.inner_text("#reading").split()))
    expect(desktop.locator(".pdf-at")).to_contain_text("第 1 /")
    count = desktop.locator(".pdf-page").count()
    if count > 1:
        desktop.click("[data-step='1']")
        expect(desktop.locator(".pdf-at")).to_contain_text("第 2 /")
    before = desktop.locator(".pdf-page").first.bounding_box()
    desktop.click("[data-zoom='1']")
    after = desktop.locator(".pdf-page").first.bounding_box()
    assert before
    assert after
    assert after["width"] > before["width"]
    wait(desktop, "Number(document.querySelector('#clock progress').value) > 0")


def test_a_document_with_a_password_says_so(desktop: Page, runtime: NodeRuntime, site: str) -> None:
    locked = PDFS / "005-libreoffice-writer-password" / "libreoffice-writer-password.pdf"
    if not locked.exists():
        pytest.skip("no ../shared/testdata/media here")
    install_pdf(runtime, locked)
    open_document(desktop, site)
    expect(desktop.get_by_role("alert")).to_contain_text("设了密码")


def test_a_document_that_is_none_says_what_to_do(
    desktop: Page, runtime: NodeRuntime, site: str, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4\nnothing\n%%EOF\n")
    install_pdf(runtime, broken)
    open_document(desktop, site)
    expect(desktop.get_by_role("alert")).to_contain_text("在新页面打开")


@pytest.mark.parametrize("name", ["001", "002", "010", "015", "024", "025"])
def test_documents_that_others_made_are_drawn(
    desktop: Page, runtime: NodeRuntime, site: str, name: str
) -> None:
    files = sorted(PDFS.glob(f"{name}-*/*.pdf"))
    if not files:
        pytest.skip("no ../shared/testdata/media here")
    install_pdf(runtime, files[0])
    open_document(desktop, site)
    wait(desktop, ink(desktop))
    assert desktop.get_by_role("alert").count() == 0


def test_a_document_is_drawn_in_chromium_86(
    runtime: NodeRuntime, watched86: Watched, learner: FlaskClient, site: str
) -> None:
    install_pdf(runtime, HANDOUT)
    carry_sign_in(learner, watched86.page.context, site, "xuezhan")
    watched86.open(f"{site}/course/reader/handout")
    wait(watched86.page, ink(watched86.page))
    wait(watched86.page, "document.querySelector('.pdf-text').childElementCount > 0")
    assert watched86.faults == []
    watched86.page.goto("about:blank")
