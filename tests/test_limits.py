"""docs/limits.md against the code: each constant has the value that is told, each test is there."""

from __future__ import annotations

import importlib
import re
from dataclasses import fields
from pathlib import Path

import pytest

import hub.config
import node.config

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "limits.md").read_text("utf-8")
ROWS = [
    line for line in TEXT.splitlines() if line.startswith("| ") and "where it is set" not in line
]
CONSTANT = re.compile(r"`((?:\w+\.)+)([A-Z][A-Z0-9_]*)` \(([0-9.]+)\)")
SETTING = re.compile(r"`(\w+)` in `(hub|node)\.toml`")
CONSTANTS = [match.groups() for match in CONSTANT.finditer(TEXT)]


@pytest.mark.parametrize(("module", "name", "told"), CONSTANTS, ids=lambda part: str(part))
def test_a_limit_in_the_document_is_the_one_in_the_code(module: str, name: str, told: str) -> None:
    value = getattr(importlib.import_module(module.rstrip(".")), name)
    assert told == str(value)


def test_every_limit_says_where_it_is_set_and_which_test_tries_it() -> None:
    assert len(ROWS) > 20
    for row in ROWS:
        _, what, most, where, test, _ = row.split("|")
        assert what.strip(), row
        assert most.strip(), row
        assert CONSTANT.search(where) or SETTING.search(where), row
        # Nothing that looks like a name in capitals is left without its value.
        assert len(re.findall(r"\.[A-Z][A-Z0-9_]+`", where)) == len(CONSTANT.findall(where)), row
        assert (ROOT / test.strip().strip("`")).is_file(), row


def test_every_setting_in_the_document_exists() -> None:
    known = {
        "hub": {field.name for field in fields(hub.config.Config)},
        "node": {field.name for field in fields(node.config.Config)},
    }
    named = [match.groups() for match in SETTING.finditer(TEXT)]
    assert named
    assert [(name, end) for name, end in named if name not in known[end]] == []
