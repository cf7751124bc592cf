"""Licences at the hub: nothing is published after the last day, or to too many stations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from content.model.terms import Licence
from hub.context.open_hub import Hub
from hub.errors import LicenceEnded, TooManyStations
from tests.hub.conftest import Clock, course, join_station, publish_course


def test_a_course_is_published_through_the_last_day_of_its_licence(hub: Hub, clock: Clock) -> None:
    bought = replace(course(), licence=Licence("某社", "2026-11-18"))
    publish_course(hub, bought)
    clock.at += 86_400
    with pytest.raises(LicenceEnded, match="2026-11-18"):
        publish_course(hub, replace(bought, version=2))


def test_a_course_goes_to_as_many_stations_as_its_licence_says(hub: Hub) -> None:
    for code in ("110101001", "110101002", "110101003"):
        join_station(hub, code)
    bought = replace(course(), licence=Licence("某社", "", 2))
    with pytest.raises(TooManyStations) as refused:
        publish_course(hub, bought)
    assert (refused.value.stations, refused.value.allowed) == (3, 2)
    publish_course(hub, bought, "110101001")
    publish_course(hub, bought, "110101002")
    publish_course(hub, bought, "110101002")
    with pytest.raises(TooManyStations):
        publish_course(hub, bought, "110101003")
