"""Values of ours as JSON text and back: items, questions, plans of courses.

For what the hub itself wrote into its own tables. What comes from outside is read by
``content.packs.manifest`` and its neighbours, which believe nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def written(value: object) -> str:
    """Return a dataclass as JSON text, the same text for the same value."""
    return json.dumps(asdict(cast(Any, value)), ensure_ascii=False, sort_keys=True)


def read(kind: type[T], text: str) -> T:
    """Return the dataclass that ``written`` made text of; new fields take their defaults."""
    return cast(T, _read(kind, json.loads(text)))


def _read(hint: Any, value: Any) -> Any:
    if is_dataclass(hint) and isinstance(hint, type):
        hints = _hints_of(hint)
        given = hints.keys() & value.keys()
        return hint(**{name: _read(hints[name], value[name]) for name in given})
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        if value is None:
            return None
        return _read(next(one for one in args if one is not type(None)), value)
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_read(args[0], one) for one in value)
        return tuple(_read(one, part) for one, part in zip(args, value, strict=True))
    if origin in (dict, Mapping):
        return {key: _read(args[1], one) for key, one in value.items()}
    return value


@cache
def _hints_of(kind: type) -> Mapping[str, Any]:
    """The types of a dataclass's fields; found once, for a library has thousands of documents."""
    found = get_type_hints(kind)
    return {each.name: found[each.name] for each in fields(cast(Any, kind))}
