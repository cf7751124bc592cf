"""The Python environment of a working copy: ``.venv`` with exactly the locked libraries.

Standard library only. What is installed is named in ``install/requirements/*.txt``, each
file by hash; where it comes from is the business of the machine's own pip settings.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
LOCKS = ROOT / "install" / "requirements"
# The extras of pyproject.toml that each lock holds beside the node's own libraries.
LOCKED = {"node": (), "hub": ("hub",), "test": ("hub", "test")}
OLDEST = (3, 11)


class CannotPrepare(Exception):
    """The machine lacks something that we cannot bring; the text says what to do."""


def say(text: str) -> None:
    """Tell the person at the terminal, in order with what child processes print."""
    print(text, flush=True)


def run(command: list[str]) -> int:
    """Run ``command`` in the project's root, show what it prints, return its exit code.

    Ctrl-C reaches the child as well: we wait while it cleans up. A request to end that only
    we get is handed on.
    """
    child = subprocess.Popen(command, cwd=ROOT)
    before = signal.signal(signal.SIGTERM, lambda _signal, _frame: child.terminate())
    try:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue
    finally:
        signal.signal(signal.SIGTERM, before)


def prepare(lock: str) -> None:
    """Make ``.venv`` and install what ``lock`` names; returns at once if that was done before.

    Raises:
        CannotPrepare: Python is too old, venv is missing, or the libraries did not come.
    """
    if sys.version_info < OLDEST:
        raise CannotPrepare(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. "
            "Start again with a newer one, for example: python3.11 install/dev.py setup"
        )
    wanted = hashlib.sha256((LOCKS / f"{lock}.txt").read_bytes()).hexdigest()
    stamp = VENV / "installed.sha256"
    if Path(PYTHON).exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if not _works():
        _make()
    say("Installing the locked libraries into .venv (a minute or two, once) …")
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    locked = ["--require-hashes", "--only-binary", ":all:", "-r", str(LOCKS / f"{lock}.txt")]
    command = [PYTHON, "-m", "pip", "install", *quiet, *locked]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        say("\n".join(done.stderr.splitlines()[-12:]))
        raise CannotPrepare(
            "the libraries could not be installed (pip's words stand above). Without a network, "
            "set PIP_FIND_LINKS to a folder with the wheels and PIP_NO_INDEX=1, and try again."
        )
    stamp.write_text(wanted)


def _works() -> bool:
    """Whether .venv has a Python that runs and a pip: a half-made one is made again."""
    if not Path(PYTHON).exists():
        return False
    probe = [PYTHON, "-m", "pip", "--version"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def _make() -> None:
    say(f"Making .venv with Python {sys.version.split()[0]} …")
    shutil.rmtree(VENV, ignore_errors=True)
    command = [sys.executable, "-m", "venv", str(VENV)]
    if subprocess.run(command, capture_output=True, check=False).returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    # Debian and Ubuntu split ensurepip off into a package of its own.
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if not (apt(package) or apt("python3-venv")) or run(command) != 0:
        raise CannotPrepare(
            "this Python cannot make a virtual environment. "
            "On Debian or Ubuntu: sudo apt-get install python3-venv — then try again."
        )


def apt(*packages: str) -> bool:
    """Install Debian packages if we may (root, with apt-get); return whether it worked."""
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"Installing {' and '.join(packages)} with apt-get …")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    for attempt in (install, ["apt-get", "update", "-q"], install):
        done = subprocess.run(attempt, env=environment, capture_output=True, check=False)
        if attempt is install and done.returncode == 0:
            return True
    return False


def wheels(arguments: list[str]) -> int:
    """Download the locked libraries of a node (or hub) for this kind of machine into a folder."""
    if not arguments or arguments[1:] not in ([], ["node"], ["hub"]):
        raise CannotPrepare("say where to: python3 install/dev.py wheels FOLDER [hub]")
    folder, role = arguments[0], (arguments[1:] or ["node"])[0]
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    locked = ["--only-binary", ":all:", "-r", str(LOCKS / f"{role}.txt"), "--dest", folder]
    code = run([PYTHON, "-m", "pip", "download", *options, *locked])
    if code == 0:
        say(f"{folder} holds what install.sh --wheels {folder} needs on a machine like this one.")
    return code


def lock(extra_arguments: list[str]) -> int:
    """Write ``install/requirements/*.txt`` from pyproject.toml, every file by hash."""
    uv = shutil.which("uv") or str(VENV / "bin" / "uv")
    if not Path(uv).exists():
        raise CannotPrepare("uv is needed to pin the libraries anew: pip install uv")
    for name, extras in LOCKED.items():
        command = [uv, "pip", "compile", "-q", "--universal", "--python-version", "3.11"]
        command += ["--generate-hashes", "--no-header"]
        for extra in extras:
            command += ["--extra", extra]
        command += [*extra_arguments, "pyproject.toml", "-o", str(LOCKS / f"{name}.txt")]
        if run(command) != 0:
            return 1
        say(f"Wrote install/requirements/{name}.txt")
    return 0
