"""Which pages are photographed, and how a person gets there (for ``tests.screens``).

The pages of headquarters in use are in ``tests.screens_hub``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from install.demo import PIN, Demonstration
from tests.screens_courseware import COURSEWARE

STATION = "430121001"
# They know most, know little, only sign in, never sign in; the first letter names the station.
GOOD, WEAK, NEW, LATER = "A1001", "B2003", "A1004", "B2004"
STATION_OF = {"A": "430121001", "B": "430121002"}


@dataclass(frozen=True, slots=True)
class Walker:
    """A person at one browser."""

    page: Page
    demo: Demonstration
    hub: str
    hub_password: str

    @property
    def node(self) -> str:
        return self.demo.nodes[STATION].address

    def at_node(self, path: str) -> None:
        """Open a page of the station."""
        self.page.goto(self.node + path)

    def at_hub(self, path: str) -> None:
        """Open a page of headquarters as its administrator."""
        self.page.goto(f"{self.hub}/log-in")
        if self.page.query_selector("main [name=password]"):  # not yet, in this browser
            self.fill(name="admin", password=self.hub_password)
        self.page.goto(self.hub + path)

    def learner(self, number: str, path: str) -> None:
        """Sign a learner in at their own station and open a page."""
        station = self.demo.nodes[STATION_OF[number[0]]].address
        self.page.goto(f"{station}/sign-in")
        self.fill(number=number, pin=PIN)
        self.page.goto(station + path)

    def keeper(self, path: str) -> None:
        """Sign the keeper in and open a page."""
        self.at_node("/keeper/sign-in")
        self.fill(name="管理员", password=self.demo.keepers[STATION])
        self.at_node(path)

    def course_of(self, number: str) -> str:
        """The course that ``install.demo`` gave to this learner."""
        courses = self.demo.courses
        return courses[sum(map(ord, number)) % len(courses)].id

    def item(self, number: str, kind: str, other: bool = False) -> str:
        """``course/item`` of a kind, in the learner's own course or in one not begun."""
        mine = self.course_of(number)
        course = next(c for c in self.demo.courses if (c.id != mine) == other)
        return f"{course.id}/{next(i.id for i in course.items if i.kind == kind)}"

    def fill(self, **values: str) -> None:
        """Fill a form and send it."""
        for name, value in values.items():
            self.page.fill(f"main [name={name}]", value)
        with self.page.expect_navigation():
            self.page.click("main form .button")


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its file name, what it shows, how to get there; ``paper``: as printed."""

    name: str
    title: str
    go: Callable[[Walker], object]
    paper: bool = False


def _wrong_pin(w: Walker) -> None:
    w.at_node("/sign-in")
    w.fill(number=GOOD, pin="000000")


def _first_pin(w: Walker) -> None:
    w.page.goto(f"{w.demo.nodes[STATION_OF[LATER[0]]].address}/sign-in/slip")
    w.fill(number=LATER, word=w.demo.words[LATER])


def _first_day(w: Walker) -> None:
    word = w.demo.words.pop(NEW, "")
    if not word:
        w.learner(NEW, "/")
        return
    w.at_node("/sign-in/slip")
    w.fill(number=NEW, word=word)
    w.fill(pin=PIN, again=PIN)


def _play(w: Walker) -> None:
    w.learner(GOOD, f"/course/{w.item(GOOD, 'video')}")
    w.page.wait_for_timeout(1500)


def _pdf(w: Walker) -> None:
    w.learner(GOOD, f"/course/{w.item(GOOD, 'pdf')}")
    w.page.wait_for_timeout(1000)


def _practise(w: Walker) -> None:
    w.learner(GOOD, f"/practice/{w.item(GOOD, 'practice', other=True)}")
    w.page.wait_for_load_state("networkidle")
    w.page.click(".choice >> nth=-1")
    w.page.click("#check")
    w.page.wait_for_selector(".question.marked")


def _read_document(w: Walker) -> None:
    w.learner(GOOD, "/library/?q=票据")
    with w.page.expect_navigation():
        w.page.click(".found a >> nth=0")


def _courseware(w: Walker) -> None:
    w.learner(GOOD, f"/course/{COURSEWARE}/talk")
    stage = w.page.frame_locator("#stage iframe").frame_locator("iframe")
    stage.locator("#ready").wait_for()
    w.page.wait_for_load_state("networkidle")


def _drill(q: str, way: str = "") -> Callable[[Walker], None]:
    """One question of the practice that the learner has not begun."""

    def go(w: Walker) -> None:
        w.learner(GOOD, f"/practice/{w.item(GOOD, 'practice', other=True)}?q={q}{way}")
        w.page.wait_for_load_state("networkidle")

    return go


def _match(w: Walker) -> None:
    _drill("p32")(w)
    for n in range(w.page.locator(".match select").count()):
        w.page.select_option(f"#response-{n}", index=n + 1)
    w.page.click("button:has-text('看对错')")
    w.page.wait_for_selector(".question.marked")


def _order(w: Walker) -> None:
    _drill("p31")(w)
    if not w.page.query_selector(".starred"):  # the other size of this picture may have
        w.page.click(".star")
    w.page.wait_for_selector(".starred")
    w.page.click(".order li:nth-child(2) .moves button >> nth=0")
    w.page.click("button:has-text('看对错')")
    w.page.wait_for_selector(".question.marked")


def _count(w: Walker) -> None:
    _drill("p33")(w)
    w.page.fill("[data-number]", "1")
    w.page.click("button:has-text('看对错')")
    w.page.wait_for_selector(".question.marked .katex")


def _mock(w: Walker) -> None:
    w.learner(GOOD, f"/practice/{w.item(GOOD, 'practice', other=True).partition('/')[0]}")
    w.page.click(".mock-card .button >> nth=0")
    w.page.wait_for_url("**/paper*")


def _mock_hand_in(w: Walker) -> None:
    _mock(w)
    w.page.click("#hand-in")
    w.page.wait_for_url("**/hand-in")


def _mock_done(w: Walker) -> None:
    _mock(w)
    w.page.click("#hand-in")
    w.page.click("main form .button >> nth=0")
    w.page.wait_for_url("**/done/*")


def _ways(number: str, other: bool = False) -> Callable[[Walker], None]:
    """The ways to practise a course."""
    return lambda w: w.learner(
        number, f"/practice/{w.item(number, 'practice', other).partition('/')[0]}"
    )


def _sit(w: Walker) -> None:
    w.learner(WEAK, f"/exam/{w.item(WEAK, 'exam', other=True)}")
    if w.page.query_selector(".exam-begin"):
        w.page.click(".exam-begin .button >> nth=0")
    w.page.wait_for_load_state("networkidle")
    for n in (1, 2, 3):
        w.page.click(f"#map li:nth-child({n}) a")
        if w.page.query_selector(f"#q{n} .choice"):
            w.page.click(f"#q{n} .choice >> nth={n % 2}")
        else:
            w.page.fill(f"#q{n} input[type=text]", "许可证")
            w.page.press(f"#q{n} input[type=text]", "Tab")
        w.page.wait_for_selector(f"#map li:nth-child({n}) a.answered")
    shown = next(n for n in range(1, 11) if w.page.query_selector(f"#q{n} .choice"))
    w.page.click(f"#map li:nth-child({shown}) a")


def _hand_in(w: Walker) -> None:
    _sit(w)
    w.page.click("#hand-in")
    w.page.wait_for_load_state()


def _all_well(w: Walker) -> None:
    """With everything synced."""
    w.keeper("/keeper/sync")
    w.page.click("main form .button >> nth=0")
    w.page.wait_for_timeout(4000)
    w.at_node("/keeper/")


def _english(w: Walker) -> None:
    w.learner(GOOD, "/")
    with w.page.expect_navigation():
        w.page.click("footer .button")


def _done(number: str) -> Callable[[Walker], None]:
    return lambda w: w.learner(number, f"/exam/{w.item(number, 'exam')}/done/1")


def _line_limits(speed: str) -> Callable[[Walker], None]:
    """The form of the line's limits, sent; the speed "" is not known."""

    def go(w: Walker) -> None:
        w.keeper("/keeper/line")
        w.page.check("main [name=share][value=half]")
        w.page.select_option("main [name=speed]", speed)
        w.fill(content_hours_from="20:00", content_hours_to="06:30")

    return go


def _supply(peers: str) -> Callable[[Walker], None]:
    """The form of the sources of courses, sent."""

    def go(w: Walker) -> None:
        w.keeper("/keeper/supply")
        w.fill(peers=peers, content_mb="4000")

    return go


NEW_HUB = (
    Shot("hub-sign-in", "总局：登录", lambda w: w.page.goto(f"{w.hub}/log-in")),
    Shot("hub-overview-new", "总局：还没有人学习", lambda w: w.at_hub("/")),
    Shot("node-home-new", "学员：第一天", _first_day),
)

LINE_DOWN = (
    Shot("node-home-down", "学员首页：线路断开", lambda w: w.learner(GOOD, "/")),
    Shot("node-exam-waits", "已交卷，等总局评卷", _done(GOOD)),
    Shot("node-results-waits", "成绩：待评", lambda w: w.learner(GOOD, "/results")),
    Shot("keeper-home-down", "站点概况：线路断开", lambda w: w.keeper("/keeper/")),
    Shot("keeper-sync-down", "同步：线路断开", lambda w: w.keeper("/keeper/sync")),
)

LINE_UP = (
    Shot("keeper-home-act", "站点概况：有一件事要做", lambda w: w.keeper("/keeper/")),
    Shot("keeper-home", "站点概况：一切正常", _all_well),
    Shot("node-sign-in", "学员登录", lambda w: w.at_node("/sign-in")),
    Shot("node-sign-in-wrong", "学员登录：密码不对", _wrong_pin),
    Shot("node-slip", "第一次登录，用登录条", lambda w: w.at_node("/sign-in/slip")),
    Shot("node-account", "我的账号", lambda w: w.learner(GOOD, "/account")),
    Shot("node-pin", "第一次登录，设密码", _first_pin),
    Shot("node-home", "学员首页", lambda w: w.learner(GOOD, "/")),
    Shot("node-home-english", "学员首页，英文", _english),
    Shot("node-course", "课程", lambda w: w.learner(GOOD, f"/course/{w.course_of(GOOD)}")),
    Shot("node-video", "视频：看过的部分", _play),
    Shot("node-pdf", "讲义", _pdf),
    Shot("node-scorm", "互动课件", _courseware),
    Shot("node-page", "阅读", lambda w: w.learner(GOOD, f"/course/{w.item(GOOD, 'page')}")),
    Shot(
        "node-practice", "练习", lambda w: w.learner(GOOD, f"/practice/{w.item(GOOD, 'practice')}")
    ),
    Shot("node-practice-marked", "练习：答完一题", _practise),
    Shot("node-library", "资料库", lambda w: w.learner(GOOD, "/library/")),
    Shot("node-library-found", "资料库：查找", lambda w: w.learner(GOOD, "/library/?q=許可證")),
    Shot("node-library-document", "资料库：一份资料", _read_document),
    Shot("node-practice-ways-new", "练习：还没有开始", _ways(WEAK, True)),
    Shot("node-practice-ordering", "练习：排序", _drill("p31")),
    Shot("node-practice-ordering-marked", "练习：排序，答错", _order),
    Shot("node-practice-matching", "练习：配对", _drill("p32")),
    Shot("node-practice-matching-marked", "练习：配对，评过", _match),
    Shot("node-practice-number-marked", "练习：数值和公式", _count),
    Shot("node-practice-blanks", "练习：几个空", _drill("p34")),
    Shot("node-favourites", "收藏的题", lambda w: w.learner(GOOD, "/favourites")),
    Shot("node-mock", "模拟考试", _mock),
    Shot("node-mock-done", "模拟考试：评过", _mock_done),
    Shot("node-practice-ways", "练习：各种练法", _ways(GOOD, True)),
    Shot("node-mistakes", "错题本", lambda w: w.learner(WEAK, "/mistakes")),
    Shot(
        "node-exam-start",
        "考试之前",
        lambda w: w.learner(GOOD, f"/exam/{w.item(GOOD, 'exam', other=True)}"),
    ),
    Shot("node-exam", "考试", _sit),
    Shot("node-exam-hand-in", "交卷之前", _hand_in),
    Shot("node-exam-passed", "考试结果：合格", _done(GOOD)),
    Shot("node-exam-failed", "考试结果：不合格", _done(WEAK)),
    Shot("node-results", "我的成绩", lambda w: w.learner(GOOD, "/results")),
    Shot("node-results-paper", "我的成绩，打印", lambda w: w.learner(GOOD, "/results"), True),
    Shot(
        "node-receipt",
        "考试的回执，打印",
        lambda w: w.learner(GOOD, f"/results/{w.item(GOOD, 'exam')}/1/receipt"),
        True,
    ),
    Shot("node-refused", "找不到的页面", lambda w: w.learner(GOOD, "/course/none")),
    Shot("keeper-slips", "登录条", lambda w: w.keeper("/keeper/slips/")),
    Shot("keeper-keepers", "站点管理员的账号", lambda w: w.keeper("/keeper/keepers/")),
    Shot("keeper-sign-in", "站点管理员登录", lambda w: w.at_node("/keeper/sign-in")),
    Shot("keeper-learners", "站点学员", lambda w: w.keeper("/keeper/learners")),
    Shot("keeper-learners-paper", "名单，打印", lambda w: w.keeper("/keeper/learners/print"), True),
    Shot("keeper-learner", "一位学员", lambda w: w.keeper(f"/keeper/learners/{GOOD}")),
    Shot("keeper-learners-found", "找一位学员", lambda w: w.keeper("/keeper/learners?q=a10")),
    Shot("keeper-hub", "枢纽的地址", lambda w: w.keeper("/keeper/line/hub")),
    Shot("keeper-reset", "重设密码之前", lambda w: w.keeper(f"/keeper/learners/{GOOD}/pin")),
    Shot("keeper-now", "谁在学习", lambda w: w.keeper("/keeper/now")),
    Shot("keeper-sync", "同步", lambda w: w.keeper("/keeper/sync")),
    Shot("keeper-line", "线路设置", _line_limits("512")),
    Shot("keeper-line-wrong", "线路设置：一半是多少", _line_limits("")),
    Shot("keeper-supply", "课程来源：一台邻机没有回答", _supply("127.0.0.1:9")),
    Shot("keeper-supply-wrong", "课程来源：地址写错", _supply("隔壁那台")),
    Shot("keeper-carry", "U盘摆渡", lambda w: w.keeper("/keeper/carry/")),
    Shot("keeper-receipt", "站点的回执，打印", lambda w: w.keeper("/keeper/sync/receipt"), True),
    Shot("node-mock-hand-in", "模拟考试：交卷之前", _mock_hand_in),
    Shot("keeper-password", "站点管理员密码", lambda w: w.keeper("/keeper/password")),
)
