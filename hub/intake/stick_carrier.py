"""Carrying by stick, the hub's end: take in all stations' parcels, answer each, add content (§12).

What a parcel may change is decided by ``hub.intake.node_request``, as if it had come over the line;
how a stick is read and written is ``content.transfer.stick_folder``.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from content.model.errors import ContentError, StickError, StickFull, StrangeFile, WrongParcel
from content.model.limits import MAX_MANIFEST_BYTES
from content.packs.pack import open_manifest
from content.transfer.releases import release_path
from content.transfer.stick_folder import Lying, Stick, file_pieces
from hub import orders
from hub.context.open_hub import Hub
from hub.errors import HubError, UnknownStation
from hub.intake import node_request
from hub.publishing import releases
from hub.store import batches, nodes, units
from hub.store.engine import reading
from hub.store.nodes import Node
from sync.batch import GENESIS
from sync.errors import PeerError
from sync.exchange import Answer, Order, seal_answer, unseal_request
from sync.parcel import NAME_BYTES, read_address

log = logging.getLogger(__name__)

# The name of no parcel: for answers that are put on a stick though no request asked for them.
UNASKED = bytes(NAME_BYTES)
# Answers for one station: enough for a county's roster; the rest goes with the next journey.
MAX_MORE = 40
REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class RefusedParcel:
    """A parcel that was not taken in, and the code of why."""

    file: str
    node: int
    code: str


@dataclass(slots=True)
class StickReport:
    """What one stick brought, and what was put on it."""

    stations: set[int] = field(default_factory=set)
    parcels: int = 0
    records: int = 0
    answers: int = 0
    courses: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)  # no room for these courses
    bytes_out: int = 0
    refused: list[RefusedParcel] = field(default_factory=list)


Tell = Callable[[StickReport], None]


def import_from(hub: Hub, stick: Stick, tell: Tell = lambda _carried: None) -> StickReport:
    """Take in every station's parcel, and put the answers and the missing content on the stick.

    No parcel is removed: one may have been written twice, and its station removes it when it has
    the answer. So a stick that was pulled out too early is simply imported again.

    Raises:
        StickError: the stick is gone, full or not to be written; what was taken in stays.
    """
    done = StickReport()
    ordered: list[Order] = []
    for lying in stick.to_hub():
        try:
            raw = stick.read_to_hub(lying)
            before = _held(hub, lying.node)
            answer = node_request.exchange(hub, raw, direct=False)
        except (WrongParcel, StrangeFile, PeerError, HubError) as fault:
            log.warning("refused %s code=%s: %s", lying.file, fault.code, fault)
            done.refused.append(RefusedParcel(lying.file, lying.node, fault.code))
            continue
        done.parcels += 1
        done.stations.add(lying.node)
        done.records += _held(hub, lying.node) - before
        stick.put_to_node(lying.node, f"{lying.name}.xze", answer)
        done.answers += 1
        ordered += _further(hub, stick, lying, raw, done)
        tell(done)
    _add_content(hub, stick, ordered, done, tell)
    return done


def export_to(
    hub: Hub, stick: Stick, codes: Sequence[str] = (), tell: Tell = lambda _carried: None
) -> StickReport:
    """Put on the stick what is due to the stations it knows and to those with these unit codes.

    Raises:
        UnknownStation: no node works at a unit that was named.
        StickError: the stick is gone, full or not to be written.
    """
    done = StickReport()
    ordered: list[Order] = []
    for number in sorted(stick.nodes() | set(_numbers(hub, codes))):
        with reading(hub.engine) as connection:
            node = nodes.get(connection, number) if number <= node_request.MAX_EPOCH else None
            if node is None or node.identity is None or node.state == REVOKED:
                continue
            due = list(_answers(connection, node, node.orders_mark))
        done.stations.add(number)
        ordered += _put(hub, stick, node, UNASKED, due, done)
        tell(done)
    _add_content(hub, stick, ordered, done, tell)
    return done


def _numbers(hub: Hub, codes: Iterable[str]) -> Iterator[int]:
    with reading(hub.engine) as connection:
        for code in codes:
            unit = units.by_code(connection, code)
            at_work = [
                node.id
                for node in (nodes.of_unit(connection, unit.id) if unit else ())
                if node.state not in (REVOKED, "waiting")
            ]
            if not at_work:
                raise UnknownStation(code)
            yield from at_work


def _held(hub: Hub, number: int) -> int:
    """How many records of a node the hub holds, over all its epochs."""
    with reading(hub.engine) as connection:
        return batches.records_of(connection, number)


def _further(hub: Hub, stick: Stick, lying: Lying, raw: bytes, done: StickReport) -> list[Order]:
    """Put on the stick the orders that did not fit the answer to ``raw``; return all its orders."""
    with reading(hub.engine) as connection:
        node = nodes.get(connection, lying.node)
        if node is None or node.identity is None or node.state == REVOKED:
            return []
        try:
            request, _ = unseal_request(raw, hub.ring.box(read_address(raw).hint), node.identity)
        except PeerError as fault:
            # Its keys were handed over since it was answered: the next parcel asks for the rest.
            log.warning("no more for %s code=%s: %s", lying.file, fault.code, fault)
            return []
        due = list(_answers(connection, node, request.orders))
    # The answer itself brought the first of them.
    first_orders = [order for _, batch, _ in due[:1] for order in batch]
    return first_orders + _put(hub, stick, node, bytes.fromhex(lying.name), due[1:], done)


Due = tuple[int, list[Order], bool]  # since which mark, what follows, whether there is more


def _answers(connection: Connection, node: Node, mark: int) -> Iterator[Due]:
    """The orders that wait for a node that holds all up to ``mark``, cut into answers."""
    unit = units.get(connection, node.unit_id)
    if unit is None:
        return
    for _ in range(MAX_MORE):
        batch, more = orders.for_node(connection, node, unit, mark)
        yield mark, batch, more
        if not more or not batch:
            return
        mark = batch[-1].mark


def _put(
    hub: Hub, stick: Stick, node: Node, asked: bytes, due: Sequence[Due], done: StickReport
) -> list[Order]:
    sent: list[Order] = []
    with reading(hub.engine) as connection:
        newest = batches.newest(connection, node.id)
    identity = node.identity
    if identity is None:
        return sent
    for place, (since, batch, more) in enumerate(due, 1):
        answer = Answer(
            asked=asked,
            at=hub.now() * 1000,
            epoch=newest.epoch if newest else node.epoch,
            held=newest.next_seq - 1 if newest else 0,
            held_hash=newest.hash if newest else GENESIS,
            again_s=hub.config.again_s,
            since=since,
            more=more,
            orders=tuple(batch),
        )
        # All certificates: from any key of the hub that the node knows, they lead to the newest.
        raw = seal_answer(answer, node.id, identity, hub.key, hub.ring.since(0))
        stick.put_to_node(node.id, f"{asked.hex()}-{place:03d}.xze", raw)
        done.answers += 1
        sent += batch
    return sent


def _add_content(
    hub: Hub, stick: Stick, ordered: Iterable[Order], done: StickReport, tell: Tell
) -> None:
    """Put the blobs there that stations lack, small courses first, as far as there is room."""
    needed, paths = _needed(hub, stick, ordered)
    if paths and (bundle := releases.bundle(hub, {}, paths)):
        stick.put_trust(bundle)
    keep = {sha for blobs in needed.values() for sha in blobs}
    sizes = {sha: hub.blobs.path(sha).stat().st_size for sha in keep}
    here = {sha for sha in stick.blobs() if stick.size(sha) == sizes.get(sha)}
    for sha in stick.blobs() - keep:
        stick.drop_blob(sha)  # nobody on this journey lacks it any more
    for title, blobs in sorted(
        needed.items(), key=lambda entry: (sum(sizes[sha] for sha in entry[1]), entry[0])
    ):
        missing = [sha for sha in blobs if sha not in here]
        if sum(sizes[sha] for sha in missing) > stick.free():
            done.left_out.append(title)
            continue
        try:
            for sha in missing:
                stick.put_blob(sha, file_pieces(hub.blobs.path(sha)))
                here.add(sha)
                done.bytes_out += sizes[sha]
                tell(done)
        except StickFull:
            done.left_out.append(title)
            continue
        done.courses.append(title)


def _needed(
    hub: Hub, stick: Stick, ordered: Iterable[Order]
) -> tuple[dict[str, list[str]], list[str]]:
    """The blobs that stations lack, or will lack with these orders, by course; and the paths of the
    courses' releases."""
    wanted = {sha for shas in stick.wanting().values() for sha in shas}
    manifests = {sha: True for sha in wanted}
    for order in ordered:
        if order.kind == "course" and order.body:
            manifests.setdefault(str(json.loads(order.body)["manifest"]), True)
    needed: dict[str, list[str]] = {}
    paths: list[str] = []
    single: list[str] = []
    for sha in manifests:
        if not hub.blobs.has(sha):
            continue
        files = _files(hub, sha)
        if files is None:
            single.append(sha)
        else:
            title, path, shas = files
            paths.append(path)
            needed.setdefault(title, []).extend([sha, *shas])
    known = {sha for blobs in needed.values() for sha in blobs}
    unclaimed = [sha for sha in single if sha not in known]
    if unclaimed:
        needed["…"] = unclaimed
    return {title: list(dict.fromkeys(blobs)) for title, blobs in needed.items()}, paths


def _files(hub: Hub, sha: str) -> tuple[str, str, list[str]] | None:
    """Title, release and files of the course whose manifest this blob is; None if it is none."""
    raw = hub.blobs.read(sha, MAX_MANIFEST_BYTES + 1)
    try:
        course = open_manifest(raw, *hub.ring.publics)
    except (ContentError, PeerError):
        return None
    named = [sha for ref in course.files() for sha in (ref.recipe, ref.sha256)]
    files = [sha for sha in named if sha and hub.blobs.has(sha)]
    release = release_path(course.id, course.version)
    return f"{course.title} v{course.version}", release, files


# What people at headquarters read, by code; the codes are those of the faults.
WORDS = {
    "strange-file": "不是普通文件（链接、设备或过大），没有读取 / no regular file, not read",
    "wrong-parcel": "文件损坏、不完整或与名称不符 / damaged, cut, or not what its name says",
    "not-for-us": "无法打开：不是发给本枢纽的，或者被改动过 / not for this hub, or changed",
    "bad-signature": "签名不对，不是这个站点发出的 / the signature is not this station's",
    "unknown-station": "没有这个站点 / no such station",
    "malformed": "不是学站的包裹 / no parcel of ours",
    "too-large": "太大 / too large",
    "no-stick": "没有找到这个文件夹，请插好 U 盘 / no such folder; is the stick in?",
    "stick-gone": "U 盘被拔出或读写出错，请插好再做一次 / the stick was pulled or failed: again",
    "stick-full": "U 盘空间不够 / no room on the stick",
    "stick-locked": "U 盘不能写入 / the stick may not be written",
    "stick-crowded": "U 盘的 xuezhan 文件夹里有太多不明文件 / too many unknown files in xuezhan",
}


def words(fault: StickError | RefusedParcel) -> str:
    """A refusal in a sentence."""
    return WORDS.get(fault.code, fault.code)
