"""A node hands over its keys while another of its requests is under way (SPEC.md §2.6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.context.keyring import KeyRing
from hub.context.open_hub import Hub
from hub.intake import node_request
from hub.store import nodes
from hub.store.engine import reading, writing
from sync.errors import BadSignature
from sync.exchange import Request, seal_request, unseal_answer
from sync.identity import Identity, certify
from sync.sealing import BoxKey
from sync.signing import SigningKey
from tests.hub.conftest import NOW, Station


@pytest.mark.parametrize("certified", [False, True])
def test_a_parcel_that_waits_while_keys_are_handed_over_does_not_bring_the_old_ones_back(
    hub: Hub, station: Station, monkeypatch: pytest.MonkeyPatch, certified: bool
) -> None:
    """It was opened with the old keys; the handover is stored before it gets the lock."""
    keys = [station.key, SigningKey.generate(), SigningKey.generate()]
    certificates = [certify(keys[n], keys[n + 1], n + 1) for n in range(2)]
    heard = by_key(station, keys[1], certificates[:1]) if certified else station.request()
    handover = by_key(station, keys[2], certificates)
    box = KeyRing.box

    def meanwhile(ring: KeyRing, hint: bytes) -> BoxKey:
        monkeypatch.setattr(KeyRing, "box", box)
        node_request.exchange(hub, handover)
        return box(ring, hint)

    monkeypatch.setattr(KeyRing, "box", meanwhile)
    with pytest.raises(BadSignature, match="not signed for request"):
        node_request.exchange(hub, heard)
    with reading(hub.engine) as connection:
        node = nodes.get(connection, station.node)
    assert node is not None
    assert node.identity == Identity.of(keys[2], 2)


def test_a_handover_that_another_one_has_told_meanwhile_is_answered(
    hub: Hub, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = SigningKey.generate()
    certificates = [certify(station.key, key, 1)]
    twice = [by_key(station, key, certificates) for _ in range(2)]
    box = KeyRing.box

    def meanwhile(ring: KeyRing, hint: bytes) -> BoxKey:
        monkeypatch.setattr(KeyRing, "box", box)
        node_request.exchange(hub, twice[0])
        return box(ring, hint)

    monkeypatch.setattr(KeyRing, "box", meanwhile)
    answer = node_request.exchange(hub, twice[1])
    assert unseal_answer(answer, BoxKey.of(key), hub.ring.identity)[0].refusal == ""


def test_keys_of_an_older_generation_are_never_stored(hub: Hub, station: Station) -> None:
    newer, older = Identity.of(SigningKey.generate(), 2), Identity.of(SigningKey.generate(), 1)
    with writing(hub.engine) as connection:
        for identity in (newer, older, replace(older, generation=2)):
            nodes.set_identity(connection, station.node, identity)
        node = nodes.get(connection, station.node)
    assert node is not None
    assert node.identity == newer


def by_key(station: Station, key: SigningKey, certificates: list[bytes]) -> bytes:
    """An idle request signed by a later key of the station."""
    station.contact += 1
    request = Request(
        station.node, 1, NOW * 1000, 0, 0, 9, contact=station.contact, boots=station.boots
    )
    return seal_request(request, key, station.hub.ring.identity, certificates)
