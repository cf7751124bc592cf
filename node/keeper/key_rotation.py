"""Key rotation: this node takes a new key (SPEC.md §2.6).

The batches of an epoch are signed with one key, so a new key begins a new epoch. That is done
only when the hub holds everything: then nothing that waits has to be signed again.
"""

from __future__ import annotations

import sqlite3

from node.errors import RecordsWait
from node.exchange import lineage
from node.exchange.node_keys import OwnKeys, add_key
from node.runtime import NodeRuntime
from node.store import journal


def rotate(runtime: NodeRuntime) -> OwnKeys:
    """Make a new key and begin the epoch that it signs; the hub hears of it at the next sync.

    Raises:
        RecordsWait: the hub does not hold everything yet; nothing was changed.
    """
    _refuse_while_waiting(runtime.store.read())
    # First the key: an epoch without a new key would begin for nothing. Until the epoch begins, the
    # old key goes on signing batches (``node.store.outbox``).
    own = add_key(runtime.config.data)
    at = runtime.clock.now()

    def begin(conn: sqlite3.Connection) -> None:
        _refuse_while_waiting(conn)
        lineage.begin_next(conn, at)

    runtime.store.write(begin)
    lineage.start(runtime.store, at)
    return own


def _refuse_while_waiting(conn: sqlite3.Connection) -> None:
    if waiting := journal.waiting(conn).count:
        raise RecordsWait(waiting)
