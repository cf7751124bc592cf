"""Figures of a request; those of a country are kept for a while (``hub.reports.kept_figures``).

What is kept is counted apart for each place in the tree, so that nobody sees what another may see.
"""

from collections.abc import Callable, Hashable
from functools import partial
from typing import TypeVar

from flask import Flask, current_app
from sqlalchemy import Connection

from hub.context.open_hub import Hub
from hub.reports.figures import Overview, overview
from hub.reports.kept_figures import FigureShelf, KeptFigures
from hub.store import marks
from hub.store.engine import reading
from hub.store.marks import ResultFilter
from hub.store.scope import Scope, whole
from hub.web.current import hub

T = TypeVar("T")

EXTENSION = "xuezhan-figures"


def attach(app: Flask, of_hub: Hub) -> None:
    """Give ``app`` its place for figures; called once by ``create_app``."""
    app.extensions[EXTENSION] = FigureShelf(partial(reading, of_hub.engine), of_hub.now)


def warm(app: Flask, of_hub: Hub) -> None:
    """Begin to count the whole tree: the first who asks finds it, or waits no longer than that."""
    shelf: FigureShelf = app.extensions[EXTENSION]
    with reading(of_hub.engine) as connection:
        scope = whole(connection)
    shelf.renew(("overview", scope.top.path), partial(_overview, scope, of_hub.now))


def of(connection: Connection, scope: Scope) -> KeptFigures[Overview]:
    """The figures of a scope for a page of this request."""
    return kept(("overview", scope.top.path), connection, partial(_overview, scope, hub().now))


def results(connection: Connection, scope: Scope, wanted: ResultFilter) -> KeptFigures[marks.Sum]:
    """What a selection of results holds."""

    def count(connection: Connection) -> marks.Sum:
        return marks.count(connection, scope, wanted)

    return kept(("results", seen_by(scope), wanted), connection, count)


def kept(key: Hashable, connection: Connection, count: Callable[[Connection], T]) -> KeptFigures[T]:
    """What ``count`` finds, or found some minutes ago if that takes long.

    ``key`` names all that the figures depend on, and the scope by which they are seen.
    """
    shelf: FigureShelf = current_app.extensions[EXTENSION]
    return shelf.of(key, connection, count)


def seen_by(scope: Scope) -> tuple[str, ...]:
    """The part of a key that names a scope."""
    return tuple(top.path for top in scope.tops)


def _overview(scope: Scope, now: Callable[[], int], connection: Connection) -> Overview:
    return overview(connection, scope, now())
