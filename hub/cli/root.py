"""The command itself, and what all its verbs share."""

from pathlib import Path

import click

from hub import config
from hub.people.table_file import RowFault

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


def tell(faults: list[RowFault], refused: int) -> None:
    """Show the first faults of a table."""
    for fault in faults[:SHOWN_FAULTS]:
        click.echo(f"  {fault.text()}", err=True)
    if refused > SHOWN_FAULTS:
        click.echo(f"  … {refused - SHOWN_FAULTS}", err=True)
