"""A disk that reads, writes or flushes wrongly; ``tests.faults.disk_errors`` tries every call."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from install.servers import ROOT
from tests.faults.disk_errors import Outcome
from tests.faults.failing_disk import Call, build, environment
from tests.faults.promises import Promises

needs_cc = pytest.mark.skipif(
    shutil.which("cc") is None, reason="no cc here: the library that lets the disk fail is in C"
)
# In a process with the library: how the second of three calls ends, and how all do after that.
THREE_CALLS = """
import os, sys
from pathlib import Path
from tests.faults.failing_disk import Call, FailingDisk
disk, folder, call = FailingDisk(), Path(sys.argv[1]), Call[sys.argv[2]]
fd, other = (os.open(folder / name, os.O_RDWR | os.O_CREAT) for name in ("data-1", "other"))
def one(fd):
    try:
        {"READ": os.read, "WRITE": os.pwrite, "FLUSH": os.fsync}[call.name](fd, *{
            "READ": (1,), "WRITE": (b"1", 0), "FLUSH": ()}[call.name])
    except OSError as error:
        return error.errno
    return 0
disk.arm(folder / "data", call, 2, onward=sys.argv[3] == "onward")
print([one(other), one(fd), one(fd), one(fd)], disk.heal(), one(fd))
"""

TALKING_CHILD = """
from tests.faults.promises import Promises, in_a_child
def work(voice):
    codes = iter(["disk-fault", "", "disk-fault", "disk-fault"])
    assert voice.act("kept before", lambda: "never asked")
    assert voice.act("kept at last", lambda: next(codes))
    assert not voice.act("refused", lambda: next(codes))
    raise ValueError("a traceback")
heard = in_a_child(work, Promises(kept=["kept before"]))
print(heard.kept, [act for act, _ in heard.refused], heard.faults[0].splitlines()[-1], sep="\\n")
"""


@needs_cc
@pytest.mark.parametrize("program", ["node", "hub"])
def test_a_disk_that_fails_at_one_call_takes_nothing_that_was_acknowledged(program: str) -> None:
    command = [sys.executable, "-m", "tests.faults.disk_errors", "--spread", "2", "--only", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("all promises kept\n")


@needs_cc
def test_a_file_is_replaced_whole_or_stays_as_it_was_whichever_call_fails(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.faults.disk_errors_files", str(tmp_path)]
    env = environment(build(tmp_path))
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_cc
@pytest.mark.parametrize("call", [call.name for call in Call])
@pytest.mark.parametrize(
    ("mode", "ends"), [("once", "[0, 0, 5, 0] 1 0"), ("onward", "[0, 0, 5, 5] 2 0")]
)
def test_the_library_fails_the_call_that_it_was_told_and_no_other(
    call: str, mode: str, ends: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", THREE_CALLS, str(tmp_path), call, mode]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(build(tmp_path)), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr) == (ends, "")


def test_what_a_child_said_is_heard_and_what_it_raised_is_a_fault() -> None:
    # In a process of its own: only one that has a single thread may be forked.
    done = subprocess.run(
        [sys.executable, "-c", TALKING_CHILD], cwd=ROOT, capture_output=True, text=True, check=False
    )
    kept, refused, fault = done.stdout.splitlines()
    assert kept == "['kept at last']"
    assert refused == "['kept at last', 'refused', 'refused']"
    assert fault == "ValueError: a traceback"


@pytest.mark.parametrize(
    ("heard", "good"),
    [
        (Promises(failed=1, refused=[("answer", "disk-fault")]), True),
        (Promises(failed=0), False),
        (Promises(failed=1, lost=["answer"]), False),
        (Promises(failed=1, doubled=["answer"]), False),
        (Promises(failed=1, faults=["a traceback"]), False),
    ],
)
def test_an_outcome_is_good_if_a_call_failed_and_every_promise_was_kept(
    heard: Promises, good: bool
) -> None:
    outcome = Outcome()
    outcome.add(1, heard)
    assert outcome.good is good
