"""Static files with their hash in the address: cached for a year, compressed once.

A ``StaticFiles`` reads a folder at start. ``url("xuezhan.css")`` gives
``/face/3fa9c1d0e2/xuezhan.css``; ``answer`` gives the bytes and headers for such an address. A
changed file gets a new address, and so do the modules that import it (``content.face.modules``):
no browser shows an old style on a new page. No Flask here: ``content.face.wiring`` shows its use.
"""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from content.face.modules import name_by_hash

YEAR = "public, max-age=31536000, immutable"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webp": "image/webp",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}
# Smaller files do not get smaller by gzip once the header fields are counted.
WORTH_GZIP_BYTES = 600
TEXT = (".css", ".js", ".mjs", ".svg")


@dataclass(frozen=True, slots=True)
class Reply:
    """What to send: 200 with the body, or 304 with none."""

    status: int
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class _File:
    mark: str
    body: bytes
    zipped: bytes | None
    type: str


class StaticFiles:
    """The static files of one folder, read once, under one address prefix."""

    def __init__(
        self, folder: Path, prefix: str, bundles: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        """``bundles`` join several files into one (name → its parts): one request instead.

        Raises:
            ValueError: a module imports a missing file, or modules import each other in a circle.
        """
        self._prefix = prefix.rstrip("/")
        bodies = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.suffix in TYPES and path.is_file()
        }
        joined = {
            name: b"\n".join(bodies[part] for part in parts)
            for name, parts in (bundles or {}).items()
        }
        named = name_by_hash(bodies | joined, lambda name, body: self._address(_mark(body), name))
        self._files = {name: _file(name, body) for name, body in named.items()}

    def url(self, name: str) -> str:
        """The address of ``name``. Raises KeyError: no such file (a misspelt template)."""
        return self._address(self._files[name].mark, name)

    def _address(self, mark: str, name: str) -> str:
        return f"{self._prefix}/{mark}/{name}"

    def answer(self, mark: str, name: str, accepts: str = "", known: str = "") -> Reply | None:
        """The reply for an address; ``None`` where there is no such file.

        ``accepts`` is Accept-Encoding, ``known`` is If-None-Match. A page that was open during
        an upgrade asks with an old mark: it gets today's file, but must ask again next time.
        """
        file = self._files.get(name)
        if file is None:
            return None
        etag = f'"{file.mark}"'
        headers = {
            "Content-Type": file.type,
            "Cache-Control": YEAR if mark == file.mark else "no-cache",
            "ETag": etag,
            "X-Content-Type-Options": "nosniff",
        }
        if file.zipped is not None:
            headers["Vary"] = "Accept-Encoding"
        if etag in known:
            return Reply(304, b"", headers)
        if file.zipped is not None and "gzip" in accepts:
            return Reply(200, file.zipped, headers | {"Content-Encoding": "gzip"})
        return Reply(200, file.body, headers)


def _mark(body: bytes) -> str:
    return sha256(body).hexdigest()[:10]


def _file(name: str, body: bytes) -> _File:
    suffix = Path(name).suffix
    zipped = None
    if suffix in TEXT and len(body) >= WORTH_GZIP_BYTES:
        zipped = gzip.compress(body, 9, mtime=0)
    return _File(_mark(body), body, zipped, TYPES[suffix])
