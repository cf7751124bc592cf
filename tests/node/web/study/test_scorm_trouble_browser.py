"""SCORM packages in trouble: the node is away, another PC goes on, and hostile packages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from playwright.sync_api import Browser, Page, expect

from node.runtime import NodeRuntime
from node.store import journal, scorm_states
from node.web.app import create_app
from node.web.study.scorm_site import create_play_app
from sync.records import Kind
from tests.browser import serving, wait
from tests.node.conftest import LEARNER
from tests.node.scorm_site import (
    BEGAN,
    COURSE,
    install_packages,
    kept,
    open_item,
    part,
    sco,
    sign_in,
    sites,
    state,
)
from tests.scorm import Part, package

pytestmark = pytest.mark.browser


@pytest.fixture
def site(running: NodeRuntime, tmp_path: Path) -> Iterator[Callable[..., str]]:
    with sites(running, tmp_path) as open_site:
        yield open_site


# When the node is away, or another PC goes on


def test_what_a_package_says_while_the_node_is_away_is_saved_later(
    site: Callable[..., str], running: NodeRuntime, desktop: Page
) -> None:
    address = site(talk=package(Part("a", "一", "a.html"), files={"a.html": sco("a")}))
    sign_in(desktop, address)
    open_item(desktop, address, "talk")
    frame = part(desktop, "a.html", BEGAN)
    desktop.route("**/api/scorm", lambda route: route.abort())
    frame.evaluate("set('cmi.suspend_data', 'while away')")
    expect(desktop.locator("#trouble")).to_contain_text("先记在这一页上")
    assert "cmi" not in state(running, "talk", "a")
    desktop.unroute("**/api/scorm")
    kept(desktop)
    expect(desktop.locator("#trouble")).to_be_hidden()
    assert state(running, "talk", "a")["cmi"]["suspend_data"] == "while away"


def total_time(runtime: NodeRuntime) -> object:
    return state(runtime, "talk", "a").get("cmi", {}).get("core", {}).get("total_time")


def test_leaving_by_a_link_keeps_the_last_words(
    site: Callable[..., str], running: NodeRuntime, desktop: Page
) -> None:
    last = (
        "addEventListener('beforeunload', () => { set('cmi.core.session_time', '00:01:00');"
        " set('cmi.core.exit', 'suspend') });"
    )
    raw = package(Part("a", "一", "a.html"), files={"a.html": sco("a", last)})
    address = site(talk=raw)
    sign_in(desktop, address)
    for total in ("00:01:00", "00:02:00"):
        open_item(desktop, address, "talk")
        part(desktop, "a.html", BEGAN)
        with desktop.expect_navigation():
            desktop.click(".crumbs a >> nth=1")
        # The last save may be sent while the page closes, and arrive a moment later.
        wait(desktop, lambda total=total: total_time(running) == total)  # type: ignore[misc]
        kept_state = state(running, "talk", "a")
        assert (kept_state["exit"], kept_state["over"]) == ("suspend", True)


def test_a_package_that_goes_on_elsewhere_stops_here_and_can_be_taken_back(
    site: Callable[..., str], desktop: Page
) -> None:
    address = site(talk=package(Part("a", "一", "a.html"), files={"a.html": sco("a")}))
    sign_in(desktop, address)
    open_item(desktop, address, "talk")
    part(desktop, "a.html", BEGAN)
    # As heartbeat.js reports it when another page plays.
    desktop.evaluate("document.getElementById('player').dispatchEvent(new Event('stopped'))")
    expect(desktop.locator("#cover p")).to_contain_text("已停下")
    desktop.click("#again-here")
    part(desktop, "a.html", BEGAN)


def test_a_package_that_never_stops_saving_fills_no_line(
    site: Callable[..., str], desktop: Page
) -> None:
    busy = (
        "setInterval(() => { set('cmi.suspend_data', String(Math.random())); api.LMSCommit('') });"
    )
    address = site(talk=package(Part("a", "一", "a.html"), files={"a.html": sco("a", busy)}))
    sign_in(desktop, address)
    saves: list[str] = []
    desktop.on("request", lambda sent: saves.append(sent.url) if "/api/scorm" in sent.url else None)
    began = time.monotonic()
    open_item(desktop, address, "talk")
    part(desktop, "a.html", BEGAN)
    wait(desktop, lambda: len(saves) >= 4)
    # The first brings what is kept; the others are 0.7 s apart, however often the package asks.
    assert len(saves) - 2 <= (time.monotonic() - began) / 0.7


# Hostile packages

HOSTILE = (Path(__file__).parent / "hostile.html").read_text("utf-8")
WENT_NOWHERE = ("top", "window", "fetch", "noCors", "post", "xhr", "blankFetch", "worker")


def attacked(page: Page, runtime: NodeRuntime, tmp_path: Path) -> tuple[dict[str, Any], list[str]]:
    """Open the hostile package; what it found, and the requests to the pages meanwhile."""
    raw = package(
        Part("a", "一", "a.html"),
        files={"a.html": HOSTILE, "worker.js": "//"},
    )
    install_packages(runtime, tmp_path, {"bad": raw})
    asked: list[str] = []
    pages: Flask = create_app(runtime)
    pages.before_request(lambda: asked.append(f"{request.method} {request.path}"))
    with serving(create_play_app(runtime)) as second, serving(pages) as address:
        runtime.play_port = int(second.rpartition(":")[2])
        sign_in(page, address)
        asked.clear()
        open_item(page, address, "bad")
        frame = part(page, "a.html", "over")
        findings: dict[str, Any] = frame.evaluate("found")
        wait(page, lambda: state(runtime, "bad", "a"))
        page.wait_for_timeout(500)  # for requests that might still come and must not
        assert page.url == f"{address}/course/{COURSE}/bad"
        # Still signed in, whatever it planted; and the item is not done.
        page.goto(f"{address}/course/{COURSE}")
        assert "课件 bad" in (page.text_content("main") or "")
        assert page.query_selector("main .done") is None
    return findings, asked


def check_attack(findings: dict[str, Any], asked: list[str], runtime: NodeRuntime) -> None:
    for name in WENT_NOWHERE:
        assert str(findings[name]).startswith("refused") or findings[name] == "null", (
            name,
            findings[name],
        )
    assert "xuezhan" not in findings["cookie"]
    assert "xuezhan" not in findings["blank"]
    assert findings["own"] == 404
    assert findings["overwrite"] == f"true,false,false,false,{LEARNER}"
    assert findings["claim"] == "true,true,true"
    assert [line for line in asked if "/keeper" in line or "sign-out" in line] == []
    assert {line for line in asked if line.startswith("POST")} <= {
        "POST /api/study",
        "POST /api/scorm",
    }
    kept_state = state(runtime, "bad", "a")
    assert "other" not in scorm_states.load(runtime.store.read(), LEARNER, f"{COURSE}/bad")
    # The claim was kept as a claim, unless the forged one came after it. It counts for nothing.
    assert kept_state
    assert runtime.facts.of(LEARNER).seconds(f"{COURSE}/bad") < 30
    records = journal.of_learner(runtime.store.read(), LEARNER)
    assert {record.kind for record in records} <= {Kind.STUDY}


def test_a_hostile_package_reaches_nothing_and_its_score_counts_for_nothing(
    running: NodeRuntime, desktop: Page, tmp_path: Path
) -> None:
    findings, asked = attacked(desktop, running, tmp_path)
    check_attack(findings, asked, running)
    assert findings["cookie"] == ""


def test_a_hostile_package_reaches_nothing_in_chromium_86(
    running: NodeRuntime, chromium86: Browser, tmp_path: Path
) -> None:
    with chromium86.new_context() as profile:
        findings, asked = attacked(profile.new_page(), running, tmp_path)
    check_attack(findings, asked, running)
