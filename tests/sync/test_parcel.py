from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.errors import (
    BadSignature,
    BrokenSuccession,
    MalformedBytes,
    NotForUs,
    PeerError,
    TooLarge,
    WeakKey,
)
from sync.identity import Identity, certify, succeed
from sync.parcel import (
    MAGIC,
    MAX_PARCEL_BYTES,
    box_hint,
    parcel_name,
    read_address,
    seal_parcel,
    unseal_parcel,
)
from sync.sealing import BoxKey, seal
from sync.signing import Purpose, SigningKey
from tests.sync.conftest import HUB_KEY, NODE_KEY

NODE, HUB = Identity.of(NODE_KEY), Identity.of(HUB_KEY)
BOX = BoxKey.of(HUB_KEY)
CANARY = "王小明的答卷".encode() * 20
RAW = seal_parcel(Purpose.REQUEST, (0, 26578), CANARY, NODE_KEY, HUB)


def test_a_parcel_arrives_as_it_was_sent() -> None:
    body, sender = unseal_parcel(Purpose.REQUEST, RAW, BOX, NODE)
    assert (body, sender) == (CANARY, NODE)


def test_a_carrier_sees_the_address_and_nothing_of_what_is_inside() -> None:
    address = read_address(RAW)
    assert (address.to, address.sender, address.hint) == (0, 26578, box_hint(BOX))
    assert CANARY[:6] not in RAW
    assert NODE_KEY.public.to_bytes() not in RAW
    assert len(parcel_name(RAW)) == 8


def test_only_the_receiver_can_open_it() -> None:
    with pytest.raises(NotForUs, match="another key"):
        unseal_parcel(Purpose.REQUEST, RAW, BoxKey.of(NODE_KEY), NODE)


def test_what_another_signed_is_refused() -> None:
    with pytest.raises(BadSignature):
        unseal_parcel(Purpose.REQUEST, RAW, BOX, Identity.of(SigningKey.generate()))
    with pytest.raises(BadSignature):
        unseal_parcel(Purpose.ANSWER, RAW, BOX, NODE)


def test_a_receiver_cannot_pass_a_parcel_on_as_if_it_were_for_somebody_else() -> None:
    """When it is sealed again for another key, the signature inside no longer fits."""
    other = SigningKey.generate()
    address = read_address(RAW)
    assert address.to == 0
    context = MAGIC + b"\x00\xd2\xcf\x01" + Identity.of(other).hint
    inside = b"\x00" + bytes(64) + CANARY
    passed_on = context + seal(inside, Identity.of(other).box, context)
    with pytest.raises(BadSignature):
        unseal_parcel(Purpose.REQUEST, passed_on, BoxKey.of(other), NODE)


def test_any_flipped_bit_and_any_cut_is_refused() -> None:
    for at in range(len(RAW)):
        for bit in range(8):
            flipped = RAW[:at] + bytes([RAW[at] ^ 1 << bit]) + RAW[at + 1 :]
            with pytest.raises(PeerError):
                unseal_parcel(Purpose.REQUEST, flipped, BOX, NODE)
        with pytest.raises(PeerError):
            unseal_parcel(Purpose.REQUEST, RAW[:at], BOX, NODE)


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_garbage_meets_peer_error_only(garbage: bytes) -> None:
    context = MAGIC + b"\x00\x07" + HUB.hint
    for raw in (garbage, MAGIC + garbage, context + seal(garbage, HUB.box, context)):
        with suppress(PeerError):
            unseal_parcel(Purpose.REQUEST, raw, BOX, NODE)


def test_an_endless_parcel_is_refused_unread() -> None:
    with pytest.raises(TooLarge, match="a parcel"):
        read_address(MAGIC + bytes(MAX_PARCEL_BYTES))
    with pytest.raises(MalformedBytes, match="not a parcel"):
        read_address(b"<html>")


def test_nothing_is_sealed_to_a_key_that_is_none() -> None:
    for box in (bytes(32), b"\x01" + bytes(31), b"short"):
        with pytest.raises(WeakKey):
            seal_parcel(Purpose.ANSWER, (7, 0), b"", HUB_KEY, Identity(0, NODE.key, box))


def chain(count: int) -> tuple[list[SigningKey], list[bytes]]:
    keys = [HUB_KEY, *(SigningKey.generate() for _ in range(count))]
    pairs = zip(keys, keys[1:], strict=False)
    return keys, [certify(old, new, place) for place, (old, new) in enumerate(pairs, 1)]


def test_who_slept_through_three_hand_overs_catches_up() -> None:
    keys, certificates = chain(3)
    raw = seal_parcel(Purpose.ANSWER, (7, 0), b"body", keys[3], NODE, certificates)
    body, hub = unseal_parcel(Purpose.ANSWER, raw, BoxKey.of(NODE_KEY), HUB)
    assert (body, hub) == (b"body", Identity.of(keys[3], 3))
    again, same = unseal_parcel(Purpose.ANSWER, raw, BoxKey.of(NODE_KEY), hub)
    assert (again, same) == (body, hub)


def test_a_successor_that_the_old_key_did_not_name_is_refused() -> None:
    thief, thiefs = SigningKey.generate(), SigningKey.generate()
    with pytest.raises(BadSignature):
        succeed(HUB, [certify(thief, thiefs, 1)])
    keys, certificates = chain(3)
    with pytest.raises(BrokenSuccession, match="from generation 0 to 2"):
        succeed(HUB, certificates[1:])
    stolen = certificates[0][:-64] + certificates[1][-64:]
    with pytest.raises(BadSignature, match="possession"):
        succeed(HUB, [stolen])
    with pytest.raises(BrokenSuccession, match="65 certificates"):
        succeed(HUB, [certificates[0]] * 65)
    assert succeed(HUB, certificates).key == keys[3].public
