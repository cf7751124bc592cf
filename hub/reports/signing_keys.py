"""Signing keys: who may release what, where the keys are, until when; for people at the hub."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from tuf.api.metadata import Key, Metadata, Root, Targets

from content.transfer.releases import HEADQUARTERS, ROOT, SNAPSHOT, TARGETS, TIMESTAMP
from hub.context.open_hub import Hub
from hub.store import releases
from hub.store.engine import reading
from hub.trust import keys
from hub.trust.ceremony import MetadataDraft
from sync.signing import SigningKey, VerifyKey

DAY_S = 86_400
# The safe may be far away, and the person with its key on leave.
WARN_DAYS = 180


@dataclass(frozen=True, slots=True)
class SigningKeyHolder:
    """A key that may sign, by its public half; ``here``: the secret half lies open on the hub."""

    fingerprint: str
    here: bool


@dataclass(frozen=True, slots=True)
class Office:
    """A role of TUF: who holds it, and how many of them have to sign together."""

    name: str
    threshold: int
    holders: tuple[SigningKeyHolder, ...]
    courses: tuple[str, ...] = ()  # patterns of what a delegated role may release


@dataclass(frozen=True, slots=True)
class MetadataState:
    """Metadata in force: its version, and until when it is valid (unix seconds)."""

    role: str
    version: int
    expires: int


@dataclass(frozen=True, slots=True)
class Advice:
    """What people should do: ``open-root``, ``draft``, or ``expires`` (of ``role``, at ``at``)."""

    code: str
    role: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class TrustStanding:
    """Who may sign what, how long it is valid, and what people should do."""

    top: tuple[Office, ...]  # root and online
    delegated: tuple[Office, ...]
    kept: tuple[MetadataState, ...]
    advice: tuple[Advice, ...]


def standing(hub: Hub) -> TrustStanding | None:
    """The present standing; None before anything was released."""
    with reading(hub.engine) as connection:
        held = {metadata.role: metadata for metadata in releases.all_newest(connection)}
    if ROOT not in held:
        return None
    root = Metadata[Root].from_bytes(held[ROOT].bytes).signed
    targets = Metadata[Targets].from_bytes(held[TARGETS].bytes).signed
    here = keys.in_the_open(hub.config.trust)
    roles = (ROOT, TARGETS, SNAPSHOT, TIMESTAMP, HEADQUARTERS)
    return TrustStanding(
        _top(root, here),
        _delegated(targets, here),
        tuple(MetadataState(role, held[role].version, held[role].expires) for role in roles),
        tuple(_advice(hub, root, here)),
    )


def lines(hub: Hub) -> list[str]:
    """The standing as text, in both languages."""
    trust = standing(hub)
    if trust is None:
        return ["还没有发布过 / nothing is released yet"]
    dates = [
        f"{state.role:10} v{state.version}   有效至 / until {_day(state.expires)}"
        for state in trust.kept
    ]
    text_lines = [*_top_lines(trust.top), *map(_delegated_line, trust.delegated), *dates]
    return text_lines + [_advice_line(advice) for advice in trust.advice]


def show(draft: MetadataDraft) -> list[str]:
    """What a draft would change, for those who sign it."""
    changes = []
    if draft.root is not None:
        root = draft.root.signed
        changes.append(f"root v{root.version}")
        changes += _top_lines(_top(root, {}))
    if draft.targets is not None:
        changes.append(f"targets v{draft.targets.signed.version}")
        changes += map(_delegated_line, _delegated(draft.targets.signed, {}))
    return changes


def pressing(hub: Hub) -> list[Advice]:
    """What people must do by a date or for somebody who waits; cheap enough for each page."""
    advice = []
    with reading(hub.engine) as connection:
        held = [releases.newest(connection, role) for role in (ROOT, TARGETS)]
    for metadata in filter(None, held):
        if metadata.expires - hub.now() < WARN_DAYS * DAY_S:
            advice.append(Advice("expires", metadata.role, metadata.expires))
    if (hub.config.trust / "draft.json").exists():
        advice.append(Advice("draft"))
    return advice


def _advice(hub: Hub, root: Root, here: Mapping[str, SigningKey]) -> Iterator[Advice]:
    if any(keyid in here for keyid in root.roles[ROOT].keyids):
        yield Advice("open-root")
    yield from pressing(hub)


def _top(root: Root, here: Mapping[str, SigningKey]) -> tuple[Office, ...]:
    return tuple(
        Office(
            name,
            root.roles[role].threshold,
            tuple(_holder(keyid, root.keys[keyid], here) for keyid in root.roles[role].keyids),
        )
        for name, role in ((ROOT, ROOT), ("online", SNAPSHOT))
    )


def _delegated(targets: Targets, here: Mapping[str, SigningKey]) -> tuple[Office, ...]:
    delegations = targets.delegations
    if delegations is None:
        return ()
    return tuple(
        Office(
            name,
            role.threshold,
            tuple(_holder(keyid, delegations.keys[keyid], here) for keyid in role.keyids),
            tuple(role.paths or ()),
        )
        for name, role in (delegations.roles or {}).items()
    )


def _holder(keyid: str, key: Key, here: Mapping[str, SigningKey]) -> SigningKeyHolder:
    public = VerifyKey.from_bytes(bytes.fromhex(key.keyval["public"]))
    return SigningKeyHolder(public.fingerprint(), keyid in here)


def _top_lines(top: tuple[Office, ...]) -> Iterator[str]:
    root, online = top
    yield f"根密钥 / root keys: {root.threshold} / {len(root.holders)}"
    for holder in root.holders:
        yield f"  {holder.fingerprint}   {_where(holder)}"
    for holder in online.holders:
        yield f"在线密钥 / online key: {holder.fingerprint}   {_where(holder)}"


def _delegated_line(office: Office) -> str:
    where = ", ".join(f"{holder.fingerprint} {_where(holder)}" for holder in office.holders)
    return f"{office.name:10} {', '.join(office.courses)}   {where}"


def _advice_line(advice: Advice) -> str:
    if advice.code == "open-root":
        return (
            "! 根密钥没有加密，就在枢纽上：请执行 xuezhan-hub trust init U盘 / "
            "a root key lies open on the hub: xuezhan-hub trust init STICK"
        )
    if advice.code == "expires":
        return (
            f"! {advice.role} 在 {_day(advice.at)} 过期：请拿根密钥执行 xuezhan-hub trust renew / "
            f"expires: fetch the root keys and renew"
        )
    return "! 有一份草案等签名 / a draft waits for signatures: xuezhan-hub trust sign"


def _where(holder: SigningKeyHolder) -> str:
    return "在枢纽上 / on the hub" if holder.here else "不在枢纽上 / kept elsewhere"


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
