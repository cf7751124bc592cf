"""Verbs: make a hub, run it, ask how it is."""

from dataclasses import replace
from pathlib import Path

import click

from hub import config
from hub.cli.root import cli
from hub.context import open_hub
from hub.context.open_hub import Hub
from hub.reports import status as domain


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
    password = open_hub.create(settings)
    if database:
        config.save_database(data, database)
    click.echo(f"枢纽已建立 / hub ready: {data}")
    click.echo(f"管理员 / administrator: {open_hub.ADMIN}   密码 / password: {password}")
    click.echo(
        "发布课程的根密钥没有加密，在枢纽上；正式使用前请移到 U 盘 / the root key of releases lies "
        "open on this machine; before real use: xuezhan-hub trust init STICK"
    )


@cli.command()
@click.pass_obj
def run(data: Path) -> None:
    """开始服务 / Serve stations and browsers."""
    from hub.server import http_server

    http_server.serve(open_hub.open_hub(data))


@cli.command(name="status")
@click.pass_obj
def show_status(data: Path) -> None:
    """枢纽现在有什么 / What the hub holds now."""
    hub: Hub = open_hub.open_hub(data)
    for line in domain.lines(hub):
        click.echo(line)
