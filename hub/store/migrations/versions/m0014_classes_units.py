"""Classes and courses that end; units that move, merge and close."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Keep what is there as it is: no class was ever ended, no unit ever closed."""
    op.add_column("class", sa.Column("state", sa.Text(), nullable=False, server_default="open"))
    op.add_column("class", sa.Column("over_at", sa.BigInteger()))
    for name in ("over_by", "reason"):
        op.add_column("class", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    place = sa.Column("place", sa.Integer(), nullable=False, server_default="0")
    op.add_column("class_course", place)
    op.add_column("unit", sa.Column("closed_at", sa.BigInteger()))
    op.create_table(
        "unit_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("what", "was", "became", "reason")
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
    )
    op.create_index("ix_unit_change_unit_id", "unit_change", ["unit_id"])
    op.create_table(
        "course_end",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("course_id"),
    )
