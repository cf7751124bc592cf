"""Sources: where content comes from, nearest first, and which of them are not asked for now.

No source is trusted: hashes decide (``content.transfer.receive``). One that gave wrong bytes is put
aside for some hours, and the keeper is told its name. One that cannot be reached is left out this
time.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

from content.model.errors import StickError
from content.transfer.releases import PATH as RELEASES
from content.transfer.request import read_requests
from content.transfer.serve import PieceResponse
from content.transfer.stick_folder import Stick
from node.config import Config
from node.errors import LineError
from node.link.http_client import HubConnection

PIECES_PATH = "/pieces"
PIECE_BYTES = 65_536
# Time for somebody to mend it; the other sources are used meanwhile.
ASIDE_S = 6 * 3600
# Nothing replaces the hub; and the wrong bytes may be of a proxy that is gone by then.
HUB, RELAY, HUB_ASIDE_S = "hub", "relay", 600


class BlobSource(Protocol):
    """What answers requests; ``name`` is what the keeper knows it by."""

    @property
    def name(self) -> str:
        """``hub``, ``stick``, or an address."""

    @property
    def tells_releases(self) -> bool:
        """Whether it can be asked which releases are current (``node.courses.release_trust``)."""

    def get(self, path: str, first: int) -> tuple[int, int, Iterator[bytes]]:
        """The metadata of releases: where it begins, the length of the whole, the bytes."""

    def pieces(self, requests: bytes) -> Generator[bytes]:
        """The answer (content/SPEC.md §5.6) as it comes.

        Raises:
            LineError: there is none, or no more of it; also while the bytes are read.
        """


@dataclass(frozen=True, slots=True)
class Remote:
    """A hub, a relay or another node."""

    name: str
    line: HubConnection

    @property
    def tells_releases(self) -> bool:
        """As ``BlobSource``."""
        return self.name in (HUB, RELAY)

    def get(self, path: str, first: int) -> tuple[int, int, Iterator[bytes]]:
        """As ``BlobSource``."""
        return self.line.get(path, first)

    def pieces(self, requests: bytes) -> Generator[bytes]:
        """As ``BlobSource``."""
        return self.line.stream(PIECES_PATH, requests)


@dataclass(frozen=True, slots=True)
class OnStick:
    """A stick that is in."""

    stick: Stick
    name: str = "stick"
    tells_releases: bool = True

    def get(self, path: str, first: int) -> tuple[int, int, Iterator[bytes]]:
        """As ``BlobSource``."""
        bundle = self.stick.trust() if path.startswith(RELEASES) else b""
        if not bundle:
            raise LineError("nothing on the stick says which releases are current")
        return 0, len(bundle), iter([bundle])

    def pieces(self, requests: bytes) -> Generator[bytes]:
        """As ``BlobSource``."""
        try:
            yield from PieceResponse(self.stick, read_requests(requests)).pieces(PIECE_BYTES)
        except (StickError, OSError) as error:
            raise LineError(f"stick: {error}") from error


class Aside:
    """The sources that gave wrong bytes, and until when they wait; kept while the node runs."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def put(self, name: str, now: float) -> None:
        """Do not ask this one for a while."""
        self._until[name] = now + (HUB_ASIDE_S if name == HUB else ASIDE_S)

    def without(self, sources: Sequence[BlobSource], now: float) -> list[BlobSource]:
        """Those that may be asked."""
        return [source for source in sources if self._until.get(source.name, now) <= now]


def every_way(
    config: Config, lines: ExitStack, content_line: Callable[[str], HubConnection]
) -> list[BlobSource]:
    """The sources that the settings name, nearest first; their connections end with ``lines``.

    A relay comes after the hub: it has no patches, and where the hub can be reached at all, the
    line to both is mostly the same.
    """
    ways: list[BlobSource] = [
        Remote(peer, lines.enter_context(HubConnection(peer, ca=config.hub_ca)))
        for peer in config.peer_urls
    ]
    for name, url in ((HUB, config.hub_url), (RELAY, config.relay_url)):
        if url:
            ways.append(Remote(name, lines.enter_context(content_line(url))))
    return ways
