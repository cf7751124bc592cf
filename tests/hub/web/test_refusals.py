"""Refusals are said in the reader's words, with what to do next; logs keep the error's own text."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

import hub.web.app  # noqa: F401  its modules hold all errors that pages can meet
from content.face import words
from hub.context.open_hub import Hub
from hub.errors import HubError, InputError, MachineError
from hub.intake.errors import ProofFailed
from hub.web import refusals
from tests.hub.visitors import stranger, visitor

GIVEN: dict[str, Any] = {
    "int": 7, "str": "X-1", "date": date(2026, 12, 1), "tuple[str, ...]": ("第一列",),
    "collections.abc.Mapping[str, str]": {"title": "请填名称。"},
    "content.model.faults.faults.Fault | None": None,
}  # fmt: skip


def _errors(base: type[HubError] = HubError) -> Iterator[type[HubError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _errors(kind)


def _name(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _made(kind: type[HubError]) -> HubError:
    """An error of this class, with something for each of its fields."""
    init = inspect.signature(kind.__init__).parameters.values()
    own = [field for field in init if field.name != "self" and field.kind.name != "VAR_POSITIONAL"]
    fields = [field for field in own if field.kind.name != "VAR_KEYWORD"]
    return kind(*(GIVEN[_name(field.annotation)] for field in fields))


REFUSALS = sorted(
    {
        kind
        for kind in _errors()
        if not issubclass(kind, MachineError) and kind not in (InputError, ProofFailed)
        and kind.__module__.startswith("hub.")
    },
    key=lambda kind: kind.code,
)  # fmt: skip


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.code)
def test_every_refusal_has_words_of_its_own_in_chinese(kind: type[HubError]) -> None:
    assert refusals.is_known(kind.code)
    for text in refusals.said(_made(kind)):
        foreign = re.sub(r"X-1|xlsx|csv|UTF-8", "", text)
        assert not re.search(r"[A-Za-z]{2,}", foreign), text
        assert re.search(r"[\u4e00-\u9fff]", text)


def test_every_refusal_has_its_english_too() -> None:
    from hub.web.layout import FACE

    words.use(FACE.catalogue, "en")
    try:
        said = [text for kind in REFUSALS for text in refusals.said(_made(kind))]
    finally:
        words.use(FACE.catalogue, "zh")
    assert [text for text in said if re.search(r"[\u4e00-\u9fff]", text)] == []


def test_no_page_shows_the_sentence_that_is_meant_for_the_log(sqlite_hub: Hub) -> None:
    """Each refusal that a form can meet, sent as a form sends it."""
    came = visitor(sqlite_hub)
    for path, form in (
        ("/authoring/nothing/review", {"what": "submit"}),
        ("/authoring/next/nothing", {}),
        ("/roster/import/" + "x" * 20, {}),
        ("/stations/batch/" + "x" * 20, {}),
        ("/banks/99", {"what": "away"}),
        ("/classes/new", {"title": "班", "unit": "0", "course": "none", "opens": "2026-12-01",
                          "closes": "2026-12-20"}),
        ("/accounts/99", {"do": "close"}),
    ):  # fmt: skip
        page = came.post(path, **form)
        assert page.status_code >= 400, path
        text = re.sub(r"<(script|style|svg|title)\b.*?</\1>|<details.*?</details>|<[^>]*>", "",
                      page.text, flags=re.DOTALL)  # fmt: skip
        assert not re.search(r"[a-z]{3,} [a-z]{3,}", text.replace("English", "")), text


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
    assert "store-unavailable" in came.text
    assert stranger(sqlite_hub).client.get("/log-in").status_code == 200  # needs no database


def test_what_the_person_can_put_right_is_still_said_to_be_theirs(sqlite_hub: Hub) -> None:
    reader = visitor(sqlite_hub)
    came = reader.client.get("/units/no-such-unit")
    assert came.status_code == 404
    assert "请稍后再试；仍不行请告诉总局管理员。" not in came.text
