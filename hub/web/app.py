"""The hub's web application: ``create_app`` registers pages, errors and the face.

Views are in the module of their subject; none of them is here.
"""

from pathlib import Path

from flask import Flask, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader

import content.face
from hub.errors import HubError
from hub.machine import Hub, cookie_key
from hub.web import auth, courses, exchange, learners, overview, results, stations, units

BLUEPRINTS = (
    auth.bp,
    overview.bp,
    units.bp,
    stations.bp,
    learners.bp,
    results.bp,
    courses.bp,
    exchange.bp,
)

TEMPLATES = Path(__file__).parent / "templates"
FACE = Path(content.face.__path__[0])

# Nothing from another server, nothing inline; frames of other sites see nothing of us.
CONTENT_POLICY = (
    "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'"
)


def create_app(hub: Hub) -> Flask:
    """The application of one open hub."""
    app = Flask(__name__)
    app.extensions["xuezhan-hub"] = hub
    app.config.update(
        SECRET_KEY=cookie_key(hub.config),
        MAX_CONTENT_LENGTH=hub.config.max_upload_bytes,
        SESSION_COOKIE_NAME="xuezhan-hub",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # a form left open over lunch must still be taken
    )
    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(Path(__file__).parent / "templates"),
            FileSystemLoader(FACE / "templates"),
        ]
    )
    csrf = CSRFProtect(app)
    csrf.exempt(exchange.bp)  # signed requests of stations carry no cookie
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_error_handler(HubError, _refused)
    app.after_request(_guard)
    auth.attach(app)
    return app


def hub() -> Hub:
    """The hub that the current request is served by."""
    opened: Hub = current_app.extensions["xuezhan-hub"]
    return opened


def _refused(fault: HubError) -> ResponseReturnValue:
    """Say what is wrong and what to do, with the status of the error."""
    current_app.logger.info("refused %s %s: %s", request.path, fault.code, fault)
    return render_template("refused.html", fault=fault), fault.status


def _guard(answer: Response) -> Response:
    """Headers that every answer carries."""
    answer.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Referrer-Policy", "same-origin")
    answer.headers.setdefault("X-Frame-Options", "DENY")
    return answer
