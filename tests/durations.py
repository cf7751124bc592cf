"""Which tests take long: ``python -m tests.durations JUNIT.xml`` writes tests/lengthy.txt anew.

The list has one test function a line. ``make check`` leaves these out, unless SINCE is given and
the change reaches them. The report comes from ``python3 install/dev.py check --junitxml=JUNIT.xml``
after the list was emptied. A renamed function is no longer left out, which does no harm.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from xml.etree import ElementTree

LIST = Path(__file__).parent / "lengthy.txt"
# One quick test in seven takes longer, and together they take three quarters of the time.
LENGTHY_S = 0.2


def lengthy() -> frozenset[str]:
    """The functions on the list, as "tests/folder/test_file.py::test_function"."""
    return frozenset(LIST.read_text("utf-8").split())


def function_of(nodeid: str) -> str:
    """The test's function, whatever its parameters."""
    return nodeid.partition("[")[0]


def measured(report: Path) -> list[str]:
    """The functions of a JUnit report that take longer than ``LENGTHY_S`` a test."""
    times: dict[str, list[float]] = defaultdict(list)
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314  written by our own pytest
        file = case.attrib["classname"].replace(".", "/") + ".py"
        times[f"{file}::{function_of(case.attrib['name'])}"].append(float(case.attrib["time"]))
    return sorted(function for function, each in times.items() if fmean(each) > LENGTHY_S)


if __name__ == "__main__":
    LIST.write_text("\n".join(measured(Path(sys.argv[1]))) + "\n", "utf-8")
