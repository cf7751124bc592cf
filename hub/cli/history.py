"""Verbs: facts, and the log of accepted batches."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from hub.cli.root import BY, cli
from hub.context import open_hub
from hub.facts import rebuild
from hub.intake import proofs
from sync.signing import VerifyKey


@cli.group()
def facts() -> None:
    """学习事实 / Facts."""


@facts.command(name="rebuild")
@click.pass_obj
def facts_rebuild(data: Path) -> None:
    """从原始批次重算全部事实 / Fold all facts again from the stored batches."""
    done = rebuild.rebuild(open_hub.open_hub(data), BY)
    click.echo(f"{done.records} records")
    click.echo(f"facts digest before {done.before}")
    click.echo(f"facts digest after  {done.after}")
    if done.before != done.after:
        click.echo("重算前后不一致 / the digests differ", err=True)
        sys.exit(3)


@facts.command(name="digest")
@click.pass_obj
def facts_digest(data: Path) -> None:
    """全部事实的摘要 / The digest of all facts."""
    click.echo(f"facts digest {rebuild.digest(open_hub.open_hub(data))}")


@cli.group()
def log() -> None:
    """收到的批次的日志 / The log of accepted batches."""


@log.command(name="prove")
@click.option("--node", "node_id", type=int, help="站点机号 / number of the node")
@click.option("--seq", type=int, default=0, help="记录号 / number of the record")
@click.option(
    "--epoch", type=int, default=0, help="第几代，默认最新 / epoch, the newest by default"
)
@click.option(
    "--receipt", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="站点导出的回执 / receipts that a station exported",
)  # fmt: skip
@click.option(
    "--with-batch", is_flag=True, help="附上批次原文（含姓名和答案）/ add the batch itself"
)
@click.option("-o", "out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.pass_obj
def log_prove(
    data: Path, node_id: int | None, seq: int, epoch: int, receipt: Path | None,
    with_batch: bool, out: Path,
) -> None:  # fmt: skip
    """证明枢纽仍持有某条记录的批次 / Prove that the hub still holds the batch of a record."""
    hub = open_hub.open_hub(data)
    if receipt is not None:
        sealed = proofs.read_receipts(receipt.read_text("utf-8"))
        chosen = proofs.choose(sealed, hub.ring.publics, seq, epoch)
        proof = proofs.prove_receipt(hub, chosen, with_batch)
    elif node_id and seq:
        proof = proofs.prove(hub, node_id, seq, epoch, with_batch)
    else:
        raise click.UsageError("--node --seq, or --receipt")
    out.write_text(proof.to_text(), "utf-8")
    _show(proofs.verify(proof, hub.ring.publics))
    click.echo(f"证明写在 / proof in {out}")


@log.command(name="verify")
@click.argument("file", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--hub-key", multiple=True, help="枢纽公钥，hex / public key of the hub, in hex")
@click.pass_obj
def log_verify(data: Path, file: Path | None, hub_key: tuple[str, ...]) -> None:
    """验证一份证明；不给文件就查整本日志 / Verify a proof; without a file, the whole log.

    With --hub-key no hub is needed: anyone can check a proof on any computer.
    """
    if file is None:
        size, findings = proofs.audit(open_hub.open_hub(data))
        for finding in findings:
            click.echo(f"{finding.fault.code}: {finding.where}: {finding.fault.value}", err=True)
        click.echo(f"日志 / log: {size} 批 / batches, {len(findings)} 处不符 / faults")
        sys.exit(3 if findings else 0)
    keys: tuple[VerifyKey, ...] = tuple(_key(text) for text in hub_key)
    keys = keys or open_hub.open_hub(data).ring.publics
    _show(proofs.verify(proofs.read(file.read_text("utf-8")), keys))


def _key(text: str) -> VerifyKey:
    try:
        return VerifyKey.from_bytes(bytes.fromhex(text))
    except ValueError:
        raise click.UsageError(f"--hub-key {text!r}") from None


def _show(shown: proofs.ProofResult) -> None:
    proof, today = shown.proof, shown.today
    last = proof.first + proof.count - 1
    click.echo(
        f"成立 / holds: node {proof.node} epoch {proof.epoch} seq {proof.first}–{last} "
        f"batch {proof.batch.hex()[:16]}"
    )
    click.echo(f"日志 / log: leaf {proof.index} of {today.log_size}, {_at(today.at)}")
    if shown.receipt is not None:
        size, at = shown.receipt.log_size, _at(shown.receipt.at)
        click.echo(f"回执 / receipt: {size} 批 / batches, {at}，此后只增未改 / only grew since")


def _at(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds")
