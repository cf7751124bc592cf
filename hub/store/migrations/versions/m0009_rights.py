"""Rights: several roles to one person, owners of courses, banks that are shared or not."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_ROLES = sa.table("user_role", sa.column("user_id"), sa.column("unit_id"), sa.column("role"))
_OWNERS = sa.table(
    "course_owner", sa.column("course_id"), sa.column("unit_id"), sa.column("copied_from")
)


def upgrade() -> None:
    """Give everybody the role they had, and every course to the unit that published it first.

    Whoever is logged in logs in again. Banks are shared with units below by nobody until their
    authors say so: an examination's bank was open to all of them before.
    """
    connection = op.get_bind()
    top = connection.scalar(sa.text("SELECT id FROM unit WHERE parent_id IS NULL"))
    people = connection.execute(sa.text('SELECT id, name, unit_id, role FROM "user"')).all()
    units = {row.name: row.unit_id or top for row in people}
    _people()
    held = [
        {"user_id": row.id, "unit_id": row.unit_id or top, "role": row.role}
        for row in people
        if row.unit_id or top
    ]
    if held:
        connection.execute(sa.insert(_ROLES), held)
    op.create_table(
        "course_owner",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("copied_from", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("course_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
    )
    first = "SELECT id, published_by FROM course ORDER BY id, version DESC"
    owners = {
        row.id: units.get(row.published_by, top) for row in connection.execute(sa.text(first))
    }
    if owners:
        connection.execute(
            sa.insert(_OWNERS),
            [{"course_id": key, "unit_id": at, "copied_from": ""} for key, at in owners.items()],
        )
    op.add_column("bank", sa.Column("open", sa.Boolean(), nullable=False, server_default="0"))
    op.add_column("draft", sa.Column("copied_from", sa.Text(), nullable=False, server_default=""))
    for name in ("source", "agent"):
        op.add_column("session", sa.Column(name, sa.Text(), nullable=False, server_default=""))


def _people() -> None:
    """Roles move into a table of their own; people get a name, a telephone, a second factor."""
    op.execute("DELETE FROM session")  # it points at the table that is made anew
    with op.batch_alter_table("user") as batch:
        for name in ("real_name", "telephone", "totp"):
            batch.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
        batch.add_column(
            sa.Column("must_change", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch.add_column(
            sa.Column("totp_step", sa.BigInteger(), nullable=False, server_default="0")
        )
        batch.drop_column("role")
        batch.drop_column("unit_id")
    op.create_table(
        "user_role",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "unit_id", "role"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"]),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"]),
    )
