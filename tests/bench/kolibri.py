"""Kolibri: its own sync of the same workload in the same run, bytes and requests.

``python -m tests.bench.kolibri``. Kolibri (https://learningequality.org/kolibri) is installed by
pip into an environment of its own below ``.cache/kolibri``; where that fails the bench says so and
leaves its figure out. Two of its servers run on loopback: one has a facility with twelve learners,
the other imports it. Then the workload is written into the first as Kolibri's own log rows, and
``kolibri manage sync`` sends it through the line that counts our bytes (``tests.bench.meter``).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from install.servers import free_port
from tests.bench import wire
from tests.bench.figure import ROOT, Figure, report
from tests.bench.meter import Count, Meter
from tests.bench.workload import generator, lines

HOW = "python -m tests.bench.kolibri"
VERSION = "0.19.5"
VENV = ROOT / ".cache" / "kolibri"
ROWS = Path(__file__).with_name("kolibri_rows.py")
ADMIN, PASSWORD = "admin", "kolibri-bench"
MORE_RECORDS = 20
# Downloading a hundred megabytes; making a database; a first sync.
INSTALL_S, COMMAND_S = 600, 600
START_S = 120


class NoKolibri(Exception):
    """Kolibri cannot be had or does not run here; the text says why."""


class Kolibri:
    """One device: a folder, a port, and its commands."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self._home = home
        self._env = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "KOLIBRI_HOME": str(home),
            "KOLIBRI_HTTP_PORT": str(self.port),
            "KOLIBRI_ZIP_CONTENT_PORT": str(free_port()),
            "KOLIBRI_LISTEN_ADDRESS": "127.0.0.1",
            "KOLIBRI_DISABLE_PING": "true",
            "NO_COLOR": "1",
        }

    def manage(self, *words: str) -> str:
        """Run one of Kolibri's management commands."""
        return self._run([str(VENV / "bin" / "kolibri"), "manage", *words])

    def rows(self, verb: str, records: list[str]) -> str:
        """Run ``kolibri_rows`` on these records; the last line that it prints."""
        # Isolated: a module beside the script has the same name as one of theirs.
        command = [str(VENV / "bin" / "python"), "-I", str(ROWS), verb]
        return self._run(command, "\n".join(records)).strip().splitlines()[-1]

    def sync(self, host: str, port: int, facility: str) -> None:
        """Sync a facility with another device, both ways."""
        self.manage(
            "sync", "--baseurl", f"http://{host}:{port}", "--facility", facility,
            "--username", ADMIN, "--password", PASSWORD, "--noninteractive",
        )  # fmt: skip

    @contextmanager
    def running(self) -> Iterator[None]:
        """The device's server, once it answers."""
        command = [str(VENV / "bin" / "kolibri"), "start", "--foreground"]
        with (self._home / "server.txt").open("wb") as log:
            server = subprocess.Popen(command, env=self._env, stdout=log, stderr=log)
            try:
                self._wait(server)
                yield
            finally:
                server.terminate()
                with suppress(subprocess.TimeoutExpired):
                    server.wait(30)
                server.kill()
                server.wait()

    def _wait(self, server: subprocess.Popen[bytes]) -> None:
        url = f"http://127.0.0.1:{self.port}/api/public/info/"
        for _ in range(START_S * 2):
            with suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(url, timeout=5).close()
                return
            if server.poll() is not None:
                break
            time.sleep(0.5)
        raise NoKolibri(f"its server does not answer: {self._home / 'server.txt'}")

    def _run(self, command: list[str], stdin: str = "") -> str:
        try:
            done = subprocess.run(
                command, env=self._env, input=stdin, text=True, capture_output=True,
                timeout=COMMAND_S, check=True,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise NoKolibri(f"{command[1:3]} took more than {COMMAND_S} s") from None
        except subprocess.CalledProcessError as fault:
            raise NoKolibri(f"{command[1:3]}: {fault.stderr.strip()[-400:]}") from None
        return done.stdout


def install() -> None:
    """Install Kolibri if it is not there yet. Raises ``NoKolibri``."""
    if (VENV / "bin" / "kolibri").exists():
        return
    print(f"installing Kolibri {VERSION} in {VENV.relative_to(ROOT)}", flush=True)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", f"kolibri=={VERSION}"]
    try:
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True, timeout=INSTALL_S)
        subprocess.run(pip, check=True, timeout=INSTALL_S, capture_output=True)
    except (OSError, subprocess.SubprocessError) as fault:
        shutil.rmtree(VENV, ignore_errors=True)
        raise NoKolibri(f"pip install kolibri=={VERSION} failed: {fault}") from None


def measure() -> dict[str, Count]:
    """First sync of the term, twenty new records, nothing new."""
    install()
    records, more = list(lines()), list(lines(2)[:MORE_RECORDS])
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kolibri")))
        station, hub = (_device(folder / name) for name in ("station", "hub"))
        station.manage(
            "provisiondevice", "--facility", "Bench", "--superusername", ADMIN,
            "--superuserpassword", PASSWORD, "--preset", "formal", "--language_id", "en",
            "--noinput",
        )  # fmt: skip
        facility = station.rows("learners", records)
        with station.running():
            hub.manage(
                "fullfacilitysync", "--base-url", f"http://127.0.0.1:{station.port}",
                "--username", ADMIN, "--password", PASSWORD,
            )  # fmt: skip
        stack.enter_context(hub.running())
        meter = stack.enter_context(Meter(hub.port))
        costs = {}
        for name, new in (
            ("first sync", records),
            (f"{MORE_RECORDS} new records", more),
            ("nothing new", []),
        ):
            rows = station.rows("logs", new)
            before = meter.count()
            station.sync(meter.host, meter.port, facility)
            costs[name] = meter.count() - before
            assert hub.rows("held", []) == station.rows("held", []), "not all of it arrived"
            print(f"Kolibri, {name}: {rows} rows; {_told(costs[name])}", flush=True)
        print(f"IP bytes are {meter.how}.")
        return costs


def _device(home: Path) -> Kolibri:
    home.mkdir()
    return Kolibri(home)


def _told(count: Count) -> str:
    return f"{count.bytes:,} B ({count.ip_bytes:,} of IP) in {count.requests} requests"


def figures() -> list[Figure]:
    """Our first sync divided by Kolibri's, for the same records; nothing without Kolibri."""
    if generator() is None:
        print("skipped: no workload generator")
        return []
    try:
        theirs = measure()
    except NoKolibri as fault:
        print(f"skipped, there is no Kolibri here: {fault}")
        return []
    ours = wire.measure()
    for name, mine in (("first sync", ours.first), ("nothing new", ours.idle)):
        part = mine.bytes / theirs[name].bytes
        print(f"ours, {name}: {_told(mine)}, {part:.4f} of Kolibri's bytes")
    ratio = ours.first.bytes / theirs["first sync"].bytes
    idle = ours.idle.bytes / theirs["nothing new"].bytes
    return [
        Figure("sync.vs_kolibri.ratio", round(ratio, 4), "ratio", None, "low", HOW),
        Figure("sync.vs_kolibri.idle_ratio", round(idle, 4), "ratio", None, "low", HOW),
    ]


if __name__ == "__main__":
    report(figures)
