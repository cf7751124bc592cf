"""Vendored libraries of the pages: what others wrote, unchanged, each in a folder with its version.

They are large, and only some pages load them: read from the disk when asked for, never held in
memory. A library's address holds its version, so a browser keeps it for a year.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from content.face.static_files import YEAR
from node.errors import NotFound
from node.web import ranges
from node.web.study.media import file_part

ROOT = Path(__file__).parent / "vendor"
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".woff2": "font/woff2",
    ".bcmap": "application/octet-stream",
}

bp = Blueprint("vendored", __name__)


@bp.get("/vendor/<path:name>")
def file(name: str) -> ResponseReturnValue:
    """A file of a library, only by names that are in the folder: no other path is opened."""
    path = _known().get(name)
    if path is None:
        raise NotFound(f"vendor {name[:80]}")
    size = path.stat().st_size
    headers = {
        "Content-Type": TYPES[path.suffix],
        "Content-Length": str(size),
        "Cache-Control": YEAR,
    }
    body = file_part(path, ranges.ByteRange(0, size, True))
    return Response(body, 200, headers, direct_passthrough=True)


@lru_cache(maxsize=1)
def _known() -> dict[str, Path]:
    return {
        path.relative_to(ROOT).as_posix(): path
        for path in sorted(ROOT.rglob("*"))
        if path.is_file() and path.suffix in TYPES
    }
