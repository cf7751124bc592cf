"""Studying in a real browser, with a real film of the sample courses and a clock that runs."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from content.source.build_pack import build
from content.source.folder import CourseFolder, read_folder
from node.config import Config
from node.runtime import NodeRuntime
from node.store import classes, courses, journal, sittings
from node.web.app import create_app
from sync.records import Kind
from tests.browser import serving, stop_the_clock, wait
from tests.node.conftest import HUB_KEY, LEARNER, OTHER, PIN, START, populate

pytestmark = pytest.mark.browser

SAMPLE = Path("content/samples/food-inspection")
COURSE, FILM, READING = "food-inspection", "food-inspection/video", "food-inspection/reading"
BEAT = "**/api/study"


@pytest.fixture
def runtime(config: Config) -> Iterator[NodeRuntime]:
    """A machine whose clock runs, with a sample course."""
    runtime = NodeRuntime.open(config)
    populate(runtime)
    _install(runtime, read_folder(SAMPLE))
    yield runtime
    runtime.close()


def _install(runtime: NodeRuntime, folder: CourseFolder) -> None:
    pack = build(folder, runtime.blobs, HUB_KEY)
    wanted = courses.WantedCourse(COURSE, pack.course.version, pack.manifest_sha, 1, "", START)
    manifest = runtime.blobs.path(pack.manifest_sha).read_bytes()

    def install(conn: sqlite3.Connection) -> None:
        courses.want(conn, wanted)
        courses.install(conn, wanted, manifest, START)
        classes.put(conn, classes.Class("k1", "冬季班", "2026-11-10", "2099-12-09", (COURSE,)))

    runtime.store.write(install)


@pytest.fixture
def site(runtime: NodeRuntime) -> Iterator[str]:
    with serving(create_app(runtime)) as address:
        yield address


def sign_in(page: Page, site: str, number: str = LEARNER) -> None:
    page.goto(f"{site}/sign-in")
    page.fill('[name="number"]', number)
    page.fill('[name="pin"]', PIN)
    with page.expect_navigation():
        page.press('[name="pin"]', "Enter")


def watch(page: Page, site: str, seconds: float = 1.5, query: str = "") -> None:
    """Open the film and let it play for so many of its seconds."""
    page.goto(f"{site}/course/{FILM}{query}")
    wait(
        page,
        "(film => film.readyState > 0 && film.currentTime >= Number(film.dataset.at))"
        "(document.querySelector('video'))",
    )
    play(page, seconds)


def play(page: Page, seconds: float) -> None:
    until = now(page) + seconds
    if page.evaluate("document.querySelector('video').paused"):
        page.click("#play")
    wait(page, f"document.querySelector('video').currentTime > {until}")


def now(page: Page) -> float:
    return float(page.evaluate("document.querySelector('video').currentTime"))


def watched(
    runtime: NodeRuntime, item: str = FILM, learner: str = LEARNER
) -> list[tuple[int, int]]:
    return runtime.facts.of(learner).watched(item)


def test_the_film_goes_on_where_it_was_left_and_leaving_makes_one_record(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    sign_in(desktop, site)
    watch(desktop, site, 2.2)
    played, asked_at = now(desktop), time.monotonic()
    desktop.goto(site)
    left_after = time.monotonic() - asked_at
    wait(desktop, lambda: journal.of_learner(runtime.store.read(), LEARNER))
    [record] = journal.of_learner(runtime.store.read(), LEARNER)
    assert record.kind is Kind.STUDY
    assert record.object == FILM
    begin, end = record.numbers
    assert begin == 0
    assert int(played) <= end <= played + left_after + 1
    desktop.goto(f"{site}/course/{FILM}")
    wait(desktop, f"Math.abs(document.querySelector('video').currentTime - {end}) < 0.5")


def test_a_jump_leaves_a_gap_that_is_seen_and_can_be_filled(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    sign_in(desktop, site)
    watch(desktop, site, 2)
    left = desktop.evaluate(
        "(() => { const film = document.querySelector('video'), at = film.currentTime;"
        " film.currentTime = 60; return at })()"
    )
    wait(desktop, "!document.querySelector('video').seeking")
    play(desktop, 2)
    desktop.click("#play")
    wait(desktop, lambda: len(watched(runtime)) == 2)
    (_zero, first_end), (second_begin, _end) = watched(runtime)
    assert 1 <= first_end <= left + 1
    assert second_begin == 60
    gap = desktop.locator("#gaps a").first
    expect(gap).to_be_visible()
    expect(desktop.locator("#seen .seen")).to_have_count(2)
    gap.click()
    wait(desktop, "document.querySelector('video').currentTime < 60")
    assert first_end - 0.5 < now(desktop) < 60


def test_a_browser_that_is_slow_to_say_that_it_plays_loses_nothing(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    sign_in(desktop, site)
    watch(desktop, site, 0)
    desktop.evaluate("document.querySelector('video').pause()")
    begun = now(desktop)
    desktop.evaluate(
        "(() => { const film = document.querySelector('video'), from = film.currentTime;"
        " film.play(); const until = performance.now() + 4000;"
        " while (performance.now() < until); })()"
    )
    play(desktop, 2)
    desktop.click("#play")
    ended = now(desktop)
    wait(desktop, lambda: watched(runtime) and abs(watched(runtime)[-1][1] - ended) <= 1)
    [(begin, _end)] = watched(runtime)
    assert abs(begin - begun) <= 1


def test_a_press_on_the_bar_plays_from_there(site: str, desktop: Page) -> None:
    sign_in(desktop, site)
    watch(desktop, site, 0.5)
    bar = desktop.locator("#seen .watched")
    box = bar.bounding_box()
    assert box is not None
    bar.click(position={"x": box["width"] / 2, "y": 5})
    wait(desktop, "document.querySelector('video').currentTime > 50")


def test_the_keyboard_plays_pauses_and_jumps(site: str, desktop: Page) -> None:
    sign_in(desktop, site)
    watch(desktop, site, 0.5)
    desktop.locator("main").focus()
    desktop.keyboard.press(" ")
    assert desktop.evaluate("document.querySelector('video').paused")
    before = now(desktop)
    desktop.keyboard.press("ArrowRight")
    assert now(desktop) == pytest.approx(before + 10, abs=0.5)
    desktop.keyboard.press("ArrowLeft")
    assert now(desktop) == pytest.approx(before, abs=0.5)


def test_what_is_played_while_the_node_is_away_is_kept_and_sent_later(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    sign_in(desktop, site)
    desktop.route(BEAT, lambda route: route.abort())
    watch(desktop, site, 2)
    desktop.click("#play")
    expect(desktop.locator("#trouble")).to_contain_text("与站点机的连接断了")
    assert watched(runtime) == []
    desktop.unroute(BEAT)
    desktop.evaluate("window.dispatchEvent(new Event('online'))")
    expect(desktop.locator("#trouble")).to_be_hidden()
    [(begin, end)] = watched(runtime)
    assert begin == 0
    assert end >= 2


def test_a_sign_in_that_expired_is_asked_for_again_and_nothing_is_lost(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    sign_in(desktop, site)
    watch(desktop, site, 2)
    desktop.context.clear_cookies()
    desktop.click("#play")
    expect(desktop.locator("#again")).to_be_visible()
    desktop.fill("#f-again-pin", "000000")
    desktop.click("#again button")
    expect(desktop.locator("#again-wrong")).to_be_visible()
    desktop.fill("#f-again-pin", PIN)
    desktop.click("#again button")
    expect(desktop.locator("#again")).to_be_hidden()
    wait(desktop, lambda: watched(runtime) and watched(runtime)[0][1] >= 2)


def test_what_one_learner_watched_never_counts_for_the_next_at_the_same_pc(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    sign_in(desktop, site)
    watch(desktop, site, 2)
    beside = desktop.context.new_page()
    sign_in(beside, site, OTHER)  # the same profile: the sign-in is shared
    desktop.evaluate("document.querySelector('video').pause()")
    expect(desktop.locator("#again-why")).to_contain_text("另一位学员")
    assert watched(runtime, learner=OTHER) == []


def test_a_hidden_page_pauses_and_says_what_was_played(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    sign_in(desktop, site)
    watch(desktop, site, 2)
    desktop.evaluate(
        "Object.defineProperty(document, 'hidden', {get: () => true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    assert desktop.evaluate("document.querySelector('video').paused")
    wait(desktop, lambda: watched(runtime))


def say_now(page: Page) -> None:
    """The page reports to the node what was played; returns once the page has the answer."""
    with page.expect_response(BEAT):
        page.evaluate("window.dispatchEvent(new Event('online'))")


def test_the_film_plays_in_one_place_at_a_time(site: str, desktop: Page) -> None:
    sign_in(desktop, site)
    watch(desktop, site, 0.5)
    say_now(desktop)
    second = desktop.context.new_page()
    watch(second, site, 0.5)
    say_now(second)
    # The first plays on; it learns of this at its next report, a regular one or the one made now.
    desktop.evaluate("window.dispatchEvent(new Event('online'))")
    expect(desktop.locator("#trouble")).to_contain_text("另一个页面")
    assert desktop.evaluate("document.querySelector('video').paused")


def test_a_page_is_read_by_a_clock_that_stops_when_nobody_is_there(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    stop_the_clock(desktop)
    sign_in(desktop, site)
    desktop.goto(f"{site}/course/{READING}")
    desktop.mouse.move(300, 300)
    desktop.clock.run_for(10_000)
    wait(desktop, lambda: watched(runtime, READING))
    assert 7 <= watched(runtime, READING)[0][1] <= 12
    desktop.clock.run_for(70_000)
    expect(desktop.locator("#trouble")).to_contain_text("阅读计时已暂停")
    shown = desktop.inner_text("#clock .bar-text")
    desktop.clock.run_for(20_000)
    assert desktop.inner_text("#clock .bar-text") == shown


def test_a_row_is_marked_at_its_second_touch_on_the_same_page(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    sign_in(desktop, site)
    desktop.goto(f"{site}/practice/{COURSE}/practice")
    desktop.evaluate("window.stayed = true")
    desktop.locator(".choice").nth(1).dblclick()  # a habit
    expect(desktop.locator(".drill-say")).to_contain_text("选好了")
    desktop.locator(".choice").first.click()  # it was a slip
    assert runtime.facts.of(LEARNER).practised == {}
    desktop.locator(".choice").first.click()
    expect(desktop.locator("#mark")).to_be_visible()
    assert desktop.evaluate("window.stayed")
    assert len(runtime.facts.of(LEARNER).practised) == 1
    desktop.get_by_role("link", name="回看课件").click()
    desktop.wait_for_url(f"**/course/{FILM}?t=*")


def test_an_answer_that_did_not_arrive_is_not_marked_and_can_be_sent_again(
    site: str, runtime: NodeRuntime, phone: Page
) -> None:
    sign_in(phone, site)
    phone.goto(f"{site}/practice/{COURSE}/practice")
    phone.route("**/api/practice/**", lambda route: route.abort())
    phone.get_by_role("button", name="看对错").click()
    expect(phone.locator("#trouble")).to_contain_text("还没有作答")
    expect(phone.locator("#trouble")).to_be_in_viewport()
    phone.locator(".choice").first.click()
    expect(phone.locator("#trouble")).to_be_hidden()
    phone.get_by_role("button", name="看对错").click()
    expect(phone.locator("#trouble")).to_contain_text("这一题还没有保存")
    expect(phone.locator("#trouble")).to_be_in_viewport()
    expect(phone.locator("form.question #trouble + .actions")).to_be_visible()
    assert runtime.facts.of(LEARNER).practised == {}
    phone.unroute("**/api/practice/**")
    phone.get_by_role("button", name="看对错").click()
    expect(phone.locator("#mark")).to_be_visible()
    expect(phone.locator("#trouble")).to_be_hidden()


def test_practice_works_without_scripts(
    site: str, runtime: NodeRuntime, without_scripts: Page
) -> None:
    page = without_scripts
    sign_in(page, site)
    page.goto(f"{site}/practice/{COURSE}/practice")
    page.locator(".choice").first.click()
    page.get_by_role("button", name="看对错").click()
    expect(page.locator("#mark")).to_be_visible()
    page.get_by_role("link", name="下一题").click()
    expect(page.locator("#mark")).to_have_count(0)
    assert len(runtime.facts.of(LEARNER).practised) == 1


def test_without_scripts_the_player_says_that_nothing_is_counted(
    site: str, without_scripts: Page
) -> None:
    sign_in(without_scripts, site)
    without_scripts.goto(f"{site}/course/{FILM}")
    expect(without_scripts.locator("noscript .message")).to_be_visible()


def test_at_the_end_of_the_film_what_comes_next_stands_over_it(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    sign_in(desktop, site)
    watch(desktop, site, 0.5)
    assert not desktop.evaluate("document.querySelector('video').controls")
    desktop.get_by_role("button", name="1.5 倍").click()
    assert desktop.evaluate("document.querySelector('video').playbackRate") == 1.5
    desktop.evaluate(
        "(() => { const film = document.querySelector('video');"
        " film.currentTime = film.duration - 0.4; })()"
    )
    expect(desktop.locator("#end")).to_contain_text("没看")
    expect(desktop.get_by_role("button", name="补看没看的")).to_be_focused()
    for name in ("#end-gap", "#end-next"):
        expect(desktop.locator(name)).to_be_in_viewport()
    desktop.click("#end-gap")
    expect(desktop.locator("#end")).to_be_hidden()
    wait(desktop, "document.querySelector('video').currentTime < 60")


def test_a_film_that_is_over_before_its_item_is_watched_to_its_end(
    site: str, runtime: NodeRuntime, desktop: Page
) -> None:
    folder = read_folder(SAMPLE)
    real = folder.course.item("video").seconds
    # What the header of a file promised was once taken for its length.
    items = [
        replace(item, seconds=real + 12) if item.id == "video" else item
        for item in folder.course.items
    ]
    _install(runtime, replace(folder, course=replace(folder.course, version=9, items=tuple(items))))
    runtime.store.write(lambda conn: sittings.extend(conn, LEARNER, FILM, 0, real - 2, START))
    sign_in(desktop, site)
    watch(desktop, site, 0.5, f"?t={real - 2}")
    expect(desktop.locator("#end")).to_contain_text("已完成")
    wait(desktop, lambda: watched(runtime) == [(0, real + 12)])
