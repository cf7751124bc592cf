"""Texts as people hand them in: UTF-8, UTF-16 or GB 18030 in, one kind of text out.

For imports, which take things as they are. An author's own course folder is read more strictly
(``content.text.toml_file.decode``): there a wrong encoding is a fault that the author mends.
"""

import codecs
import re

from content.model.errors import ContentFaults
from content.model.faults.faults import Fault

# Old pages declare Big5 rightly; no other declaration of a page is believed.
_DECLARED = re.compile(rb"charset\s*=\s*[\"']?(big5(?:-hkscs)?)\b", re.IGNORECASE)
# What an XML file declares counts where it is not UTF-8; GB 18030 is tried in any case.
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,20})["']""")
_XML_OTHERS = re.compile(r"iso-8859-\d{1,2}|windows-125\d|big5|shift_jis|euc-(?:jp|kr)")
WESTERN = "windows-1252"
# The first two rows of GB 2312 and its common characters, of which Chinese texts consist.
_USUAL = re.compile(rb"[\xa1-\xa3\xb0-\xd7][\xa1-\xfe]")
_USUAL_BIG5 = re.compile(rb"[\xa1-\xc6][\x40-\x7e\xa1-\xfe]")
# Nine of ten characters of a Chinese text are such; a list of rare names has fewer.
_SURE, _LIKELY, _POSSIBLE, _CLEARLY = 0.9, 0.6, 0.2, 0.2
_BEYOND_ASCII = re.compile("[\x00-\x7f]+")
_LATIN, _HIGH = re.compile(rb"[A-Za-z]"), re.compile(rb"[\xc0-\xff]")
# Bytes that mean nothing in windows-1252, or hardly ever stand in a text.
_NO_WESTERN = re.compile(rb"[\x81\x8d\x8f\x90\x9d\xff]")
# A text in another alphabet has few letters that are not high.
_MOST_ACCENTS = 1
# Control characters never stand in text: a file that has one is binary.
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decoded(raw: bytes) -> str | None:
    """Return the text with "\\n" at its line ends and without BOM; ``None`` when it is none."""
    text = _decoded(raw)
    if text is None or _BINARY.search(text):
        return None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def text_of(raw: bytes, file: str) -> str:
    """Return the text of a bank or table without BOM, in the first encoding that fits.

    Raises:
        ContentFaults: none fits.
    """
    text = _decoded(raw)
    if text is None:
        raise ContentFaults([Fault("bank-encoding", file)])
    return text.removeprefix("\ufeff")


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
    return ["utf-8-sig"] if _is_utf8(raw) else ["utf-8-sig", *guessed(raw)]


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def guessed(raw: bytes) -> list[str]:
    """Return in which encoding a text that says none may be, by what its bytes look like.

    The bytes of a western text can be read as GB 18030 too, as characters that nobody uses; a text
    that would consist of such is not taken for Chinese. Nothing where nothing fits.
    """
    share = _usual_share(raw)
    if share >= _SURE:
        return ["gb18030"]
    if _big5_share(raw) > share + _CLEARLY:
        return ["big5"]
    if share >= _LIKELY:
        return ["gb18030"]
    letters, high = len(_LATIN.findall(raw)), len(_HIGH.findall(raw))
    if high <= letters * _MOST_ACCENTS and not _NO_WESTERN.search(raw):
        return [WESTERN]
    return ["gb18030"] if share >= _POSSIBLE else []


def doubtful(raw: bytes) -> str:
    """Return the encoding that was only guessed for a text; "" where it is certain."""
    (first, *others) = encodings(raw)
    try:
        raw.decode(first)
    except (UnicodeDecodeError, LookupError):
        guess = next(iter(others), "")
        return "" if guess == "gb18030" and _usual_share(raw) >= _SURE else guess
    return ""


def _big5_share(raw: bytes) -> float:
    try:
        signs = _BEYOND_ASCII.sub("", raw.decode("big5")).encode("big5")
    except UnicodeDecodeError:
        return 0.0
    return 2 * len(_USUAL_BIG5.findall(signs)) / max(1, len(signs))


def _usual_share(raw: bytes) -> float:
    """Return how many of the signs beyond ASCII would be usual ones if the text were Chinese."""
    try:
        signs = _BEYOND_ASCII.sub("", raw.decode("gb18030")).encode("gb18030")
    except UnicodeDecodeError:
        return 0.0
    return len(_USUAL.findall(signs)) / max(1, len(signs.decode("gb18030")))
