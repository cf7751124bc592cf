"""Joining: a new node and the hub learn each other's keys by a one-time code (SPEC.md §7)."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from node.config import Config
from node.errors import AlreadyJoined, NotTheHub, WrongJoinCode
from node.exchange.node_keys import make_key
from node.link.http_client import HubConnection
from node.store import keepers, meta
from node.store.db import Store
from node.store.meta import NodeIdentity
from sync import identity as sync_identity
from sync.enrolment import MAX_JOIN_BYTES, JoinRequest, parse_code, seal_join, unseal_join_answer
from sync.errors import MalformedCode, PeerError
from sync.secrets import hash_secret, random_token

JOIN_PATH = "/join"
KEEPER = "管理员"
FIRST_EPOCH = 1


def software() -> str:
    """Name and version of this program, as the hub is told."""
    try:
        return "xuezhan " + version("xuezhan")
    except PackageNotFoundError:
        return "xuezhan"


def join(config: Config, code_text: str) -> tuple[NodeIdentity, str]:
    """Join the hub at ``config.hub_url``; who this node is now, and the keeper's first password.

    Called again after a cut, it goes on with the same key, so that no code is wasted.

    Raises:
        WrongJoinCode: it cannot be a code.
        AlreadyJoined: this data folder has its station.
        LineError: the hub was not reached, or said no.
    """
    try:
        code = parse_code(code_text)
    except MalformedCode as error:
        raise WrongJoinCode(str(error)) from error
    store = Store.open(config.data)
    try:
        if meta.identity(store.read()) is not None:
            raise AlreadyJoined(str(config.data))
        key = make_key(config.data)
        raw = seal_join(JoinRequest(code.id, sync_identity.Identity.of(key), software()), code, key)
        with HubConnection(config.hub_url, ca=config.hub_ca) as line:
            came = line.post(JOIN_PATH, raw, MAX_JOIN_BYTES)
        try:
            answer = unseal_join_answer(came, raw, code)
        except PeerError as error:
            raise NotTheHub(f"{error.code}: {error}") from error
        identity = NodeIdentity(
            answer.node, FIRST_EPOCH, answer.station, answer.name, (answer.hub,)
        )
        password = random_token(6)
        stored, at = hash_secret(password), answer.at // 1000

        def keep(conn: sqlite3.Connection) -> None:
            meta.put_identity(conn, identity)
            meta.put(conn, meta.HUB_AT, str(at))
            keepers.set_password(conn, KEEPER, stored, at, initial=True)

        store.write(keep)
        replace(config).save()
        return identity, password
    finally:
        store.close()
