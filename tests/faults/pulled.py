"""Pulled: a stick that is taken out at the n-th operation on it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

# Operations that touch the stick: after the n-th of them none works any more.
_TOUCHING = frozenset({"open", "mkdir", "read", "fsync", "replace", "unlink", "stat", "fdopen"})


class PulledOs:
    """The module ``os`` as a stick sees it; ``done`` counts the operations."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.done = 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in _TOUCHING:
            return real

        def touch(*args: Any, **named: Any) -> Any:
            self.done += 1
            if self.done > self.after:
                if name == "fsync" and self.done == self.after + 1:
                    os.ftruncate(args[0], os.fstat(args[0]).st_size // 2) if _file(args) else 0
                raise OSError(errno.EIO, "pulled")
            return real(*args, **named)

        return touch


def _file(args: tuple[Any, ...]) -> bool:
    import stat

    return stat.S_ISREG(os.fstat(args[0]).st_mode)


@contextmanager
def pulled(after: int) -> Iterator[PulledOs]:
    """The stick is pulled after so many steps, in the block."""
    shim = PulledOs(after)
    with patch("content.transfer.confined_folder.os", shim):
        yield shim
