from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import BadProof
from sync.merkle import (
    EMPTY_ROOT,
    Frontier,
    check_consistency,
    check_inclusion,
    consistency,
    inclusion,
    root_of,
)

# The test vectors of RFC 6962 implementations (certificate-transparency).
LEAVES = tuple(
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
)
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_rfc_6962(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_an_empty_log_has_the_root_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT


leaves = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)


@given(leaves, st.data())
def test_every_leaf_can_be_proved_and_no_other(logged: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(logged) - 1))
    proof, root = inclusion(logged, index), root_of(logged)
    check_inclusion(logged[index], index, len(logged), proof, root)
    with pytest.raises(BadProof):
        check_inclusion(b"another", index, len(logged), proof, root)
    with pytest.raises(BadProof):
        check_inclusion(logged[index], index, len(logged), [*proof, root], root)
    with pytest.raises(BadProof):
        check_inclusion(logged[index], len(logged), len(logged), proof, root)
    if proof:
        with pytest.raises(BadProof):
            check_inclusion(logged[index], index, len(logged), proof[1:], root)


@given(leaves, st.data())
def test_a_log_that_only_grew_can_show_it(logged: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(logged)))
    before, after = (old, root_of(logged[:old])), (len(logged), root_of(logged))
    proof = consistency(logged, old)
    check_consistency(before, after, proof)
    changed = [b"forged".ljust(32), *logged[1:]]
    if changed != logged:
        with pytest.raises(BadProof):
            check_consistency((old, root_of(changed[:old])), after, proof)
        with pytest.raises(BadProof):
            check_consistency(before, (len(changed), root_of(changed)), proof)


def test_a_log_cannot_shrink() -> None:
    with pytest.raises(BadProof, match="cannot grow from 3 to 2"):
        check_consistency((3, b""), (2, b""), [])
    with pytest.raises(BadProof, match="old size of 9"):
        consistency(LEAVES, 9)


def test_consistency_proof_is_that_of_rfc_6962() -> None:
    proof = [node.hex() for node in consistency(LEAVES, 6)]
    assert proof == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
