"""Keys change hands, are stolen and revoked: a real node and a real hub (SPEC.md §2.6)."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from content.model.course import Course, Item, Question
from content.packs.pack import Pack, open_manifest, seal_manifest
from hub.__main__ import cli as hub_cli
from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.facts import replay
from hub.intake import proofs, stations
from hub.publishing import publish
from hub.store import batches, nodes
from hub.store.engine import reading
from node.__main__ import cli as node_cli
from node.config import Config
from node.errors import HubRefused, NotTheHub, RecordsWait
from node.exchange.exchange import Exchange
from node.exchange.node_keys import add_key, load_keys
from node.keeper import key_rotation
from node.link.http_client import HubConnection
from node.runtime import NodeRuntime
from node.store import courses, journal, meta
from sync.errors import NotForUs
from sync.exchange import Answer, Order, seal_answer, unseal_request
from sync.identity import Identity, certify
from sync.parcel import parcel_name
from sync.sealing import BoxKey
from sync.signing import SigningKey
from tests.lab import PARENT, answering, joined, note, running_hub
from tests.sync.records import some_records

CODE = "440604001"


@dataclass
class Lab:
    """A hub that can be restarted, and a node that finds it again."""

    hub: Hub
    config: Config
    stack: ExitStack = field(default_factory=ExitStack)

    def restart(self) -> None:
        """Restart the hub: it reads its keys again."""
        self.hub = open_hub.open_hub(self.hub.config.data)
        port = self.stack.enter_context(answering(self.hub))
        self.config = replace(self.config, hub_url=f"http://127.0.0.1:{port}")

    def rotate(self, count: int = 1) -> None:
        """Hand over the hub's key so many times, as people do it."""
        for _ in range(count):
            data = str(self.hub.config.data)
            done = CliRunner().invoke(hub_cli, ["--data", data, "key", "rotate"])
            assert done.exit_code == 0, done.output
            assert "重新启动" in done.output
        self.restart()

    def node(self) -> NodeRuntime:
        """The node's program, opened once more."""
        return NodeRuntime.open(self.config)

    def at_hub(self) -> nodes.Node:
        """What the hub knows of the node."""
        with reading(self.hub.engine) as connection:
            node = nodes.get(connection, 1)
        assert node is not None
        return node

    def records_at_hub(self) -> int:
        """How many records of the node verify at the hub."""
        with reading(self.hub.engine) as connection:
            return sum(len(batch.records) for batch in replay.replay(connection, 1))


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with ExitStack() as stack, running_hub(tmp_path / "hub") as (hub, port):
        yield Lab(hub, joined(tmp_path / "node", hub, port, CODE), stack)


def work(there: NodeRuntime, seed: int, count: int = 30) -> None:
    note(there, list(some_records(random.Random(seed), count)))


def publish_page(hub: Hub, name: str) -> None:
    """A course without files, signed with the key that the hub has now."""
    asked = Question("q1", "truefalse", "对吗？", ("正确", "错误"), "A")
    drill = Item("drill", "practice", "练习", questions=(asked,))
    course = Course(name, 1, f"课程 {name}", items=(drill,))
    raw = seal_manifest(course, hub.key)
    pack = Pack(open_manifest(raw, hub.key.public), hub.blobs.add_bytes(raw), len(raw), {})
    publish.publish_pack(hub, pack, PARENT, "test")


def test_a_node_that_slept_through_three_handovers_catches_up_in_one_sync(lab: Lab) -> None:
    publish_page(lab.hub, "old")
    there = lab.node()
    work(there, 1)
    there.courier.sync()
    there.courier.fetch_content()
    there.close()
    for name in ("one", "two", "three"):
        lab.rotate()
        publish_page(lab.hub, name)  # each signed with a key that the node has not seen
    there = lab.node()
    work(there, 2)
    assert there.courier.sync() == 30
    assert there.courier.fetch_content() == 3
    conn = there.store.read()
    me = meta.identity(conn)
    assert me is not None
    assert [hub.generation for hub in me.hubs] == [0, 1, 2, 3]
    assert [hub.key for hub in me.hubs] == list(reversed(lab.hub.ring.publics))
    assert {course.id for course in courses.installed(conn)} == {"old", "one", "two", "three"}
    assert courses.course(conn, "old").title == "课程 old"  # signed with the first key
    sealed = [bytes(row["bytes"]) for row in conn.execute("SELECT bytes FROM receipt ORDER BY seq")]
    assert len(sealed) == 2
    for receipt in sealed:  # the first was signed by a key that is three hand-overs old
        proofs.verify(proofs.prove_receipt(lab.hub, receipt), [me.hubs[0].key])
    there.close()


def test_a_stolen_old_hub_key_answers_nobody_who_has_moved_on(lab: Lab) -> None:
    stolen, thiefs = lab.hub.key, SigningKey.generate()
    lab.rotate()
    there = lab.node()
    there.courier.sync()
    me = meta.identity(there.store.read())
    assert me is not None
    before = meta.get(there.store.read(), meta.REFUSAL)
    exchange = Exchange(lab.config, there.store, there.clock, me)
    own = Identity.of(load_keys(lab.config.data).current)
    asked: list[bytes] = []

    class Thief:
        """Answers with the stolen key, alone or as if it had handed over to the thief's own."""

        def __init__(self, key: SigningKey, certificates: tuple[bytes, ...]) -> None:
            self.key, self.certificates = key, certificates

        def post(self, _path: str, raw: bytes, _most: int) -> bytes:
            asked.append(raw)
            order = Order(99, "station", "station", b'{"code":"x","name":"stolen"}')
            answer = Answer(parcel_name(raw), 4_000_000_000_000, 9, 0, bytes(32), "other-history",
                          orders=(order,))  # fmt: skip
            return seal_answer(answer, 1, own, self.key, self.certificates)

    by_stolen = certify(stolen, thiefs, 1)
    for key, certificates in (
        (stolen, ()),
        (thiefs, (by_stolen,)),
        (SigningKey.from_bytes(thiefs.raw), (by_stolen, certify(stolen, thiefs, 2))),
    ):
        with pytest.raises(NotTheHub, match="bad-signature"):
            exchange.run(Thief(key, certificates), 0)  # type: ignore[arg-type]
    with pytest.raises(NotForUs):  # nor can the thief read what such a node says
        unseal_request(asked[0], BoxKey.of(stolen), own)
    conn = there.store.read()
    assert meta.get(conn, meta.STATION_NAME) == me.name
    assert meta.number(conn, meta.EPOCH) == 1
    assert meta.get(conn, meta.REFUSAL) == before
    there.close()


def test_a_revoked_node_gets_nothing_and_its_history_still_verifies(lab: Lab) -> None:
    there = lab.node()
    work(there, 1)
    there.courier.sync()
    data = str(lab.hub.config.data)
    done = CliRunner().invoke(hub_cli, ["--data", data, "station", "revoke", CODE])
    assert (done.exit_code, "node 1" in done.output) == (0, True), done.output
    publish_page(lab.hub, "secret")
    work(there, 2)
    with pytest.raises(HubRefused, match="revoked"):
        there.courier.sync()
    assert courses.missing(there.store.read()) == []
    assert journal.waiting(there.store.read()).count == 30
    with pytest.raises(RecordsWait, match="30"):
        key_rotation.rotate(there)
    assert lab.records_at_hub() == 30
    proofs.verify(proofs.prove(lab.hub, 1, 30), lab.hub.ring.publics)
    assert proofs.audit(lab.hub)[1] == []
    there.close()
    # Its place can be given to another machine.
    new_station = stations.add(lab.hub, CODE, "test")
    assert new_station.node_id == 2


def test_a_frozen_node_works_again_when_people_say_so(lab: Lab) -> None:
    stations.set_state(lab.hub, 1, "frozen", "test")
    there = lab.node()
    work(there, 1)
    with pytest.raises(HubRefused, match="frozen"):
        there.courier.sync()
    run, data = CliRunner().invoke, str(lab.hub.config.data)
    done = run(hub_cli, ["--data", data, "station", "unfreeze", CODE])
    assert done.exit_code == 0, done.output
    assert there.courier.sync() == 30
    assert run(hub_cli, ["--data", data, "station", "unfreeze", CODE]).exit_code != 0
    there.close()


def test_a_node_hands_over_and_each_epoch_verifies_with_its_own_key(lab: Lab) -> None:
    there = lab.node()
    work(there, 1)
    with pytest.raises(RecordsWait):
        key_rotation.rotate(there)
    there.courier.sync()
    old = load_keys(lab.config.data).current
    there.close()
    done = CliRunner().invoke(node_cli, ["key", "rotate", "--data", str(lab.config.data)])
    assert done.exit_code == 0, done.output
    there = lab.node()
    new = load_keys(lab.config.data).current
    work(there, 2)
    assert there.courier.sync() == 30
    assert lab.at_hub().public_key == new.public.to_bytes()
    assert meta.number(there.store.read(), meta.KNOWN_KEY) == 1
    work(there, 3)
    assert there.courier.sync() == 30
    assert lab.records_at_hub() == 90
    with reading(lab.hub.engine) as connection:
        keys = [end.public_key for n in (1, 2) if (end := batches.end(connection, 1, n))]
    assert keys == [old.public.to_bytes(), new.public.to_bytes()]
    assert proofs.audit(lab.hub) == (3, [])
    there.close()


def test_a_handover_is_told_until_the_hub_has_heard_it(lab: Lab) -> None:
    there = lab.node()
    there.courier.sync()
    for _ in range(2):  # handed over twice before the hub hears of either
        key_rotation.rotate(there)
    me = meta.identity(there.store.read())
    assert me is not None
    exchange = Exchange(lab.config, there.store, there.clock, me)

    class Deaf(HubConnection):
        """The hub hears it, and the answer is lost."""

        def post(self, path: str, body: bytes, max_bytes: int) -> bytes:
            super().post(path, body, max_bytes)
            return b"<html>"

    with Deaf(lab.config.hub_url) as line, pytest.raises(NotTheHub):
        exchange.run(line, 0)
    assert lab.at_hub().generation == 2
    assert meta.number(there.store.read(), meta.KNOWN_KEY) == 0
    work(there, 1)
    assert there.courier.sync() == 30
    assert meta.number(there.store.read(), meta.KNOWN_KEY) == 2
    there.close()


def test_a_stolen_old_node_key_is_not_believed(lab: Lab) -> None:
    there = lab.node()
    there.courier.sync()
    stolen = replace(lab.config, data=lab.config.data.parent / "stolen")
    shutil.copytree(lab.config.data, stolen.data)
    key_rotation.rotate(there)
    there.courier.sync()
    thief = NodeRuntime.open(stolen)
    work(thief, 1)
    with pytest.raises(HubRefused, match="bad-signature"):
        thief.courier.sync()
    thief.close()
    assert (lab.records_at_hub(), lab.at_hub().state) == (0, "active")
    work(there, 2)
    assert there.courier.sync() == 30
    there.close()


def test_a_handover_cut_between_key_and_epoch_loses_nothing(lab: Lab) -> None:
    there = lab.node()
    work(there, 1)
    there.courier.sync()
    add_key(lab.config.data)  # and then the power failed: the epoch goes on with its own key
    work(there, 2)
    assert there.courier.sync() == 30
    assert lab.at_hub().generation == 1
    key_rotation.rotate(there)
    work(there, 3)
    assert there.courier.sync() == 30
    assert lab.records_at_hub() == 90
    there.close()


def test_a_backup_from_before_the_handover_keeps_all_work(lab: Lab) -> None:
    there = lab.node()
    work(there, 1)
    there.courier.sync()
    there.close()
    backup = lab.config.data.parent / "backup"
    shutil.copytree(lab.config.data, backup)
    there = lab.node()
    key_rotation.rotate(there)
    work(there, 2)
    there.courier.sync()
    there.close()
    for file in lab.config.data.glob("node.db*"):
        file.unlink()
    for file in backup.glob("node.db*"):
        shutil.copy(file, lab.config.data)
    there = lab.node()  # sees by the mark beside the database that it was restored
    work(there, 3)
    there.courier.sync()
    assert journal.waiting(there.store.read()).count == 0
    assert lab.records_at_hub() == 90
    there.close()


def test_receipts_exported_at_a_station_are_proved_at_the_hub(lab: Lab, tmp_path: Path) -> None:
    there = lab.node()
    for seed in (1, 2, 3):
        work(there, seed)
        there.courier.sync()
    there.close()
    file, proof = str(tmp_path / "receipts.json"), str(tmp_path / "proof.json")
    run = CliRunner().invoke
    done = run(node_cli, ["receipts", "export", file, "--data", str(lab.config.data)])
    assert done.exit_code == 0, done.output
    data = ["--data", str(lab.hub.config.data)]
    done = run(hub_cli, [*data, "log", "prove", "--receipt", file, "--seq", "45", "-o", proof])
    assert done.exit_code == 0, done.output
    assert "seq 31–60" in done.output
    key = lab.hub.ring.publics[0].to_bytes().hex()
    done = run(hub_cli, ["log", "verify", proof, "--hub-key", key])
    assert done.exit_code == 0, done.output
