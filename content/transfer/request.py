"""Requests: what a node asks a source for, many blobs and chunks at once (SPEC.md §5.5).

Bytes in, checked values out, and back. What is answered is ``content.transfer.serve``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from content.model.errors import MalformedRequests
from content.transfer.delta.recipe import HASH_BYTES, MAX_CHUNKS
from sync.errors import MalformedBytes
from sync.wire import Reader, Writer

# §5.5  Layout:  magic "XZW1" | wishes, each: flags (1 byte) | names | runs
MAGIC = b"XZW1"
_RECIPE, _BASE = 1, 2
# As many files as a course has, with recipes and manifest; a run for every 10 of their chunks.
MAX_REQUESTS = 4_500
MAX_RUNS = 20_000
MAX_REQUESTS_BYTES = 800_000


@dataclass(frozen=True, slots=True)
class BlobRequest:
    """One blob, or some of its chunks.

    ``recipe``: the name of its recipe, "" when it is its only chunk; ``base``: a blob that the
    node has and that may be like it; ``runs``: (first, count) of the chunks that are wanted, in
    order; ``skip``: how many bytes of the first of them the node has already.
    """

    blob: str
    recipe: str = ""
    base: str = ""
    runs: tuple[tuple[int, int], ...] = ((0, 1),)
    skip: int = 0

    def indexes(self) -> Iterable[int]:
        """The chunks that are wanted."""
        for first, count in self.runs:
            yield from range(first, first + count)


def runs_of(indexes: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Ascending chunk numbers as runs."""
    runs: list[tuple[int, int]] = []
    for index in indexes:
        if runs and sum(runs[-1]) == index:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((index, 1))
    return tuple(runs)


def write_requests(requests: Sequence[BlobRequest]) -> bytes:
    """Return the body of a request."""
    out = Writer()
    out.raw(MAGIC)
    for request in requests:
        names = (request.recipe, request.base)
        out.varint(sum(1 << bit for bit, name in enumerate(names) if name))
        for name in (request.blob, *names):
            out.raw(bytes.fromhex(name))
        out.varint(request.skip)
        if request.recipe:
            out.varint(len(request.runs))
            end = 0
            for first, count in request.runs:
                out.varint(first - end)
                out.varint(count)
                end = first + count
    return out.done()


def read_requests(raw: bytes) -> tuple[BlobRequest, ...]:
    """Check the body of a request as §5.5 says.

    Raises:
        MalformedRequests: it breaks a rule; nothing else is raised.
    """
    if not raw.startswith(MAGIC) or len(raw) > MAX_REQUESTS_BYTES:
        raise MalformedRequests(f"not requests: {len(raw)} bytes starting {raw[:4]!r}")
    reader, requests, runs = Reader(raw), dict[str, BlobRequest](), 0
    reader.raw(len(MAGIC))
    try:
        while reader.at < len(raw):
            request = _wish(reader)
            runs += len(request.runs)
            # Each blob once: an answer is never longer than what a source has.
            if request.blob in requests or len(requests) >= MAX_REQUESTS or runs > MAX_RUNS:
                raise MalformedRequests(f"request {len(requests)}: twice, or too many")
            requests[request.blob] = request
    except MalformedBytes as error:
        raise MalformedRequests(f"request {len(requests)}: {error}") from error
    return tuple(requests.values())


def _wish(reader: Reader) -> BlobRequest:
    flags = reader.varint()
    if flags > (_RECIPE | _BASE):
        raise MalformedRequests(f"what is said: {flags}")
    blob = reader.raw(HASH_BYTES).hex()
    recipe, base = (reader.raw(HASH_BYTES).hex() if flags & bit else "" for bit in (_RECIPE, _BASE))
    skip = reader.varint()
    runs: list[tuple[int, int]] = []
    end = 0
    for _ in range(reader.varint() if recipe else 0):
        first, count = end + reader.varint(), reader.varint()
        end = first + count
        if not count or end > MAX_CHUNKS or len(runs) >= MAX_RUNS:
            raise MalformedRequests(f"a run of {count} chunks from {first}")
        runs.append((first, count))
    if recipe and not runs:
        raise MalformedRequests("no chunk of a blob")
    return BlobRequest(blob, recipe, base, tuple(runs) or ((0, 1),), skip)
