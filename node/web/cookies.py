"""Cookies without a time: who is signed in stays so when the PC's clock jumps.

Over https they are for https only.

Flask refuses a session cookie that is older than a month or comes from the future, by the PC's own
clock. ``node.store.sessions`` decides by the node's clock how long somebody stays signed in.
"""

from __future__ import annotations

from contextlib import suppress

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature


class TimelessCookies(SecureCookieSessionInterface):
    """Signed cookies, whatever time it was when they were signed."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the browser may send it over https only."""
        return request.is_secure

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie says; nothing, if we did not sign it."""
        serializer = self.get_signing_serializer(app)
        texts = dict.fromkeys(request.cookies.getlist(self.get_cookie_name(app)))
        if serializer is None:
            return self.session_class()
        good = []
        for text in texts:
            with suppress(BadSignature):
                good.append(serializer.loads(text))
        # Cookies do not know ports: a package that is played here may plant one beside ours. One
        # that we did not sign is ignored; of two that we signed, one is not this browser's.
        return self.session_class(good[0]) if len(good) == 1 else self.session_class()
