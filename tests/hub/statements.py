"""SQL made once for all hubs of a run: a hub of its own for each test would make it all anew.

SQLAlchemy keeps what it has made of a statement with each engine, for the engine's dialect. In
tests all engines of one kind of database share both: the server is the same, and so are the tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.util import LRUCache

from hub.store import engine as engines

# More than the hub has statements.
MOST = 5_000


@contextmanager
def kept() -> Iterator[None]:
    """Engines opened while the block runs share what they make of statements."""
    dialects: dict[str, Dialect] = {}
    made: dict[str, LRUCache[Any, Any]] = {}

    def create(address: Any, **options: Any) -> Engine:
        engine = create_engine(address, **options)
        kind = engine.url.drivername
        engine._compiled_cache = made.setdefault(kind, LRUCache(MOST))
        if kind in dialects:
            engine.dialect = dialects[kind]
        else:
            # A dialect asks the database what it can when an engine connects for the first time.
            event.listen(engine, "engine_connect", lambda _: dialects.setdefault(kind, own))
            own = engine.dialect
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "create_engine", create)
        yield
