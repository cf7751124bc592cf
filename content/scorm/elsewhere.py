"""Elsewhere: what a package loads from other servers, which no station can show (SPEC.md §2.8).

Only what a page loads by itself: pictures, films, frames, scripts, style sheets, fonts. A link that
a learner may follow is none, nor is an address in a comment or a namespace. Scripts are guessed at:
what they put together from parts is not found.
"""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from content.model.faults.faults import Fault

# Longer files are libraries or data; with all of a package's files this stays within seconds.
_MAX_FILE_BYTES = 4_000_000
_MAX_ALL_BYTES = 100_000_000
_SHOWN = 5

# No pattern tries a run of blanks twice: pages may be made to be searched for ever.
_HOST = rb"(?:https?:)?//([A-Za-z0-9][A-Za-z0-9.-]{1,80}\.[A-Za-z]{2,20})(?=[/:?#\"'\\\s)>]|$)"
_TAG = re.compile(
    rb"<(?:script|iframe|frame|img|video|audio|source|track|embed|object|link)\b[^<>]{0,2000}", re.I
)
_STYLES = re.compile(rb"\b(?:stylesheet|icon)\b", re.I)
_ATTRIBUTE = re.compile(rb"\b(?:src|href|data|poster)\s*+=\s*+[\"']?\s*+" + _HOST, re.I)
_STYLE = re.compile(rb"(?:url\(\s*+|@import\s++)[\"']?\s*+" + _HOST, re.I)
_SCRIPT = re.compile(
    rb"(?:\.(?:src|data|poster)\s*+=|\bfetch\(|\bimport\(|\bimportScripts\(|\bgetScript\("
    rb"|\bgetJSON\(|\.open\(\s*+[\"'](?:GET|POST)[\"']\s*+,)\s*+[\"'`]\s*+" + _HOST,
    re.I,
)
# They count visitors and show nothing: a learner misses nothing without them. Every package of one
# widespread tool names the first.
_COUNTERS = {
    "metrics.articulate.com", "google-analytics.com", "www.google-analytics.com",
    "ssl.google-analytics.com", "www.googletagmanager.com",
}  # fmt: skip
_PAGES = {".html", ".htm", ".xhtml", ".svg"}
_READ = _PAGES | {".css", ".js", ".mjs"}


class Elsewhere:
    """Other servers that the files of one package load from."""

    def __init__(self) -> None:
        self._servers: dict[str, None] = {}
        self._files = 0
        self._left = _MAX_ALL_BYTES

    def reads(self, name: str, size: int) -> bool:
        """Whether a file of this name and size is looked into."""
        return _ending(name) in _READ and size <= min(_MAX_FILE_BYTES, self._left)

    def look(self, name: str, raw: bytes) -> None:
        """Look into one file."""
        self._left -= len(raw)
        found = dict.fromkeys(servers(name, raw))
        self._files += bool(found)
        self._servers |= found

    def notes(self) -> tuple[Fault, ...]:
        """What an author is told: nothing, or one remark."""
        if not self._servers:
            return ()
        more = len(self._servers) - _SHOWN
        shown = ", ".join(list(self._servers)[:_SHOWN]) + (f" … (+{more})" if more > 0 else "")
        return (Fault("scorm-elsewhere", values={"count": self._files, "servers": shown}),)


def servers(name: str, raw: bytes) -> Iterable[str]:
    """Yield the other servers that the file ``name`` loads from, as it names them."""
    ending = _ending(name)
    if ending in _PAGES:
        raw = _without_comments(raw)
        for tag in _TAG.finditer(raw):
            if not tag[0][:5].lower() == b"<link" or _STYLES.search(tag[0]):
                yield from _hosts(_ATTRIBUTE, tag[0])
    if ending in _PAGES or ending == ".css":
        yield from _hosts(_STYLE, raw)
    if ending != ".css":
        yield from _hosts(_SCRIPT, raw)


def _without_comments(raw: bytes) -> bytes:
    first, *later = raw.split(b"<!--")
    return first + b"".join(part.partition(b"-->")[2] for part in later)


def _hosts(pattern: re.Pattern[bytes], raw: bytes) -> Iterable[str]:
    for match in pattern.finditer(raw):
        host = match[1].decode("ascii").lower()
        if host not in _COUNTERS:
            yield host


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
