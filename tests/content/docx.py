"""Word documents made by hand: parts of XML in a zip, as Word and WPS write them."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from html import escape

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SPACES = (
    f'xmlns:w="{W}" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def run(text: str, marks: str = "") -> str:
    """A run; ``marks`` is XML of its properties."""
    elements = "".join(
        "<w:tab/>" if piece == "\t" else "<w:br/>" if piece == "\n"
        else f'<w:t xml:space="preserve">{escape(piece)}</w:t>'
        for piece in _pieces(text)
    )  # fmt: skip
    return f"<w:r><w:rPr>{marks}</w:rPr>{elements}</w:r>"


def _pieces(text: str) -> list[str]:
    return [
        piece for piece in text.replace("\t", "\0\t\0").replace("\n", "\0\n\0").split("\0") if piece
    ]


def p(*runs: str, list: tuple[int, int] | None = None, style: str = "", inside: str = "") -> str:
    """A paragraph of texts, or of XML that begins with ``<``; ``list`` is number id and level."""
    runs_xml = "".join(piece if piece.startswith("<") else run(piece) for piece in runs)
    counted = ""
    if list is not None:
        counted = f'<w:numPr><w:ilvl w:val="{list[1]}"/><w:numId w:val="{list[0]}"/></w:numPr>'
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{named}{counted}{inside}</w:pPr>{runs_xml}</w:p>"


def table(*rows: Sequence[str]) -> str:
    """A table of texts, or of XML that begins with ``<``."""
    rows_xml = "".join(
        "<w:tr>" + "".join(f"<w:tc>{c if c.startswith('<') else p(c)}</w:tc>" for c in row)
        + "</w:tr>"
        for row in rows
    )  # fmt: skip
    return f"<w:tbl>{rows_xml}</w:tbl>"


def picture(relation: str = "rIdPic", described: str = "图") -> str:
    """A run that shows the picture behind a relation."""
    return (
        '<w:r><w:drawing><wp:inline><wp:extent cx="952500" cy="952500"/>'
        f'<wp:docPr id="1" name="x" descr="{described}"/>'
        f'<a:graphic><a:graphicData><a:blip r:embed="{relation}"/></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )


def formula(inside: str) -> str:
    """A formula in a paragraph."""
    return f"<m:oMath>{inside}</m:oMath>"


def numbering(*lists: Sequence[tuple[str, str]]) -> str:
    """Lists 1, 2, …; each gives the format and text of its levels: ``upperLetter``, ``%1.``."""
    definitions = ""
    for at, levels in enumerate(lists, 1):
        inside = "".join(
            f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{format}"/>'
            f'<w:lvlText w:val="{text}"/></w:lvl>'
            for level, (format, text) in enumerate(levels)
        )
        definitions += f'<w:abstractNum w:abstractNumId="{at}">{inside}</w:abstractNum>'
    nums = "".join(
        f'<w:num w:numId="{at}"><w:abstractNumId w:val="{at}"/></w:num>'
        for at in range(1, len(lists) + 1)
    )
    return f"<w:numbering {SPACES}>{definitions}{nums}</w:numbering>"


def docx(
    *blocks: str,
    parts: Mapping[str, str | bytes] | None = None,
    relations: str = "",
    kind: str = MAIN,
) -> bytes:
    """A document of these blocks; ``parts`` are more files, ``relations`` those of the text."""
    parts = dict(parts or {})
    known = {"numbering", "styles", "footnotes"}
    for name in known & {part.removeprefix("word/").removesuffix(".xml") for part in parts}:
        relations += f'<Relationship Id="r{name}" Type="{OFFICE}/{name}" Target="{name}.xml"/>'
    for at, name in enumerate(part for part in parts if part.startswith("word/media/")):
        identifier = "rIdPic" + (str(at) if at else "")
        target = name.removeprefix("word/")
        relations += f'<Relationship Id="{identifier}" Type="{OFFICE}/image" Target="{target}"/>'
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        f'content-types"><Override PartName="/word/document.xml" ContentType="{kind}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1"'
        f' Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f"<w:document {SPACES}><w:body>{''.join(blocks)}<w:sectPr/></w:body>"
        "</w:document>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{RELATIONS}">{relations}'
        "</Relationships>",
    }
    files |= parts
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def ole(name: str) -> bytes:
    """A file system in a file (MS-CFB) with one empty file at its top, as old Office wrote it."""
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHH", 62, 3, 0xFFFE)
    head += struct.pack("<HH", 9, 6) + bytes(6) + struct.pack("<III", 0, 1, 1) + bytes(4)
    head += struct.pack("<IIIII", 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    head = (head + b"\xff" * 432)[:512]
    table = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE) + b"\xff" * 504

    def entry(entry_name: str, kind: int, below: int) -> bytes:
        named = entry_name.encode("utf-16-le") + b"\0\0"
        links = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, below)
        return named.ljust(64, b"\0") + struct.pack("<HBB", len(named), kind, 1) + links + bytes(48)

    return head + table + (entry("Root Entry", 5, 1) + entry(name, 2, 0xFFFFFFFF)).ljust(512, b"\0")
