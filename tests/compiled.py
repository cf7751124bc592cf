"""Compiles the tests, then runs pytest with what follows: ``python -m tests.compiled -n 5 …``.

On a clean checkout each of pytest's processes would compile every test for itself, which takes
three times as long as to collect them compiled. So one collects them all before the others begin.
"""

import os
import subprocess
import sys

PYTEST = [sys.executable, "-m", "pytest"]

if __name__ == "__main__":
    collect = [*PYTEST, "--collect-only", "-q", "-q"]
    subprocess.run(collect, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.execv(sys.executable, [*PYTEST, *sys.argv[1:]])  # noqa: S606
