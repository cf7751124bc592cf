"""Any table: a file as sheets, whatever its name says: what is in it decides."""

from pathlib import Path

from content.cells import text_table, workbook
from content.cells.sheet import Sheet
from content.cells.workbook import OLE, ZIP
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.text import encodings


def sheets(path: Path, file: str) -> list[Sheet]:
    """Return the sheets of a workbook, or the one of a text table.

    Raises:
        ContentFaults: it is none, or damaged, locked or too large.
    """
    with path.open("rb") as opened:
        head = opened.read(4)
    if head.startswith((OLE, ZIP)):
        return workbook.sheets(path, file)
    text = encodings.text_of(path.read_bytes(), file)
    if "\0" in text[:10_000]:
        raise ContentFaults([Fault("bank-encoding", file)])
    return [text_table.sheet_of(text, file, strict=True)]
