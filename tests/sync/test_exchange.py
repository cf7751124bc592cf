from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.errors import BadSignature, MalformedBytes, PeerError, TooLarge
from sync.exchange import (
    ANSWER_MAGIC,
    MAX_REQUEST_BYTES,
    REQUEST_MAGIC,
    Answer,
    Order,
    Request,
    request_node,
    seal_answer,
    seal_request,
    unseal_answer,
    unseal_request,
)
from sync.receipt import Receipt, seal_receipt, unseal_receipt
from sync.signing import Purpose, sign
from tests.sync.conftest import HUB_KEY, NODE_KEY

REQUEST = Request(7, 1, 1_780_272_000_123, 40, 12, 5_000, (b"one", b"two"))
ORDERS = (Order(13, "class", "2", '{"title":"食品"}'.encode()), Order(14, "roster", "王", b""))
ANSWER = Answer(1_780_272_000_456, 40, b"h" * 32, "sequence-gap", 90, True, b"receipt", ORDERS)
RAW = seal_request(REQUEST, NODE_KEY)


def test_a_request_arrives_as_it_was_sent() -> None:
    assert unseal_request(RAW, NODE_KEY.public) == REQUEST
    assert request_node(RAW) == 7


def test_an_answer_arrives_as_it_was_sent() -> None:
    sealed = seal_answer(ANSWER, RAW, HUB_KEY)
    assert unseal_answer(sealed, RAW, HUB_KEY.public) == ANSWER


def test_an_idle_answer_is_small() -> None:
    sealed = seal_answer(Answer(1_780_272_000_456, 40, b"h" * 32), RAW, HUB_KEY)
    assert len(sealed) < 120


def test_an_answer_to_another_request_is_refused() -> None:
    sealed = seal_answer(ANSWER, RAW, HUB_KEY)
    other = seal_request(replace(REQUEST, at=1), NODE_KEY)
    with pytest.raises(BadSignature, match="not signed for answer"):
        unseal_answer(sealed, other, HUB_KEY.public)


@pytest.mark.parametrize("page", [b"", b"<html>log in</html>" * 20, RAW])
def test_what_is_not_the_hubs_answer_is_refused(page: bytes) -> None:
    with pytest.raises(MalformedBytes, match="not the bytes of an answer"):
        unseal_answer(page, RAW, HUB_KEY.public)


def test_any_flipped_bit_of_either_half_is_refused() -> None:
    sealed = seal_answer(ANSWER, RAW, HUB_KEY)
    for at in range(len(RAW)):
        with pytest.raises(PeerError):
            unseal_request(_flipped(RAW, at), NODE_KEY.public)
    for at in range(len(sealed)):
        with pytest.raises(PeerError):
            unseal_answer(_flipped(sealed, at), RAW, HUB_KEY.public)


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]


def test_either_half_cut_at_any_byte_is_refused() -> None:
    sealed = seal_answer(ANSWER, RAW, HUB_KEY)
    for length in range(len(RAW)):
        with pytest.raises(PeerError):
            unseal_request(RAW[:length], NODE_KEY.public)
    for length in range(len(sealed)):
        with pytest.raises(PeerError):
            unseal_answer(sealed[:length], RAW, HUB_KEY.public)


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_garbage_meets_peer_error_only(garbage: bytes) -> None:
    signed = REQUEST_MAGIC + sign(Purpose.REQUEST, garbage, NODE_KEY) + garbage
    for raw in (garbage, REQUEST_MAGIC + garbage, signed):
        with suppress(PeerError):
            unseal_request(raw, NODE_KEY.public)
        with suppress(PeerError):
            request_node(raw)
        with suppress(PeerError):
            unseal_answer(ANSWER_MAGIC + raw, RAW, HUB_KEY.public)


def test_a_request_above_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge, match=str(MAX_REQUEST_BYTES)) as caught:
        unseal_request(REQUEST_MAGIC + bytes(MAX_REQUEST_BYTES), NODE_KEY.public)
    assert caught.value.limit == MAX_REQUEST_BYTES


def test_a_receipt_is_good_for_anyone_with_the_hubs_key() -> None:
    receipt = Receipt(7, 2, 5177, b"h" * 32, 1_780_272_000_456)
    sealed = seal_receipt(receipt, HUB_KEY)
    assert unseal_receipt(sealed, HUB_KEY.public) == receipt
    with pytest.raises(BadSignature):
        unseal_receipt(sealed, NODE_KEY.public)
    for at in range(len(sealed)):
        with pytest.raises(PeerError):
            unseal_receipt(_flipped(sealed, at), HUB_KEY.public)
        with pytest.raises(PeerError):
            unseal_receipt(sealed[:at], HUB_KEY.public)
