"""Volumes of documents, one file each, that nodes can search (SPEC.md §7).

A volume is a text file of one JSON object a line, so that a change of one document is a change
of one place in the file. ``content.source.documents`` makes it; ``node.learning.library`` is a
node's index of it. Reading checks everything: the hub signed the file's hash, not what it says.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from content.model import limits
from content.model.checks.value_checks import is_clean_text
from content.model.errors import MalformedManifest

FORMAT = "xuezhan-volume-1"

_KEY = re.compile(r"[0-9a-f]{12}")
_NAMES = ("id", "title", "number", "issued", "source", "text")


@dataclass(frozen=True, slots=True)
class Document:
    """One document. Its text has a paragraph a line; lines that begin with ``# `` are headings."""

    id: str
    title: str
    text: str
    number: str = ""  # 文号
    issued: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document and where it stands in its volume: what an index needs to find it again."""

    document: Document
    offset: int
    length: int


def write_volume(title: str, documents: list[Document]) -> bytes:
    """Return the file of a volume; the same documents give the same bytes."""
    first = {"format": FORMAT, "title": title}
    rows = [{name: getattr(document, name) for name in _NAMES} for document in documents]
    return b"".join(
        json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        for row in (first, *rows)
    )


def read_volume(path: Path) -> Iterator[DocumentLine]:
    """Yield the documents of a volume with their places, one at a time.

    Raises:
        MalformedManifest: it breaks a rule; the caller drops what was yielded before.
    """
    with path.open("rb") as file:
        first = file.readline(limits.MAX_DOCUMENT_BYTES)
        if _object(first).get("format") != FORMAT:
            raise MalformedManifest(f"not a volume: {first[:40]!r}")
        known: set[str] = set()
        at = len(first)
        while raw := file.readline(limits.MAX_DOCUMENT_BYTES):
            document = _document(raw)
            if document.id in known or len(known) >= limits.MAX_DOCUMENTS:
                raise MalformedManifest(f"document {document.id} twice, or too many documents")
            known.add(document.id)
            yield DocumentLine(document, at, len(raw))
            at += len(raw)


def read_document(path: Path, offset: int, length: int) -> Document:
    """Return the document at a place of a volume. Raises ``MalformedManifest``."""
    with path.open("rb") as file:
        file.seek(offset)
        return _document(file.read(min(length, limits.MAX_DOCUMENT_BYTES)))


def _document(raw: bytes) -> Document:
    values = _object(raw)
    texts = {name: values.get(name) for name in _NAMES}
    if set(values) != set(_NAMES) or not all(isinstance(text, str) for text in texts.values()):
        raise MalformedManifest(f"not a document: {raw[:40]!r}")
    document = Document(**{name: str(text) for name, text in texts.items()})
    short = (document.title, document.number, document.issued, document.source)
    if not _KEY.fullmatch(document.id) or not document.title or not all(map(is_clean_text, short)):
        raise MalformedManifest(f"not a document: {raw[:40]!r}")
    if max(map(len, short)) > limits.MAX_TITLE_CHARS or _has_halves(document.text):
        raise MalformedManifest(f"document {document.id} has a field too long, or no text")
    return document


def _has_halves(text: str) -> bool:
    """Whether half a surrogate pair is in the text: no database takes it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _object(raw: bytes) -> dict[str, object]:
    try:
        values = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise MalformedManifest(f"not a line of a volume: {raw[:40]!r}") from error
    if not raw.endswith(b"\n") or not isinstance(values, dict):
        raise MalformedManifest(f"not a line of a volume: {raw[:40]!r}")
    return values
