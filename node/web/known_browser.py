"""The long cookie that names a browser: it opens nothing, and outlives signing out.

Whoever signed an account in well from here is not slowed down when strangers guess at it
(``node.sign_in.guessing``). The name is made with the first try and kept when a sign-in went well.
"""

from __future__ import annotations

from contextlib import suppress

from flask import Response, current_app, g, request
from itsdangerous import BadSignature, URLSafeSerializer

from sync.secrets import random_token

COOKIE = "xuezhan-browser"
FIVE_YEARS_S = 5 * 365 * 86_400


def name() -> str:
    """What this browser is called: by its cookie, or anew."""
    if "browser_name" not in g:
        g.browser_name = _named() or random_token()
    named: str = g.browser_name
    return named


def stay() -> None:
    """Let the browser keep its name: somebody signed in well."""
    g.browser_stays = name()


def keep(response: Response) -> Response:
    """Set the cookie where ``stay`` was asked for."""
    if "browser_stays" in g:
        text = str(_signer().dumps(g.browser_stays))
        response.set_cookie(
            COOKIE, text, max_age=FIVE_YEARS_S, httponly=True, samesite="Lax",
            secure=request.is_secure,
        )  # fmt: skip
    return response


def _named() -> str:
    """The name in the cookie; none if we did not sign it, or of two (``node.web.cookies``)."""
    good = set()
    for text in request.cookies.getlist(COOKIE):
        with suppress(BadSignature):
            good.add(str(_signer().loads(text)))
    return good.pop() if len(good) == 1 else ""


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=COOKIE)
