"""Signed metadata of releases (table ``trust``); ``hub.trust`` reads what it says."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from hub.store import counters
from hub.store.schema import trust

ROOT = "root"


@dataclass(frozen=True, slots=True)
class StoredMetadata:
    """Metadata of a role as it was signed; ``expires`` in unix seconds."""

    role: str
    version: int
    bytes: bytes
    expires: int


def lock(connection: Connection) -> None:
    """Let nobody else sign until this transaction ends. Call it before orders are put."""
    counters.take(connection, "trust")


def newest(connection: Connection, role: str) -> StoredMetadata | None:
    """The metadata of a role that is in force."""
    query = select(trust).where(trust.c.role == role).order_by(trust.c.version.desc()).limit(1)
    row = connection.execute(query).first()
    return StoredMetadata(row.role, row.version, row.bytes, row.expires) if row else None


def root(connection: Connection, version: int) -> bytes | None:
    """One version of the root."""
    query = select(trust.c.bytes).where(trust.c.role == ROOT, trust.c.version == version)
    return connection.execute(query).scalar()


def all_newest(connection: Connection) -> list[StoredMetadata]:
    """The metadata in force of every role, by name."""
    rows = connection.execute(select(trust).order_by(trust.c.role, trust.c.version))
    by_role = {
        row.role: StoredMetadata(row.role, row.version, row.bytes, row.expires) for row in rows
    }
    return list(by_role.values())


def versions(connection: Connection) -> dict[str, int]:
    """The newest version of every role."""
    rows = connection.execute(select(trust.c.role, trust.c.version).order_by(trust.c.version))
    return {row.role: row.version for row in rows}


def put(connection: Connection, new: StoredMetadata) -> None:
    """Keep new metadata instead of the role's older ones; all roots are kept."""
    if new.role != ROOT:
        connection.execute(delete(trust).where(trust.c.role == new.role))
    connection.execute(
        insert(trust).values(
            role=new.role, version=new.version, bytes=new.bytes, expires=new.expires
        )
    )
