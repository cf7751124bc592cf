"""Films that are converted: how far it is."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Imports of before are over, or begin anew."""
    percent = sa.Column("percent", sa.Integer(), nullable=False, server_default="0")
    op.add_column("import_job", percent)
