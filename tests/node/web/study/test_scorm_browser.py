"""SCORM packages played in real browsers: to the end, resumed, in sequence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from install.servers import Server, free_port
from node.config import Config
from node.runtime import NodeRuntime
from tests.browser import DESKTOP, PHONE, context, wait
from tests.faces.checks import grave_faults, sideways, tab_faults
from tests.node.conftest import LEARNER, populate
from tests.node.scorm_site import (
    BEGAN,
    COURSE,
    install_packages,
    is_open,
    kept,
    open_item,
    part,
    saving,
    sco,
    sign_in,
    sites,
    state,
    table,
    three,
)
from tests.scorm import SHARED, Part, package

pytestmark = pytest.mark.browser

GOLF = SHARED / "golf" / "RuntimeBasicCalls_SCORM12.zip"
LAUNCH = "shared/launchpage.html"
NEXT = "document.getElementById('butNext').click()"


@pytest.fixture
def site(running: NodeRuntime, tmp_path: Path) -> Iterator[Callable[..., str]]:
    with sites(running, tmp_path) as open_site:
        yield open_site


# Golf, a package from outside the project


def golf() -> bytes:
    if not GOLF.exists():
        pytest.skip(f"no test material at {SHARED}")
    return GOLF.read_bytes()


def test_golf_is_killed_at_page_7_and_goes_on_there_in_another_browser(
    config: Config, chromium: Browser, tmp_path: Path
) -> None:
    port = free_port()
    config = replace(config, port=port, play_port=free_port(), host="127.0.0.1")
    config.data.mkdir(parents=True)
    config.save()
    runtime = NodeRuntime.open(config)
    populate(runtime)
    install_packages(runtime, tmp_path, {"golf": golf()})
    runtime.close()
    server = Server("node", config.data, port).start()
    try:
        with context(chromium, DESKTOP) as first:
            page = first.new_page()
            sign_in(page, server.address)
            open_item(page, server.address, "golf")
            frame = part(page, LAUNCH, "currentPage === 0")
            with saving(page, '"lesson_location":"7"'):
                for _ in range(7):
                    frame.evaluate(NEXT)
            server.kill()
        server.start()
        with context(chromium, DESKTOP) as second:
            page = second.new_page()
            asked: list[str] = []

            def answer(dialog: Dialog) -> None:
                asked.append(dialog.message)
                dialog.accept()

            page.on("dialog", answer)
            sign_in(page, server.address)
            open_item(page, server.address, "golf")
            frame = part(page, LAUNCH, "currentPage === 7")
            assert "resume" in asked[0]
            with saving(page, '"lesson_location":"14"', '"lesson_status":"completed"'):
                for _ in range(7):
                    frame.evaluate(NEXT)
    finally:
        server.kill()
    runtime = NodeRuntime.open(config)
    core = state(runtime, "golf", "item_1")["cmi"]["core"]
    runtime.close()
    assert (core["lesson_location"], core["lesson_status"]) == ("14", "completed")


def test_golf_is_tested_and_its_frames_find_each_other(
    site: Callable[..., str], running: NodeRuntime, desktop: Page
) -> None:
    address = site(golf=golf())
    desktop.on("dialog", lambda dialog: dialog.accept())
    sign_in(desktop, address)
    open_item(desktop, address, "golf")
    frame = part(desktop, LAUNCH, "currentPage === 0")
    for _ in range(14):
        frame.evaluate(NEXT)
    test = part(desktop, "shared/assessmenttemplate.html")
    test.evaluate(
        "for (const q of test.Questions) { const id = 'question_' + q.Id;"
        " for (const e of document.getElementsByName(id + '_choices')) e.checked = true }"
        " SubmitAnswers()"
    )

    def core() -> dict[str, Any]:
        values: dict[str, Any] = state(running, "golf", "item_1").get("cmi", {}).get("core", {})
        return values

    wait(desktop, lambda: core().get("lesson_status") in ("passed", "failed"))
    assert float(core()["score"]["raw"]) >= 0
    with desktop.expect_navigation():
        desktop.click(".crumbs a >> nth=1")
    wait(desktop, lambda: state(running, "golf", "item_1")["over"])


# Several parts


DONE_12 = (
    "set('cmi.core.lesson_status', 'completed'); set('cmi.core.lesson_location', document.title);"
)
DONE_2004 = (
    "set('cmi.completion_status', 'completed'); set('cmi.success_status', 'passed');"
    "set('cmi.location', document.title); set('cmi.exit', 'suspend');"
)
FLOW = '<imsss:sequencing><imsss:controlMode choice="false" flow="true"/></imsss:sequencing>'
BOTH = '<imsss:sequencing><imsss:controlMode choice="true" flow="true"/></imsss:sequencing>'


def test_parts_of_scorm_1_2_are_chosen_and_their_prerequisites_kept(
    site: Callable[..., str], running: NodeRuntime, desktop: Page
) -> None:
    needs = "<adlcp:prerequisites type='aicc_script'>a&amp;b</adlcp:prerequisites>"
    address = site(talk=three("1.2", DONE_12, c=needs))
    sign_in(desktop, address)
    open_item(desktop, address, "talk")
    frame = part(desktop, "a.html", BEGAN)
    assert frame.evaluate("[began, entry, get('cmi.core.student_name')]") == [
        "true", "ab-initio", "张一",
    ]  # fmt: skip
    wait(desktop, lambda: is_open(desktop) == ["a", "b"])
    desktop.click("#part-next")
    part(desktop, "b.html", BEGAN)
    wait(desktop, lambda: is_open(desktop) == ["a", "b", "c"])
    desktop.click('[data-part="c"]')
    part(desktop, "c.html", BEGAN)
    expect(desktop.locator("#part-next")).to_be_disabled()
    wait(desktop, lambda: table(desktop) == [("a", "已学"), ("b", "已学"), ("c", "已学")])
    kept(desktop)
    desktop.goto(f"{address}/course/{COURSE}")
    open_item(desktop, address, "talk")
    frame = part(desktop, "c.html", BEGAN)
    assert frame.evaluate("get('cmi.core.lesson_location')") == "c"
    assert running.facts.of(LEARNER).seconds(f"{COURSE}/talk") < 60


def test_scorm_2004_flows_forward_and_back_and_rolls_up(
    site: Callable[..., str], running: NodeRuntime, chromium: Browser, desktop: Page
) -> None:
    address = site(talk=three("2004", DONE_2004, FLOW))
    sign_in(desktop, address)
    open_item(desktop, address, "talk")
    frame = part(desktop, "a.html", BEGAN)
    assert frame.evaluate("[began, entry]") == ["true", "ab-initio"]
    assert frame.evaluate("get('adl.nav.request_valid.previous')") == "false"
    assert is_open(desktop) in (["a"], [])  # only the current part: choice is off
    desktop.click("#part-next")
    part(desktop, "b.html", BEGAN)
    desktop.click("#part-previous")
    frame = part(desktop, "a.html", BEGAN)
    assert frame.evaluate("[entry, get('cmi.location')]") == ["resume", "a"]
    desktop.click("#part-next")
    frame = part(desktop, "b.html", BEGAN)
    with saving(desktop, '"location":"left here"'):
        frame.evaluate("set('cmi.location', 'left here')")
    with context(chromium, DESKTOP) as other:  # another PC goes on from the same place
        page = other.new_page()
        sign_in(page, address)
        open_item(page, address, "talk")
        frame = part(page, "b.html", BEGAN)
        assert frame.evaluate("entry") == "resume"
        page.click("#part-next")
        part(page, "c.html", BEGAN)
        page.click("#part-next")  # out of the last part: the package ends
        expect(page.locator("#cover")).to_be_visible()
        expect(page.locator("#cover p")).to_contain_text("结束")
        kept(page)
    whole = state(running, "talk", "")["sequence"]["sequencing"]["activityStates"]
    assert [whole[id]["completionStatus"] for id in ("a", "b", "c", "g", "o")] == ["completed"] * 5


def open_three(site: Callable[..., str], page: Page) -> None:
    """Three parts of SCORM 2004; each may be chosen."""
    address = site(talk=three("2004", DONE_2004, BOTH))
    sign_in(page, address)
    open_item(page, address, "talk")
    part(page, "a.html", BEGAN)
    wait(page, lambda: is_open(page) == ["a", "b", "c"])


def test_scorm_2004_parts_are_chosen_and_a_part_leads_on(
    site: Callable[..., str], desktop: Page
) -> None:
    open_three(site, desktop)
    desktop.click('[data-part="c"]')
    frame = part(desktop, "c.html", BEGAN)
    frame.evaluate("set('adl.nav.request', '{target=b}choice'), setTimeout(end)")
    frame = part(desktop, "b.html", BEGAN)
    frame.evaluate("set('adl.nav.request', 'continue'), setTimeout(end)")
    part(desktop, "c.html", BEGAN)


def test_the_page_reads_for_all_by_keyboard_and_on_a_phone(
    site: Callable[..., str], desktop: Page
) -> None:
    open_three(site, desktop)
    assert grave_faults(desktop) == []
    assert tab_faults(desktop) == []
    assert sideways(desktop) == 0
    desktop.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert sideways(desktop) == 0


def forced(own: str, before: str) -> str:
    """Sequencing of a part that opens when the one before it is passed; its objective is shared."""
    objectives = (
        '<imsss:primaryObjective objectiveID="own"><imsss:mapInfo readSatisfiedStatus="true"'
        f' targetObjectiveID="all.{own}" writeSatisfiedStatus="true"/></imsss:primaryObjective>'
    )
    rules = ""
    if before:
        objectives += (
            '<imsss:objective objectiveID="before"><imsss:mapInfo readSatisfiedStatus="true"'
            f' targetObjectiveID="all.{before}"/></imsss:objective>'
        )
        rules = (
            "<imsss:sequencingRules><imsss:preConditionRule>"
            '<imsss:ruleConditions conditionCombination="any">'
            '<imsss:ruleCondition referencedObjective="before" operator="not"'
            ' condition="satisfied"/><imsss:ruleCondition referencedObjective="before"'
            ' operator="not" condition="objectiveStatusKnown"/></imsss:ruleConditions>'
            '<imsss:ruleAction action="disabled"/></imsss:preConditionRule></imsss:sequencingRules>'
        )
    inside = f"{rules}<imsss:objectives>{objectives}</imsss:objectives>"
    return f"<imsss:sequencing>{inside}</imsss:sequencing>"


def test_rules_of_scorm_2004_open_a_part_when_the_one_before_is_passed(
    site: Callable[..., str], desktop: Page
) -> None:
    steps = {own: forced(own, before) for own, before in (("a", ""), ("b", "a"), ("c", "b"))}
    address = site(talk=three("2004", "", BOTH, **steps))
    sign_in(desktop, address)
    open_item(desktop, address, "talk")
    frame = part(desktop, "a.html", BEGAN)
    wait(desktop, lambda: is_open(desktop) == ["a"])
    frame.evaluate("set('cmi.success_status', 'passed'), set('cmi.score.scaled', '0.95')")
    expect(desktop.locator("#claim")).to_have_text("课件自报：已学 · 95 分。")
    # What depends on this part may be tried; it is decided when this part has ended.
    wait(desktop, lambda: is_open(desktop) == ["a", "b", "c"])
    frame.evaluate("window.before = true")
    desktop.click('[data-part="c"]')
    part(desktop, "a.html", f"{BEGAN} && !window.before")
    desktop.click('[data-part="b"]')
    part(desktop, "b.html", BEGAN)


def test_a_plain_package_of_scorm_2004_opens_although_nothing_flows(
    site: Callable[..., str], desktop: Page
) -> None:
    raw = package(Part("a", "一", "a.html"), version="2004", files={"a.html": sco("a")})
    address = site(talk=raw)
    sign_in(desktop, address)
    open_item(desktop, address, "talk")
    assert part(desktop, "a.html", BEGAN).evaluate("began") == "true"


FRAMESET = '<frameset cols="20%,80%"><frame src="nav.html"><frame src="page.html" name="page">'
FIND = "let at = window; while (!at.API) at = at.parent;"


def test_windows_and_framesets_of_old_packages_work_inside_the_sandbox(
    site: Callable[..., str], desktop: Page
) -> None:
    files: dict[str, str | bytes] = {
        "index.html": FRAMESET,
        "nav.html": '<a id="turn" href="two.html" target="page">2</a>',
        "page.html": f"<script>{FIND} var began = at.API.LMSInitialize('')</script>",
        "two.html": "<p>two",
        "window.html": f"<script>{FIND} var found = true</script>",
    }
    address = site(talk=package(Part("a", "一", "index.html"), files=files))
    sign_in(desktop, address)
    open_item(desktop, address, "talk")
    assert part(desktop, "page.html", "Boolean(window.began)").evaluate("began") == "true"
    # Twice a second the stage looks for new pages and puts its own window.open into them.
    nav = part(desktop, "nav.html", "!/native code/.test(window.open)")
    nav.evaluate("document.getElementById('turn').click()")
    part(desktop, "two.html")
    nav.evaluate("parent.page.location.href = 'page.html?3'")
    part(desktop, "page.html?3")
    nav.evaluate("window.open('window.html')")
    part(desktop, "window.html", "Boolean(window.found)")
    assert len(desktop.context.pages) == 1
    stage = next(frame for frame in desktop.frames if frame.url.endswith("/stage"))
    stage.click(".window button")
    stage.wait_for_function("!document.querySelector('.window')")
