"""A recorded parcel comes again while keys are handed over, at each turn that the two can take.

The turns are the statements that the hub makes without having the lock, and the one that takes it:
before each of them the handover is let in and commits. No threads, and nothing depends on time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from content.transfer.stick_folder import Stick
from hub.context.open_hub import Hub
from hub.intake import node_request, stick_carrier
from hub.intake.stick_carrier import StickReport
from hub.store import nodes
from hub.store.engine import reading
from sync.errors import BadSignature
from sync.exchange import Request, seal_request, unseal_answer
from sync.identity import Identity, certify
from sync.parcel import parcel_name
from sync.sealing import BoxKey
from sync.signing import SigningKey
from tests.hub.conftest import NOW, Station
from tests.hub.intake.turns import let_in

# More than any replay has: a test that never finds the last turn fails.
MOST_TURNS = 100


class Rotating:
    """A station that hands its keys over again and again."""

    def __init__(self, station: Station) -> None:
        self.there = station
        self.keys, self.certificates = [station.key], list[bytes]()

    def hand_over(self) -> None:
        """Take a new key."""
        self.keys.append(SigningKey.generate())
        new = certify(self.keys[-2], self.keys[-1], len(self.certificates) + 1)
        self.certificates.append(new)

    def ask(self, back: int = 0) -> bytes:
        """An idle request by the newest key, or by one so many handovers back."""
        generation = len(self.certificates) - back
        self.there.contact += 1
        there = self.there
        request = Request(
            there.node, 1, NOW * 1000, 0, 0, 9, contact=there.contact, boots=there.boots
        )
        hub, certificates = self.there.hub.ring.identity, self.certificates[:generation]
        return seal_request(request, self.keys[generation], hub, certificates)

    def is_known_by_its_newest_key_only(self) -> None:
        hub, newest = self.there.hub, self.keys[-1]
        with reading(hub.engine) as connection:
            node = nodes.get(connection, self.there.node)
        assert node is not None
        assert node.identity == Identity.of(newest, len(self.certificates))
        answer = node_request.exchange(hub, self.ask())
        assert unseal_answer(answer, BoxKey.of(newest), hub.ring.identity)[0].refusal == ""
        with pytest.raises(BadSignature):
            node_request.exchange(hub, self.ask(back=1))


def at_each_turn(hub: Hub, replay: Callable[[bytes], object], there: Rotating) -> int:
    """Replay what was heard, and at each turn hand over in between; return how many there were."""
    for turn in range(MOST_TURNS):
        heard = there.ask()
        there.hand_over()
        handover = there.ask()
        with let_in(hub, turn, partial(node_request.exchange, hub, handover)) as turns:
            replay(heard)
        if turns.count <= turn:  # it was over before this turn came: the handover comes after it
            node_request.exchange(hub, handover)
            with pytest.raises(BadSignature):
                node_request.exchange(hub, heard)
        there.is_known_by_its_newest_key_only()
        if turns.count <= turn:
            return turn
    pytest.fail("it takes more turns than it can have")


@pytest.mark.parametrize("handovers", [0, 1])
def test_a_replay_never_brings_older_keys_back_whenever_the_handover_commits(
    hub: Hub, station: Station, handovers: int
) -> None:
    """Its parcel names the old keys alone, or the certificate that once led to them."""
    there = Rotating(station)
    for _ in range(handovers):
        there.hand_over()
        node_request.exchange(hub, there.ask())
    refused = []

    def replay(heard: bytes) -> None:
        try:
            node_request.exchange(hub, heard)
        except BadSignature as fault:
            refused.append(str(fault))

    turns = at_each_turn(hub, replay, there)
    # Whenever the handover was first, the replay was refused; it was never half believed.
    assert turns > 1
    assert len(refused) == turns


def test_a_handover_while_a_stick_is_taken_in_breaks_nothing_off(
    hub: Hub, station: Station, tmp_path: Path
) -> None:
    """Between its parcel's answer and the further orders, too."""
    folder = tmp_path / "xuezhan" / "to-hub"
    folder.mkdir(parents=True)
    reports: list[StickReport] = []

    def replay(heard: bytes) -> None:
        for older in folder.iterdir():
            older.unlink()
        (folder / f"{station.node}-{parcel_name(heard).hex()}.xze").write_bytes(heard)
        with Stick(tmp_path) as stick:
            reports.append(stick_carrier.import_from(hub, stick))

    turns = at_each_turn(hub, replay, Rotating(station))
    answered = [report for report in reports if report.parcels == 1]
    refused = [fault.code for report in reports for fault in report.refused]
    assert len(answered) + len(refused) == turns + 1
    assert set(refused) == {"bad-signature"}
    assert len(answered) > 1
