"""Pulled: a stick that is taken out at the n-th thing that is done with it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

# What touches the stick: after the n-th of these none works any more.
_TOUCHING = frozenset({"open", "mkdir", "read", "fsync", "replace", "unlink", "stat", "fdopen"})


class PulledOs:
    """The module ``os`` as a stick sees it; ``done`` counts what was done with it."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.done = 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in _TOUCHING:
            return real

        def touch(*given: Any, **named: Any) -> Any:
            self.done += 1
            if self.done > self.after:
                if name == "fsync" and self.done == self.after + 1:
                    os.ftruncate(given[0], os.fstat(given[0]).st_size // 2) if _file(given) else 0
                raise OSError(errno.EIO, "pulled")
            return real(*given, **named)

        return touch


def _file(given: tuple[Any, ...]) -> bool:
    import stat

    return stat.S_ISREG(os.fstat(given[0]).st_mode)


@contextmanager
def pulled(after: int) -> Iterator[PulledOs]:
    """The stick is pulled after so many steps, in the block."""
    shim = PulledOs(after)
    with patch("content.transfer.confined_folder.os", shim):
        yield shim
