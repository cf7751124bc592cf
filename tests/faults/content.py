"""Content: a node is killed at random moments of fetching and installing updates.

``python -m tests.faults.content --kills 100 [--seed N]``. A real hub publishes a new version of a
course again and again; a real node process fetches it over a line with a rate and is killed
(SIGKILL). Another process serves the course to a learner all the while. Promises: what is shown is
a whole version at every moment, the old one until the new one is; after a kill nothing that was
fetched is fetched again but the chunk that was on its way; nothing half-written is left. The bytes
that an update takes without kills are measured at a second node. Exit code 1 if not.
"""

from __future__ import annotations

import argparse
import logging
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread

import requests

from content.model.course import TRUE_FALSE, Course, FileRef, Question
from content.transfer.delta.recipe import MAX_CHUNK_BYTES
from hub.context.open_hub import Hub
from hub.publishing import publish
from hub.publishing.patch_maker import PatchMaker
from install.servers import ROOT, Server, command, free_port
from node.runtime import NodeRuntime
from node.store import courses, learners
from node.store.db import Store
from tests.bench.station import Cookies
from tests.courseware import Courseware, packed
from tests.faults.narrow import Narrow
from tests.lab import PARENT, joined, running_hub
from tests.node.conftest import PIN_STORED

BYTES_PER_S = 1_500_000
LEARNER = "L1001"
FILM_BYTES = 700_000
# A process takes this long to start; the kills come around that moment and after it.
FIRST_KILL_S, LAST_KILL_S = 0.3, 1.6
# Headers of answers, and wishes, that are sent again after each kill.
TALK_BYTES = 12_000


@dataclass
class Watch:
    """A learner who looks at all of the film again and again."""

    address: str
    cookie: str
    store: Store
    stop: Event = field(default_factory=Event)
    looked: int = 0
    faults: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Until told to stop."""
        while not self.stop.is_set():
            film = self._film()
            try:
                url = f"{self.address}/media/{film.sha256}"
                came = requests.get(url, headers={"Cookie": self.cookie}, timeout=10)
            except requests.RequestException as error:
                self.faults.append(f"not served: {type(error).__name__}")
                continue
            if film != self._film():
                continue  # the new version was installed meanwhile
            if came.status_code != 200 or sha256(came.content).hexdigest() != film.sha256:
                self.faults.append(f"film: {came.status_code}, {len(came.content)} bytes")
            self.looked += 1
            time.sleep(0.02)

    def _film(self) -> FileRef:
        return courses.course(self.store.read(), "term").files()[0]


class Scene:
    """A hub, the node that is killed, and one that is not."""

    def __init__(self, place: Path, hub: Hub, port: int, seed: int) -> None:
        self.hub, self.dice = hub, random.Random(seed)
        self.version = 0
        self.line, self.calm_line = Narrow(port), Narrow(port)
        self.made = Courseware(0, {"lectures/film.mp4": b""})
        for number in range(12):
            self.made.files[f"library/{number}.txt"] = self.dice.randbytes(3_000).hex().encode()
        self.made.questions = [
            Question(f"q{n}", "truefalse", f"第 {n} 题？", TRUE_FALSE, "A") for n in range(2)
        ]
        self.data = place / "node"
        self.config = joined(self.data, hub, port, "440601")
        calm = joined(place / "calm", hub, port, "440602")
        self.calm = NodeRuntime.open(
            replace(calm, hub_url=f"http://127.0.0.1:{self.calm_line.port}")
        )
        self.faults: list[str] = []
        self.kills = self.resent = self.updates = 0

    def release(self) -> int:
        """Publish another version; returns how many bytes a node without kills fetches for it."""
        self.version += 1
        files = dict(self.made.files)
        files["lectures/film.mp4"] = self.dice.randbytes(FILM_BYTES)
        files["library/0.txt"] += b" edited"
        self.made = Courseware(self.version, files, self.made.questions)
        publish.publish_pack(self.hub, packed(self.hub, self.made), PARENT, "test")
        PatchMaker.of(self.hub).make_patches()
        self.calm.courier.sync()
        before = self.calm_line.down
        self.calm.courier.fetch_content()
        return self.calm_line.down - before

    def fetch(self, life_s: float | None) -> None:
        """Let a process of the node fetch, and kill it after so many seconds (None: never)."""
        process = subprocess.Popen(
            command("node", self.data, "sync"), cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        if life_s is not None:
            try:
                process.wait(life_s)
            except subprocess.TimeoutExpired:
                process.kill()
                self.kills += 1
        process.wait(60)

    def shown(self, store: Store) -> Course:
        """What learners are shown, which must be whole."""
        course, blobs = courses.course(store.read(), "term"), self.data / "blobs"
        for ref in course.files():
            raw = (blobs / ref.sha256[:2] / ref.sha256).read_bytes()
            if sha256(raw).hexdigest() != ref.sha256:
                self.faults.append(f"version {course.version}: {ref.path} is not whole")
        return course

    def update(self, store: Store, most: int) -> None:
        """One new version, with at most so many kills until it is there."""
        alone = self.release()
        old, kills = courses.course(store.read(), "term").version, self.kills
        before = self.line.down
        while self.kills - kills < most:
            self.fetch(self.dice.uniform(FIRST_KILL_S, LAST_KILL_S))
            now = self.shown(store).version
            if now == self.version:
                break
            if now != old:
                self.faults.append(f"version {now} is shown, neither {old} nor {self.version}")
        self.fetch(None)
        if self.shown(store).version != self.version:
            self.faults.append(f"version {self.version} is not there in the end")
        kills = self.kills - kills
        again = self.line.down - before - alone
        self.resent += max(0, again)
        self.updates += 1
        if again > kills * (MAX_CHUNK_BYTES + TALK_BYTES) + TALK_BYTES:
            self.faults.append(f"{again} bytes came again after {kills} kills")

    def begin(self) -> None:
        """Give both nodes the first version."""
        self.release()
        self.config = replace(self.config, port=free_port(), sync_every_s=86_400)
        runtime = NodeRuntime.open(self.config)
        runtime.courier.sync()
        runtime.courier.fetch_content()
        runtime.close()
        # The process that serves has no line; the one that fetches reads this file anew.
        replace(self.config, hub_url="").save()


@contextmanager
def watched(scene: Scene) -> Iterator[tuple[Watch, Store]]:
    """A real node process serves, and a learner looks."""
    runtime = NodeRuntime.open(scene.config)

    def roster(conn: object) -> None:
        learners.put(conn, LEARNER, "学员", "科员", "所")  # type: ignore[arg-type]
        learners.set_pin(conn, LEARNER, PIN_STORED, runtime.clock.now())  # type: ignore[arg-type]

    runtime.store.write(roster)
    cookie, _ = Cookies(runtime).sign_in(LEARNER)
    runtime.close()
    with ExitStack() as ends:
        server = Server("node", scene.data, scene.config.port).start()
        ends.callback(server.kill)
        replace(scene.config, hub_url=f"http://127.0.0.1:{scene.line.port}").save()
        store = Store.open(scene.data)
        ends.callback(store.close)
        watch = Watch(server.address, cookie, store)
        thread = Thread(target=watch.run)
        thread.start()
        ends.callback(thread.join)
        ends.callback(watch.stop.set)
        yield watch, store


def killed(place: Path, kills: int, seed: int) -> bool:
    """The whole run; prints its figures, returns whether all promises were kept."""
    began = time.monotonic()
    with running_hub(place / "hub") as (hub, port), ExitStack() as ends:
        scene = Scene(place, hub, port, seed)
        ends.callback(scene.calm.close)
        ends.callback(scene.line.close)
        ends.callback(scene.calm_line.close)
        scene.begin()
        scene.line.bytes_per_s = BYTES_PER_S
        with watched(scene) as (watch, store):
            while scene.kills < kills:
                scene.update(store, min(4, kills - scene.kills))
        left = [path.name for path in (scene.data / "blobs" / "parts").iterdir()]
        faults = [*scene.faults, *watch.faults[:5], *(f"left behind: {name}" for name in left)]
    took = time.monotonic() - began
    print(f"seed {seed}: {scene.kills} kills in {scene.updates} updates, {took:.0f} s")
    print(f"films looked at {watch.looked}; bytes that came again {scene.resent:,},")
    print(f"{scene.resent // max(1, scene.kills):,} a kill")
    for fault in faults:
        print(f"  {fault}")
    return not faults and watch.looked > 0


def main() -> int:
    """Run, print what happened; returns 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        good = killed(Path(folder), asked.kills, asked.seed)
    print("all promises kept" if good else "PROMISES BROKEN")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
