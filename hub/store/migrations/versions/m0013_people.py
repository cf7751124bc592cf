"""People have a history: what they were when, from which import; results keep their unit."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_ROWS_AT_ONCE = 5_000


def upgrade() -> None:
    """Begin everybody's history with what they are, and give each result the learner's unit."""
    _tables()
    op.execute(
        "INSERT INTO learner_change (learner, name, unit_id, post, state, other, since, why, at,"
        ' "by") SELECT number, name, unit_id, post,'
        " CASE WHEN active THEN 'present' ELSE 'left' END, '', 0, '', 0, '' FROM learner"
        " ORDER BY number"
    )
    op.add_column("learner", sa.Column("folded", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_learner_folded", "learner", ["folded"])
    _fold()
    op.add_column("result", sa.Column("unit_id", sa.Integer(), nullable=True))
    op.create_index("ix_result_unit_id", "result", ["unit_id"])
    op.execute(
        "UPDATE result SET unit_id ="
        " (SELECT learner.unit_id FROM learner WHERE learner.number = result.learner)"
    )


def _fold() -> None:
    """Spellings of one number look alike: capitals, full width."""
    table = sa.table("learner", sa.column("number"), sa.column("folded"))
    connection = op.get_bind()
    numbers = list(connection.execute(sa.select(table.c.number)).scalars())
    change = (
        sa.update(table)
        .where(table.c.number == sa.bindparam("which"))
        .values(folded=sa.bindparam("alike"))
    )
    for at in range(0, len(numbers), _ROWS_AT_ONCE):
        connection.execute(
            change,
            [
                {"which": each, "alike": unicodedata.normalize("NFKC", each).casefold()}
                for each in numbers[at : at + _ROWS_AT_ONCE]
            ],
        )


def _tables() -> None:
    op.create_table(
        "roster_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_roster_import_unit_id", "roster_import", ["unit_id"])
    byte_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "learner_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner", byte_text, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Integer(), sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Integer(), sa.ForeignKey("roster_import.id"), nullable=True),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("learner", "unit_id", "import_id"):
        op.create_index(f"ix_learner_change_{column}", "learner_change", [column])
