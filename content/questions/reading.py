"""Reading: which format a file is, told by its content, and its reader (SPEC.md §7.1)."""

from collections.abc import Mapping
from pathlib import Path

from content.blobs import BlobStore
from content.errors import ContentFaults
from content.faults import Fault
from content.limits import MAX_BANK_BYTES
from content.paths import human_size
from content.questions.outcome import Imported
from content.questions.plain_text import decode


def read(
    path: Path, blobs: BlobStore, mapping: Mapping[str, str] | None = None, name: str = ""
) -> Imported:
    """Return the questions of a bank and what was refused; their files go into ``blobs``.

    ``mapping`` (field to heading) is for tables whose headings are not the usual ones; ``name``
    is what people call the file.

    Raises:
        ContentFaults: the file as a whole is no bank that can be read.
    """
    file = (name or path.name)[-120:]
    size = path.stat().st_size
    if size > MAX_BANK_BYTES:
        said = {"size": human_size(size), "limit": human_size(MAX_BANK_BYTES)}
        raise ContentFaults([Fault("bank-too-large", file, values=said)])
    found = _text(path, file, blobs, mapping)
    if not found.total:
        raise ContentFaults([Fault("bank-empty", file)])
    return found


def _text(path: Path, file: str, blobs: BlobStore, mapping: Mapping[str, str] | None) -> Imported:
    from content.questions import aiken, gift
    from content.questions.rich import Shelf

    text = decode(path.read_bytes(), file).replace("\r\n", "\n").replace("\r", "\n")
    shelf = Shelf(blobs)
    if aiken.looks_like(text):
        return aiken.read(text, file, shelf)
    if gift.looks_like(text):
        return gift.read(text, file, shelf)
    raise ContentFaults([Fault("bank-format", file)])
