"""Unit names: which unit a roster means: by code, by name, by county and station, by whole path."""

import re
from collections.abc import Iterable, Sequence

from hub.store.units import Unit

_BETWEEN = re.compile(r"\s*[/\\>›»→|·]+\s*|\s+|\s*[-—－]+\s*")
# A place may be named without its office: 清溪县 for 清溪县市场监督管理局.
_PLACES = frozenset("省市县区州旗盟局所站")
_LEAST_CHARS = 2


class UnitNames:
    """The units that somebody keeps, found by what people write; all units above them are known."""

    def __init__(self, kept: Iterable[Unit], everywhere: Iterable[Unit]) -> None:
        self._by_code: dict[str, Unit] = {}
        self._by_name: dict[str, list[Unit]] = {}
        self._by_id = {unit.id: unit for unit in everywhere}
        self._found: dict[tuple[str, ...], list[Unit]] = {}
        for unit in kept:
            self._by_code[unit.code] = unit
            self._by_name.setdefault(unit.name, []).append(unit)

    def meant(self, texts: Sequence[str]) -> list[Unit]:
        """The units that may be meant by a name, after the names of units above it, if any."""
        written = tuple(text for text in texts if text)
        if written not in self._found:
            self._found[written] = self._look(written) if written else []
        return self._found[written]

    def _look(self, written: tuple[str, ...]) -> list[Unit]:
        last = written[-1]
        if last in self._by_code:
            return [self._by_code[last]]
        if len(written) == 1 and last in self._by_name:
            return self._by_name[last]
        parts = [part for text in written for part in _BETWEEN.split(text) if part]
        found = self._ending("".join(parts))
        if not found and len(parts) == 1:
            return []
        return found or self._in_turn(parts)

    def _ending(self, whole: str) -> list[Unit]:
        """Units whose name ends the text, and whose units above make up its beginning."""
        for begin in range(len(whole)):
            units = [
                unit
                for unit in self._by_name.get(whole[begin:], [])
                if self._is_path(whole[:begin], unit)
            ]
            if units:
                return units
        return []

    def _in_turn(self, parts: Sequence[str]) -> list[Unit]:
        """Units of the last name below units of the names before it."""
        return [
            unit
            for unit in self._by_name.get(parts[-1], [])
            if all(any(part == above.name for above in self._above(unit)) for part in parts[:-1])
        ]

    def _is_path(self, text: str, unit: Unit) -> bool:
        for above in self._above(unit):
            same = 0
            for mine, theirs in zip(text, above.name, strict=False):
                if mine != theirs:
                    break
                same += 1
            if same == len(above.name) or (same >= _LEAST_CHARS and text[same - 1] in _PLACES):
                text = text[same:]
        return not text

    def _above(self, unit: Unit) -> list[Unit]:
        return [self._by_id[each] for each in unit.ancestors[:-1] if each in self._by_id]
