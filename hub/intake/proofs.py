"""Proofs: that the hub still holds what it gave a receipt for, and changed nothing before it.

A proof is a JSON file that anyone checks offline with a public key of the hub (SPEC.md §10):

- ``batch``: the hash of the stored batch, ``index``: its leaf; ``node``, ``epoch``, ``first``,
  ``count``; ``bytes``: the batch itself (base64), only where it was asked for
- ``receipt``: the sealed receipt that it is held against (hex), or empty
- ``today``: a receipt made for this proof: the log's size and root now, signed by the hub (hex)
- ``inclusion``: the batch is a leaf of today's log; ``consistency``: that log grew from the
  receipt's; hashes in hex
- ``keys``: the hub's public keys by generation, ``certificates``: each key's word for the next

``prove`` writes down what the database says, right or wrong; only ``verify`` judges, and names
everything that fails. ``audit`` checks the whole log against the stored batches.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import Connection

from hub.context.open_hub import Hub
from hub.intake.errors import NoSuchRecord, NotAProof, NotAReceipt, ProofFailed
from hub.store import batches, ledger
from hub.store.batches import StoredBatch
from hub.store.engine import reading
from sync.batch import GENESIS, batch_hash, read_header
from sync.errors import BadProof, PeerError
from sync.identity import Identity, succeed
from sync.merkle import Frontier, check_consistency, check_inclusion, consistency, inclusion
from sync.receipt import Receipt, seal_receipt, unseal_receipt
from sync.sealing import BOX_KEY_BYTES
from sync.signing import VerifyKey

FORMAT = 1
# A year of the whole nation is some million batches: 21 hashes on each side. A batch has 1.2 MB.
MAX_PROOF_BYTES = 4_000_000


class ProofFault(Enum):
    """What a proof or the log fails at, for people."""

    RECEIPT_NOT_SIGNED = "the receipt was not signed by this hub"
    TODAY_NOT_SIGNED = "what the hub says of its log today was not signed by this hub"
    BATCH_MISSING = "the hub shows no batch where the receipt names one"
    BATCH_CHANGED = "the batch is not the one that the hub once received"
    OTHER_BATCH = "the hub's words are about another station, epoch or record"
    NOT_IN_LOG = "the batch is not a leaf of today's log"
    LOG_SHRUNK = "today's log is shorter than it was at the receipt"
    HISTORY_CHANGED = "today's log did not grow from the log of the receipt"
    LEAF_MISSING = "a leaf of the log has no batch"
    ORDER_CHANGED = "batches of one station stand in the log in another order than they came"
    CHAIN_BROKEN = "a batch does not follow the one before it"
    FRONTIER_CHANGED = "the log's frontier is not that of its leaves"

    @property
    def code(self) -> str:
        """How it is named to programs."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Proof:
    """What a proof file holds."""

    node: int
    epoch: int
    first: int
    count: int
    batch: bytes  # empty: the hub shows none
    index: int
    inclusion: tuple[bytes, ...]
    consistency: tuple[bytes, ...]
    receipt: bytes
    today: bytes
    keys: tuple[VerifyKey, ...]  # by generation
    certificates: tuple[bytes, ...]
    bytes: bytes = b""

    def to_text(self) -> str:
        """As a file."""
        values = {
            "proof": FORMAT,
            "node": self.node,
            "epoch": self.epoch,
            "first": self.first,
            "count": self.count,
            "batch": self.batch.hex(),
            "index": self.index,
            "inclusion": [hash_.hex() for hash_ in self.inclusion],
            "consistency": [hash_.hex() for hash_ in self.consistency],
            "receipt": self.receipt.hex(),
            "today": self.today.hex(),
            "keys": [key.to_bytes().hex() for key in self.keys],
            "certificates": [certificate.hex() for certificate in self.certificates],
            "bytes": b64encode(self.bytes).decode(),
        }
        return json.dumps(values, indent=1) + "\n"


@dataclass(frozen=True, slots=True)
class ProofResult:
    """What a proof that holds has shown."""

    proof: Proof
    receipt: Receipt | None
    today: Receipt


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with the stored log, and where."""

    fault: ProofFault
    where: str


def prove(hub: Hub, node_id: int, seq: int, epoch: int = 0, with_bytes: bool = False) -> Proof:
    """The proof for the batch that brought a record; ``epoch`` 0: the newest.

    Raises:
        NoSuchRecord: the hub holds no such record.
    """
    with reading(hub.engine) as connection:
        if not epoch:
            newest = batches.newest(connection, node_id)
            epoch = newest.epoch if newest else 0
        stored = batches.holding(connection, node_id, epoch, seq)
        if stored is None:
            raise NoSuchRecord(node_id, epoch, seq)
        return _proof(hub, connection, stored, None, b"", with_bytes)


def prove_receipt(hub: Hub, sealed: bytes, with_bytes: bool = False) -> Proof:
    """The proof for the batch that a receipt names, and for all that the log held before it.

    Raises:
        NotAReceipt: no key of this hub ever signed it.
    """
    receipt = _receipt(sealed, hub.ring.publics)
    if receipt is None:
        raise NotAReceipt("no key of this hub signed it")
    with reading(hub.engine) as connection:
        stored = batches.holding(connection, receipt.node, receipt.epoch, receipt.seq)
        return _proof(hub, connection, stored, receipt, sealed, with_bytes)


def _proof(
    hub: Hub,
    connection: Connection,
    stored: StoredBatch | None,
    receipt: Receipt | None,
    sealed: bytes,
    with_bytes: bool,
) -> Proof:
    leaves = ledger.leaves(connection)
    frontier = ledger.frontier(connection)
    # The hash of the stored bytes, not the stored hash: the bytes are what was promised.
    leaf = batch_hash(stored.bytes) if stored else b""
    index = ledger.place_of(connection, stored.log_index) if stored else -1
    node, epoch = (
        (stored.node_id, stored.epoch)
        if stored
        else (receipt.node, receipt.epoch)
        if receipt
        else (0, 0)
    )
    end = batches.end(connection, node, epoch)
    today = Receipt(
        node,
        epoch,
        end.next_seq - 1 if end else 0,
        end.hash if end else GENESIS,
        hub.now() * 1000,
        frontier.size,
        frontier.root(),
    )
    grown: list[bytes] = []
    if receipt is not None and 0 < receipt.log_size <= len(leaves):
        grown = consistency(leaves, receipt.log_size)
    return Proof(
        node=node,
        epoch=epoch,
        first=stored.first_seq if stored else 0,
        count=stored.count if stored else 0,
        batch=leaf,
        index=index,
        inclusion=tuple(inclusion(leaves, index)) if stored else (),
        consistency=tuple(grown),
        receipt=sealed,
        today=seal_receipt(today, hub.key),
        keys=tuple(reversed(hub.ring.publics)),
        certificates=hub.ring.certificates,
        bytes=stored.bytes if stored and with_bytes else b"",
    )


def read(text: str) -> Proof:
    """The proof in a file; nothing of it is believed yet.

    Raises:
        NotAProof: the text is no proof.
    """
    try:
        raw: dict[str, Any] = json.loads(text)
        if raw["proof"] != FORMAT:
            raise NotAProof(f"format {raw['proof']!r}")
        return Proof(
            node=int(raw["node"]),
            epoch=int(raw["epoch"]),
            first=int(raw["first"]),
            count=int(raw["count"]),
            batch=bytes.fromhex(raw["batch"]),
            index=int(raw["index"]),
            inclusion=tuple(map(bytes.fromhex, raw["inclusion"])),
            consistency=tuple(map(bytes.fromhex, raw["consistency"])),
            receipt=bytes.fromhex(raw["receipt"]),
            today=bytes.fromhex(raw["today"]),
            keys=tuple(VerifyKey.from_bytes(bytes.fromhex(key)) for key in raw["keys"]),
            certificates=tuple(map(bytes.fromhex, raw["certificates"])),
            bytes=b64decode(raw["bytes"], validate=True),
        )
    except (ValueError, KeyError, TypeError, RecursionError, PeerError) as fault:
        raise NotAProof(f"{type(fault).__name__}: {fault}") from fault


def verify(proof: Proof, trusted: Sequence[VerifyKey]) -> ProofResult:
    """What ``proof`` shows to somebody who knows the hub by one of the ``trusted`` keys.

    Raises:
        ProofFailed: it does not; ``faults`` names everything that fails.
    """
    keys = _trusted(proof, trusted)
    receipt, today = _receipt(proof.receipt, keys), _receipt(proof.today, keys)
    faults = []
    if proof.receipt and receipt is None:
        faults.append(ProofFault.RECEIPT_NOT_SIGNED)
    if today is None:
        faults.append(ProofFault.TODAY_NOT_SIGNED)
    faults += _batch_faults(proof, receipt, today)
    if today is not None:
        faults += _log_faults(proof, receipt, today)
    if faults or today is None:
        raise ProofFailed([(fault.code, fault.value) for fault in faults])
    return ProofResult(proof, receipt, today)


def _batch_faults(
    proof: Proof, receipt: Receipt | None, today: Receipt | None
) -> Iterator[ProofFault]:
    named = [(signed.node, signed.epoch) for signed in (receipt, today) if signed is not None]
    if any(pair != (proof.node, proof.epoch) for pair in named):
        yield ProofFault.OTHER_BATCH
    if not proof.batch:
        yield ProofFault.BATCH_MISSING
    elif receipt is not None and proof.batch != receipt.hash:
        yield ProofFault.BATCH_CHANGED
    elif proof.bytes and not _is_batch(proof):
        yield ProofFault.BATCH_CHANGED


def _is_batch(proof: Proof) -> bool:
    try:
        header = read_header(proof.bytes)
    except PeerError:
        return False
    named = (header.node, header.epoch, header.first, header.count)
    return batch_hash(proof.bytes) == proof.batch and named == (
        proof.node, proof.epoch, proof.first, proof.count,
    )  # fmt: skip


def _log_faults(proof: Proof, receipt: Receipt | None, today: Receipt) -> Iterator[ProofFault]:
    try:
        check_inclusion(proof.batch, proof.index, today.log_size, proof.inclusion, today.log_root)
    except BadProof:
        if proof.batch:
            yield ProofFault.NOT_IN_LOG
    if receipt is None:
        return
    if today.log_size < receipt.log_size:
        yield ProofFault.LOG_SHRUNK
        return
    old, new = (receipt.log_size, receipt.log_root), (today.log_size, today.log_root)
    try:
        check_consistency(old, new, proof.consistency)
    except BadProof:
        yield ProofFault.HISTORY_CHANGED


def _trusted(proof: Proof, trusted: Sequence[VerifyKey]) -> list[VerifyKey]:
    """The keys given, and those to which they handed over."""
    keys = list(trusted)
    for generation, key in enumerate(proof.keys):
        if key not in keys:
            continue
        identity = Identity(generation, key, bytes(BOX_KEY_BYTES))
        try:
            for certificate in proof.certificates[generation:]:
                identity = succeed(identity, [certificate])
                keys.append(identity.key)
        except PeerError:
            continue
    return keys


def _receipt(sealed: bytes, keys: Sequence[VerifyKey]) -> Receipt | None:
    for key in keys:
        try:
            return unseal_receipt(sealed, key)
        except PeerError:
            continue
    return None


def read_receipts(text: str) -> list[bytes]:
    """The sealed receipts in a file that ``xuezhan-node receipts export`` wrote, or one in hex.

    Raises:
        NotAReceipt: there are none.
    """
    try:
        entries = json.loads(text)["receipts"] if text.lstrip().startswith("{") else [text.strip()]
        sealed = [
            bytes.fromhex(entry["receipt"] if isinstance(entry, dict) else entry)
            for entry in entries
        ]
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise NotAReceipt(f"{type(fault).__name__}: {fault}") from fault
    if not sealed:
        raise NotAReceipt("the file holds none")
    return sealed


def choose(sealed: Sequence[bytes], hub_keys: Sequence[VerifyKey], seq: int, epoch: int) -> bytes:
    """The first receipt that covers record ``seq``; without ``seq`` the last one.

    Raises:
        NotAReceipt: none does, or one is not the hub's.
    """
    covering = []
    for raw in sealed:
        receipt = _receipt(raw, hub_keys)
        if receipt is None:
            raise NotAReceipt("no key of this hub signed it")
        if receipt.seq >= seq and epoch in (0, receipt.epoch):
            covering.append((receipt.epoch, receipt.seq, raw))
    if not covering:
        raise NotAReceipt(f"none of {len(sealed)} covers record {seq}")
    return (min(covering) if seq else max(covering))[2]


def audit(hub: Hub) -> tuple[int, list[Finding]]:
    """Look at every leaf, its batch, its chain and the frontier; how many leaves there were."""
    with reading(hub.engine) as connection:
        findings = list(_audit(connection))
        return ledger.frontier(connection).size, findings


def _audit(connection: Connection) -> Iterator[Finding]:
    grown, expected = Frontier(), 0
    last: dict[tuple[int, int], tuple[int, bytes]] = {}
    for batch in ledger.in_order(connection):
        where = (
            f"leaf {batch.log_index}: node {batch.node_id} epoch {batch.epoch} "
            f"seq {batch.first_seq}"
        )
        if batch.log_index != expected:
            yield Finding(ProofFault.LEAF_MISSING, f"leaf {expected} to {batch.log_index - 1}")
        expected = batch.log_index + 1
        name = batch_hash(batch.bytes)
        if name != batch.hash:
            yield Finding(ProofFault.BATCH_CHANGED, where)
        grown = grown.append(name)
        chain = (batch.node_id, batch.epoch)
        next_seq, previous = last.get(chain, (1, batch.previous))
        if batch.first_seq < next_seq:
            yield Finding(ProofFault.ORDER_CHANGED, where)
        elif batch.first_seq != next_seq or batch.previous != previous:
            yield Finding(ProofFault.CHAIN_BROKEN, where)
        last[chain] = (max(next_seq, batch.first_seq + batch.count), name)
    stored = ledger.frontier(connection)
    if stored.size > expected:
        yield Finding(ProofFault.LEAF_MISSING, f"leaf {expected} to {stored.size - 1}")
    if stored != grown:
        yield Finding(
            ProofFault.FRONTIER_CHANGED, f"{stored.size} leaves noted, {grown.size} there"
        )
