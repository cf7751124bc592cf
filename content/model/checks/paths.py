"""Paths of files in a course: what they may look like, and how they are opened (SPEC.md §2.3).

The same rule for a folder, a zip and a manifest, on every system: a course that was built
on Linux must be installable on Windows.
"""

import hashlib
import os
import stat
import unicodedata
from pathlib import Path

from content.model.limits import MAX_PARTS, MAX_PATH_CHARS

_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
}
_FORBIDDEN = set('\\:*?"<>|')


def is_safe_path(path: str, most_chars: int = MAX_PATH_CHARS, most_parts: int = MAX_PARTS) -> bool:
    """Tell whether ``path`` names a file inside a course folder on any system."""
    if not 0 < len(path) <= most_chars or unicodedata.normalize("NFC", path) != path:
        return False
    if any(char in _FORBIDDEN or not char.isprintable() for char in path):
        return False
    parts = path.split("/")
    return len(parts) <= most_parts and all(map(_is_safe_part, parts))


def is_regular_inside(root: Path, path: str) -> bool:
    """Tell whether ``path`` under ``root`` is a plain file, reached through plain folders.

    A link anywhere on the way is refused, wherever it leads: a folder that is published
    must mean the same on every machine.
    """
    place = root
    parts = path.split("/")
    for part in parts[:-1]:
        place = place / part
        if not stat.S_ISDIR(os.lstat(place).st_mode):
            return False
    return stat.S_ISREG(os.lstat(place / parts[-1]).st_mode)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def human_size(size: int) -> str:
    """Return a size as people say it: ``3.2 MB``."""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{size / 1000:.0f} kB"


def _is_safe_part(part: str) -> bool:
    # Linux counts bytes, Windows characters: 200 bytes are below both limits.
    if part in ("", ".", "..") or len(part.encode()) > 200 or part[0] == " " or part[-1] in " .":
        return False
    return part.split(".")[0].lower() not in _RESERVED
