"""Trust: a wanted pack is the one that headquarters releases now, or it is not fetched.

Besides the hub's signature on each pack this checks TUF metadata (content/SPEC.md §8). Metadata
comes the same ways as blobs: line, relay, stick, in any mix. It is asked for only when a course is
wanted that was not accepted before. Installed courses do not need it.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from content.transfer.releases import (
    MAX_BUNDLE_BYTES,
    MAX_WANTED,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    ask_path,
    choose,
    pack_bundle,
    release_path,
    roles_for,
    unpack_bundle,
)
from node.clock import MAX_LEAP_S, Clock
from node.courses.trust_errors import ReleaseForged, ReleaseTooLarge, UntrustedRelease
from node.errors import LineError, NodeError
from node.store import meta, orders
from node.store.courses import WantedCourse
from node.store.db import Store
from sync.errors import PeerError, TooLarge

if TYPE_CHECKING:
    from node.courses.tuf_client import Local

log = logging.getLogger(__name__)

FOLDER = "trust"
# A relay fetches the day's signature once a week, although it wants nothing itself.
RELAY_RENEWS_S = 23 * 86_400


class MetadataSource(Protocol):
    """Where metadata comes from: the line to the hub, a relay, a stick."""

    def get(self, path: str, first: int) -> tuple[int, int, Iterator[bytes]]:
        """What follows byte ``first``: where it begins, the length of the whole, the bytes."""


class Trust:
    """What this node believes about releases. ``relays``: it also tells others."""

    def __init__(self, store: Store, clock: Clock, *, relays: bool = False) -> None:
        self._store = store
        self._clock = clock
        self._relays = relays
        self._folder = store.path.parent / FOLDER

    def refused(
        self, wanted: Sequence[WantedCourse], source: MetadataSource
    ) -> dict[str, NodeError]:
        """The manifests of ``wanted`` that must not be fetched from anywhere, and why.

        Raises:
            DiskFull, DiskFault: this computer cannot keep what it checked.
        """
        pinned = self._pin()
        if pinned is None:
            return {}  # a hub that does not sign releases yet
        known = self._accepted()
        left = [pack for pack in wanted if pack.manifest not in known]
        faults = self._look(pinned, {}, left) if left else {}
        for at in range(0, len(left), MAX_WANTED):
            some = [pack for pack in left[at : at + MAX_WANTED] if pack.manifest in faults]
            if some:
                faults = {
                    manifest: fault
                    for manifest, fault in faults.items()
                    if manifest not in {pack.manifest for pack in some}
                } | self._ask(pinned, some, source)
        if not left and self.is_old():
            self._ask(pinned, [], source)
        self._keep([pack.manifest for pack in wanted if pack.manifest not in faults], faults)
        return faults

    def is_old(self) -> bool:
        """Whether a relay should fetch today's signature for those who ask it."""
        if not self._relays:
            return False
        until = self.valid_until()
        return 0 < until < self._clock.truth() + RELAY_RENEWS_S

    def valid_until(self) -> int:
        """Until when (Unix seconds) the newest metadata here holds; 0: there is none."""
        try:
            timestamp = json.loads((self._folder / f"{TIMESTAMP}.json").read_bytes())
            at = datetime.fromisoformat(timestamp["signed"]["expires"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0
        return int(at.timestamp())

    def bundle(self, have: dict[str, int], want: Sequence[str]) -> bytes | None:
        """The metadata that a station behind this relay lacks, as far as it is here; None: none."""
        pinned = self._pin()
        if pinned is None:
            return None
        return pack_bundle(choose(self._local(pinned), have, want))

    def _ask(
        self, pinned: bytes, wanted: Sequence[WantedCourse], source: MetadataSource
    ) -> dict[str, NodeError]:
        """Check again with what ``source`` has; if it cannot be asked, that is the fault."""
        try:
            return self._look(pinned, self._bring(pinned, wanted, source), wanted)
        except LineError as error:
            return {pack.manifest: error for pack in wanted}

    def _look(
        self, pinned: bytes, pieces: dict[str, bytes], wanted: Sequence[WantedCourse]
    ) -> dict[str, NodeError]:
        from node.courses.tuf_client import MetadataCheck, settle

        faults: dict[str, NodeError] = {}
        try:
            checked = MetadataCheck(self._folder, pinned, pieces, self._time())
        except UntrustedRelease as error:
            if pieces:
                log.warning("metadata refused: %s (%s)", error.code, error)
            return {pack.manifest: error for pack in wanted}
        for pack in wanted:
            try:
                checked.check(release_path(pack.course, pack.version), pack.manifest)
            except UntrustedRelease as error:
                faults[pack.manifest] = error
        if pieces:
            settle(self._folder)
        return faults

    def _bring(
        self, pinned: bytes, wanted: Sequence[WantedCourse], source: MetadataSource
    ) -> dict[str, bytes]:
        """Fetch the pieces of metadata that are missing here for ``wanted``, none checked yet."""
        local = self._local(pinned)
        paths = [release_path(pack.course, pack.version) for pack in wanted]
        roles = [SNAPSHOT, TARGETS, *(name for path in paths for name in roles_for(local, path))]
        _begins, total, pieces = source.get(
            ask_path(local.have(list(dict.fromkeys(roles))), paths), 0
        )
        raw = bytearray()
        try:
            for piece in pieces:
                raw += piece
                if max(total, len(raw)) > MAX_BUNDLE_BYTES:
                    raise ReleaseTooLarge(f"{total} bytes announced, {len(raw)} came")
        finally:
            if isinstance(pieces, Generator):
                pieces.close()
        log.info("%s bytes of metadata for %s releases", len(raw), len(wanted))
        try:
            return unpack_bundle(bytes(raw))
        except TooLarge as error:
            raise ReleaseTooLarge(str(error)) from error
        except PeerError as error:
            raise ReleaseForged(str(error)) from error

    def _time(self) -> datetime:
        """A time that is surely past: the hub's signed time; else what even a wrong clock allows.

        A PC's clock may be ahead by as much as is believed (``node.clock``): good metadata must
        not look expired because of that.
        """
        heard = self._clock.by_hub()
        if heard is None:
            signed = meta.number(self._store.read(), meta.HUB_AT)
            heard = max(signed, self._clock.truth() - MAX_LEAP_S)
        return datetime.fromtimestamp(heard, UTC)

    def _pin(self) -> bytes | None:
        """The root that this node was given when it joined: the first one, whatever comes later."""
        conn = self._store.read()
        pinned = meta.get(conn, meta.TRUST_ROOT)
        if not pinned:
            ordered = orders.body_of(conn, "trust", "root")
            if ordered is None:
                return None
            pinned = ordered.decode("utf-8", "replace")
            self._store.write(lambda conn: meta.put(conn, meta.TRUST_ROOT, pinned))
        return pinned.encode()

    def _local(self, pinned: bytes) -> Local:
        from node.courses.tuf_client import Local

        return Local(Path(self._folder), pinned)

    def _accepted(self) -> set[str]:
        return set(json.loads(meta.get(self._store.read(), meta.ACCEPTED) or "[]"))

    def _keep(self, accepted: list[str], faults: dict[str, NodeError]) -> None:
        """Remember what was accepted of what is still wanted, and why the rest was not."""
        conn, as_json = self._store.read(), json.dumps(accepted)
        named = [fault.code for fault in faults.values() if isinstance(fault, UntrustedRelease)]
        # A cut line says nothing about releases.
        code = named[0] if named else meta.get(conn, meta.TRUST_FAULT) if faults else ""
        if (meta.get(conn, meta.TRUST_FAULT), meta.get(conn, meta.ACCEPTED)) != (code, as_json):

            def put(conn: sqlite3.Connection) -> None:
                meta.put(conn, meta.TRUST_FAULT, code)
                meta.put(conn, meta.ACCEPTED, as_json)

            self._store.write(put)
