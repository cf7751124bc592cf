from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.errors import BadSignature, MalformedBytes, NotForUs, PeerError
from sync.exchange import (
    Answer,
    Order,
    Request,
    receipt_of,
    seal_answer,
    seal_request,
    unseal_answer,
    unseal_request,
)
from sync.identity import Identity, certify
from sync.parcel import parcel_name, seal_parcel
from sync.receipt import Receipt, seal_receipt, unseal_receipt
from sync.sealing import BoxKey
from sync.signing import Purpose, SigningKey
from tests.sync.conftest import HUB_KEY, NODE_KEY

NODE, HUB = Identity.of(NODE_KEY), Identity.of(HUB_KEY)
NODE_BOX, HUB_BOX = BoxKey.of(NODE_KEY), BoxKey.of(HUB_KEY)
BOOTS = (b"bootone!", b"boottwo!")
REQUEST = Request(7, 1, 1_780_272_000_123, 40, 12, 5_000, 2, 77, BOOTS, (b"one", b"two"))
RAW = seal_request(REQUEST, NODE_KEY, HUB)
ORDERS = (Order(13, "class", "2", '{"title":"食品"}'.encode()), Order(14, "roster", "王", b""))
RECEIPT = Receipt(7, 1, 40, b"h" * 32, 1_780_272_000_456, 9, b"r" * 32)
ANSWER = Answer(
    parcel_name(RAW), 1_780_272_000_456, 1, 40, b"h" * 32, "sequence-gap", 1, 30, 90, 12, True,
    seal_receipt(RECEIPT, HUB_KEY), ORDERS,
)  # fmt: skip


def test_a_request_arrives_as_it_was_sent() -> None:
    assert unseal_request(RAW, HUB_BOX, NODE) == (REQUEST, NODE)


def test_a_node_can_hand_over_to_a_new_key_with_any_request() -> None:
    new = SigningKey.generate()
    raw = seal_request(REQUEST, new, HUB, (certify(NODE_KEY, new, 1),))
    assert unseal_request(raw, HUB_BOX, NODE) == (REQUEST, Identity.of(new, 1))


def test_an_answer_arrives_as_it_was_sent() -> None:
    sealed = seal_answer(ANSWER, 7, NODE, HUB_KEY)
    answer, hub = unseal_answer(sealed, NODE_BOX, HUB)
    assert answer == ANSWER
    assert receipt_of(answer, hub) == RECEIPT


@pytest.mark.parametrize("held", [0, 40])
def test_an_answer_without_a_receipt_says_what_is_held(held: int) -> None:
    held_hash = b"h" * 32 if held else bytes(32)
    answer = Answer(b"asked678", 1, 3, held, held_hash)
    sealed = seal_answer(answer, 7, NODE, HUB_KEY)
    assert unseal_answer(sealed, NODE_BOX, HUB)[0] == answer
    assert receipt_of(answer, HUB) is None


def test_an_idle_exchange_is_small() -> None:
    asked = seal_request(replace(REQUEST, batches=(), boots=BOOTS[:1]), NODE_KEY, HUB)
    idle = Answer(parcel_name(asked), 1_780_272_000_456, 1, 40, b"h" * 32)
    assert len(asked) < 160
    assert len(seal_answer(idle, 7, NODE, HUB_KEY)) < 190


def test_an_answer_to_another_node_cannot_be_opened() -> None:
    other = Identity.of(SigningKey.generate())
    with pytest.raises(NotForUs):
        unseal_answer(seal_answer(ANSWER, 7, other, HUB_KEY), NODE_BOX, HUB)


def test_an_answer_of_somebody_else_is_refused() -> None:
    with pytest.raises(BadSignature, match="not signed for answer"):
        unseal_answer(seal_answer(ANSWER, 7, NODE, SigningKey.generate()), NODE_BOX, HUB)


def test_a_receipt_that_the_hub_did_not_sign_is_refused_with_its_answer() -> None:
    forged = replace(ANSWER, receipt=seal_receipt(RECEIPT, SigningKey.generate()))
    with pytest.raises(BadSignature, match="receipt"):
        unseal_answer(seal_answer(forged, 7, NODE, HUB_KEY), NODE_BOX, HUB)


@pytest.mark.parametrize("page", [b"", b"<html>log in</html>" * 20])
def test_what_is_not_the_hubs_answer_is_refused(page: bytes) -> None:
    with pytest.raises(MalformedBytes, match="not a parcel"):
        unseal_answer(page, NODE_BOX, HUB)


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_garbage_that_was_signed_meets_peer_error_only(garbage: bytes) -> None:
    with suppress(PeerError):
        raw = seal_parcel(Purpose.REQUEST, (0, 7), garbage, NODE_KEY, HUB)
        unseal_request(raw, HUB_BOX, NODE)
    with suppress(PeerError):
        raw = seal_parcel(Purpose.ANSWER, (7, 0), garbage, HUB_KEY, NODE)
        unseal_answer(raw, NODE_BOX, HUB)


def test_a_receipt_is_good_for_anyone_with_the_hubs_key() -> None:
    receipt = Receipt(7, 2, 5177, b"h" * 32, 1_780_272_000_456, 12, b"r" * 32)
    sealed = seal_receipt(receipt, HUB_KEY)
    assert unseal_receipt(sealed, HUB_KEY.public) == receipt
    with pytest.raises(BadSignature):
        unseal_receipt(sealed, NODE_KEY.public)
    for at in range(len(sealed)):
        with pytest.raises(PeerError):
            unseal_receipt(_flipped(sealed, at), HUB_KEY.public)
        with pytest.raises(PeerError):
            unseal_receipt(sealed[:at], HUB_KEY.public)


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]
