"""SCORM packages played in real browsers: to their end, resumed, in sequence, and hostile ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from playwright.sync_api import Browser, Dialog, Page, expect

from install.servers import Server, free_port
from node.config import Config
from node.machine import Machine
from node.store import journal, scorm_states
from node.web.app import create_app
from node.web.play import create_play_app
from sync.records import Kind
from tests.browser import DESKTOP, PHONE, context, serving
from tests.faces.checks import grave_faults, sideways, tab_faults
from tests.node.conftest import LEARNER, populate
from tests.node.scorm_site import COURSE, install_packages, kept, part, playing, sign_in, wait
from tests.scorm import SHARED, Part, package

pytestmark = pytest.mark.browser

GOLF = SHARED / "golf" / "RuntimeBasicCalls_SCORM12.zip"
LAUNCH = "shared/launchpage.html"
NEXT = "document.getElementById('butNext').click()"

# A page that begins when it loads and ends when it is left; ``say`` runs in between.
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


@pytest.fixture
def running(config: Config) -> Iterator[Machine]:
    """A machine whose clock runs."""
    machine = Machine.open(config)
    populate(machine)
    yield machine
    machine.close()


@pytest.fixture
def site(running: Machine, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Call it with packages by name; gives the address of the pages."""
    open_sites = []

    def open_site(**packages: bytes) -> str:
        install_packages(running, tmp_path, packages)
        made = playing(running)
        open_sites.append(made)
        return made.__enter__()

    yield open_site
    for made in open_sites:
        made.__exit__(None, None, None)


def open_item(page: Page, site: str, name: str) -> None:
    page.goto(f"{site}/course/{COURSE}/{name}")


def state(machine: Machine, name: str, of: str) -> dict[str, Any]:
    texts = scorm_states.load(machine.store.read(), LEARNER, f"{COURSE}/{name}")
    found: dict[str, Any] = json.loads(texts.get(of, "{}"))
    return found


def table(page: Page) -> list[tuple[str, str]]:
    """The contents as they are shown: (part, its mark), those that are open first in brackets."""
    return [
        (str(one.get_attribute("data-part")), one.inner_text().partition("\n")[2].strip())
        for one in page.locator("[data-part]").all()
    ]


def is_open(page: Page) -> list[str]:
    return [
        str(one.get_attribute("data-part"))
        for one in page.locator("[data-part]:not([disabled])").all()
    ]


# Golf, which nobody here made


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
    machine = Machine.open(config)
    populate(machine)
    install_packages(machine, tmp_path, {"golf": golf()})
    machine.close()
    server = Server("node", config.data, port).start()
    try:
        with context(chromium, DESKTOP) as first:
            page = first.new_page()
            sign_in(page, server.address)
            open_item(page, server.address, "golf")
            frame = part(page, LAUNCH, "currentPage === 0")
            for _ in range(7):
                frame.evaluate(NEXT)
            wait(page, lambda: frame.evaluate("currentPage === 7"))
            page.wait_for_timeout(400)
            kept(page)
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
            for _ in range(7):
                frame.evaluate(NEXT)
            page.wait_for_timeout(400)
            kept(page)
    finally:
        server.kill()
    machine = Machine.open(config)
    core = state(machine, "golf", "item_1")["cmi"]["core"]
    machine.close()
    assert (core["lesson_location"], core["lesson_status"]) == ("14", "completed")


def test_golf_is_tested_and_its_frames_find_each_other(
    site: Callable[..., str], running: Machine, desktop: Page
) -> None:
    address = site(golf=golf())
    desktop.on("dialog", lambda one: one.accept())
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
        found: dict[str, Any] = state(running, "golf", "item_1").get("cmi", {}).get("core", {})
        return found

    wait(desktop, lambda: core().get("lesson_status") in ("passed", "failed"))
    assert float(core()["score"]["raw"]) >= 0
    with desktop.expect_navigation():
        desktop.click(".crumbs a >> nth=1")
    assert state(running, "golf", "item_1")["over"]


# Several parts


def three(version: str, say: str = "", sequencing: str = "", **more: str) -> bytes:
    parts = tuple(
        Part(name, f"第 {name} 节", f"{name}.html", xml=more.get(name, "")) for name in "abc"
    )
    group = Part("g", "章", parts=parts, xml=sequencing)
    files = {f"{name}.html": sco(name, say) for name in "abc"}
    from tests.scorm import manifest, zipped

    text = manifest(group, version=version, xml=sequencing)
    return zipped({"imsmanifest.xml": text, **files})


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
    site: Callable[..., str], running: Machine, desktop: Page
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
    site: Callable[..., str], running: Machine, chromium: Browser, desktop: Page
) -> None:
    address = site(talk=three("2004", DONE_2004, FLOW))
    sign_in(desktop, address)
    open_item(desktop, address, "talk")
    frame = part(desktop, "a.html", BEGAN)
    assert frame.evaluate("[began, entry]") == ["true", "ab-initio"]
    assert frame.evaluate("get('adl.nav.request_valid.previous')") == "false"
    assert is_open(desktop) in (["a"], [])  # nothing but where we are: choice is off
    desktop.click("#part-next")
    part(desktop, "b.html", BEGAN)
    desktop.click("#part-previous")
    frame = part(desktop, "a.html", BEGAN)
    assert frame.evaluate("[entry, get('cmi.location')]") == ["resume", "a"]
    desktop.click("#part-next")
    part(desktop, "b.html", BEGAN)
    desktop.wait_for_timeout(400)
    kept(desktop)
    with context(chromium, DESKTOP) as other:  # another PC goes on where this one was
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


def test_scorm_2004_parts_are_chosen_and_a_part_leads_on(
    site: Callable[..., str], desktop: Page
) -> None:
    address = site(talk=three("2004", DONE_2004, BOTH))
    sign_in(desktop, address)
    open_item(desktop, address, "talk")
    part(desktop, "a.html", BEGAN)
    wait(desktop, lambda: is_open(desktop) == ["a", "b", "c"])
    desktop.click('[data-part="c"]')
    frame = part(desktop, "c.html", BEGAN)
    frame.evaluate("set('adl.nav.request', '{target=b}choice'), setTimeout(end)")
    frame = part(desktop, "b.html", BEGAN)
    frame.evaluate("set('adl.nav.request', 'continue'), setTimeout(end)")
    part(desktop, "c.html", BEGAN)


def test_the_page_reads_for_all_by_keyboard_and_on_a_phone(
    site: Callable[..., str], desktop: Page
) -> None:
    address = site(talk=three("2004", DONE_2004, BOTH))
    sign_in(desktop, address)
    open_item(desktop, address, "talk")
    part(desktop, "a.html", BEGAN)
    wait(desktop, lambda: is_open(desktop) == ["a", "b", "c"])
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
    # What waits for it may be tried; it is seen when this part has ended.
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
    nav = part(desktop, "nav.html")
    desktop.wait_for_timeout(700)
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


# When the node is away, or another PC goes on


def test_what_a_package_says_while_the_node_is_away_is_saved_later(
    site: Callable[..., str], running: Machine, desktop: Page
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


def test_leaving_by_a_link_keeps_the_last_words(
    site: Callable[..., str], running: Machine, desktop: Page
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
        kept_state = state(running, "talk", "a")
        assert (kept_state["exit"], kept_state["over"]) == ("suspend", True)
        assert kept_state["cmi"]["core"]["total_time"] == total


def test_a_package_that_goes_on_elsewhere_stops_here_and_can_be_taken_back(
    site: Callable[..., str], desktop: Page
) -> None:
    address = site(talk=package(Part("a", "一", "a.html"), files={"a.html": sco("a")}))
    sign_in(desktop, address)
    open_item(desktop, address, "talk")
    part(desktop, "a.html", BEGAN)
    # As heartbeat.js says it when another page plays.
    desktop.evaluate("document.getElementById('player').dispatchEvent(new Event('stopped'))")
    expect(desktop.locator("#cover p")).to_contain_text("已停下")
    desktop.click("#again-here")
    part(desktop, "a.html", BEGAN)


# Hostile packages

HOSTILE = (Path(__file__).parent / "hostile.html").read_text("utf-8")
WENT_NOWHERE = ("top", "window", "fetch", "noCors", "post", "xhr", "blankFetch", "worker")


def attacked(page: Page, machine: Machine, tmp_path: Path) -> tuple[dict[str, Any], list[str]]:
    """Open the hostile package; what it found, and what was asked of the pages meanwhile."""
    raw = package(
        Part("a", "一", "a.html"),
        files={"a.html": HOSTILE, "worker.js": "//"},
    )
    install_packages(machine, tmp_path, {"bad": raw})
    asked: list[str] = []
    pages: Flask = create_app(machine)
    pages.before_request(lambda: asked.append(f"{request.method} {request.path}"))
    with serving(create_play_app(machine)) as second, serving(pages) as address:
        machine.play_port = int(second.rpartition(":")[2])
        sign_in(page, address)
        asked.clear()
        open_item(page, address, "bad")
        frame = part(page, "a.html", "over")
        found: dict[str, Any] = frame.evaluate("found")
        page.wait_for_timeout(500)
        assert page.url == f"{address}/course/{COURSE}/bad"
        # Still signed in, whatever was planted; and nothing of it is done.
        page.goto(f"{address}/course/{COURSE}")
        assert "课件 bad" in (page.text_content("main") or "")
        assert page.query_selector("main .done") is None
    return found, asked


def check_attack(found: dict[str, Any], asked: list[str], machine: Machine) -> None:
    for name in WENT_NOWHERE:
        assert str(found[name]).startswith("refused") or found[name] == "null", (name, found[name])
    assert "xuezhan" not in found["cookie"]
    assert "xuezhan" not in found["blank"]
    assert found["own"] == 404
    assert found["overwrite"] == f"true,false,false,false,{LEARNER}"
    assert found["claim"] == "true,true,true"
    assert [one for one in asked if "/keeper" in one or "sign-out" in one] == []
    assert {one for one in asked if one.startswith("POST")} <= {
        "POST /api/study",
        "POST /api/scorm",
    }
    kept_state = state(machine, "bad", "a")
    assert "other" not in scorm_states.load(machine.store.read(), LEARNER, f"{COURSE}/bad")
    # The claim was kept as a claim, if the forged one did not come after it. It is worth nothing.
    assert kept_state
    assert machine.facts.of(LEARNER).seconds(f"{COURSE}/bad") < 30
    records = journal.of_learner(machine.store.read(), LEARNER)
    assert {record.kind for record in records} <= {Kind.STUDY}


def test_a_hostile_package_reaches_nothing_and_its_score_counts_for_nothing(
    running: Machine, desktop: Page, tmp_path: Path
) -> None:
    found, asked = attacked(desktop, running, tmp_path)
    check_attack(found, asked, running)
    assert found["cookie"] == ""


def test_a_hostile_package_reaches_nothing_in_chromium_86(
    running: Machine, chromium86: Browser, tmp_path: Path
) -> None:
    with chromium86.new_context() as made:
        found, asked = attacked(made.new_page(), running, tmp_path)
    check_attack(found, asked, running)


def test_a_package_that_never_stops_saving_fills_no_line(
    site: Callable[..., str], desktop: Page
) -> None:
    busy = (
        "setInterval(() => { set('cmi.suspend_data', String(Math.random())); api.LMSCommit('') });"
    )
    address = site(talk=package(Part("a", "一", "a.html"), files={"a.html": sco("a", busy)}))
    sign_in(desktop, address)
    saves: list[str] = []
    desktop.on("request", lambda one: saves.append(one.url) if "/api/scorm" in one.url else None)
    open_item(desktop, address, "talk")
    part(desktop, "a.html", BEGAN)
    desktop.wait_for_timeout(1_500)
    assert len(saves) <= 5
