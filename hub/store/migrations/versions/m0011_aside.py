"""Records that are kept and not counted: of whom a station speaks without being believed."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_ByteText = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ASIDE = sa.table(
    "aside",
    *(
        sa.column(name)
        for name in (
            "node_id", "learner", "state", "first_received", "last_received", "records",
            "decided_at", "decided_by", "reason",
        )
    ),
)  # fmt: skip
_ROWS_AT_ONCE = 500


def upgrade() -> None:
    """Make the tables. What was counted before goes on being counted, whoever it is of."""
    op.create_table(
        "aside",
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("learner", _ByteText, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("first_received", sa.BigInteger(), nullable=False),
        sa.Column("last_received", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("node_id", "learner"),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"]),
    )
    op.create_index("ix_aside_learner", "aside", ["learner"])
    op.create_table(
        "aside_beyond",
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("last_received", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("node_id"),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"]),
    )
    rows = [_counted(*stranger) for stranger in sorted(_strangers(op.get_bind()))]
    for at in range(0, len(rows), _ROWS_AT_ONCE):
        op.get_bind().execute(sa.insert(_ASIDE), rows[at : at + _ROWS_AT_ONCE])


def _strangers(connection: sa.Connection) -> set[tuple[int, str, int, int]]:
    """Whom a node has named who never was at or below its unit, and when the node was heard."""
    homes = {
        row.number: {row.path}
        for row in connection.execute(
            sa.text("SELECT number, path FROM learner JOIN unit ON unit.id = learner.unit_id")
        )
    }
    # An order of the roster stays where it was placed, withdrawn or not.
    for row in connection.execute(
        sa.text(
            'SELECT orders."key" AS number, path FROM orders JOIN unit ON unit.id = orders.unit_id '
            "WHERE orders.scope = 'up' AND orders.kind = 'roster'"
        )
    ):
        homes.setdefault(row.number, set()).add(row.path)
    return {
        (node_id, learner, first, last)
        for node_id, path, names, first, last in _names(connection)
        for learner in names
        if not any(home.startswith(path) for home in homes.get(learner, ()))
    }


def _names(connection: sa.Connection) -> Iterator[tuple[int, str, list[str], int, int]]:
    """Each node with batches: its unit's path, the learners it has named, its first and last."""
    query = sa.text(
        "SELECT node.id, unit.path, min(received_at) AS first, max(received_at) AS last FROM node "
        "JOIN unit ON unit.id = node.unit_id JOIN batch ON batch.node_id = node.id "
        "GROUP BY node.id, unit.path"
    )
    named = sa.text("SELECT names FROM chain WHERE node_id = :node")
    for node in connection.execute(query).all():
        for row in connection.execute(named, {"node": node.id}):
            learners = bytes(row.names).partition(b"\0")[0].decode()
            yield node.id, node.path, learners.split("\n")[:-1], node.first, node.last


def _counted(node_id: int, learner: str, first: int, last: int) -> dict[str, int | str]:
    return {
        "node_id": node_id, "learner": learner, "state": "counted", "first_received": first,
        "last_received": last, "records": 0, "decided_at": last, "decided_by": "system",
        "reason": "",
    }  # fmt: skip
