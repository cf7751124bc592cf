"""Keys of releases change hands, are stolen, belong to provinces (content/SPEC.md §8)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from tuf.api.metadata import Metadata, TargetFile, Targets, Timestamp

import sync.secrets
from content.transfer.releases import TIMESTAMP, release_path, unpack_bundle
from content.transfer.stick_folder import Stick
from hub.__main__ import cli as hub_cli
from hub.intake import stick_carrier
from hub.store.engine import reading, writing
from hub.store.releases import all_newest
from hub.trust import keys, repository
from node.clock import Clock
from node.courses.release_trust import Trust
from node.courses.trust_errors import (
    ReleaseForged,
    ReleaseIncomplete,
    ReleaseRolledBack,
    ReleaseStale,
    ReleaseUnknown,
)
from node.runtime import NodeRuntime
from node.store import courses
from node.store.courses import WantedCourse
from tests.faults.releases import (
    Carrier,
    Lab,
    fault,
    fetch,
    installed_one,
    named,
    names,
    publish_page,
)


def hand_over(lab: Lab, *words: str | Path) -> None:
    """What people do at the hub with the keys on their stick."""
    stick = lab.config.data.parent / "stick"
    stick.mkdir(exist_ok=True)
    (stick / "pass").write_text("correct horse battery\n")
    keys_there = [w for file in sorted(stick.glob("root-*.key")) for w in ("--key", str(file))]
    arguments = [*map(str, words), *keys_there, "--passphrase-file", str(stick / "pass")]
    done = CliRunner().invoke(hub_cli, ["--data", str(lab.hub.config.data), "trust", *arguments])
    assert "已采用" in done.output, (done.output, done.exception)
    if "root" in words:  # the former keys are of no more use
        for file in keys_there[1::2]:
            Path(file).unlink()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync.secrets, "_LOCK_MEMORY_KIB", 64)


@pytest.mark.usefixtures("quick")
def test_a_node_that_slept_through_three_changes_of_keys_catches_up(lab: Lab) -> None:
    there, carrier, old = installed_one(lab)
    stick = lab.config.data.parent / "stick"
    hand_over(lab, "rotate", "root", _made(stick), "--keys", "2", "--threshold", "2")
    hand_over(lab, "rotate", "online")
    hand_over(lab, "rotate", "root", stick)
    hand_over(lab, "rotate", "online")
    lab.move_on(200)
    there.courier.sync()
    there.clock.hear(lab.hub.now() * 1000)
    carrier.bundle = lambda _raw: old
    with pytest.raises(ReleaseStale):
        fetch(there, carrier)
    carrier = Carrier(lab.hub)
    assert fetch(there, carrier) == 1
    assert names(there) == {"a": 2}
    assert len(carrier.given) == 1  # four roots in one request
    [have] = [asked[0] for asked in carrier.asked]
    assert have["root"] == 1
    publish_page(lab.hub, "a", 3)
    there.courier.sync()
    assert fetch(there, carrier) == 1
    assert carrier.asked[-1][0]["root"] == 5
    there.close()


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


@pytest.mark.usefixtures("quick")
def test_a_stolen_online_key_is_of_no_use_after_it_was_changed(lab: Lab) -> None:
    there, carrier, _old = installed_one(lab)
    stolen = keys.read(lab.hub.config.trust / "online.key", str)
    # The thief makes everything that follows look old: versions of the year 33658.
    with reading(lab.hub.engine) as connection:
        stamp = Metadata[Timestamp].from_bytes(all_newest(connection)[-1].bytes)
    stamp.signed.version = stamp.signed.snapshot_meta.version = 10**12 - 1
    stamp.sign(keys.KeySigner(stolen))

    def forged(raw: bytes) -> bytes:
        pieces = {n: p for n, p in unpack_bundle(raw).items() if TIMESTAMP not in n}
        return named(pieces | {f"{10**12 - 1}.{TIMESTAMP}": stamp.to_bytes()})

    carrier.bundle = forged
    with pytest.raises(ReleaseIncomplete):
        fetch(there, carrier)
    with pytest.raises(ReleaseRolledBack):  # the thief's version was accepted: the key was valid
        fetch(there, Carrier(lab.hub))
    assert names(there) == {"a": 1}
    hand_over(lab, "rotate", "online")
    assert fetch(there, Carrier(lab.hub)) == 1
    publish_page(lab.hub, "b")
    there.courier.sync()
    with pytest.raises(ReleaseForged):
        fetch(there, carrier)
    assert fetch(there, Carrier(lab.hub)) == 1
    assert names(there) == {"a": 2, "b": 1}
    there.close()


@pytest.mark.usefixtures("quick")
def test_a_provinces_key_releases_nothing_outside_its_courses(lab: Lab) -> None:
    there, carrier, _old = installed_one(lab)
    hand_over(lab, "delegate", "p44")
    publish_page(lab.hub, "p44-tax")
    there.courier.sync()
    assert fetch(there, carrier) == 2
    key = keys.read(lab.hub.config.trust / "p44.key", str)
    path, wanted = release_path("a", 9), WantedCourse("a", 9, "0" * 64, 1, "a", 0)
    target = TargetFile.from_data(path, wanted.manifest.encode(), ["sha256"])
    with writing(lab.hub.engine) as connection:
        for stored in all_newest(connection):
            if stored.role.startswith("p44-"):
                bent = Metadata[Targets].from_bytes(stored.bytes)
                bent.signed.targets[path] = target
                bent.signed.version += 1
                repository.put(connection, stored.role, bent.signed, [key])
        repository.close_with(connection, lab.hub.config.trust, lab.hub.now())
    there.store.write(lambda conn: courses.want(conn, wanted))
    with pytest.raises(ReleaseUnknown, match="courses/a/9"):
        fetch(there, carrier)
    # Nor does the hub's own key release a province's courses.
    other = WantedCourse("p44-tax", 9, "0" * 64, 1, "tax", 0)
    online = keys.online(lab.hub.config.trust)
    target = TargetFile.from_data(release_path("p44-tax", 9), b"0" * 64, ["sha256"])
    with writing(lab.hub.engine) as connection:
        for stored in all_newest(connection):
            if stored.role.startswith("hq-"):
                bent = Metadata[Targets].from_bytes(stored.bytes)
                bent.signed.targets[target.path] = target
                bent.signed.version += 1
                repository.put(connection, stored.role, bent.signed, [online])
        repository.close_with(connection, lab.hub.config.trust, lab.hub.now())
    there.store.write(lambda conn: courses.want(conn, other))
    assert there.courier.trust.refused([other], carrier)[other.manifest].code == "release-unknown"
    there.close()


def test_a_stick_brings_metadata_and_an_older_or_spoilt_one_is_told(lab: Lab) -> None:
    usb = lab.config.data.parent / "usb"
    usb.mkdir()
    publish_page(lab.hub, "a")
    there = NodeRuntime.open(replace(lab.config, hub_url="http://127.0.0.1:9"))
    there.stick.export_to(usb)
    with Stick(usb) as stick:
        stick_carrier.import_from(lab.hub, stick)
    bundle = usb / "xuezhan" / "trust" / "releases.xzr"
    good = bundle.read_bytes()
    for spoilt, code in (
        (good[: len(good) // 2], "release-forged"),
        (b"", ""),
        (good[:-9] + bytes(9), "release-forged"),
    ):
        bundle.write_bytes(spoilt)
        assert there.stick.import_from(usb).journey.courses == 0
        assert (names(there), fault(there)) == ({}, code or fault(there))
    bundle.unlink()
    bundle.symlink_to(lab.hub.config.data / "hub.key")
    assert there.stick.import_from(usb).journey.courses == 0  # no link is followed
    bundle.unlink()
    bundle.write_bytes(good)
    assert there.stick.import_from(usb).journey.courses == 1
    assert (names(there), fault(there)) == ({"a": 1}, "")
    there.close()


def test_a_relay_renews_once_a_week_for_those_behind_it(lab: Lab) -> None:
    publish_page(lab.hub, "a")
    there = lab.synced()
    relay = Trust(there.store, there.clock, relays=True)
    carrier = Carrier(lab.hub)
    assert relay.refused(courses.missing(there.store.read()), carrier) == {}
    assert not relay.is_old()
    lab.move_on(8)
    later = Clock(floor=lab.hub.now(), raw=lambda: lab.hub.now())
    relay = Trust(there.store, later, relays=True)
    assert relay.is_old()
    assert not Trust(there.store, later).is_old()
    assert relay.refused([], Carrier(lab.hub)) == {}
    assert not relay.is_old()
    bundle = relay.bundle({"root": 1}, [release_path("a", 1)])
    assert bundle is not None
    assert len(unpack_bundle(bundle)) == 5
    there.close()
