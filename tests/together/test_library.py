"""A library from headquarters' pages to a station's search: published, changed, found."""

from __future__ import annotations

from pathlib import Path

from hub import rights
from hub.authoring import draft_editing, volume_documents, volume_editing
from hub.authoring.draft_plan import Plan
from hub.context.open_hub import Hub
from hub.imports import imports
from hub.materials.import_report import ImportTarget
from hub.rights import Deed
from hub.store.engine import reading
from node.learning.library import Query
from node.runtime import NodeRuntime
from tests.hub.actors import actor
from tests.lab import PARENT, joined, running_hub

AUTHOR, REVIEWER = actor("作者"), actor("审者")


def _give(hub: Hub, place: Path, name: str, raw: bytes) -> None:
    place.write_bytes(raw)
    report = imports.import_file(hub, place, name, AUTHOR, ImportTarget(volume="laws/v1"))
    assert report.whole, report.faults


def _publish(hub: Hub) -> None:
    def edition() -> int:
        with reading(hub.engine) as connection:
            return draft_editing.look(
                hub, connection, rights.scope(AUTHOR, Deed.SHARE), "laws"
            ).edition

    draft_editing.submit(hub, AUTHOR, "laws", edition(), "")
    draft_editing.approve(hub, REVIEWER, "laws", edition(), "")
    draft_editing.release(hub, AUTHOR, "laws", edition(), PARENT)


def _found(runtime: NodeRuntime, text: str) -> list[tuple[str, str]]:
    runtime.courier.sync()
    runtime.courier.fetch_content()
    runtime.library.catch_up()
    query, shelves = Query.of(text), runtime.library.shelves()
    assert query is not None
    hits = runtime.library.search(query, None, 20, 0, shelves).found
    return [(hit.entry.shelf.title, hit.entry.title) for hit in hits]


def test_what_headquarters_shelves_is_found_at_a_station(tmp_path: Path) -> None:
    plan = volume_editing.with_volume(Plan("法规", category="食品安全", required=False), "食品安全")
    with running_hub(tmp_path / "hub") as (hub, port):
        draft_editing.make(hub, AUTHOR, "laws", plan)
        _give(hub, tmp_path / "f", "许可.md", "# 许可办法\n\n依法取得許可。".encode("gb18030"))
        _give(hub, tmp_path / "f", "查验.txt", "进货查验\n应当查验。".encode("utf-16"))
        _publish(hub)
        runtime = NodeRuntime.open(joined(tmp_path / "node", hub, port, "440601"))
        try:
            assert _found(runtime, "许可") == [("食品安全", "许可办法")]
            _give(hub, tmp_path / "f", "查验.txt", "查验记录\n保存两年。".encode())
            volume_documents.change(hub, AUTHOR, "laws", "v1", volume_editing.by_title)
            _publish(hub)
            assert _found(runtime, "两年") == [("食品安全", "查验记录")]
            assert _found(runtime, "应当") == []
        finally:
            runtime.close()
