"""Looks and words for browsers: style sheets, icons, scripts, and the choice of language."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from content.face import wiring
from content.face.static_files import StaticFiles
from content.face.way_back import own_path
from node.web import auth

HERE = Path(__file__).parent
FACE = wiring.face(HERE.parent / "words")
OWN = StaticFiles(
    HERE / "static", "/own"
)  # the node's scripts; templates say static_url("study/player.js")
SILENT = {"face", "vendored", "relay", "static", "ping"}
# The cookie that keeps the size of the text; with eyes as with spectacles, it is the reader's own.
SIZE, SIZES, YEAR_S = "xuezhan-size", ("large", "largest"), 365 * 86_400

bp = Blueprint("face", __name__)


@bp.get("/face/<mark>/<path:name>")
def shared_file(mark: str, name: str) -> ResponseReturnValue:
    """A file of the shared look."""
    return _answer(FACE.shelf, mark, name)


@bp.get("/own/<mark>/<path:name>")
def own_file(mark: str, name: str) -> ResponseReturnValue:
    """A script of the node's pages."""
    return _answer(OWN, mark, name)


@bp.post("/lang")
def choose_language() -> ResponseReturnValue:
    """Remember the language for who asks, not for the next at a shared PC, and go back."""
    auth.choose_language(request.form.get("lang", "")[:8])
    return redirect(own_path(request.referrer, request.host), code=303)


@bp.post("/text-size")
def choose_size() -> ResponseReturnValue:
    """Remember the size of the text in this browser, and go back."""
    chosen = request.form.get("size", "")
    reply = redirect(own_path(request.referrer, request.host), code=303)
    if chosen in SIZES:
        reply.set_cookie(
            SIZE, chosen, max_age=YEAR_S, httponly=True, samesite="Lax", secure=request.is_secure
        )
    else:
        reply.delete_cookie(SIZE)
    return reply


@bp.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """What was tried with keyboard, zoom and readers, and what was not."""
    return render_template("accessibility.html")


def text_size() -> str:
    """The size that this browser was set to; "" is the usual one."""
    chosen = request.cookies.get(SIZE, "")
    return chosen if chosen in SIZES else ""


def speak() -> None:
    """Choose the language of this request; files and programs have none."""
    silent = request.blueprint in SILENT or request.endpoint in SILENT
    FACE.speak("" if silent else auth.language())


def _answer(shelf: StaticFiles, mark: str, name: str) -> Response:
    reply = shelf.answer(
        mark,
        name,
        request.headers.get("Accept-Encoding", ""),
        request.headers.get("If-None-Match", ""),
    )
    if reply is None:
        abort(404)
    return Response(reply.body, reply.status, reply.headers)
