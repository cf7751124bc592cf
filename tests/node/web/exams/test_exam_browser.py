from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Locator, Page, Request, Route, expect

from node.learning.exams.paper import Paper
from node.runtime import NodeRuntime
from node.store import attempts, journal, results, tries
from node.store.results import Graded
from node.store.tries import Try
from sync.records import Kind
from tests.browser import serving, stop_the_clock, wait
from tests.node.conftest import LEARNER, NODE, OTHER, PIN, START, FakeTime

pytestmark = pytest.mark.browser

ANSWER = "**/api/exam/answer"
EXAM = "food/final"


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    app.config["WTF_CSRF_ENABLED"] = True
    with serving(app) as address:
        yield address


def sign_in(page: Page, site: str, number: str = LEARNER) -> None:
    page.goto(f"{site}/sign-in")
    page.fill('[name="number"]', number)
    page.fill('[name="pin"]', PIN)
    with page.expect_navigation():
        page.press('[name="pin"]', "Enter")


def begin(page: Page, site: str) -> None:
    sign_in(page, site)
    page.goto(f"{site}/exam/{EXAM}")
    page.get_by_role("button", name="开始考试").click()
    page.wait_for_url("**/paper*")


def here(page: Page) -> Locator:
    """The question that is shown, once the page's script has hidden the others."""
    question = page.locator(".question:not([hidden])")
    expect(question).to_have_count(1)
    return question


def kept(runtime: NodeRuntime) -> dict[str, str]:
    attempt = attempts.find(runtime.store.read(), LEARNER, EXAM, 1)
    assert attempt is not None
    by_id = attempts.answers(runtime.store.read(), attempt)
    return {question: answer.response for question, answer in by_id.items()}


def asked(runtime: NodeRuntime) -> list[str]:
    attempt = attempts.find(runtime.store.read(), LEARNER, EXAM, 1)
    assert attempt is not None
    return [question.id for question in Paper.from_text(attempt.paper).asked]


def noted(runtime: NodeRuntime) -> list[tuple[str, str]]:
    records = journal.of_learner(runtime.store.read(), LEARNER)
    return [
        (record.object, record.response) for record in records if record.kind == Kind.EXAM_ANSWER
    ]


def test_an_answer_gets_its_tick_only_after_the_node_said_so(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    begin(desktop, site)
    held: list[Route] = []
    desktop.route(ANSWER, lambda route: held.append(route))
    here(desktop).locator(".choice").first.click()
    expect(here(desktop).get_by_text("正在保存")).to_be_visible()
    expect(here(desktop).get_by_text("已存")).not_to_be_visible()
    wait(desktop, lambda: held)
    assert kept(runtime) == {}
    held[0].continue_()
    expect(here(desktop).get_by_text("已存")).to_be_visible()
    assert len(kept(runtime)) == 1


def test_an_answer_that_is_chosen_before_the_page_is_ready_is_saved_too(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    begin(desktop, site)
    held: list[Route] = []
    desktop.route("**/exam.js", lambda route: held.append(route))
    desktop.reload(wait_until="commit")
    desktop.locator("#q1 .choice").first.click()
    wait(desktop, lambda: held)
    assert kept(runtime) == {}
    held[0].continue_()
    expect(here(desktop).get_by_text("已存")).to_be_visible()
    assert len(kept(runtime)) == 1


def test_keys_answer_and_move_and_name_the_letters_of_the_bank(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    begin(desktop, site)
    letters = []
    for key in ("2", "c"):
        place = {"2": 1, "c": 2}[key]
        letters.append(here(desktop).locator("input").nth(place).get_attribute("value"))
        desktop.keyboard.press(key)
        expect(here(desktop).get_by_text("已存")).to_be_visible()
        desktop.keyboard.press("ArrowRight")
    expect(here(desktop)).to_have_id("q3")
    desktop.keyboard.press("ArrowLeft")
    expect(here(desktop)).to_have_id("q2")
    assert list(kept(runtime).values()) == letters


def test_a_reload_and_another_pc_go_on_with_the_answers(
    site: str, runtime: NodeRuntime, desktop: Page, phone: Page
) -> None:
    begin(desktop, site)
    desktop.keyboard.press("1")
    expect(here(desktop).get_by_text("已存")).to_be_visible()
    chosen = kept(runtime)[asked(runtime)[0]]
    desktop.reload()
    expect(here(desktop).locator("input:checked")).to_have_value(chosen)
    sign_in(phone, site)
    phone.goto(f"{site}/exam/{EXAM}")
    phone.wait_for_url("**/paper*")
    expect(here(phone).locator("input:checked")).to_have_value(chosen)


def test_answers_wait_in_the_page_while_the_node_is_away_and_go_through_after(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    # Before the page is there: a browser under load sends what follows a late route.
    desktop.route(ANSWER, lambda route: route.abort())
    begin(desktop, site)
    desktop.keyboard.press("1")
    desktop.keyboard.press("ArrowRight")
    desktop.keyboard.press("2")
    expect(here(desktop).get_by_text("未存")).to_be_visible()
    expect(desktop.locator("#alert")).to_contain_text("未存")
    expect(desktop.locator("#map .waits")).to_have_count(2)
    asked_before_leaving = desktop.evaluate(
        "() => !window.dispatchEvent(new Event('beforeunload', {cancelable: true}))"
    )
    assert asked_before_leaving
    assert desktop.evaluate("() => localStorage.length + sessionStorage.length") == 0
    desktop.unroute(ANSWER)
    expect(desktop.locator("#map .answered")).to_have_count(2)
    expect(desktop.locator("#alert")).to_be_hidden()
    assert len(kept(runtime)) == len(noted(runtime)) == 2


def test_a_sign_in_that_expires_in_the_middle_loses_nothing(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    begin(desktop, site)
    runtime.sessions.end_all(learner=LEARNER)
    desktop.context.clear_cookies()
    desktop.keyboard.press("1")
    dialog = desktop.get_by_role("dialog")
    expect(dialog).to_contain_text("登录已过期")
    dialog.get_by_label("密码").fill("000000")
    dialog.get_by_label("密码").press("Enter")
    expect(dialog).to_contain_text("密码不对")
    dialog.get_by_label("密码").fill(PIN)
    dialog.get_by_label("密码").press("Enter")
    expect(dialog).to_be_hidden()
    expect(here(desktop).get_by_text("已存")).to_be_visible()
    desktop.keyboard.press("ArrowRight")
    desktop.keyboard.press("2")
    expect(desktop.locator("#map .answered")).to_have_count(2)
    assert len(kept(runtime)) == 2


def test_another_learner_signing_in_on_the_pc_does_not_get_ones_answers(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    begin(desktop, site)
    other = desktop.context.new_page()
    other.goto(f"{site}/sign-in")
    sign_in(other, site, OTHER)
    desktop.keyboard.press("1")
    dialog = desktop.get_by_role("dialog")
    expect(dialog).to_contain_text("另一位学员")
    assert kept(runtime) == {}
    dialog.get_by_label("密码").fill(PIN)
    dialog.get_by_label("密码").press("Enter")
    expect(here(desktop).get_by_text("已存")).to_be_visible()
    assert len(kept(runtime)) == 1


def look(page: Page) -> None:
    """Somebody comes back to the page: it asks the node, and has its answer."""
    with page.expect_response("**/api/*/state*"):
        page.evaluate("window.dispatchEvent(new Event('focus'))")


def test_an_exam_goes_on_at_the_second_device_and_the_first_shows_no_tick(
    site: str, runtime: NodeRuntime, pc: FakeTime, desktop: Page, phone: Page
) -> None:
    begin(desktop, site)
    desktop.keyboard.press("2")
    expect(here(desktop).get_by_text("已存")).to_be_visible()
    sign_in(phone, site)
    phone.goto(f"{site}/exam/{EXAM}/paper")
    pc.go_on(60)  # by the node's clock: pages learn the time with each answer
    phone.reload()
    here(phone).locator(".choice").first.click()
    first = here(phone).locator("input").first.get_attribute("value")
    expect(here(phone).get_by_text("已存")).to_be_visible()
    look(desktop)
    moved = desktop.get_by_role("dialog", name="这台电脑上的考试已转到另一台设备")
    expect(moved).to_be_visible()
    expect(here(desktop).get_by_text("已存")).to_be_hidden()
    moved.get_by_role("button", name="改在这里接着考").click()
    expect(here(desktop).locator("input:checked")).to_have_value(first or "")
    expect(here(desktop).get_by_text("已存")).to_be_visible()
    pc.go_on(60)
    look(desktop)
    desktop.keyboard.press("3")
    wait(desktop, lambda: kept(runtime)[asked(runtime)[0]] != first)
    look(phone)
    expect(phone.get_by_role("dialog")).to_contain_text("另一台设备")
    desktop.get_by_role("button", name="交卷").click()
    desktop.get_by_role("button", name="确认交卷").click()
    expect(desktop.get_by_role("heading", name="已交卷")).to_be_visible()
    look(phone)
    phone.wait_for_url("**/done/1")


def test_what_an_input_method_composes_is_neither_sent_nor_moved_on(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    stop_the_clock(desktop)
    sign_in(desktop, site)
    desktop.goto(f"{site}/practice/food")
    desktop.get_by_role("button", name="开始模拟考试").click()
    desktop.wait_for_url("**/paper*")
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/api/mock/answer"):
            sent.append(request.post_data or "")

    desktop.on("request", note)
    place = desktop.locator(".question input[type=text]").first.evaluate(
        "field => [...document.querySelectorAll('.question')].indexOf(field.closest('.question'))"
    )
    desktop.locator("#map a").nth(place).click()
    typed = here(desktop).locator("input")
    expect(typed).to_be_focused()
    keyboard = desktop.context.new_cdp_session(desktop)
    compose = {"text": "xu'ke", "selectionStart": 5, "selectionEnd": 5}
    keyboard.send("Input.imeSetComposition", compose)
    enter = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    keyboard.send("Input.dispatchKeyEvent", enter)
    desktop.clock.run_for(5_000)
    expect(typed).to_have_value("xu'ke")
    expect(typed).to_be_focused()
    expect(here(desktop).get_by_text("已存")).to_be_hidden()
    assert sent == []
    keyboard.send("Input.insertText", {"text": "许可证"})
    desktop.clock.run_for(1_000)
    wait(desktop, lambda: sent)
    assert json.loads(sent[0])["response"] == "许可证"
    expect(here(desktop).get_by_text("已存")).to_be_visible()


def test_handing_in_asks_shows_what_is_empty_and_ends_the_exam(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    begin(desktop, site)
    desktop.keyboard.press("1")
    expect(here(desktop).get_by_text("已存")).to_be_visible()
    desktop.get_by_role("button", name="交卷").click()
    expect(desktop.get_by_text("还有 3 题没有作答")).to_be_visible()
    desktop.get_by_role("link", name="3", exact=True).click()
    expect(here(desktop)).to_have_id("q3")
    desktop.get_by_role("button", name="交卷").click()
    desktop.get_by_role("button", name="确认交卷").click()
    expect(desktop.get_by_role("heading", name="已交卷")).to_be_visible()
    desktop.go_back()
    expect(desktop).to_have_url(re.compile(r"/exam/food/final(/done/1)?$"))


def test_handing_in_waits_for_answers_that_are_not_saved(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    # Before the page is there: a browser under load sends what follows a late route.
    desktop.route(ANSWER, lambda route: route.abort())
    begin(desktop, site)
    desktop.keyboard.press("1")
    desktop.get_by_role("button", name="交卷").click()
    expect(desktop.get_by_role("dialog")).to_contain_text("还有答案没有存好")
    assert "/paper" in desktop.url


def time_after(page: Page, ms: int) -> str:
    page.clock.run_for(ms)
    return page.get_by_role("timer").inner_text()


def test_after_a_sleep_the_time_is_true_and_when_it_is_over_the_page_hands_in(
    site: str, runtime: NodeRuntime, pc: FakeTime, desktop: Page
) -> None:
    stop_the_clock(desktop)
    begin(desktop, site)
    desktop.keyboard.press("1")
    expect(here(desktop).get_by_text("已存")).to_be_visible()
    pc.go_on(12 * 60)  # the PC slept, by its own clock for eleven minutes; the node went on
    desktop.clock.set_system_time(11 * 60)
    wait(desktop, lambda: "18 分钟" in time_after(desktop, 250))
    pc.go_on(17 * 60)
    desktop.reload()
    desktop.get_by_role("button", name="是", exact=True).click()  # after so long it asks who it is
    expect(desktop.get_by_role("timer")).to_contain_text("1 分 00 秒")
    desktop.route("**/api/exam/state*", lambda route: route.abort())  # the page counts alone
    desktop.clock.run_for(59_000)
    expect(desktop.get_by_role("timer")).to_contain_text("0 分 01 秒")
    desktop.unroute("**/api/exam/state*")
    pc.go_on(60)
    desktop.clock.run_for(1_000)
    expect(desktop.get_by_role("heading", name="时间到，已自动交卷")).to_be_visible()
    assert len(kept(runtime)) == 1


def test_the_exam_is_sat_without_scripts(
    site: str, runtime: NodeRuntime, without_scripts: Page
) -> None:
    page = without_scripts
    begin(page, site)
    page.locator("#q1 .choice").first.click()
    page.locator("#q2").get_by_role("button", name="保存").click()
    expect(page.locator("#q1").get_by_text("已存")).to_be_visible()
    assert len(kept(runtime)) == 1
    page.get_by_role("button", name="交卷").click()
    page.get_by_role("button", name="确认交卷").click()
    expect(page.get_by_role("heading", name="已交卷")).to_be_visible()


def test_the_exam_pages_have_no_serious_fault_of_access(
    site: str, desktop: Page, phone: Page
) -> None:
    axe = Axe()
    begin(desktop, site)
    desktop.keyboard.press("1")
    expect(here(desktop).get_by_text("已存")).to_be_visible()
    sign_in(phone, site, OTHER)
    phone.goto(f"{site}/exam/{EXAM}")
    pages = [desktop, phone]
    for page in pages:
        violations = axe.run(page).response["violations"]
        serious = [
            fault["id"] for fault in violations if fault["impact"] in ("serious", "critical")
        ]
        assert serious == [], page.url
        wide = page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth")
        assert not wide, page.url


def test_nothing_on_the_paper_breaks_the_content_policy(site: str, desktop: Page) -> None:
    messages: list[str] = []
    desktop.on("console", lambda message: messages.append(message.text))
    desktop.on("pageerror", lambda error: messages.append(str(error)))
    begin(desktop, site)
    desktop.keyboard.press("1")
    expect(here(desktop).get_by_text("已存")).to_be_visible()
    assert messages == []


@pytest.mark.parametrize("where", [f"exam/{EXAM}/done/1", "results"])
def test_a_result_is_shown_when_it_comes_without_a_reload_by_hand(
    site: str, runtime: NodeRuntime, desktop: Page, where: str
) -> None:
    runtime.store.write(lambda conn: tries.add(conn, Try(START, 9, "", 0, 300, 300)))
    begin(desktop, site)
    desktop.get_by_role("button", name="交卷").click()
    desktop.get_by_role("button", name="确认交卷").click()
    expect(desktop.get_by_role("heading", name="已交卷")).to_be_visible()
    desktop.clock.install()
    desktop.goto(f"{site}/{where}")
    expect(desktop.locator(".stamp")).to_have_text("待评")
    graded = Graded(LEARNER, EXAM, 1, NODE, 3, 4, 75, True, START, 17)
    runtime.store.write(lambda conn: results.put(conn, graded))
    desktop.clock.run_for(4_000)
    expect(desktop.locator(".stamp")).to_have_text("合格")
