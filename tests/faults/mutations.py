"""Mutations: real files broken in the ways that disks, editors and other programs break them.

Each is a function of the bytes and of dice that a test can draw again.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable, Sequence
from random import Random

# A mutated file stays below this; a small input that grows is tried by the bombs.
MOST_BYTES = 8_000_000
# Of a zip, so much is packed anew at most.
_MOST_UNPACKED = 20_000_000

_NUMBERS = ("0", "-1", "1e999", "NaN", "9" * 40, "1/0", "00012", "2147483648", "-0.0", "٣")
_TEXTS = (
    "", " ", "\0", "\ufeff", "\ud7ff", "\uffff", "\u202e", "\U0001f9d1\u200d\U0001f33e", "&#0;",
    "&#xD800;", "&x;", "<![CDATA[", "]]>", "<!--", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///'>]>",
    "'; DROP TABLE learner; --", "{{7*7}}", "../../etc/passwd", "C:\\con", "\\", "{", "}", "::",
    "~", "=", "\n\n", "\r", "\t", "𠮷" * 300, "a" * 70_000, "<" * 3_000, "[" * 3_000, "{" * 3_000,
)  # fmt: skip
_NAMES = (
    "", ".", "..", "/", "/etc/x", "a/../../b", "con", "a\\b", "a:b", "\u202eslx.exe", "x" * 300,
    "a/" * 200 + "b", "imsmanifest.xml", "[Content_Types].xml", "xl/workbook.xml",
    "word/document.xml", "course.toml", "\uffff", "a\0b", " ", "A.HTML",
)  # fmt: skip

Mutation = Callable[[bytes, Random], bytes]


def mutated(raw: bytes, other: bytes, dice: Random) -> bytes:
    """``raw`` after one to four mutations; ``other`` is a file that may be mixed in."""
    for _ in range(dice.choice((1, 1, 2, 3, 4))):
        if zipfile.is_zipfile(io.BytesIO(raw)) and dice.random() < 0.8:
            raw = _inside_zip(raw, other, dice)
        else:
            raw = _one(raw, other, dice)
        raw = raw[:MOST_BYTES]
    return raw


def _one(raw: bytes, other: bytes, dice: Random) -> bytes:
    chosen = dice.choice((_flip, _cut, _drop, _repeat, _put_text, _put_number, _swap_lines, None))
    return _mixed(raw, other, dice) if chosen is None else chosen(raw, dice)


def _place(raw: bytes, dice: Random) -> int:
    # The head says most about what follows.
    return dice.randrange(min(len(raw), 200) + 1 if dice.random() < 0.3 else len(raw) + 1)


def _flip(raw: bytes, dice: Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(dice.choice((1, 3, 30)) if changed else 0):
        changed[min(_place(raw, dice), len(changed) - 1)] = dice.randrange(256)
    return bytes(changed)


def _cut(raw: bytes, dice: Random) -> bytes:
    return raw[: _place(raw, dice)]


def _drop(raw: bytes, dice: Random) -> bytes:
    at = _place(raw, dice)
    return raw[:at] + raw[at + dice.choice((1, 2, 16, 400, 9000)) :]


def _repeat(raw: bytes, dice: Random) -> bytes:
    at = _place(raw, dice)
    piece = raw[at : at + dice.choice((1, 8, 100, 3000))]
    return raw[:at] + piece * dice.choice((1, 5, 200)) + raw[at:]


def _put_text(raw: bytes, dice: Random) -> bytes:
    at = _place(raw, dice)
    encoding = dice.choice(("utf-8", "utf-8", "gb18030", "utf-16-le"))
    return raw[:at] + dice.choice(_TEXTS).encode(encoding, "replace") + raw[at:]


def _put_number(raw: bytes, dice: Random) -> bytes:
    """One of the numbers in the text becomes another."""
    starts = [at for at in range(min(len(raw), 60_000)) if raw[at : at + 1].isdigit()]
    if not starts:
        return raw
    at = end = dice.choice(starts)
    while raw[end : end + 1].isdigit():
        end += 1
    return raw[:at] + dice.choice(_NUMBERS).encode() + raw[end:]


def _swap_lines(raw: bytes, dice: Random) -> bytes:
    split = b">" if raw[:1] == b"<" else b"\n"
    pieces = raw.split(split)
    if len(pieces) < 3:
        return raw
    one, two = dice.randrange(len(pieces)), dice.randrange(len(pieces))
    pieces[one], pieces[two] = pieces[two], pieces[one]
    return split.join(pieces)


def _mixed(raw: bytes, other: bytes, dice: Random) -> bytes:
    return raw[: _place(raw, dice)] + other[_place(other, dice) :]


def _inside_zip(raw: bytes, other: bytes, dice: Random) -> bytes:
    """One entry of a zip changes, gets another name, is there twice or is gone."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_UNPACKED:
                return _one(raw, other, dice)
            entries = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    except Exception:  # noqa: BLE001 (broken before: zipfile raises nearly anything)
        return _one(raw, other, dice)
    if not entries:
        return raw
    # The small entries say how the large ones are read.
    at = min((dice.randrange(len(entries)) for _ in range(2)), key=lambda n: len(entries[n][1]))
    name, data = entries[at]
    match dice.randrange(6):
        case 0:
            del entries[at]
        case 1:
            entries[at] = dice.choice(_NAMES), data
        case 2:
            entries.append((name, _one(data, other, dice)))
        case _:
            entries[at] = name, _one(data, other, dice)
    return _zipped(entries)


def _zipped(entries: Sequence[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(out, "w") as archive:
        for name, data in entries:
            info = zipfile.ZipInfo("x")
            info.filename = name  # as it is: ``ZipInfo`` itself would cut it at a zero
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return out.getvalue()
