"""The addresses that learners may type, the best first, as well as this PC can know them."""

from __future__ import annotations

import importlib
import socket
import struct
from collections.abc import Iterable
from ipaddress import ip_address

from flask import request

from node.web.current import runtime

# Documentation's own network (RFC 5737): nothing is sent, the system only picks a route.
SOMEWHERE = ("192.0.2.1", 9)
# Linux: the address of a card by its name. Names are cut at 15 bytes, the answer has room for 256.
SIOCGIFADDR, CARD = 0x8915, "256s"
# Cards that lead nowhere but to programs on this PC.
OF_PROGRAMS = ("lo", "docker", "br-", "veth", "virbr", "lxc", "podman")
EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  compared only


def address_here() -> str:
    """The address to tell learners; the PC's name where it has no address."""
    return next(iter(addresses_here()), f"http://{socket.gethostname()}:{runtime().config.port}")


def addresses_here() -> tuple[str, ...]:
    """All addresses of this node, the best first; none when it is on no network.

    The one by which the keeper came from another PC is known to work. What leads from this PC to
    itself, such as its own name, need not.
    """
    config = runtime().config
    here = _is_loopback(request.remote_addr or "")
    came_by = "" if here else f"{request.scheme}://{request.host}"
    cards = _cards() if config.host in EVERYWHERE else [config.host]
    return told(came_by, cards, _routed(), config.port)


def told(came_by: str, cards: Iterable[str], routed: str, port: int) -> tuple[str, ...]:
    """``came_by`` if there is one, then the cards: the one that leads on (``routed``) first."""
    usable = [card for card in dict.fromkeys(cards) if not _is_loopback(card)]
    usable.sort(key=lambda card: (_is_makeshift(card), card != routed))
    return tuple(dict.fromkeys([*filter(None, [came_by]), *(_url(card, port) for card in usable)]))


def _url(host: str, port: int) -> str:
    where = f"[{host}]" if ":" in host else host
    return f"http://{where}" if port == 80 else f"http://{where}:{port}"


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _is_makeshift(address: str) -> bool:
    """Whether a PC gave it to itself because nobody else did (169.254.…)."""
    try:
        return ip_address(address).is_link_local
    except ValueError:
        return False


def _routed() -> str:
    """The address from which this PC would speak to the world; "" where there is no way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE)
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def _cards() -> list[str]:
    """The IPv4 addresses of this PC's cards."""
    try:
        fcntl = importlib.import_module("fcntl")
    except ImportError:  # Windows: there the name leads to all of them
        return _of_own_name()
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _number, name in socket.if_nameindex():
            if name.startswith(OF_PROGRAMS):
                continue
            try:
                asked = struct.pack(CARD, name.encode()[:15])
                answer = bytes(fcntl.ioctl(probe.fileno(), SIOCGIFADDR, asked))
            except OSError:  # no address
                continue
            found.append(socket.inet_ntoa(answer[20:24]))
    return found or _of_own_name()


def _of_own_name() -> list[str]:
    try:
        return socket.gethostbyname_ex(socket.gethostname())[2]
    except OSError:
        return []
