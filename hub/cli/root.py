"""The command itself, and what all its verbs share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hub import config

if TYPE_CHECKING:
    from hub.context.open_hub import Hub
    from hub.people.table_file import RowFault
    from hub.rights import Actor

# The user in the audit log: the command line is used on the hub's own machine.
BY = "command line"
SHOWN_FAULTS = 20


class VerbGroup(click.Group):
    """A group that imports a verb only when it is called: a quick verb starts quickly.

    ``modules``: by verb, the function that imports the module that adds it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.modules: dict[str, Callable[[], object]] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, imported or not."""
        return sorted(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb; None if no verb has this name."""
        if cmd_name in self.modules:
            self.modules[cmd_name]()
        return super().get_command(ctx, cmd_name)


@click.group(cls=VerbGroup)
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


def operator(hub: Hub) -> Actor:
    """Who uses the command line: somebody who holds the hub's folder may do everything."""
    from hub import rights
    from hub.store.engine import reading

    with reading(hub.engine) as connection:
        return rights.operator(connection, BY)


column_option = click.option(
    "--column", "columns", multiple=True, metavar="FIELD=HEADING",
    help="表格的列，如 number=警号，可多次 / what a column is, repeatable",
)  # fmt: skip


def columns_of(texts: tuple[str, ...]) -> dict[str, str]:
    """What ``--column`` says: heading by field."""
    chosen = {}
    for text in texts:
        name, sign, heading = text.partition("=")
        if not sign or not heading.strip():
            raise click.UsageError(f"--column {text!r}: FIELD=HEADING")
        chosen[name.strip()] = heading.strip()
    return chosen


def tell(faults: list[RowFault], refused: int) -> None:
    """Show the first faults of a table."""
    for fault in faults[:SHOWN_FAULTS]:
        click.echo(f"  {fault.text()}", err=True)
    if refused > SHOWN_FAULTS:
        click.echo(f"  … {refused - SHOWN_FAULTS}", err=True)
