"""The hub's web application: ``create_app`` registers pages, guards and the face.

Views are in the module of their subject; ``hub.web.layout`` says how pages look.
"""

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect

from content.face.reverse_proxy import BehindProxy
from hub.context.open_hub import Hub, cookie_key
from hub.imports.jobs import Worker
from hub.web import bounds, layout
from hub.web.authoring import (
    banks,
    drafts,
    import_preview,
    materials,
    media,
    questions,
    review,
    volumes,
)
from hub.web.current import EXTENSION
from hub.web.lists import unit_picker
from hub.web.people import (
    account_pages,
    audit_log,
    auth,
    learners,
    lecturers,
    person,
    rosters,
    unit_pages,
    units,
)
from hub.web.reports import class_pages, condition, courses, overview, overview_cache, results
from hub.web.stations import aside, exchange, signing_keys, station_batch, stations

BLUEPRINTS = (
    layout.bp,
    auth.bp,
    account_pages.bp,
    audit_log.bp,
    unit_picker.bp,
    overview.bp,
    units.bp,
    unit_pages.bp,
    stations.bp,
    aside.bp,
    station_batch.bp,
    learners.bp,
    person.bp,
    rosters.bp,
    results.bp,
    class_pages.bp,
    courses.bp,
    drafts.bp,
    review.bp,
    volumes.bp,
    lecturers.bp,
    import_preview.bp,
    materials.bp,
    banks.bp,
    questions.bp,
    media.bp,
    signing_keys.bp,
    condition.bp,
    exchange.bp,
)

# Nothing from another server, nothing inline; frames of other sites see nothing of us.
CONTENT_POLICY = (
    "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'"
)


class PageSessions(SecureCookieSessionInterface):
    """Cookies of browsers, over https for https only; an answer to a station has none."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the browser may send it over https only."""
        return request.is_secure

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """As Flask does, but for the endpoints that stations talk to."""
        if request.blueprint != exchange.bp.name:
            super().save_session(app, session, response)


def create_app(hub: Hub) -> Flask:
    """The application of one open hub."""
    app = Flask(__name__, static_folder=None)
    app.extensions[EXTENSION] = hub
    app.extensions[materials.WORKER] = Worker()
    app.session_interface = PageSessions()
    app.wsgi_app = BehindProxy(app.wsgi_app, hub.config.trusted_proxies)  # type: ignore[method-assign]
    app.config.update(
        SECRET_KEY=cookie_key(hub.config),
        MAX_CONTENT_LENGTH=hub.config.max_upload_bytes,
        SESSION_COOKIE_NAME="xuezhan-hub",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # a form left open over lunch must still be taken
    )
    bounds.attach(app)
    csrf = CSRFProtect(app)
    csrf.exempt(exchange.bp)  # signed requests of stations carry no cookie
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    layout.attach(app)
    app.jinja_env.globals["unit_name"] = unit_picker.chosen
    auth.attach(app)
    overview_cache.attach(app, hub)
    app.after_request(_guard)
    return app


def _guard(answer: Response) -> Response:
    """Headers of every page; a station's answer has none: it is signed, and each byte costs."""
    if request.blueprint == exchange.bp.name:
        return answer
    answer.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Referrer-Policy", "same-origin")
    answer.headers.setdefault("X-Frame-Options", "DENY")
    return answer
