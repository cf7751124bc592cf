"""Passwords that cost little to check, for tests that are about something else than guessing them.

A stored hash names its own cost (``sync.secrets``). So the product's own code makes and checks
these; only the cost is small.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sync import secrets


@contextmanager
def secrets_cost_little() -> Iterator[None]:
    """Hashes made of passwords while the block runs cost almost nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "_MEMORY_KIB", 64)
        patch.setattr(secrets, "_PASSES", 1)
        yield


def quick_secret(text: str) -> str:
    """As ``hash_secret``."""
    with secrets_cost_little():
        return secrets.hash_secret(text)
