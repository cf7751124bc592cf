"""Carrying by stick, the station's end: take in what it brings, put on it what waits (§12).

Nothing here is lost with a stick: records stay until a receipt comes, by whatever way. How a stick
is read and written is ``content.transfer.stick_folder``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from content.model import errors as content_errors
from content.model.errors import ContentError, StickLocked, StrangeFile, WrongParcel
from content.transfer.stick_folder import Lying, Stick
from node.clock import Clock
from node.courier.courier import Courier
from node.courses.sources import OnStick
from node.errors import ForeignReceipt, NodeError, NotTheHub
from node.exchange.exchange import MAX_BATCHES_BYTES, Exchange
from node.link.progress import SyncProgress
from node.relay.parcel_store import ParcelStore
from node.stick.errors import (
    StickPulled,
    StickReadOnly,
    StickStrange,
    StickTooFull,
    StickTooSmall,
    StickUnknown,
)
from node.store import carried, handed, meta, outbox
from node.store.carried import Journey
from node.store.db import Store
from sync.parcel import MAX_PARCEL_BYTES, parcel_name

log = logging.getLogger(__name__)

TAKING, CONTENT, PUTTING = "taking", "content", "putting"

_IN_WORDS: dict[type[ContentError], type[NodeError]] = {
    content_errors.NoStick: StickUnknown,
    content_errors.StickGone: StickPulled,
    content_errors.StickFull: StickTooSmall,
    content_errors.StickLocked: StickReadOnly,
    content_errors.StickCrowded: StickTooFull,
    content_errors.StrangeFile: StickStrange,
}


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file with a name of ours that was refused, and why."""

    file: str
    code: str


@dataclass(slots=True)
class StickProgress:
    """What one stick brought and took along so far."""

    journey: Journey
    refused: list[RefusedFile] = field(default_factory=list)


class StickCarrier:
    """Carries parcels between this node and a stick."""

    def __init__(
        self, courier: Courier, store: Store, clock: Clock, shelf: ParcelStore | None = None
    ) -> None:
        self.progress = SyncProgress()
        self._courier = courier
        self._store = store
        self._clock = clock
        self._shelf = shelf

    def import_from(self, root: Path) -> StickProgress:
        """Take in the answers and the courses for this node that lie on the stick.

        Raises:
            NodeError: the stick cannot be read; what was taken in before stays.
        """
        return self._noted(root, take=True, put=False)

    def export_to(self, root: Path) -> StickProgress:
        """Put on the stick what waits for the hub, and which content is missing here.

        Raises:
            NodeError: it is not on the stick; all of it is still here.
        """
        return self._noted(root, take=False, put=True)

    def carry(self, root: Path) -> StickProgress:
        """Import, then export: what the keeper's one button does. Raises as these two."""
        return self._noted(root, take=True, put=True)

    def _noted(self, root: Path, *, take: bool, put: bool) -> StickProgress:
        done = StickProgress(Journey(at=self._clock.now()))
        try:
            with _in_words(), Stick(root, make=put) as stick:
                fault = self._take(stick, done) if take else None
                if put:
                    self._put(stick, done)
                if fault is not None:
                    raise fault
        except NodeError as error:
            done.journey = replace(done.journey, outcome=error.code)
            raise
        finally:
            self.progress.end()
            done.journey = replace(done.journey, strangers=len(done.refused))
            self._store.write(lambda conn: carried.note(conn, done.journey))
        return done

    def _take(self, stick: Stick, done: StickProgress) -> NodeError | None:
        """Take all in; return why others' parcels or courses could not be taken, or None.

        The station's own records go on the stick in any case.
        """
        self._courier.by_hand(lambda exchange: self._take_answers(stick, exchange, done))
        try:
            if self._shelf is not None:
                self._take_others(stick, self._shelf, done)
            lacking = set(self._courier.lacking())
            if lacking & stick.blobs():
                self.progress.begin(CONTENT, len(lacking))
                installed = self._courier.fetch_from(OnStick(stick))
                done.journey = replace(done.journey, courses=installed)
        except NodeError as error:
            log.warning("not taken code=%s: %s", error.code, error)
            return error
        return None

    def _take_answers(self, stick: Stick, exchange: Exchange, done: StickProgress) -> None:
        me = self._me()
        files = stick.to_node(me)
        self.progress.begin(TAKING, len(files))
        for file in files:
            self.progress.more(1)
            try:
                taken = exchange.take(stick.read_to_node(me, file))
            except (NotTheHub, ForeignReceipt, WrongParcel, StrangeFile) as error:
                log.warning("refused %s code=%s: %s", file, error.code, error)
                done.refused.append(RefusedFile(file, error.code))
                continue
            journey = done.journey
            done.journey = replace(
                journey,
                answers=journey.answers + 1,
                receipted=journey.receipted + taken.receipted,
                orders=journey.orders + taken.orders,
            )
            with suppress(StickLocked):  # what stays is taken again, and changes nothing
                stick.drop_to_node(me, file)
                stick.drop_to_hub(Lying(me, taken.asked.hex()))

    def _put(self, stick: Stick, done: StickProgress) -> None:
        me = self._me()
        self.progress.begin(PUTTING, 1)
        stick.sweep()
        raw, records = self._courier.by_hand(self._ask)
        mine = stick.put_to_hub(me, raw)
        for older in stick.to_hub():
            if older.node == me and older != mine:
                stick.drop_to_hub(older)
        if self._shelf is not None:
            self._put_others(stick, self._shelf, done)
        stick.want(me, self._courier.lacking())
        self.progress.more(1)
        done.journey = replace(done.journey, records=records, bytes_out=len(raw))

    def _take_others(self, stick: Stick, shelf: ParcelStore, done: StickProgress) -> None:
        """A relay takes along what stations sent to the hub and what the hub sent to them."""
        me, count = self._me(), 0
        for lying in stick.to_hub():
            if lying.node == me:
                continue
            try:
                shelf.take(lying.node, stick.read_to_hub(lying))
            except (WrongParcel, StrangeFile) as error:
                done.refused.append(RefusedFile(lying.file, error.code))
                continue
            count += 1
        for node in sorted(stick.answered() - {me}):
            for file in stick.to_node(node):
                try:
                    shelf.keep_answer(node, stick.read_to_node(node, file))
                except (WrongParcel, StrangeFile) as error:
                    done.refused.append(RefusedFile(file, error.code))
                    continue
                count += 1
        done.journey = replace(done.journey, others=done.journey.others + count)
        if count:
            self._courier.forward_soon()

    def _put_others(self, stick: Stick, shelf: ParcelStore, done: StickProgress) -> None:
        """A relay puts on the stick what waits here, on both sides; it stays here as well."""
        there, count = set(stick.to_hub()), 0
        for lying in shelf.to_hub():
            raw = shelf.read_to_hub(lying) if lying not in there else None
            if raw is not None:
                stick.put_to_hub(lying.node, raw)
                count += 1
        for node in {lying.node for lying in shelf.all_answers()}:
            lie = set(stick.to_node(node))
            for raw in shelf.answers(node, MAX_PARCEL_BYTES):
                file = f"{parcel_name(raw).hex()}.xze"
                if file not in lie:
                    stick.put_to_node(node, file, raw)
                    count += 1
        done.journey = replace(done.journey, others=done.journey.others + count)

    def _ask(self, exchange: Exchange) -> tuple[bytes, int]:
        """A request with all that has no receipt, and how many records that are."""
        exchange.seal_all()
        raw = exchange.ask(MAX_BATCHES_BYTES, handed.STICK)
        conn = self._store.read()
        handed_over = handed.newest(conn, handed.STICK)
        if handed_over is None:
            return raw, 0
        return raw, handed_over.end - outbox.receipted(conn, handed_over.epoch).seq

    def _me(self) -> int:
        return meta.number(self._store.read(), meta.NODE)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except content_errors.StickError as error:
        raise _IN_WORDS.get(type(error), StickPulled)(str(error)) from error
