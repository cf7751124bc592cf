#!/usr/bin/env python3
"""One command for a working copy: ``python3 install/dev.py demo`` (test, check, bench, …).

Needs Python 3.11 and its standard library, nothing else: the environment is made here
(``install/environment.py``), browsers are looked for there (``install/browsers.py``). The
product runs from the source tree, nothing of it is installed.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from install import browsers, environment  # noqa: E402
from install.environment import PYTHON, CannotPrepare, say  # noqa: E402


def demo(rest: list[str]) -> int:
    """Run a headquarters and two stations on this machine, with the line down and up again."""
    environment.prepare("test")
    return environment.run([PYTHON, "-m", "install.demo", *rest])


def check(rest: list[str]) -> int:
    """Format, lint, types and the tests that need neither a browser nor PostgreSQL."""
    environment.prepare("test")
    quick = ["-m", "not browser and not postgresql and not slow", *rest]
    return _all(
        _static() + [("pytest (quick)", [PYTHON, "-m", "pytest", "-q", *_workers(), *quick])]
    )


def test(rest: list[str]) -> int:
    """Everything: format, lint, types and all tests, in browsers and on PostgreSQL too."""
    environment.prepare("test")
    browsers.prepare()
    # pyproject.toml's -ra names each skipped test with its reason.
    pytest = [PYTHON, "-m", "pytest", "-q", *_workers(), *rest]
    return _all([*_static(), ("pytest", pytest)])


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


def _workers() -> list[str]:
    """Four test processes for two cores: tests wait half of their time, for disks and lines.

    In the order of tests/conftest.py: pytest-xdist alone would leave files of few tests, which are
    the longest, to the end.
    """
    return ["-n", "4", "--dist", "loadfile", "--no-loadscope-reorder"]


def _static() -> list[tuple[str, list[str]]]:
    return [
        ("ruff format", [PYTHON, "-m", "ruff", "format", "--check", "."]),
        ("ruff check", [PYTHON, "-m", "ruff", "check", "."]),
        ("mypy", [PYTHON, "-m", "mypy"]),
    ]


def _all(steps: list[tuple[str, list[str]]]) -> int:
    """Run every step, also after one failed, and say at the end how each went."""
    outcome: list[tuple[str, int, float]] = []
    for name, command in steps:
        say(f"── {name}")
        began = time.monotonic()
        code = environment.run(command)
        outcome.append((name, code, time.monotonic() - began))
    say("──")
    for name, code, seconds in outcome:
        say(f"{'passed' if code == 0 else 'FAILED':8}{seconds:7.1f} s  {name}")
    return max(code for _, code, _ in outcome)


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
