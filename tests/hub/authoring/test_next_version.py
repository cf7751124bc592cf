"""The next version and copies of a course, begun by two officers at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from content.model.checks.value_checks import is_id
from content.model.terms import Licence, Origin
from hub import rights
from hub.authoring import draft_editing, next_version
from hub.authoring.draft_plan import Plan
from hub.context.open_hub import Hub
from hub.errors import LicenceCounted
from hub.people import unit_tree
from hub.rights import Deed
from hub.store import drafts, json_values
from hub.store.engine import reading
from hub.store.scope import whole
from tests.hub.actors import actor, actor_at
from tests.hub.conftest import course, publish_course


@pytest.mark.parametrize(
    ("begin", "ids"),
    [(next_version.begin, ["food", "food"]), (next_version.copy, ["food-0", "food-0-1"])],
    ids=["next version", "copy"],
)
def test_two_officers_who_begin_at_once_both_get_a_draft(
    hub: Hub,
    monkeypatch: pytest.MonkeyPatch,
    begin: Callable[[Hub, rights.Actor, str], str],
    ids: list[str],
) -> None:
    publish_course(hub)
    keep, beginning, second_done = draft_editing.begin, Event(), Event()

    def slowly(*given: Any) -> None:
        beginning.set()
        second_done.wait(1)  # the second waits for a lock of ours, or is done by then
        keep(*given)

    monkeypatch.setattr(draft_editing, "begin", slowly)
    monkeypatch.setattr(next_version, "_kept", lambda *_given: 0)  # its film is nowhere
    with ThreadPoolExecutor(1) as beside:
        first = beside.submit(begin, hub, actor("a"), "food")
        assert beginning.wait(20)
        monkeypatch.setattr(draft_editing, "begin", keep)
        second = begin(hub, actor("b"), "food")
        second_done.set()
        assert [first.result(20), second] == ids
    with reading(hub.engine) as connection:
        rows = drafts.listed(connection, rights.scope(actor(), Deed.SEE_DRAFTS))
    assert sorted(row.id for row in rows) == sorted(set(ids))


@pytest.mark.parametrize("code", ["清河", "a" * 40, "4301.清河"])
def test_a_copy_gets_an_id_whatever_the_units_code_is(
    sqlite_hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    (tmp_path / "o.csv").write_text(f"code,name,parent\n{code},清河,\n", "utf-8")
    unit_tree.import_org(sqlite_hub, tmp_path / "o.csv", actor())
    publish_course(sqlite_hub)
    monkeypatch.setattr(next_version, "_kept", lambda *_given: 0)  # its film is nowhere
    draft_id = next_version.copy(sqlite_hub, actor_at(sqlite_hub, code), "food")
    assert is_id(draft_id)
    assert draft_id.startswith("food")


def test_a_course_that_is_licensed_for_a_number_of_stations_is_not_copied(
    sqlite_hub: Hub,
) -> None:
    publish_course(sqlite_hub, replace(course(), licence=Licence("某社", "", 3)))
    with pytest.raises(LicenceCounted, match="3 stations"):
        next_version.copy(sqlite_hub, actor(), "food")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("", "", Licence()), ("exchanged", "总局", Licence("总局"))),
        (("self", "清河所", Licence()), ("exchanged", "清河所", Licence("总局"))),
        (("bought", "", Licence("某社", "2027-06-30")),
         ("bought", "总局", Licence("某社", "2027-06-30"))),
    ],
)  # fmt: skip
def test_what_is_copied_keeps_its_author_and_its_terms(
    sqlite_hub: Hub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: tuple[Origin, str, Licence],
    after: tuple[Origin, str, Licence],
) -> None:
    (tmp_path / "o.csv").write_text("code,name,parent\n4301,清河,\n", "utf-8")
    unit_tree.import_org(sqlite_hub, tmp_path / "o.csv", actor())
    origin, source, licence = before
    theirs = replace(course(), origin=origin, source=source, licence=licence, lecturer="王老师")
    publish_course(sqlite_hub, theirs)
    monkeypatch.setattr(next_version, "_kept", lambda *_given: 0)  # its film is nowhere
    draft_id = next_version.copy(sqlite_hub, actor_at(sqlite_hub, "4301"), "food")
    with reading(sqlite_hub.engine) as connection:
        row = drafts.get(connection, whole(connection), draft_id)
    assert row is not None
    plan = json_values.read(Plan, row.body)
    terms = Licence(plan.licence_holder, plan.licence_expires, plan.licence_stations)
    assert (plan.lecturer, (plan.origin, plan.source, terms)) == ("王老师", after)
