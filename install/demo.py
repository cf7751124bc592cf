"""The demonstration: a headquarters and two stations on this machine, with the line down and up.

``python -m install.demo [--once] [--data FOLDER]``. Everything goes through the commands and
pages that an installation has. With ``--once`` it ends with exit code 0 only if the hub's
figures equal the stations' own; without, it stays up until Ctrl-C.
"""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from content.model.course import Course
from content.packs.without_answers import closed
from content.source.folder import read_folder
from hub.context import open_hub as hub_machine
from install.compare import Figures, Station, at_hub, at_station, table
from install.first_log_in import choose_password
from install.learner import SimulatedKeeper, SimulatedLearner
from install.servers import ROOT, Server, ask, free_port

SAMPLES = ROOT / "content" / "samples"
PIN = "280317"
KEEPER = "管理员"
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WATCH_S, READ_S = 12.0, 6.0

ORG = """代码,名称,上级
43,云岭省市场监督管理局,
4301,临江市市场监督管理局,43
430121,清溪县市场监督管理局,4301
430121001,红旗市场监督管理所,430121
430121002,东关市场监督管理所,430121
"""
ROSTER = """学号,姓名,单位,职务
A1001,周建国,430121001,所长
A1002,吴秀英,430121001,副所长
A1003,郑卫东,430121001,科员
A1004,王桂兰,430121001,科员
B2001,冯志强,430121002,所长
B2002,陈玉梅,430121002,副所长
B2003,褚文华,430121002,科员
B2004,卫国庆,430121002,科员
"""
STATIONS = {"430121001": "红旗所", "430121002": "东关所"}
# How much each simulated learner knows; others are only on the roster.
KNOWS = {"A1001": 0.95, "A1002": 0.8, "A1003": 0.55, "B2001": 0.9, "B2002": 0.75, "B2003": 0.4}


@dataclass
class Demonstration:
    """All processes of it, and what people need to log in."""

    folder: Path
    samples: Path
    hub: Server
    nodes: dict[str, Server] = field(default_factory=dict)
    courses: list[Course] = field(default_factory=list)
    admin: str = ""
    keepers: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)  # of slips that were not used yet

    @classmethod
    def at(cls, folder: Path, samples: Path) -> Demonstration:
        """Nothing runs yet."""
        return cls(folder, samples, Server("hub", folder / "hub", free_port()))

    def set_up(self) -> None:
        """Headquarters: organisation, courses, class; two stations that join by their codes."""
        step("总局：建立枢纽", "headquarters: making the hub")
        self.hub.data.mkdir(parents=True)
        settings = f'port = {self.hub.port}\naddress = "{self.hub.address}"\nagain_s = 30\n'
        (self.hub.data / "hub.toml").write_text(settings, "utf-8")
        output = self._hub("init", "--name", "国家市场监督管理总局")
        first = _word_after("password:", output)
        self._hub("org", "import", self._file("org.csv", ORG))
        self._hub("roster", "import", self._file("roster.csv", ROSTER))
        step("总局：发布课程，开班", "headquarters: publishing courses, making a class")
        for path in sorted(self.samples.glob("*/course.toml")):
            self.courses.append(closed(read_folder(path.parent).course))
            self._hub("course", "publish", path.parent)
        for path in sorted(self.samples.glob("library/*/course.toml")):
            self._hub("course", "publish", path.parent)
        today = datetime.now(UTC).date()
        self._hub(
            "class", "2026-1", "--title", "市场监管所业务培训班",
            "--opens", f"{today - timedelta(days=2)}", "--closes", f"{today + timedelta(days=17)}",
            *(course.id for course in self.courses),
        )  # fmt: skip
        self.hub.start()
        self.admin = choose_password(self.hub.address, first)
        for code in STATIONS:
            self._join(code)

    def _join(self, code: str) -> None:
        step(f"{STATIONS[code]}：用接入码加入", f"station {code}: joining with its code")
        join_code = _word_after("code:", self._hub("station", "add", code))
        node = Server("node", self.folder / code, free_port())
        output = ask(
            "node", node.data, "join", self.hub.address, join_code, "--port", str(node.port)
        )
        printed = re.split(r"[:\uff1a]", output.splitlines()[2])[-1].strip()
        ask("node", node.data, "sync")
        self.nodes[code] = node.start()
        keeper = SimulatedKeeper(node.address, KEEPER, printed)
        keeper.sign_in(own_password=printed + "-own")
        self.keepers[code] = keeper.password
        self.words |= keeper.print_slips()

    def line_down(self) -> None:
        """The line breaks: nobody answers at the hub's address any more."""
        step("线路断开", "the line goes down")
        self.hub.stop()

    def study(self) -> int:
        """Learners of both stations work at the same time; how many answers were acknowledged."""
        step("学员学习、练习、考试", "learners watch, read, practise and sit the exam")
        people = [self._learner(number, knows) for number, knows in KNOWS.items()]
        with ThreadPoolExecutor(len(people)) as pool:
            return sum(pool.map(self._day, people))

    def _learner(self, number: str, knows: float) -> SimulatedLearner:
        code, name = next(
            (line.split(",")[2], line.split(",")[1])
            for line in ROSTER.splitlines()
            if line.startswith(number)
        )
        word = self.words.pop(number, "")
        return SimulatedLearner(self.nodes[code].address, number, name, PIN, knows, word)

    def _day(self, person: SimulatedLearner) -> int:
        """One learner's day: one course, its practice, its exam."""
        person.sign_in()
        course = self.courses[sum(map(ord, person.number)) % len(self.courses)]
        saved = 0
        for item in course.items:
            if item.kind == "video":
                person.watch(course, item, WATCH_S)
            elif item.kind in ("pdf", "page", "scorm"):
                person.watch(course, item, READ_S)
            elif item.kind == "practice":
                person.practise(course, item, 6)
            else:
                saved += person.sit(course, item)
        return saved

    def line_up(self) -> None:
        """The line comes back; each station syncs: records out, results in."""
        step("线路恢复，同步", "the line is back, syncing")
        self.hub.start()
        for node in self.nodes.values():
            ask("node", node.data, "sync")

    def figures(self) -> list[tuple[Station, Figures, Figures]]:
        """Each station's own figures and the hub's."""
        hub = hub_machine.open_hub(self.hub.data)
        try:
            rows = []
            for code, node in self.nodes.items():
                numbers = tuple(
                    line.split(",")[0] for line in ROSTER.splitlines() if f",{code}," in line
                )
                station = Station(STATIONS[code], node.data, numbers)
                rows.append((station, at_station(station), at_hub(hub, station)))
            return rows
        finally:
            hub.close()

    def stop(self) -> None:
        """Stop everything."""
        for server in (*self.nodes.values(), self.hub):
            server.stop()

    def tell_log_ins(self) -> None:
        """Addresses, names and secrets of everybody."""
        print(f"\n总局 / headquarters   {self.hub.address}   admin  {self.admin}")
        for code, node in self.nodes.items():
            print(f"{STATIONS[code]} / station {code}   {node.address}")
            print(
                f"    站点管理员 / keeper   {node.address}/keeper   {KEEPER}  {self.keepers[code]}"
            )
            for line in ROSTER.splitlines():
                number, name, unit, _post = line.split(",")
                if unit == code:
                    word = self.words.get(number)
                    secret = f"口令 / word on the slip {word}" if word else f"PIN {PIN}"
                    print(f"    学员 / learner   {number} {name}   {secret}")

    def _hub(self, *arguments: str | Path) -> str:
        return ask("hub", self.hub.data, *arguments)

    def _file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, "utf-8")
        return path


def step(chinese: str, english: str) -> None:
    """Say what happens now."""
    print(f"[{time.strftime('%H:%M:%S')}] {chinese} / {english}", flush=True)


def _word_after(mark: str, text: str) -> str:
    return text.partition(mark)[2].split()[0]


def _run(demo: Demonstration, once: bool) -> int:
    demo.set_up()
    demo.line_down()
    saved = demo.study()
    demo.line_up()
    rows = demo.figures()
    print(table(rows))
    equal = all(own == central and own.handed_in == own.graded for _, own, central in rows)
    complete = saved > 0 and all(own.records > 0 for _, own, _ in rows)
    verdict = "两边一致 / both sides agree" if equal and complete else "两边不一致 / THEY DIFFER"
    print(f"\n{verdict}   ({saved} 个答案已存盘 / answers acknowledged)")
    if not once:
        demo.tell_log_ins()
        print("\n按 Ctrl-C 结束 / Ctrl-C to end", flush=True)
        while True:
            time.sleep(3600)
    return 0 if equal and complete else 1


def _interrupt(_signal: int, _frame: object) -> None:
    """The first of these ends the demonstration; a second must not leave servers behind."""
    for end in ENDS:
        signal.signal(end, signal.SIG_IGN)
    raise KeyboardInterrupt


def main(arguments: Sequence[str]) -> int:
    """Parse, run, clean up."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="run through once and stop")
    parser.add_argument("--data", type=Path, help="keep the data here (made anew)")
    parser.add_argument("--courses", type=Path, default=SAMPLES, help="folder of course folders")
    chosen = parser.parse_args(arguments)
    folder = chosen.data or Path(tempfile.mkdtemp(prefix="xuezhan-demo-"))
    if chosen.data and folder.exists() and any(folder.iterdir()):
        parser.error(f"{folder} is not empty")
    folder.mkdir(parents=True, exist_ok=True)
    demo = Demonstration.at(folder.resolve(), chosen.courses)
    try:
        return _run(demo, chosen.once)
    except KeyboardInterrupt:
        return 130 if chosen.once else 0
    finally:
        demo.stop()
        if not chosen.data:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for end in ENDS:
        signal.signal(end, _interrupt)
    sys.exit(main(sys.argv[1:]))
