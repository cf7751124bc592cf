"""Every page of the hub, and a small hub in use behind them, for tests of all pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from hub.authoring import draft_editing, volume_editing
from hub.authoring.draft_plan import ItemPlan, ModulePlan, Plan
from hub.config import Config
from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.imports import imports, jobs
from hub.intake import stations
from hub.materials.import_report import ImportTarget
from hub.people import accounts, log_in, roster, second_factor, unit_tree
from hub.people.accounts import NewAccount
from hub.publishing import classes
from hub.publishing.classes import ClassPlan
from hub.store import banks, users
from hub.store.engine import reading, writing
from hub.store.units import by_code
from hub.web.app import create_app
from tests.content.conftest import PDF, mp4
from tests.hub.actors import actor
from tests.hub.conftest import Clock, Station, course, join_station, publish_course, sitting, study
from tests.hub.visitors import PASSWORD

ORG = "代码,名称,上级\n43,云岭省局,\n4301,临江市局,43\n430121,清溪县局,4301\n"
ROSTER = "学号,姓名,单位,职务\nA1,周建国,430121001,所长\nA2,吴秀英,430121001,科员\n"

DOCUMENT = sha256("许可.md".encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class InUse:
    """A hub with a tree, two stations, learners and results; its application and sign-in."""

    app: Flask
    client: FlaskClient
    unit: int
    question: str

    def path(self, path: str) -> str:
        """A page's address with what it names filled in."""
        return path.format(unit=self.unit, question=self.question, document=DOCUMENT)


@contextmanager
def in_use(folder: Path) -> Iterator[InUse]:
    """A small hub that has seen study, passed and failed exams, a silent and a frozen station."""
    password = open_hub.create(Config(data=folder), Clock())
    hub = open_hub.open_hub(folder, Clock())
    (folder / "org.csv").write_text(ORG, "utf-8")
    (folder / "roster.csv").write_text(ROSTER, "utf-8")
    unit_tree.import_org(hub, folder / "org.csv", actor("test"))
    publish_course(hub)
    for version in (1, 2):
        salt = replace(course(version), id="salt", title="食盐检查", required=False)
        publish_course(hub, salt)
    station: Station = join_station(hub, "430121001", "430121", "红旗所", believed=False)
    join_station(hub, "430121002", "430121", "东关所")
    copied = join_station(hub, "430121003", "430121", "西街所")
    stations.set_state(hub, copied.node, "frozen", "test")
    stations.add(hub, "430121004", "test", "北门所", "430121")
    roster.import_roster(hub, folder / "roster.csv", actor("test"), "0")
    records = [study("A1", 0, 90), *sitting("A1"), *sitting("A2", wrong=4)]
    station.send(station.seal(*records))
    station.send(station.seal(*sitting("4301210099")))  # whom nobody knows
    _imports(hub, folder)
    _drafts(hub)
    _library(hub, folder)
    _people(hub)
    _classes(hub)
    with reading(hub.engine) as connection:
        county = by_code(connection, "430121")
        question = banks.questions(connection, 1)[0].id
    assert county is not None
    app = create_app(hub)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    _enter(client, password)
    yield InUse(app, client, county.id, question)
    hub.close()


def _enter(client: FlaskClient, first: str) -> None:
    """Log in as the first administrator, who has to choose another password."""
    answer = client.post("/log-in", data={"name": "admin", "password": first})
    assert answer.location == "/password"
    fields = {"old": first, "new": PASSWORD, "again": PASSWORD}
    assert client.post("/password", data=fields).location == "/"


def _people(hub: Hub) -> None:
    """An account of a county that logs in in two steps, and one that has to change its password."""
    came = NewAccount("li", PASSWORD, "manager", "430121", "李慧", "0731-8412 6655")
    known = accounts.get(hub, actor("test"), accounts.add(hub, actor("test"), came)).user
    with writing(hub.engine) as connection:
        users.put(connection, known.id, must_change=False, totp=second_factor.new_secret())
    log_in.begin_session(hub, known, "10.30.1.21", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
    accounts.add(hub, actor("test"), NewAccount("wang", PASSWORD, "author", "4301", "王建华"))


def _classes(hub: Hub) -> None:
    """Two classes at the same time, one for all and one of a county, of the same course."""
    dates = (date(2026, 11, 12), date(2026, 12, 1))
    for unit, title in (("0", "2026 年第三期"), ("430121", "清溪县补学班")):
        classes.open_class(hub, ClassPlan(title, unit, *dates, ("food",)), actor("admin"))


def _imports(hub: Hub, folder: Path) -> None:
    """Hand in a film with subtitles, a document, a page and a bank with faults."""
    page = "<h1>查验</h1><p>先看<b>票证</b>。</p>"
    bank = "::q1::进货查验看什么？ {=票证 ~天气}\n\n::q2::____ 以上两人。 {=两人 =2人}\n\n坏 {\n"
    files = {
        "讲.mp4": mp4(90),
        "讲.srt": "1\n00:00:01,000 --> 00:00:02,000\n一\n".encode(),
        "义.pdf": PDF,
        "页.html": page.encode(),
        "题.gift": bank.encode(),
    }
    for name, raw in files.items():
        (folder / "given").write_bytes(raw)
        report = imports.import_file(hub, folder / "given", name, actor("admin"))
        jobs.record(hub, actor("admin"), len(raw), report)


def _drafts(hub: Hub) -> None:
    """A course in two modules that is being written, and one that waits for its review."""
    writer = actor("陈编")
    items = (
        ItemPlan("video1", "看课：进货查验怎么做", "video", material=1),
        ItemPlan("pdf1", "讲义：票证一览", "pdf", material=2),
    )
    exam = ItemPlan("exam1", "结业考试", "exam", bank=1, draw=2)
    added = ItemPlan("page1", "本季新规", "page", material=3, required=False)
    modules = (
        ModulePlan("m1", "进货查验基础", items=(*items, exam)),
        ModulePlan("m2", "本季新规", "flexible", (added,)),
        ModulePlan("m3", "案例", "flexible"),
    )
    plan = Plan(
        "进货查验怎么做", "票、证、货对得上，才算查验过。", "王建华", category="食品安全",
        hours="2", credits="1", modules=modules,
    )  # fmt: skip
    draft_editing.make(hub, writer, "check", plan)
    whole = replace(plan, title="计量器具检查", modules=modules[:2])
    draft_editing.make(hub, writer, "waits", whole)
    draft_editing.submit(hub, writer, "waits", 1, "请看第二模块的新规。")
    entry = {"name": "王建华", "office": "临江市局", "title": "高级讲师", "field": "食品安全"}
    draft_editing.put_lecturer(hub, writer, 0, entry)


def _library(hub: Hub, folder: Path) -> None:
    """A library of two volumes that is being written; the second is still empty."""
    writer = actor("陈编")
    plan = volume_editing.with_volume(
        Plan("法规资料", category="食品安全", required=False), "食品安全"
    )
    draft_editing.make(hub, writer, "laws", volume_editing.with_volume(plan, "登记注册"))
    files = {
        "许可.md": "# 食品经营许可管理办法\n\n第一条 依法许可。\n\n## 附则\n\n第二条 施行。",
        "查验.txt": "标题：进货查验制度\n文号：总局令第1号\n发布日期：2026-03-01\n\n应当查验。",
    }
    for name, text in files.items():
        (folder / "given").write_text(text, "utf-8")
        imports.import_file(hub, folder / "given", name, writer, ImportTarget(volume="laws/v1"))


# The view's name and its address; {unit} is a county, {document} one of a library.
PAGES = (
    ("overview.home", "/"),
    ("units.show", "/units/{unit}"),
    ("units.search", "/units?q=所"),
    ("unit_pages.record", "/units/{unit}/record"),
    ("unit_pages.change", "/units/{unit}/change/split"),
    ("units.import_page", "/org/import"),
    ("stations.index", "/stations"),
    ("stations.show", "/stations/1"),
    ("stations.show", "/stations/2"),
    ("stations.note", "/stations/1/note"),
    ("stations.add", "/stations/new"),
    ("stations.replace", "/stations/1/replace"),
    ("stations.revoke", "/stations/1/revoke"),
    ("stations.reset_keeper", "/stations/1/keeper"),
    ("stations.show", "/stations/3"),
    ("stations.unfreeze", "/stations/3/unfreeze"),
    ("aside.listed", "/stations/1/aside"),
    ("aside.listed", "/stations/1/aside?state=counted"),
    ("aside.ask", "/stations/1/aside/ask?learner=4301210099&do=counted"),
    ("aside.ask", "/stations/1/aside/ask?learner=4301210099&do=left"),
    ("stations.index", "/stations?state=waiting&sort=-name&column=code&rows=25"),
    ("station_batch.upload", "/stations/batch"),
    ("station_batch.ask_codes", "/stations/codes?pick=4"),
    ("station_batch.slips", "/stations/slips"),
    ("learners.index", "/learners"),
    ("learners.show", "/learners/A1"),
    ("learners.records", "/learners/A1/records"),
    ("learners.import_page", "/roster/import"),
    ("person.history", "/learners/A1/history"),
    ("person.leave", "/learners/A1/leave"),
    ("person.change", "/learners/A1/change"),
    ("rosters.done", "/roster/imports/1"),
    ("rosters.missing", "/roster/imports/1/missing"),
    ("rosters.undo", "/roster/imports/1/undo"),
    ("results.index", "/results"),
    ("courses.index", "/courses"),
    ("courses.show", "/courses/food"),
    ("courses.end", "/courses/food/end"),
    ("courses.void_version", "/courses/salt/void/1"),
    ("courses.upload", "/courses/new"),
    ("classes.index", "/classes"),
    ("classes.show", "/classes/k1"),
    ("classes.new", "/classes/new?from=k1"),
    ("classes.edit", "/classes/k1/edit"),
    ("classes.end", "/classes/k1/end"),
    ("classes.cancel", "/classes/k1/cancel"),
    ("authoring.index", "/authoring"),
    ("authoring.new", "/authoring/new"),
    ("authoring.show", "/authoring/check"),
    ("authoring.show", "/authoring/waits"),
    ("authoring.about", "/authoring/check/about"),
    ("authoring.add", "/authoring/check/add/m1"),
    ("authoring.item", "/authoring/check/items/exam1"),
    ("lecturers.index", "/lecturers"),
    ("reviewing.preview", "/authoring/check/preview"),
    ("reviewing.preview_item", "/authoring/check/preview/video1"),
    ("reviewing.preview_item", "/authoring/check/preview/exam1"),
    ("reviewing.review", "/authoring/check/review"),
    ("reviewing.review", "/authoring/waits/review"),
    ("reviewing.ask_discard", "/authoring/check/discard"),
    ("reviewing.ask_remove", "/authoring/check/remove?item=exam1"),
    ("reviewing.ask_remove", "/authoring/check/remove?module=m1"),
    ("reviewing.version_changes", "/courses/food/changes/1"),
    ("authoring.show", "/authoring/laws"),
    ("authoring.about", "/authoring/laws/about"),
    ("reviewing.preview", "/authoring/laws/preview"),
    ("reviewing.review", "/authoring/laws/review"),
    ("reviewing.ask_discard", "/authoring/laws/discard"),
    ("library.new", "/library/new"),
    ("library.show", "/authoring/laws/volumes/v1"),
    ("library.show", "/authoring/laws/volumes/v2"),
    ("library.remove_volume", "/authoring/laws/volumes/v2/remove"),
    ("library.document", "/authoring/laws/volumes/v1/{document}"),
    ("library.remove", "/authoring/laws/volumes/v1/{document}/remove"),
    ("materials.index", "/materials"),
    ("materials.take_in", "/materials/import"),
    ("materials.job_list", "/materials/imports"),
    ("materials.job", "/materials/imports/5"),
    ("materials.show", "/materials/1"),
    ("materials.show", "/materials/2"),
    ("banks.index", "/banks"),
    ("banks.show", "/banks/1"),
    ("banks.new", "/banks/new"),
    ("questions.new", "/banks/1/new"),
    ("questions.new", "/banks/1/new?type=matching"),
    ("questions.new", "/banks/1/new?type=numeric"),
    ("questions.show", "/banks/1/questions/{question}"),
    ("auth.governing", "/governing"),
    ("keys.index", "/keys"),
    ("condition.index", "/condition"),
    ("accounts.index", "/accounts"),
    ("accounts.index", "/accounts?q=nobody"),
    ("accounts.show", "/accounts/1"),
    ("accounts.show", "/accounts/2"),
    ("accounts.reset", "/accounts/2/reset"),
    ("audit.index", "/audit"),
    ("look.accessibility", "/accessibility"),
    ("auth.own", "/me"),
    ("auth.password", "/password"),
)
# Answers to stations, files, both steps of the log-in (tested apart), a page after an upload.
NO_PAGES = {
    "auth.log_in",
    "auth.second_step",
    "courses.preview",
    "exchange.blob",
    "exchange.trust",
    "import_preview.file",
    "look.face_file",
    "banks.export",
    "materials.report_file",
    "media.blob",
    "questions.fresh_file",
    "learners.import_columns",
    "units.import_columns",
    "look.own_file",
    "results.workbook",
    "rosters.preview",
    "unit_picker.found",
}
