"""Which epochs of a node are over, by the hub's own word and by people's (SPEC.md §11)."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns: of no epoch was it said before."""
    for name in ("ended_epoch", "released_epoch"):
        op.add_column("node", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
