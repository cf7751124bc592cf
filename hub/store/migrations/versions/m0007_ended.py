"""Which epochs of a node are over, and who was told so (SPEC.md §11)."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add them: of no epoch was it said before."""
    op.create_table(
        "answered",
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("boot", sa.LargeBinary(), nullable=False),
        sa.Column("contact", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("node_id", "boot"),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"]),
    )
    for name in ("ended_epoch", "parted_epoch"):
        op.add_column("node", sa.Column(name, sa.Integer(), nullable=False, server_default="-1"))
