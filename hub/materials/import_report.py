"""Report: what became of one imported file, and who imported it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from content.model.errors import ContentFaults
from content.model.faults.faults import Fault

# Faults kept for one file; nobody reads a longer list before correcting the file.
MAX_FAULTS = 1_000


@dataclass(frozen=True, slots=True)
class ImportTarget:
    """What the person said about a file: the bank for questions, the meaning of columns.

    ``volume``: the volume of a library ("draft/volume") that the file goes into. ``look``: the
    token of the upload, beside which questions are kept for somebody to look at before they go
    into a bank; "" takes them in at once. ``convert``: a film is to be converted; ``material``: it
    is the one of this number, there is no upload.
    """

    bank_id: int = 0
    bank_title: str = ""
    volume: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    look: str = ""
    convert: bool = False
    material: int = 0


@dataclass(frozen=True, slots=True)
class ImportedThing:
    """What a file became: a material, a bank or a draft, by number and title."""

    kind: str
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of one file: ``imported + same + refused == total``, always.

    ``same`` were there already. ``faults`` say why something was refused, ``remarks`` what was
    left out of what was imported. ``headings`` and ``mapping`` belong to a table; ``asks`` means
    that its columns were not understood and a person must say what they are, ``looks`` that a
    person must look at the questions: what is counted as imported would go in.
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
    looks: bool = False

    @property
    def waits(self) -> bool:
        """Whether a person must decide before anything goes in."""
        return self.asks or self.looks

    @property
    def whole(self) -> bool:
        """Whether nothing was refused."""
        return not self.refused


# The second half of an import, when its bytes are in the blobs: it writes the rows in the given
# transaction.
KeepRows = Callable[[Connection], ImportReport]


def refusal(name: str, error: ContentFaults) -> ImportReport:
    """The report of a file from which nothing was imported."""
    faults = tuple(replace(fault, file=fault.file or "") for fault in error.faults[:MAX_FAULTS])
    return ImportReport(name, refused=1, faults=faults)


def joined(report: ImportReport, other: ImportReport) -> ImportReport:
    """Two reports about the same file as one."""
    return replace(
        report,
        total=report.total + other.total,
        imported=report.imported + other.imported,
        same=report.same + other.same,
        refused=report.refused + other.refused,
        made=report.made + tuple(thing for thing in other.made if thing not in report.made),
        faults=(report.faults + other.faults)[:MAX_FAULTS],
        remarks=(report.remarks + other.remarks)[:MAX_FAULTS],
    )
