"""Reverse proxy: who asks and by which scheme, where nginx or a gateway stands before a program.

Every connection comes from the proxy then. It says in ``X-Forwarded-For`` for whom it asks and in
``X-Forwarded-Proto`` by which scheme. Anybody may write the same: it counts from the addresses of
the setting ``trusted_proxy`` and is taken away from all others (docs/decisions/0033). The host is
the request's own ``Host``, which a proxy passes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CLAIMS = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_BY",
    "HTTP_FORWARDED",
)
SCHEMES = ("http", "https")
# In the environment of a request: whether some proxy, trusted or not, passed it on.
FORWARDED = "xuezhan.forwarded"


class BehindProxy:
    """An application that is told who asks, as the trusted proxies say, and is told nothing else.

    Of several addresses the last that is not a trusted proxy's counts: it was written by one.
    """

    def __init__(self, app: WSGIApplication, trusted: frozenset[str]) -> None:
        self._app, self._trusted = app, trusted

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, with the claims heeded or ignored."""
        claims = {name: str(environ.pop(name)) for name in CLAIMS if name in environ}
        environ[FORWARDED] = bool(claims)
        peer = str(environ.get("REMOTE_ADDR", ""))
        if _plain(peer) in self._trusted:
            environ["REMOTE_ADDR"] = self._client(peer, claims.get("HTTP_X_FORWARDED_FOR", ""))
            scheme = claims.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
            if scheme in SCHEMES:
                environ["wsgi.url_scheme"] = scheme
        return self._app(environ, start_response)

    def _client(self, peer: str, hops: str) -> str:
        """Whom ``peer`` asks for; itself, as far as it does not say."""
        for hop in reversed(hops.split(",")):
            address = _plain(hop)
            if not address:
                break
            peer = address
            if address not in self._trusted:
                break
        return peer


def read_addresses(text: str) -> frozenset[str]:
    """The addresses in ``text``, parted by spaces.

    Raises:
        ValueError: one of them is no IP address.
    """
    return frozenset(_one_way(word) for word in text.split())


def _plain(hop: str) -> str:
    """The address in one hop, without the port that some proxies add; "" if it is none."""
    hop = hop.strip().strip('"')
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    try:
        return _one_way(hop)
    except ValueError:
        return ""


def _one_way(text: str) -> str:
    """An address as it is always written: IPv4 is never dressed as IPv6."""
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
