"""The node's web application: blueprints, errors, headers. Pages are in the other modules."""

from __future__ import annotations

import logging
import sqlite3

from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader

from content.face.reverse_proxy import BehindProxy
from content.face.words import gettext as _
from node.errors import BodyTooLarge, FormExpired, NodeError, NotFound
from node.runtime import NodeRuntime
from node.store import meta
from node.store.writer import disk_error
from node.web import auth, bounds, face, known_browser, layout, relay, vendored
from node.web.cookies import TimelessCookies
from node.web.current import KEY
from node.web.current import runtime as current
from node.web.exams import exam, exam_api, mock_exam, practice
from node.web.keeper import keeper, keepers, line, now, slips, sources, stick
from node.web.keeper import learners as roster
from node.web.study import account, home, library, media, player, results, scorm
from sync.secrets import random_token

log = logging.getLogger(__name__)

BLUEPRINTS = (
    face.bp,
    auth.bp,
    home.bp,
    account.bp,
    player.bp,
    media.bp,
    vendored.bp,
    scorm.bp,
    practice.bp,
    library.bp,
    mock_exam.bp,
    exam.bp,
    exam_api.bp,
    results.bp,
    keeper.bp,
    roster.bp,
    now.bp,
    keepers.bp,
    slips.bp,
    line.bp,
    sources.bp,
    stick.bp,
    relay.bp,
)
# The largest thing a page sends is a form with a few fields.
MAX_BODY_BYTES = 64 * 1024
CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; frame-ancestors 'self';"
    " base-uri 'none'; form-action 'self'"
)


def create_app(runtime: NodeRuntime) -> Flask:
    """The application over an open node."""
    app = Flask(__name__)
    app.extensions[KEY] = runtime
    app.config.update(
        SECRET_KEY=_cookie_key(runtime),
        SESSION_COOKIE_NAME="xuezhan",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.session_interface = TimelessCookies()
    trusted = runtime.config.trusted_proxies
    app.wsgi_app = BehindProxy(app.wsgi_app, trusted)  # type: ignore[method-assign]
    app.before_request(_measure)  # before CSRFProtect reads the body to find the token
    CSRFProtect(app).exempt(relay.bp)
    _wire_face(app)
    bounds.attach(app)
    for bp in BLUEPRINTS:
        app.register_blueprint(bp)
    app.add_url_rule("/ping", view_func=ping)
    app.register_error_handler(NodeError, _say)
    app.register_error_handler(CSRFError, _say_expired_form)
    app.register_error_handler(sqlite3.Error, _say_disk)
    app.register_error_handler(404, _say_not_found)
    app.register_error_handler(405, _say_not_found)
    app.register_error_handler(500, _say_fault)
    app.register_error_handler(413, _say_too_large)
    app.after_request(_headers)
    app.after_request(known_browser.keep)
    return app


def _wire_face(app: Flask) -> None:
    """Looks and words: content.face's, and the node's own beside them."""
    own = app.jinja_loader
    assert own is not None  # noqa: S101  Flask makes one for its templates folder
    app.jinja_loader = ChoiceLoader([own, FileSystemLoader(face.FACE.templates)])
    app.jinja_env.globals.update(
        face.FACE.globals,
        runtime=current,
        static_url=face.OWN.url,
        score_of=mock_exam.score_of,
        text_size=face.text_size,
    )
    app.jinja_env.filters.update(face.FACE.filters)
    app.context_processor(layout.around)
    app.before_request(face.speak)


def _measure() -> None:
    """What a SCORM package keeps may be longer than any form."""
    if request.endpoint == "scorm.save":
        request.max_content_length = scorm.MAX_BODY_BYTES


def ping() -> ResponseReturnValue:
    """Alive; names nothing."""
    return Response("ok", mimetype="text/plain")


def _say(error: NodeError) -> ResponseReturnValue:
    """The fault in words: as JSON to scripts, as a page to people."""
    words = _(error.words, **error.values)
    if error.status >= 500:
        log.error("%s %s: %s (%s)", request.method, request.path, error.code, error)
    if request.path.startswith("/api/"):
        return jsonify(error=error.code, words=words), error.status
    return render_template("refused.html", words=words, error=error), error.status


def _say_not_found(_error: object) -> ResponseReturnValue:
    return _say(NotFound(request.path))


def _say_disk(error: sqlite3.Error) -> ResponseReturnValue:
    """The disk failed while a page was read; writing says so itself."""
    return _say(disk_error(error))


def _say_fault(_error: object) -> ResponseReturnValue:
    """A fault of ours; Flask has logged it."""
    return _say(NodeError(request.path))


def _say_too_large(_error: object) -> ResponseReturnValue:
    return _say(BodyTooLarge(request.path))


def _say_expired_form(_error: object) -> ResponseReturnValue:
    return _say(FormExpired(request.path))


def _headers(response: Response) -> Response:
    """What every answer carries; pages are never kept by the browser (shared PCs)."""
    if request.blueprint == relay.bp.name:
        return response  # for a program, over a line
    response.headers.setdefault("Content-Security-Policy", CSP)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _cookie_key(runtime: NodeRuntime) -> str:
    """The key that signs cookies; made once, kept with the node."""
    known = meta.get(runtime.store.read(), meta.COOKIE_KEY)
    if known:
        return known
    key = random_token(32)
    runtime.store.write(lambda conn: meta.put(conn, meta.COOKIE_KEY, key))
    return key
