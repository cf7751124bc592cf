"""The scripts' own tests, tests/js/, run by Node: plain arithmetic, no browser, no npm packages."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

JS = Path(__file__).parent / "js"
TESTS = sorted(JS.glob("*.test.mjs"))
OLDEST_NODE = (18, 13)  # node:test with everything that the tests use
COUNT = re.compile(r"^(?:#|ℹ) (pass|skipped|todo) (\d+)", re.MULTILINE)


def _node() -> str:
    """Node's path. Without Node, or with an old one, the tests are skipped and say why."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node: apt-get install nodejs")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = version.lstrip("v").split(".")[:2]
    if (int(major), int(minor)) < OLDEST_NODE:
        pytest.skip(f"node {version.strip()} is older than {OLDEST_NODE[0]}.{OLDEST_NODE[1]}")
    return node


def test_the_scripts_tests_pass() -> None:
    command = [_node(), "--test", *map(str, TESTS)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    counts = {outcome: int(number) for outcome, number in COUNT.findall(run.stdout)}
    assert counts["skipped"] == counts["todo"] == 0
    assert counts["pass"] >= len(TESTS) > 0
