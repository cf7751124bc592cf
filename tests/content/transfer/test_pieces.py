"""What a source sends and a node puts together: chunks, patches, parts (§5.3, §5.4, §5.6)."""

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from content.model.errors import AnswerEnded, BadChunk, MalformedAnswer
from content.transfer.blobs import BlobStore
from content.transfer.delta.chunking import add_recipe
from content.transfer.delta.patch import Blob, PatchStore, Reading, code, decode, write_patched
from content.transfer.delta.recipe import MAX_WHOLE_BYTES, Recipe, read_recipe, whole
from content.transfer.partial_blob import PartialBlob
from content.transfer.receive import receive
from content.transfer.request import BlobRequest, read_requests, runs_of, write_requests
from content.transfer.serve import MAGIC, PieceResponse
from sync.wire import Writer

DICE = random.Random(7)
NOISE = DICE.randbytes(600_000)
WORDS = [bytes(DICE.choices(b"abcdefghijklmnop ", k=DICE.randrange(3, 9))) for _ in range(400)]
TEXT = b" ".join(DICE.choices(WORDS, k=60_000))
EDITED = TEXT[:200_000] + b" a new paragraph " + TEXT[200_050:]


class Ends:
    """A source and a node, with everything between them in this process."""

    def __init__(self, place: Path) -> None:
        self.source = BlobStore(place / "source")
        self.node = BlobStore(place / "node")
        self.patches = PatchStore(place / "patches")
        self.parts: dict[str, PartialBlob] = {}
        self.recipes: dict[str, str] = {}

    def add(self, data: bytes) -> BlobRequest:
        """Put a blob at the source; returns a wish for all of it."""
        sha = self.source.add_bytes(data)
        recipe = self.recipes[sha] = add_recipe(self.source, sha, len(data))
        chunks = len(self.recipe(BlobRequest(sha, recipe)))
        return BlobRequest(sha, recipe, runs=((0, chunks),))

    def have(self, request: BlobRequest) -> None:
        """Put this blob at the node too."""
        for name in (request.blob, request.recipe):
            if name:
                self.node.add_bytes(self.source.read(name, 1 << 30))

    def recipe(self, request: BlobRequest) -> Recipe:
        if not request.recipe:
            return whole(request.blob, self.source.size(request.blob) or 0)
        return read_recipe(self.source.read(request.recipe, 1 << 30))

    def patch(self, request: BlobRequest) -> None:
        """Make the patches that this wish may be answered with."""
        old = (
            self.blob(BlobRequest(request.base, self.recipes[request.base]))
            if request.base
            else None
        )
        self.patches.make(self.blob(request), old)

    def blob(self, request: BlobRequest) -> Blob:
        return Blob(
            request.blob, request.recipe, self.recipe(request), self.source.path(request.blob)
        )

    def sent(self, *requests: BlobRequest) -> bytes:
        """The answer as it goes over the line."""
        asked = read_requests(write_requests(requests))
        return b"".join(PieceResponse(self.source, asked, self.patches).pieces(5_000))

    def part(self, request: BlobRequest) -> PartialBlob:
        if request.blob not in self.parts:
            path = self.node.part(request.blob)
            self.parts[request.blob] = PartialBlob(path, self.recipe(request))
        return self.parts[request.blob]

    def bases(self, base: str) -> tuple[int, Reading]:
        return self.node.size(base) or 0, partial(self.node.read_at, base)

    def rest(self, request: BlobRequest) -> BlobRequest:
        """The part of a wish that is still missing."""
        part = self.part(request)
        runs = runs_of(part.missing)
        return BlobRequest(request.blob, request.recipe, request.base, runs, part.skip(runs[0][0]))

    def take(self, raw: bytes, *requests: BlobRequest, piece: int = 1_000) -> int:
        pieces = (raw[at : at + piece] for at in range(0, len(raw), piece))
        return receive(pieces, requests, self.part, self.bases, lambda request: self.whole(request))

    def whole(self, request: BlobRequest) -> None:
        if not self.part(request).missing:
            self.node.finish(request.blob)


@pytest.fixture
def ends(tmp_path: Path) -> Ends:
    return Ends(tmp_path)


def test_blobs_of_all_sizes_come_in_one_answer(ends: Ends) -> None:
    requests = [ends.add(data) for data in (NOISE, b"a page", TEXT[:200_000], b"x")]
    assert ends.take(ends.sent(*requests), *requests) == 0
    assert all(ends.node.has(request.blob) for request in requests)


def test_what_compresses_goes_out_compressed(ends: Ends) -> None:
    request = ends.add(TEXT)
    plain = len(ends.sent(request))
    ends.patch(request)
    packed = ends.sent(request)
    assert plain > len(TEXT) > 2 * len(packed)
    ends.take(packed, request)
    assert ends.node.read(request.blob, 1 << 30) == TEXT


def test_what_does_not_compress_goes_out_as_it_is(ends: Ends) -> None:
    request = ends.add(NOISE)
    ends.patch(request)
    assert ends.patches.has(request.blob, request.recipe)
    assert len(ends.sent(request)) < len(NOISE) + 20


def test_an_edit_costs_about_what_changed(ends: Ends) -> None:
    old, new = ends.add(TEXT), ends.add(EDITED)
    ends.have(old)
    known = {chunk.hash for chunk in ends.recipe(old)}
    here = [index for index, chunk in enumerate(ends.recipe(new)) if chunk.hash in known]
    for index in here:
        chunk = ends.recipe(new)[index]
        ends.part(new).put(index, EDITED[chunk.first : chunk.end])
    request = ends.rest(BlobRequest(new.blob, new.recipe, old.blob))
    ends.patch(request)
    sent = ends.sent(request)
    assert len(sent) < 400
    ends.take(sent, request)
    assert ends.node.read(new.blob, 1 << 30) == EDITED


def test_a_small_file_is_patched_against_the_whole_old_one(ends: Ends) -> None:
    old, new = ends.add(TEXT[:150_000]), ends.add(TEXT[:90_000] + b"!" + TEXT[90_001:150_000])
    ends.have(old)
    request = BlobRequest(new.blob, base=old.blob)
    ends.patch(request)
    sent = ends.sent(request)
    assert len(sent) < 100
    ends.take(sent, request)
    assert ends.node.has(new.blob)


def test_a_patch_of_a_blob_cut_otherwise_is_not_used(ends: Ends) -> None:
    old, new = ends.add(TEXT), ends.add(EDITED)
    ends.patch(BlobRequest(new.blob, new.recipe, old.blob))
    assert ends.patches.find(new.blob, new.recipe, old.blob)
    assert ends.patches.find(new.blob, "ab" * 32, old.blob) is None


def test_a_damaged_patch_is_as_none(ends: Ends, tmp_path: Path) -> None:
    request = ends.add(TEXT)
    ends.patch(request)
    (path,) = (tmp_path / "patches").iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    assert not ends.patches.has(request.blob, request.recipe)
    ends.take(ends.sent(request), request)
    assert ends.node.has(request.blob)


def test_a_source_that_lacks_something_says_so_and_gives_the_rest(ends: Ends) -> None:
    first, absent, last = ends.add(b"first"), BlobRequest("ab" * 32), ends.add(NOISE)
    ends.parts[absent.blob] = PartialBlob(ends.node.part(absent.blob), whole(absent.blob, 5))
    assert ends.take(ends.sent(first, absent, last), first, absent, last) == 1
    assert ends.node.has(first.blob)
    assert ends.node.has(last.blob)


@pytest.mark.parametrize("cuts", [3, 17])
def test_a_cut_answer_goes_on_at_the_byte(ends: Ends, cuts: int) -> None:
    request = ends.add(NOISE)
    step, taken = len(NOISE) // cuts, 0
    while not ends.node.has(request.blob):
        asked = ends.rest(request)
        raw = ends.sent(asked)[: step + 10]
        taken += len(raw)
        try:
            ends.take(raw, asked)
        except AnswerEnded:
            ends.part(request)
    assert taken < len(NOISE) + (cuts + 2) * 12


def test_after_a_kill_no_chunk_that_is_in_place_is_asked_for_again(ends: Ends) -> None:
    request = ends.add(NOISE)
    with pytest.raises(AnswerEnded):
        ends.take(ends.sent(request)[:400_000], request)
    before = ends.part(request)
    ends.parts.clear()  # another process looks at the disk
    after = ends.part(request)
    assert after.here == before.here
    assert 400_000 - after.bytes_here < 262_144
    ends.take(ends.sent(ends.rest(request)), ends.rest(request))
    assert ends.node.has(request.blob)


def test_what_a_power_cut_left_in_a_part_is_not_believed(ends: Ends) -> None:
    request = ends.add(NOISE)
    chunk = ends.recipe(request)[2]
    left = bytearray(NOISE[: chunk.end])
    left[chunk.first + 5] ^= 1
    ends.node.part(request.blob).write_bytes(left)
    assert ends.part(request).here == {0, 1}
    ends.take(ends.sent(ends.rest(request)), ends.rest(request))
    assert ends.node.has(request.blob)


def test_a_part_that_is_too_long_still_becomes_the_blob(ends: Ends) -> None:
    request = ends.add(NOISE)
    ends.node.part(request.blob).write_bytes(NOISE[:100_000] + bytes(900_000))
    ends.take(ends.sent(ends.rest(request)), ends.rest(request))
    assert ends.node.has(request.blob)


def test_a_turned_bit_is_noticed_within_its_chunk(ends: Ends) -> None:
    old, new = ends.add(TEXT[:290_000]), ends.add(EDITED[:300_000])
    ends.have(old)
    request = BlobRequest(new.blob, new.recipe, old.blob, new.runs)
    ends.patch(request)
    good = ends.sent(request)
    dice, noticed = random.Random(3), 0
    for _ in range(150):
        raw = bytearray(good)
        raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        try:
            ends.take(bytes(raw), request)
        except (MalformedAnswer, AnswerEnded, BadChunk):
            noticed += 1
            assert not ends.node.has(request.blob)
            assert (
                ends.parts[request.blob].here
                == PartialBlob(ends.node.part(request.blob), ends.recipe(request)).here
            )
        ends.node.drop(request.blob)
        ends.parts.clear()
    assert noticed > 140


def endless() -> Iterator[bytes]:
    yield MAGIC
    while True:
        yield b"\x01\xff\xff\xff\x7f" + bytes(100_000)


def test_an_endless_answer_ends_with_the_chunk(ends: Ends) -> None:
    request = ends.add(NOISE)
    with pytest.raises((BadChunk, MalformedAnswer)):
        receive(endless(), [request], ends.part, ends.bases, lambda _wish: None)
    assert ends.part(request).path.stat().st_size < 300_000


@pytest.mark.parametrize(
    "frame",
    [
        b"\x01\x05abcde",  # plain, ends within a chunk
        b"\x04\x01a",  # no such kind
        b"\x00\x01a",  # absent with bytes
        b"\x02\x00",  # packed, empty
        b"\x02\xff\xff\xff\x7f",  # packed, more than the chunk has
        b"\x03\x05abcde",  # a patch against nothing
        b"\x01\xff\xff\xff\xff\xff\xff",  # a number without end
    ],
)
def test_a_frame_that_breaks_a_rule_is_refused(ends: Ends, frame: bytes) -> None:
    request = ends.add(NOISE)
    with pytest.raises(MalformedAnswer):
        ends.take(MAGIC + frame + bytes(100), request)
    assert not ends.part(request).here


def test_a_bomb_in_a_frame_is_stopped_at_the_size_of_its_chunk() -> None:
    bomb = code(bytes(MAX_WHOLE_BYTES), b"")
    assert bomb is not None
    assert len(bomb) < 1_000
    with pytest.raises(BadChunk, match="not one of 1000 bytes"):
        decode(bomb, b"", 1_000)


def test_a_window_beyond_the_old_blob_is_refused(ends: Ends) -> None:
    old, new = ends.add(TEXT[:100_000]), ends.add(TEXT[:100_001])
    ends.have(old)
    request = BlobRequest(new.blob, base=old.blob)
    frame = code(TEXT[:100_001], b"") or b""
    for window in ((0, 100_001), (99_999, 2), (1 << 60, 1)):
        raw = write_patched(window, frame)
        length = Writer()
        length.varint(len(raw))
        with pytest.raises(BadChunk, match="a window of"):
            ends.take(MAGIC + b"\x03" + length.done() + raw, request)


def test_a_film_that_was_interleaved_anew_is_found_in_the_old_one(ends: Ends) -> None:
    samples = [DICE.randbytes(1_000) for _ in range(3_000)]
    shuffled = [samples[at + step] for at in range(600, 2_900, 20) for step in _ORDER]
    old, new = ends.add(b"".join(samples)), ends.add(b"".join(shuffled))
    ends.have(old)
    request = BlobRequest(new.blob, new.recipe, old.blob, new.runs)
    ends.patch(request)
    sent = ends.sent(request)
    assert len(sent) < 0.1 * 1_000 * len(shuffled)
    ends.take(sent, request)
    assert ends.node.has(new.blob)


_ORDER = random.Random(2).sample(range(20), 20)


@pytest.mark.parametrize("cheat", [lambda raw: raw[:-3], lambda raw: raw + b"x", lambda raw: b""])
def test_a_frame_is_one_whole_frame(cheat: Callable[[bytes], bytes]) -> None:
    frame = code(TEXT[:1_000], TEXT[500:2_000])
    assert frame is not None
    assert decode(frame, TEXT[500:2_000], 1_000) == TEXT[:1_000]
    with pytest.raises(BadChunk):
        decode(cheat(frame), TEXT[500:2_000], 1_000)


def test_a_loose_part_learns_its_size_from_the_first_frame(ends: Ends) -> None:
    request = ends.add(TEXT[:50_000])
    ends.patch(request)
    for raw in (ends.sent(request), MAGIC + b"\x01\xd0\x86\x03" + TEXT[:50_000]):
        path = ends.node.part(request.blob)
        ends.parts[request.blob] = PartialBlob(path, whole(request.blob, 3_000_000), loose=True)
        ends.take(raw, request)
        assert ends.node.size(request.blob) == 50_000
        ends.node.drop(request.blob)


def test_a_loose_part_is_bounded(ends: Ends) -> None:
    request = BlobRequest("ab" * 32)
    for frame in (b"\x01\xd0\x86\x03", b"\x02\x05" + (code(bytes(50_000), b"") or b"")):
        part = PartialBlob(ends.node.part(request.blob), whole(request.blob, 40_000), loose=True)
        ends.parts[request.blob] = part
        with pytest.raises((MalformedAnswer, BadChunk)):
            ends.take(MAGIC + frame + bytes(60_000), request)


def test_a_whole_loose_part_is_known_by_its_name(ends: Ends) -> None:
    request = ends.add(b"a manifest")
    ends.node.part(request.blob).write_bytes(b"a manifest")
    part = PartialBlob(ends.node.part(request.blob), whole(request.blob, 3_000_000), loose=True)
    assert part.missing == []


def test_too_long_a_beginning_is_forgotten_when_the_source_says_there_is_no_more(
    ends: Ends,
) -> None:
    request = ends.add(b"a manifest")
    ends.node.part(request.blob).write_bytes(bytes(500))
    part = PartialBlob(ends.node.part(request.blob), whole(request.blob, 3_000_000), loose=True)
    ends.parts[request.blob] = part
    asked = ends.rest(request)
    assert asked.skip == 500
    assert ends.take(ends.sent(asked), asked) == 1
    assert ends.rest(request).skip == 0


def test_an_answer_can_be_sought_in_as_a_file(ends: Ends) -> None:
    requests = [ends.add(NOISE), ends.add(b"page"), ends.add(TEXT)]
    ends.patch(requests[2])
    whole_answer = ends.sent(*requests)
    left: list[str] = []
    with PieceResponse(
        ends.source, requests, ends.patches, lambda: left.append("closed")
    ) as answer:
        assert answer.seek(0, 2) == answer.length == len(whole_answer)
        for at in (0, 3, 5, 599_990, len(whole_answer) - 4):
            answer.seek(at)
            assert answer.read(40_000) == whole_answer[at : at + 40_000]
            assert answer.tell() == min(at + 40_000, len(whole_answer))
    assert left == ["closed"]


def test_a_blob_that_is_taken_away_meanwhile_ends_the_answer(ends: Ends) -> None:
    request = ends.add(NOISE)
    answer = PieceResponse(ends.source, [request])
    ends.source.drop(request.blob)
    with pytest.raises(OSError, match=request.blob), answer:
        answer.read(1_000)
