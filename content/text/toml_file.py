"""TOML files of authors: text in, fields with line numbers out (SPEC.md §2.1).

``tomllib`` keeps no line numbers. ``Lines`` finds them again, so that a fault can say where it
is; a fault whose line it cannot find is still named by its field.
"""

import codecs
import difflib
import re
import tomllib
from pathlib import Path
from typing import Any

from content.model.checks.paths import human_size
from content.model.checks.value_checks import is_clean_text, is_decimal, is_id
from content.model.faults.faults import Faults
from content.model.limits import MAX_TOML_BYTES

_HEADER = re.compile(r"\s*\[\[\s*([A-Za-z0-9_-]+)\s*\]\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")


def decode(raw: bytes, file: str, faults: Faults, *, bom_allowed: bool = False) -> str | None:
    """Return UTF-8 text, or say in ``faults`` what the bytes are instead."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        faults.add("encoding-utf16", file)
        return None
    if raw.startswith(codecs.BOM_UTF8):
        if not bom_allowed:
            faults.add("encoding-bom", file, 1)
            return None
        raw = raw[len(codecs.BOM_UTF8) :]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        faults.add("encoding-unknown", file, line)
    else:
        faults.add("encoding-gb18030", file, line)
    return None


def read_toml(path: Path, file: str, faults: Faults) -> "Fields | None":
    """Return the top level of a TOML file, or say in ``faults`` why it cannot be read."""
    size = path.stat().st_size
    if size > MAX_TOML_BYTES:
        limit = human_size(MAX_TOML_BYTES)
        faults.add("toml-too-large", file, path=file, size=human_size(size), limit=limit)
        return None
    text = decode(path.read_bytes(), file, faults)
    if text is None:
        return None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"at line (\d+)", str(error))
        line = int(match[1]) if match else text.count("\n") + 1
        faults.add("toml-syntax", file, line, detail=str(error).split(" (at ")[0])
        return None
    except (RecursionError, ValueError):  # nesting or digits beyond what Python reads
        faults.add("toml-syntax", file, 1, detail="nesting or number too long")
        return None
    return Fields(values, file, Lines(text), "", 0, faults)


class Lines:
    """Where each ``[[table]]`` and each key of it stands in a TOML text."""

    def __init__(self, text: str) -> None:
        self._at: dict[tuple[str, int, str], int] = {}
        table, count, quote = "", {"": 0}, ""
        for number, line in enumerate(text.split("\n"), 1):
            if quote:
                quote = "" if quote in line else quote
                continue
            if header := _HEADER.match(line):
                table = header[1]
                count[table] = count.get(table, -1) + 1
                self._at[table, count[table], ""] = number
            elif key := _KEY.match(line):
                self._at.setdefault((table, count[table], key[1]), number)
            opened = re.search(r'"""|\'\'\'', line)
            if opened and line.count(opened[0]) % 2:
                quote = opened[0]

    def find(self, table: str, index: int, key: str = "") -> int:
        """Return the line of a key, else that of its table, else 0."""
        return self._at.get((table, index, key)) or self._at.get((table, index, ""), 0)


class Fields:
    """One table of a TOML file: typed reads that note every fault and go on.

    After the last read, ``finish`` names each field that was never asked for.
    """

    def __init__(
        self,
        values: dict[str, Any],
        file: str,
        lines: Lines,
        table: str,
        index: int,
        faults: Faults,
    ) -> None:
        self.file = file
        self._values = values
        self._lines = lines
        self._table = table
        self._index = index
        self._faults = faults
        self._asked: list[str] = []

    @classmethod
    def nowhere(cls, file: str, faults: Faults) -> "Fields":
        """Return an empty table, to note faults of the file itself."""
        return cls({}, file, Lines(""), "", 0, faults)

    def has(self, name: str) -> bool:
        """Tell whether the field is written."""
        return name in self._values

    def fault(self, code: str, name: str = "", /, **values: str | int) -> None:
        """Note a fault at a field of this table."""
        line = self._lines.find(self._table, self._index, name)
        key = name
        if self._table and not (line and name):
            key = f"{self._table}[{self._index + 1}]" + (f".{name}" if name else "")
        self._faults.add(code, self.file, line, key, **values)

    def tables(self, name: str, limit: int) -> list["Fields"]:
        """Return the ``[[name]]`` tables."""
        self._asked.append(name)
        tables = self._values.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.fault("not-a-table", name, name=name)
            return []
        if len(tables) > limit:
            self.fault("too-many", name, name=name, count=len(tables), limit=limit)
        return [
            Fields(table, self.file, self._lines, name, index, self._faults)
            for index, table in enumerate(tables[:limit])
        ]

    def text(self, name: str, limit: int, default: str | None = None) -> str:
        """Return a text; without ``default`` it must be there and not empty."""
        value = self._take(name, str, "text", default)
        if not isinstance(value, str):
            return ""
        return self._checked(name, value.strip(), limit, may_be_empty=default is not None)

    def texts(self, name: str, limit: int) -> tuple[str, ...]:
        """Return an array of texts; absent means empty."""
        value = self._take(name, list, "texts", [])
        if not isinstance(value, list):
            return ()
        if not all(isinstance(part, str) for part in value):
            self.fault("field-type", name, name=name, want="texts")
            return ()
        return tuple(self._checked(name, part.strip(), limit) for part in value)

    def path(self, name: str, *, optional: bool = False) -> str:
        """Return the name of a file, as written; whether it may be used is checked later."""
        value = self._take(name, str, "text", "" if optional else None)
        if value == "" and self.has(name):
            self.fault("field-empty", name, name=name)
        return value if isinstance(value, str) else ""

    def flag(self, name: str, default: bool) -> bool:
        """Return true or false."""
        value = self._take(name, bool, "flag", default)
        return value if isinstance(value, bool) else default

    def number(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """Return a whole number from ``low`` to ``high``."""
        value = self._take(name, int, "number", default)
        if not isinstance(value, int) or isinstance(value, bool):
            if isinstance(value, bool):
                self.fault("field-type", name, name=name, want="number")
            return low
        if not low <= value <= high:
            shown = value if abs(value) < 10**12 else "…"
            self.fault("field-range", name, name=name, value=shown, low=low, high=high)
            return low
        return value

    def decimal(self, name: str) -> str:
        """Return hours or credits as written: ``"2"``, ``"1.5"``; absent means ``"0"``."""
        value = self.text(name, 10, "0") or "0"
        if not is_decimal(value):
            self.fault("decimal-form", name, name=name, value=value)
        return value

    def identifier(self, name: str = "id") -> str:
        """Return an id that is safe in URLs and file names on every system."""
        value = self.text(name, 200)
        if value and not is_id(value):
            self.fault("id-form", name, value=value)
        return value

    def raw(self, name: str) -> Any:
        """Return the value as it is; the caller checks its type."""
        self._asked.append(name)
        return self._values.get(name)

    def finish(self) -> None:
        """Name every field that was never asked for, with the nearest known name."""
        for name in self._values:
            if name not in self._asked:
                near = difflib.get_close_matches(name, self._asked, 1) or self._asked[:1]
                self.fault("field-unknown", name, name=name[:40], near=near[0])

    def _take(self, name: str, kind: type, want: str, default: object) -> object:
        self._asked.append(name)
        if name not in self._values:
            if default is None:
                self.fault("field-missing", name, name=name)
            return default
        value = self._values[name]
        if not isinstance(value, kind):
            self.fault("field-type", name, name=name, want=want)
            return None
        return value

    def _checked(self, name: str, value: str, limit: int, may_be_empty: bool = False) -> str:
        if not value and not may_be_empty:
            self.fault("field-empty", name, name=name)
        if len(value) > limit:
            self.fault("field-long", name, name=name, size=len(value), limit=limit)
        if not is_clean_text(value):
            self.fault("field-control", name, name=name)
        return value[:limit]
