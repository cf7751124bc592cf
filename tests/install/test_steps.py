"""Steps run at the same time; the output of each is printed whole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from install.steps import RAN_NOTHING, Step, run_beside

# Says that it is there and waits until the other does.
MEET = """
import sys, time, pathlib
here, there = map(pathlib.Path, sys.argv[1:3])
print(f"{here.name} begins", flush=True)
here.touch()
until = time.monotonic() + 60
while not there.exists() and time.monotonic() < until:
    time.sleep(0.01)
print(f"{here.name} ends", there.exists(), flush=True)
"""


def python(name: str, code: str, *arguments: str, may_be_empty: bool = False) -> Step:
    return Step(name, [sys.executable, "-c", code, *arguments], may_be_empty)


def test_steps_run_at_the_same_time_and_each_is_printed_whole(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    one_file, other_file = str(tmp_path / "one"), str(tmp_path / "other")
    steps = [
        python("first", MEET, one_file, other_file),
        python("second", MEET, other_file, one_file),
    ]
    assert run_beside(steps) == 0
    printed = capfd.readouterr().out
    assert "── first\none begins\none ends True\n" in printed
    assert "── second\nother begins\nother ends True\n" in printed


def test_every_step_runs_and_the_worst_code_is_the_answer(
    capfd: pytest.CaptureFixture[str],
) -> None:
    steps = [python("bad", "raise SystemExit(3)"), python("good", "print('here')")]
    assert run_beside(steps) == 3
    printed = capfd.readouterr().out
    assert "── good\nhere\n" in printed
    verdicts = [line.split() for line in printed.partition("\n──\n")[2].splitlines()]
    assert [(words[0], words[-1]) for words in verdicts] == [("FAILED", "bad"), ("passed", "good")]


def test_a_step_that_was_killed_has_not_passed() -> None:
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert run_beside([python("killed", killed)]) == 9


@pytest.mark.parametrize(("may_be_empty", "code"), [(True, 0), (False, RAN_NOTHING)])
def test_a_choice_of_tests_may_be_empty_where_it_is_allowed(may_be_empty: bool, code: int) -> None:
    empty = python("tests", f"raise SystemExit({RAN_NOTHING})", may_be_empty=may_be_empty)
    assert run_beside([empty]) == code


def test_what_is_compiled_is_kept_for_the_next_process(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    run_beside([python("habit", "import sys; print(sys.dont_write_bytecode)")])
    assert "False" in capfd.readouterr().out
