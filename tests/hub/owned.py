"""A hub in which four units own one of everything, for the tests of rights.

The units stand to the county 4301 as own (itself), lower, upper and sister. Titles and names end in
that word, so that a page shows at once whose things are on it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path

from hub import rights
from hub.authoring import bank_editing, draft_editing, volume_editing
from hub.authoring.draft_plan import ItemPlan, ModulePlan, Plan
from hub.context.open_hub import Hub
from hub.imports import imports, jobs
from hub.materials.import_report import ImportTarget
from hub.people import accounts, roster, unit_tree
from hub.people.accounts import NewAccount
from hub.publishing import classes
from hub.rights import Actor, Deed, Relation, Role
from hub.store import banks, drafts, materials
from hub.store.engine import reading
from tests.hub.actors import actor, actor_at
from tests.hub.conftest import join_station, study

HERE = "4301"
CODES = {
    Relation.OWN: HERE, Relation.LOWER: "430101", Relation.UPPER: "43", Relation.SISTER: "4302",
}  # fmt: skip
_TREE = "\n".join(
    ("code,name,parent", "43,单位-upper,", "4301,单位-own,43", "430101,单位-lower,4301",
     "4302,单位-sister,43")
)  # fmt: skip
_GIFT = "::a::{0} 甲？ {{=对 ~错}}\n\n::b::{0} 乙？ {{=对 ~错}}\n"
_DOCUMENT = "# 文件-{}\n\n第一条 正文。"
# What a request changes besides what it is for.
_NOT_COUNTED = {"session", "audit", "brake", "sqlite_sequence"}


def fill(hub: Hub, folder: Path) -> dict[Relation, dict[str, str]]:
    """Give each of the four units one of everything; what they have, by relation and name."""
    (folder / "org.csv").write_text(_TREE, "utf-8")
    unit_tree.import_org(hub, folder / "org.csv", actor())
    return {relation: _things(hub, folder, relation, code) for relation, code in CODES.items()}


def _things(hub: Hub, folder: Path, relation: Relation, code: str) -> dict[str, str]:
    by = actor_at(hub, code, Role.ADMINISTRATOR, "作者")
    station = join_station(hub, code, believed=False)
    station.send(station.seal(study(f"ghost-{relation}", 0, 9)))
    things = {"code": code, "unit": str(by.roles[0].unit.id), "node": str(station.node)}
    things["ghost"] = f"ghost-{relation}"
    things |= _contents(hub, folder, relation, by)
    things |= _drafts(hub, folder, relation, by, things)
    table = f"学号,姓名,单位\nL-{relation},学员-{relation},{code}\n"
    (folder / "roster.csv").write_text(table, "utf-8")
    done = roster.import_roster(hub, folder / "roster.csv", by)
    assert done.added == 1
    new = NewAccount(f"user-{relation}", "long enough", Role.VIEWER, code, f"账号-{relation}")
    things["account"] = str(accounts.add(hub, actor("boss"), new))
    dates = (date(2026, 1, 1), date(2026, 1, 20))
    classes.put(hub, f"class-{relation}", f"班-{relation}", code, dates, (things["course"],), by)
    things["class"] = f"class-{relation}"
    lecturer = {"name": f"讲师-{relation}", "office": "", "title": "", "field": ""}
    draft_editing.put_lecturer(hub, by, 0, lecturer)
    return things | {"learner": f"L-{relation}", "roster": str(done.number)}


def _contents(hub: Hub, folder: Path, relation: Relation, by: Actor) -> dict[str, str]:
    """A material with its import; a closed bank with a question that was changed; an open one."""
    page = f"<h1>素材-{relation}</h1><p>正文。</p>".encode()
    file = folder / f"素材-{relation}.html"
    file.write_bytes(page)
    report = imports.import_file(hub, file, file.name, by)
    assert report.whole, report.faults
    job = jobs.record(hub, by, len(page), report)
    things = {"material": report.made[0].id, "job": str(job)}
    for name, title in (("bank", "题库"), ("open_bank", "公开")):
        gift = folder / f"{title}-{relation}.gift"
        gift.write_text(_GIFT.format(f"{title}-{relation}"), "utf-8")
        things[name] = imports.import_file(hub, gift, gift.name, by).made[0].id
    bank = int(things["bank"])
    bank_editing.set_open(hub, by, int(things["open_bank"]), True)
    with reading(hub.engine) as connection:
        question = banks.questions(connection, bank)[0]
        row = materials.among(connection, [int(things["material"])])[int(things["material"])]
    assert row.item.file is not None
    bank_editing.remove(hub, by, bank, question.id)
    with reading(hub.engine) as connection:
        before = banks.befores(connection, bank)[0]
        left = banks.questions(connection, bank)[0]
    return things | {"before": str(before.id), "question": left.id, "sha": row.item.file.sha256}


def _drafts(
    hub: Hub, folder: Path, relation: Relation, by: Actor, things: dict[str, str]
) -> dict[str, str]:
    """Drafts in each state, a published course, a library of two volumes."""
    reviewer = actor_at(hub, things["code"], Role.REVIEWER, "审者")
    items = (
        ItemPlan("page1", f"课件-{relation}", "page", material=int(things["material"])),
        ItemPlan("exam1", "考试", "exam", bank=int(things["bank"]), draw=1),
    )
    owned = {}
    for state in ("draft", "review", "approved", "course"):
        plan = Plan(
            f"{state}-{relation}", category="食品安全", modules=(ModulePlan("m1", items=items),)
        )
        owned[state] = draft_editing.make(hub, by, f"{state}-{relation}", plan)
        if state != "draft":
            draft_editing.submit(hub, by, owned[state], 1, "")
        if state in ("approved", "course"):
            draft_editing.approve(hub, reviewer, owned[state], 2, "")
        if state == "course":
            draft_editing.release(hub, by, owned[state], 3, things["code"])
            draft_editing.discard(hub, by, owned[state], 4)
    library = volume_editing.with_volume(Plan(f"资料-{relation}", required=False), "一")
    library = volume_editing.with_volume(library, "二")
    owned["library"] = draft_editing.make(hub, by, f"library-{relation}", library)
    text = _DOCUMENT.format(relation)
    (folder / "d.md").write_text(text, "utf-8")
    target = ImportTarget(volume=f"{owned['library']}/v1")
    report = imports.import_file(hub, folder / "d.md", f"文件-{relation}.md", by, target)
    assert report.whole, report.faults
    with reading(hub.engine) as connection:
        row = drafts.get(connection, rights.scope(by, Deed.WRITE), owned["library"])
    assert row is not None
    owned["edition"] = str(row.edition)
    key = sha256(f"文件-{relation}.md".encode()).hexdigest()[:12]
    return owned | {"document": key}


@contextmanager
def kept_as_it_is(database: Path) -> Iterator[sqlite3.Connection]:
    """A copy of a database in memory, to which ``put_back`` returns it."""
    with closing(sqlite3.connect(":memory:")) as copy, closing(sqlite3.connect(database)) as now:
        now.backup(copy)
        yield copy


def put_back(copy: sqlite3.Connection, database: Path) -> None:
    """Make the database what it was when it was copied."""
    with closing(sqlite3.connect(database)) as now:
        copy.backup(now)


def version(watch: sqlite3.Connection) -> int:
    """Another number after each commit of somebody else to the database of this connection."""
    return int(watch.execute("PRAGMA data_version").fetchone()[0])


def digest(database: Path, *besides: str) -> str:
    """The hash of all rows but those that any request may write, and those of ``besides``."""
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        tables = [
            name for (name,) in connection.execute(query) if name not in {*_NOT_COUNTED, *besides}
        ]
        rows = [list(connection.execute(f'SELECT * FROM "{name}"')) for name in tables]  # noqa: S608
    return sha256(repr(rows).encode()).hexdigest()
