"""Styles: which number formats the cells of an xlsx workbook have, and how its sheets are named."""

import posixpath
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from content.cells.format_code import BUILT_IN, GENERAL
from content.cells.shown import is_plain
from content.text import zips
from content.text.xml_tree import local, parse

BOOK = "xl/workbook.xml"


@dataclass(frozen=True, slots=True)
class BookStyles:
    """``marked``: by number of a style, its format, if a cell shows something else than its value.

    ``parts``: the file of each sheet by the sheet's name. ``counts_on_opening``: results of
    formulas are not there before somebody opens the file.
    """

    marked: Mapping[int, str]
    parts: Mapping[str, str]
    since_1904: bool
    counts_on_opening: bool


def read(archive: zipfile.ZipFile, files: Mapping[str, zipfile.ZipInfo]) -> BookStyles:
    """Return the styles of a workbook.

    Raises:
        ContentFaults: its XML is damaged.
    """
    by_name = {name.lower(): name for name in files}

    def tree(name: str) -> Element | None:
        real = by_name.get(name.lower())
        if real is None:
            return None
        return parse(b"".join(zips.pieces(archive, files[real], real)), real)

    book, relations = tree(BOOK), tree("xl/_rels/workbook.xml.rels")
    targets = {
        relation.attrib.get("Id", ""): _path(relation.attrib.get("Target", ""))
        for relation in (relations if relations is not None else ())
    }
    parts, since_1904, counts = dict[str, str](), False, False
    for node in book.iter() if book is not None else ():
        match local(node):
            case "sheet":
                target = targets.get(_related(node), "")
                parts[node.attrib.get("name", "")] = by_name.get(target.lower(), "")
            case "workbookPr":
                since_1904 = _is_on(node, "date1904")
            case "calcPr":
                counts = _is_on(node, "fullCalcOnLoad")
    styles = next((target for target in targets.values() if target.endswith("styles.xml")), "")
    return BookStyles(_marked(tree(styles or "xl/styles.xml")), parts, since_1904, counts)


def _marked(tree: Element | None) -> dict[int, str]:
    codes = dict(BUILT_IN)
    marked: dict[int, str] = {}
    for node in tree if tree is not None else ():
        if local(node) == "numFmts":
            for each in node:
                if (number := each.attrib.get("numFmtId", "")).isdecimal():
                    codes[int(number)] = each.attrib.get("formatCode", GENERAL)
        if local(node) == "cellXfs":
            for place, each in enumerate(node):
                number = each.attrib.get("numFmtId", "0")
                code = codes.get(int(number), GENERAL) if number.isdecimal() else GENERAL
                if not is_plain(code):
                    marked[place] = code
    return marked


def _is_on(node: Element, name: str) -> bool:
    return node.attrib.get(name, "0") in ("1", "true", "on")


def _path(target: str) -> str:
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _related(node: Element) -> str:
    return next((value for key, value in node.attrib.items() if key.endswith("}id")), "")
