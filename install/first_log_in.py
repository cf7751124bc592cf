"""The first log-in of a hub's administrator, by the pages' own forms: the password is changed."""

from __future__ import annotations

import re
import secrets

import requests

TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)">')
ADMINISTRATOR = "admin"
WAIT_S = 30


class NotLoggedIn(Exception):
    """The hub did not take the name and password, or not the new password."""


def choose_password(address: str, first: str) -> str:
    """Log in with the password that ``init`` printed and choose another; returns that one.

    Raises:
        NotLoggedIn: the hub refused.
    """
    chosen = secrets.token_urlsafe(9)
    with requests.Session() as browser:
        browser.trust_env = False
        page = _send(browser, address, "/log-in", name=ADMINISTRATOR, password=first)
        if not page.endswith("/password"):
            raise NotLoggedIn(f"after the first log-in came {page}, not the page for a password")
        page = _send(browser, address, "/password", old=first, new=chosen, again=chosen)
        if page != f"{address}/":
            raise NotLoggedIn(f"after the change of the password came {page}")
    return chosen


def _send(browser: requests.Session, address: str, path: str, **fields: str) -> str:
    """Fill the form of a page and send it; the address where that led."""
    page = browser.get(address + path, timeout=WAIT_S)
    token = TOKEN.search(page.text)
    if token is None:
        raise NotLoggedIn(f"{path} answered {page.status_code} without a form")
    answer = browser.post(
        address + path, data={"csrf_token": token[1], **fields},
        headers={"Origin": address, "Referer": page.url}, timeout=WAIT_S,
    )  # fmt: skip
    if not answer.ok:
        raise NotLoggedIn(f"{path} answered {answer.status_code}")
    return answer.url
