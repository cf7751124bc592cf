"""People at the hub's pages, for tests: accounts, log-in, forms with their tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub.context.open_hub import Hub
from hub.store import roles, units, users
from hub.store.engine import writing
from hub.store.roles import HeldRole
from hub.web.app import create_app
from tests.quick import quick_secret

PASSWORD = "correct horse"  # noqa: S105
HASHED = quick_secret(PASSWORD)
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@dataclass
class Visitor:
    """A browser at the hub. ``get`` and ``post`` return the answer."""

    client: FlaskClient

    def get(self, path: str, status: int = 200) -> str:
        """The page at ``path``."""
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.text[-2000:])
        return answer.text

    def post(self, path: str, **fields: object) -> TestResponse:
        """Send a form with the token of the session."""
        token = TOKEN.search(self.client.get("/password", follow_redirects=True).text)
        assert token is not None
        return self.client.post(path, data={"csrf_token": token[1], **fields})

    def hand_in(self, path: str, name: str, content: bytes, **fields: object) -> TestResponse:
        """Send a form with a file."""
        return self.post(path, file=(BytesIO(content), name), **fields)

    def log_in(self, name: str, password: str = PASSWORD) -> TestResponse:
        """Send the log-in form."""
        return self.post("/log-in", name=name, password=password)


def account(hub: Hub, name: str, role: str = "admin", unit: str = "") -> None:
    """An account with the usual password, for a unit or for headquarters."""
    with writing(hub.engine) as connection:
        place = units.by_code(connection, unit) if unit else units.root(connection)
        known = users.by_name(connection, name)
        user_id = known.id if known else users.add(connection, name, HASHED)
        users.put(connection, user_id, password=HASHED, active=True)
        roles.put(connection, user_id, [HeldRole(role, place)] if place else [])


def stranger(hub: Hub) -> Visitor:
    """A browser that nobody has logged in with."""
    return Visitor(create_app(hub).test_client())


def visitor(hub: Hub, name: str = "boss", role: str = "admin", unit: str = "") -> Visitor:
    """A person who has logged in."""
    account(hub, name, role, unit)
    came = stranger(hub)
    assert came.log_in(name).status_code == 303
    return came
