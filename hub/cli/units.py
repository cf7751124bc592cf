"""Verbs: units, stations, the roster."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from hub.cli.root import BY, cli, column_option, columns_of, operator, tell
from hub.context import open_hub
from hub.intake import stations
from hub.people import roster
from hub.people.roster_plan import ChangeKind
from hub.publishing import org_table


@cli.group(name="org")
def org_group() -> None:
    """组织机构 / The organisation tree."""


@org_group.command(name="import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只看不存 / only say what would happen")
@column_option
@click.pass_obj
def org_import(data: Path, path: Path, dry_run: bool, columns: tuple[str, ...]) -> None:
    """导入机构表（代码、名称、上级）或省市县目录 / Import a table or a folder of units.

    Units that the table puts below another move there. The exit code is 3 when a row was refused.
    """
    hub = open_hub.open_hub(data)
    chosen = columns_of(columns)
    report = org_table.import_org(hub, path, operator(hub), dry_run, chosen=chosen)
    for move in report.moves:
        click.echo(f"  换上级 / moved: {move.unit.name}: {move.was_name} → {move.above_name}")
    click.echo(
        f"{report.rows} 行 / rows: 新增 / added {report.added}, 改名 / renamed {report.renamed}, "
        f"换上级 / moved {report.moved}, 未变 / same {report.same}, 退回 / refused {report.refused}"
    )
    tell([*report.faults, *report.remarks], report.refused)
    if report.refused:
        sys.exit(3)


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
    new_station = stations.add(open_hub.open_hub(data), code, BY, name, parent, renew)
    until = datetime.fromtimestamp(new_station.expires_at, UTC).date()
    click.echo(
        f"站点 / station: {new_station.unit.name} ({new_station.unit.code}), "
        f"node {new_station.node_id}"
    )
    click.echo(f"接入码 / code: {new_station.code.text}   有效至 / valid until {until}")


@station.command(name="revoke")
@click.argument("code")
@click.pass_obj
def station_revoke(data: Path, code: str) -> None:
    """停用站点机，例如电脑被偷 / Revoke a station's node: it gets nothing any more."""
    node_id = stations.decide(open_hub.open_hub(data), code, "revoked", BY)
    click.echo(f"已停用 / revoked: node {node_id}")
    click.echo("已收到的记录都保留，仍可验证 / what it sent is kept and still verifies")


@station.command(name="unfreeze")
@click.argument("code")
@click.pass_obj
def station_unfreeze(data: Path, code: str) -> None:
    """查清后恢复冻结的站点机 / Let a frozen node work again, once people know why."""
    node_id = stations.decide(open_hub.open_hub(data), code, "active", BY)
    click.echo(f"已恢复 / at work again: node {node_id}")
    click.echo("另一份副本必须已经关掉 / the other copy must have been switched off")
    click.echo("留下的那台下次同步时自己接上 / the one that stays joins up with its next sync")


@cli.group(name="roster")
def roster_group() -> None:
    """学员名册 / The roster."""


@roster_group.command(name="import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--unit", default="", help="没写单位的行归到这里 / unit of rows that name none")
@click.option("--dry-run", is_flag=True, help="只看不存 / only say what would happen")
@click.option("--sure", is_flag=True, help="改名看过，都对 / the new names were looked at")
@column_option
@click.pass_obj
def roster_import(
    data: Path, path: Path, unit: str, dry_run: bool, sure: bool, columns: tuple[str, ...]
) -> None:
    """导入名册（xlsx、xls、csv 等） / Import a roster (xlsx, xls, csv and others).

    imported + refused = rows. The exit code is 3 when a row was refused.
    """
    hub = open_hub.open_hub(data)
    chosen = columns_of(columns)
    report = roster.import_roster(hub, path, operator(hub), unit, dry_run, chosen, confirmed=sure)
    if report.plan.is_doubtful:
        renamed, slipped = report.plan.count(ChangeKind.RENAMED), report.plan.slipped
        click.echo(f"改名 / other names: {renamed}, 像是错行 / of the row beside: {slipped}")
    click.echo(
        f"{report.rows} 行 / rows: 新增 / added {report.added}, 更改 / changed {report.changed} "
        f"(调动 / moved {report.moved}), 未变 / same {report.same}, 退回 / refused {report.refused}"
    )
    tell([*report.faults, *report.remarks], report.refused)
    if report.refused:
        sys.exit(3)
