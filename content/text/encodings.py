"""Texts as people hand them in: UTF-8, UTF-16 or GB 18030 in, one kind of text out.

For imports, which take things as they are. An author's own course folder is read more strictly
(``content.text.toml_file.decode``): there a wrong encoding is a fault that the author mends.
"""

import codecs
import re

# Old pages declare Big5 rightly; no other declaration of a page is believed.
_DECLARED = re.compile(rb"charset\s*=\s*[\"']?(big5(?:-hkscs)?)\b", re.IGNORECASE)
# What an XML file declares counts where it is not UTF-8; GB 18030 is tried in any case.
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,20})["']""")
_XML_OTHERS = re.compile(r"iso-8859-\d{1,2}|windows-125\d|big5|shift_jis|euc-(?:jp|kr)")
# Control characters never stand in text: a file that has one is binary.
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decoded(raw: bytes) -> str | None:
    """Return the text with "\\n" at its line ends and without BOM; ``None`` when it is none."""
    text = _decoded(raw)
    if text is None or _BINARY.search(text):
        return None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _decoded(raw: bytes) -> str | None:
    for encoding in encodings(raw):
        try:
            return raw.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return None


def encodings(raw: bytes) -> list[str]:
    """Return in which encodings ``raw`` may be written, the likeliest first."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ["utf-16"]
    if b"\0" in raw[:4000]:  # UTF-16 without a mark: its signs and letters have a zero byte
        high, low = raw[:4000:2].count(0), raw[1:4000:2].count(0)
        return ["utf-16-be" if high > low else "utf-16-le"]
    if declaration := _XML.match(raw):
        declared = declaration[1].decode("ascii").lower()
        return ["utf-8-sig", *([declared] if _XML_OTHERS.fullmatch(declared) else []), "gb18030"]
    if declaration := _DECLARED.search(raw[:2048]):
        return ["utf-8-sig", "big5hkscs" if b"-" in declaration[1] else "big5", "gb18030"]
    return ["utf-8-sig", "gb18030"]
