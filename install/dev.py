#!/usr/bin/env python3
"""One command for a working copy: ``python3 install/dev.py demo`` (test, check, bench, …).

Needs Python 3.11 and its standard library, nothing else: the environment is made here
(``install/environment.py``), browsers are looked for there (``install/browsers.py``), checks run
beside each other (``install/steps.py``). The product runs from the source tree, nothing of it is
installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKERS = max(5, os.cpu_count() or 1)
sys.path.insert(0, str(ROOT))

from install import browsers, environment  # noqa: E402
from install.environment import PYTHON, CannotPrepare, say  # noqa: E402
from install.steps import Step, run_beside  # noqa: E402


def demo(rest: list[str]) -> int:
    """Run a headquarters and two stations on this machine, with the line down and up again."""
    environment.prepare("test")
    return environment.run([PYTHON, "-m", "install.demo", *rest])


def check(rest: list[str]) -> int:
    """Format, lint, types and quick tests; check --since REVISION: all that a change reaches."""
    environment.prepare("test")
    parser = argparse.ArgumentParser(prog="install/dev.py check")
    parser.add_argument("--since", metavar="REVISION", help="only tests that a change can reach")
    chosen, rest = parser.parse_known_args(rest)
    left_out = ["browser", "postgresql", "slow", *(["lengthy"] if chosen.since is None else [])]
    quick = ["-m", " and ".join(f"not {mark}" for mark in left_out), *rest]
    files = [] if chosen.since is None else _reached(chosen.since)
    steps = [*_static(), *_scripts()]
    if files or chosen.since is None:
        steps.append(
            Step("pytest (quick)", _pytest(len(files) or WORKERS, *quick, *files), bool(files))
        )
    return run_beside(steps)


def test(rest: list[str]) -> int:
    """Everything: format, lint, types and all tests, in browsers and on PostgreSQL too."""
    environment.prepare("test")
    browsers.prepare()
    # pyproject.toml's -ra names each skipped test with its reason.
    everything = _pytest(WORKERS, *rest, module="tests.compiled")
    return run_beside([*_static(), *_scripts(), Step("pytest", everything)])


def bench(rest: list[str]) -> int:
    """Measure, write bench.json and print the table; exit 1 when a target is missed."""
    environment.prepare("test")
    browsers.prepare()
    return environment.run([PYTHON, "-m", "tests.bench", *rest])


def screens(rest: list[str]) -> int:
    """Photograph every page at both sizes into build/screens/."""
    environment.prepare("test")
    browsers.prepare()
    return environment.run([PYTHON, "-m", "tests.screens", *rest])


def setup(_rest: list[str]) -> int:
    """Only make the environment and look for the browsers."""
    environment.prepare("test")
    browsers.prepare()
    return 0


def wheels(rest: list[str]) -> int:
    """Fetch what install.sh --wheels needs into a folder: wheels FOLDER [hub]."""
    environment.prepare("test")
    return environment.wheels(rest)


def lock(rest: list[str]) -> int:
    """Pin every library anew from pyproject.toml (needs uv)."""
    return environment.lock(rest)


VERBS = {f.__name__: f for f in (demo, test, check, bench, screens, setup, wheels, lock)}


def _pytest(files: int, *arguments: str, module: str = "pytest") -> list[str]:
    """Five test processes keep two cores busy, as many wait; more are for more cores.

    In the order of tests/conftest.py: pytest-xdist alone would leave files of few tests, which are
    the longest, to the end.
    """
    workers = ["-n", str(min(WORKERS, files)), "--dist", "loadfile", "--no-loadscope-reorder"]
    return [PYTHON, "-m", module, "-q", *workers, *arguments]


def _static() -> list[Step]:
    return [
        Step("ruff format", [PYTHON, "-m", "ruff", "format", "--check", "."]),
        Step("ruff check", [PYTHON, "-m", "ruff", "check", "."]),
        Step("mypy", [PYTHON, "-m", "mypy"]),
    ]


def _scripts() -> list[Step]:
    """The tests of the pages' scripts, where there is a Node.js to run them."""
    folder = ROOT / "tests" / "js"
    tests = sorted(str(path) for path in folder.rglob("*.*js") if "test" in path.stem)
    if not tests:
        return []
    if shutil.which("node") is None:
        say("No node here: the tests of the pages' scripts are skipped.")
        return []
    return [Step("node --test", ["node", "--test", *tests])]


def _reached(revision: str) -> list[str]:
    """The test files that what changed since ``revision`` can reach."""
    command = [PYTHON, "-m", "tests.selection", revision]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise CannotPrepare(f"the tests for what changed since {revision} could not be chosen")
    files = done.stdout.split()
    say(f"{len(files)} test files can be reached:" + "".join(f"\n  {file}" for file in files))
    return files


def main() -> int:
    """Parse, run one verb, answer with its exit code."""
    parser = argparse.ArgumentParser(prog="install/dev.py", description=__doc__)
    verbs = "\n".join(f"{name}: {verb.__doc__}" for name, verb in VERBS.items())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = verbs
    parser.add_argument("verb", choices=sorted(VERBS))
    chosen, rest = parser.parse_known_args()
    try:
        return VERBS[chosen.verb](rest)
    except CannotPrepare as refused:
        say(f"Stopped: {refused}")
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
