"""The library that gives programs another time of day does it for Python and for SQLite."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faking import FILE_S, WrongClocks, built

DAY_S = 86_400
# A slow machine takes so long to start Python.
NEAR_S = 60
LOOK = """
import json, sqlite3, time
sql = int(sqlite3.connect(":memory:").execute("SELECT strftime('%s')").fetchone()[0])
print(json.dumps([time.time(), sql, time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME)]))
"""
FOLLOW = """
import sys, time
for _line in sys.stdin:
    print(time.time(), flush=True)
"""


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> WrongClocks:
    return built(tmp_path_factory)


def looked(before: Sequence[str]) -> list[float]:
    """What Python and SQLite take for the time, less what it is, and both monotonic clocks."""
    line = [*before, sys.executable, "-c", LOOK]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    now, steady, boot = time.time(), time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME)
    told = json.loads(done.stdout)
    return [claim - here for claim, here in zip(told, (now, now, steady, boot), strict=True)]


@pytest.mark.parametrize(
    ("offset", "off_s"), [("+0", 0), ("+3600", 3_600), ("-86400", -DAY_S), ("+3456000", 40 * DAY_S)]
)
def test_python_and_sqlite_are_off_by_so_much_and_monotonic_clocks_are_not(
    ours: WrongClocks, offset: str, off_s: int
) -> None:
    python, sql, steady, boot = looked(ours.faked(offset))
    assert python == pytest.approx(off_s, abs=NEAR_S)
    assert sql == pytest.approx(off_s, abs=NEAR_S)
    assert (steady, boot) == pytest.approx((0, 0), abs=NEAR_S)


def test_a_clock_goes_on_from_the_time_it_was_told(ours: WrongClocks) -> None:
    python, sql, steady, _boot = looked(ours.faked("@2000-01-01 00:00:00"))
    assert time.time() + python == pytest.approx(946_684_800, abs=NEAR_S)
    assert sql == pytest.approx(python, abs=NEAR_S)
    assert steady == pytest.approx(0, abs=NEAR_S)


def test_a_clock_jumps_when_its_file_says_so(ours: WrongClocks, tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text("+0\n")
    line = [*ours.jumping(file), sys.executable, "-c", FOLLOW]
    with subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def off_s() -> float:
            process.stdin.write("\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            return float(process.stdout.readline()) - time.time()  # type: ignore[union-attr]

        assert off_s() == pytest.approx(0, abs=NEAR_S)
        file.write_text("+86400\n")
        until = time.monotonic() + FILE_S + NEAR_S
        while off_s() < NEAR_S and time.monotonic() < until:
            pass
        assert off_s() == pytest.approx(DAY_S, abs=NEAR_S)
        process.stdin.close()
