"""Files in a workbook: those in a sheet of ours, and pictures that lie over cells (SPEC.md §9.7).

Spreadsheets keep pictures beside the cells: anchored to one by its place, or, in WPS, named by a
formula in it. Both are read out of the package's XML; the library that reads cells skips them.
"""

import base64
import binascii
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from xml.etree.ElementTree import Element

from content.cells.sheet import Sheet
from content.model import limits
from content.model.errors import ContentFaults
from content.text import zips
from content.text.xml_tree import local, parse

MEDIA_SHEET = "图片和声音"
MEDIA_HEADINGS = ("文件", "序号", "内容")
# A cell holds 32,767 characters.
PIECE_CHARS = 32_000
_DISPIMG = re.compile(r'DISPIMG\("([^"]+)"')


def held(sheets: list[Sheet]) -> dict[str, bytes]:
    """Return the files in the sheet that our exports have: base64 in pieces, by name."""
    pieces: dict[str, list[tuple[int, str]]] = {}
    for sheet in sheets:
        if sheet.name == MEDIA_SHEET:
            for _, row in sheet.rows[1:]:
                if len(row) >= 3 and row[1].isdecimal():
                    pieces.setdefault(row[0], []).append((int(row[1]), row[2]))
    files = {}
    for name, parts in pieces.items():
        try:
            files[name] = base64.b64decode("".join(part for _, part in sorted(parts)))
        except (binascii.Error, ValueError):
            continue  # the question that shows it is refused: the file is not there
    return files


class OverCells(Protocol):
    """Gives the addresses of the pictures that belong to a cell."""

    def named(self, formula: str) -> list[str]:
        """Return those that a formula names."""

    def over(self, sheet: str, row: int, column: int) -> list[str]:
        """Return those in or over a cell; rows count from 1."""


class Pictures:
    """Pictures over the cells of an xlsx workbook; addresses of them, and their bytes."""

    def __init__(self, path: Path) -> None:
        self._files: dict[str, bytes] = {}
        self._over: dict[tuple[str, int, int], list[str]] = {}
        self._named: dict[str, str] = {}
        with zips.opened(path) as archive:
            files = zips.judged(archive)
            wanted = {name: entry for name, entry in files.items() if _is_wanted(name)}
            self._files = {
                name: b"".join(zips.pieces(archive, entry, name))
                for name, entry in wanted.items()
                if entry.file_size <= limits.MAX_PICTURE_BYTES or name.endswith((".xml", ".rels"))
            }
        self._read_sheets()
        self._read_cell_images()

    def over(self, sheet: str, row: int, column: int) -> list[str]:
        """Return the addresses of pictures that begin in a cell; rows count from 1."""
        return self._over.get((sheet, row, column), [])

    def named(self, formula: str) -> list[str]:
        """Return the address of the picture that a WPS formula names."""
        match = _DISPIMG.search(formula)
        return [self._named[match[1]]] if match and match[1] in self._named else []

    def read(self, address: str) -> bytes | None:
        """Return the bytes behind an address."""
        return self._files.get(address)

    def _tree(self, name: str) -> Element | None:
        body = self._files.get(name)
        try:
            return parse(body, name) if body else None
        except ContentFaults:
            return None  # a drawing that cannot be read shows no picture

    def _relations(self, name: str) -> Mapping[str, str]:
        """Return the targets of a part's relations by their ids."""
        folder, base = posixpath.split(name)
        tree = self._tree(f"{folder}/_rels/{base}.rels")
        return {
            relation.attrib.get("Id", ""): posixpath.normpath(
                posixpath.join("/" + folder, relation.attrib.get("Target", ""))
            ).lstrip("/")
            for relation in (tree if tree is not None else ())
        }

    def _read_sheets(self) -> None:
        book = self._tree("xl/workbook.xml")
        targets = self._relations("xl/workbook.xml")
        for node in book.iter() if book is not None else ():
            if local(node) != "sheet":
                continue
            part = targets.get(_related(node, "id"), "")
            for drawing in self._relations(part).values() if part else ():
                if "/drawings/" in drawing and drawing.endswith(".xml"):
                    self._read_drawing(node.attrib.get("name", ""), drawing)

    def _read_drawing(self, sheet: str, name: str) -> None:
        tree, targets = self._tree(name), self._relations(name)
        for anchor in tree if tree is not None else ():
            begin = next((child for child in anchor if local(child) == "from"), None)
            at = {local(child): child.text or "" for child in (begin if begin is not None else ())}
            for picture in anchor.iter():
                address = targets.get(_related(picture, "embed"), "")
                if local(picture) == "blip" and at.get("row", "").isdecimal():
                    cell = (sheet, int(at["row"]) + 1, int(at.get("col", "0") or 0))
                    self._over.setdefault(cell, []).append(address)

    def _read_cell_images(self) -> None:
        tree = self._tree("xl/cellimages.xml")
        targets = self._relations("xl/cellimages.xml")
        for picture in tree.iter() if tree is not None else ():
            if local(picture) != "pic":
                continue
            names = [
                node.attrib.get("name", "") for node in picture.iter() if local(node) == "cNvPr"
            ]
            shown = [_related(node, "embed") for node in picture.iter() if local(node) == "blip"]
            if names and shown:
                self._named[names[0]] = targets.get(shown[0], "")


def _is_wanted(name: str) -> bool:
    return name in ("xl/workbook.xml", "xl/cellimages.xml") or bool(
        re.match(r"xl/(?:media|drawings|_rels|worksheets/_rels)/", name)
    )


def _related(element: Element, name: str) -> str:
    """Return an attribute that names a relation, whatever its namespace."""
    return next((v for k, v in element.attrib.items() if k.endswith("}" + name)), "")
