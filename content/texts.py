"""Texts as people hand them in: UTF-8, UTF-16 or GB 18030 in, one kind of text out.

For imports, which take things as they are. An author's own course folder is read more strictly
(``content.toml_file.decode``): there a wrong encoding is a fault to be mended once.
"""

import codecs
import re

# What a page of the nineties says of itself; every other claim is not believed.
_DECLARED = re.compile(rb"charset\s*=\s*[\"']?(big5(?:-hkscs)?)\b", re.IGNORECASE)
# Control characters never stand in text; a handful of them is what a binary file gives away.
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decoded(raw: bytes) -> str | None:
    """Return the text with "\\n" at its line ends and without BOM; ``None`` when it is none."""
    text = _decoded(raw)
    if text is None or _BINARY.search(text):
        return None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _decoded(raw: bytes) -> str | None:
    encodings: tuple[str, ...] = ("utf-8", "gb18030")
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ("utf-16",)
    elif found := _DECLARED.search(raw[:2048]):
        encodings = ("utf-8", "big5hkscs" if b"-" in found[1] else "big5", "gb18030")
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
