"""Play: the second port, from which the files of SCORM packages are served, and nothing else.

A package is a program of somebody else. Here it has an origin of its own: it knows no cookie of
ours, and what it may load is this port alone (docs/decisions/0022). The ticket in the
address says who may open what (``node.learning.scorm_tickets``). The page around it is
``node.web.study.scorm``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePosixPath
from unicodedata import normalize

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue

from content.model.course import FileRef
from node import calendar
from node.errors import NotFound
from node.learning import scorm_tickets
from node.learning.scorm_tickets import Ticket
from node.runtime import NodeRuntime
from node.store import courses, meta
from node.web import face, vendored
from node.web.current import KEY, runtime
from node.web.study import media

TYPES = {
    ".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml",
    ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css",
    ".json": "application/json", ".xml": "text/xml", ".xsl": "text/xml", ".xsd": "text/xml",
    ".dtd": "text/xml", ".txt": "text/plain", ".csv": "text/plain", ".vtt": "text/vtt",
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
    ".svg": "image/svg+xml", ".webp": "image/webp", ".bmp": "image/bmp", ".ico": "image/x-icon",
    ".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg",
    ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".oga": "audio/ogg",
    ".wav": "audio/wav", ".aac": "audio/aac", ".pdf": "application/pdf",
    ".woff": "font/woff", ".woff2": "font/woff2", ".ttf": "font/ttf", ".otf": "font/otf",
    ".eot": "application/vnd.ms-fontobject", ".wasm": "application/wasm",
}  # fmt: skip
OTHER = "application/octet-stream"
# Of our own files only these, which the stage loads.
OURS = ("scorm/stage", "scorm/runtime.js")
LIBRARY = "scorm-again-"
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")


def create_play_app(runtime: NodeRuntime) -> Flask:
    """The application of the second port: no sessions, no forms, files by ticket."""
    app = Flask(__name__, static_folder=None, template_folder="../templates")
    app.extensions[KEY] = runtime
    app.config["MAX_CONTENT_LENGTH"] = 1
    app.jinja_env.globals.update(static_url=face.OWN.url)
    app.add_url_rule("/<ticket>/stage", view_func=stage)
    app.add_url_rule("/<ticket>/files/<path:path>", view_func=file)
    app.add_url_rule("/own/<mark>/<path:name>", view_func=own_file)
    app.add_url_rule("/vendor/<path:name>", view_func=library)
    app.register_error_handler(NotFound, _nothing)
    app.register_error_handler(404, _nothing)
    app.after_request(_headers)
    return app


def stage(ticket: str) -> ResponseReturnValue:
    """The frame in which a package runs: our script, then the package's own pages."""
    _opened(ticket)
    return render_template("play/stage.html")


def file(ticket: str, path: str) -> ResponseReturnValue:
    """One file of the package."""
    # A service worker would answer for whole pages, without the rules in our headers.
    if request.headers.get("Service-Worker"):
        raise NotFound(path)
    named = _opened(ticket)
    ref = _files(named).get(_folded(path))
    if ref is None:
        raise NotFound(f"{path} of {named}")
    return media.reply(ref, TYPES.get(PurePosixPath(path).suffix.lower(), OTHER), csp())


def own_file(mark: str, name: str) -> ResponseReturnValue:
    """A script or style sheet of the stage."""
    if not name.startswith(OURS):
        raise NotFound(name)
    return face.own_file(mark, name)


def library(name: str) -> ResponseReturnValue:
    """A file of the vendored SCORM run time."""
    if not name.startswith(LIBRARY):
        raise NotFound(name)
    return vendored.file(name)


def csp() -> str:
    """What a package may do: act inside this port, be shown by our pages, and nothing more."""
    host = request.host.rpartition(":")[0] if request.host.rpartition(":")[2].isdigit() else ""
    around = f" {host}:*" if _HOST.fullmatch(host) else ""
    return (
        "sandbox allow-scripts allow-same-origin allow-forms allow-modals allow-downloads;"
        " default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; form-action 'self';"
        f" base-uri 'self'; frame-ancestors 'self'{around}"
    )


def _opened(ticket: str) -> Ticket:
    named = scorm_tickets.check(ticket, ticket_key(runtime()), runtime().clock.now())
    if named is None:
        raise NotFound("ticket")
    return named


def ticket_key(runtime: NodeRuntime) -> str:
    """The key of tickets: that of cookies, which no page and no package knows."""
    return meta.get(runtime.store.read(), meta.COOKIE_KEY)


def _files(named: Ticket) -> dict[str, FileRef]:
    course = courses.course(runtime().store.read(), named.course, named.version)
    if course.licence.over(calendar.day(runtime().moment().day_at)):
        raise NotFound("licence")
    assets = next((item.assets for item in course.items if item.id == named.item), ())
    return _by_path(assets)


@lru_cache(maxsize=32)
def _by_path(assets: tuple[FileRef, ...]) -> dict[str, FileRef]:
    return {_folded(ref.path.partition("/")[2]): ref for ref in assets}


def _folded(path: str) -> str:
    """The path without case: authors test on systems where case does not matter."""
    return normalize("NFC", path).casefold()


def _nothing(_error: object) -> ResponseReturnValue:
    """Nothing to see: inside a package our words would look like its own."""
    return Response("", 404, mimetype="text/plain")


def _headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", csp())
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Referrer-Policy"] = "no-referrer"
    # Packages tell progress when their page is left (unload); browsers are giving that event up.
    response.headers["Permissions-Policy"] = "unload=*, camera=(), microphone=(), geolocation=()"
    return response
