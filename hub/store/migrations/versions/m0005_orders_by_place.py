"""Orders found by their place alone; what is compressed already not compressed again."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

COMPRESSED = (("batch", "bytes"), ("fork", "bytes"), ("chain", "names"), ("facts", "state"))


def upgrade() -> None:
    """One index of orders does the work of two."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("orders_by_place", "orders")
        op.drop_constraint("orders_pkey", "orders")
        op.create_primary_key("orders_pkey", "orders", ["scope", "unit_id", "node_id", "mark"])
        for table, column in COMPRESSED:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")
        return
    # SQLite cannot give a table another key.
    op.rename_table("orders", "orders_before")
    op.create_table(
        "orders",
        sa.Column("mark", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("node_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "unit_id", "node_id", "mark"),
        sa.UniqueConstraint("scope", "unit_id", "node_id", "kind", "key", name="orders_once"),
    )
    op.execute("INSERT INTO orders SELECT * FROM orders_before ORDER BY mark")
    op.drop_table("orders_before")
