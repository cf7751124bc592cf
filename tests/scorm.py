"""SCORM packages made by hand, for the tests of reading and of playing them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SHARED = Path(__file__).parents[1].parent / "shared" / "testdata" / "scorm"

HEAD_12 = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="m" version="1" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
 xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
<metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
"""
HEAD_2004 = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="m" version="1" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
 xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:adlseq="http://www.adlnet.org/xsd/adlseq_v1p3"
 xmlns:adlnav="http://www.adlnet.org/xsd/adlnav_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
<metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>
"""


@dataclass(frozen=True)
class Part:
    """One item of an organisation: what it opens, or its children; ``xml`` is put in as is."""

    id: str
    title: str
    href: str = ""
    parts: tuple[Part, ...] = ()
    xml: str = ""
    attributes: str = ""

    def items(self) -> str:
        """The ``item`` element."""
        points = f' identifierref="r-{self.id}"' if self.href else ""
        inside = "".join(part.items() for part in self.parts)
        return (
            f'<item identifier="{self.id}"{points} {self.attributes}>'
            f"<title>{self.title}</title>{inside}{self.xml}</item>"
        )

    def resources(self, kind: str) -> str:
        """The ``resource`` elements of this part and its children."""
        own = (
            f'<resource identifier="r-{self.id}" type="webcontent" adlcp:{kind}="sco"'
            f' href="{self.href}"><file href="{self.href}"/></resource>'
        )
        return (own if self.href else "") + "".join(part.resources(kind) for part in self.parts)


def manifest(*parts: Part, version: str = "1.2", title: str = "课件", xml: str = "") -> str:
    """A whole manifest. ``xml`` is put at the end of its organisation."""
    head, kind = (HEAD_12, "scormtype") if version == "1.2" else (HEAD_2004, "scormType")
    return (
        f'{head}<organizations default="o"><organization identifier="o"><title>{title}</title>'
        + "".join(part.items() for part in parts)
        + f"{xml}</organization></organizations><resources>"
        + "".join(part.resources(kind) for part in parts)
        + "</resources></manifest>"
    )


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A zip of these files."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return sink.getvalue()


def package(*parts: Part, version: str = "1.2", files: Mapping[str, str | bytes] = {}) -> bytes:
    """A package of these parts and files."""
    return zipped({"imsmanifest.xml": manifest(*parts, version=version), **files})
