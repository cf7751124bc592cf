"""A real headquarters with stations that join it, each in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

from content.model.course import Course
from content.packs.without_answers import closed
from content.source.folder import read_folder
from hub.__main__ import cli
from install.compare import Station, at_hub, at_station
from install.learner import SimulatedLearner
from install.servers import ROOT, Server, ask, free_port
from node.config import Config
from node.exchange.joining import join
from node.runtime import NodeRuntime
from tests.pins import give_pins

PIN = "280317"
STATIONS = 12
COURSE = ROOT / "content" / "samples" / "food-inspection"


@dataclass
class Headquarters:
    """A hub with one published course and a class; stations "1001", "1002", … wait for nodes."""

    server: Server
    course: Course

    def code(self, station: str) -> str:
        """A new one-time code."""
        output = done_at_the_hub(self.server.data, "station", "add", station)
        return output.partition("code:")[2].split()[0]


@dataclass
class Office:
    """A station: its node, and the two learners on its roster."""

    hub: Headquarters
    code: str
    node: Server

    def learner(self, which: int = 1, right_share: float = 0.9) -> SimulatedLearner:
        """A learner who has a PIN already."""
        number = f"L{self.code}{which}"
        give_pins(self.node.data, PIN, number)
        return SimulatedLearner(self.node.address, number, f"学员{number}", PIN, right_share)

    def sync(self) -> str:
        return ask("node", self.node.data, "sync", before=self.node.before)

    def both_ends_agree(self) -> int:
        """Compare the station's figures with the hub's; returns how many records both have."""
        from hub.context import open_hub

        station = Station(self.code, self.node.data, (f"L{self.code}1", f"L{self.code}2"))
        hub = open_hub.open_hub(self.hub.server.data)
        try:
            own, central = at_station(station), at_hub(hub, station)
        finally:
            hub.close()
        assert own == central
        assert own.handed_in == own.graded
        return own.records


@pytest.fixture(scope="session")
def headquarters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Headquarters]:
    folder = tmp_path_factory.mktemp("together")
    data, port = folder / "hub", free_port()
    data.mkdir()
    (data / "hub.toml").write_text(f'port = {port}\naddress = "http://127.0.0.1:{port}"\n')
    stations = [f"{1000 + n}" for n in range(1, STATIONS)]
    org = "".join(f"{code},第{code}所,10\n" for code in stations)
    (folder / "org.csv").write_text("代码,名称,上级\n10,清溪县局,\n" + org, "utf-8")
    roster = "".join(f"L{code}{n},学员{code}{n},{code}\n" for code in stations for n in (1, 2))
    (folder / "roster.csv").write_text("学号,姓名,单位\n" + roster, "utf-8")
    done_at_the_hub(data, "init")
    done_at_the_hub(data, "org", "import", folder / "org.csv")
    done_at_the_hub(data, "roster", "import", folder / "roster.csv")
    done_at_the_hub(data, "course", "publish", COURSE)
    course, today = closed(read_folder(COURSE).course), datetime.now(UTC).date()
    dates = ["--opens", f"{today - timedelta(2)}", "--closes", f"{today + timedelta(17)}"]
    done_at_the_hub(data, "class", "k1", "--title", "冬季班", *dates, course.id)
    server = Server("hub", data, port).start()
    yield Headquarters(server, course)
    server.stop()


def done_at_the_hub(data: Path, *arguments: str | Path) -> str:
    """What a verb of the hub prints, run in this process: a dozen starts cost more than the tests.

    Commands in processes of their own are in test_joining.py and in the demonstration.
    """
    line = ["--data", str(data), *map(str, arguments)]
    done = CliRunner().invoke(cli, line, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def _join(config: Config, code: str) -> None:
    """Join a new node and bring its course, as ``xuezhan-node join`` and ``sync`` do."""
    config.data.mkdir(parents=True, exist_ok=True)
    join(config, code)
    runtime = NodeRuntime.open(Config.load(config.data))
    try:
        runtime.courier.sync()
        runtime.courier.fetch_content()
    finally:
        runtime.close()


Open = Callable[..., Office]
_codes = count(1001)


@pytest.fixture
def office(headquarters: Headquarters, tmp_path: Path) -> Iterator[Open]:
    """Opens stations: ``office(settings="…", before=faketime)`` joins, fetches and starts one."""
    started: list[Server] = []

    def opened(settings: str = "", before: Sequence[str] = ()) -> Office:
        code = str(next(_codes))
        data, port = tmp_path / code, free_port()
        once = headquarters.code(code)
        _join(Config(data, hub_url=headquarters.server.address, port=port), once)
        change_settings(data, settings)
        node = Server("node", data, port, before).start()
        started.append(node)
        return Office(headquarters, code, node)

    yield opened
    for node in started:
        node.stop()


def change_settings(data: Path, settings: str) -> None:
    """Replace settings in node.toml by these ``name = value`` lines."""
    names = {line.partition("=")[0].strip() for line in settings.splitlines()}
    file = data / "node.toml"
    others = [
        line
        for line in file.read_text("utf-8").splitlines()
        if line.partition("=")[0].strip() not in names
    ]
    file.write_text("\n".join([*others, settings, ""]), "utf-8")
