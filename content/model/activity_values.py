"""Activity values: a package's tree to JSON values and back (SPEC.md §4.2).

Defaults are not written, and a written default is refused. So one tree has exactly one spelling,
and a package without sequencing costs a few bytes per activity. Values that are read back are
checked field by field.
"""

from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from content.model.activities import Most, Scorm
from content.model.checks.value_checks import is_clean_text
from content.model.errors import MalformedManifest

_T = TypeVar("_T")


def scorm_values(scorm: Scorm) -> dict[str, Any]:
    """Return the tree as JSON values."""
    values: dict[str, Any] = _written(scorm)
    return values


def scorm_from_values(values: object) -> Scorm:
    """Return the tree that the values describe.

    Raises:
        MalformedManifest: they break a rule; nothing else is raised.
    """
    scorm = _read_table(values, Scorm)
    known: set[str] = set()
    for place, activity in enumerate(scorm.activities):
        if activity.parent >= max(1, place):
            raise MalformedManifest(f"activity {place} comes before its parent")
        if not activity.id or activity.id in known:
            raise MalformedManifest(f"two activities have the id {activity.id[:80]!r}, or none")
        known.add(activity.id)
    if not scorm.launchable():
        raise MalformedManifest("no activity opens a file")
    return scorm


def _written(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _written(getattr(value, field.name))
            for field in fields(value)
            if getattr(value, field.name) != _default(field)
        }
    if isinstance(value, tuple):
        return [_written(part) for part in value]
    return value


def _default(field: "Field[Any]") -> object:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


@cache
def _kinds(table: Any) -> dict[str, Any]:
    return get_type_hints(table, include_extras=True)


def _read_table(value: object, table: type[_T]) -> _T:
    if not isinstance(value, dict):
        raise MalformedManifest(f"expected an object, got {value!r:.80}")
    known = {field.name: field for field in fields(table)}  # type: ignore[arg-type]  # a dataclass
    if not value.keys() <= known.keys():
        raise MalformedManifest(f"unknown fields in {sorted(value)!r:.80}")
    kinds: dict[str, Any] = _kinds(table)  # type: ignore[arg-type]  # a class is hashable
    arguments = {}
    for name, field in known.items():
        if name not in value:
            if _default(field) is MISSING:
                raise MalformedManifest(f"{table.__name__} has no {name}")
            continue
        arguments[name] = _read(value[name], kinds[name])
        if arguments[name] == _default(field):
            raise MalformedManifest(f"{table.__name__} says that {name} is as usual")
    return table(**arguments)


def _read(value: object, kind: Any, most: int = 0) -> object:
    if get_origin(kind) is Annotated:
        inner, limit = get_args(kind)
        assert isinstance(limit, Most)  # noqa: S101  content.model.activities has no other
        return _read(value, inner, limit.limit)
    if get_origin(kind) is Literal:
        if not isinstance(value, str) or value not in get_args(kind):
            raise MalformedManifest(f"unknown word {value!r:.80}")
        return value
    if get_origin(kind) is tuple:
        if not isinstance(value, list) or len(value) > most:
            raise MalformedManifest(f"expected a list of at most {most}: {value!r:.80}")
        inner = get_args(kind)[0]
        return tuple(_read(part, inner) for part in value)
    return _read_plain(value, kind, most)


def _read_plain(value: object, kind: type, most: int) -> object:
    if is_dataclass(kind):
        return _read_table(value, kind)
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and isinstance(value, int) and not isinstance(value, bool):
        if 0 <= value <= most:
            return value
    elif kind is str and isinstance(value, str) and len(value) <= most and is_clean_text(value):
        return value
    raise MalformedManifest(f"expected {kind.__name__} up to {most}: {value!r:.80}")
