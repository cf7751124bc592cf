"""Indexes by which lists of a whole country are read: in their order, a page at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add them; no row changes."""
    for name, columns in (
        ("learner_listed", ["unit_id", "number"]),
        ("learner_named", ["number", "name", "unit_id"]),
    ):
        op.create_index(
            name, "learner", columns,
            sqlite_where=sa.text("active = 1"), postgresql_where=sa.text("active"),
        )  # fmt: skip
    handed_in = sa.text("coalesce(corrected_at, submitted_at)")
    op.create_index("result_handed_in", "result", [handed_in])
    heard = sa.text("coalesce(last_seen_at, added_at)")
    op.create_index("node_heard", "node", [heard, "id"])
