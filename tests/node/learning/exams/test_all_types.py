"""Every type of question, in an exam and in practice, in a browser with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from content.model.course import LETTERS, Course, Question
from node.learning.exams.errors import BadResponse, NoNumber
from node.learning.exams.paper import Paper, PaperQuestion, of_form, read_response
from node.runtime import NodeRuntime
from node.store import attempts, stars
from sync.facts.grading import right
from tests.browser import serving
from tests.node import all_types
from tests.node.all_types import DRILL, EXAM
from tests.node.conftest import LEARNER
from tests.node.web.exams.test_exam_browser import sign_in

RIGHT = {
    "single": ["出示证件"],
    "multiple": ["许可证", "合格证明"],
    "judge": ["错误"],
    "fill": ["90", "五"],
    "numeric": ["１５．0"],
    "matching": ["计量法", "食品安全法", "广告法"],
    "ordering": ["立案", "调查取证", "告知陈述申辩权", "作出决定", "送达"],
    "rich": ["5"],
}


@pytest.fixture
def every(runtime: NodeRuntime) -> Course:
    return all_types.install(runtime)


@pytest.fixture
def site(app: Flask, every: Course) -> Iterator[str]:
    app.config["WTF_CSRF_ENABLED"] = True
    with serving(app) as address:
        yield address


def here(page: Page) -> Locator:
    """The question that is shown, once the page's script has hidden the others."""
    question = page.locator(".question:not([hidden])")
    expect(question).to_have_count(1)
    return question


def answer(box: Locator, kind: str, response: list[str], scripts: bool = True) -> None:
    """Answer the question in ``box`` as a person does."""
    if kind == "ordering":
        (_move if scripts else _place)(box, response)
        return
    for n, text in enumerate(response):
        if kind in ("fill", "numeric"):
            box.locator("input[type=text]").nth(n).fill(text)
        elif kind == "matching":
            option = box.locator("select").nth(n).locator("option", has_text=text)
            box.locator("select").nth(n).select_option(option.get_attribute("value"))
        else:
            box.locator(".choice", has_text=text).click()


def _place(box: Locator, response: list[str]) -> None:
    for place, text in enumerate(response, 1):
        box.locator(".order li", has_text=text).locator("select").select_option(label=f"{place}")


def _move(box: Locator, response: list[str]) -> None:
    for place, text in enumerate(response, 1):
        row = box.locator(".order li", has_text=text)
        while row.locator(".number-of").inner_text() != str(place):
            row.locator(".moves button").first.click()
    if box.locator(".order-sure").is_visible():
        box.locator(".order-sure").click()


def graded(runtime: NodeRuntime) -> dict[str, bool]:
    """Which answers on disk the hub will find right."""
    attempt = attempts.find(runtime.store.read(), LEARNER, "types/final", 1)
    assert attempt is not None
    answers = attempts.answers(runtime.store.read(), attempt)
    keys = all_types.exam_key(runtime)
    return {name: right(saved.response, keys[name]) for name, saved in answers.items()}


def names_on_paper(page: Page) -> list[str]:
    names = page.locator(".question").evaluate_all("all => all.map(one => one.dataset.question)")
    return [str(name).removeprefix("types/x-") for name in names]


def begin(page: Page, site: str) -> None:
    sign_in(page, site)
    page.goto(f"{site}{EXAM}")
    page.get_by_role("button", name="开始考试").click()
    page.wait_for_url("**/paper*")


@pytest.mark.browser
def test_every_type_gets_its_tick_in_an_exam_and_is_graded_right(
    site: str, every: Course, runtime: NodeRuntime, desktop: Page
) -> None:
    faults: list[str] = []
    desktop.on(
        "console", lambda message: faults.append(message.text) if message.type == "error" else None
    )
    begin(desktop, site)
    names = names_on_paper(desktop)
    for place, name in enumerate(names, 1):
        desktop.locator(f"#map li:nth-child({place}) a").click()
        answer(here(desktop), name, RIGHT[name])
        if name in ("fill", "numeric"):
            desktop.keyboard.press("Tab")
        expect(here(desktop).get_by_text("已存", exact=True)).to_be_visible()
        if name == "rich":
            expect(here(desktop).locator(".choice .katex").first).to_be_visible()
            steps = here(desktop).locator(".question-text ol")
            expect(steps).to_have_css("list-style-type", "decimal")
            expect(steps).to_have_attribute("start", "3")
    assert graded(runtime) == {f"types/x-{name}": True for name in RIGHT}
    desktop.reload()
    for place, name in enumerate(names, 1):
        desktop.locator(f"#map li:nth-child({place}) a").click()
        if name == "ordering":
            assert here(desktop).locator(".order-text").all_inner_texts() == RIGHT[name]
        elif name == "matching":
            chosen = here(desktop).locator("select option:checked").all_inner_texts()
            assert [text[2:] for text in chosen] == RIGHT[name]
    assert [fault for fault in faults if "favicon" not in fault] == []


@pytest.mark.browser
def test_every_type_is_sat_without_scripts(
    site: str, every: Course, runtime: NodeRuntime, without_scripts: Page
) -> None:
    page = without_scripts
    begin(page, site)
    for name in names_on_paper(page):
        box = page.locator(f'[data-question="types/x-{name}"]')
        answer(box, name, RIGHT[name], scripts=False)
    assert r"\(d = \frac{e}{5}\)" in page.content()
    page.get_by_role("button", name="保存").first.click()
    expect(page.locator("#count")).to_contain_text("8 / 8")
    assert graded(runtime) == {f"types/x-{name}": True for name in RIGHT}


@pytest.mark.browser
def test_half_a_matching_is_kept_and_no_number_says_so(
    site: str, runtime: NodeRuntime, phone: Page
) -> None:
    begin(phone, site)
    names = names_on_paper(phone)
    phone.locator(f"#map li:nth-child({names.index('matching') + 1}) a").click()
    here(phone).locator("select").nth(1).select_option(index=1)
    expect(here(phone).get_by_text("已存", exact=True)).to_be_visible()
    attempt = attempts.find(runtime.store.read(), LEARNER, "types/final", 1)
    assert attempt is not None
    saved = attempts.answers(runtime.store.read(), attempt)["types/x-matching"]
    assert re.fullmatch("-[A-D]-", saved.response)
    phone.locator(f"#map li:nth-child({names.index('numeric') + 1}) a").click()
    here(phone).locator("input").fill("约十五")
    phone.keyboard.press("Tab")
    expect(here(phone).get_by_text("请填一个数")).to_be_visible()
    expect(here(phone).get_by_text("未存")).to_be_visible()
    here(phone).locator("input").fill("1,500")
    expect(here(phone).get_by_text("已存", exact=True)).to_be_visible()
    expect(here(phone).get_by_text("请填一个数")).to_be_hidden()


@pytest.mark.browser
def test_every_type_is_practised_marked_and_looks_well(
    site: str, runtime: NodeRuntime, desktop: Page, phone: Page
) -> None:
    sign_in(desktop, site)
    for name, response in RIGHT.items():
        desktop.goto(f"{site}{DRILL}?q={name}")
        answer(here(desktop), name, response)
        desktop.get_by_role("button", name="看对错").click()
        expect(desktop.locator("#mark")).to_contain_text("答对了")
    sign_in(phone, site)
    for name in ("matching", "ordering", "fill", "rich"):
        for marked in ("", "&marked=1"):
            phone.goto(f"{site}{DRILL}?q={name}{marked}")
            faults = Axe().run(phone).response["violations"]
            assert [f["id"] for f in faults if f["impact"] in ("serious", "critical")] == []
            assert phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.browser
def test_a_mock_is_sat_like_the_exam_and_a_star_is_kept_in_place(
    site: str, runtime: NodeRuntime, phone: Page
) -> None:
    sign_in(phone, site)
    phone.goto(f"{site}{DRILL}?q=numeric")
    phone.locator("[data-number]").fill("1")
    phone.get_by_role("button", name="收藏").click()
    expect(phone.get_by_role("button", name="已收藏")).to_have_attribute("aria-pressed", "true")
    assert stars.of_learner(runtime.store.read(), LEARNER) == ["types/numeric"]
    expect(phone.locator("[data-number]")).to_have_value("1")
    phone.goto(f"{site}/practice/types")
    phone.get_by_role("button", name="开始模拟考试").click()
    phone.wait_for_url("**/paper*")
    for place, name in enumerate(names_on_paper(phone), 1):
        phone.locator(f"#map li:nth-child({place}) a").click()
        answer(here(phone), name.removeprefix("types/"), RIGHT[name.removeprefix("types/")])
        if name in ("types/fill", "types/numeric"):
            phone.keyboard.press("Tab")
        expect(here(phone).get_by_text("已存", exact=True)).to_be_visible()
    phone.get_by_role("button", name="交卷").click()
    phone.get_by_role("button", name="确认交卷").click()
    expect(phone.get_by_text("到了合格线：100 分")).to_be_visible()
    assert runtime.facts.of(LEARNER).attempts == {}
    for path in ("/practice/types", "/favourites", "/mock/types/done/1", "/course/types/notes"):
        phone.goto(site + path)
        faults = Axe().run(phone).response["violations"]
        assert [f["id"] for f in faults if f["impact"] in ("serious", "critical")] == []
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    expect(phone.locator(".reading .katex-display")).to_be_visible()


# What a form and a script may send, and what is recorded


def asked(course: Course, name: str) -> PaperQuestion:
    question = course.question(name)[1]
    return PaperQuestion.of(f"types/{name}", question)


@pytest.mark.parametrize(
    ("name", "fields", "recorded"),
    [
        ("fill", [" 90 ", "五‖"], "90‖五"),
        ("fill", ["", "五"], "‖五"),
        ("fill", ["", " "], ""),
        ("numeric", ["１，５００.５"], "1500.5"),
        ("numeric", ["-.5e3"], "-.5e3"),
        ("matching", ["A", "", "B"], "A-B"),
        ("matching", ["", "", ""], ""),
        ("ordering", ["A2", "B1", "C4", "D3", "E5"], "BADCE"),
        ("ordering", ["A2", "", "", "", ""], "ABCDE"),
        ("ordering", ["A1", "B1", "C1", "D1", "E1"], "ABCDE"),
        ("ordering", ["A999", "Bx", "", "", "E1"], "EABCD"),
        ("ordering", ["", "", "", "", ""], ""),
        ("multiple", ["B", "A"], "AB"),
    ],
)
def test_fields_become_the_one_form_that_is_recorded(
    every: Course, name: str, fields: list[str], recorded: str
) -> None:
    question = asked(every, name)
    assert read_response(question, of_form(question, fields)) == recorded


@pytest.mark.parametrize(
    ("name", "response"),
    [
        ("single", "D"),
        ("single", "AB"),
        ("fill", "90"),
        ("fill", "90‖5‖5"),
        ("fill", "长" * 200 + "‖5"),
        ("numeric", "十五"),
        ("numeric", "1/3"),
        ("numeric", "1" * 41),
        ("matching", "AB"),
        ("matching", "ABCD"),
        ("matching", "ABZ"),
        ("ordering", "ABCD"),
        ("ordering", "ABCDD"),
        ("ordering", "?"),
    ],
)
def test_what_is_no_answer_to_its_type_is_refused(every: Course, name: str, response: str) -> None:
    with pytest.raises(NoNumber if name == "numeric" else BadResponse, match="answer to types/"):
        read_response(asked(every, name), response)


def test_a_paper_is_kept_with_prompts_and_markup(every: Course) -> None:
    paper = Paper(tuple(asked(every, question.id) for question in every.item("drill").questions))
    assert Paper.from_text(paper.to_text()) == paper
    assert paper.has_formula


def test_a_question_that_is_not_rich_shows_its_markup_as_text(every: Course) -> None:
    from content.face.questions import asked_text

    text = "<script>x()</script>____ <img src=x> ____"
    question = PaperQuestion("c/q", "fill", text, ())
    assert "<script" not in asked_text(question)
    assert asked_text(question).count('<span class="blank">') == 2
    assert isinstance(every.question("fill")[1], Question)
    assert LETTERS[0] == "A"
