"""content.transfer.request: what a node asks for, and which requests are refused (§5.5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.model.errors import MalformedRequests
from content.transfer.delta.recipe import MAX_CHUNKS
from content.transfer.request import (
    MAGIC,
    MAX_REQUESTS_BYTES,
    BlobRequest,
    read_requests,
    runs_of,
    write_requests,
)

FILM, RECIPE, OLD = (letter * 64 for letter in "abc")


def test_wishes_come_back_as_they_were() -> None:
    requests = (
        BlobRequest(FILM, RECIPE, OLD, ((0, 3), (7, 1), (40, 300)), 12_345),
        BlobRequest(OLD),
        BlobRequest(RECIPE, base=OLD, skip=9),
    )
    raw = write_requests(requests)
    assert read_requests(raw) == requests
    assert len(raw) == 4 + 1 + 3 * 32 + 2 + 8 + 1 + 33 + 1 + 65


@given(st.sets(st.integers(0, 200)))
def test_chunk_numbers_are_the_same_as_runs(numbers: set[int]) -> None:
    request = BlobRequest(FILM, RECIPE, runs=runs_of(sorted(numbers)))
    assert list(request.indexes()) == sorted(numbers)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"XZW2" + bytes(34),
        MAGIC + b"\x04" + bytes(65),
        MAGIC + b"\x00" + bytes(32),
        MAGIC + b"\x00" + bytes(30),
        write_requests([BlobRequest(FILM), BlobRequest(FILM)]),
        write_requests([BlobRequest(FILM, RECIPE, runs=((0, MAX_CHUNKS + 1),))]),
        write_requests([BlobRequest(FILM, RECIPE, runs=((3, 0),))]),
        write_requests([BlobRequest(FILM, RECIPE, runs=())]),
        write_requests([BlobRequest(f"{n:064x}") for n in range(4_501)]),
        MAGIC + bytes(MAX_REQUESTS_BYTES),
    ],
    ids=[
        "empty", "magic", "unknown", "no skip", "cut", "twice", "beyond",
        "empty run", "no chunk", "too many", "too long",
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedRequests):
        read_requests(raw)


@given(st.binary(max_size=300))
def test_garbage_is_malformed_and_nothing_else(garbage: bytes) -> None:
    for raw in (garbage, MAGIC + garbage):
        try:
            requests = read_requests(raw)
        except MalformedRequests:
            continue
        assert write_requests(requests) == raw


def test_an_answer_is_never_longer_than_what_the_source_has() -> None:
    many = write_requests([BlobRequest(FILM, RECIPE, runs=((0, 2), (2, 2)))])
    assert list(read_requests(many)[0].indexes()) == [0, 1, 2, 3]
    with pytest.raises(MalformedRequests, match="twice"):
        read_requests(many + many[len(MAGIC) :])
