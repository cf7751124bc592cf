"""Stations are added with a one-time code, and a node joins with it exactly once."""

import pytest
from flask.testing import FlaskClient

from hub.context.open_hub import Hub
from hub.errors import StationTaken, TooMany, UnknownUnit
from hub.intake import stations
from hub.intake.errors import CodeExpired, CodeUsed, KeyTaken
from hub.intake.stations import JOIN_TRIES, JOIN_WINDOW_S, NewStation
from hub.store import codes, nodes
from hub.store.engine import reading
from sync.enrolment import Code, JoinRequest, parse_code, seal_join, unseal_join_answer
from sync.errors import BadSignature, WeakKey, WrongCode
from sync.identity import Identity
from sync.signing import SigningKey, VerifyKey
from tests.hub.conftest import NOW, Clock, join_station


def added(hub: Hub, code: str = "110101001") -> NewStation:
    return stations.add(hub, code, "test", "东华门所", "0")


def wish(station: NewStation, key: SigningKey, code: Code | None = None) -> bytes:
    return seal_join(
        JoinRequest(station.code.id, Identity.of(key), "0.1"), code or station.code, key
    )


def test_a_node_joins_with_its_code_and_learns_who_it_is(hub: Hub) -> None:
    station, key = added(hub), SigningKey.generate()
    raw = wish(station, key)
    answer = unseal_join_answer(stations.join(hub, raw, "10.0.0.7"), raw, station.code)
    assert (answer.node, answer.station, answer.name) == (station.node_id, "110101001", "东华门所")
    assert (answer.hub, answer.at) == (hub.ring.identity, NOW * 1000)
    with reading(hub.engine) as connection:
        node = nodes.get(connection, station.node_id)
    assert node is not None
    assert (node.state, node.public_key) == ("active", key.public.to_bytes())


def test_a_typed_code_is_the_printed_one(sqlite_hub: Hub) -> None:
    station = added(sqlite_hub)
    assert parse_code(station.code.text.lower().replace("-", " ")) == station.code
    assert station.expires_at == NOW + 14 * 86_400


def test_the_secret_of_a_used_code_is_erased(hub: Hub) -> None:
    station = added(hub)
    stations.join(hub, wish(station, SigningKey.generate()), "t")
    with reading(hub.engine) as connection:
        code = codes.of_node(connection, station.node_id)
    assert code is not None
    assert (code.secret, code.used_at) == ("", NOW)


def test_the_same_wish_again_gets_the_same_answer(hub: Hub) -> None:
    station = added(hub)
    raw = wish(station, SigningKey.generate())
    assert stations.join(hub, raw, "t") == stations.join(hub, raw, "t")


def test_a_used_code_is_refused_for_another_key(hub: Hub) -> None:
    station = added(hub)
    stations.join(hub, wish(station, SigningKey.generate()), "t")
    with pytest.raises(CodeUsed, match="was used"):
        stations.join(hub, wish(station, SigningKey.generate()), "t")


def test_a_wrong_code_is_refused(hub: Hub) -> None:
    station, key = added(hub), SigningKey.generate()
    guessed = Code(station.code.id, "000000000000")
    with pytest.raises(WrongCode):
        stations.join(hub, wish(station, key, guessed), "t")
    nobodys = Code("ZZZZ" if station.code.id != "ZZZZ" else "YYYY", "000000000000")
    with pytest.raises(WrongCode, match="no station"):
        stations.join(
            hub, seal_join(JoinRequest(nobodys.id, Identity.of(key), ""), nobodys, key), "t"
        )


def test_wrong_codes_are_slowed_down_by_source_and_the_count_survives(
    hub: Hub, clock: Clock
) -> None:
    station, key = added(hub), SigningKey.generate()
    bad = wish(station, key, Code(station.code.id, "000000000000"))
    for _ in range(JOIN_TRIES):
        with pytest.raises(WrongCode):
            stations.join(hub, bad, "10.0.0.66")
    with pytest.raises(TooMany) as refused:
        stations.join(hub, wish(station, key), "10.0.0.66")
    assert refused.value.again_s == JOIN_WINDOW_S
    assert stations.join(hub, wish(station, key), "10.0.0.7")
    clock.at += JOIN_WINDOW_S
    with pytest.raises(CodeUsed):
        stations.join(hub, wish(station, SigningKey.generate()), "10.0.0.66")


def test_a_weak_key_is_refused(hub: Hub) -> None:
    station, key = added(hub), SigningKey.generate()
    small_order = VerifyKey(bytes([1]) + bytes(31))
    raw = seal_join(
        JoinRequest(station.code.id, Identity(0, small_order, bytes(32)), "0.1"), station.code, key
    )
    with pytest.raises(WeakKey, match="small order"):
        stations.join(hub, raw, "t")


def test_a_key_that_its_sender_does_not_hold_is_refused(hub: Hub) -> None:
    station, key = added(hub), SigningKey.generate()
    theirs = SigningKey.generate().public
    with pytest.raises(BadSignature):
        stations.join(
            hub,
            seal_join(
                JoinRequest(station.code.id, Identity(0, theirs, bytes(32)), ""), station.code, key
            ),
            "t",
        )


def test_a_key_of_another_node_is_refused(hub: Hub) -> None:
    first = join_station(hub, "110101001")
    station = added(hub, "110101002")
    with pytest.raises(KeyTaken, match="was the disk copied"):
        stations.join(hub, wish(station, first.key), "t")


def test_a_code_expires(hub: Hub, clock: Clock) -> None:
    station = added(hub)
    clock.at = station.expires_at + 1
    with pytest.raises(CodeExpired, match="ask headquarters"):
        stations.join(hub, wish(station, SigningKey.generate()), "t")


def test_a_new_code_makes_the_old_one_void(hub: Hub) -> None:
    old, new = added(hub), added(hub)
    assert old.node_id == new.node_id
    with pytest.raises(WrongCode):
        stations.join(hub, wish(old, SigningKey.generate()), "t")
    assert stations.join(hub, wish(new, SigningKey.generate()), "t")


def test_a_station_at_work_is_not_added_again_but_replaced(hub: Hub) -> None:
    first = join_station(hub, "110101001")
    with pytest.raises(StationTaken, match="is at work"):
        added(hub)
    station = stations.add(hub, "110101001", "test", replace=True)
    assert station.node_id != first.node
    assert first.send().refusal == "revoked"


def test_a_new_station_needs_a_name_and_a_unit_above(hub: Hub) -> None:
    with pytest.raises(UnknownUnit, match="'4401'"):
        stations.add(hub, "440101001", "test", "越秀所", "4401")
    with pytest.raises(UnknownUnit, match="'440101001'"):
        stations.add(hub, "440101001", "test")


def test_the_join_page_answers_bytes_or_a_code_by_name(hub: Hub, client: FlaskClient) -> None:
    station, key = added(hub), SigningKey.generate()
    raw = wish(station, key)
    answer = client.post("/join", data=raw)
    assert unseal_join_answer(answer.data, raw, station.code).node == station.node_id
    again = client.post("/join", data=wish(station, SigningKey.generate()))
    assert (again.status_code, again.json) == (409, {"error": "code-used"})
    for _ in range(JOIN_TRIES):
        client.post("/join", data=b"XZJ1 nonsense that is no enrolment at all, but long enough")
    slowed = client.post("/join", data=raw)
    assert (slowed.status_code, slowed.json) == (429, {"error": "too-many"})
    assert slowed.headers["Retry-After"] == str(JOIN_WINDOW_S)
