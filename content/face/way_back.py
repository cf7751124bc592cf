"""The way back: a redirect to an address that the browser named itself; never to another site."""

from urllib.parse import urlsplit


def own_path(address: str | None, host: str = "", otherwise: str = "/") -> str:
    """The path and query of an address of ours; ``otherwise`` for anything that leads elsewhere.

    ``host`` is ours, as the browser names it. A path that begins with two slashes would name
    another host; so may a backslash, which browsers read as a slash.
    """
    try:
        parts = urlsplit(address or "")
    except ValueError:  # not an address, like "//["
        return otherwise
    if parts.netloc not in ("", host) or not parts.path.startswith("/"):
        return otherwise
    if parts.path.startswith("//") or "\\" in parts.path:
        return otherwise
    return parts.path + (f"?{parts.query}" if parts.query else "")
