"""Content between a real hub and real nodes: what an update costs, and which source gives it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from content.model.course import Course, FileRef, Item
from hub.context.open_hub import Hub
from hub.publishing import publish
from hub.publishing.patch_maker import PatchMaker
from node.courses import film_size
from node.errors import LineError
from node.runtime import NodeRuntime
from node.store import courses, meta
from tests.courseware import Courseware, courseware, packed, seal
from tests.faults.proxy import Fault, Plan, Proxy
from tests.faults.relays import RelayAtWork
from tests.lab import PARENT, joined, running_hub

SCALE = 0.03


@pytest.fixture(scope="module")
def versions() -> tuple[Courseware, Courseware]:
    return courseware(SCALE)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[tuple[Hub, int]]:
    with running_hub(tmp_path / "hub") as (hub, port):
        yield hub, port


Station = Callable[..., NodeRuntime]


@pytest.fixture
def station(lab: tuple[Hub, int], tmp_path: Path) -> Iterator[Station]:
    runtimes: list[NodeRuntime] = []

    def open_one(number: int = 1, **settings: object) -> NodeRuntime:
        config = joined(tmp_path / f"node{number}", *lab, f"44060{number}")
        runtimes.append(NodeRuntime.open(replace(config, **settings)))  # type: ignore[arg-type]
        return runtimes[-1]

    yield open_one
    for runtime in runtimes:
        runtime.close()


def release(hub: Hub, version: Courseware) -> str:
    pack = packed(hub, version)
    publish.publish_pack(hub, pack, PARENT, "test")
    return pack.manifest_sha


def files(runtime: NodeRuntime) -> dict[str, bytes]:
    """What learners are given now."""
    course = courses.course(runtime.store.read(), "term")
    return {ref.path: runtime.blobs.read(ref.sha256, 1 << 30) for ref in course.files()}


def bring(runtime: NodeRuntime) -> None:
    runtime.courier.sync()
    runtime.courier.fetch_content()


def test_an_update_costs_about_what_changed(
    lab: tuple[Hub, int], station: Station, versions: tuple[Courseware, Courseware]
) -> None:
    hub, port = lab
    old, new = versions
    release(hub, old)
    PatchMaker.of(hub).make_patches()
    with Proxy(port) as line:
        runtime = station(hub_url=f"http://127.0.0.1:{line.port}")
        bring(runtime)
        assert files(runtime) == old.files
        fresh = line.traffic.down
        assert fresh < 0.85 * sum(map(len, old.files.values()))
        release(hub, new)
        PatchMaker.of(hub).make_patches()
        runtime.courier.sync()
        before = line.traffic.up + line.traffic.down
        runtime.courier.fetch_content()
        cost = line.traffic.up + line.traffic.down - before
    assert files(runtime) == new.files
    replaced = len(new.files["pdf/law.pdf"])
    assert replaced < cost < replaced + 60_000
    assert {course.version for course in courses.installed(runtime.store.read())} == {2}


def test_without_patches_chunks_that_are_here_are_not_fetched(
    lab: tuple[Hub, int], station: Station, versions: tuple[Courseware, Courseware]
) -> None:
    hub, runtime = lab[0], station()
    release(hub, versions[0])
    bring(runtime)
    release(hub, versions[1])
    runtime.courier.sync()
    line = runtime.courier
    line.fetch_content()
    assert files(runtime) == versions[1].files


def test_a_hub_makes_the_patch_that_was_asked_for_in_vain(
    lab: tuple[Hub, int], station: Station, versions: tuple[Courseware, Courseware]
) -> None:
    hub, runtime = lab[0], station()
    old = release(hub, versions[0])
    bring(runtime)
    # So many versions later the hub makes no patch against the first one unasked.
    for number in range(2, 6):
        version = Courseware(number, dict(versions[1].files), versions[1].questions)
        new = release(hub, version)
    PatchMaker.of(hub).make_patches()
    assert not hub.delivery.patches.has(new, old=old)
    bring(runtime)
    PatchMaker.of(hub).make_patches()
    assert hub.delivery.patches.has(new, old=old)


def test_nobody_sets_the_hub_to_work_on_pairs_of_his_own(
    lab: tuple[Hub, int], station: Station, versions: tuple[Courseware, Courseware]
) -> None:
    from content.transfer.request import BlobRequest

    hub = lab[0]
    release(hub, versions[0])
    PatchMaker.of(hub).make_patches()
    names = sorted(hub.blobs.names())
    hub.delivery.answer([BlobRequest(names[0], base=names[1])], lambda: None).close()
    assert PatchMaker.of(hub).make_patches() == 0


def test_another_node_of_the_office_gives_what_it_has_and_the_hub_the_rest(
    lab: tuple[Hub, int], station: Station, versions: tuple[Courseware, Courseware]
) -> None:
    hub, port = lab
    release(hub, versions[0])
    first = station(1)
    bring(first)
    lost = courses.course(first.store.read(), "term").files()[0]
    neighbour = RelayAtWork(replace(first.config, share=True), relay=False)
    neighbour.runtime.blobs.drop(lost.sha256)
    try:
        with Proxy(port) as line:
            hub_url = f"http://127.0.0.1:{line.port}"
            second = station(2, peers=neighbour.url, hub_url=hub_url)
            bring(second)
            assert files(second) == versions[0].files
            assert lost.size < line.traffic.down < lost.size + 20_000
    finally:
        neighbour.close()


def test_a_node_shares_nothing_unless_it_is_told_to(
    lab: tuple[Hub, int], station: Station, versions: tuple[Courseware, Courseware]
) -> None:
    release(lab[0], versions[0])
    first = station(1)
    bring(first)
    neighbour = RelayAtWork(first.config, relay=False)
    try:
        second = station(2, peers=neighbour.url)
        second.courier.sync()
        second.courier.config = replace(second.courier.config, hub_url="")
        with pytest.raises(LineError):
            second.courier.fetch_content()
    finally:
        neighbour.close()


def test_a_neighbour_with_wrong_bytes_is_put_aside_and_named_and_the_hub_goes_on(
    lab: tuple[Hub, int], station: Station, versions: tuple[Courseware, Courseware]
) -> None:
    release(lab[0], versions[0])
    first = station(1)
    bring(first)
    film = courses.course(first.store.read(), "term").files()[0]
    spoil(first, film)
    neighbour = RelayAtWork(replace(first.config, share=True), relay=False)
    try:
        second = station(2, peers=neighbour.url)
        bring(second)
        assert files(second) == versions[0].files
        bad_source = meta.get(second.store.read(), meta.BAD_SOURCE)
        assert bad_source.endswith(neighbour.url)
    finally:
        neighbour.close()


def spoil(runtime: NodeRuntime, ref: FileRef) -> None:
    path = runtime.blobs.path(ref.sha256)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def test_a_spoilt_file_of_this_disk_is_fetched_and_not_copied(
    lab: tuple[Hub, int], station: Station, versions: tuple[Courseware, Courseware]
) -> None:
    hub, runtime = lab[0], station()
    release(hub, versions[0])
    bring(runtime)
    for ref in courses.course(runtime.store.read(), "term").files():
        if ref.recipe:
            spoil(runtime, ref)
    release(hub, versions[1])
    PatchMaker.of(hub).make_patches()
    bring(runtime)
    changed = {
        path for path, data in versions[0].files.items() if versions[1].files.get(path) != data
    }
    now = files(runtime)
    assert all(now[path] == versions[1].files[path] for path in changed & set(now))


@pytest.mark.parametrize("fault", [Fault.CUT_DOWN, Fault.FLIP_DOWN, Fault.PORTAL])
def test_whatever_the_line_does_the_course_is_whole_or_the_old_one_stays(
    lab: tuple[Hub, int],
    station: Station,
    versions: tuple[Courseware, Courseware],
    fault: Fault,
) -> None:
    hub, port = lab
    release(hub, versions[0])
    runtime = station()
    bring(runtime)
    release(hub, versions[1])
    runtime.courier.sync()

    plans = iter([Plan(fault, 0.3), Plan(fault, 0.8)])
    with Proxy(port, lambda: next(plans, Plan())) as line:
        url = f"http://127.0.0.1:{line.port}"
        for _ in range(3):
            runtime.courier.config = replace(runtime.courier.config, hub_url=url)
            try:
                runtime.courier.fetch_content()
            except LineError:
                assert files(runtime) == versions[0].files
            runtime.courier.transport.fetch._aside._until.clear()  # hours later
    assert files(runtime) == versions[1].files


@pytest.mark.parametrize(("films", "comes"), [("small", "film-small.mp4"), ("large", "film.mp4")])
def test_of_a_film_in_two_sizes_only_the_one_for_this_station_comes(
    lab: tuple[Hub, int], station: Station, films: str, comes: str
) -> None:
    hub, runtime = lab[0], station(films=films)
    raw = {"film.mp4": b"large" * 90_000, "film-small.mp4": b"small" * 9_000}
    refs = {path: FileRef(path, len(file), hub.blobs.add_bytes(file)) for path, file in raw.items()}
    film = Item("film", "video", "看课", seconds=60, file=refs["film.mp4"])
    film = replace(film, lighter=refs["film-small.mp4"])
    publish.publish_pack(hub, seal(hub, Course("term", 1, "一期", items=(film,))), PARENT, "test")
    bring(runtime)
    course = courses.course(runtime.store.read(), "term")
    here = {ref.path for ref in course.files() if runtime.blobs.has(ref.sha256)}
    assert here == {comes}
    assert film_size.shown(course.item("film"), runtime.blobs) == refs[comes]
    # What there is stays, whatever is chosen later.
    runtime.courier.apply_config(replace(runtime.config, films="large"))
    bring(runtime)
    assert {ref.path for ref in course.files() if runtime.blobs.has(ref.sha256)} == here
