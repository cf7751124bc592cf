"""XML of banks: no entities, a limited depth, and each element knows its line (SPEC.md §9.6)."""

import re
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from content.model import limits
from content.model.errors import ContentFaults
from content.model.faults.faults import Fault
from content.text.xml_clean import decoded

# The attribute that keeps an element's line; no attribute in a file can have this name.
LINE = "\x00line"
# Characters that XML forbids, but programs write nevertheless.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_UNFIT_REF = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|x0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));"
)


# What may stand before the first element: a declaration, comments, a document type.
_PROLOG = re.compile(
    r"\ufeff?(?:\s+|<\?(?:[^?]|\?(?!>))*\?>|<!--(?:[^-]|-(?!->))*-->"
    r"|<!DOCTYPE[^<>\[]*(?:\[[^\]]*\]\s*)?>)*",
    re.IGNORECASE,
)
# Elements with which a page, or a text with tags in it, may begin.
_HTML = frozenset(
    "html head body title meta link style script base p div span br hr h1 h2 h3 h4 h5 h6 a b i u s"
    " em strong small big sub sup code pre kbd tt font center blockquote ul ol li dl dt dd table"
    " caption thead tbody tfoot tr td th col colgroup img audio video source figure figcaption"
    " section article header footer main nav aside details summary label mark del ins q cite abbr"
    " iframe form input button select textarea".split()
)
_CLOSED = re.compile(r"(?:</(?:[\w.-]+:)?([\w.-]+)\s*|(?<=[\w\s\"'])(/))>\s*\Z")
_PROLOG_CHARS = 100_000
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)(?=[\s>/])")


class _TooDeep(Exception):
    """The tree is deeper than anybody writes."""


class _Builder(TreeBuilder):
    """Builds the tree, notes lines, and stops at ``MAX_XML_DEPTH``."""

    def __init__(self) -> None:
        super().__init__()
        self.line: Callable[[], int] = lambda: 0
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        if self._depth > limits.MAX_XML_DEPTH:
            raise _TooDeep
        element = super().start(tag, attrs)
        element.attrib[LINE] = str(self.line())
        return element

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def parse(data: bytes | str, file: str) -> Element:
    """Return the root of an XML file.

    Raises:
        ContentFaults: it is not whole, defines entities, or is too deep.
    """
    # Imported here, not above: only the hub has this library.
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    text = data if isinstance(data, str) else text_of(data, file)
    text = re.sub(r"^\s*<\?xml[^>]*\?>", lambda match: "\n" * match[0].count("\n"), text, count=1)
    text = _UNFIT_REF.sub("", _UNFIT.sub("", text))
    builder = _Builder()
    parser = DefusedXMLParser(target=builder)
    builder.line = lambda: parser.parser.CurrentLineNumber
    try:
        parser.feed(text)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise ContentFaults([Fault("bank-entities", file)]) from error
    except _TooDeep as error:
        values = {"limit": limits.MAX_XML_DEPTH}
        raise ContentFaults([Fault("bank-deep", file, values=values)]) from error
    except (ParseError, ValueError) as error:
        line = error.position[0] if isinstance(error, ParseError) else 0
        detail = str(error).partition(":")[0]
        raise ContentFaults([Fault("bank-xml", file, line, values={"detail": detail})]) from error
    return root


def root_of(text: str) -> str:
    """Return the local name of the first element of a text; "" where it does not begin with one."""
    begun = _PROLOG.match(text[:_PROLOG_CHARS])
    root = _ROOT.match(text, begun.end() if begun else 0)
    return root[1] if root else ""


def is_xml(text: str) -> bool:
    """Tell whether a text is XML of some kind, and no page or text that begins with a tag."""
    root = root_of(text)
    if not root or root.lower() in _HTML:
        return False
    closed = _CLOSED.search(text[-400:])
    return "<?xml" in text[:200] or closed is not None and (closed[1] == root or bool(closed[2]))


def text_of(data: bytes, file: str) -> str:
    """Return the text of an XML file. Raises ``ContentFaults``."""
    try:
        return decoded(data)
    except UnicodeError as error:
        raise ContentFaults([Fault("bank-encoding", file)]) from error


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def line_of(element: Element) -> int:
    """Return the line on which an element begins."""
    return int(element.attrib.get(LINE, "0"))


def attributes(element: Element) -> Iterator[tuple[str, str]]:
    """Yield the attributes of an element by their local names."""
    for name, value in element.attrib.items():
        if name != LINE:
            yield name.rpartition("}")[2], value


def child(element: Element | None, *names: str) -> Element | None:
    """Return the element that a path of local names leads to; the first child of each name."""
    node = element
    for name in names:
        node = next(children(node, name), None)
    return node


def children(element: Element | None, name: str) -> Iterator[Element]:
    """Yield the children with this local name."""
    for node in element if element is not None else ():
        if local(node) == name:
            yield node


def said(element: Element | None) -> str:
    """Return the text of an element and of all elements in it."""
    return "".join(element.itertext()) if element is not None else ""
