"""PDF: whether a file is whole, opens without a password (ISO 32000-1 §7.6), and what is in it.

No page is laid out. A file that is encrypted but opens for everybody (so that only printing is
forbidden) is fine; one that asks for a password is of no use at a station. What stations do not
show, or nobody can search, is said (``remarks``).
"""

import re
from hashlib import md5, sha256
from pathlib import Path
from typing import Literal

from content.media.pdf import aes, objects

Trouble = Literal["", "not-pdf", "encrypted", "form"]

# §7.6.3.3: the padding of a password.
_PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_REFERENCE = re.compile(rb"/Encrypt\s+(\d{1,10})\s+(\d{1,5})\s+R")
_ID = re.compile(rb"/ID\s*\[\s*(<[0-9A-Fa-f\s]*>|\()")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
# What some programs write after the end, to fill the last block of the file.
_FILLING = b"\0\t\n\r "
_ENCRYPT = re.compile(rb"/Encrypt\s*(?:<<|\d)")
# What a PDF may do besides being read. The pages of a station run none of it.
_ACTS = re.compile(rb"/S\s*/(?:JavaScript|Launch|ImportData|SubmitForm)\b|/JS\s*[(<\d]")
_ATTACHED = re.compile(rb"/Type\s*/EmbeddedFile\b|/EF\s*<<")
_MEDIA = re.compile(rb"/Subtype\s*/(?:RichMedia|Screen|Movie|Sound|3D)\b")
_FORM = re.compile(rb"/XFA\s*[\[\d]")
_MADE_LATER = re.compile(rb"/NeedsRendering\s+true\b")
_BOX = re.compile(rb"/MediaBox\s*\[" + rb"\s*(-?[\d.]{1,12})" * 4 + rb"\s*\]")
# A side of a page, in points: 200 inches, as Acrobat makes at most; and one side to the other.
_LONGEST, _THINNEST = 14_400, 20
# The dictionary is a few hundred bytes; strings in it at most 127 (§7.6.3.2 and ISO 32000-2).
_DICTIONARY_BYTES = 4096


def trouble(path: Path) -> Trouble:
    """Tell why the file cannot be shown; "" when it can."""
    raw = path.read_bytes()  # at most ``limits.MAX_PDF_BYTES``
    return _locked(raw) or _made_later(raw)


def remarks(path: Path) -> tuple[str, ...]:
    """Return codes of what an author should know of a file that can be shown."""
    raw = path.read_bytes()
    inside = objects.look(raw, encrypted=bool(_ENCRYPT.search(raw)))
    found = {
        "note-pdf-scanned": not (inside.texts or inside.unread) and inside.pictures > 0,
        "note-pdf-acts": bool(_ACTS.search(inside.words)),
        "note-pdf-attached": bool(_ATTACHED.search(inside.words)),
        "note-pdf-media": bool(_MEDIA.search(inside.words)),
        "note-pdf-form": bool(_FORM.search(inside.words)),
        "note-pdf-size": any(map(_is_huge, _BOX.finditer(inside.words))),
    }
    return tuple(code for code, so in found.items() if so)


def _made_later(raw: bytes) -> Trouble:
    """A form that Adobe's program makes pages of when it opens it; others show "please wait"."""
    if not _ENCRYPT.search(raw) and b"XFA" in (words := objects.look(raw).words):
        return "form" if _MADE_LATER.search(words) else ""
    return ""


def _is_huge(box: re.Match[bytes]) -> bool:
    try:
        left, low, right, high = map(float, box.groups())
    except ValueError:
        return False
    long, short = sorted((abs(right - left), abs(high - low)), reverse=True)
    return long > _LONGEST or long > short * _THINNEST


def _locked(raw: bytes) -> Trouble:
    if b"%PDF-" not in raw[:1024] or b"%%EOF" not in raw.rstrip(_FILLING)[-2048:]:
        return "not-pdf"
    reference = None
    for reference in _REFERENCE.finditer(raw):  # noqa: B007  # the newest comes last
        pass
    if reference is None:
        return "encrypted" if re.search(rb"/Encrypt\s*<<", raw) else ""
    begins = re.search(rb"(?<!\d)%s\s+%s\s+obj" % (reference[1], reference[2]), raw)
    if begins is None:
        return "encrypted"
    table = raw[begins.end() : begins.end() + _DICTIONARY_BYTES].split(b"endobj")[0]
    return "" if _opens(table, _first_id(raw)) else "encrypted"


def _opens(table: bytes, first_id: bytes, password: bytes = b"") -> bool:
    """Tell whether ``password`` opens it; the empty one is what readers try first."""
    revision, user, owner = _number(table, b"R"), _text(table, b"U"), _text(table, b"O")
    if revision == 6:
        return len(user) >= 48 and aes.hashed(password, user[32:40]) == user[:32]
    if revision == 5:
        return len(user) >= 48 and sha256(password + user[32:40]).digest() == user[:32]
    if revision not in (2, 3, 4) or len(user) < 16 or len(owner) < 32:
        return False
    # Algorithm 2: the key that the password gives.
    padded = (password + _PAD)[:32]
    rights = (_number(table, b"P") & 0xFFFFFFFF).to_bytes(4, "little")
    key = padded + owner[:32] + rights + first_id
    if revision == 4 and re.search(rb"/EncryptMetadata\s+false", table):
        key += b"\xff\xff\xff\xff"
    # In revision 4 the first /Length may be that of a crypt filter, in bytes; the key has 128 bits.
    size = {2: 5, 4: 16}.get(revision, min(max(_number(table, b"Length") or 40, 40), 128) // 8)
    hashed = _md5(key)
    for _ in range(50 if revision >= 3 else 0):
        hashed = _md5(hashed[:size])
    key = hashed[:size]
    if revision == 2:  # algorithm 4
        return _rc4(key, _PAD) == user[:32]
    expected = _md5(_PAD + first_id)  # algorithm 5
    for turn in range(20):
        expected = _rc4(bytes(byte ^ turn for byte in key), expected)
    return expected == user[:16]


def _md5(data: bytes) -> bytes:
    return md5(data, usedforsecurity=False).digest()


def _rc4(key: bytes, data: bytes) -> bytes:
    box, at = list(range(256)), 0
    for i in range(256):
        at = (at + box[i] + key[i % len(key)]) % 256
        box[i], box[at] = box[at], box[i]
    out, i, at = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        at = (at + box[i]) % 256
        box[i], box[at] = box[at], box[i]
        out.append(byte ^ box[(box[i] + box[at]) % 256])
    return bytes(out)


def _number(table: bytes, name: bytes) -> int:
    entry = re.search(rb"/%s\s+(-?\d{1,11})(?![\d.])" % name, table)
    return int(entry[1]) if entry else 0


def _text(table: bytes, name: bytes) -> bytes:
    entry = re.search(rb"/%s\s*(<(?!<)|\()" % name, table)
    return _string(table[entry.end() - 1 :]) if entry else b""


def _first_id(raw: bytes) -> bytes:
    entry = None
    for entry in _ID.finditer(raw):  # noqa: B007
        pass
    if entry is None:
        return b""
    return _string(raw[entry.start(1) : entry.start(1) + 600])


def _string(raw: bytes) -> bytes:
    """Return the string, hexadecimal or literal (§7.3.4), that ``raw`` begins with."""
    if raw[:1] == b"<":
        digits = re.sub(rb"[^0-9A-Fa-f]", b"", raw[1:].split(b">")[0])
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
    out, depth, at = bytearray(), 0, 0
    while at < len(raw):
        char = raw[at : at + 1]
        if char == b"\\":
            octal = re.match(rb"[0-7]{1,3}", raw[at + 1 : at + 4])
            if octal:
                out.append(int(octal[0], 8) & 255)
                at += 1 + len(octal[0])
                continue
            following = raw[at + 1 : at + 2]
            out += b"" if following in (b"\n", b"\r") else _ESCAPES.get(following, following)
            at += 2
            continue
        depth += (char == b"(") - (char == b")")
        if not depth:
            break
        if at:
            out += char
        at += 1
    return bytes(out)
