"""JSON values: dataclasses of ours as JSON text and back: items, questions, plans of courses.

For what the hub itself wrote into its own tables. What comes from outside is read by
``content.packs.manifest`` and its neighbours, which trust nothing.
"""

import json
from dataclasses import asdict
from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")


def written(value: object) -> str:
    """Return a dataclass as JSON text, the same text for the same value.

    By ``json``, not by the library that reads: texts are compared with those of earlier releases.
    """
    return json.dumps(asdict(cast(Any, value)), ensure_ascii=False, sort_keys=True)


def read(kind: type[T], text: str) -> T:
    """Return the dataclass that ``written`` made text of; new fields take their defaults.

    Raises:
        msgspec.ValidationError: the text is not of this kind; it names the place.
    """
    return msgspec.json.decode(text, type=kind)
