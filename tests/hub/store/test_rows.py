"""For courses being made, store/ gives dataclasses of ours, never database rows."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from hub.store import banks, catalogue, drafts, materials

HUB = Path(__file__).parents[3] / "hub"
ABOVE = ("authoring", "imports", "materials", "publishing", "web/authoring")
ROWS = {"Row", "RowMapping"}


def _classes(module: ModuleType) -> Iterator[type]:
    for _name, each in inspect.getmembers(module, inspect.isclass):
        if each.__module__ == module.__name__:
            yield each


@pytest.mark.parametrize("module", [banks, catalogue, drafts, materials])
def test_values_of_the_store_are_frozen_and_have_slots(module: ModuleType) -> None:
    classes = list(_classes(module))
    assert classes
    for each in classes:
        assert dataclasses.is_dataclass(each)
        assert "__slots__" in vars(each), each
        assert each.__dataclass_params__.frozen, each  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", [banks, catalogue, drafts, materials])
def test_no_public_function_of_the_store_gives_rows_away(module: ModuleType) -> None:
    tree = ast.parse(inspect.getsource(module))
    returned = {
        name.id
        for each in tree.body
        if isinstance(each, ast.FunctionDef) and not each.name.startswith("_") and each.returns
        for name in ast.walk(each.returns)
        if isinstance(name, ast.Name)
    }
    assert not returned & ROWS


@pytest.mark.parametrize("folder", ABOVE)
def test_nobody_above_the_store_knows_rows(folder: str) -> None:
    files = sorted((HUB / folder).glob("*.py"))
    assert files
    for file in files:
        names = {
            alias.name
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module == "sqlalchemy"
            for alias in node.names
        }
        assert not names & ROWS, file
