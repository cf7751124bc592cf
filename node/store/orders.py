"""Orders of the hub: the newest of each (kind, key), applied with its mark in one transaction."""

from __future__ import annotations

import json
import logging
import sqlite3
from typing import Any

from node.store import classes, courses, inherited, keepers, learners, meta, results
from sync.exchange import Order

log = logging.getLogger(__name__)

# A backup that is older than a reset gets the order again; a password of long ago counts no more.
KEEPER_S = 30 * 86_400


def mark(conn: sqlite3.Connection) -> int:
    """The highest mark held."""
    return meta.number(conn, meta.ORDERS_MARK)


def body_of(conn: sqlite3.Connection, kind: str, key: str) -> bytes | None:
    """The newest order of (kind, key), also of a kind that came before this version knew it."""
    row = conn.execute(
        "SELECT body FROM orders WHERE kind = ? AND key = ? AND body <> x''", (kind, key)
    ).fetchone()
    return None if row is None else bytes(row["body"])


def moved_to(conn: sqlite3.Connection, number: str) -> str:
    """What the unit is called to which a learner of this station was moved; "": none is known."""
    body = body_of(conn, "moved", number)
    return "" if body is None else str(json.loads(body).get("unit", ""))


def apply(conn: sqlite3.Connection, orders: tuple[Order, ...], since: int, at: int) -> int:
    """Apply the orders that are newer than those here, in the order of marks; return how many.

    ``orders`` follow the mark ``since``. If that is beyond our mark, some are still missing and our
    mark stays. Else it moves to the mark of the last; those before it with greater marks have
    overtaken others. Answers may come late and by several ways.

    An order of a kind that this version does not know is kept for a later version. One that makes
    no sense is kept too: it must not hold up the others for ever.
    """
    held = mark(conn)
    new = sorted(
        (order for order in orders if order.mark > _mark_of(conn, order)),
        key=lambda order: order.mark,
    )
    for order in new:
        conn.execute(
            "INSERT OR REPLACE INTO orders VALUES (?, ?, ?, ?)",
            (order.kind, order.key, order.mark, order.body),
        )
        try:
            _KINDS.get(order.kind, _unknown)(conn, order.key, _body(order), at)
        except (KeyError, TypeError, ValueError, sqlite3.IntegrityError) as error:
            log.error("order %s %s %s: %r", order.mark, order.kind, order.key, error)
    if since <= held and orders:
        held = max(held, orders[-1].mark)
    meta.put(conn, meta.ORDERS_MARK, str(held))
    return len(new)


def _mark_of(conn: sqlite3.Connection, order: Order) -> int:
    row = conn.execute(
        "SELECT mark FROM orders WHERE kind = ? AND key = ?", (order.kind, order.key)
    ).fetchone()
    return 0 if row is None else int(row["mark"])


Body = dict[str, Any]  # what the hub signed; each function below takes out what it needs


def _body(order: Order) -> Body | None:
    if not order.body:
        return None
    body = json.loads(order.body)
    if not isinstance(body, dict):
        raise TypeError(f"body is {type(body).__name__}")
    return body


def _unknown(_conn: sqlite3.Connection, key: str, _body: Body | None, _at: int) -> None:
    log.info("an order of a kind unknown to this version is kept: %s", key)


def _roster(conn: sqlite3.Connection, key: str, body: Body | None, _at: int) -> None:
    if body is None:
        learners.withdraw(conn, key)
    else:
        conn.execute("DELETE FROM orders WHERE kind = 'moved' AND key = ?", (key,))
        learners.put(
            conn, key, str(body["name"]), str(body.get("post", "")), str(body.get("unit", ""))
        )


def _moved(_conn: sqlite3.Connection, _key: str, _body: Body | None, _at: int) -> None:
    """Where a withdrawn learner went: read when the learner comes here (``moved_to``)."""


def _course(conn: sqlite3.Connection, key: str, body: Body | None, at: int) -> None:
    if body is None:
        courses.unwant(conn, key)
        return
    courses.want(
        conn,
        courses.WantedCourse(
            course=key,
            version=int(body["version"]),
            manifest=str(body["manifest"]),
            size=int(body["size"]),
            title=str(body["title"]),
            since=at,
        ),
    )
    # Absent in orders of before versions had days.
    days = {int(version): int(day) for version, day in body.get("versions", ())}
    courses.put_days(conn, key, days)


def _class(conn: sqlite3.Connection, key: str, body: Body | None, _at: int) -> None:
    if body is None:
        classes.withdraw(conn, key)
        return
    courses_of = tuple(str(course) for course in body["courses"])
    classes.put(
        conn,
        classes.Class(key, str(body["title"]), str(body["opens"]), str(body["closes"]), courses_of),
    )


def _result(conn: sqlite3.Connection, key: str, body: Body | None, _at: int) -> None:
    if body is None:
        learner, exam, attempt, node = key.split("|")
        results.withdraw(conn, learner, exam, int(attempt), int(node))
        return
    results.put(
        conn,
        results.Graded(
            learner=str(body["learner"]),
            exam=str(body["exam"]),
            # Beside the try, which is all that nodes of before marks were drawn can count.
            attempt=int(body.get("sitting") or body["attempt"]),
            node=int(body["node"]),
            right=int(body["right"]),
            total=int(body["total"]),
            score=int(body["score"]),
            passed=bool(body["passed"]),
            submitted_at=int(body["submitted_at"]),
            receipt_seq=int(body["receipt_seq"]),
        ),
    )


def _trust(conn: sqlite3.Connection, _key: str, body: Body | None, _at: int) -> None:
    """Only the first root is taken from an order: each later root is signed by the one before."""
    if body is not None and not meta.get(conn, meta.TRUST_ROOT):
        meta.put(conn, meta.TRUST_ROOT, json.dumps(body))


def _station(conn: sqlite3.Connection, _key: str, body: Body | None, _at: int) -> None:
    if body is not None:
        meta.put(conn, meta.STATION, str(body["code"]))
        meta.put(conn, meta.STATION_NAME, str(body["name"]))


def _keeper(conn: sqlite3.Connection, _key: str, body: Body | None, at: int) -> None:
    """Another password of all keepers, for one sign-in: headquarters was asked for it."""
    if body is None or at - int(body["at"]) > KEEPER_S:
        return
    secret = str(body["secret"])
    if not secret.startswith("argon2id$"):
        raise ValueError("no hashed secret")
    for keeper in keepers.all(conn):
        if not keeper.closed_at:
            keepers.set_password(conn, keeper.name, secret, at, initial=True)
            keepers.end_sign_ins(conn, keeper.name, at)


def _facts(conn: sqlite3.Connection, key: str, body: Body | None, at: int) -> None:
    if body is not None:
        inherited.add(conn, key, json.dumps(body["state"]).encode(), at)


_KINDS = {
    "roster": _roster,
    "moved": _moved,
    "course": _course,
    "class": _class,
    "result": _result,
    "station": _station,
    "facts": _facts,
    "trust": _trust,
    "keeper": _keeper,
}
