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
# Ways up that packages of known tools go; what each arrives at is "run time", "end" or "refused".
WALKS = """<!doctype html><script>
const ways = {
  untilRefused() { // guards the reading of each window above
    let at = window;
    try { top.document } catch (fault) {
      try { while (at.parent.document) at = at.parent } catch (refused) { /* the last one */ }
    }
    return at.API ? "run time" : "end";
  },
  untilItsOwnParent(name) {
    let at = window;
    while (at[name] == null && at.parent != null && at.parent != at) at = at.parent;
    return at[name] ? "run time" : "end";
  },
  counted(name) {
    let at = window;
    for (let n = 0; n < 500 && !at[name]; n += 1) at = at.parent;
    return at[name] ? "run time" : "end";
  },
  intoItself(name, at = window) {
    return at[name] ? "run time" : at.parent === at ? "end" : ways.intoItself(name, at.parent);
  },
  opener(name) {
    return opener || top.opener || (parent.opener && parent.opener[name]) ? "other" : "end";
  },
  untilTop(name) {
    let at = window;
    while (!at[name] && at !== top) at = at.parent;
    return at[name] ? "run time" : "end";
  },
  withoutAnyEnd(name) {
    let at = window;
    while (!at[name]) at = at.parent;
    return "run time";
  },
};
const arrived = {};
for (const [way, walk] of Object.entries(ways)) {
  for (const name of ["API", "API_1484_11"]) {
    let end = "";
    try { end = walk(name) } catch (fault) { end = fault.name }
    arrived[`${way} ${name}`] = end;
  }
}
</script>"""
STORES = '<adlcp:data><adlcp:map targetID="notes"/></adlcp:data>'
# Its link and its button give files that no frame can show; one link opens a page.
# What is asked of the run time of SCORM 2004 in turn, what it answers, and the error it names.
SAID = [
    ("GET", "", None, "", "301"),
    ("GET", "cmi.objectives", None, "", "401"),
    ("GET", "cmi.objectives.0.id", None, "", "301"),
    ("GET", "cmi.interactions.0.type", None, "", "301"),
    ("SET", "cmi.objectives.1.id", "o", "false", "351"),
    ("SET", "cmi.objectives.0.success_status", "passed", "false", "408"),
    ("SET", "cmi.objectives.0.id", "urn:", "false", "406"),
    ("GET", "cmi.objectives._count", None, "0", "0"),
    ("SET", "cmi.objectives.0.id", "o", "true", "0"),
    ("SET", "cmi.objectives.01.success_status", "passed", "false", "351"),
    ("GET", "cmi.objectives.0.success_status", None, "unknown", "0"),
    ("SET", "cmi.interactions.0.id", "first", "true", "0"),
    ("SET", "cmi.interactions.0.id", "again", "true", "0"),
    ("GET", "cmi.interactions.0.id", None, "again", "0"),
    ("SET", "cmi.interactions.0.type", "choice", "true", "0"),
    ("SET", "cmi.interactions.0.correct_responses.0.pattern", "", "true", "0"),
    ("GET", "cmi.interactions.0.correct_responses.0.pattern", None, "", "0"),
    ("SET", "cmi.interactions.0.type", "true-false", "true", "0"),
    ("SET", "cmi.interactions.0.correct_responses.0.pattern", "", "false", "406"),
    ("SET", "cmi.location", "z", "true", "0"),
    ("SET", "cmi.location", "", "true", "0"),
    ("GET", "cmi.location", None, "", "0"),
    ("SET", "cmi.location", "y", "true", "0"),
    ("GET", "cmi.location", None, "y", "0"),
    ("SET", "adl.data.0.store", "x", "false", "351"),
]
OFFERS = """<!doctype html><a id="link" href="讲义.docx">讲义</a>
<a id="kept" href="notes.txt" download>记录</a>
<a id="page" href="more.html" target="_blank">更多</a>
<button onclick="window.open('files/form.pdf')">表格</button>"""
HALF = r"\ud83d 完 \udc00"
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
    packages["shared"] = package(
        *(Part(name, name, f"{name}.html", xml=STORES) for name in "ab"),
        version="2004",
        files={f"{name}.html": sco(name) for name in "ab"},
    )
    packages["plain"] = package(
        Part("a", "甲", "a.html"), version="2004", files={"a.html": sco("a")}
    )
    packages["half"] = package(Part("a", "甲", "a.html"), files={"a.html": sco("a")})
    others = dict.fromkeys(("讲义.docx", "notes.txt", "files/form.pdf", "more.html"), "x")
    packages["offers"] = package(Part("a", "甲", "a.html"), files={"a.html": OFFERS, **others})
    packages["walks"] = package(Part("a", "甲", "a.html"), files={"a.html": WALKS})
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


def test_no_way_up_is_without_an_end(address: str, desktop: Page) -> None:
    sign_in(desktop, address)
    open_item(desktop, address, "walks")
    frame = part(desktop, "a.html", "typeof arrived === 'object'")
    arrived: dict[str, str] = frame.evaluate("arrived")
    found = {way for way, end in arrived.items() if end == "run time"}
    assert found == {
        *("untilRefused API", "untilRefused API_1484_11", "untilItsOwnParent API", "untilTop API"),
        *("counted API", "withoutAnyEnd API", "intoItself API"),
    }
    # Where nothing is to be found the way ends, or the window of our page refuses.
    assert {way: end for way, end in arrived.items() if way not in found} == {
        "untilItsOwnParent API_1484_11": "end",
        "untilTop API_1484_11": "SecurityError",
        "counted API_1484_11": "end",
        "withoutAnyEnd API_1484_11": "SecurityError",
        "intoItself API_1484_11": "end",
        "opener API": "end",
        "opener API_1484_11": "end",
    }


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


def test_what_activities_share_is_kept_for_all_of_them(
    address: str, running: NodeRuntime, chromium: Browser, desktop: Page
) -> None:
    sign_in(desktop, address)
    open_item(desktop, address, "shared")
    frame = part(desktop, "a.html", BEGAN)
    assert frame.evaluate(
        "[get('adl.data._count'), get('adl.data.0.id'), set('adl.data.0.store', '甲说'),"
        " api.GetLastError(), set('adl.data.0.store', 'x'.repeat(64000)), api.Commit('')]"
    ) == ["1", "notes", "true", "0", "true", "true"]
    wait(desktop, lambda: "x" * 64_000 in str(state(running, "shared", "")))
    frame.evaluate("set('adl.data.0.store', '甲说')")
    desktop.click("[data-part=b]")
    frame = part(desktop, "b.html", BEGAN)
    assert frame.evaluate("get('adl.data.0.store')") == "甲说"
    frame.evaluate("set('adl.data.0.store', '乙说'), api.Commit('')")
    wait(desktop, lambda: "乙说" in str(state(running, "shared", "")))
    with context(chromium, DESKTOP) as other:
        page = other.new_page()
        sign_in(page, address)
        open_item(page, address, "shared")
        assert part(page, "b.html", BEGAN).evaluate("get('adl.data.0.store')") == "乙说"


def test_half_a_character_comes_back_as_it_was(
    address: str, running: NodeRuntime, chromium: Browser, desktop: Page
) -> None:
    sign_in(desktop, address)
    open_item(desktop, address, "half")
    said = f"set('cmi.suspend_data', '{HALF}') + set('cmi.core.exit', 'suspend') + end()"
    assert part(desktop, "a.html", BEGAN).evaluate(said) == "truetruetrue"
    wait(desktop, lambda: "cmi" in state(running, "half", "a"))
    with context(chromium, DESKTOP) as other:
        page = other.new_page()
        sign_in(page, address)
        open_item(page, address, "half")
        frame = part(page, "a.html", BEGAN)
        assert frame.evaluate(f"get('cmi.suspend_data') === '{HALF}'")


def test_files_that_no_frame_shows_are_offered(address: str, desktop: Page) -> None:
    sign_in(desktop, address)
    open_item(desktop, address, "offers")
    frame = part(desktop, "a.html")
    for what, name in (("#link", "讲义.docx"), ("#kept", "notes.txt"), ("button", "form.pdf")):
        with desktop.expect_download() as download:
            frame.click(what)
        assert download.value.suggested_filename == name
    frame.click("#page")
    part(desktop, "more.html")
    assert "/files/a.html" in frame.url


def test_the_run_time_answers_as_the_standard_says(address: str, desktop: Page) -> None:
    sign_in(desktop, address)
    open_item(desktop, address, "plain")
    frame = part(desktop, "a.html", BEGAN)
    ask = (
        "said => said.map(([op, name, value]) =>"
        " [op, name, value, op === 'GET' ? get(name) : set(name, value), api.GetLastError()])"
    )
    assert frame.evaluate(ask, SAID) == [list(line) for line in SAID]
