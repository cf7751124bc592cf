"""The arrows between folders, read from every import in the product (nothing is imported here)."""

import ast
from collections import Counter
from functools import cache

import pytest

from tests.import_graph import PRODUCT, ROOT, circles, edges, imports, modules

# folder -> the folders of ours that it may import
ARROWS = {
    "sync": {"sync"},
    "content": {"content", "sync"},
    "node": {"node", "content", "sync"},
    "hub": {"hub", "content", "sync"},
    "install": {"install", "node", "hub", "content", "sync"},
}
# library -> the only modules that may import it
ONE_USER = {
    "cryptography": {"sync.signing", "sync.secrets", "sync.sealing", "content.media.pdf.aes"},
    "sqlalchemy": {"hub.store"},
    "alembic": {"hub.store"},
    "psycopg": {"hub.store"},
    "sqlite_utils": {"node.store"},
    "requests": {"node.link.http_client", "install.learner", "install.first_log_in"},
    "waitress": {"node", "hub"},
}
# Types that a caller of store/ may pass on but not use.
HANDED_ON = {"sqlalchemy"} | {f"sqlalchemy.{n}" for n in ("Engine", "Connection", "RowMapping")}
# What sync/ must not know: files, sockets, SQL, web servers, clocks.
NOT_IN_SYNC = {"flask", "requests", "socket", "sqlite3", "sqlite_utils", "time", "waitress"}
# Libraries of the hub extra: a station does not have them.
ONLY_WITH_HUB = {
    "sqlalchemy",
    "alembic",
    "psycopg",
    "flask_login",
    "python_calamine",
    "xlsxwriter",
    "defusedxml",
}


@cache
def _all_imports() -> list[tuple[str, str]]:
    return [(name, seen) for name, tree in modules() for seen in imports(name, tree)]


def _within(name: str, allowed: set[str]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in allowed)


# The rooms of each program, from top to bottom. An import goes down, or stays in its room; rooms of
# one row do not import each other. Planned rooms have their places kept: at the hub
# exams, terms, outcomes, voices, operations and rights; at the node proctoring, classes and
# operations; policy beside facts in sync.
LAYERS = {
    "hub": (
        "__main__",
        "cli",
        "operations server",
        "web",
        "imports",
        "authoring",
        "intake reports",
        "exams outcomes terms voices",
        "publishing",
        "films materials",
        "people",
        "facts",
        "context",
        "trust",
        "orders",
        "rights",
        "store",
        "config",
        "errors",
    ),
    "node": (
        "__main__",
        "web",
        "sign_in",
        "keeper operations",
        "runtime",
        "stick",
        "courier",
        "relay",
        "courses",
        "exchange",
        "link",
        "classes learning proctoring",
        "store",
        "threads",
        "clock config",
        "hours",
        "calendar",
        "errors",
    ),
    "content": (
        "samples",
        "face source",
        "packs",
        "questions",
        "questions.gift questions.paper questions.qti",
        "questions.moodle questions.table",
        "questions.model",
        "cells scorm word",
        "transfer",
        "media",
        "text",
        "model",
    ),
}
# The rooms of content that a station has; all others are for the hub only.
CONTENT_OF_A_NODE = {"content." + room for room in "model packs transfer text face".split()}
# Folders that may grow: one module for each table or step. sync follows its specification.
MAY_GROW = {"hub.store", "hub.store.migrations.versions", "node.store", "sync"}
MOST_MODULES = 14


def room_of(program: str, module: str) -> tuple[int, str] | None:
    """The row and the room of a module; the innermost named room."""
    inside = module.removeprefix(program + ".")
    places = [
        (row, room)
        for row, rooms in enumerate(LAYERS[program])
        for room in rooms.split()
        if _within(inside, {room})
    ]
    return max(places, key=lambda place: len(place[1]), default=None)


def test_no_modules_import_each_other_in_a_circle(capsys: pytest.CaptureFixture[str]) -> None:
    import_circles = circles(edges())
    with capsys.disabled():
        print(f"\nimport circles: {len(import_circles)}")
    assert import_circles == []


def test_a_circle_is_found_also_through_a_third_module() -> None:
    small = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert circles(small) == [["a", "b", "c"]]


@pytest.mark.parametrize("program", sorted(LAYERS))
def test_every_module_has_a_room(program: str) -> None:
    homeless = [
        name
        for name, _ in modules()
        if name.startswith(program + ".") and room_of(program, name) is None
    ]
    assert homeless == []


@pytest.mark.parametrize("program", sorted(LAYERS))
def test_no_import_runs_up_a_layer(program: str) -> None:
    against = []
    for name, others in edges().items():
        for other in others:
            if not (name.startswith(program + ".") and other.startswith(program + ".")):
                continue
            here, there = room_of(program, name), room_of(program, other)
            assert here is not None
            assert there is not None
            if here[1] != there[1] and here[0] >= there[0]:
                against.append(f"{name} imports {other}")
    assert against == []


def test_no_folder_has_more_modules_than_one_can_overlook(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sizes = Counter(
        ".".join(path.relative_to(ROOT).parts[:-1])
        for folder in PRODUCT
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "__init__.py"
    )
    with capsys.disabled():
        print(f"\nlargest folders: {sizes.most_common(6)}")
    crowded = {name for name, size in sizes.items() if size > MOST_MODULES and name not in MAY_GROW}
    assert crowded == set()


def test_a_station_imports_only_its_rooms_of_content() -> None:
    foreign = [
        f"{name} imports {seen}"
        for name, others in edges().items()
        if _within(name, {"node"})
        for seen in others
        if _within(seen, {"content"}) and not _within(seen, CONTENT_OF_A_NODE)
    ]
    assert foreign == []


# One public class name means one thing; these are allowed twice, each for its reason.
SAME_NAME = {
    "Class": "the same class, as the hub keeps it and as a station was told of it",
    "Config": "each program's settings; none ever sees the other's",
    "InputError": "each program's own branch of the tree of errors (STYLE: one base a package)",
    "Learner": "the same person, as the hub keeps him and as a station was told of him",
    "MachineError": "each program's own branch of the tree of errors",
    "WrongPassword": "each program's own log-in",
}


def test_one_class_name_means_one_thing() -> None:
    where: dict[str, list[str]] = {}
    for name, tree in modules():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where.setdefault(node.name, []).append(name)
    twice = {name: places for name, places in where.items() if len(places) > 1}
    assert set(twice) == set(SAME_NAME), twice


def test_no_folder_imports_against_its_arrows() -> None:
    against = [
        f"{name} imports {seen}"
        for name, seen in _all_imports()
        if seen.split(".")[0] in {*PRODUCT, "tests"}
        and seen.split(".")[0] not in ARROWS[name.split(".")[0]]
    ]
    assert against == []


@pytest.mark.parametrize("library", sorted(ONE_USER))
def test_each_library_at_the_edge_has_oneroom_of(library: str) -> None:
    elsewhere = {
        name
        for name, seen in _all_imports()
        if seen.split(".")[0] == library
        and seen not in HANDED_ON
        and not _within(name, ONE_USER[library])
    }
    assert elsewhere == set()


def test_sync_knows_no_files_sockets_sql_or_clocks() -> None:
    known = [
        f"{name} imports {seen}"
        for name, seen in _all_imports()
        if _within(name, {"sync"}) and seen.split(".")[0] in NOT_IN_SYNC
    ]
    assert known == []


def test_a_station_needs_no_library_of_the_hub() -> None:
    needed = [
        f"{name} imports {seen}"
        for name, seen in _all_imports()
        if _within(name, {"node", "sync"}) and seen.split(".")[0] in ONLY_WITH_HUB
    ]
    assert needed == []


@pytest.mark.parametrize("end", ["node", "hub"])
def test_store_knows_nothing_of_web_pages(end: str) -> None:
    upwards = [
        f"{name} imports {seen}"
        for name, seen in _all_imports()
        if _within(name, {f"{end}.store"}) and _within(seen, {f"{end}.web", "flask"})
    ]
    assert upwards == []


def _reads_environment(tree: ast.Module) -> bool:
    """``os.environ``, not ``request.environ``: that is the WSGI request."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and not (isinstance(node.value, ast.Name) and node.value.id == "request")
        for node in ast.walk(tree)
    )


def test_only_config_reads_the_environment() -> None:
    readers = {
        name
        for name, tree in modules()
        if _reads_environment(tree) and not _within(name, {"install", "node.config", "hub.config"})
    }
    assert readers == set()


def test_no_module_is_named_after_nothing() -> None:
    banned = {"utils", "util", "helpers", "common", "misc", "core"}
    assert [name for name, _ in modules() if name.rpartition(".")[2] in banned] == []


def _calls(tree: ast.Module, methods: set[str]) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in methods
        for node in ast.walk(tree)
    )


def test_databases_are_spoken_to_in_store_only() -> None:
    elsewhere = {
        name
        for name, tree in modules()
        if not _within(name, {"node.store", "hub.store", "node.keeper.backup"})
        and _calls(tree, {"execute", "executemany", "executescript", "scalars"})
    }
    assert elsewhere == set()
