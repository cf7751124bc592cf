from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults import parcels
from tests.faults.parcels import NAMES, Lab, Parcels

COUNT = 1_000


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with parcels.lab(tmp_path_factory.mktemp("parcels")) as lab:
        yield lab


@pytest.fixture(scope="module")
def traffic(there: Lab) -> Parcels:
    return there.traffic(COUNT)


def test_a_parcel_with_a_flipped_bit_or_cut_is_refused_by_name_and_changes_nothing(
    there: Lab, traffic: Parcels
) -> None:
    before = there.state()
    names = parcels.spoil(there, traffic, every=False)
    assert set(names) <= NAMES
    assert names.total() > COUNT * parcels.SOME
    assert there.state() == before


def test_another_nodes_parcel_and_ones_own_sent_back_are_refused_by_name(
    there: Lab, traffic: Parcels
) -> None:
    requests, answers = traffic
    before = there.state()
    assert {there.by_node(raw, there.other) for raw in answers} == {"not-for-us"}
    assert {there.by_node(raw) for raw in requests} == {"not-for-us"}
    assert {there.by_hub(raw) for raw in answers} == {"unknown-station"}
    assert there.state() == before


def test_a_parcel_that_comes_again_changes_nothing(there: Lab, traffic: Parcels) -> None:
    requests, answers = traffic
    before = there.kept()
    for raw in requests[::20]:
        assert there.by_hub(raw) == ""
    assert there.kept() == before
    answers = answers[::4]
    for raw in answers:
        assert there.by_node(raw) == ""
    after = there.state()
    for raw in reversed(answers):
        assert there.by_node(raw) == ""
    assert there.state() == after
