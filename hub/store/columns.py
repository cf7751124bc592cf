"""Columns of the hub's tables: those made here are never null."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, Text

# Compared byte by byte on both databases: for prefix ranges, and for one order everywhere.
ByteText = Text().with_variant(Text(collation="C"), "postgresql")
Seconds = BigInteger  # of Unix time


def number() -> Column[int]:
    """The row's own number, given by the database."""
    return Column("id", Integer, primary_key=True)


def link(name: str, to: str, **more: Any) -> Column[int]:
    """The number of a row elsewhere: ``to`` is "table.id"."""
    return Column(name, Integer, ForeignKey(to), nullable=False, **more)


def of_node() -> Column[int]:
    """The node that a row is about, as the first part of its key."""
    return Column("node_id", Integer, ForeignKey("node.id"), primary_key=True)


def text(name: str, **more: Any) -> Column[str]:
    """A text, empty where there is none."""
    return Column(name, Text, nullable=False, **more)


def texts(*names: str) -> tuple[Column[str], ...]:
    """Several texts."""
    return tuple(text(name) for name in names)


def whole(name: str, **more: Any) -> Column[int]:
    """A whole number of 31 bits."""
    return Column(name, Integer, nullable=False, **more)


def wholes(*names: str) -> tuple[Column[int], ...]:
    """Several of them."""
    return tuple(whole(name) for name in names)


def big(name: str, **more: Any) -> Column[int]:
    """A whole number of 63 bits: sequence numbers, sizes."""
    return Column(name, BigInteger, nullable=False, **more)


def seconds(name: str, **more: Any) -> Column[int]:
    """A time, in Unix seconds."""
    return Column(name, Seconds, nullable=False, **more)


def raw(name: str) -> Column[bytes]:
    """Bytes."""
    return Column(name, LargeBinary, nullable=False)


def flag(name: str) -> Column[bool]:
    """Yes or no."""
    return Column(name, Boolean, nullable=False)


def signed(what: str = "") -> tuple[Column[int], Column[str]]:
    """When it was done and by whom: ``changed`` has ``changed_at`` and ``changed_by``."""
    prefix = f"{what}_" if what else ""
    return seconds(f"{prefix}at"), text(f"{prefix}by")
