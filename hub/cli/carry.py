"""Verbs: sticks."""

from pathlib import Path

import click

from content.transfer.stick_folder import Stick
from hub.cli.root import SHOWN_FAULTS, cli
from hub.context import open_hub
from hub.intake import stick_carrier

STICK = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))


@cli.group(name="carry")
def carry_group() -> None:
    """U 盘摆渡 / Carrying by USB stick."""


@carry_group.command(name="import")
@STICK
@click.pass_obj
def carry_import(data: Path, folder: Path) -> None:
    """收下 U 盘上各站点的记录，写回回执、指令和课程 / Take in what stations sent, and answer it."""
    with Stick(folder, make=True) as stick:
        done = stick_carrier.import_from(open_hub.open_hub(data), stick)
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
        done = stick_carrier.export_to(open_hub.open_hub(data), stick, codes)
    click.echo(f"{len(done.stations)} 个站点 / stations")
    _tell_carried(done)


def _tell_carried(done: stick_carrier.StickReport) -> None:
    click.echo(
        f"写回 {done.answers} 份答复 / answers, 课程 / content {done.bytes_out / 1e6:.1f} MB"
    )
    for title in done.left_out:
        click.echo(f"  放不下 / no room: {title}", err=True)
    for parcel in done.refused[:SHOWN_FAULTS]:
        click.echo(f"  {parcel.file}: {stick_carrier.words(parcel)}", err=True)
    click.echo("现在可以拔出 U 盘 / the stick may be pulled out now")
