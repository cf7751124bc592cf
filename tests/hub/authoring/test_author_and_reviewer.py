"""Materials, banks and drafts on both databases: one day of an author and a reviewer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hub import rights
from hub.authoring import (
    bank_editing,
    draft_editing,
    draft_plan,
    volume_documents,
    volume_editing,
)
from hub.authoring.draft_plan import ItemPlan, Plan
from hub.context.open_hub import Hub
from hub.imports import imports, jobs
from hub.materials.import_report import ImportTarget
from hub.rights import Deed
from hub.store import banks, drafts, materials
from hub.store.banks import QuestionFilter
from hub.store.engine import reading
from tests.content.conftest import PDF
from tests.hub.actors import actor
from tests.hub.authoring.test_draft_editing import look

AUTHOR, REVIEWER = actor("作者"), actor("审者")
BANK = "::a::进货_查验%？ {=对 ~错}\n\n::b::乙 {=二 =2}\n"


def _take(hub: Hub, tmp_path: Path, name: str, raw: bytes) -> int:
    (tmp_path / "given").write_bytes(raw)
    report = imports.import_file(hub, tmp_path / "given", name, AUTHOR, ImportTarget())
    jobs.record(hub, AUTHOR, len(raw), report)
    return int(report.made[0].id)


def test_a_day_of_authoring_is_the_same_on_both_databases(hub: Hub, tmp_path: Path) -> None:
    document = _take(hub, tmp_path, "义.pdf", PDF)
    assert _take(hub, tmp_path, "又.pdf", PDF) == document
    bank = _take(hub, tmp_path, "题.gift", BANK.encode())
    with reading(hub.engine) as connection:
        scope = rights.scope(AUTHOR, Deed.SHARE)
        assert materials.listed(connection, scope, "义", "pdf", 9, 0)[0] == 1
        assert materials.jobs(connection, scope, 9, 0)[0] == 3
        assert [row.questions for row in banks.listed(connection, scope)] == [2]
        first, _second = banks.questions(connection, bank)
        for text, count in (("_查验%", 1), ("%", 1), ("z", 0)):
            assert banks.page(connection, bank, QuestionFilter(text=text), 9, 0)[0] == count
        assert [row.count for row in banks.shape(connection, bank)] == [1, 1]
        assert materials.has_blob(connection, scope, "0" * 64) is False
    bank_editing.change(hub, AUTHOR, bank, first.id, replace(first, text="改"))
    number = bank_editing.remove(hub, AUTHOR, bank, first.id)
    bank_editing.bring_back(hub, AUTHOR, bank, number)
    plan = draft_plan.with_item(
        Plan("课", category="食品安全"), "m1", ItemPlan("", "讲义", "pdf", material=document)
    )
    plan = draft_plan.with_item(plan, "m1", ItemPlan("", "考试", "exam", bank=bank, draw=2))
    draft_id = draft_editing.make(hub, AUTHOR, "c", plan)
    draft_editing.share(hub, AUTHOR, draft_id, 1, "m1")
    draft_editing.put_lecturer(
        hub, AUTHOR, 0, dict.fromkeys(("name", "office", "title", "field"), "x")
    )
    draft_editing.submit(hub, AUTHOR, draft_id, 2, "")
    draft_editing.approve(hub, REVIEWER, draft_id, 3, "")
    assert draft_editing.release(hub, REVIEWER, draft_id, 4, "0").course.version == 1
    assert look(hub, draft_id).state == "published"
    with reading(hub.engine) as connection:
        scope = rights.scope(AUTHOR, Deed.SHARE)
        assert [row.version for row in drafts.listed(connection, scope)] == [1]
        assert (
            len(drafts.shared(connection, scope)) == len(drafts.lecturers(connection, scope)) == 1
        )
    draft_editing.discard(hub, AUTHOR, draft_id, 5)
    laws = volume_editing.with_volume(Plan("资料", required=False), "一")
    draft_editing.make(hub, AUTHOR, "laws", laws)
    volume_documents.change(hub, AUTHOR, "laws", "v1", lambda volume: replace(volume, title="二"))
    assert [volume.title for volume in look(hub, "laws").plan.volumes] == ["二"]
