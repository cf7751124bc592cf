"""Stations: add one, give its node a one-time code, and let the node join (SPEC.md §7)."""

import logging
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection

from hub import orders
from hub.context.open_hub import Hub
from hub.errors import StationTaken, TooMany, UnknownStation, UnknownUnit
from hub.intake import history
from hub.intake.errors import CodeExpired, CodeUsed, KeyTaken
from hub.people.log_in import one_time_password
from hub.publishing import licences
from hub.publishing.errors import ChangedMeanwhile, UnitClosed
from hub.store import audit, batches, brakes, codes, ledger, nodes, units
from hub.store import orders as stored_orders
from hub.store.codes import JoinCode
from hub.store.engine import reading, writing
from hub.store.nodes import Node
from hub.store.units import Unit
from sync.enrolment import (
    Code,
    JoinAnswer,
    JoinRequest,
    join_code_id,
    new_code,
    seal_join_answer,
    unseal_join,
)
from sync.errors import PeerError, WrongCode
from sync.secrets import hash_secret

log = logging.getLogger(__name__)

# Codes have 60 random bits; this only keeps a guesser from filling the log and the line.
JOIN_TRIES = 10
JOIN_WINDOW_S = 900
# A node's state -> what the audit log calls it to be put there.
_EVENTS = {"active": "station active", "frozen": "station frozen", "revoked": "station revoked"}


@dataclass(frozen=True, slots=True)
class NewStation:
    """A node that waits for its code to be typed at the station."""

    node_id: int
    unit: Unit
    code: Code
    expires_at: int


def add(
    hub: Hub, code: str, by: str, name: str = "", parent: str = "", replace: bool = False
) -> NewStation:
    """Make the unit if it is new, a node of it, and the node's code.

    A node that still waits gets a new code; its old one is void. ``replace`` revokes a node that
    is at work and makes another: its history stays under its own number and key.

    Raises:
        UnknownUnit: neither the unit nor the parent exists.
        UnitClosed: the unit was closed, or its code was one's that was.
        StationTaken: a node is at work there.
    """
    now = hub.now()
    with writing(hub.engine) as connection:
        if replace and (there := units.by_code(connection, code)) is not None:
            nodes.hold_at(connection, there.id, at_work=True)
        ledger.hold(connection)
        unit = units.by_code(connection, code) or _new_unit(connection, code, name, parent)
        new_station = place(hub, connection, unit, by, now, replace)
        given = licences.due(hub, connection)
        stored_orders.put(connection, [orders.station(new_station.node_id, unit), *given])
    return new_station


def place(
    hub: Hub, connection: Connection, unit: Unit, by: str, now: int, replace: bool = False
) -> NewStation:
    """A node at a unit with a new code, in the caller's transaction; its order is the caller's.

    Raises:
        StationTaken: a node is at work there, and it is not to be replaced.
    """
    there = nodes.of_unit(connection, unit.id)
    for node in there:
        if node.state in ("active", "frozen"):
            if not replace:
                raise StationTaken(unit.code, node.id)
            nodes.set_state(connection, node.id, "revoked")
            audit.note(connection, now, by, "station revoke", unit=unit.code, node=node.id)
    waiting = next((node.id for node in there if node.state == "waiting"), None)
    node_id = waiting or nodes.add(connection, unit.id, unit.name, now)
    new_station = _give_code(hub, connection, node_id, unit, now)
    audit.note(connection, now, by, "station add", unit=unit.code, node=node_id)
    return new_station


def set_state(hub: Hub, node_id: int, state: str, by: str) -> None:
    """Freeze or revoke a node, or let it work again ("active").

    After "active" no older request makes the node a copy again, whatever it was frozen for: of two
    copies the one that stays goes on in an epoch of its own, whichever was heard last.

    Raises:
        UnknownStation: there is no such node.
        ChangedMeanwhile: somebody else was quicker: it was revoked, or is so already. Only what is
            let go may be so already: people decide about a copy before it froze the station.
    """
    with writing(hub.engine) as connection:
        node = nodes.lock(connection, node_id)
        if node is None:
            raise UnknownStation(str(node_id))
        if node.state == "revoked" or node.state == state != "active":
            raise ChangedMeanwhile(f"station {node_id}")
        nodes.set_state(connection, node_id, state)
        if state == "active":
            newest = batches.newest(connection, node_id)
            epoch = history.newest_epoch(node, newest.epoch if newest else 0)
            nodes.part(connection, node_id, epoch)
        audit.note(connection, hub.now(), by, _EVENTS[state], node=node_id)
        if state == "revoked":  # the seats that it had in licences are free
            stored_orders.put(connection, licences.due(hub, connection))


def reset_keeper(hub: Hub, node_id: int, by: str) -> str:
    """Order a node to take another password of its keeper, and return it: for one sign-in there.

    Raises:
        UnknownStation: no such node is at work.
    """
    password = one_time_password()
    hashed, now = hash_secret(password), hub.now()
    with writing(hub.engine) as connection:
        node = nodes.lock(connection, node_id)
        if node is None or node.state != "active":
            raise UnknownStation(str(node_id))
        audit.note(connection, now, by, "keeper reset", node=node_id)
        stored_orders.put(connection, [orders.keeper(node_id, hashed, now)])
    return password


def decide(hub: Hub, code: str, state: str, by: str) -> int:
    """Revoke the node at a unit, or let its frozen one work again; the node's number.

    Raises:
        UnknownStation: no node there is in a state that allows it.
    """
    fitting = ("active", "frozen") if state == "revoked" else ("frozen",)
    with reading(hub.engine) as connection:
        unit = units.with_code(connection, code)
        there = nodes.of_unit(connection, unit.id) if unit else []
    node_ids = [node.id for node in there if node.state in fitting]
    if not node_ids:
        raise UnknownStation(code)
    set_state(hub, node_ids[-1], state, by)
    return node_ids[-1]


def join(hub: Hub, raw: bytes, source: str) -> bytes:
    """Answer a node's wish to join; the same bytes again get the same answer again.

    Raises:
        TooMany: ``source`` tried wrong codes too often.
        WrongCode, CodeExpired, CodeUsed: the code opens nothing (any more).
        KeyTaken: another node holds this key.
        PeerError: the bytes are no such wish, or the key is weak or not its sender's.
    """
    now, brake = hub.now(), f"join {source}"
    with reading(hub.engine) as connection:
        if wait := brakes.again_s(connection, brake, now, JOIN_WINDOW_S, JOIN_TRIES):
            raise TooMany(wait)
    try:
        with writing(hub.engine) as connection:
            return _join(hub, connection, raw, now)
    except (PeerError, CodeExpired, CodeUsed, KeyTaken) as fault:
        with writing(hub.engine) as connection:
            brakes.tried(connection, brake, now, JOIN_WINDOW_S)
        log.warning("join refused code=%s source=%s", fault.code, source)
        raise


def _join(hub: Hub, connection: Connection, raw: bytes, now: int) -> bytes:
    code_id = join_code_id(raw)
    stored_code = codes.lock(connection, code_id) if code_id.isalnum() else None
    if stored_code is None:
        raise WrongCode("no station was given this code")
    if stored_code.used_at is not None:
        # The answer was lost on the way: whoever sends the same bytes is the same node.
        if stored_code.answer and stored_code.used_request == sha256(raw).digest():
            return stored_code.answer
        raise CodeUsed(code_id)
    if now > stored_code.expires_at:
        raise CodeExpired(code_id)
    request = unseal_join(raw, Code(code_id, stored_code.secret))
    key = request.identity.key
    if nodes.with_key(connection, key.to_bytes()) is not None:
        raise KeyTaken(key.fingerprint())
    return _admit(hub, connection, raw, request, stored_code, now)


def _admit(
    hub: Hub,
    connection: Connection,
    raw: bytes,
    request: JoinRequest,
    stored_code: JoinCode,
    now: int,
) -> bytes:
    node, unit = _place(connection, stored_code.node_id)
    answer = JoinAnswer(node.id, unit.code, unit.name, hub.ring.identity, now * 1000)
    code = Code(stored_code.id, stored_code.secret)
    sealed = seal_join_answer(answer, raw, code, hub.key)
    key = request.identity.key
    nodes.join(connection, node.id, request.identity, request.software[:80], now)
    codes.use(connection, stored_code.id, key.to_bytes(), sha256(raw).digest(), sealed, now)
    audit.note(
        connection, now, f"node {node.id}", "station join",
        unit=unit.code, node=node.id, key=key.fingerprint(),
    )  # fmt: skip
    return sealed


def _place(connection: Connection, node_id: int) -> tuple[Node, Unit]:
    node = nodes.get(connection, node_id)
    unit = units.get(connection, node.unit_id) if node else None
    if node is None or unit is None:
        raise UnknownStation(str(node_id))
    return node, unit


def _new_unit(connection: Connection, code: str, name: str, parent: str) -> Unit:
    if units.with_code(connection, code) is not None:
        raise UnitClosed(code)
    above = units.by_code(connection, parent) if parent else None
    if above is None or not name:
        raise UnknownUnit(parent or code)
    [unit] = units.add(connection, [(code, name, above)])
    return unit


def _give_code(hub: Hub, connection: Connection, node_id: int, unit: Unit, now: int) -> NewStation:
    code = new_code()
    while codes.exists(connection, code.id):
        code = new_code()
    expires_at = now + hub.config.code_days * 86_400
    codes.add(connection, code.id, code.secret, node_id, now, expires_at)
    return NewStation(node_id, unit, code, expires_at)
