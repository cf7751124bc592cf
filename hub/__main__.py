"""Command line of the hub: each verb is parse, one function, exit code.

``xuezhan-hub --data FOLDER VERB``; the help texts are the documentation.
"""

import logging
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import click

from content.errors import ContentError, StickError
from content.folder import read_folder
from content.stick import Stick
from hub import (
    carry,
    classes,
    config,
    machine,
    org,
    proofs,
    publish,
    rebuild,
    roster,
    serving,
    stations,
    status,
)
from hub.errors import HubError
from hub.machine import Hub
from hub.tables import RowFault
from sync.errors import SyncError
from sync.signing import VerifyKey

# Who did it, in the audit log: the command line is used on the hub's own machine.
BY = "command line"
SHOWN_FAULTS = 20


@click.group()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=config.default_data,
    help="数据目录 / data folder (XUEZHAN_HUB_DATA)",
)
@click.pass_context
def cli(context: click.Context, data: Path) -> None:
    """学站枢纽 / Xuezhan hub."""
    context.obj = data


@cli.command()
@click.option("--database", default="", help="postgresql+psycopg://…; 默认 SQLite / default SQLite")
@click.option("--name", default="", help="总局单位名称 / name of the top unit")
@click.pass_obj
def init(data: Path, database: str, name: str) -> None:
    """新建数据目录、密钥、数据库和管理员 / Make data folder, key, database and administrator."""
    settings = config.load(data)
    settings = replace(
        settings,
        headquarters=name or settings.headquarters,
        database=database or settings.database,
    )
    password = machine.create(settings)
    if database:
        config.save_database(data, database)
    click.echo(f"枢纽已建立 / hub ready: {data}")
    click.echo(f"管理员 / administrator: {machine.ADMIN}   密码 / password: {password}")


@cli.command()
@click.pass_obj
def run(data: Path) -> None:
    """开始服务 / Serve stations and browsers."""
    serving.serve(machine.open_hub(data))


@cli.group(name="org")
def org_group() -> None:
    """组织机构 / The organisation tree."""


@org_group.command(name="import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.pass_obj
def org_import(data: Path, path: Path) -> None:
    """导入机构表（代码、名称、上级）或省市县目录 / Import a table or a folder of units."""
    report = org.import_org(machine.open_hub(data), path, BY)
    click.echo(
        f"{report.rows} 行 / rows: 新增 / added {report.added}, 改名 / renamed {report.renamed}, "
        f"未变 / same {report.same}, 退回 / refused {report.refused}"
    )
    _tell(report.faults, report.refused)


@cli.group()
def station() -> None:
    """站点 / Stations."""


@station.command(name="add")
@click.argument("code")
@click.option("--name", default="", help="新单位的名称 / name, if the unit is new")
@click.option("--parent", default="", help="新单位的上级代码 / code of the unit above, if new")
@click.option("--replace", "renew", is_flag=True, help="换机：旧站点机作废 / revoke the old node")
@click.pass_obj
def station_add(data: Path, code: str, name: str, parent: str, renew: bool) -> None:
    """给站点一个接入码 / Give a station its one-time code."""
    made = stations.add(machine.open_hub(data), code, BY, name, parent, renew)
    until = datetime.fromtimestamp(made.expires_at, UTC).date()
    click.echo(f"站点 / station: {made.unit.name} ({made.unit.code}), node {made.node_id}")
    click.echo(f"接入码 / code: {made.code.text}   有效至 / valid until {until}")


@station.command(name="revoke")
@click.argument("code")
@click.pass_obj
def station_revoke(data: Path, code: str) -> None:
    """停用站点机，例如电脑被偷 / Revoke a station's node: it gets nothing any more."""
    node_id = stations.decide(machine.open_hub(data), code, "revoked", BY)
    click.echo(f"已停用 / revoked: node {node_id}")
    click.echo("已收到的记录都保留，仍可验证 / what it sent is kept and still verifies")


@station.command(name="unfreeze")
@click.argument("code")
@click.pass_obj
def station_unfreeze(data: Path, code: str) -> None:
    """查清后恢复冻结的站点机 / Let a frozen node work again, once people know why."""
    node_id = stations.decide(machine.open_hub(data), code, "active", BY)
    click.echo(f"已恢复 / at work again: node {node_id}")
    click.echo("另一份副本必须已经关掉 / the other copy must have been switched off")
    click.echo("请站点把留下的那台重新启动一次 / the one that stays is to be started anew")


@cli.group(name="roster")
def roster_group() -> None:
    """学员名册 / The roster."""


@roster_group.command(name="import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--unit", default="", help="没写单位的行归到这里 / unit of rows that name none")
@click.option("--dry-run", is_flag=True, help="只看不存 / only say what would happen")
@click.pass_obj
def roster_import(data: Path, path: Path, unit: str, dry_run: bool) -> None:
    """导入名册（xlsx 或 csv） / Import a roster (xlsx or csv)."""
    report = roster.import_roster(machine.open_hub(data), path, BY, unit, dry_run)
    click.echo(
        f"{report.rows} 行 / rows: 新增 / added {report.added}, 更改 / changed {report.changed} "
        f"(调动 / moved {report.moved}), 未变 / same {report.same}, 退回 / refused {report.refused}"
    )
    _tell(report.faults, report.refused)


@cli.group()
def course() -> None:
    """课程 / Courses."""


@course.command(name="publish")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--unit", default="0", help="发给此单位及以下，默认全部 / for this unit and below")
@click.pass_obj
def course_publish(data: Path, folder: Path, unit: str) -> None:
    """发布课程文件夹 / Publish a course folder."""
    made = publish.publish(machine.open_hub(data), read_folder(folder), unit, BY)
    click.echo(
        f"{made.course.title} ({made.course.id}) v{made.course.version}, "
        f"{made.course.size / 1e6:.1f} MB → {made.unit}"
    )


@cli.command(name="class")
@click.argument("class_id")
@click.option("--title", required=True, help="班名 / title")
@click.option("--unit", default="0", help="单位代码 / unit code")
@click.option(
    "--opens", type=click.DateTime(["%Y-%m-%d"]), required=True, help="开班日 / first day"
)
@click.option(
    "--closes", type=click.DateTime(["%Y-%m-%d"]), required=True, help="结束日 / last day"
)
@click.argument("courses", nargs=-1, required=True)
@click.pass_obj
def class_put(
    data: Path, class_id: str, title: str, unit: str, opens: datetime, closes: datetime,
    courses: tuple[str, ...],
) -> None:  # fmt: skip
    """开班：日期、单位、课程 / Make a class: dates, unit, courses."""
    dates: tuple[date, date] = (opens.date(), closes.date())
    made = classes.put(machine.open_hub(data), class_id, title, unit, dates, courses, BY)
    click.echo(f"{made.title}: {made.opens} – {made.closes}, {', '.join(made.courses)}")


@cli.group(name="carry")
def carry_group() -> None:
    """U 盘摆渡 / Carrying by USB stick."""


STICK = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))


@carry_group.command(name="import")
@STICK
@click.pass_obj
def carry_import(data: Path, folder: Path) -> None:
    """收下 U 盘上各站点的记录，写回回执、指令和课程 / Take in what stations sent, and answer it."""
    with Stick(folder, make=True) as stick:
        done = carry.import_from(machine.open_hub(data), stick)
    click.echo(
        f"收到 {done.parcels} 个包裹（{len(done.stations)} 个站点），新记录 {done.records} 条 / "
        f"{done.parcels} parcels of {len(done.stations)} stations, {done.records} new records"
    )
    _tell_carried(done)


@carry_group.command(name="export")
@STICK
@click.option("--station", "codes", multiple=True, help="单位代码，可多次 / unit code, repeatable")
@click.pass_obj
def carry_export(data: Path, folder: Path, codes: tuple[str, ...]) -> None:
    """把给各站点的指令和课程写到 U 盘 / Put on the stick what is due to its stations."""
    with Stick(folder, make=True) as stick:
        done = carry.export_to(machine.open_hub(data), stick, codes)
    click.echo(f"{len(done.stations)} 个站点 / stations")
    _tell_carried(done)


def _tell_carried(done: carry.Carried) -> None:
    click.echo(
        f"写回 {done.answers} 份答复 / answers, 课程 / content {done.bytes_out / 1e6:.1f} MB"
    )
    for title in done.left_out:
        click.echo(f"  放不下 / no room: {title}", err=True)
    for one in done.refused[:SHOWN_FAULTS]:
        click.echo(f"  {one.file}: {carry.words(one)}", err=True)
    click.echo("现在可以拔出 U 盘 / the stick may be pulled out now")


@cli.group()
def facts() -> None:
    """学习事实 / Facts."""


@facts.command(name="rebuild")
@click.pass_obj
def facts_rebuild(data: Path) -> None:
    """从原始批次重算全部事实 / Fold all facts again from the stored batches."""
    done = rebuild.rebuild(machine.open_hub(data), BY)
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
    click.echo(f"facts digest {rebuild.digest(machine.open_hub(data))}")


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
    hub = machine.open_hub(data)
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
        size, findings = proofs.audit(machine.open_hub(data))
        for finding in findings:
            click.echo(f"{finding.fault.code}: {finding.where}: {finding.fault.value}", err=True)
        click.echo(f"日志 / log: {size} 批 / batches, {len(findings)} 处不符 / faults")
        sys.exit(3 if findings else 0)
    keys: tuple[VerifyKey, ...] = tuple(_key(one) for one in hub_key)
    keys = keys or machine.open_hub(data).ring.publics
    _show(proofs.verify(proofs.read(file.read_text("utf-8")), keys))


def _key(text: str) -> VerifyKey:
    try:
        return VerifyKey.from_bytes(bytes.fromhex(text))
    except ValueError:
        raise click.UsageError(f"--hub-key {text!r}") from None


def _show(shown: proofs.Shown) -> None:
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


@cli.group()
def key() -> None:
    """枢纽的密钥 / The hub's keys."""


@key.command(name="show")
@click.pass_obj
def key_show(data: Path) -> None:
    """各代公钥和指纹 / Public keys and fingerprints of all generations."""
    ring = machine.open_hub(data).ring
    for generation, one in enumerate(reversed(ring.publics)):
        now = "   现用 / in use" if one == ring.current.public else ""
        click.echo(f"{generation}   {one.fingerprint()}   {one.to_bytes().hex()}{now}")


@key.command(name="rotate")
@click.pass_obj
def key_rotate(data: Path) -> None:
    """换一把新密钥，旧的签名仍然有效 / Hand over to a new key; what the old one signed holds."""
    ring = machine.rotate_key(machine.open_hub(data), BY)
    generation, fingerprint = len(ring.keys) - 1, ring.current.public.fingerprint()
    click.echo(f"第 {generation} 代密钥 / key {generation}: {fingerprint}")
    click.echo("正在运行的枢纽要重新启动才用新密钥 / a running hub uses it after a restart")
    click.echo(f"请备份 {data / 'keys'} / back up the folder of keys")


@cli.command(name="status")
@click.pass_obj
def show_status(data: Path) -> None:
    """枢纽现在有什么 / What the hub holds now."""
    hub: Hub = machine.open_hub(data)
    for line in status.lines(hub):
        click.echo(line)


def _tell(faults: list[RowFault], refused: int) -> None:
    for fault in faults[:SHOWN_FAULTS]:
        click.echo(f"  {fault.text()}", err=True)
    if refused > SHOWN_FAULTS:
        click.echo(f"  … {refused - SHOWN_FAULTS}", err=True)


def main() -> int:
    """Run the command line; errors of ours end in one line, not in a traceback."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        cli()
    except StickError as fault:
        click.echo(f"{carry.words(fault)} ({fault})", err=True)
        return 1
    except (HubError, SyncError, ContentError) as fault:
        click.echo(f"{fault.code}: {fault}", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
