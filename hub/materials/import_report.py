"""Report: what became of one file that people handed in, and who handed it in."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from hub.store.scope import Scope, of_account

# Reasons that are kept for one file; a longer list nobody reads before mending it.
MAX_FAULTS = 1_000


@dataclass(frozen=True, slots=True)
class ImportTarget:
    """What the person said about a file: the bank for questions, what columns mean.

    ``volume``: the volume of a library ("draft/volume") whose document the file is to be.
    """

    bank_id: int = 0
    bank_title: str = ""
    volume: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportedThing:
    """What came of a file: a material, a bank or a draft, by number and title."""

    kind: str
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of one file: ``imported + same + refused == total``, always.

    ``same`` were there already. ``faults`` say why something was refused, ``remarks`` what was
    left out of what came in. ``headings`` and ``mapping`` are a table's; ``asks`` says that its
    columns were not understood and somebody has to say what they are.
    """

    name: str
    what: str = ""
    total: int = 1
    imported: int = 0
    same: int = 0
    refused: int = 0
    made: tuple[ImportedThing, ...] = ()
    faults: tuple[Fault, ...] = ()
    remarks: tuple[Fault, ...] = ()
    headings: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    asks: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing was refused."""
        return not self.refused


# What is left to do of an import once its bytes are in the blobs: to write its rows, in the
# transaction that is given.
KeepRows = Callable[[Connection], ImportReport]


@dataclass(frozen=True, slots=True)
class Actor:
    """Whose import it is: the name for the log, the unit whose things they become."""

    name: str
    unit_id: int | None = None

    def place(self, connection: Connection) -> Scope:
        """What this person sees, at and below the own unit."""
        return of_account(connection, self.unit_id)


def refusal(name: str, found: ContentFaults) -> ImportReport:
    """The report of a file of which nothing came in."""
    faults = tuple(replace(each, file=each.file or "") for each in found.faults[:MAX_FAULTS])
    return ImportReport(name, refused=1, faults=faults)


def to_text(report: ImportReport) -> str:
    """A report as JSON, to be kept."""
    values: dict[str, Any] = {name: getattr(report, name) for name in ImportReport.__slots__}
    values["made"] = [[one.kind, one.id, one.title] for one in report.made]
    for name in ("faults", "remarks"):
        values[name] = [
            [one.code, one.file, one.line, one.key, dict(one.values)] for one in values[name]
        ]
    values["mapping"] = dict(report.mapping)
    return json.dumps(values, ensure_ascii=False)


def from_text(text: str) -> ImportReport:
    """The report that ``to_text`` wrote."""
    values = json.loads(text)
    values["made"] = tuple(ImportedThing(*one) for one in values["made"])
    for name in ("faults", "remarks"):
        values[name] = tuple(Fault(*one) for one in values[name])
    values["headings"] = tuple(values["headings"])
    return ImportReport(**values)


def joined(one: ImportReport, other: ImportReport) -> ImportReport:
    """Two reports about the same file as one."""
    return replace(
        one,
        total=one.total + other.total,
        imported=one.imported + other.imported,
        same=one.same + other.same,
        refused=one.refused + other.refused,
        made=one.made + tuple(made for made in other.made if made not in one.made),
        faults=(one.faults + other.faults)[:MAX_FAULTS],
        remarks=(one.remarks + other.remarks)[:MAX_FAULTS],
    )
