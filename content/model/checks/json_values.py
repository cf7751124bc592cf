"""JSON values: checks of single values of a manifest's JSON (SPEC.md §4.2).

Each function takes a value and returns it if it is what it must be. All raise
``MalformedManifest``, which says what was expected and what came.
"""

from collections.abc import Callable, Collection
from typing import Any, TypeVar, cast

from content.model.checks.value_checks import is_clean_text, is_decimal, is_id
from content.model.errors import MalformedManifest

T = TypeVar("T")


def an_object(value: object, names: set[str], may: Collection[str] = ()) -> dict[str, Any]:
    """An object with the fields ``names``, perhaps with those of ``may``, and with no others."""
    if not isinstance(value, dict) or not names <= set(value) <= names | set(may):
        raise MalformedManifest(f"expected the fields {sorted(names)}, got {shown(value)}")
    return cast(dict[str, Any], value)


def many(value: object, low: int, high: int, read: Callable[[object], T]) -> tuple[T, ...]:
    """A list of ``low`` to ``high`` values, each read by ``read``."""
    if not isinstance(value, list) or not low <= len(value) <= high:
        raise MalformedManifest(f"expected {low} to {high} of them, got {shown(value)}")
    return tuple(read(part) for part in value)


def text(value: object, limit: int, least: int = 0) -> str:
    """Clean text of ``least`` to ``limit`` characters."""
    if not isinstance(value, str) or not least <= len(value) <= limit or not is_clean_text(value):
        raise MalformedManifest(f"expected text of {least} to {limit} characters: {shown(value)}")
    return value


def number(value: object, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``, both allowed."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise MalformedManifest(f"expected a number from {low} to {high}, got {shown(value)}")
    return value


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise MalformedManifest(f"expected true or false, got {shown(value)}")
    return value


def an_id(value: object) -> str:
    """An id as courses and items have it."""
    if not isinstance(value, str) or not is_id(value):
        raise MalformedManifest(f"not an id: {shown(value)}")
    return value


def decimal(value: object) -> str:
    """Hours or credits."""
    if not isinstance(value, str) or not is_decimal(value):
        raise MalformedManifest(f"not hours or credits: {shown(value)}")
    return value


def shown(value: object) -> str:
    """The beginning of the value that came instead, for the error."""
    return repr(value)[:80]
