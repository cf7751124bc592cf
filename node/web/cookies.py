"""Cookies that know no time: whose clock jumps stays signed in.

Flask refuses a session cookie that is older than a month or comes from the future, by the PC's own
clock. How long somebody stays signed in is decided by ``node.store.sessions``, by the node's.
"""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature


class TimelessCookies(SecureCookieSessionInterface):
    """Signed cookies, whatever time it was when they were signed."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie says; nothing, if we did not sign it."""
        serializer = self.get_signing_serializer(app)
        said = request.cookies.get(self.get_cookie_name(app))
        if serializer is None or not said:
            return self.session_class()
        try:
            return self.session_class(serializer.loads(said))
        except BadSignature:
            return self.session_class()
