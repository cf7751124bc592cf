"""Ranges: which bytes of a file a request asks for (RFC 9110 §13.1.5 and §14).

Plain text and numbers in, plain numbers out. One range is served; a request for several is
answered with the whole, as §14.2 allows: no browser asks for several of a video.
"""

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=[ \t]*(\d*)-(\d*)[ \t]*", re.IGNORECASE | re.ASCII)

# More digits than any file has bytes; Python would spend time on a million of them.
MAX_DIGITS = 18


class NotSatisfiable(ValueError):
    """The range begins beyond the end of the file: answer 416."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """``length`` bytes from ``start``; ``whole`` when no range was asked for, or none counts."""

    start: int
    length: int
    whole: bool

    def content_range(self, size: int) -> str:
        """The Content-Range of a 206."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


def part(asked: str, if_range: str, etag: str, size: int) -> ByteRange:
    """The part of a file of ``size`` bytes that Range ``asked`` and If-Range name.

    Raises:
        NotSatisfiable: nothing of the range is in the file.
    """
    whole = ByteRange(0, size, whole=True)
    # §13.1.5  If-Range compares strongly; a date cannot match, files here have none.
    if if_range and if_range.strip() != etag:
        return whole
    match = _ONE_RANGE.fullmatch(asked)
    # §14.2  A range that we do not understand is ignored.
    if not match or not any(match.groups()) or max(map(len, match.groups())) > MAX_DIGITS:
        return whole
    first, last = match.groups()
    if not first:  # §14.1.2  "-500": the last 500 bytes
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return whole
    if start >= size:
        raise NotSatisfiable(f"{asked} of {size} bytes")
    return ByteRange(start, end - start, whole=False)


def is_known(if_none_match: str, etag: str) -> bool:
    """Whether the browser has the file already (§13.1.2: weak comparison)."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in tags or etag in tags
