"""Content: what a pack of about 70 MB costs and how it plays: ``python -m tests.bench.content``.

A real hub, a real node, a line that counts both ways. rsync, zsync and casync transfer the same
two versions in the same run. The bound is the sum, over all changed files, of the best delta that
zstd finds with the whole old file as its prefix. Then thirty readers of one film, beside nginx.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from backports import zstd

from content.model.course import FileRef
from content.transfer.delta.chunking import recipe_of
from content.transfer.delta.recipe import AVERAGE_CHUNK_BYTES, read_recipe
from content.transfer.partial_blob import PartialBlob
from hub.context.open_hub import Hub
from hub.publishing import publish
from hub.publishing.patch_maker import PatchMaker
from install.servers import free_port
from node.config import Config
from node.errors import LineError
from node.runtime import NodeRuntime
from node.store import courses, learners
from tests.bench import peers
from tests.bench.figure import ROOT, Figure, report
from tests.bench.readers import READERS, Came
from tests.bench.station import Cookies, running
from tests.courseware import Courseware, courseware, packed
from tests.faults.narrow import Narrow
from tests.lab import PARENT, joined, running_hub
from tests.node.conftest import PIN_STORED

HOW = "python -m tests.bench.content"
CUTS = 10
FAST_S, SLOW_S = 4.0, 6.0
LEARNER = "L1001"


def figures() -> list[Figure]:
    """The figures of ``bench.json`` that this module owns."""
    first, second = courseware()
    total = sum(map(len, first.files.values()))
    print(
        f"first version: {total:,} B in {len(first.files)} files, {len(first.questions)} questions"
    )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        costs = peers.measure(place / "peers", first.files, second.files)
        with running_hub(place / "hub") as (hub, port):
            fresh, update, cut, film, config = _ours(place, hub, port, first, second)
        fast, slow, beside = _readers(place, config, film)
    bound = _bound(first, second)
    for name, cost in costs.items():
        print(f"{name:8} fresh {cost.fresh:>12,} B, update {cost.update:>11,} B")
    print(f"{'ours':8} fresh {fresh:>12,} B, update {update:>11,} B; best deltas {bound:,} B")
    print(f"slow readers that play: {slow.playing} of {READERS}; fast: {_mb_s(fast):,.0f} MB/s,")
    print(f"/ping p99 {fast.ping_p99_ms:.1f} ms beside them")
    if slow.playing < READERS or fast.faults or slow.faults:
        raise SystemExit(f"not all play: {fast.faults[:3]} {slow.faults[:3]}")
    measured = [
        Figure("content.fresh.bytes", fresh, "B", None, "low", HOW),
        Figure("content.update.bytes", update, "B", None, "low", HOW),
        _ratio("content.update.vs_delta_bound.ratio", update / bound, 2.0, "low"),
        Figure("content.cut.resent_bytes", cut, "B", AVERAGE_CHUNK_BYTES, "low", HOW),
        Figure(
            "content.readers30.ping_p99_ms", round(slow.ping_p99_ms, 1), "ms", 200, "low", HOW
        ),
    ]  # fmt: skip
    if costs:
        best = min(cost.update for cost in costs.values())
        measured.append(_ratio("content.update.vs_best_peer.ratio", update / best, 1.0, "low"))
    if beside is not None:
        print(f"nginx: {_mb_s(beside):,.0f} MB/s")
        ratio = _mb_s(fast) / _mb_s(beside)
        measured.append(_ratio("content.readers30.vs_nginx.ratio", ratio, 0.2, "high"))
    return measured


def _ratio(name: str, value: float, target: float, better: str) -> Figure:
    return Figure(name, round(value, 4), "ratio", target, "low" if better == "low" else "high", HOW)


def _ours(
    place: Path, hub: Hub, port: int, first: Courseware, second: Courseware
) -> tuple[int, int, int, FileRef, Config]:
    """Bytes of the first version, of the update to the second, and bytes sent again after a cut."""
    _publish(hub, first)
    with ExitStack() as ends:
        line, runtime = _node(place / "node", hub, port, "440601", ends)
        fresh = _fetched(line, runtime)
        _publish(hub, second)
        runtime.courier.sync()
        update = _fetched(line, runtime)
        _check(runtime, second)
        film = courses.course(runtime.store.read(), "term").files()[2]
        _speeds(runtime, film)
        line, other = _node(place / "other", hub, port, "440602", ends)
        whole = _fetched(line, other)
        line, third = _node(place / "third", hub, port, "440603", ends)
        cut = _cut(line, third, whole)
        _check(third, second)
        return fresh, update, cut, film, runtime.config


def _publish(hub: Hub, source: Courseware) -> None:
    began = time.monotonic()
    publish.publish_pack(hub, packed(hub, source), PARENT, "bench")
    there = time.monotonic()
    patches = PatchMaker.of(hub).make_patches()
    took = time.monotonic() - there
    timing = f"published in {there - began:.1f} s, {patches} patches in {took:.1f} s"
    print(f"version {source.version}: {timing}")


def _node(
    data: Path, hub: Hub, port: int, code: str, ends: ExitStack
) -> tuple[Narrow, NodeRuntime]:
    config = joined(data, hub, port, code)
    line = Narrow(port)
    ends.callback(line.close)
    runtime = NodeRuntime.open(replace(config, hub_url=f"http://127.0.0.1:{line.port}"))
    ends.callback(runtime.close)
    runtime.courier.sync()
    return line, runtime


def _fetched(line: Narrow, runtime: NodeRuntime) -> int:
    """Bytes both ways of bringing what is missing."""
    before, began = line.up + line.down, time.monotonic()
    runtime.courier.fetch_content()
    took = time.monotonic() - began
    time.sleep(0.1)
    print(f"  fetched and installed in {took:.1f} s over {line.connections} connections")
    return line.up + line.down - before


def _cut(line: Narrow, runtime: NodeRuntime, whole: int) -> int:
    """Bytes sent again after each of ten cuts, with the requests that say what is missing."""
    before = line.up + line.down
    for _ in range(CUTS):
        line.cut_after = whole // (CUTS + 1)
        try:
            runtime.courier.fetch_content()
        except LineError:
            continue
        raise SystemExit("a line was to be cut, and all came")
    line.cut_after = 0
    runtime.courier.fetch_content()
    time.sleep(0.1)
    return max(0, line.up + line.down - before - whole) // CUTS


def _check(runtime: NodeRuntime, source: Courseware) -> None:
    course = courses.course(runtime.store.read(), "term")
    for ref in course.files():
        if runtime.blobs.read(ref.sha256, ref.size + 1) != source.files[ref.path]:
            raise SystemExit(f"{ref.path} is not what was published")


def _speeds(runtime: NodeRuntime, film: FileRef) -> None:
    path = runtime.blobs.path(film.sha256)
    began = time.monotonic()
    recipe = read_recipe(recipe_of(path))
    cut_s, began = time.monotonic() - began, time.monotonic()
    if PartialBlob(path, recipe).missing:
        raise SystemExit("a chunk is wrong")
    check_s = time.monotonic() - began
    mb = film.size / 1e6
    print(f"chunking and hashing {mb / cut_s:,.0f} MB/s, verifying {mb / check_s:,.0f} MB/s")


def _bound(first: Courseware, second: Courseware) -> int:
    """The sum of the best delta of each changed file, questions among them."""
    known, total = set(first.files.values()), 0
    pairs = [
        (first.files.get(path, b""), data)
        for path, data in second.files.items()
        if data not in known
    ]
    banks = [json.dumps([str(q) for q in source.questions]).encode() for source in (first, second)]
    for old, new in [*pairs, (banks[0], banks[1])]:
        options: dict[int, int] = {
            zstd.CompressionParameter.compression_level: 19,
            zstd.CompressionParameter.window_log: 27,
            zstd.CompressionParameter.enable_long_distance_matching: 1,
        }
        prefix = zstd.ZstdDict(old, is_raw=True).as_prefix if old else None
        total += min(len(zstd.compress(new, options=options, zstd_dict=prefix)), len(new))
    return total


def _readers(place: Path, config: Config, film: FileRef) -> tuple[Came, Came, Came | None]:
    """Thirty fast and thirty slow readers of the node, and thirty fast ones of nginx."""
    config = replace(config, port=free_port(), hub_url="")
    config.save()
    runtime = NodeRuntime.open(config)
    now = runtime.clock.now()
    runtime.store.write(lambda conn: learners.put(conn, LEARNER, "学员", "科员", "所"))
    runtime.store.write(lambda conn: learners.set_pin(conn, LEARNER, PIN_STORED, now))
    cookie, _ = Cookies(runtime).sign_in(LEARNER)
    path = runtime.blobs.path(film.sha256)
    runtime.close()
    beside: Came | None = None
    if shutil.which("nginx"):
        with peers.nginx(place / "nginx", path.parent) as port:
            beside = _read(port, f"/{path.name}", "x=1", FAST_S, "fast")
    else:
        print("nginx is left out: not installed")
    with running(config.data) as (process, port):
        fast = _read(port, f"/media/{film.sha256}", cookie, FAST_S, "fast, ping")
        slow = _read(port, f"/media/{film.sha256}", cookie, SLOW_S, "slow, ping")
        print(f"memory of the node after them: {process.memory_info().rss / 1e6:.0f} MB")
    return fast, slow, beside


def _read(port: int, path: str, cookie: str, seconds: float, how: str) -> Came:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.readers", str(port), path, cookie, str(seconds), how],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return Came(**json.loads(done.stdout))


def _mb_s(came: Came) -> float:
    return came.bytes / came.seconds / 1e6


if __name__ == "__main__":
    report(figures)
