"""Courier: all of the node's traffic with the hub (SPEC.md §8), when and how it is carried."""

from __future__ import annotations

from dataclasses import dataclass

from content.blobs import BlobStore
from node.clock import Clock
from node.config import Config
from node.store.db import Store


@dataclass(frozen=True, slots=True)
class CourierState:
    """How the last sync went."""

    ok: bool = False
    last_sync_at: int = 0
    words: str = ""


class Courier:
    """Carries records out and orders in."""

    def __init__(self, config: Config, store: Store, clock: Clock, blobs: BlobStore) -> None:
        self.config = config
        self.store = store
        self.clock = clock
        self.blobs = blobs
        self.state = CourierState()

    def start(self) -> None:
        """Begin to sync by itself."""

    def stop(self) -> None:
        """Stop syncing."""
