"""XML of a package's manifest: elements and attributes by their local names, text made clean.

Tools disagree about namespaces and capitals (``scormtype``, ``scormType``), never about the names.
"""

import codecs
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from content.model.checks.value_checks import is_clean_text
from content.text import encodings

_DECLARED = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# GB2312 and GBK are what Chinese tools write; GB 18030 holds both.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "cp936": "gb18030"}
_KNOWN = re.compile(
    r"utf-?8|utf-?16(?:le|be)?|gb18030|big5(?:hkscs)?|us-ascii|iso-8859-\d+|windows-125\d"
    r"|shift_jis|euc-\w+"
)


def decoded(raw: bytes) -> str:
    """Return the text of an XML file, without its declaration.

    By its byte order mark, then by what it declares, then in the encodings of Chinese tools that
    declare nothing.

    Raises:
        UnicodeError: it is none of them.
    """
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _undeclared(raw.decode(encoding).removeprefix("\ufeff"))
    if raw[:4] in (b"<\0?\0", b"\0<\0?"):
        return _undeclared(raw.decode("utf-16-le" if raw[1:2] == b"\0" else "utf-16-be"))
    declaration = _DECLARED.match(raw.lstrip()[:400])
    declared = declaration[1].decode("ascii").lower() if declaration else "utf-8"
    declared = _WIDER.get(declared, declared)
    # Some tools declare Latin for every file; a file that can be read as UTF-8 is UTF-8.
    before = ["utf-8"] if declared.startswith(("iso-8859-", "windows-125")) else []
    for guess in (False, True):
        named = encodings.guessed(raw) if guess else [*before, declared, "utf-8"]
        for encoding in dict.fromkeys(named):
            if _KNOWN.fullmatch(encoding):
                try:
                    return _undeclared(raw.decode(encoding))
                except UnicodeError:
                    continue
    raise UnicodeError(f"neither {declared} nor UTF-8 nor GB 18030")


def _undeclared(text: str) -> str:
    return _DECLARATION.sub("", text, count=1)


_PREFIX = re.compile(r"</?([A-Za-z_][\w.-]{0,40}):|\s([A-Za-z_][\w.-]{0,40}):[\w.-]+\s*=")
# What may stand before the root is passed over once, without trying other ways to part it.
_ROOT = re.compile(
    r"(?>(?:[^<]|<\?.*?\?>|<!--.*?-->|<!(?!--)[^>]*>)*)<[A-Za-z_][^\s<>/]*(?=[\s/>])", re.DOTALL
)


def with_prefixes(text: str) -> tuple[str, tuple[str, ...]]:
    """Return an XML text in whose root every prefix is declared, and those that nowhere were.

    A declared prefix keeps its namespace, the others get one of their own name.
    """
    root = _ROOT.match(text)
    if root is None:
        return text, ()
    used = dict.fromkeys(match[1] or match[2] for match in _PREFIX.finditer(text))
    missing = [
        prefix
        for prefix in used
        if prefix not in ("xml", "xmlns") and not re.search(rf"\sxmlns:{prefix}\s*=", text)
    ]
    spaces = "".join(f' xmlns:{prefix}="urn:undeclared:{prefix}"' for prefix in missing)
    return text[: root.end()] + spaces + text[root.end() :], tuple(missing[:10])


def children(element: Element | None, name: str) -> Iterator[Element]:
    """Yield the children of this local name."""
    for node in element if element is not None else ():
        if node.tag.rpartition("}")[2].lower() == name.lower():
            yield node


def child(element: Element | None, name: str) -> Element | None:
    """Return the first child of this local name."""
    return next(children(element, name), None)


def attribute(element: Element | None, name: str, default: str = "") -> str:
    """Return an attribute by its local name, whatever its namespace and capitals."""
    for key, value in element.attrib.items() if element is not None else ():
        if key.rpartition("}")[2].lower() == name.lower():
            return value
    return default


def text_of(element: Element | None) -> str:
    """Return the text of an element and of all elements in it."""
    return "".join(element.itertext()) if element is not None else ""


def clean(text: str, limit: int) -> str:
    """Return a text as one line of at most ``limit`` characters, without control characters."""
    return " ".join(legible(text).split())[:limit]


def legible(text: str) -> str:
    """Return a text with blanks for the control characters that a manifest may not have."""
    return "".join(char if is_clean_text(char) else " " for char in text)
