"""SCORM packages that come back: their answers, where they were suspended, their API search."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from node.config import Config
from node.runtime import NodeRuntime
from tests.browser import DESKTOP, context, wait
from tests.node.conftest import populate
from tests.node.scorm_site import (
    BEGAN,
    COURSE,
    install_packages,
    open_item,
    part,
    playing,
    sco,
    sign_in,
    state,
    three,
)
from tests.scorm import Part, package

pytestmark = pytest.mark.browser

FLOW = '<imsss:sequencing><imsss:controlMode choice="false" flow="true"/></imsss:sequencing>'
# How the standards' examples search for the API: in every window around, without any guard.
FINDER = """<!doctype html><script>
function search(name) {
  let win = window;
  while (!win[name] && win.parent && win.parent !== win) win = win.parent;
  return win[name] || null;
}
const first = search("%s") || search("%s");
const began = (first.LMSInitialize || first.Initialize)("");
</script>"""
ANSWERED = """
if (entry === "ab-initio") {
  for (const [n, type, said] of [[0, "choice", "a[,]b"], [1, "true-false", "true"],
    [2, "matching", "1[.]a[,]2[.]b"], [3, "fill-in", "甲"], [4, "numeric", "3.5"]]) {
    set(`cmi.interactions.${n}.id`, `q${n}`);
    set(`cmi.interactions.${n}.type`, type);
    set(`cmi.interactions.${n}.learner_response`, said);
    set(`cmi.interactions.${n}.correct_responses.0.pattern`, said);
  }
  set("cmi.objectives.0.id", "o1");
  set("cmi.suspend_data", "汉字".repeat(32000));
  set("cmi.exit", "suspend");
  api.Commit("");
}
"""


@pytest.fixture
def running(config: Config) -> Iterator[NodeRuntime]:
    """A machine whose clock runs."""
    runtime = NodeRuntime.open(config)
    populate(runtime)
    yield runtime
    runtime.close()


@pytest.fixture
def address(running: NodeRuntime, tmp_path: Path) -> Iterator[str]:
    """The pages of a node with the packages of these tests."""
    finders = {
        "old": ("1.2", FINDER % ("API_1484_11", "API")),
        "new": ("2004", FINDER % ("API", "API_1484_11")),
    }
    packages = {
        name: package(Part("a", "甲", "a.html"), version=version, files={"a.html": page})
        for name, (version, page) in finders.items()
    }
    packages["quiz"] = package(
        Part("a", "甲", "a.html"), version="2004", files={"a.html": sco("a", ANSWERED)}
    )
    packages["talk"] = three("2004", "", FLOW)
    install_packages(running, tmp_path, packages)
    with playing(running) as site:
        yield site


def test_a_finder_that_guards_nothing_finds_the_run_time(address: str, desktop: Page) -> None:
    sign_in(desktop, address)
    for name in ("old", "new"):
        open_item(desktop, address, name)
        frame = part(desktop, "a.html", "typeof began === 'string'")
        assert frame.evaluate("began") == "true"


def test_answers_of_scorm_2004_and_long_notes_come_back(
    address: str, running: NodeRuntime, chromium: Browser, desktop: Page
) -> None:
    sign_in(desktop, address)
    open_item(desktop, address, "quiz")
    part(desktop, "a.html", BEGAN)
    wait(desktop, lambda: "interactions" in state(running, "quiz", "a").get("cmi", {}))
    desktop.goto(f"{address}/course/{COURSE}")
    with context(chromium, DESKTOP) as other:
        page = other.new_page()
        sign_in(page, address)
        open_item(page, address, "quiz")
        frame = part(page, "a.html", BEGAN)
        responses = [f"get('cmi.interactions.{n}.learner_response')" for n in range(5)]
        assert frame.evaluate(f"[entry, {', '.join(responses)}]") == [
            *("resume", "a[,]b", "true", "1[.]a[,]2[.]b", "甲", "3.5"),
        ]
        assert frame.evaluate("get('cmi.suspend_data').length") == 64_000


def test_what_was_suspended_goes_on_where_it_was(
    address: str, running: NodeRuntime, chromium: Browser, desktop: Page
) -> None:
    sign_in(desktop, address)
    open_item(desktop, address, "talk")
    part(desktop, "a.html", BEGAN)
    desktop.click("#part-next")
    frame = part(desktop, "b.html", BEGAN)
    frame.evaluate("set('adl.nav.request', 'suspendAll'), setTimeout(end)")
    wait(
        desktop,
        lambda: (
            state(running, "talk", "")
            .get("sequence", {})
            .get("sequencing", {})
            .get("suspendedActivity")
            == "b"
        ),
    )
    with context(chromium, DESKTOP) as other:
        page = other.new_page()
        sign_in(page, address)
        open_item(page, address, "talk")
        part(page, "b.html", BEGAN)
