"""Passwords and releases that cost little, for tests that are about something else.

A stored hash names its own cost (``sync.secrets``), and the metadata of releases how many parts
they have (``hub.trust.repository``). So the product's own code makes and checks these; only the
cost is small. Programs that a test starts keep the true cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hub.trust import repository
from sync import secrets


@contextmanager
def secrets_cost_little() -> Iterator[None]:
    """Hashes made of passwords while the block runs cost almost nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "_MEMORY_KIB", 64)
        patch.setattr(secrets, "_PASSES", 1)
        yield


@contextmanager
def releases_cost_little() -> Iterator[None]:
    """Hubs made while the block runs sign their releases in four parts, not 128."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repository, "HEADQUARTERS_BITS", 2)
        yield


def quick_secret(text: str) -> str:
    """As ``hash_secret``."""
    with secrets_cost_little():
        return secrets.hash_secret(text)
