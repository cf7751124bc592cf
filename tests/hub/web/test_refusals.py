"""What the hub says when the machine, and not the person, is at fault."""

from __future__ import annotations

from hub.context.open_hub import Hub
from tests.hub.visitors import stranger, visitor


def test_a_database_that_cannot_be_read_is_not_said_to_be_the_reader_s_to_correct(
    sqlite_hub: Hub,
) -> None:
    reader = visitor(sqlite_hub)
    sqlite_hub.engine.dispose()
    broken = b"what a dying disk gives instead of a database" * 100
    for name in ("hub.db-wal", "hub.db-shm"):
        (sqlite_hub.config.data / name).unlink(missing_ok=True)
    (sqlite_hub.config.data / "hub.db").write_bytes(broken)
    came = reader.client.get("/")
    assert came.status_code == 503
    assert "请稍后再试；仍不行请告诉总局管理员。" in came.text
    assert "改正" not in came.text
    assert "database is not available" in came.text
    assert stranger(sqlite_hub).client.get("/log-in").status_code == 200  # needs no database


def test_what_the_person_can_put_right_is_still_said_to_be_theirs(sqlite_hub: Hub) -> None:
    reader = visitor(sqlite_hub)
    came = reader.client.get("/units/no-such-unit")
    assert came.status_code == 404
    assert "请稍后再试；仍不行请告诉总局管理员。" not in came.text
