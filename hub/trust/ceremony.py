"""Ceremony: changes of who is trusted, signed with keys that are kept elsewhere.

A change is a draft: new metadata of ``root``, of ``targets`` or of both. Holders of root keys add
signatures, here or on another machine. With enough of them the hub takes the draft and signs what
follows from it. Stations go from the old root to the new one by themselves.
"""

import json
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import DelegatedRole, Metadata, Root, Signed, Targets

from content.transfer.releases import HEADQUARTERS, PIECE, ROOT, SNAPSHOT, TARGETS, TIMESTAMP
from hub.errors import TrustRefused
from hub.store import releases
from hub.trust import keys, repository
from hub.trust.repository import ROOT_DAYS, days_from
from sync.signing import SigningKey, VerifyKey

FORMAT = "xuezhan-trust-draft-1"
DRAFT_FILE = "draft.json"
MAX_DRAFT_BYTES = 500_000
MOST_KEYS = 15


@dataclass(frozen=True, slots=True)
class MetadataDraft:
    """New metadata that still collects signatures; None: this part does not change."""

    root: Metadata[Root] | None
    targets: Metadata[Targets] | None

    def text(self) -> str:
        """The draft as a file."""
        values = {
            "format": FORMAT,
            ROOT: self.root.to_dict() if self.root else None,
            TARGETS: self.targets.to_dict() if self.targets else None,
        }
        return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def read_draft(raw: bytes) -> MetadataDraft:
    """The draft in a file; nothing in it is trusted yet.

    Raises:
        TrustRefused: it is not a draft.
    """
    try:
        values = json.loads(raw)
        if values["format"] != FORMAT:
            raise TrustRefused("no draft of ours")
        root, targets = values[ROOT], values[TARGETS]
        return MetadataDraft(
            Metadata[Root].from_dict(root) if root else None,
            Metadata[Targets].from_dict(targets) if targets else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, RepositoryError) as e:
        raise TrustRefused(f"no draft of ours: {type(e).__name__}") from e


def with_root_keys(
    connection: Connection, publics: Sequence[VerifyKey], threshold: int, now: int
) -> MetadataDraft:
    """From now on ``threshold`` of these keys sign root and delegations.

    Raises:
        TrustRefused: too few keys for ``threshold``, too many, or one is named twice.
    """
    if not 1 <= threshold <= len(publics) <= MOST_KEYS or len(set(publics)) != len(publics):
        raise TrustRefused(f"{threshold} of {len(publics)} keys cannot be")
    root, targets = _copies(connection, now)
    for role in (ROOT, TARGETS):
        for keyid in list(root.roles[role].keyids):
            root.revoke_key(keyid, role)
        for public in publics:
            root.add_key(keys.tuf_key(public), role)
        root.roles[role].threshold = threshold
    return MetadataDraft(Metadata(root), Metadata(targets))


def with_online_key(connection: Connection, public: VerifyKey, now: int) -> MetadataDraft:
    """From now on another key signs daily work."""
    root, targets = _copies(connection, now)
    new = keys.tuf_key(public)
    for role in (SNAPSHOT, TIMESTAMP):
        for keyid in list(root.roles[role].keyids):
            root.revoke_key(keyid, role)
        root.add_key(new, role)
    for keyid in list(_roles(targets)[HEADQUARTERS].keyids):
        targets.revoke_key(keyid, HEADQUARTERS)
    targets.add_key(new, HEADQUARTERS)
    return MetadataDraft(Metadata(root), Metadata(targets))


def with_province(
    connection: Connection, role: str, courses: str, public: VerifyKey, now: int
) -> MetadataDraft:
    """From now on only this key releases courses whose ids match ``courses``.

    Raises:
        TrustRefused: the name is taken or not valid.
    """
    _root, targets = _copies(connection, now)
    roles, key = _roles(targets), keys.tuf_key(public)
    if role in roles or role in (ROOT, TARGETS, SNAPSHOT, TIMESTAMP, "online"):
        raise TrustRefused(f"there is a role {role!r} already")
    if not PIECE.fullmatch(f"1.{role}") or "-" in role or "/" in courses:
        raise TrustRefused(f"{role!r} for {courses!r}: letters and digits, and one pattern of ids")
    last = roles.pop(HEADQUARTERS)
    roles[role] = DelegatedRole(role, [key.keyid], 1, True, [f"courses/{courses}/*"])
    roles[HEADQUARTERS] = last  # the first match decides
    if targets.delegations is not None:
        targets.delegations.keys[key.keyid] = key
    return MetadataDraft(None, Metadata(targets))


def without_province(connection: Connection, role: str, now: int) -> MetadataDraft:
    """Headquarters itself releases the courses of this role again.

    Raises:
        TrustRefused: there is no such role.
    """
    _root, targets = _copies(connection, now)
    if role == HEADQUARTERS or role not in _roles(targets):
        raise TrustRefused(f"no province releases as {role!r}")
    for keyid in list(_roles(targets)[role].keyids):
        targets.revoke_key(keyid, role)
    del _roles(targets)[role]
    return MetadataDraft(None, Metadata(targets))


def with_later_dates(connection: Connection, now: int) -> MetadataDraft:
    """Everything as it is, for another three years."""
    root, targets = _copies(connection, now)
    return MetadataDraft(Metadata(root), Metadata(targets))


def sign(draft: MetadataDraft, with_keys: Iterable[SigningKey]) -> None:
    """Add a signature of each of these keys to every part of the draft."""
    for signer in keys.signers(with_keys):
        for part in (draft.root, draft.targets):
            if part is not None:
                part.sign(signer, append=True)


def missing(draft: MetadataDraft, current: Root) -> int:
    """How many signatures the draft lacks, in the part that lacks most."""
    lack, root = [0], current
    if draft.root is not None:
        root, metadata = draft.root.signed, draft.root
        both = root.get_root_verification_result(
            current, metadata.signed_bytes, metadata.signatures
        )
        lack += [both.first.missing, both.second.missing]
    if draft.targets is not None:
        part = draft.targets
        result = root.get_verification_result(TARGETS, part.signed_bytes, part.signatures)
        lack.append(result.missing)
    return max(lack)


def current_root(connection: Connection) -> Root:
    """The root that is valid now.

    Raises:
        TrustRefused: this hub has none.
    """
    stored = releases.newest(connection, ROOT)
    if stored is None:
        raise TrustRefused("this hub signs no releases yet")
    return Metadata[Root].from_bytes(stored.bytes).signed


def commit(connection: Connection, folder: Path, draft: MetadataDraft, now: int) -> list[str]:
    """Take a signed draft and sign what follows; returns the courses whose key is away.

    Raises:
        TrustRefused: signatures are missing, or it was made for another state.
    """
    releases.lock(connection)
    before, top = current_root(connection), releases.newest(connection, TARGETS)
    try:
        lack = missing(draft, before)
    except (ValueError, RepositoryError) as error:
        raise TrustRefused(f"made for another state: {error}") from error
    if lack:
        raise TrustRefused(f"{lack} more signatures are needed")
    if draft.root is not None:
        repository.keep(connection, ROOT, draft.root)
    if draft.targets is not None:
        if top is not None and draft.targets.signed.version <= top.version:
            raise TrustRefused("made for another state: delegations were changed since")
        repository.keep(connection, TARGETS, draft.targets)
    _take_online_key(connection, folder, now)
    _begin_provinces(connection, folder, now)
    away = repository.release_all(connection, folder, now)
    repository.close_with(connection, folder, now)
    if draft.root is not None:
        repository.announce_again(connection)
    return away


def archive(folder: Path, draft: MetadataDraft) -> None:
    """Remove the unlocked root key from this machine when the root has other keys. After commit."""
    file = folder / keys.ROOT_FILE
    if draft.root is not None and file.exists():
        if keys.tuf_key(keys.read_public(file)).keyid not in draft.root.signed.roles[ROOT].keyids:
            file.unlink()


def _take_online_key(connection: Connection, folder: Path, now: int) -> None:
    """If there is a new online key, sign with it all that the old one signed."""
    next_file = folder / keys.NEXT_FILE
    online = current_root(connection).roles[SNAPSHOT].keyids
    if next_file.exists() and keys.tuf_key(keys.read_public(next_file)).keyid in online:
        next_file.replace(folder / keys.ONLINE_FILE)
        key = keys.online(folder)
        repository.begin(connection, HEADQUARTERS, key, now)


def _begin_provinces(connection: Connection, folder: Path, now: int) -> None:
    """Make metadata of provinces whose key is here, if it has signed none yet."""
    held, top = keys.in_the_open(folder), releases.newest(connection, TARGETS)
    if top is None:
        return
    for name, role in _roles(Metadata[Targets].from_bytes(top.bytes).signed).items():
        key = next((held[keyid] for keyid in role.keyids if keyid in held), None)
        if key is not None:
            repository.begin(connection, name, key, now)


def _copies(connection: Connection, now: int) -> tuple[Root, Targets]:
    """Copies of root and delegations to change: the next versions, valid for the full time."""
    root, top = deepcopy(current_root(connection)), releases.newest(connection, TARGETS)
    if top is None:
        raise TrustRefused("this hub signs no releases yet")
    targets = Metadata[Targets].from_bytes(top.bytes).signed
    root.version += 1
    targets.version = max(targets.version + 1, now)
    for signed in (root, targets):
        _prolong(signed, now)
    return root, targets


def _prolong(signed: Signed, now: int) -> None:
    signed.expires = days_from(now, ROOT_DAYS)


def _roles(targets: Targets) -> dict[str, DelegatedRole]:
    delegations = targets.delegations
    return delegations.roles if delegations is not None and delegations.roles is not None else {}
