"""Report: who may release what, where the keys are, until when; for people at the hub."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from tuf.api.metadata import Key, Metadata, Root, Targets

from content.releases import HEADQUARTERS, ROOT, SNAPSHOT, TARGETS, TIMESTAMP
from hub.machine import Hub
from hub.store import releases
from hub.store.engine import reading
from hub.trust import keys
from hub.trust.ceremony import Draft
from sync.signing import SigningKey, VerifyKey

DAY_S = 86_400
# The safe may be far away, and the one who has its key on leave.
WARN_DAYS = 180


def lines(hub: Hub) -> list[str]:
    """All of it."""
    with reading(hub.engine) as connection:
        held = {one.role: one for one in releases.all_newest(connection)}
    if ROOT not in held:
        return ["还没有发布过 / nothing is released yet"]
    root = Metadata[Root].from_bytes(held[ROOT].bytes).signed
    targets = Metadata[Targets].from_bytes(held[TARGETS].bytes).signed
    here = keys.in_the_open(hub.config.trust)
    found = [*_root(root, here), *_roles(targets, here)]
    for role in (ROOT, TARGETS, SNAPSHOT, TIMESTAMP, HEADQUARTERS):
        found.append(f"{role:10} v{held[role].version}   有效至 / until {_day(held[role].expires)}")
    return found + warnings(hub, root, held, here)


def show(draft: Draft) -> list[str]:
    """What a draft would change, for those who sign it."""
    found = []
    if draft.root is not None:
        root = draft.root.signed
        found.append(f"root v{root.version}")
        found += _root(root, {})
    if draft.targets is not None:
        found.append(f"targets v{draft.targets.signed.version}")
        found += _roles(draft.targets.signed, {})
    return found


def warnings(
    hub: Hub,
    root: Root,
    held: Mapping[str, releases.Stored],
    here: Mapping[str, SigningKey],
) -> list[str]:
    """What people should do about it."""
    found = []
    if any(keyid in here for keyid in root.roles[ROOT].keyids):
        found.append(
            "! 根密钥没有加密，就在枢纽上：请执行 xuezhan-hub trust init U盘 / "
            "a root key lies open on the hub: xuezhan-hub trust init STICK"
        )
    for role, one in held.items():
        if one.expires - hub.now() < WARN_DAYS * DAY_S and role in (ROOT, TARGETS):
            found.append(
                f"! {role} 在 {_day(one.expires)} 过期：请拿根密钥执行 xuezhan-hub trust renew / "
                f"expires: fetch the root keys and renew"
            )
    if (Path(hub.config.trust) / "draft.json").exists():
        found.append("! 有一份草案等签名 / a draft waits for signatures: xuezhan-hub trust sign")
    return found


def _root(root: Root, here: Mapping[str, SigningKey]) -> Iterator[str]:
    role = root.roles[ROOT]
    yield f"根密钥 / root keys: {role.threshold} / {len(role.keyids)}"
    for keyid in role.keyids:
        yield f"  {_named(root.keys[keyid])}   {_where(keyid, here)}"
    for keyid in root.roles[SNAPSHOT].keyids:
        yield f"在线密钥 / online key: {_named(root.keys[keyid])}   {_where(keyid, here)}"


def _roles(targets: Targets, here: Mapping[str, SigningKey]) -> Iterator[str]:
    said = targets.delegations
    for name, role in (said.roles or {}).items() if said else ():
        where = ", ".join(
            f"{_named(said.keys[keyid])} {_where(keyid, here)}" if said else ""
            for keyid in role.keyids
        )
        yield f"{name:10} {', '.join(role.paths or [])}   {where}"


def _named(key: Key) -> str:
    return VerifyKey.from_bytes(bytes.fromhex(key.keyval["public"])).fingerprint()


def _where(keyid: str, here: Mapping[str, SigningKey]) -> str:
    return "在枢纽上 / on the hub" if keyid in here else "不在枢纽上 / kept elsewhere"


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
