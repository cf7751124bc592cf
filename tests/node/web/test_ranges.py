import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.web.ranges import ByteRange, NotSatisfiable, is_known, part

ETAG = '"abc"'


def test_a_request_without_a_range_gets_the_whole() -> None:
    assert part("", "", ETAG, 1000) == ByteRange(0, 1000, whole=True)


@pytest.mark.parametrize(
    ("asked", "start", "length"),
    [
        ("bytes=0-", 0, 1000),
        ("bytes=0-0", 0, 1),
        ("bytes=500-", 500, 500),
        ("bytes=500-599", 500, 100),
        ("bytes=900-5000", 900, 100),
        ("bytes=-100", 900, 100),
        ("bytes=-5000", 0, 1000),
        ("Bytes= 10-19", 10, 10),
    ],
)
def test_a_range_is_cut_to_the_file(asked: str, start: int, length: int) -> None:
    assert part(asked, "", ETAG, 1000) == ByteRange(start, length, whole=False)


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=1000-1001", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused(asked: str) -> None:
    with pytest.raises(NotSatisfiable, match="of 1000 bytes"):
        part(asked, "", ETAG, 1000)


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=",
        "bytes=-",
        "bytes=20-10",
        "bytes=a-b",
        "items=0-1",
        "bytes=0-1,5-6",
        "bytes=٣-٤",
        "bytes=" + "9" * 500 + "-",
    ],
)
def test_what_is_no_single_range_is_ignored(asked: str) -> None:
    assert part(asked, "", ETAG, 1000).whole


def test_if_range_serves_the_part_of_the_same_file_only() -> None:
    assert not part("bytes=5-", ETAG, ETAG, 1000).whole
    assert part("bytes=5-", '"other"', ETAG, 1000).whole
    assert part("bytes=5-", f"W/{ETAG}", ETAG, 1000).whole
    assert part("bytes=5-", "Sat, 21 Nov 2026 08:00:00 GMT", ETAG, 1000).whole


@given(st.text(max_size=40) | st.from_regex(r"bytes=\d{0,5}-\d{0,5}"), st.integers(0, 2000))
def test_every_part_lies_within_the_file(asked: str, size: int) -> None:
    try:
        got = part(asked, "", ETAG, size)
    except NotSatisfiable:
        return
    assert 0 <= got.start <= got.start + got.length <= size
    assert got.whole or got.length > 0


def test_a_browser_that_has_the_file_is_known() -> None:
    assert is_known(ETAG, ETAG)
    assert is_known(f'"x", W/{ETAG}', ETAG)
    assert is_known("*", ETAG)
    assert not is_known("", ETAG)
    assert not is_known('"x"', ETAG)
