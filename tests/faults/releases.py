"""Releases under attack: a real hub, a real node, and between them a carrier that gives what it is
told to give. The tests set the clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace

from content.model.course import Course, Item, Question
from content.packs.pack import Pack, open_manifest, seal_manifest
from content.transfer.releases import PATH, pack_bundle, read_asked, release_path
from content.transfer.request import read_requests
from content.transfer.serve import PieceResponse
from hub.context.open_hub import Hub
from hub.publishing import publish, releases
from node.config import Config
from node.runtime import NodeRuntime
from node.store import courses, meta
from tests.lab import PARENT

CODE = "440604001"
DAY_S = 86_400


def publish_page(hub: Hub, name: str, version: int = 1) -> Pack:
    """A course without files."""
    asked = Question("q1", "truefalse", f"第 {version} 版对吗？", ("正确", "错误"), "A")
    course = Course(name, version, f"课程 {name}", items=(Item("drill", "practice", "练习",
                    questions=(asked,)),))  # fmt: skip
    raw = seal_manifest(course, hub.key)
    pack = Pack(open_manifest(raw, hub.key.public), hub.blobs.add_bytes(raw), len(raw), {})
    publish.publish_pack(hub, pack, PARENT, "test")
    return pack


@dataclass
class Carrier:
    """Gives blobs as the hub does and metadata as it is told; counts what it gave."""

    hub: Hub
    name = "hub"
    tells_releases = True
    bundle: Callable[[bytes], bytes] = bytes
    asked: list[tuple[dict[str, int], list[str]]] = field(default_factory=list)
    given: list[int] = field(default_factory=list)

    def get(self, path: str, first: int) -> tuple[int, int, Iterator[bytes]]:
        if path.startswith(PATH):
            have, _, want = path.partition("?have=")[2].partition("&want=")
            self.asked.append(read_asked(have, want))
            raw = self.bundle(releases.bundle(self.hub, *self.asked[-1]))
            self.given.append(len(raw))
            return 0, len(raw), iter([raw])
        raise AssertionError(path)

    def pieces(self, wishes: bytes) -> Generator[bytes]:
        yield from PieceResponse(self.hub.blobs, read_requests(wishes)).pieces(10_000)


@dataclass
class Lab:
    hub: Hub
    config: Config
    days: int = 0  # by which the hub is ahead of this machine

    def move_on(self, days: int) -> None:
        """Let days go by at the hub."""
        self.days += days
        before, ahead_s = self.hub.now, days * DAY_S
        self.hub = replace(self.hub, now=lambda: before() + ahead_s)

    def node(self) -> NodeRuntime:
        return NodeRuntime.open(self.config)

    def synced(self) -> NodeRuntime:
        """The node, after it has taken in all orders."""
        there = self.node()
        there.courier.sync()
        there.clock.hear(self.hub.now() * 1000)
        return there


def names(there: NodeRuntime) -> dict[str, int]:
    return {course.id: course.version for course in courses.installed(there.store.read())}


def fault(there: NodeRuntime) -> str:
    return meta.get(there.store.read(), meta.TRUST_FAULT)


def named(pieces: dict[str, bytes]) -> bytes:
    """A bundle of pieces under these names."""
    parted = ((name.partition("."), raw) for name, raw in pieces.items())
    return pack_bundle((int(version), role, raw) for (version, _, role), raw in parted)


def fetch(there: NodeRuntime, source: Carrier) -> int:
    return there.courier.transport.fetch.run([source], lambda: None)


def installed_one(lab: Lab) -> tuple[NodeRuntime, Carrier, bytes]:
    """A node with a course, and the metadata of then; a second version was published since."""
    publish_page(lab.hub, "a")
    there, carrier = lab.synced(), Carrier(lab.hub)
    assert fetch(there, carrier) == 1
    old = releases.bundle(lab.hub, {}, [release_path("a", 1), release_path("a", 2)])
    lab.move_on(1)
    publish_page(lab.hub, "a", 2)
    there.courier.sync()
    there.clock.hear(lab.hub.now() * 1000)
    return there, Carrier(lab.hub), old
