"""A receipt's owner can get a proof that the hub still holds it all, or of what was changed."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, delete, select, update

from hub.__main__ import cli
from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.intake import proofs
from hub.intake.errors import NoSuchRecord, NotAProof, NotAReceipt, ProofFailed
from hub.intake.proofs import ProofFault
from hub.store import ledger
from hub.store.engine import writing
from hub.store.schema import batch, setting
from sync.batch import batch_hash
from sync.merkle import Frontier
from sync.signing import SigningKey
from tests.hub.conftest import Station, join_station, study


def filled(hub: Hub) -> tuple[list[Station], list[bytes]]:
    """Three stations that sent four batches each, in turn; with all receipts in order."""
    stations = [join_station(hub, f"11010100{n}") for n in range(1, 4)]
    receipts = []
    for turn in range(4):
        for station in stations:
            answer = station.send(
                station.seal(study("1001", turn * 10, turn * 10 + 9), study("1002", 0, 5))
            )
            receipts.append(answer.receipt)
    return stations, receipts


def judged(hub: Hub, receipt: bytes) -> list[str]:
    """What fails in a proof that the hub makes now; the proof goes through a file."""
    proof = proofs.read(proofs.prove_receipt(hub, receipt).to_text())
    try:
        proofs.verify(proof, hub.ring.publics)
    except ProofFailed as fault:
        return fault.faults
    return []


def test_every_receipt_is_proved_while_the_log_grows(hub: Hub) -> None:
    _, receipts = filled(hub)
    assert [judged(hub, receipt) for receipt in receipts] == [[]] * len(receipts)
    assert proofs.audit(hub) == (12, [])


def test_a_record_without_a_receipt_is_proved_by_its_number(hub: Hub) -> None:
    stations, _ = filled(hub)
    proof = proofs.prove(hub, stations[1].node, 4, with_bytes=True)
    assert (proof.first, proof.count, batch_hash(proof.bytes)) == (3, 2, proof.batch)
    shown = proofs.verify(proofs.read(proof.to_text()), hub.ring.publics)
    assert (shown.receipt, shown.today.log_size) == (None, 12)
    with pytest.raises(NoSuchRecord, match="no record 9 of node"):
        proofs.prove(hub, stations[1].node, 9)


def change(connection: Connection, index: int) -> None:
    """Other content under the same name, as after a disk fault or a careless edit."""
    raw = connection.execute(select(batch.c.bytes).where(batch.c.log_index == index)).scalar_one()
    changed = raw[:-1] + bytes([raw[-1] ^ 1])
    connection.execute(update(batch).where(batch.c.log_index == index).values(bytes=changed))


def change_with_its_name(connection: Connection, index: int) -> None:
    """Other content, with the hash that fits it."""
    change(connection, index)
    raw = connection.execute(select(batch.c.bytes).where(batch.c.log_index == index)).scalar_one()
    name = batch_hash(raw)
    connection.execute(update(batch).where(batch.c.log_index == index).values(hash=name))


def drop(connection: Connection, index: int) -> None:
    connection.execute(delete(batch).where(batch.c.log_index == index))


def swap(connection: Connection, first: int, second: int) -> None:
    for old, new in ((first, -1), (second, first), (-1, second)):
        connection.execute(update(batch).where(batch.c.log_index == old).values(log_index=new))


def rewrite(connection: Connection) -> None:
    """The frontier of another history."""
    text = connection.execute(select(setting.c.value).where(setting.c.key == ledger.KEY)).scalar()
    size, _ = json.loads(text or "")
    peaks = [batch_hash(b"another history").hex() for _ in range(bin(size).count("1"))]
    value = json.dumps([size, peaks])
    connection.execute(update(setting).where(setting.c.key == ledger.KEY).values(value=value))


def fit(
    connection: Connection, dropped: Iterable[int] = (), swapped: tuple[int, int] | None = None
) -> None:
    """Tamper, then make the frontier fit the leaves, as a careful forger would."""
    for index in dropped:
        drop(connection, index)
    if swapped:
        swap(connection, *swapped)
    grown = Frontier()
    for leaf in ledger.leaves(connection):
        grown = grown.append(leaf)
    value = json.dumps([grown.size, [peak.hex() for peak in grown.peaks]])
    connection.execute(update(setting).where(setting.c.key == ledger.KEY).values(value=value))


# The receipt in question is the seventh; its batch is leaf 6, and the log then had 7 leaves.
TAMPERED: list[tuple[str, Callable[[Connection], None], list[ProofFault], list[ProofFault]]] = [
    (
        "its own batch changed",
        lambda c: change(c, 6),
        [ProofFault.BATCH_CHANGED, ProofFault.NOT_IN_LOG],
        [ProofFault.BATCH_CHANGED, ProofFault.CHAIN_BROKEN, ProofFault.FRONTIER_CHANGED],
    ),
    (
        "its own batch dropped",
        lambda c: drop(c, 6),
        [ProofFault.BATCH_MISSING, ProofFault.HISTORY_CHANGED],
        [ProofFault.LEAF_MISSING, ProofFault.CHAIN_BROKEN, ProofFault.FRONTIER_CHANGED],
    ),
    (
        "an earlier batch changed, name and all",
        lambda c: change_with_its_name(c, 2),
        [ProofFault.NOT_IN_LOG, ProofFault.HISTORY_CHANGED],
        [ProofFault.CHAIN_BROKEN, ProofFault.FRONTIER_CHANGED],
    ),
    (
        "an earlier batch dropped and the frontier fitted",
        lambda c: fit(c, dropped=[2]),
        [ProofFault.HISTORY_CHANGED],
        [ProofFault.LEAF_MISSING, ProofFault.CHAIN_BROKEN],
    ),
    (
        "two earlier leaves swapped and the frontier fitted",
        lambda c: fit(c, swapped=(1, 2)),
        [ProofFault.HISTORY_CHANGED],
        [],
    ),
    (
        "two leaves of one station swapped",
        lambda c: swap(c, 1, 4),
        [ProofFault.NOT_IN_LOG, ProofFault.HISTORY_CHANGED],
        [ProofFault.CHAIN_BROKEN, ProofFault.ORDER_CHANGED, ProofFault.FRONTIER_CHANGED],
    ),
    (
        "the frontier rewritten",
        rewrite,
        [ProofFault.NOT_IN_LOG, ProofFault.HISTORY_CHANGED],
        [ProofFault.FRONTIER_CHANGED],
    ),
    (
        "everything since the receipt before it forgotten",
        lambda c: fit(c, dropped=range(6, 12)),
        [ProofFault.BATCH_MISSING, ProofFault.LOG_SHRUNK],
        [],
    ),
]


@pytest.mark.parametrize(
    ("tamper", "by_proof", "by_audit"),
    [case[1:] for case in TAMPERED],
    ids=[case[0] for case in TAMPERED],
)
def test_what_was_changed_is_named(
    hub: Hub,
    tamper: Callable[[Connection], None],
    by_proof: list[ProofFault],
    by_audit: list[ProofFault],
) -> None:
    _, receipts = filled(hub)
    with writing(hub.engine) as connection:
        tamper(connection)
    assert judged(hub, receipts[6]) == [fault.code for fault in by_proof]
    faults = {finding.fault for finding in proofs.audit(hub)[1]}
    assert faults == set(by_audit)


def test_a_proof_needs_no_hub_and_one_old_key_is_enough(sqlite_hub: Hub, tmp_path: Path) -> None:
    first_key = sqlite_hub.ring.publics[0].to_bytes().hex()
    _, receipts = filled(sqlite_hub)
    ring = sqlite_hub.ring
    for _ in range(3):
        ring = open_hub.rotate_key(replace(sqlite_hub, ring=ring), "test")
    file = tmp_path / "proof.json"
    file.write_text(proofs.prove_receipt(replace(sqlite_hub, ring=ring), receipts[0]).to_text())
    result = CliRunner().invoke(
        cli, ["--data", "/nowhere", "log", "verify", str(file), "--hub-key", first_key]
    )
    assert result.exit_code == 0, result.output
    assert "成立 / holds: node 1 epoch 1 seq 1–2" in result.output


def test_a_proof_of_another_hub_is_named(sqlite_hub: Hub) -> None:
    _, receipts = filled(sqlite_hub)
    proof = proofs.prove_receipt(sqlite_hub, receipts[0])
    with pytest.raises(ProofFailed, match="receipt-not-signed") as raised:
        proofs.verify(proof, [SigningKey.generate().public])
    assert raised.value.faults == ["receipt-not-signed", "today-not-signed"]


def test_a_proof_of_something_else_is_named(sqlite_hub: Hub) -> None:
    _, receipts = filled(sqlite_hub)
    proof = proofs.prove_receipt(sqlite_hub, receipts[0])
    other = proofs.prove_receipt(sqlite_hub, receipts[1])
    with pytest.raises(ProofFailed) as raised:
        proofs.verify(replace(proof, receipt=other.receipt), sqlite_hub.ring.publics)
    assert ProofFault.OTHER_BATCH.code in raised.value.faults
    with pytest.raises(ProofFailed) as raised:
        proofs.verify(replace(other, bytes=b"XZB1"), sqlite_hub.ring.publics)
    assert raised.value.faults == ["batch-changed"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"proof": 2}', '{"proof": 1}'])
def test_a_file_that_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(NotAProof, match="not a proof"):
        proofs.read(text)


@pytest.mark.parametrize("text", ["", "zz", "[]", "{}", '{"receipts": []}', '{"receipts": [1]}'])
def test_a_file_without_receipts_is_refused(text: str, sqlite_hub: Hub) -> None:
    with pytest.raises(NotAReceipt):
        proofs.choose(proofs.read_receipts(text), sqlite_hub.ring.publics, 0, 0)


def test_the_command_line_proves_and_verifies(sqlite_hub: Hub, tmp_path: Path) -> None:
    _, receipts = filled(sqlite_hub)
    data, file, out = sqlite_hub.config.data, tmp_path / "receipts", tmp_path / "proof.json"
    file.write_text(
        json.dumps({"receipts": [{"receipt": receipt.hex()} for receipt in receipts[::3]]})
    )
    run = CliRunner().invoke
    result = run(cli, ["--data", str(data), "log", "prove", "--receipt", str(file), "--seq", "3",
                     "-o", str(out)])  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "node 1 epoch 1 seq 3–4" in result.output
    result = run(cli, ["--data", str(data), "log", "verify", str(out)])
    assert result.exit_code == 0, result.output
    assert run(cli, ["--data", str(data), "log", "verify"]).exit_code == 0
    with writing(sqlite_hub.engine) as connection:
        change(connection, 5)
    result = run(cli, ["--data", str(data), "log", "verify"])
    assert result.exit_code == 3
    assert "batch-changed: leaf 5: node 3 epoch 1 seq 3" in result.output
