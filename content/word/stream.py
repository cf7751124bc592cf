"""Stream: an XML part block by block, so that no part is held whole.

OOXML has no document types; a part with one is refused before anything in it is read.
"""

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from content.model import limits
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault


class _Refused(Exception):
    """The part is deeper, or a block of it larger, than anybody writes."""


class _Blocks(TreeBuilder):
    """Builds the children of one element, and forgets each when it is handed on."""

    def __init__(self, within: str) -> None:
        super().__init__()
        self._within = within
        self._holder: Element | None = None
        self._holder_depth = 0
        self._depth = 0
        self._size = 0
        self.ready: list[Element] = []
        self.root: Element | None = None

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        self._size += 1
        if self._depth > limits.MAX_XML_DEPTH or self._size > limits.MAX_WORD_BLOCK:
            raise _Refused
        element = super().start(tag, attrs)
        if self._holder is None and tag.rpartition("}")[2] == self._within:
            self._holder, self._holder_depth = element, self._depth
        return element

    def end(self, tag: str, /) -> Element:
        element = super().end(tag)
        self._depth -= 1
        if self._holder is not None and self._depth == self._holder_depth:
            self.ready.append(element)
            self._holder.clear()
            self._size = 0
        elif not self._depth:
            self.root = element
        return element


def blocks(pieces: Iterable[bytes], within: str, part: str, file: str) -> Iterator[Element]:
    """Yield the children of the first element called ``within``; nothing where there is none.

    Raises:
        ContentFaults: the part is no XML, has a document type, or is built to break readers.
    """
    for element, _ in _parsed(pieces, within, part, file):
        if element is not None:
            yield element


def tree(pieces: Iterable[bytes], part: str, file: str) -> Element | None:
    """Return a small part whole. Raises ``ContentFaults`` as ``blocks`` does."""
    roots = [root for _, root in _parsed(pieces, "", part, file)]
    return roots[-1]


def _parsed(
    pieces: Iterable[bytes], within: str, part: str, file: str
) -> Iterator[tuple[Element | None, Element | None]]:
    # Imported here, not above: only the hub has this library.
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    builder = _Blocks(within)
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    try:
        for piece in pieces:
            parser.feed(piece)
            ready, builder.ready = builder.ready, []
            yield from ((element, None) for element in ready)
        parser.close()
    except (DefusedXmlException, _Refused, ParseError, ValueError, LookupError) as error:
        detail = str(error).partition(":")[0] if isinstance(error, ParseError) else "DTD"
        detail = "…" if isinstance(error, _Refused) else detail[:60]
        values = {"path": part[:120], "detail": detail}
        raise ContentFaults([Fault("word-xml", file, values=values)]) from error
    yield from ((element, None) for element in builder.ready)
    yield None, builder.root
