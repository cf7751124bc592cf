from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import BadSignature, WeakKey
from sync.secrets import hash_secret, random_token, secret_matches
from sync.signing import Purpose, SigningKey, VerifyKey, sign, verify
from tests.sync.conftest import HUB_KEY, NODE_KEY

P = 2**255 - 19
# The eight points of small order and the other ways to write them (ed25519-speccheck's list).
SMALL_ORDER = (
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
)


@pytest.mark.parametrize("raw", SMALL_ORDER)
def test_a_key_of_small_order_is_refused(raw: str) -> None:
    with pytest.raises(WeakKey, match="small order"):
        VerifyKey.from_bytes(bytes.fromhex(raw))


@pytest.mark.parametrize("y", [P, P + 1, 2**255 - 1])
def test_a_key_that_is_not_canonical_is_refused(y: int) -> None:
    with pytest.raises(WeakKey, match="canonical"):
        VerifyKey.from_bytes(y.to_bytes(32, "little"))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(WeakKey, match=f"not {length}"):
        VerifyKey.from_bytes(bytes(length))


def test_a_signature_for_one_purpose_fails_for_every_other() -> None:
    for purpose in Purpose:
        signature = sign(purpose, b"data", NODE_KEY)
        for asked in Purpose:
            if asked is purpose:
                verify(asked, b"data", signature, NODE_KEY.public)
            else:
                with pytest.raises(BadSignature):
                    verify(asked, b"data", signature, NODE_KEY.public)


@given(st.binary(max_size=200), st.binary(min_size=64, max_size=64))
def test_a_signature_that_nobody_made_is_refused(data: bytes, signature: bytes) -> None:
    with pytest.raises(BadSignature):
        verify(Purpose.BATCH, data, signature, HUB_KEY.public)


def test_keys_survive_their_bytes_and_show_nothing_of_the_secret() -> None:
    key = SigningKey.generate()
    assert SigningKey.from_bytes(key.to_bytes()).public == key.public
    assert VerifyKey.from_bytes(key.public.to_bytes()) == key.public
    assert key.to_bytes().hex() not in repr(key)
    assert len(key.public.fingerprint()) == 19
    with pytest.raises(ValueError, match="32 bytes, not 5"):
        SigningKey.from_bytes(b"short")


def test_a_stored_pin_matches_only_itself() -> None:
    stored = hash_secret("482913")
    assert "482913" not in stored
    assert secret_matches("482913", stored)
    assert not secret_matches("482914", stored)
    assert hash_secret("482913") != stored
    with pytest.raises(ValueError, match="unknown kind"):
        secret_matches("1", "md5$1$2$3$4$5")
    assert random_token() != random_token()
