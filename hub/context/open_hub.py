"""Hub: what every part of the hub is given — settings, database, key, course files.

``create`` makes a data folder once, ``open_hub`` opens it; nothing here is global.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Engine

from content.transfer.blobs import BlobStore
from content.transfer.delta.patch import PatchStore
from content.transfer.key_files import write_secret
from hub import config
from hub.config import Config
from hub.context import keyring
from hub.context.content_source import ContentSource
from hub.context.course_rules import RuleBook
from hub.context.failures import FailureLog
from hub.context.keyring import KeyRing
from hub.context.visit_schedule import Capacity, VisitSchedule
from hub.errors import AlreadyInitialised, DatabaseEmpty, NotInitialised, RestoreUnfinished
from hub.rights import Role
from hub.store import audit, courses, engine, releases, roles, units, users
from hub.store.engine import reading, writing
from hub.store.roles import HeldRole
from hub.store.units import Unit
from sync.secrets import hash_secret, random_token
from sync.signing import SigningKey

ADMIN = "admin"
# Beside a hub's files while a backup takes their place (``hub.operations.restore``).
RESTORING = "restoring"


def unix_now() -> int:
    """This machine's clock in whole seconds."""
    return int(time.time())


@dataclass(frozen=True, slots=True)
class Hub:
    """An open hub. ``now`` is a parameter so that tests can hold the clock."""

    config: Config
    engine: Engine
    ring: KeyRing
    blobs: BlobStore
    rules: RuleBook
    slots: VisitSchedule
    delivery: ContentSource
    failures: FailureLog
    now: Callable[[], int] = field(default=unix_now)

    @property
    def key(self) -> SigningKey:
        """The key that signs now."""
        return self.ring.current

    def close(self) -> None:
        """Give the database connections back."""
        self.engine.dispose()


def create(settings: Config, now: Callable[[], int] = unix_now) -> str:
    """Make a hub in ``settings.data`` and return the administrator's first password.

    Raises:
        AlreadyInitialised: there is one; nothing is changed.
        RestoreUnfinished: one was on its way there; nothing is changed.
        DatabaseNewer: the database has tables of a newer release; nothing is changed.
    """
    if (settings.data / RESTORING).exists():
        raise RestoreUnfinished(str(settings.data))
    if settings.key_file.exists():
        raise AlreadyInitialised(str(settings.data))
    database = engine.open_engine(settings.database_url, settings.threads)
    engine.revision(database)
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.data.chmod(0o700)
    password = random_token(9)
    try:
        engine.migrate(database)
        with writing(database) as connection:
            top = units.root(connection) or units.add_root(connection, settings.headquarters)
            _make_administrator(connection, top, password)
            audit.note(connection, now(), "system", "init", folder=str(settings.data))
            _make_trust(connection, settings, now())
    finally:
        database.dispose()
    write_secret(settings.cookie_file, os.urandom(32))
    # Last, because the key's file marks the hub as complete.
    write_secret(settings.key_file, SigningKey.generate().to_bytes())
    return password


def _make_administrator(connection: Connection, top: Unit, password: str) -> None:
    """The first account; in a database that has it already, with this password from now on."""
    known = users.by_name(connection, ADMIN)
    if known is None:
        user_id = users.add(connection, ADMIN, hash_secret(password), must_change=True)
    else:
        user_id = known.id
        users.put(
            connection, user_id, password=hash_secret(password), must_change=True, active=True
        )
    roles.put(connection, user_id, [HeldRole(Role.ADMINISTRATOR, top)])


def open_hub(data: Path, now: Callable[[], int] = unix_now) -> Hub:
    """The hub in ``data``, its tables brought to this release.

    Raises:
        NotInitialised: there is none.
        BadSetting: its ``hub.toml`` is wrong.
        RestoreUnfinished: what lies there is half one hub and half another.
        DatabaseNewer, DatabaseEmpty: the database is not this hub's, or not this release's.
    """
    if (data / RESTORING).exists():
        raise RestoreUnfinished(str(data))
    settings = config.load(data)
    if not settings.key_file.exists():
        raise NotInitialised(str(data))
    ring = keyring.load(settings.key_file, settings.keys)
    database = engine.open_engine(settings.database_url, settings.threads)
    if engine.revision(database) is None:
        raise DatabaseEmpty(str(data), database.url.render_as_string())
    engine.migrate(database)
    with reading(database) as connection:
        unsigned = bool(courses.every(connection)) and not releases.newest(connection, "root")
    if unsigned:  # published before this hub signed releases
        from hub.trust import repository

        with writing(database) as connection:
            repository.adopt(connection, settings.trust, now())
    blobs = BlobStore(settings.blobs, settings.uploads)
    capacity = Capacity(
        settings.capacity_per_s, settings.again_s,
        settings.again_s * settings.again_spread_percent // 100,
        settings.evening_from_h, settings.evening_to_h,
    )  # fmt: skip
    rules, slots = RuleBook(blobs, ring.publics), VisitSchedule(capacity)
    delivery = ContentSource(blobs, PatchStore(settings.patches))
    failures = FailureLog(settings.data)
    return Hub(settings, database, ring, blobs, rules, slots, delivery, failures, now)


def _make_trust(connection: Connection, settings: Config, now: int) -> None:
    from hub.trust import repository  # not needed by most commands

    repository.make(connection, settings.trust, now)


def rotate_key(hub: Hub, by: str) -> KeyRing:
    """Hand over to a new key; a running hub uses the old one until it is restarted."""
    ring = hub.ring.hand_over(hub.config.keys)
    generation, key = len(ring.keys) - 1, ring.current.public.fingerprint()
    with writing(hub.engine) as connection:
        audit.note(connection, hub.now(), by, "key rotate", generation=generation, key=key)
    return ring


def cookie_key(settings: Config) -> bytes:
    """The secret that signs browsers' cookies."""
    return settings.cookie_file.read_bytes()
