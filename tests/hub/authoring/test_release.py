"""Publishing what was approved: all of it in one transaction, or nothing of it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from content.source.file_kind import What
from hub import rights
from hub.authoring import draft_editing, draft_plan, volume_editing
from hub.authoring.draft_plan import ItemPlan, Plan
from hub.authoring.errors import NotNow
from hub.context.open_hub import Hub
from hub.facts import derive
from hub.imports import imports
from hub.rights import Deed
from hub.store import audit, courses, drafts, results
from hub.store import orders as stored_orders
from hub.store.engine import reading
from hub.trust import repository
from tests.content.conftest import mp4
from tests.hub.authoring.test_draft_editing import AUTHOR, OTHER, change, look, through
from tests.hub.conftest import join_station, study
from tests.hub.imports.test_whole_imports import Cut

LEARNER = "A1001"


@pytest.fixture
def begun(hub: Hub, tmp_path: Any) -> str:
    """A course of one film that a learner has begun, and its next version, approved."""
    (tmp_path / "given").write_bytes(mp4(90))
    report = imports.import_file(hub, tmp_path / "given", "讲.mp4", AUTHOR)
    assert report.what == What.FILM.value
    film = ItemPlan("", "看课", "video", material=int(report.made[0].id))
    draft_id = draft_editing.make(
        hub, AUTHOR, "c", draft_plan.with_item(Plan("课", category="食品安全"), "m1", film)
    )
    through(hub, draft_id)
    station = join_station(hub, "110101001")
    station.send(station.seal(study(LEARNER, 0, 30, item="c/video1")))
    change(hub, draft_id, summary="第二版")
    draft_editing.submit(hub, AUTHOR, draft_id, look(hub, draft_id).edition, "")
    draft_editing.approve(hub, OTHER, draft_id, look(hub, draft_id).edition, "")
    return draft_id


def release(hub: Hub, draft_id: str) -> None:
    draft_editing.release(hub, OTHER, draft_id, look(hub, draft_id).edition, "0")


def standing(hub: Hub, draft_id: str) -> dict[str, object]:
    """Everything that publishing changes."""
    with reading(hub.engine) as connection:
        newest = courses.newest(connection, draft_id)
        [progress] = results.progress_of(connection, LEARNER)
        return {
            "state": draft_editing.look(
                hub, connection, rights.scope(OTHER, Deed.SHARE), draft_id
            ).state,
            "events": len(drafts.events(connection, draft_id)),
            "newest": newest and newest.version,
            "counted": progress.version,
            "orders": stored_orders.last_mark(connection),
            "audit": audit.latest(connection),
        }


def test_a_draft_that_is_withdrawn_while_it_is_put_together_is_not_published(
    hub: Hub, begun: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = volume_editing.keep

    def meanwhile(*arguments: Any) -> None:
        keep(*arguments)
        draft_editing.withdraw(hub, AUTHOR, begun, look(hub, begun).edition)

    monkeypatch.setattr(volume_editing, "keep", meanwhile)
    with pytest.raises(NotNow, match="draft is draft"):
        release(hub, begun)
    after = standing(hub, begun)
    assert (after["state"], after["newest"], after["counted"]) == ("draft", 1, 1)


STEPS = (
    (volume_editing, "keep"),
    (draft_editing, "seal"),
    (courses, "add"),
    (results, "put_progress"),
    (derive, "judge"),
    (repository, "release"),
    (stored_orders, "put"),
    (drafts, "put"),
    (drafts, "note"),
    (audit, "note"),
)


@pytest.mark.parametrize(
    ("module", "step"), STEPS, ids=lambda value: getattr(value, "__name__", value)
)
def test_publishing_that_is_cut_at_any_step_has_not_begun_and_is_done_again(
    hub: Hub, begun: str, monkeypatch: pytest.MonkeyPatch, module: ModuleType, step: str
) -> None:
    before, done = standing(hub, begun), getattr(module, step)

    def cut(*arguments: Any, **named: Any) -> None:
        done(*arguments, **named)
        raise Cut

    with monkeypatch.context() as broken:
        broken.setattr(module, step, cut)
        with pytest.raises(Cut):
            release(hub, begun)
    assert standing(hub, begun) == before
    release(hub, begun)
    after = standing(hub, begun)
    assert (after["state"], after["newest"], after["counted"]) == ("published", 2, 2)
    lines = audit_lines(hub)
    assert (lines.count("course publish"), lines.count("draft published")) == (2, 2)


def audit_lines(hub: Hub) -> list[str]:
    with reading(hub.engine) as connection:
        return [entry.what for entry in audit.latest(connection)]
