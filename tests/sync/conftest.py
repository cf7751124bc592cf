"""Fixtures of the protocol: fixed keys and a station's records."""

from __future__ import annotations

import random

import pytest

from sync.records import Record
from sync.signing import SigningKey
from tests.sync.records import some_records

NODE_KEY = SigningKey.from_bytes(bytes(range(32)))
HUB_KEY = SigningKey.from_bytes(bytes(range(32, 64)))


@pytest.fixture
def node_key() -> SigningKey:
    return NODE_KEY


@pytest.fixture
def hub_key() -> SigningKey:
    return HUB_KEY


@pytest.fixture
def records() -> tuple[Record, ...]:
    return tuple(some_records(random.Random(7), 120))
