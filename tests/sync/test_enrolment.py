from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.enrolment import (
    ANSWER_MAGIC,
    REQUEST_MAGIC,
    Code,
    JoinAnswer,
    JoinRequest,
    join_code_id,
    new_code,
    parse_code,
    seal_join,
    seal_join_answer,
    unseal_join,
    unseal_join_answer,
)
from sync.errors import (
    BadSignature,
    MalformedCode,
    PeerError,
    TooLarge,
    WeakKey,
    WrongCode,
)
from sync.identity import Identity
from sync.signing import SigningKey, VerifyKey
from tests.sync.conftest import HUB_KEY, NODE_KEY

CODE = Code("K7QF", "9M2PT4XW3HDN")
REQUEST = JoinRequest(CODE.id, Identity.of(NODE_KEY), "0.1.0")
RAW = seal_join(REQUEST, CODE, NODE_KEY)
ANSWER = JoinAnswer(7, "440604001", "禅城所", Identity.of(HUB_KEY, 3), 1_780_272_000_000)


def test_a_code_is_read_as_people_type_it() -> None:
    code = new_code()
    assert parse_code(code.text) == code
    assert parse_code(f"  {code.text.lower().replace('-', ' ')} ") == code
    assert parse_code("k7qf-9m2p-t4xw-3hdn") == CODE
    assert parse_code("OIL0-0000-0000-0000") == Code("0110", "000000000000")


@pytest.mark.parametrize(
    "text", ["", "K7QF", "K7QF-9M2P-T4XW-3HDU", "K7QF-9M2P-T4XW-3HDN0", "学站"]
)
def test_what_cannot_be_a_code_is_refused(text: str) -> None:
    with pytest.raises(MalformedCode, match="16 letters"):
        parse_code(text)


def test_both_sides_learn_each_others_key() -> None:
    assert join_code_id(RAW) == CODE.id
    assert unseal_join(RAW, CODE) == REQUEST
    sealed = seal_join_answer(ANSWER, RAW, CODE, HUB_KEY)
    assert unseal_join_answer(sealed, RAW, CODE) == ANSWER


def test_a_request_made_with_another_code_is_refused() -> None:
    with pytest.raises(WrongCode, match="K7QF"):
        unseal_join(RAW, Code("K7QF", "000000000000"))


def test_an_answer_of_somebody_who_does_not_know_the_code_is_refused() -> None:
    sealed = seal_join_answer(ANSWER, RAW, Code("K7QF", "000000000000"), HUB_KEY)
    with pytest.raises(WrongCode):
        unseal_join_answer(sealed, RAW, CODE)


def test_an_answer_to_another_request_is_refused() -> None:
    sealed = seal_join_answer(ANSWER, RAW, CODE, HUB_KEY)
    with pytest.raises(WrongCode):
        unseal_join_answer(sealed, seal_join(REQUEST, CODE, SigningKey.generate()), CODE)


def test_a_key_whose_holder_did_not_sign_is_refused() -> None:
    stolen = seal_join(REQUEST, CODE, SigningKey.generate())
    with pytest.raises(BadSignature, match="not signed for join"):
        unseal_join(stolen, CODE)


def test_a_weak_key_is_refused_at_enrolment() -> None:
    weak = JoinRequest(CODE.id, Identity(0, VerifyKey(b"\x01" + bytes(31)), bytes(32)), "0.1.0")
    with pytest.raises(WeakKey, match="small order"):
        unseal_join(seal_join(weak, CODE, NODE_KEY), CODE)


def test_flipped_and_cut_messages_are_refused() -> None:
    sealed = seal_join_answer(ANSWER, RAW, CODE, HUB_KEY)
    for at in range(len(RAW)):
        with pytest.raises(PeerError):
            unseal_join(RAW[:at] + bytes([RAW[at] ^ 4]) + RAW[at + 1 :], CODE)
        with pytest.raises(PeerError):
            unseal_join(RAW[:at], CODE)
    for at in range(len(sealed)):
        with pytest.raises(PeerError):
            unseal_join_answer(sealed[:at], RAW, CODE)


@given(st.binary(max_size=300))
def test_garbage_meets_peer_error_only(garbage: bytes) -> None:
    for magic in (b"", REQUEST_MAGIC, ANSWER_MAGIC):
        with suppress(PeerError):
            unseal_join(magic + garbage, CODE)
        with suppress(PeerError):
            join_code_id(magic + garbage)
        with suppress(PeerError):
            unseal_join_answer(magic + garbage, RAW, CODE)


def test_an_endless_message_is_refused() -> None:
    with pytest.raises(TooLarge, match="the enrolment"):
        unseal_join(REQUEST_MAGIC + bytes(5000), CODE)
