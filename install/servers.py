"""Real hubs and nodes as their commands start them: for the demonstration and the tests.

Each runs in a process of its own from the source tree, logs into its data folder, and is
stopped (or killed) by whoever started it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# A start takes a second; a machine that is busy with tests may take twenty.
PATIENCE_S = 60.0
# To ask costs the processor that the start needs.
LOOK_EVERY_S = 0.03
FIRST_PORT, PORTS = 20_000, 6_000
_turns = count(os.getpid() * 61)


class CommandFailed(Exception):
    """A command of ours ended with an error; the text is what it said."""


def free_port() -> int:
    """A port of the loopback that nobody listens on just now, nor on the one after it.

    It is below the ports that systems hand out, so nobody gets it by chance before it is used;
    and each process begins its search at a different port.
    """
    for turn in _turns:
        port = FIRST_PORT + 2 * (turn % PORTS)
        if _is_free(port) and _is_free(port + 1):  # courseware is served on the second
            return port
    raise AssertionError("the turns have no end")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def command(module: str, data: Path, *arguments: str | Path) -> list[str]:
    """The command line of ``xuezhan-hub`` or ``xuezhan-node`` over ``data``."""
    words = [str(argument) for argument in arguments]
    base = [sys.executable, "-m", module]
    # The hub takes its folder before the verb, the node after it.
    return [*base, "--data", str(data), *words] if module == "hub" else [
        *base, *words, "--data", str(data)
    ]  # fmt: skip


def ask(module: str, data: Path, *arguments: str | Path, before: Sequence[str] = ()) -> str:
    """Run one verb to its end and return what it printed. ``before`` may be faketime.

    Raises:
        CommandFailed: it ended with an error.
    """
    line = [*before, *command(module, data, *arguments)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, env=_env())
    if done.returncode != 0:
        raise CommandFailed(f"{module} {arguments[0]}: {done.stdout}{done.stderr}".strip())
    return done.stdout


@dataclass
class Server:
    """A running hub or node; ``address`` is where browsers find it."""

    module: str
    data: Path
    port: int
    before: Sequence[str] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data / f"{self.module}.log"

    def start(self) -> Server:
        """Start it and wait until it answers.

        Raises:
            CommandFailed: it ended, or did not answer in time; the text ends with its log.
        """
        with self.log.open("ab") as log:
            line = [*self.before, *command(self.module, self.data, "run")]
            # A group of its own: Ctrl-C at the terminal is ours to pass on, in order.
            self.process = subprocess.Popen(
                line, cwd=ROOT, stdout=log, stderr=log, env=_env(), start_new_session=True
            )
        until = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < until:
            if self.answers():
                return self
            time.sleep(LOOK_EVERY_S)
        log_end = self.log.read_text("utf-8", "replace")[-2_000:]
        self.kill()
        raise CommandFailed(f"{self.module} does not answer at {self.address}:\n{log_end}")

    def answers(self) -> bool:
        """Whether it speaks HTTP now, whatever it says."""
        try:
            urllib.request.urlopen(f"{self.address}/ping", timeout=2).close()  # noqa: S310
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """Tell it to stop, and wait."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None


def _env() -> dict[str, str]:
    """The environment with words in UTF-8, whatever this terminal speaks."""
    return dict(os.environ, PYTHONIOENCODING="utf-8", PYTHONUTF8="1")
