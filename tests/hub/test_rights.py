"""docs/rights.md against the code: each cell of its table, each address, each verb.

One of everything stands at a county, at its township, at its province and at the county beside it.
People with each role at the county ask for each, and press each button.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from shutil import copytree

import click
import pytest
from flask import Flask
from flask.testing import FlaskClient

from hub import rights
from hub.__main__ import cli
from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.people import roster, unit_tree
from hub.publishing import classes
from hub.rights import GIVES, TABLE, Deed, Relation, Role
from hub.store import roles, units
from hub.store.engine import reading, writing
from hub.store.roles import HeldRole
from hub.web.account import ANYBODY, DEEDS, OPEN, OPEN_BLUEPRINTS
from hub.web.app import create_app
from hub.web.authoring.materials import WORKER
from tests.hub import owned
from tests.hub.actors import actor, actor_at
from tests.hub.addresses import REQUESTS, Request
from tests.hub.conftest import Clock, join_station, publish_course, sitting
from tests.hub.visitors import PASSWORD, account, visitor

PAGE = (Path(__file__).parents[2] / "docs" / "rights.md").read_text("utf-8")
ALLOWED = {200, 302, 303}


def _rows(heading: str) -> list[list[str]]:
    """The rows of the table under a heading of the page, without its first two lines."""
    part = PAGE.split(f"\n## {heading}", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.split("\n") if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


def _relations(cell: str) -> frozenset[Relation]:
    return frozenset(Relation(word) for word in cell.split(", ") if word != "–")


# The page


def test_the_table_of_deeds_and_roles_is_the_one_that_decides() -> None:
    written = {
        Deed(row[0]): {role: _relations(cell) for role, cell in zip(Role, row[2:], strict=True)}
        for row in _rows("1. Deeds and roles")
    }
    decides = {deed: {role: TABLE[deed].get(role, frozenset()) for role in Role} for deed in Deed}
    assert written == decides


def test_every_address_has_its_deed_on_the_page(app: Flask) -> None:
    answers = {}
    for rule in app.url_map.iter_rules():
        methods = "/".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        view = app.view_functions[rule.endpoint]
        deeds = " or ".join(getattr(view, DEEDS, ()))
        is_open = rule.endpoint in OPEN or rule.endpoint.split(".")[0] in OPEN_BLUEPRINTS
        answers[f"{methods} {rule}"] = deeds or (
            "anybody" if hasattr(view, ANYBODY) else "open" if is_open else "nothing"
        )
    assert answers == {address: deed for address, deed in _rows("2. Addresses")}


def test_every_verb_has_its_deed_on_the_page() -> None:
    assert sorted(_verbs(cli)) == sorted(verb for verb, _deed in _rows("4. Verbs"))
    assert {deed for _verb, deed in _rows("4. Verbs")} <= set(Deed)


def test_the_roles_that_one_gives_are_those_of_the_page() -> None:
    written = {
        Role(role): frozenset(map(Role, given.split(", "))) for role, given in _rows("3. Accounts")
    }
    assert written == GIVES


def _verbs(group: click.Group, before: str = "") -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _verbs(command, f"{before}{name} ")
        else:
            yield f"{before}{name}"


# The cells


@dataclass
class World:
    """The hub, what its four units own, and a browser for each role at the county."""

    hub: Hub
    app: Flask
    things: dict[Relation, dict[str, str]]
    browsers: dict[Role, FlaskClient]
    database: Path
    as_it_is: sqlite3.Connection
    digest: str
    watch: sqlite3.Connection

    def ask(self, role: Role, request: Request, relation: Relation) -> int:
        """Send a request about the thing of one of the units; the status of the answer."""
        things, browser = self.things[relation], self.browsers[role]
        path = request.path.format(**things)
        if request.form is None:
            return browser.get(path).status_code
        form = {name: value.format(**things) for name, value in request.form.items()}
        return browser.post(path, data=form).status_code

    def prepare(self, request: Request) -> str:
        """Do to the database what the request wants done first; its digest then."""
        if not request.first:
            return self.digest
        with writing(self.hub.engine) as connection:
            connection.exec_driver_sql(request.first)
        return owned.digest(self.database)


class NoWorker:
    """Takes imports and does none: what they do is no part of who may begin them."""

    def give(self, _job: object) -> None:
        return None


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("rights")
    hub = open_hub.open_hub(copytree(sqlite_template, folder / "hub"), Clock())
    things = owned.fill(hub, folder)
    app = create_app(hub)
    app.extensions[WORKER] = NoWorker()
    app.config["WTF_CSRF_ENABLED"] = False
    browsers = {}
    for role in Role:
        account(hub, f"the-{role}", role, owned.HERE)
        browsers[role] = app.test_client()
        entered = browsers[role].post("/log-in", data={"name": f"the-{role}", "password": PASSWORD})
        assert entered.status_code == 303
    database = folder / "hub" / "hub.db"
    with owned.kept_as_it_is(database) as copy, closing(sqlite3.connect(database)) as watch:
        digest = owned.digest(database)
        yield World(hub, app, things, browsers, database, copy, digest, watch)
    hub.close()


@pytest.fixture(scope="module")
def app(world: World) -> Flask:
    return world.app


def _deed(world: World, request: Request) -> Deed:
    deeds = getattr(world.app.view_functions[request.endpoint], DEEDS)
    return Deed(request.deed or deeds[0])


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_each_cell_is_as_the_table_says(world: World, request_: Request) -> None:
    deed, wrong = _deed(world, request_), []
    for role in Role:
        for relation in Relation:
            may = relation in TABLE[deed].get(role, frozenset()) & request_.reaches
            before = world.prepare(request_)
            commits = owned.version(world.watch)
            status = world.ask(role, request_, relation)
            committed = owned.version(world.watch) != commits
            changed = committed and owned.digest(world.database) != before
            if changed or request_.first:
                owned.put_back(world.as_it_is, world.database)
            fits = status in (ALLOWED if may else {*request_.refused, 403})
            if not fits or changed != (may and request_.form is not None):
                wrong.append((role.value, relation.value, status, "changed" if changed else "same"))
    assert wrong == []


def test_every_address_that_names_a_thing_is_tried(app: Flask) -> None:
    tried = {(request.endpoint, request.form is not None) for request in REQUESTS}
    by_token = {
        "questions.fresh_file", "courses.preview", "units.import_now", "learners.import_now",
        "rosters.preview", "station_batch.carry_out", "import_preview.file",
        "learners.import_columns", "units.import_columns",
    }  # fmt: skip
    named = {
        (rule.endpoint, method == "POST")
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST"}
        if rule.arguments and hasattr(app.view_functions[rule.endpoint], DEEDS)
    }
    assert sorted(place for place in named - tried if place[0] not in by_token) == []


LISTS = [
    ("/learners", Deed.SEE_FIGURES, "学员-{}"),
    ("/stations", Deed.SEE_FIGURES, "单位-{}"),
    ("/results", Deed.SEE_FIGURES, ""),
    ("/results.xlsx", Deed.SEE_FIGURES, ""),
    ("/units?q=单位", Deed.SEE_FIGURES, "单位-{}"),
    ("/courses", Deed.SEE_COURSES, "course-{}"),
    ("/classes", Deed.SEE_COURSES, "班-{}"),
    ("/authoring", Deed.SEE_DRAFTS, "draft-{}"),
    ("/materials/imports", Deed.SEE_DRAFTS, "素材-{}"),
    ("/materials", Deed.SHARE, "素材-{}"),
    ("/banks", Deed.SHARE, "公开-{}"),
    ("/banks", Deed.SEE_DRAFTS, "题库-{}"),
    ("/accounts", Deed.KEEP_ACCOUNTS, "账号-{}"),
    ("/audit", Deed.GOVERN, ""),
    ("/keys", Deed.GOVERN, ""),
    ("/courses/new", Deed.GOVERN, ""),
    ("/org/import", Deed.KEEP_UNITS, ""),
    ("/roster/import", Deed.KEEP_PEOPLE, ""),
    ("/classes/new", Deed.KEEP_CLASSES, ""),
    ("/stations/new", Deed.KEEP_STATIONS, ""),
    ("/stations/batch", Deed.KEEP_STATIONS, ""),
    ("/stations/slips", Deed.KEEP_STATIONS, ""),
    ("/units.json?q=单位&for=keep-classes", Deed.SEE_FIGURES, ""),
    ("/authoring/new", Deed.WRITE, ""),
    ("/library/new", Deed.WRITE, ""),
    ("/banks/new", Deed.WRITE, ""),
    ("/materials/import", Deed.WRITE, ""),
]


@pytest.mark.parametrize(("path", "deed", "name"), LISTS, ids=lambda value: str(value))
def test_a_list_shows_what_its_deed_reaches(world: World, path: str, deed: Deed, name: str) -> None:
    for role, browser in world.browsers.items():
        answer = browser.get(path)
        answer.close()
        # Nothing of the whole hub belongs to a county.
        reached = frozenset() if deed is Deed.GOVERN else TABLE[deed].get(role, frozenset())
        assert answer.status_code == (200 if reached else 403), role
        if name and reached:
            shown = {each for each in Relation if name.format(each) in answer.text}
            assert shown == reached, role


def test_what_is_of_the_whole_hub_opens_for_the_top_units_administrators_only(
    world: World,
) -> None:
    governing = [path for path, deed, _name in LISTS if deed is Deed.GOVERN]
    for role in Role:
        account(world.hub, f"top-{role}", role)
        browser = world.app.test_client()
        browser.post("/log-in", data={"name": f"top-{role}", "password": PASSWORD})
        expected = 200 if role is Role.ADMINISTRATOR else 403
        assert [browser.get(path).status_code for path in governing] == [expected] * len(governing)
    owned.put_back(world.as_it_is, world.database)


def test_lecturers_are_seen_down_the_line_and_changed_by_their_own(world: World) -> None:
    page = world.browsers[Role.AUTHOR].get("/lecturers").text
    assert {each for each in Relation if f"讲师-{each}" in page} == TABLE[Deed.SHARE][Role.AUTHOR]
    before = owned.digest(world.database)
    for number, relation in enumerate(owned.CODES, 1):  # as they were made
        form = {"id": str(number), "away": "1"}
        status = world.browsers[Role.AUTHOR].post("/lecturers", data=form).status_code
        changed = owned.digest(world.database) != before
        owned.put_back(world.as_it_is, world.database)
        mine = relation in TABLE[Deed.WRITE][Role.AUTHOR]
        assert (status == 303, changed) == (mine, mine), relation
    assert world.browsers[Role.REVIEWER].get("/lecturers").status_code == 403


@pytest.mark.parametrize("role", Role, ids=str)
def test_a_table_of_learners_or_units_reaches_what_is_below_only(world: World, role: Role) -> None:
    """That somebody imported a file is noted, whether or not it changed anything."""
    browser = world.browsers[role]
    for kind, deed in (("roster", Deed.KEEP_PEOPLE), ("org", Deed.KEEP_UNITS)):
        for relation, code in owned.CODES.items():
            rows = {
                "roster": f"学号,姓名,单位\nL-{relation},改名,{code}\nN1,新人,{code}\n",
                "org": f"code,name,parent\n{code}88,新所,{code}\n",
            }[kind]
            before = owned.digest(world.database, "roster_import")
            file = (BytesIO(rows.encode()), "t.csv")
            page = browser.post(f"/{kind}/import", data={"file": file}, follow_redirects=True)
            may = relation in TABLE[deed].get(role, frozenset())
            if not TABLE[deed].get(role):
                assert page.status_code == 403
                continue
            token = re.findall(rf'/{kind}/import/([\w-]+)"', page.text)[0]
            done = browser.post(f"/{kind}/import/{token}", data={"name": "t.csv"})
            changed = owned.digest(world.database, "roster_import") != before
            owned.put_back(world.as_it_is, world.database)
            assert (done.status_code, changed) == (303, may), (kind, relation)


def test_an_author_of_a_county_cannot_take_over_the_course_of_the_province(world: World) -> None:
    """By page, by form and by what a form names: bank numbers can be typed."""
    author, upper = world.browsers[Role.AUTHOR], world.things[Relation.UPPER]
    before = owned.digest(world.database)
    assert author.post(f"/authoring/next/{upper['course']}").status_code == 403
    assert author.get(f"/authoring/{upper['draft']}").status_code == 404
    own = world.things[Relation.OWN]
    for kind in ("practice", "exam"):
        form = {"kind": kind, "bank": upper["bank"], "edition": "1"}
        assert author.post(f"/authoring/{own['draft']}/add/m1", data=form).status_code == 400
    item = {"title": "考试", "bank": upper["bank"], "draw": "1", "minutes": "30", "edition": "1"}
    item |= {"pass_percent": "60", "attempts": "1"}
    assert author.post(f"/authoring/{own['draft']}/items/exam1", data=item).status_code == 404
    assert owned.digest(world.database) == before


def test_a_copy_says_where_it_is_from_and_brings_no_question_of_an_exam(world: World) -> None:
    author, upper = world.browsers[Role.AUTHOR], world.things[Relation.UPPER]
    answer = author.post(f"/authoring/copy/{upper['course']}")
    draft_id = answer.location.rsplit("/", 1)[1]
    page = author.get(answer.location).text
    assert f"{upper['course']} v1" in page
    with reading(world.hub.engine) as connection:
        questions = connection.exec_driver_sql(
            "SELECT count(*) FROM question WHERE bank_id NOT IN (SELECT id FROM bank WHERE id <= 8)"
        ).scalar()
        unit = connection.exec_driver_sql(
            "SELECT unit.code FROM draft JOIN unit ON unit.id = draft.unit_id WHERE draft.id = ?",
            (draft_id,),
        ).scalar()
    owned.put_back(world.as_it_is, world.database)
    assert (questions, unit) == (0, owned.HERE)


def test_whoever_holds_no_role_may_do_nothing() -> None:
    nobody = rights.Actor("nobody")
    assert not any(rights.may(nobody, deed, "/1/") or nobody.can(deed) for deed in Deed)


def test_several_roles_add_up_and_a_lower_one_is_within_a_higher(world: World) -> None:
    county = actor_at(world.hub, owned.HERE, Role.AUTHOR)
    with reading(world.hub.engine) as connection:
        sister = units.by_code(connection, "4302")
        lower = units.by_code(connection, "430101")
    assert sister is not None
    assert lower is not None
    more = (HeldRole(Role.MANAGER, sister), HeldRole(Role.AUTHOR, lower))
    both = rights.Actor("both", (*county.roles, *more))
    assert [unit.code for unit in rights.scope(both, Deed.WRITE).tops] == [owned.HERE]
    assert rights.may(both, Deed.KEEP_PEOPLE, sister.path)
    assert not rights.may(both, Deed.WRITE, sister.path)
    seen = rights.scope(both, Deed.SEE_FIGURES)
    assert [unit.code for unit in seen.tops] == [owned.HERE, "4302"]
    with reading(world.hub.engine) as connection:
        assert roles.of_users(connection, []) == {}


def test_right_answers_are_for_the_owner_and_only_when_no_class_runs(
    sqlite_hub: Hub, tmp_path: Path
) -> None:
    (tmp_path / "org.csv").write_text("code,name,parent\n43,云岭,\n", "utf-8")
    unit_tree.import_org(sqlite_hub, tmp_path / "org.csv", actor())
    station = join_station(sqlite_hub, "4301", "43", "清河所")
    (tmp_path / "r.csv").write_text("学号,姓名,单位\nA1,周建国,4301\n", "utf-8")
    roster.import_roster(sqlite_hub, tmp_path / "r.csv", actor())
    publish_course(sqlite_hub)
    station.send(station.seal(*sitting("A1", wrong=2)))
    people = {
        name: visitor(sqlite_hub, name, role, unit)
        for name, role, unit in (
            ("author", "author", ""), ("viewer", "viewer", ""), ("manager", "manager", ""),
            ("county", "author", "43"),
        )
    }  # fmt: skip
    seen = {name: "正确答案" in who.get("/learners/A1") for name, who in people.items()}
    assert seen == {"author": True, "viewer": False, "manager": False, "county": False}
    assert all("答对" in who.get("/learners/A1") for who in people.values())
    dates = (date(2026, 11, 1), date(2026, 11, 30))
    classes.put(sqlite_hub, "c1", "第一期", "43", dates, ("food",), actor())
    assert "正确答案" not in people["author"].get("/learners/A1")
