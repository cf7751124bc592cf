"""The way back: where a browser may be sent that named the address itself. Never another site."""

from urllib.parse import urlsplit


def own_path(address: str | None, host: str = "", otherwise: str = "/") -> str:
    """The path and query of an address of ours; ``otherwise`` for anything that leads elsewhere.

    ``host`` is ours, as the browser names it. A path in which two slashes begin, or a backslash
    that browsers read as one, would name another host.
    """
    try:
        parts = urlsplit(address or "")
    except ValueError:  # no address at all, like "//["
        return otherwise
    if parts.netloc not in ("", host) or not parts.path.startswith("/"):
        return otherwise
    if parts.path.startswith("//") or "\\" in parts.path:
        return otherwise
    return parts.path + (f"?{parts.query}" if parts.query else "")
