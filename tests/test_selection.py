"""The tests that a change can reach, chosen in a small project of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.import_graph import ROOT
from tests.selection import changed_since, select

FILES = {
    "sync/__init__.py": "",
    "sync/batch.py": "",
    "node/__init__.py": "",
    "node/__main__.py": "from node.web import app",
    "node/errors.py": "",
    "node/store/__init__.py": "",
    "node/store/db.py": "from sync import batch",
    "node/web/__init__.py": "",
    "node/web/app.py": "def app():\n    from node.store import db",
    "node/web/templates/page.html": "",
    "node/web/static/exam/exam.js": "",
    "hub/__init__.py": "",
    "hub/errors.py": "",
    "tests/__init__.py": "",
    "tests/conftest.py": 'pytest_plugins = ["tests.browser"]',
    "tests/browser.py": "",
    "tests/starting.py": 'COMMAND = ["python", "-m"]',
    "tests/test_docs.py": "",
    "tests/node/__init__.py": "",
    "tests/node/conftest.py": "from node.errors import NodeError",
    "tests/node/test_db.py": "from node.store.db import Database",
    "tests/node/test_app.py": "import node.web.app",
    "tests/hub/__init__.py": "",
    "tests/hub/test_errors.py": "import hub.errors",
    "tests/together/__init__.py": "",
    "tests/together/test_line.py": "from tests.starting import COMMAND",
}
APP, DB, LINE = "tests/node/test_app.py", "tests/node/test_db.py", "tests/together/test_line.py"
DOCS, HUB = "tests/test_docs.py", "tests/hub/test_errors.py"
ALL = {APP, DB, LINE, DOCS, HUB}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "chosen"),
    [
        ("sync/batch.py", {APP, DB, LINE}),  # through others, inside functions, by a command
        ("node/store/db.py", {APP, DB, LINE}),
        ("node/web/app.py", {APP, LINE}),
        ("node/web/templates/page.html", {APP, LINE}),
        ("node/web/static/exam/exam.js", {APP, LINE}),
        ("node/errors.py", {APP, DB}),  # by the conftest beside them
        ("node/store/gone.py", set()),
        ("hub/errors.py", {HUB}),
        ("tests/hub/test_errors.py", {HUB}),
        ("tests/starting.py", {LINE}),
        ("tests/browser.py", ALL),  # a plug-in of all tests
        ("tests/node/__init__.py", {APP, DB}),
        ("tests/js/exam.test.mjs", set()),
        ("pyproject.toml", ALL),
        ("README.md", set()),
    ],
)
def test_a_test_is_chosen_when_the_change_reaches_it(
    project: Path, changed: str, chosen: set[str]
) -> None:
    assert set(select([changed], project)) == chosen | {DOCS}


def test_a_test_is_chosen_whose_import_was_deleted(project: Path) -> None:
    (project / "hub/errors.py").unlink()
    assert HUB in select(["hub/errors.py"], project)


def test_without_a_change_nothing_is_chosen(project: Path) -> None:
    assert select([], project) == []


def test_changes_are_counted_from_where_the_branch_began(project: Path) -> None:
    def git(*arguments: str) -> None:
        author = ["-c", "user.name=test", "-c", "user.email=test@invalid"]
        subprocess.run(["git", *author, *arguments], cwd=project, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "Begin")
    git("switch", "-qc", "branch")
    (project / "hub/errors.py").write_text("changed = 1", "utf-8")
    git("mv", "sync/batch.py", "sync/chain.py")
    git("commit", "-qam", "Change")
    (project / "node/new.py").write_text("", "utf-8")
    (project / "node/errors.py").write_text("changed = 1", "utf-8")
    git("switch", "-q", "main")
    (project / "README.md").write_text("of others", "utf-8")
    git("add", "README.md")
    git("commit", "-qm", "Work of others")
    git("switch", "-q", "branch")
    mine = ["hub/errors.py", "node/errors.py", "node/new.py", "sync/batch.py", "sync/chain.py"]
    assert changed_since("main", project) == mine


def test_each_page_of_the_node_is_tested_when_its_template_changes() -> None:
    chosen = select(["node/web/templates/base.html"])
    assert "tests/node/web/test_axe.py" in chosen
    assert "tests/sync/test_batch.py" not in chosen
    assert all((ROOT / file).exists() for file in chosen)
