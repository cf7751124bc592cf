"""The audit log's rows: codes with parameters, also for rows first noted as texts."""

import ast
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from hub.context.open_hub import Hub
from hub.store import audit, engine, schema
from hub.store.audit import AuditFilter
from hub.store.audit_events import EVENTS
from hub.store.engine import migrate, reading, writing
from tests.hub.postgresql import new_database

ROOT = Path(__file__).parents[3]

# Each event as it was noted before parameters were kept beside the text.
NOTED: list[tuple[str, str, dict[str, str | int]]] = [
    ("account add", "c w author 43", {"account": "c w", "role": "author", "unit": "43"}),
    ("account add", "li viewer ", {"account": "li", "role": "viewer", "unit": ""}),
    ("account close", "li", {"account": "li"}),
    ("account open", "li", {"account": "li"}),
    ("bank away", "食品 一", {"title": "食品 一"}),
    ("bank back", "食品 一", {"title": "食品 一"}),
    ("bank begin", "3 食品 一", {"bank": 3, "title": "食品 一"}),
    ("bank rename", "3 食品 二", {"bank": 3, "title": "食品 二"}),
    ("class", "2026-1 0", {"class_id": "2026-1", "unit": "0"}),
    ("cloned", "epoch 2", {"epoch": 2}),
    (
        "content import", "题 a.gift 2+1+1=4",
        {"file": "题 a.gift", "imported": 2, "same": 1, "refused": 1, "total": 4},
    ),
    ("course publish", "food 3", {"course": "food", "version": 3}),
    ("draft approved", "food", {"draft": "food", "comment": ""}),
    ("draft begin", "food 食品 安全", {"draft": "food", "title": "食品 安全"}),
    ("draft discard", "food 食品", {"draft": "food", "title": "食品"}),
    ("draft published", "food", {"draft": "food", "comment": ""}),
    ("draft returned", "food 改\n再送", {"draft": "food", "comment": "改\n再送"}),
    ("draft submitted", "food", {"draft": "food", "comment": ""}),
    ("draft withdrawn", "food", {"draft": "food", "comment": ""}),
    ("facts rebuild", "9 records ab", {"records": 9, "digest": "ab"}),
    ("fork", "epoch 1 seq 7 hash ab", {"epoch": 1, "seq": 7, "hash": "ab"}),
    ("init", "/srv/hub", {"folder": "/srv/hub"}),
    ("key rotate", "generation 1 key ab-cd", {"generation": 1, "key": "ab-cd"}),
    ("lecturer", "0 王", {"lecturer": 0, "name": "王"}),
    ("log in", "10.0.0.9", {"source": "10.0.0.9"}),
    ("material away", "片 1", {"title": "片 1"}),
    ("material back", "片 1", {"title": "片 1"}),
    ("module share", "food 模块", {"draft": "food", "title": "模块"}),
    ("org import", "org: a.csv: 5 added", {"file": "org: a.csv", "added": 5}),
    ("other-history", "epoch 4", {"epoch": 4}),
    ("password changed", "", {}),
    ("question add", "3 q1", {"bank": 3, "question": "q1"}),
    ("question back", "3 q1", {"bank": 3, "question": "q1"}),
    ("question change", "3 q1", {"bank": 3, "question": "q1"}),
    ("question remove", "3 q1", {"bank": 3, "question": "q1"}),
    ("roster import", "一.csv: 8 of 9", {"file": "一.csv", "imported": 8, "rows": 9}),
    ("roster withdraw", "1001", {"learner": "1001"}),
    ("station active", "node 3", {"node": 3}),
    ("station add", "430121001 node 2", {"unit": "430121001", "node": 2}),
    ("station frozen", "node 3", {"node": 3}),
    ("station join", "4301 node 2 key ab-cd", {"unit": "4301", "node": 2, "key": "ab-cd"}),
    ("station revoke", "4301 node 2", {"unit": "4301", "node": 2}),
    ("station revoked", "node 2", {"node": 2}),
    ("trust", "root v2; 2 of 3", {"changes": "root v2; 2 of 3"}),
    # What matches no pattern stays as it was noted.
    ("course publish", "anything else", {}),
    ("account add", "li emperor 4301", {}),
    ("of a release to come", "node 3", {}),
]  # fmt: skip


_databases = count(1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of the release before audit rows had parameters."""
    address = f"sqlite:///{tmp_path / 'old.db'}"
    if request.param == "postgresql":
        server, _template = request.getfixturevalue("postgresql")
        address = new_database(server, f"old_audit{next(_databases)}")
    opened = engine.open_engine(address)
    migrate(opened, "0007")
    yield opened
    opened.dispose()


def _calls() -> Iterator[tuple[str, set[str], set[str]]]:
    """Each call of ``audit.note`` in the hub: where, the codes it may note, its parameters."""
    for path in sorted((ROOT / "hub").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            known = _values(tree.body) | _values(ast.walk(function))
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.note":
                    where = f"{path.relative_to(ROOT)}:{node.lineno}"
                    assert len(node.args) == 4, where
                    codes = _codes(node.args[3], known)
                    assert codes, f"{where}: which event it is must be read without running it"
                    yield where, codes, {str(keyword.arg) for keyword in node.keywords}


def _values(nodes: Iterable[ast.AST]) -> dict[str, ast.expr]:
    """The expression assigned to each name."""
    return {
        node.targets[0].id: node.value
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _codes(expression: ast.expr, known: dict[str, ast.expr]) -> set[str]:
    """The texts that an expression may give: itself, one of two, or an entry of a table."""
    match expression:
        case ast.Constant(str(text)):
            return {text}
        case ast.IfExp():
            return _codes(expression.body, known) | _codes(expression.orelse, known)
        case ast.Subscript(ast.Name(table)) if isinstance(known.get(table), ast.Dict):
            entries = known[table]
            assert isinstance(entries, ast.Dict)
            return {code for entry in entries.values for code in _codes(entry, known)}
        case ast.Name(name) if name in known:
            return _codes(known[name], known)
    return set()


def test_each_event_is_noted_with_its_parameters() -> None:
    wrong = [
        f"{where}: {code!r} with {sorted(parameters)}"
        for where, codes, parameters in _calls()
        for code in codes
        if code not in EVENTS or set(EVENTS[code]) != parameters
    ]
    assert wrong == []


def test_no_event_is_known_that_nobody_notes() -> None:
    noted = {code for _where, codes, _parameters in _calls() for code in codes}
    # Rows of an older release may say it.
    assert sorted(set(EVENTS) - noted) == ["roster withdraw"]


def test_rows_of_an_older_database_get_the_parameters_that_their_text_tells(old: Engine) -> None:
    with writing(old) as connection:
        for at, (code, detail, _parameters) in enumerate(NOTED):
            row = {"at": at, "user": "chen", "what": code, "detail": detail}
            connection.execute(insert(schema.audit).values(row))
    migrate(old)
    with reading(old) as connection:
        entries = audit.latest(connection)[::-1]
    assert [(each.what, each.detail, each.parameters) for each in entries] == NOTED
    assert [each.at for each in entries] == list(range(len(NOTED)))


def test_every_event_of_an_older_database_gets_the_parameters_it_has_today() -> None:
    parameters_of = {code: set(parameters) for code, _detail, parameters in NOTED if parameters}
    # Parameters and events that came later were never noted the old way.
    assert {code for code in parameters_of if not parameters_of[code] <= set(EVENTS[code])} == set()


def test_an_older_database_with_many_rows_is_filled_to_its_end(old: Engine) -> None:
    rows = [
        {"at": at, "user": "a", "what": "cloned", "detail": f"epoch {at}"} for at in range(4001)
    ]
    with writing(old) as connection:
        connection.execute(insert(schema.audit), rows)
    migrate(old)
    with reading(old) as connection:
        entries = audit.latest(connection, 5_000)
    assert [each.parameters["epoch"] for each in entries] == list(range(4000, -1, -1))


def test_a_row_keeps_its_parameters_and_is_found_by_their_values(hub: Hub) -> None:
    with writing(hub.engine) as connection:
        audit.note(connection, 1, "chen", "course publish", course="食品\"'{}\\", version=3)
        audit.note(connection, 2, "chen", "password changed")
    with reading(hub.engine) as connection:
        named = AuditFilter("食品\"'{}\\")
        [entry] = audit.search(connection, named, 10, 0)
        total = audit.count(connection, named)
        assert audit.count(connection, AuditFilter("version")) == 0
        newest = audit.latest(connection, 1)[0]
    assert (total, dict(entry.parameters)) == (1, {"course": "食品\"'{}\\", "version": 3})
    assert (newest.what, newest.detail, newest.parameters) == ("password changed", "", {})
