"""Media: files of materials and questions, for those who make courses; with ranges, for seeking."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from content.model import picture_sound as kinds
from content.model.errors import NotABlobName
from hub.rights import Deed
from hub.store import banks, materials
from hub.web.account import looking, needs
from hub.web.current import hub

bp = Blueprint("media", __name__)

# By the first bytes: what a page shows besides pictures and sounds. All else is a download.
TYPES = (
    (b"%PDF-", "application/pdf"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"WEBVTT", "text/vtt; charset=utf-8"),
)
DOWNLOAD = "application/octet-stream"
# No script in a file runs, and only our own pages may hold it in a frame.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'"
PIECE_BYTES = 65_536
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")


@bp.get("/media/<sha>")
@needs(Deed.SHARE)
def blob(sha: str) -> ResponseReturnValue:
    """A file of a material, or the part of it that was asked for."""
    try:
        path = hub().blobs.path(sha)
    except NotABlobName:
        abort(404)
    with looking() as (connection, scope):
        stores = (materials.has_blob, banks.has_blob)
        if not path.is_file() or not any(has(connection, scope, sha) for has in stores):
            abort(404)
    return answer(path, sha)


def answer(path: Path, tag: str) -> Response:
    """A file, or the part of it that this request asks for; no script in it runs."""
    size = path.stat().st_size
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    start = int(match[1]) if match else 0
    end = min(int(match[2]) + 1, size) if match and match[2] else size
    headers = {
        "Content-Type": type_of(path),
        "ETag": f'"{tag}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=3600",
        "Content-Security-Policy": POLICY,
        "X-Frame-Options": "SAMEORIGIN",
    }
    if start >= size or start >= end:
        return Response(status=416, headers=headers | {"Content-Range": f"bytes */{size}"})
    file = path.open("rb")
    file.seek(start)
    headers["Content-Length"] = str(end - start)
    if match:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Response(
        _sent(file, end - start), 206 if match else 200, headers, direct_passthrough=True
    )


def _sent(file: BinaryIO, length: int) -> Iterable[bytes]:
    """The bytes from where ``file`` stands. waitress itself sends a file that it is given, up to
    Content-Length, and holds no thread for a slow reader."""
    wrapper = request.environ.get("wsgi.file_wrapper")
    if wrapper is not None:
        wrapped: Iterable[bytes] = wrapper(file, PIECE_BYTES)
        return wrapped
    return _pieces(file, length)


def _pieces(file: BinaryIO, length: int) -> Iterator[bytes]:
    with file:
        while length > 0 and (piece := file.read(min(PIECE_BYTES, length))):
            length -= len(piece)
            yield piece


def type_of(path: Path) -> str:
    """What a file is, by its first bytes."""
    with path.open("rb") as file:
        head = file.read(kinds.HEAD_BYTES)
    if head[4:8] == b"ftyp" and head[8:11] != b"M4A":
        return "video/mp4"
    if content_type := next((name for magic, name in TYPES if head.startswith(magic)), ""):
        return content_type
    return kinds.TYPES.get(kinds.kind_of(head), DOWNLOAD)
