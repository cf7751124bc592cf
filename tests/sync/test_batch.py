from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.batch import (
    GENESIS,
    MAGIC,
    MAX_BATCH_BYTES,
    Batch,
    batch_hash,
    read_header,
    seal_batch,
    unseal_batch,
)
from sync.errors import (
    BadSignature,
    BrokenChain,
    MalformedBytes,
    PeerError,
    SequenceGap,
    TooLarge,
    UnknownName,
    UsageError,
    WrongNode,
)
from sync.names import Names
from sync.records import Kind, Record, study_object
from sync.signing import Purpose, SigningKey, sign
from sync.wire import Writer
from tests.sync.conftest import NODE_KEY
from tests.sync.records import runs, some_records


def unseal(sealed: bytes, names: Names | None = None, seq: int = 1, node: int = 7) -> Batch:
    return unseal_batch(sealed, node, NODE_KEY.public, names or Names(), seq, GENESIS)


@settings(max_examples=60)
@given(runs())
def test_unseal_gives_back_what_was_sealed(records: tuple[Record, ...]) -> None:
    sealed = seal_batch(Batch(7, 3, GENESIS, records), Names(), NODE_KEY)
    there = Names()
    batch = unseal(sealed, there, records[0].seq)
    assert batch == Batch(7, 3, GENESIS, records)


def test_thousands_of_records_are_packed_apart_and_come_back() -> None:
    records = tuple(some_records(random.Random(3), 4000))
    sealed = seal_batch(Batch(7, 1, GENESIS, records), Names(), NODE_KEY)
    assert unseal(sealed).records == records


def test_records_of_a_replaced_film_cost_a_name_and_no_byte_each() -> None:
    """A day of a station: twelve learners, each some sittings with each of five films."""

    def day(content: int) -> tuple[Record, ...]:
        rng = random.Random(5)
        films = [study_object(f"food/film{n}", content if n % 2 else 1) for n in range(5)]
        return tuple(
            Record(seq, at, Kind.STUDY, f"4406040{seq % 12:02}", film, numbers=(place, place + 60))
            for seq, (film, place, at) in enumerate(
                (
                    (film, 60 * step, 9 * step + rng.randrange(9))
                    for step in range(72)
                    for film in films
                ),
                1,
            )
        )

    plain, marked = (
        len(seal_batch(Batch(7, 1, GENESIS, day(n)), Names(), NODE_KEY)) for n in (1, 2)
    )
    assert plain < marked <= plain * 1.02


def test_both_ends_end_with_the_same_names(records: tuple[Record, ...]) -> None:
    here, there, previous = Names(), Names(), GENESIS
    for part in (records[:50], records[50:51], records[51:]):
        sealed = seal_batch(Batch(7, 1, previous, part), here, NODE_KEY)
        batch = unseal_batch(sealed, 7, NODE_KEY.public, there, part[0].seq, previous)
        assert batch.records == part
        previous = batch_hash(sealed)
    assert here.to_text() == there.to_text() == Names.from_text(here.to_text()).to_text()


def test_unseal_refuses_a_batch_cut_at_any_byte(records: tuple[Record, ...]) -> None:
    sealed = seal_batch(Batch(7, 1, GENESIS, records), Names(), NODE_KEY)
    for length in range(len(sealed)):
        with pytest.raises(PeerError):
            unseal(sealed[:length])


def test_unseal_refuses_any_flipped_bit_by_name(records: tuple[Record, ...]) -> None:
    sealed = seal_batch(Batch(7, 1, GENESIS, records), Names(), NODE_KEY)
    for at in range(len(sealed)):
        for bit in range(8):
            flipped = bytearray(sealed)
            flipped[at] ^= 1 << bit
            expected = MalformedBytes if at < len(MAGIC) else BadSignature
            with pytest.raises(expected):
                unseal(bytes(flipped))


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_unseal_answers_garbage_with_peer_error_only(garbage: bytes) -> None:
    signed = MAGIC + sign(Purpose.BATCH, garbage, NODE_KEY) + garbage
    header = Writer()
    for number in (7, 1, 1, 3):
        header.varint(number)
    inside = header.done() + GENESIS + garbage
    for sealed in (garbage, MAGIC + garbage, signed, MAGIC + sign_batch(inside) + inside):
        with suppress(PeerError):
            unseal(sealed)


def sign_batch(payload: bytes) -> bytes:
    return sign(Purpose.BATCH, payload, NODE_KEY)


@settings(max_examples=200)
@given(runs(max_size=6), st.data())
def test_a_liar_with_the_key_meets_peer_error_only(
    records: tuple[Record, ...], data: st.DataObject
) -> None:
    sealed = seal_batch(Batch(7, 1, GENESIS, records), Names(), NODE_KEY)
    payload = bytearray(sealed[68:])
    at = data.draw(st.integers(0, len(payload) - 1))
    payload[at] ^= data.draw(st.integers(1, 255))
    lied = MAGIC + sign_batch(bytes(payload)) + bytes(payload)
    with suppress(PeerError):
        unseal(lied, seq=records[0].seq)


def test_a_refused_batch_leaves_the_names_as_they_were(records: tuple[Record, ...]) -> None:
    sealed = seal_batch(Batch(7, 1, GENESIS, records), Names(), NODE_KEY)
    there = Names()
    there.learners.ref(records[0].learner)
    before = there.to_text()
    with pytest.raises(MalformedBytes, match="introduced twice"):
        unseal(sealed, there)
    assert there.to_text() == before


def test_unseal_refuses_a_batch_of_another_node(records: tuple[Record, ...]) -> None:
    sealed = seal_batch(Batch(8, 1, GENESIS, records), Names(), NODE_KEY)
    with pytest.raises(WrongNode, match="node 7 sent bytes that name node 8") as caught:
        unseal(sealed)
    assert (caught.value.expected, caught.value.got) == (7, 8)


def test_unseal_refuses_a_batch_signed_by_another_node(records: tuple[Record, ...]) -> None:
    sealed = seal_batch(Batch(7, 1, GENESIS, records), Names(), SigningKey.generate())
    with pytest.raises(BadSignature, match="not signed for batch"):
        unseal(sealed)


def test_unseal_refuses_a_gap_and_says_what_it_expected(records: tuple[Record, ...]) -> None:
    sealed = seal_batch(Batch(7, 1, GENESIS, records[5:]), Names(), NODE_KEY)
    with pytest.raises(SequenceGap, match="starts at 6, expected 1") as caught:
        unseal(sealed)
    assert (caught.value.expected, caught.value.got) == (1, 6)


def test_unseal_refuses_another_history(records: tuple[Record, ...]) -> None:
    sealed = seal_batch(Batch(7, 1, b"x" * 32, records), Names(), NODE_KEY)
    with pytest.raises(BrokenChain, match="at 1 follows another batch"):
        unseal(sealed)


def test_unseal_refuses_names_that_nobody_introduced(records: tuple[Record, ...]) -> None:
    knowing = Names()
    seal_batch(Batch(7, 1, GENESIS, records), knowing, NODE_KEY)
    sealed = seal_batch(Batch(7, 1, GENESIS, records), knowing, NODE_KEY)
    with pytest.raises(UnknownName, match="never introduced"):
        unseal(sealed)


def test_unseal_refuses_more_bytes_than_a_batch_has() -> None:
    with pytest.raises(TooLarge, match="the batch is larger than"):
        unseal(MAGIC + bytes(MAX_BATCH_BYTES))


def test_a_batch_that_unpacks_to_a_bomb_is_refused() -> None:
    from backports import zstd

    header = Writer()
    for number in (7, 1, 1, 3):
        header.varint(number)
    bomb = zstd.compress(bytes(200_000_000), 19)
    size = Writer()
    size.varint(200_000_000)
    size.varint(len(bomb) << 1 | 1)
    payload = header.done() + GENESIS + b"\x01" + size.done() + bomb
    with pytest.raises(PeerError):
        unseal(MAGIC + sign_batch(payload) + payload)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"numbers": (1,)}, "has"),
        ({"numbers": (5, 2**60)}, "out of range"),
        ({"numbers": (9, 5)}, "ends before"),
        ({"learner": "a\nb"}, "line break"),
        ({"learner": "a" * 401}, "too long"),
        ({"learner": "\ud800"}, "not valid Unicode"),
        ({"response": "A"}, "no response"),
        ({"exam": "food/exam"}, "do not go together"),
        ({"seq": 9}, "stands where"),
    ],
)
def test_seal_refuses_a_record_that_does_not_fit(change: dict[str, object], words: str) -> None:
    good = Record(1, 0, Kind.STUDY, "l", "c/i", numbers=(0, 5))
    other = Record(2, 0, Kind.STUDY, "l", "c/i", numbers=(5, 6))
    bad = good._replace(**change)  # type: ignore[arg-type]
    records = (other, bad) if "seq" in change else (bad,)
    with pytest.raises(UsageError, match=words):
        seal_batch(Batch(7, 1, GENESIS, records), Names(), NODE_KEY)


def test_seal_refuses_an_empty_batch() -> None:
    with pytest.raises(UsageError, match="1 to 20000 records, not 0"):
        seal_batch(Batch(7, 1, GENESIS, ()), Names(), NODE_KEY)


def test_read_header_says_what_a_batch_claims(records: tuple[Record, ...]) -> None:
    batch = Batch(7, 2, b"p" * 32, records)
    header = read_header(seal_batch(batch, Names(), NODE_KEY))
    assert (header.node, header.epoch, header.first, header.count) == (7, 2, 1, 120)
    assert header.previous == b"p" * 32
    assert replace(batch, node=8) != batch
