"""How far a node's clock was off, with each batch; when an exam was really handed in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns: what came before had clocks that were believed."""
    skew = sa.Column("clock_skew_s", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("batch", skew)
    op.add_column("result", sa.Column("corrected_at", sa.BigInteger()))
