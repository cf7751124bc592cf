"""The list of lengthy tests comes from a report, and names test functions."""

from __future__ import annotations

from pathlib import Path

from tests import durations

REPORT = """<testsuites><testsuite>
<testcase classname="tests.hub.test_a" name="test_long" time="1.5"/>
<testcase classname="tests.hub.test_a" name="test_mixed[1]" time="0.1"/>
<testcase classname="tests.hub.test_a" name="test_mixed[2]" time="0.2"/>
<testcase classname="tests.hub.test_a" name="test_mostly_long[x]" time="0.1"/>
<testcase classname="tests.hub.test_a" name="test_mostly_long[y]" time="0.9"/>
</testsuite></testsuites>"""


def test_a_function_is_listed_by_the_mean_of_its_tests(tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    report.write_text(REPORT, "utf-8")
    listed = durations.measured(report)
    assert listed == ["tests/hub/test_a.py::test_long", "tests/hub/test_a.py::test_mostly_long"]


def test_a_test_is_known_by_its_function() -> None:
    assert durations.function_of("tests/a.py::test_b[c-d]") == "tests/a.py::test_b"
    assert durations.function_of("tests/a.py::test_b") == "tests/a.py::test_b"
    assert durations.lengthy()
