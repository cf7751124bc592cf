"""The arrows between folders, read from every import in the product (nothing is imported here)."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("sync", "content", "node", "hub", "install")

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
    "cryptography": {"sync.signing", "sync.secrets", "sync.sealing"},
    "sqlalchemy": {"hub.store"},
    "alembic": {"hub.store"},
    "psycopg": {"hub.store"},
    "sqlite_utils": {"node.store"},
    "requests": {"node.link.http_client", "install.learner"},
    "waitress": {"node", "hub"},
}
# Types that a caller of store/ hands on without looking inside.
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
def _modules() -> tuple[tuple[str, ast.Module], ...]:
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    return tuple(
        (name.removesuffix(".__init__"), ast.parse(path.read_text(encoding="utf-8")))
        for name, path in zip(names, paths, strict=True)
    )


def _imports(module: str, tree: ast.Module) -> Iterator[str]:
    """Every name that ``module`` imports, relative imports written out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")[: -node.level]
                base = ".".join([*above, base]).strip(".")
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


@cache
def _all_imports() -> list[tuple[str, str]]:
    return [(name, seen) for name, tree in _modules() for seen in _imports(name, tree)]


def _within(name: str, allowed: set[str]) -> bool:
    return any(name == one or name.startswith(one + ".") for one in allowed)


def test_no_folder_imports_against_its_arrows() -> None:
    against = [
        f"{name} imports {seen}"
        for name, seen in _all_imports()
        if seen.split(".")[0] in {*FOLDERS, "tests"}
        and seen.split(".")[0] not in ARROWS[name.split(".")[0]]
    ]
    assert against == []


@pytest.mark.parametrize("library", sorted(ONE_USER))
def test_each_library_at_the_edge_has_one_place(library: str) -> None:
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
        for name, tree in _modules()
        if _reads_environment(tree) and not _within(name, {"install", "node.config", "hub.config"})
    }
    assert readers == set()


def test_no_module_is_named_after_nothing() -> None:
    banned = {"utils", "util", "helpers", "common", "misc", "core"}
    assert [name for name, _ in _modules() if name.rpartition(".")[2] in banned] == []


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
        for name, tree in _modules()
        if not _within(name, {"node.store", "hub.store", "node.keeper.backup"})
        and _calls(tree, {"execute", "executemany", "executescript", "scalars"})
    }
    assert elsewhere == set()
