"""From signing in to handing in: each next step stands in the first screen, at both sizes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from content.model.course import Course
from node.learning.study import Beat
from node.runtime import NodeRuntime
from node.store import attempts
from tests.browser import serving
from tests.node.conftest import LEARNER, PIN, FakeTime

pytestmark = pytest.mark.browser

# Whether all of an element can be seen and nothing lies over it, as the page stands.
_SEEN = """element => {
  const box = element.getBoundingClientRect()
  const over = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)
  return {
    inside: box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth,
    bare: element.contains(over)}
}"""
MOST_TABS = 40


@pytest.fixture
def site(app: Flask, runtime: NodeRuntime, course: Course, pc: FakeTime) -> Iterator[str]:
    """A node at which the learner has watched and read all; practice and exam are left."""
    runtime.study.arrive(LEARNER)
    for item in (course.item("film"), course.item("notes")):
        for begin in range(0, item.seconds, 10):
            pc.go_on(10)
            beat = Beat(LEARNER, f"food/{item.id}", "t", ((begin, begin + 10),))
            runtime.study.hear(beat, item)
    app.config["WTF_CSRF_ENABLED"] = True
    with serving(app) as address:
        yield address


def in_sight(step: Locator) -> Locator:
    """The next step, which nobody has to look for."""
    expect(step).to_be_visible()
    assert step.evaluate(_SEEN) == {"inside": True, "bare": True}, str(step)
    return step


def by_keyboard(step: Locator) -> None:
    """Go to the next step with Tab, and press it."""
    in_sight(step)
    for _press in range(MOST_TABS):
        if step.evaluate("element => element === document.activeElement"):
            break
        step.page.keyboard.press("Tab")
    expect(step).to_be_focused()
    with step.page.expect_navigation():
        step.page.keyboard.press("Enter")


def question(page: Page) -> Locator:
    shown = page.locator(".question:not([hidden])")
    expect(shown).to_have_count(1)
    return shown


def handed_in(runtime: NodeRuntime) -> int:
    attempt = attempts.find(runtime.store.read(), LEARNER, "food/final", 1)
    assert attempt is not None
    assert not attempt.open
    return attempts.answered(runtime.store.read(), attempt)


def test_the_keyboard_alone_leads_from_sign_in_to_the_hand_in_without_scrolling(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    keys = desktop.keyboard
    desktop.goto(f"{site}/sign-in")
    in_sight(desktop.get_by_role("button", name="登录", exact=True))
    keys.type(LEARNER)
    keys.press("Tab")
    keys.type(PIN)
    with desktop.expect_navigation():
        keys.press("Enter")
    by_keyboard(desktop.locator(".continue"))
    for answer in (("1",), ("1", "3"), ("1",), ("许可证",)):
        expect(desktop.locator("#check")).to_be_visible()
        for key in answer:
            if len(key) == 1:
                keys.press(key)
            else:
                keys.insert_text(key)
        in_sight(desktop.locator("#check"))
        keys.press("Enter")
        expect(desktop.locator("#mark")).to_be_focused()
        in_sight(desktop.locator("#next"))
        with desktop.expect_navigation():
            keys.press("Enter")
    by_keyboard(desktop.get_by_role("link", name="下一项"))
    by_keyboard(desktop.get_by_role("button", name="是我，开始考试"))
    for number in range(1, 5):
        expect(question(desktop)).to_have_id(f"q{number}")
        keys.press("1")
        expect(question(desktop).get_by_text("已存")).to_be_visible()
        in_sight(desktop.locator("#next" if number < 4 else "#hand-in"))
        keys.press("Enter")
    by_keyboard(desktop.locator("#hand-in"))
    by_keyboard(desktop.get_by_role("button", name="确认交卷"))
    in_sight(desktop.get_by_role("link", name="回首页"))
    assert handed_in(runtime) == 4


def test_a_thumb_finds_each_next_step_from_sign_in_to_the_hand_in(
    site: str, runtime: NodeRuntime, phone: Page
) -> None:
    phone.goto(f"{site}/sign-in")
    expect(phone.locator(".card-place")).to_have_text("红旗所")
    phone.fill('[name="number"]', LEARNER.lower())
    phone.fill('[name="pin"]', PIN)
    phone.get_by_text("显示密码").click()
    expect(phone.locator('[name="pin"]')).to_have_attribute("type", "text")
    in_sight(phone.get_by_role("button", name="登录", exact=True)).click()
    in_sight(phone.locator(".continue")).click()
    for _question in range(4):
        field = phone.locator(".question input[type=text]")
        if field.count():
            field.fill("执照")
        else:
            phone.locator(".choice").first.click()
        in_sight(phone.locator("#check")).click()
        expect(phone.locator("#mark")).to_be_visible()
        with phone.expect_navigation():
            in_sight(phone.locator("#next")).click()
    in_sight(phone.get_by_role("link", name="下一项")).click()
    in_sight(phone.get_by_role("button", name="是我，开始考试")).click()
    for number in range(1, 5):
        expect(question(phone)).to_have_id(f"q{number}")
        question(phone).locator(".choice").first.click()
        expect(question(phone).get_by_text("已存")).to_be_visible()
        in_sight(phone.locator("#next" if number < 4 else "#hand-in")).click()
    in_sight(phone.get_by_role("button", name="确认交卷")).click()
    in_sight(phone.get_by_role("link", name="回首页"))
    assert handed_in(runtime) == 4
