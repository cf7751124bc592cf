"""Plain text of banks: bytes in any usual encoding in, clean text out (SPEC.md §9.3)."""

import re
from collections.abc import Callable

# Line ends of word processors and other systems.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Nobody sees them, some formats cannot carry them, and an answer with one is never right:
# controls, surrogates, noncharacters, and spaces of no width.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u2060\ufeff\ufdd0-\ufdef\ud800-\udfff]"
    "|[\ufffe\uffff]|[\U0001fffe\U0001ffff]|[\U0010fffe\U0010ffff]"
)


def clean(text: str, note: Callable[[str], None]) -> str:
    """Return a text with one kind of line end and without invisible characters."""
    text = _LINE_ENDS.sub("\n", text)
    bare = _INVISIBLE.sub("", text)
    if bare != text:
        note("note-invisible")
    return bare


def without_invisible(text: str) -> str:
    """Return a text without invisible characters."""
    return _INVISIBLE.sub("", text)


def has_invisible(text: str) -> bool:
    """Tell whether a text holds invisible characters, or another system's line ends."""
    return bool(_INVISIBLE.search(text) or _LINE_ENDS.search(text))
