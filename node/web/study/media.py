"""Media: the files of installed courses, streamed to signed-in learners.

A slow viewer must not hold a waitress thread: the answer is a hand-built 206 over the server's
own ``wsgi.file_wrapper``, which waitress sends from its main loop while the thread goes on to
the next request (``send_file`` would keep it until the last byte). What a Range asks for is
``node.web.ranges``. Pages are not served here: ``node.web.study.player`` shows them within ours.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from content.model import picture_sound
from content.model.course import Course, FileRef
from node import calendar
from node.errors import NotFound
from node.store import attempts, courses
from node.web import ranges
from node.web.auth import current_learner
from node.web.current import runtime

TYPES = {
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".pdf": "application/pdf",
    ".vtt": "text/vtt; charset=utf-8",
    **picture_sound.TYPES,
}

# The name of a blob is its hash, so its bytes never change. Private: no proxy gives it to others.
CACHE = "private, max-age=604800, immutable"

# Nothing in a file may act: a script in a PDF or a picture has no rights here.
CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'"
# A drawing opened by itself is a document: it may not even link to anything.
SVG_CSP = CSP + "; sandbox"

PIECE_BYTES = 65_536

bp = Blueprint("media", __name__)


@bp.get("/media/<sha>")
def blob(sha: str) -> ResponseReturnValue:
    """A file of an installed course, or the part of it that was asked for."""
    ref = _ref(sha, current_learner().number)
    kind = _type(ref)
    return reply(ref, kind, SVG_CSP if kind == picture_sound.TYPES[".svg"] else CSP)


def reply(ref: FileRef, kind: str, csp: str) -> Response:
    """A blob, or the part of it that this request asks for."""
    etag, headers = f'"{ref.sha256}"', request.headers
    common = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": CACHE,
        "Content-Security-Policy": csp,
        "X-Content-Type-Options": "nosniff",
    }
    if ranges.is_known(headers.get("If-None-Match", ""), etag):
        return Response(status=304, headers=common)
    try:
        part = ranges.part(headers.get("Range", ""), headers.get("If-Range", ""), etag, ref.size)
    except ranges.NotSatisfiable:
        return Response(status=416, headers=common | {"Content-Range": f"bytes */{ref.size}"})
    common |= {"Content-Type": kind, "Content-Length": str(part.length)}
    if not part.whole:
        common["Content-Range"] = part.content_range(ref.size)
    body = () if request.method == "HEAD" else file_part(runtime().blobs.path(ref.sha256), part)
    status = 200 if part.whole else 206
    return Response(body, status, common, direct_passthrough=True)


def _ref(sha: str, learner: str) -> FileRef:
    """The file of that name, if a course has it and it is of a kind we show.

    A course is one that is offered here, the version of which the learner sits an exam now, or an
    older version whose files are still here.
    """
    conn = runtime().store.read()
    today = calendar.day(runtime().moment().day_at)
    installed = courses.installed(conn)
    over = {course.id for course in installed if course.licence.over(today)}
    offered = [course for course in installed if course.id not in over]
    sat = [
        courses.course(conn, attempt.exam.partition("/")[0], attempt.version)
        for attempt in attempts.open_of(conn, learner)
    ]
    ref = _find(sha, chain(offered, sat))
    if ref is None:
        # Somebody may still watch a film of which a new version came.
        wanted = {course.course for course in courses.wanted(conn)} - over
        older = (course for course in courses.every_version(conn) if course.id in wanted)
        ref = _find(sha, (course for course in older if not course.licence.over(today)))
    if ref is None or not runtime().blobs.has(sha):
        raise NotFound(f"media {sha}")
    return ref


def _find(sha: str, within: Iterable[Course]) -> FileRef | None:
    for course in within:
        for ref in course.files():
            if ref.sha256 == sha and Path(ref.path).suffix.lower() in TYPES:
                return ref
    return None


def _type(ref: FileRef) -> str:
    return TYPES[Path(ref.path).suffix.lower()]


def file_part(path: Path, part: ranges.ByteRange) -> Iterable[bytes]:
    """The file, at the first byte of the part: the server reads on up to Content-Length."""
    file = path.open("rb")
    file.seek(part.start)
    wrapper = request.environ.get("wsgi.file_wrapper")
    if wrapper is None:  # another server than waitress
        return _pieces(file, part.length)
    wrapped: Iterable[bytes] = wrapper(file, PIECE_BYTES)
    return wrapped


def _pieces(file: BinaryIO, length: int) -> Iterator[bytes]:
    with file:
        while length > 0 and (piece := file.read(min(PIECE_BYTES, length))):
            length -= len(piece)
            yield piece
