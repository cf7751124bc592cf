"""Days: by which version a course was done, and which versions were voided.

Facts of before are folded again to get their days.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """What was done was done by the version it was counted by.

    ``facts rebuild`` finds the days in the batches; until then it is noted that they are missing.
    """
    op.add_column("progress", sa.Column("completed_version", sa.Integer(), nullable=True))
    op.execute("UPDATE progress SET completed_version = version WHERE completed_at IS NOT NULL")
    op.create_table(
        "voided_version",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("voided_at", sa.BigInteger(), nullable=False),
        sa.Column("voided_by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("course_id", "version"),
    )
    op.execute(
        "INSERT INTO setting (key, value) SELECT 'facts without days', '1' FROM facts LIMIT 1"
    )
