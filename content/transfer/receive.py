"""Receive: takes an answer apart as it comes and puts each chunk in its place (SPEC.md §5.6).

Where the bytes come from is the caller's business. Nothing in them is trusted: frames must fit
what was asked for, a chunk must fit its hash, and never more than one chunk is held.
"""

from collections.abc import Callable, Iterator, Sequence

from content.model.errors import AnswerEnded, BadChunk, MalformedAnswer
from content.transfer.delta.patch import Reading, before, decode, read_patched, size_in
from content.transfer.delta.recipe import MAX_WHOLE_BYTES
from content.transfer.partial_blob import PartialBlob
from content.transfer.request import BlobRequest
from content.transfer.serve import ABSENT, MAGIC, PACKED, PATCHED, PLAIN

_MAX_VARINT_BYTES = 5

# For a base that a wish names: its size, and how to read its bytes.
Bases = Callable[[str], tuple[int, Reading]]


def receive(
    pieces: Iterator[bytes],
    requests: Sequence[BlobRequest],
    part_of: Callable[[BlobRequest], PartialBlob],
    bases: Bases,
    whole: Callable[[BlobRequest], None],
) -> int:
    """Put what ``pieces`` bring into the parts; ``whole`` is called for each wish that is filled.

    Returns how many requests the source could not fill.

    Raises:
        MalformedAnswer: it is no answer to these requests.
        AnswerEnded: it was cut.
        BadChunk: a chunk is not the one that was asked for.
    """
    incoming, absent = _Bytes(pieces), 0
    if incoming.exactly(len(MAGIC)) != MAGIC:
        raise MalformedAnswer("not an answer")
    for request in requests:
        with part_of(request) as part:
            filled = _Filling(incoming, request, part, bases).run()
        if filled:
            whole(request)
        absent += not filled
    return absent


class _Bytes:
    """The bytes of an answer, taken as they are needed."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = memoryview(b"")

    def some(self, most: int) -> bytes:
        """At least one byte and at most ``most``, as they come."""
        while not self._piece:
            piece = next(self._pieces, None)
            if piece is None:
                raise AnswerEnded("the answer ended too early")
            self._piece = memoryview(piece)
        taken, self._piece = self._piece[:most], self._piece[most:]
        return bytes(taken)

    def exactly(self, count: int) -> bytes:
        """Exactly ``count`` bytes."""
        parts = []
        while count:
            parts.append(self.some(count))
            count -= len(parts[-1])
        return b"".join(parts)

    def varint(self) -> int:
        """The next number."""
        value = 0
        for shift in range(0, 7 * _MAX_VARINT_BYTES, 7):
            byte = self.exactly(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise MalformedAnswer("a number of more than five bytes")


class _Filling:
    """The frames of one wish."""

    def __init__(
        self, incoming: _Bytes, request: BlobRequest, part: PartialBlob, bases: Bases
    ) -> None:
        self._incoming, self._wish, self._part, self._bases = incoming, request, part, bases
        self._left = list(request.indexes())[::-1]  # the next chunk last
        self._skip = request.skip

    def run(self) -> bool:
        """Take all frames; return whether the source had the blob."""
        untouched = True
        while self._left:
            kind, length = self._incoming.varint(), self._incoming.varint()
            if kind == ABSENT and untouched and not length:
                if self._skip:  # more bytes are here than the blob has
                    self._part.forget_beginning()
                return False
            untouched = False
            if kind == PLAIN:
                self._plain(length)
            elif kind in (PACKED, PATCHED) and not self._skip:
                self._coded(length, patched=kind == PATCHED)
            else:
                raise MalformedAnswer(f"a frame of kind {kind} with {length} bytes")
        return True

    def _plain(self, length: int) -> None:
        """Chunks as they are, one after the other."""
        if self._part.is_loose:
            self._part.settle(length + self._skip)
        while length:
            if not self._left:
                raise MalformedAnswer("more bytes than were asked for")
            index = self._left[-1]
            missing = self._part.recipe[index].size - self._skip
            if length < missing:
                raise MalformedAnswer("a frame that ends within a chunk")
            length -= missing
            self._skip = 0
            while missing:
                data = self._incoming.some(missing)
                missing -= len(data)
                self._part.grow(index, data)
            self._left.pop()

    def _coded(self, length: int, *, patched: bool) -> None:
        """One chunk as a zstd frame."""
        if not 0 < length < MAX_WHOLE_BYTES:
            raise MalformedAnswer(f"a frame of {length} bytes")
        if not self._part.is_loose and length >= self._part.recipe[self._left[-1]].size:
            raise MalformedAnswer(f"a frame of {length} bytes for a smaller chunk")
        frame = self._incoming.exactly(length)
        window, base = b"", ""
        try:
            if patched:
                base = self._wish.base
                window, frame = self._window(frame)
            if self._part.is_loose:
                self._part.settle(size_in(frame))
            index = self._left.pop()
            chunk = self._part.recipe[index]
            if chunk.size > MAX_WHOLE_BYTES:
                raise MalformedAnswer(f"a frame for a chunk of {chunk.size} bytes")
            prefix = window + before(chunk, self._part.read)
            self._part.put(index, decode(frame, prefix, chunk.size))
        except BadChunk as error:
            raise BadChunk(str(error), base) from error

    def _window(self, raw: bytes) -> tuple[bytes, bytes]:
        """The bytes of the base that a patch names, and its frame."""
        if not self._wish.base:
            raise MalformedAnswer("a patch against nothing that was named")
        size, read = self._bases(self._wish.base)
        (first, length), frame = read_patched(raw, size, whole=len(self._part.recipe) == 1)
        return read(first, length), frame
