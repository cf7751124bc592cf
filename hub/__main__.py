"""Command line of the hub: each verb is parse, one function, exit code.

``xuezhan-hub --data FOLDER VERB``; the help texts are the documentation.
"""

import logging
import sys
from dataclasses import replace
from pathlib import Path

import click

from hub import config, machine
from hub.errors import HubError
from sync.errors import SyncError


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
@click.option("--name", default="总局", help="总局单位名称 / name of the top unit")
@click.pass_obj
def init(data: Path, database: str, name: str) -> None:
    """新建数据目录、密钥、数据库和管理员 / Make data folder, key, database and administrator."""
    settings = replace(config.load(data), headquarters=name)
    if database:
        config.save_database(data, database)
        settings = replace(settings, database=database)
    password = machine.create(settings)
    click.echo(f"枢纽已建立 / hub ready: {data}")
    click.echo(f"管理员 / administrator: {machine.ADMIN}   密码 / password: {password}")


def main() -> int:
    """Run the command line; errors of ours end in one line, not in a traceback."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        cli()
    except (HubError, SyncError) as fault:
        click.echo(f"{fault.code}: {fault}", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
