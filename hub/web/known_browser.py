"""Known browser: a cookie that says which accounts logged in here before (``hub.people.log_in``).

It opens nothing. Strangers who try passwords for an account slow themselves down; in a browser
that the account knows, its owner is not held up by them.
"""

from dataclasses import dataclass

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from sync.secrets import random_token

COOKIE = "xuezhan-hub-known"
COOKIE_S = 400 * 86_400  # the longest that browsers keep one
# Accounts of one browser: a shared PC of an office.
MAX_NAMES = 20


@dataclass(frozen=True, slots=True)
class KnownBrowser:
    """A browser and the accounts that logged in with it, the newest last."""

    id: str
    names: tuple[str, ...]

    def knows(self, name: str) -> str:
        """The browser's id where this account logged in before; "" where it did not."""
        return self.id if name.strip() in self.names else ""


def read() -> KnownBrowser:
    """The browser of this request, with what its cookie says and we signed."""
    try:
        told = _serializer().loads(request.cookies.get(COOKIE, ""))
        return KnownBrowser(str(told["id"]), tuple(str(name) for name in told["names"]))
    except (BadSignature, KeyError, TypeError):
        return KnownBrowser(random_token(), ())


def remember(answer: Response, name: str) -> None:
    """Let this browser know the account that has just logged in."""
    browser = read()
    names = [*(known for known in browser.names if known != name), name][-MAX_NAMES:]
    answer.set_cookie(
        COOKIE,
        str(_serializer().dumps({"id": browser.id, "names": names})),
        max_age=COOKIE_S,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="known browser")
