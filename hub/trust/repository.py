"""Repository: the signed metadata of all releases, kept in the database (content/SPEC.md §8).

Everything here is done with the online key, in the transaction of the change it belongs to. What
needs the root keys is in ``hub.trust.ceremony``. Versions are times, so that a hub restored from a
backup signs higher versions than before; only roots count one by one.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Role,
    Root,
    Signed,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from content.transfer.releases import (
    HEADQUARTERS,
    ROOT,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    choose,
    pack_bundle,
    release_bytes,
    release_path,
    roles_for,
)
from hub import orders
from hub.errors import KeyAway
from hub.store import courses, releases, units
from hub.store import orders as stored_orders
from hub.store.releases import StoredMetadata
from hub.trust import keys
from sync.signing import SigningKey

DAY_S = 86_400
# A stick may travel for a month; an attacker on the line can keep a station on old releases no
# longer than that.
TIMESTAMP_DAYS = 30
SNAPSHOT_DAYS = 180
# Signed again after half of it: by the hub or, if a province keeps its key, with its next release.
RELEASES_DAYS = 730
# Root keys are taken from the safe once in three years; people are told in good time.
ROOT_DAYS = 1_095
# 128 bins of headquarters, 16 of a province: a station fetches about 3 kB for one course even with
# 5,000 releases (docs/decisions, releases under TUF).
HEADQUARTERS_BITS, PROVINCE_BITS = 7, 4
# The newest and the one before: a station that has just heard of the older one still gets it.
KEPT_VERSIONS = 2
ALL_COURSES = "courses/*/*"

_COMPACT = JSONSerializer(compact=True)


class DatabaseMetadata:
    """The metadata in the database, as ``content.transfer.releases`` needs it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def root(self, version: int) -> bytes | None:
        """The root of one version."""
        return releases.root(self._connection, version)

    def role(self, name: str) -> tuple[int, bytes] | None:
        """The newest metadata of a role."""
        stored = releases.newest(self._connection, name)
        return (stored.version, stored.bytes) if stored else None


def make(connection: Connection, folder: Path, now: int) -> bool:
    """Make keys and the first metadata; does nothing and returns False if there is metadata."""
    if releases.newest(connection, ROOT) is not None:
        return False
    top, online = keys.own(folder / keys.ROOT_FILE), keys.own(folder / keys.ONLINE_FILE)
    top_key, online_key = keys.tuf_key(top.public), keys.tuf_key(online.public)
    root = Root(version=1, expires=days_from(now, ROOT_DAYS), consistent_snapshot=True)
    for role in (ROOT, TARGETS):
        root.add_key(top_key, role)
    for role in (SNAPSHOT, TIMESTAMP):
        root.add_key(online_key, role)
    put(connection, ROOT, root, [top])
    last = DelegatedRole(HEADQUARTERS, [online_key.keyid], 1, False, [ALL_COURSES])
    delegations = Delegations({online_key.keyid: online_key}, {HEADQUARTERS: last})
    targets = Targets(now, expires=days_from(now, ROOT_DAYS), delegations=delegations)
    put(connection, TARGETS, targets, [top])
    put(connection, HEADQUARTERS, releasing(HEADQUARTERS, online, now), [online])
    _close(connection, online, now)
    return True


def release(
    connection: Connection, folder: Path, now: int, course: str, version: int, manifest: str,
    province_key: SigningKey | None = None,
) -> None:  # fmt: skip
    """Sign that ``manifest`` is this version of the course, in the caller's transaction.

    Call it before the caller's orders: the first release adds the order of the root.

    Raises:
        KeyAway: the course is a province's, and its key is neither here nor ``province_key``.
    """
    releases.lock(connection)
    make(connection, folder, now)
    _announce(connection)
    path = release_path(course, version)
    target = TargetFile.from_data(path, release_bytes(manifest), ["sha256"])
    role, *bins = roles_for(DatabaseMetadata(connection), path)
    there = releases.newest(connection, bins[0]) if bins else None
    begun = _is_signed(connection, role, _role_of(connection, role).keyids)
    if begun and there is not None and _targets(there).targets.get(path) == target:
        return
    key = _key_of(connection, folder, role, course, province_key)
    begin(connection, role, key, now)
    bin_name = roles_for(DatabaseMetadata(connection), path)[1]
    if there is None:
        _make_bins(connection, role, key, now)
    _change(connection, bin_name, key, now, add=target)
    older = [old for old in courses.versions(connection, course) if old < version]
    for old in older[: 1 - KEPT_VERSIONS]:
        path = release_path(course, old)
        _change(connection, roles_for(DatabaseMetadata(connection), path)[-1], key, now, drop=path)
    _close(connection, keys.online(folder), now)


def adopt(connection: Connection, folder: Path, now: int) -> None:
    """Sign what a hub published before it signed releases; does nothing if it signs already."""
    if releases.newest(connection, ROOT) is not None:
        return
    release_all(connection, folder, now)


def release_all(connection: Connection, folder: Path, now: int) -> list[str]:
    """Sign all releases that are unsigned or signed by the wrong role.

    Returns the courses whose key is away.
    """
    away = []
    for course in courses.every(connection):
        for version in courses.versions(connection, course.id)[-KEPT_VERSIONS:]:
            manifest = courses.manifest_of(connection, course.id, version)
            try:
                if manifest is not None:
                    release(connection, folder, now, course.id, version, manifest)
            except KeyAway:
                away.append(course.id)
                break
    return away


def is_due(connection: Connection, now: int) -> bool:
    """Whether something must be signed again before a node gets it."""
    stamp = releases.newest(connection, TIMESTAMP)
    return stamp is not None and stamp.expires - now < (TIMESTAMP_DAYS - 1) * DAY_S


def renew(connection: Connection, folder: Path, now: int) -> None:
    """Sign today's timestamp, and all that is past half its time and whose key is here."""
    releases.lock(connection)
    if not is_due(connection, now):
        return
    held = keys.in_the_open(folder)
    for stored in releases.all_newest(connection):
        life = ROOT_DAYS if stored.role in (ROOT, TARGETS) else RELEASES_DAYS
        if stored.role in (SNAPSHOT, TIMESTAMP) or stored.expires - now > life * DAY_S // 2:
            continue
        resign(connection, stored, held.values(), now)
    _close(connection, keys.online(folder), now)


def sign_anew(connection: Connection, folder: Path, now: int, *, above: bool = False) -> list[str]:
    """Sign everything again whose keys are here; returns the roles whose keys are not.

    ``above``: also what the root keys sign.
    """
    if releases.newest(connection, ROOT) is None:
        return []
    releases.lock(connection)
    held, left = keys.in_the_open(folder), []
    for stored in releases.all_newest(connection):
        if stored.role in (SNAPSHOT, TIMESTAMP) or (stored.role in (ROOT, TARGETS) and not above):
            continue
        if not resign(connection, stored, held.values(), now):
            left.append(stored.role)
    close_with(connection, folder, now)
    return left


def resign(
    connection: Connection, stored: StoredMetadata, with_keys: Iterable[SigningKey], now: int
) -> bool:
    """Sign the same metadata again for a new time; False when too few of its keys are here."""
    able = [
        key for key in with_keys if keys.tuf_key(key.public).keyid in _asked(connection, stored)
    ]
    if len(able) < _role_of(connection, stored.role).threshold:
        return False
    signed = Metadata[Any].from_bytes(stored.bytes).signed
    signed.version = stored.version + 1 if stored.role == ROOT else max(stored.version + 1, now)
    days = ROOT_DAYS if stored.role in (ROOT, TARGETS) else RELEASES_DAYS
    signed.expires = days_from(now, days)
    put(connection, stored.role, signed, able)
    return True


def bundle(connection: Connection, have: dict[str, int], want: Sequence[str]) -> bytes:
    """The metadata that a client lacks if it has ``have`` and wants ``want`` (§8.4)."""
    return pack_bundle(choose(DatabaseMetadata(connection), have, want))


def begin(connection: Connection, role: str, key: SigningKey, now: int) -> None:
    """Sign the metadata of a releasing role, and of all its bins, with this key."""
    if _is_signed(connection, role, [keys.tuf_key(key.public).keyid]):
        return
    there, targets = releases.newest(connection, role), releasing(role, key, now)
    targets.version = max(now, there.version + 1 if there else 1)
    put(connection, role, targets, [key])
    for stored in releases.all_newest(connection):
        if stored.role.rpartition("-")[0] == role:
            resign(connection, stored, [key], now)


def _is_signed(connection: Connection, role: str, keyids: Iterable[str]) -> bool:
    there = releases.newest(connection, role)
    signatures = Metadata[Any].from_bytes(there.bytes).signatures if there else {}
    return any(keyid in signatures for keyid in keyids)


def releasing(role: str, key: SigningKey, now: int) -> Targets:
    """Metadata of a role that releases courses: it delegates everything to its bins."""
    public = keys.tuf_key(key.public)
    bits = HEADQUARTERS_BITS if role == HEADQUARTERS else PROVINCE_BITS
    return Targets(now, expires=days_from(now, RELEASES_DAYS), delegations=Delegations(
        {public.keyid: public}, None, SuccinctRoles([public.keyid], 1, bits, role)
    ))  # fmt: skip


def put(connection: Connection, role: str, signed: Signed, with_keys: Iterable[SigningKey]) -> None:
    """Sign metadata and keep it."""
    metadata: Metadata[Any] = Metadata(signed)
    for signer in keys.signers(with_keys):
        metadata.sign(signer, append=True)
    keep(connection, role, metadata)


def keep(connection: Connection, role: str, metadata: Metadata[Any]) -> None:
    """Keep signed metadata."""
    expires = int(metadata.signed.expires.timestamp())
    raw = metadata.to_bytes(_COMPACT)
    releases.put(connection, StoredMetadata(role, metadata.signed.version, raw, expires))


def announce_again(connection: Connection) -> None:
    """Give the newest root to stations that join from now on; the others reach it by themselves."""
    root, top = releases.newest(connection, ROOT), units.root(connection)
    if root is not None and top is not None:
        stored_orders.put(connection, [orders.trust(top, root.bytes)])


def close_with(connection: Connection, folder: Path, now: int) -> None:
    """Sign snapshot and timestamp, after something below them changed."""
    _close(connection, keys.online(folder), now)


def _announce(connection: Connection) -> None:
    if not stored_orders.of_kind(connection, orders.TRUST, [ROOT]):
        announce_again(connection)


def _make_bins(connection: Connection, role: str, key: SigningKey, now: int) -> None:
    """Make all bins at once: the snapshot then names them, and never loses one."""
    stored = releases.newest(connection, role)
    delegations = _targets(stored).delegations if stored else None
    if delegations is None or delegations.succinct_roles is None:
        raise KeyAway(role, "")
    for name in delegations.succinct_roles.get_roles():
        put(connection, name, Targets(now, expires=days_from(now, RELEASES_DAYS)), [key])


def _change(
    connection: Connection, role: str, key: SigningKey, now: int,
    add: TargetFile | None = None, drop: str = "",
) -> None:  # fmt: skip
    stored = releases.newest(connection, role)
    if stored is None:
        return
    signed = _targets(stored)
    if add is None and drop not in signed.targets:
        return
    signed.targets.pop(drop, None)
    if add is not None:
        signed.targets[add.path] = add
    signed.version, signed.expires = max(stored.version + 1, now), days_from(now, RELEASES_DAYS)
    put(connection, role, signed, [key])


def _close(connection: Connection, online: SigningKey, now: int) -> None:
    """Sign snapshot and timestamp: both of now, with higher versions than all before."""
    stored, stamp = releases.newest(connection, SNAPSHOT), releases.newest(connection, TIMESTAMP)
    meta = {
        f"{role}.json": MetaFile(number)
        for role, number in sorted(releases.versions(connection).items())
        if role not in (ROOT, SNAPSHOT, TIMESTAMP)
    }
    version = max(stored.version + 1, now) if stored else now
    snapshot = Snapshot(version, expires=days_from(now, SNAPSHOT_DAYS), meta=meta)
    put(connection, SNAPSHOT, snapshot, [online])
    stamped = max(stamp.version + 1, now) if stamp else now
    put(connection, TIMESTAMP, Timestamp(
        stamped, expires=days_from(now, TIMESTAMP_DAYS), snapshot_meta=MetaFile(version)
    ), [online])  # fmt: skip


def _key_of(
    connection: Connection, folder: Path, role: str, course: str, province_key: SigningKey | None
) -> SigningKey:
    """The key that signs for a role: ``province_key``, or an unlocked one on this machine."""
    held = keys.in_the_open(folder)
    if province_key is not None:
        held[keys.tuf_key(province_key.public).keyid] = province_key
    for keyid in _role_of(connection, role).keyids:
        if keyid in held:
            return held[keyid]
    raise KeyAway(role, course)


def _asked(connection: Connection, stored: StoredMetadata) -> Sequence[str]:
    return _role_of(connection, stored.role).keyids


def _role_of(connection: Connection, name: str) -> Role:
    """Whose signatures a role's metadata needs."""
    root = releases.newest(connection, ROOT)
    top = releases.newest(connection, TARGETS)
    if name in (ROOT, TARGETS, SNAPSHOT, TIMESTAMP) and root is not None:
        return Metadata[Root].from_bytes(root.bytes).signed.roles[name]
    delegations = _targets(top).delegations if top else None
    roles = delegations.roles if delegations and delegations.roles else {}
    # The keys of a role also sign its bins.
    owner = name if name in roles else name.rpartition("-")[0]
    return roles[owner] if owner in roles else Role([], 1)


def _targets(stored: StoredMetadata) -> Targets:
    return Metadata[Targets].from_bytes(stored.bytes).signed


def days_from(now: int, count: int) -> datetime:
    """The time so many days after ``now``."""
    return datetime.fromtimestamp(now + count * DAY_S, UTC)
