"""Which release is current, whatever line, relay, stick or mirror say (content/SPEC.md §8)."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.transfer.releases import (
    MAX_BUNDLE_BYTES,
    PATH,
    TIMESTAMP,
    release_path,
    unpack_bundle,
    version_of,
)
from hub.publishing import releases
from hub.store.engine import reading, writing
from hub.store.releases import StoredMetadata, all_newest, put
from node.clock import Clock
from node.courses.release_trust import Trust
from node.courses.trust_errors import (
    ReleaseForged,
    ReleaseIncomplete,
    ReleaseMixed,
    ReleaseOther,
    ReleaseRolledBack,
    ReleaseStale,
    ReleaseTooLarge,
    ReleaseUnknown,
    UntrustedRelease,
)
from node.courses.tuf_client import MetadataCheck
from node.runtime import NodeRuntime
from node.store import courses, meta, orders
from node.store.courses import WantedCourse
from sync.exchange import Order
from sync.wire import compress
from tests.faults.releases import (
    DAY_S,
    Carrier,
    Lab,
    fault,
    fetch,
    installed_one,
    named,
    names,
    publish_page,
)
from tests.lab import running_hub


def refused(lab: Lab, there: NodeRuntime, source: Carrier, kind: type[UntrustedRelease]) -> None:
    """What came is refused by name, the old version stays, and the true release is still taken."""
    with pytest.raises(kind):
        fetch(there, source)
    assert fault(there) == kind.code
    assert names(there) == {"a": 1}
    assert fetch(there, Carrier(lab.hub)) == 1
    assert (names(there), fault(there)) == ({"a": 2}, "")


def test_a_course_is_asked_for_once_and_for_little(lab: Lab) -> None:
    for name in ("a", "b"):
        publish_page(lab.hub, name)
    there, carrier = lab.synced(), Carrier(lab.hub)
    assert fetch(there, carrier) == 2
    assert names(there) == {"a": 1, "b": 1}
    assert len(carrier.given) == 1
    assert sum(carrier.given) < 2_000
    assert fetch(there, carrier) == 0
    assert len(carrier.given) == 1  # nothing wanted, nothing asked
    publish_page(lab.hub, "a", 2)
    there.courier.sync()
    assert fetch(there, carrier) == 1
    have, want = carrier.asked[1]
    assert {"root", "targets", "hq"} < set(have)
    assert want == [release_path("a", 2)]
    assert carrier.given[1] < 1_000
    there.close()


def test_a_node_that_accepted_a_release_goes_on_without_asking_again(lab: Lab) -> None:
    pack = publish_page(lab.hub, "a")
    there, carrier = lab.synced(), Carrier(lab.hub)
    wanted = courses.missing(there.store.read())
    assert there.courier.trust.refused(wanted, carrier) == {}
    lab.move_on(400)  # the line was cut; much later the stick that brings the rest has no metadata
    there.clock.hear(lab.hub.now() * 1000)
    carrier.bundle = lambda _raw: b""
    assert fetch(there, carrier) == 1
    assert names(there) == {"a": 1}
    assert len(carrier.given) == 1
    assert pack.manifest_sha in meta.get(there.store.read(), meta.ACCEPTED)
    there.close()


def test_rollback_is_refused_by_name(lab: Lab) -> None:
    there, carrier, old = installed_one(lab)
    carrier.bundle = lambda _raw: old
    with pytest.raises(ReleaseUnknown):  # as old as what is here: it knows no version 2
        fetch(there, carrier)
    publish_page(lab.hub, "b")
    there.courier.sync()
    wanted = [course for course in courses.missing(there.store.read()) if course.course == "b"]
    assert there.courier.trust.refused(wanted, Carrier(lab.hub)) == {}  # sees the newer metadata
    with pytest.raises(ReleaseRolledBack):
        fetch(there, carrier)
    assert fault(there) == "release-rolled-back"
    assert fetch(there, Carrier(lab.hub)) == 1
    assert names(there) == {"a": 2, "b": 1}
    there.close()


def test_a_freeze_is_told_after_expiry_and_what_is_installed_is_served(lab: Lab) -> None:
    there, carrier, old = installed_one(lab)
    lab.move_on(40)
    there.clock.hear(lab.hub.now() * 1000)  # the hub's signed time: the old metadata has expired
    carrier.bundle = lambda _raw: old
    refused(lab, there, carrier, ReleaseStale)
    assert courses.course(there.store.read(), "a").title == "课程 a"
    there.close()


def test_a_wrong_clock_does_not_make_good_metadata_look_expired(lab: Lab) -> None:
    publish_page(lab.hub, "a")
    there = lab.synced()
    hub_at = meta.number(there.store.read(), meta.HUB_AT)
    there.close()
    # The same node, started again: its PC is 59 days ahead, and is believed until the hub speaks.
    there = NodeRuntime.open(lab.config, Clock(floor=hub_at, raw=lambda: hub_at + 59 * DAY_S))
    assert there.clock.now() >= hub_at + 59 * DAY_S
    assert fetch(there, Carrier(lab.hub)) == 1
    there.close()


def test_mixed_pieces_are_refused_by_name(lab: Lab) -> None:
    there, carrier, old = installed_one(lab)
    earlier = {name.partition(".")[2]: raw for name, raw in unpack_bundle(old).items()}

    def mixed(raw: bytes) -> bytes:
        """Today's timestamp, and the list of another day under today's name."""
        pieces = unpack_bundle(raw)
        return named({n: earlier["snapshot"] if "snapshot" in n else p for n, p in pieces.items()})

    carrier.bundle = mixed
    refused(lab, there, carrier, ReleaseMixed)
    there.close()


def test_pieces_that_are_held_back_are_missed_by_name(lab: Lab) -> None:
    there, carrier, _old = installed_one(lab)
    carrier.bundle = lambda raw: named(
        {name: piece for name, piece in unpack_bundle(raw).items() if "snapshot" not in name}
    )
    refused(lab, there, carrier, ReleaseIncomplete)
    there.close()


def test_endless_metadata_is_cut_off_by_name(lab: Lab) -> None:
    there, _carrier, _old = installed_one(lab)
    sizes: list[int] = []

    class Endless(Carrier):
        def get(self, path: str, first: int) -> tuple[int, int, Iterator[bytes]]:
            if not path.startswith(PATH):
                return super().get(path, first)

            def zeros() -> Iterator[bytes]:
                while True:
                    sizes.append(65_536)
                    yield bytes(65_536)

            return 0, 100, zeros()

    refused(lab, there, Endless(lab.hub), ReleaseTooLarge)
    assert sum(sizes) < MAX_BUNDLE_BYTES + 100_000
    there.close()


def test_a_small_bundle_that_unpacks_to_gigabytes_is_cut_off_by_name(lab: Lab) -> None:
    there, carrier, _old = installed_one(lab)
    carrier.bundle = lambda _raw: compress(bytes(200_000_000), with_dictionary=False)
    refused(lab, there, carrier, ReleaseTooLarge)
    there.close()


def test_another_hubs_metadata_is_refused_by_name(lab: Lab, tmp_path: Path) -> None:
    there, carrier, _old = installed_one(lab)
    with running_hub(tmp_path / "other") as (other, _port):
        publish_page(other, "a", 2)
        theirs = releases.bundle(other, {}, [release_path("a", 2)])
    carrier.bundle = lambda _raw: theirs
    with pytest.raises((ReleaseForged, ReleaseIncomplete)):
        fetch(there, carrier)
    carrier.bundle = lambda raw: _with_newest_stamp(raw, theirs)
    refused(lab, there, carrier, ReleaseForged)
    there.close()


def _with_newest_stamp(raw: bytes, theirs: bytes) -> bytes:
    pieces = [piece for piece in unpack_bundle(raw).items() if not piece[0].endswith(TIMESTAMP)]
    pieces += [piece for piece in unpack_bundle(theirs).items() if piece[0].endswith(TIMESTAMP)]
    return named(dict(pieces))


def test_an_order_for_another_pack_than_the_released_one_is_refused(lab: Lab) -> None:
    there, carrier, _old = installed_one(lab)
    wrong = WantedCourse("a", 2, "0" * 64, 100, "a", 0)
    there.store.write(lambda conn: courses.want(conn, wrong))
    with pytest.raises(ReleaseOther, match="courses/a/2"):
        fetch(there, carrier)
    never = WantedCourse("a", 3, "0" * 64, 100, "a", 0)
    there.store.write(lambda conn: courses.want(conn, never))
    with pytest.raises(ReleaseUnknown, match="courses/a/3"):
        fetch(there, carrier)
    assert names(there) == {"a": 1}
    there.close()


def test_one_course_that_is_refused_does_not_keep_the_others_waiting(lab: Lab) -> None:
    there, carrier, _old = installed_one(lab)
    there.store.write(lambda conn: courses.want(conn, WantedCourse("x", 1, "0" * 64, 1, "x", 0)))
    with pytest.raises(ReleaseUnknown, match="courses/x/1"):
        fetch(there, carrier)
    assert names(there) == {"a": 2}
    there.close()


def said(bundle: bytes) -> list[object]:
    return [json.loads(raw)["signed"] for raw in unpack_bundle(bundle).values()]


def test_flipped_bytes_are_refused_and_harm_nothing(lab: Lab, tmp_path: Path) -> None:
    there, carrier, _old = installed_one(lab)
    dice, refusals = random.Random(1), set()
    local = lab.config.data / "trust"
    shutil.copytree(local, tmp_path / "before", symlinks=True)
    wanted = courses.missing(there.store.read())
    held = {"root": 1} | {
        role: version
        for role in ("targets", "hq")
        if (version := version_of((local / f"{role}.json").read_bytes(), role))
    }
    whole = releases.bundle(lab.hub, held, [release_path("a", 2)])
    pieces = unpack_bundle(whole)
    assert len(pieces) == 3  # timestamp, list of versions, bin

    def look(bundle: bytes) -> str:
        carrier.bundle = lambda _raw: bundle
        error = next(iter(there.courier.trust.refused(wanted, carrier).values()), None)
        shutil.rmtree(local)
        shutil.copytree(tmp_path / "before", local, symlinks=True)
        there.store.write(lambda conn: meta.put(conn, meta.ACCEPTED, "[]"))
        if error is None:  # a bit without meaning: what was signed is the same
            assert said(bundle) == said(whole)
            return "release-forged"
        return error.code if isinstance(error, UntrustedRelease) else repr(error)

    for _ in range(50):
        name = dice.choice(sorted(pieces))
        piece = bytearray(pieces[name])
        piece[dice.randrange(len(piece))] ^= 1 << dice.randrange(8)
        refusals.add(look(named(pieces | {name: bytes(piece)})))
    for at in range(0, len(whole), 23):
        bent = bytes([whole[at] ^ 1 << dice.randrange(8)])
        refusals.add(look(whole[:at] + bent + whole[at + 1 :]))
        refusals.add(look(whole[:at]))
    known = {"forged", "mixed", "incomplete", "too-large"}
    assert refusals <= {f"release-{kind}" for kind in known}
    assert {"release-forged", "release-mixed"} <= refusals
    assert names(there) == {"a": 1}
    assert fetch(there, Carrier(lab.hub)) == 1
    there.close()


@given(st.lists(st.tuples(st.integers(1, 99), st.sampled_from(
    ["root", "timestamp", "snapshot", "targets", "hq"]), st.binary(max_size=60) | st.sampled_from(
    [b"{}", b"[" * 100_000, b'{"signed":{"_type":"root","version":2}}', b"null"])), max_size=6,
    unique_by=lambda piece: piece[:2]))  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_garbage_is_answered_with_our_refusals_only(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[int, str, bytes]]
) -> None:
    pinned = tmp_path_factory.getbasetemp() / "pinned.json"
    if not pinned.exists():
        with running_hub(tmp_path_factory.mktemp("hub")) as (hub, _port):
            publish_page(hub, "a")
            [root] = [b for n, b in unpack_bundle(releases.bundle(hub, {}, [])).items()
                      if n == "1.root"]  # fmt: skip
            pinned.write_bytes(root)
    folder = tmp_path_factory.mktemp("trust")
    came = {f"{version}.{role}": raw for version, role, raw in pieces}
    with pytest.raises(UntrustedRelease):
        MetadataCheck(folder, pinned.read_bytes(), came, datetime.now(UTC))


def test_a_hub_restored_from_a_backup_signs_above_what_it_had_signed(lab: Lab) -> None:
    there, carrier, _old = installed_one(lab)
    with reading(lab.hub.engine) as connection:
        backup: list[StoredMetadata] = all_newest(connection)
    lab.move_on(3)
    publish_page(lab.hub, "c")
    there.courier.sync()
    wanted = [course for course in courses.missing(there.store.read()) if course.course == "c"]
    assert there.courier.trust.refused(wanted, Carrier(lab.hub)) == {}
    with writing(lab.hub.engine) as connection:
        for stored in backup:
            if stored.role != "root":
                put(connection, stored)
    lab.move_on(2)
    releases.sign_anew(lab.hub)  # as a hub does when it starts
    carrier.hub = lab.hub
    publish_page(lab.hub, "d")
    there.courier.sync()
    assert fetch(there, carrier) == 3
    assert names(there) == {"a": 2, "c": 1, "d": 1}
    there.close()


def test_the_first_root_stays_whatever_is_ordered_later(lab: Lab) -> None:
    publish_page(lab.hub, "a")
    there = lab.synced()
    first = meta.get(there.store.read(), meta.TRUST_ROOT)
    later = Order(10_000, "trust", "root", b'{"signed":{},"signatures":[]}')
    there.store.write(lambda conn: orders.apply(conn, (later,), 0, 0))
    assert meta.get(there.store.read(), meta.TRUST_ROOT) == first
    assert fetch(there, Carrier(lab.hub)) == 1
    there.close()


def test_a_hub_that_signs_no_releases_is_believed_as_before(lab: Lab) -> None:
    there = lab.synced()
    trust = Trust(there.store, there.clock)
    wanted = [WantedCourse("a", 1, "0" * 64, 1, "a", 0)]
    assert trust.refused(wanted, Carrier(lab.hub)) == {}
    there.close()
