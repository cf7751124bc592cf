"""Folding: text as search compares it, character for character.

Traditional forms become simplified, full width half width, capitals small letters. Every
character becomes exactly one, so that a place in the folded text is the same place in the
original. ``TSCharacters.txt`` is OpenCC's table of characters, version 1.0.6 as packaged in
opencc-python-reimplemented 0.1.7 (Apache-2.0, ``LICENSE`` beside it).
"""

from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).parent / "TSCharacters.txt"
# Latin, Greek and Cyrillic letters, then the full-width forms: what has capitals here.
_CASED = ((0x20, 0x530), (0xFF01, 0xFF5F))
_WIDTH = 0xFEE0


def fold(text: str) -> str:
    """Return the text as it is compared; it has the same length."""
    return text.translate(_table())


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    table = {}
    for line in TABLE.read_text("utf-8").splitlines():
        traditional, _, simplified = line.partition("\t")
        first = simplified.split(" ")[0]
        if len(traditional) == len(first) == 1:
            table[ord(traditional)] = first
    for low, high in _CASED:
        for code in range(low, high):
            narrow = chr(code - _WIDTH) if code > _WIDTH else chr(code)
            small = narrow.lower()
            if len(small) == 1 and small != chr(code):
                table[code] = small
    table[0x3000] = " "
    return table
