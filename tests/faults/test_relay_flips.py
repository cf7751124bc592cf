"""A sample of what ``python -m tests.faults.relay_flips`` does with all bytes of 100 batches."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.parcel import read_address
from sync.relay import Ask, write_answers, write_ask
from tests.faults import parcels
from tests.faults.parcels import Parcels
from tests.faults.relay_flips import Middle, flip_answers, flip_asks, flip_hub, settled

COUNT = 25
# Of each further message every so many bytes; of one all of them.
STEP = 41


@pytest.fixture(scope="module")
def middle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Middle]:
    folder = tmp_path_factory.mktemp("flips")
    with parcels.lab(folder) as there:
        middle = Middle(there, folder / "relay")
        yield middle
        middle.shelf.close()


@pytest.fixture(scope="module")
def traffic(middle: Middle) -> Parcels:
    requests, answers = middle.there.traffic(COUNT)
    return [raw for contact, raw in enumerate(requests, 1) if contact % 3], answers


def test_no_message_with_a_flipped_byte_is_accepted_by_the_hub(
    middle: Middle, traffic: Parcels
) -> None:
    requests, _ = traffic
    before = settled(middle)
    outcome = flip_asks(middle, requests[-1:])
    more = flip_asks(middle, requests[:-1], STEP)
    assert outcome.spoilt > len(requests[-1])
    assert outcome.accepted + more.accepted == []
    assert middle.there.state() == before


def test_no_answer_flipped_before_the_relay_is_taken_by_the_station(
    middle: Middle, traffic: Parcels
) -> None:
    requests, answers = traffic
    before = settled(middle)
    outcome = flip_hub(middle, requests[-1], answers[:1])
    more = flip_hub(middle, requests[-1], answers[1:], STEP)
    assert outcome.spoilt == len(answers[0])
    assert outcome.accepted + more.accepted == []
    assert middle.there.state() == before


def test_no_answer_flipped_after_the_relay_is_a_receipt(middle: Middle, traffic: Parcels) -> None:
    _, answers = traffic
    before = settled(middle)
    outcome = flip_answers(middle, answers[:1])
    more = flip_answers(middle, answers[1:], STEP)
    assert outcome.spoilt > len(answers[0])
    assert outcome.accepted + more.accepted == []
    assert middle.there.state() == before


def test_the_same_messages_whole_are_accepted_and_receipted(
    middle: Middle, traffic: Parcels
) -> None:
    requests, _ = traffic
    node = read_address(requests[-1]).sender
    before = settled(middle)
    assert middle.carry(write_ask(Ask(node, requests[-1]))) == 1
    [answer] = middle.held(node)
    assert middle.hand(write_answers([answer])) > 0
    assert middle.there.state() != before
