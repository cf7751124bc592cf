"""The audit log's page: words for every code, and words that are searched for."""

import ast
from pathlib import Path

import pytest

from content.face import words
from hub.context.open_hub import Hub
from hub.store import audit
from hub.store.engine import writing
from hub.web import audit_words
from tests.hub.visitors import visitor

ROOT = Path(__file__).parents[3]


def _noted() -> set[str]:
    """The deeds that are named where ``audit.note`` is called."""
    found: set[str] = set()
    for path in sorted((ROOT / "hub").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.note":
                said = node.args[3]
                if isinstance(said, ast.Constant):
                    found.add(str(said.value))
    return found


def test_every_deed_that_is_noted_has_its_words() -> None:
    noted = _noted()
    assert {"init", "trust", "station join"} <= noted
    assert sorted(what for what in noted if audit_words.deed(what) == what) == []


@pytest.mark.parametrize(
    ("what", "detail", "said"),
    [
        ("roster import", "名册: 一.csv: 8 of 9", "名册: 一.csv：9 行，导入 8 行"),
        ("org import", "org.csv: 5 added", "org.csv：新增 5 个单位"),
        ("station add", "430121001 node 2", "430121001，站点机 2 号"),
        ("station join", "4301 node 2 key ab-cd", "4301，站点机 2 号，密钥 ab-cd"),
        ("station frozen", "node 3", "站点机 3 号"),
        ("cloned", "epoch 2", "第 2 代"),
        ("other-history", "epoch 4", "第 4 代"),
        ("fork", "epoch 1 seq 7 hash ab", "第 1 代第 7 条起，指纹 ab"),
        ("course publish", "food 3", "food 第 3 版"),
        ("class", "2026-1 0", "2026-1，单位 0"),
        ("account add", "chen author 4301", "chen，编写课程，4301"),
        ("account add", "li viewer ", "li，只查看"),
        ("content import", "题.gift 2+1+1=4", "题.gift：收下 2，以前就有 1，退回 1，共 4"),
        ("question change", "3 q1", "题库 3 号，题 q1"),
        ("facts rebuild", "9 records ab", "9 条记录，指纹 ab"),
        ("key rotate", "generation 1 key ab", "第 1 代密钥，指纹 ab"),
        ("log in", "10.0.0.9", "10.0.0.9"),
        ("course publish", "anything else", "anything else"),
    ],
)
def test_what_a_row_was_about_is_said_in_words(what: str, detail: str, said: str) -> None:
    words.use(words.load(ROOT / "hub" / "words"), "zh")
    assert audit_words.particulars(what, detail) == said


def test_the_log_is_searched_by_the_words_that_it_shows(sqlite_hub: Hub) -> None:
    with writing(sqlite_hub.engine) as connection:
        audit.note(connection, 1, "node 7", "station join", "4301 node 7 key ab-cd")
        audit.note(connection, 2, "command line", "class", "2026-1 0")
    came = visitor(sqlite_hub)
    for text in ("站点机接入", "站点机 7 号"):
        page = came.get(f"/audit?q={text}")
        assert "4301，站点机 7 号，密钥 ab-cd" in page
        assert "2026-1" not in page
    page = came.get("/audit?q=命令行")
    assert "枢纽命令行" in page
    assert "站点机接入" not in page
    assert "没有找到记录" in came.get("/audit?q=没有的事")
