"""The audit log's page: words for every code, and a search by these words."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from content.face import words
from hub.context.open_hub import Hub
from hub.store import audit
from hub.store.audit import AuditEntry
from hub.store.audit_events import EVENTS
from hub.store.engine import writing
from hub.web import audit_words
from tests.hub.visitors import visitor

ROOT = Path(__file__).parents[3]


def test_every_event_has_its_words_and_no_words_are_left_over() -> None:
    assert sorted(audit_words._events()) == sorted(EVENTS)


@pytest.mark.parametrize("what", sorted(EVENTS))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_words_of_an_event_name_each_of_its_parameters_once(what: str, language: str) -> None:
    words.use(words.load(ROOT / "hub" / "words"), language)
    deed, *parts = audit_words._events()[what]
    assert sorted(re.findall(r"%\((\w+)\)s", " ".join(parts))) == sorted(EVENTS[what])
    assert "%" not in deed


@pytest.mark.parametrize(
    ("what", "parameters", "text"),
    [
        (
            "roster import",
            {"file": "名册: 一.csv", "imported": 8, "rows": 9},
            "名册: 一.csv：9 行，导入 8 行",
        ),
        ("org import", {"file": "org.csv", "added": 5}, "org.csv：新增 5 个单位"),
        ("station add", {"unit": "430121001", "node": 2}, "430121001，站点机 2 号"),
        (
            "station join",
            {"unit": "4301", "node": 2, "key": "ab-cd"},
            "4301，站点机 2 号，密钥 ab-cd",
        ),
        ("station frozen", {"node": 3}, "站点机 3 号"),
        ("cloned", {"epoch": 2}, "第 2 代"),
        ("cloned", {"epoch": 0}, "第 0 代"),
        ("other-history", {"epoch": 4}, "第 4 代"),
        ("fork", {"epoch": 1, "seq": 7, "hash": "ab"}, "第 1 代第 7 条起，指纹 ab"),
        ("course publish", {"course": "food", "version": 3}, "food 第 3 版"),
        ("course void", {"course": "food", "version": 2, "why": "少一课"}, "food 第 2 版：少一课"),
        ("class", {"class_id": "2026-1", "unit": "0"}, "2026-1，单位 0"),
        (
            "account add",
            {"account": "chen wei", "role": "author", "unit": "4301"},
            "chen wei，编写课程，4301",
        ),
        ("account add", {"account": "li", "role": "viewer", "unit": ""}, "li，只查看"),
        ("draft returned", {"draft": "food", "comment": "100%(n)s"}, "food，100%(n)s"),
        ("draft submitted", {"draft": "food", "comment": ""}, "food"),
        (
            "content import",
            {"file": "题.gift", "imported": 2, "same": 1, "refused": 1, "total": 4},
            "题.gift：收下 2，以前就有 1，退回 1，共 4",
        ),
        ("question change", {"bank": 3, "question": "q1"}, "题库 3 号，题 q1"),
        ("facts rebuild", {"records": 9, "digest": "ab"}, "9 条记录，指纹 ab"),
        ("key rotate", {"generation": 1, "key": "ab"}, "第 1 代密钥，指纹 ab"),
        ("log in", {"source": "10.0.0.9"}, "10.0.0.9"),
        ("course publish", {}, "as noted"),
        ("not known yet", {"node": 1}, "as noted"),
    ],
)
def test_what_a_row_was_about_is_said_in_words(
    what: str, parameters: Mapping[str, str | int], text: str
) -> None:
    words.use(words.load(ROOT / "hub" / "words"), "zh")
    assert audit_words.particulars(AuditEntry(1, "chen", what, "as noted", parameters)) == text


def test_the_log_is_searched_by_the_words_that_it_shows(sqlite_hub: Hub) -> None:
    with writing(sqlite_hub.engine) as connection:
        audit.note(connection, 1, "node 7", "station join", unit="4301", node=7, key="ab-cd")
        audit.note(connection, 2, "command line", "class", class_id="2026-1", unit="0")
    came = visitor(sqlite_hub)
    for text in ("站点机接入", "站点机 7 号", "密钥", "ab-cd"):
        page = came.get(f"/audit?q={text}")
        assert "4301，站点机 7 号，密钥 ab-cd" in page
        assert "2026-1" not in page
    page = came.get("/audit?q=命令行")
    assert "枢纽命令行" in page
    assert "站点机接入" not in page
    assert "没有找到记录" in came.get("/audit?q=没有的事")
    assert "没有找到记录" in came.get("/audit?q=class_id")  # a parameter's name is not searched


def test_the_log_reads_in_english_too(sqlite_hub: Hub) -> None:
    with writing(sqlite_hub.engine) as connection:
        audit.note(connection, 1, "node 7", "station join", unit="4301", node=7, key="ab-cd")
    came = visitor(sqlite_hub)
    came.client.set_cookie("lang", "en")
    assert "4301, node no. 7, key ab-cd" in came.get("/audit?q=node joined")
