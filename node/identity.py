"""The node's signing key: one file, readable by its owner only."""

from __future__ import annotations

import os
from pathlib import Path

from node.errors import NotJoined
from sync.signing import SigningKey

FILE = "node.key"


def load_key(data: Path) -> SigningKey:
    """The key of this node.

    Raises:
        NotJoined: there is none yet.
    """
    try:
        return SigningKey.from_bytes((data / FILE).read_bytes())
    except FileNotFoundError:
        raise NotJoined(str(data)) from None


def make_key(data: Path) -> SigningKey:
    """The key of this node, made now if there is none. On disk when this returns."""
    data.mkdir(parents=True, exist_ok=True)
    path = data / FILE
    if path.exists():
        return load_key(data)
    key = SigningKey.generate()
    part = data / (FILE + ".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(key.to_bytes())
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)
    return key
