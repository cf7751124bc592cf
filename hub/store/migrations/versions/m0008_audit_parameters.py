"""What an audit row was about, as parameters beside the text that searches look in."""

import json
import re

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# How the text of each event was put together until now. A row that fits no pattern keeps its text
# alone, and the page shows that.
_NODE = r"node (?P<node>\d+)"
_OF_UNIT = rf"(?P<unit>\S+) {_NODE}"
_BANK = r"(?P<bank>\d+) "
_DRAFT = r"(?P<draft>\S+)"
_PATTERNS = {
    "account add": r"(?P<account>.+) (?P<role>admin|author|reviewer|viewer) (?P<unit>.*)",
    "account close": r"(?P<account>.+)",
    "account open": r"(?P<account>.+)",
    "bank away": r"(?P<title>.+)",
    "bank back": r"(?P<title>.+)",
    "bank begin": _BANK + r"(?P<title>.+)",
    "bank rename": _BANK + r"(?P<title>.+)",
    "class": r"(?P<class_id>\S+) (?P<unit>\S+)",
    "cloned": r"epoch (?P<epoch>\d+)",
    "content import": (
        r"(?P<file>.*) (?P<imported>\d+)\+(?P<same>\d+)\+(?P<refused>\d+)=(?P<total>\d+)"
    ),
    "course publish": r"(?P<course>\S+) (?P<version>\d+)",
    **{
        f"draft {step}": _DRAFT + r"(?: (?P<comment>.+))?"
        for step in ("approved", "published", "returned", "submitted", "withdrawn")
    },
    "draft begin": _DRAFT + r" (?P<title>.+)",
    "draft discard": _DRAFT + r" (?P<title>.+)",
    "facts rebuild": r"(?P<records>\d+) records (?P<digest>\S+)",
    "fork": r"epoch (?P<epoch>\d+) seq (?P<seq>\d+) hash (?P<hash>\S+)",
    "init": r"(?P<folder>.+)",
    "key rotate": r"generation (?P<generation>\d+) key (?P<key>\S+)",
    "lecturer": r"(?P<lecturer>\d+) (?P<name>.*)",
    "log in": r"(?P<source>.+)",
    "material away": r"(?P<title>.+)",
    "material back": r"(?P<title>.+)",
    "module share": _DRAFT + r" (?P<title>.+)",
    "org import": r"(?P<file>.*): (?P<added>\d+) added",
    "other-history": r"epoch (?P<epoch>\d+)",
    "question add": _BANK + r"(?P<question>\S+)",
    "question back": _BANK + r"(?P<question>\S+)",
    "question change": _BANK + r"(?P<question>\S+)",
    "question remove": _BANK + r"(?P<question>\S+)",
    "roster import": r"(?P<file>.*): (?P<imported>\d+) of (?P<rows>\d+)",
    "roster withdraw": r"(?P<learner>.+)",
    "station active": _NODE,
    "station add": _OF_UNIT,
    "station frozen": _NODE,
    "station join": _OF_UNIT + r" key (?P<key>\S+)",
    "station revoke": _OF_UNIT,
    "station revoked": _NODE,
    "trust": r"(?P<changes>.+)",
}
_NUMBERS = {
    "added", "bank", "epoch", "generation", "imported", "lecturer", "node", "records", "refused",
    "rows", "same", "seq", "total", "version",
}  # fmt: skip
_ROWS_AT_ONCE = 2_000


def upgrade() -> None:
    """Add the column, and fill it for the rows whose text says for certain what they were about."""
    op.add_column("audit", sa.Column("parameters", sa.Text(), nullable=False, server_default="{}"))
    table = sa.table(
        "audit", sa.column("id"), sa.column("what"), sa.column("detail"), sa.column("parameters")
    )
    connection = op.get_bind()
    change = (
        sa.update(table)
        .where(table.c.id == sa.bindparam("number"))
        .values(parameters=sa.bindparam("json"))
    )
    query = sa.select(table.c.id, table.c.what, table.c.detail).order_by(table.c.id)
    last = 0
    while rows := connection.execute(query.where(table.c.id > last).limit(_ROWS_AT_ONCE)).all():
        last = rows[-1].id
        read = [{"number": row.id, "json": _parameters(row.what, row.detail)} for row in rows]
        if known := [each for each in read if each["json"]]:
            connection.execute(change, known)


def _parameters(what: str, detail: str) -> str:
    """The parameters that a text tells, as JSON; "" when it does not fit its pattern."""
    match = re.fullmatch(_PATTERNS.get(what, "(?!)"), detail, re.DOTALL)
    if match is None:
        return ""
    values = {
        name: int(text) if name in _NUMBERS else text
        for name, text in match.groupdict(default="").items()
    }
    return json.dumps(values, ensure_ascii=False)
