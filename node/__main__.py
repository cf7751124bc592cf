"""The command ``xuezhan-node``: what a keeper does without a browser; ``--help`` says it all."""

from __future__ import annotations

import errno
import logging
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from content.face.words import gettext as _
from node.config import Config, UnknownSetting, default_data
from node.errors import ContentWaits, DiskFault, DiskFull, LineError, NodeError, PortTaken

if TYPE_CHECKING:
    from node.runtime import NodeRuntime

DATA = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=default_data,
    show_default="$XUEZHAN_DATA or ./node-data",
    help="Folder with everything this node keeps.",
)
# Of all that the system may say no to, what the keeper can only mend at the disk.
_OF_THE_DISK = frozenset({errno.EIO, errno.ENOSPC, errno.EDQUOT})
# The service does not start again after this (install/xuezhan.service): it would change nothing.
NOT_AGAIN = 78
SHANGHAI = ZoneInfo("Asia/Shanghai")
# Who did it, in the log: whoever holds the PC.
BY_COMMAND = "the command on this PC"


@click.group()
def cli() -> None:
    """学站站点机: serves one station on its LAN and syncs with the hub when the line allows."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")


@cli.command()
@click.argument("hub_url")
@click.argument("code")
@click.option("--port", type=int, default=None, help="Port for browsers (8480).")
@click.option(
    "--ca",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=None,
    help="Where HUB_URL is https: the file of the authority that its certificate is from.",
)
@DATA
def join(hub_url: str, code: str, port: int | None, ca: Path | None, data: Path) -> None:
    """Join the hub at HUB_URL with the one-time CODE that headquarters gave this station."""
    from node.exchange.joining import KEEPER
    from node.exchange.joining import join as join_hub

    config = replace(Config.load(data), hub_url=hub_url.rstrip("/"))
    if port is not None:
        config = replace(config, port=port)
    if ca is not None:
        config = replace(config, hub_ca=str(_copied(ca, data)))
    identity, password = join_hub(config, code)
    click.echo(_("已加入：%(name)s（%(station)s）", name=identity.name, station=identity.station))
    click.echo(_("站点管理员账号：%(name)s", name=KEEPER))
    click.echo(_("初始密码（只显示这一次）：%(password)s", password=password))
    click.echo(
        _("现在执行 xuezhan-node run，然后在浏览器打开本机的 %(port)s 端口。", port=config.port)
    )


@cli.command()
@DATA
def run(data: Path) -> None:
    """Serve this station until told to stop."""
    from node.runtime import NodeRuntime
    from node.web.app import create_app
    from node.web.serve import serve

    config = Config.load(data)
    runtime = NodeRuntime.open(config)
    signal.signal(signal.SIGTERM, _stop)
    try:
        runtime.start()
        serve(create_app(runtime), config)
    finally:
        runtime.close()


@cli.command()
@DATA
def sync(data: Path) -> None:
    """Sync once, now, and bring courses that are missing."""
    from node.runtime import NodeRuntime

    runtime = NodeRuntime.open(Config.load(data))
    try:
        taken = runtime.courier.sync()
        click.echo(_("枢纽新收到 %(n)s 条记录。", n=taken))
        try:
            installed = runtime.courier.fetch_content()
        except ContentWaits as error:
            installed = 0
            click.echo(_(error.words))
        if installed:
            click.echo(_("新装好 %(n)s 门课程。", n=installed))
        passed_on = runtime.courier.forward()
        if passed_on:
            click.echo(_("替别的站点转交了 %(n)s 份。", n=passed_on))
    finally:
        runtime.close()


@cli.group()
def carry() -> None:
    """Carry by USB stick what the line does not: to headquarters and back."""


STICK = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))


@carry.command(name="export")
@STICK
@DATA
def carry_export(folder: Path, data: Path) -> None:
    """Put on the stick at FOLDER what waits for headquarters."""
    from node.runtime import NodeRuntime

    runtime = NodeRuntime.open(Config.load(data))
    try:
        done = runtime.stick.export_to(folder).journey
        click.echo(_("已装上 %(n)s 条记录，现在可以拔出 U 盘。", n=done.records))
    finally:
        runtime.close()


@carry.command(name="import")
@STICK
@DATA
def carry_import(folder: Path, data: Path) -> None:
    """Take in what headquarters put on the stick at FOLDER."""
    from node.runtime import NodeRuntime

    runtime = NodeRuntime.open(Config.load(data))
    try:
        done = runtime.stick.import_from(folder)
        journey = done.journey
        click.echo(_("枢纽新收到 %(n)s 条记录。", n=journey.receipted))
        click.echo(
            _(
                "收到指令 %(orders)s 条，新装好课程 %(courses)s 门。",
                orders=journey.orders,
                courses=journey.courses,
            )
        )
        for refused in done.refused:
            click.echo(
                _("没有采用：%(file)s（%(code)s）", file=refused.file, code=refused.code), err=True
            )
    finally:
        runtime.close()


@cli.command()
@DATA
def status(data: Path) -> None:
    """Say who this node is, when it last synced and what waits."""
    from node.runtime import NodeRuntime
    from node.store import courses, learners, meta

    runtime = NodeRuntime.open(Config.load(data))
    try:
        conn = runtime.store.read()
        identity = meta.identity(conn)
        if identity is None:
            raise click.ClickException(_("这台电脑还没有加入学站，请先执行 xuezhan-node join。"))
        line = runtime.line()
        click.echo(f"{identity.name}（{identity.station}） node {identity.node}")
        click.echo(_("上次同步：%(at)s", at=_moment(line.last_sync_at)))
        click.echo(_("待传记录：%(n)s 条", n=line.waiting_count))
        click.echo(
            _(
                "学员 %(learners)s 人，课程 %(courses)s 门",
                learners=len(learners.all(conn)),
                courses=len(courses.installed(conn)),
            )
        )
    finally:
        runtime.close()


@cli.group()
def receipts() -> None:
    """What the hub has signed for."""


@receipts.command(name="export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@DATA
def receipts_export(file: Path, data: Path) -> None:
    """Write all receipts to FILE: with it headquarters proves that it still holds the records.

    There: xuezhan-hub log prove --receipt FILE --seq NUMBER -o PROOF
    """
    from node.exchange.receipts import export
    from node.store.db import Store

    store = Store.open(data)
    try:
        text, count = export(store.read())
    finally:
        store.close()
    file.write_text(text, "utf-8")
    click.echo(_("导出 %(n)s 张回执：%(file)s", n=count, file=file))


@cli.group()
def key() -> None:
    """This node's signing key."""


@key.command(name="show")
@DATA
def key_show(data: Path) -> None:
    """Say the fingerprint of this node's key, and of the hub's as this node knows it."""
    from node.exchange.node_keys import load_keys
    from node.store import meta
    from node.store.db import Store

    own = load_keys(data)
    store = Store.open(data)
    try:
        identity = meta.identity(store.read())
    finally:
        store.close()
    fingerprint = own.current.public.fingerprint()
    click.echo(_("本机密钥：%(key)s（第 %(n)s 代）", key=fingerprint, n=own.generation))
    if identity is not None:
        hub = identity.hub
        click.echo(
            _("枢纽密钥：%(key)s（第 %(n)s 代）", key=hub.key.fingerprint(), n=hub.generation)
        )


@key.command(name="rotate")
@DATA
def key_rotate(data: Path) -> None:
    """Hand over to a new key, for instance after the old one may have been copied.

    The hub learns of it with the next sync. All records must have been synced first.
    """
    from node.keeper import key_rotation
    from node.runtime import NodeRuntime

    runtime = NodeRuntime.open(Config.load(data))
    try:
        own = key_rotation.rotate(runtime)
    finally:
        runtime.close()
    click.echo(_("新密钥：%(key)s", key=own.current.public.fingerprint()))
    click.echo(_("下次同步时枢纽会自动认得它，不用重新启动。请把 keys 文件夹一起备份。"))


@cli.group()
def keeper() -> None:
    """Who keeps this station; for whoever holds its PC, also when nobody can sign in."""


@keeper.command(name="list")
@DATA
def keeper_list(data: Path) -> None:
    """Say who the keepers are."""
    from node.store import keepers
    from node.store.db import Store

    store = Store.open(data)
    try:
        everyone = keepers.all(store.read())
    finally:
        store.close()
    for entry in everyone:
        if entry.closed_at:
            click.echo(_("%(name)s（%(at)s 关闭）", name=entry.name, at=_moment(entry.closed_at)))
        else:
            initial = _("%(name)s（还没换密码）", name=entry.name)
            click.echo(initial if entry.initial else entry.name)


@keeper.command(name="add")
@click.argument("name")
@DATA
def keeper_add(name: str, data: Path) -> None:
    """Make another keeper, NAME, with a one-time password."""
    from node.sign_in import keeper_accounts

    _tell_password(data, name, lambda runtime: keeper_accounts.add(runtime, name, BY_COMMAND))


@keeper.command(name="reset")
@click.argument("name")
@DATA
def keeper_reset(name: str, data: Path) -> None:
    """Give keeper NAME a one-time password; sign-ins with the old one end."""
    from node.sign_in import keeper_accounts

    _tell_password(data, name, lambda runtime: keeper_accounts.reset(runtime, name, BY_COMMAND))


@keeper.command(name="hand-over")
@click.argument("old")
@click.argument("new")
@DATA
def keeper_hand_over(old: str, new: str, data: Path) -> None:
    """Make keeper NEW, with a one-time password, and close OLD."""
    from node.sign_in import keeper_accounts

    _tell_password(
        data, new, lambda runtime: keeper_accounts.hand_over(runtime, old, new, BY_COMMAND)
    )
    click.echo(_("%(name)s 的账号已关闭。", name=old))


def _tell_password(data: Path, name: str, new_password: Callable[[NodeRuntime], str]) -> None:
    from node.runtime import NodeRuntime

    runtime = NodeRuntime.open(Config.load(data))
    try:
        password = new_password(runtime)
    finally:
        runtime.close()
    words = _(
        "管理员 %(name)s 的一次性密码（只显示这一次，登录时要换）：%(password)s",
        name=name,
        password=password,
    )
    click.echo(words)


def _copied(ca: Path, data: Path) -> Path:
    """Copy the file into the data folder: the original may lie on a stick or in a user's home."""
    own_copy = data.resolve() / "hub-ca.pem"
    if ca.resolve() != own_copy:
        own_copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ca, own_copy)
    return own_copy


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, SHANGHAI).strftime("%Y-%m-%d %H:%M") if at else _("从未")


def _stop(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


def _exit_code(error: NodeError) -> int:
    if isinstance(error, PortTaken):
        return NOT_AGAIN
    return 2 if isinstance(error, LineError) else 1


def main() -> None:
    """Run the command. A fault prints a sentence and exits with 1, a fault of the line with 2."""
    try:
        cli()
    except UnknownSetting as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except NodeError as error:
        _say(error)
        sys.exit(_exit_code(error))
    except sqlite3.Error as error:
        from node.store.writer import disk_error

        _say(disk_error(error))
        sys.exit(1)
    except OSError as error:
        if error.errno not in _OF_THE_DISK:
            raise
        _say((DiskFault if error.errno == errno.EIO else DiskFull)(str(error)))
        sys.exit(1)


def _say(error: NodeError) -> None:
    click.echo(_(error.words, **error.values), err=True)
    click.echo(f"({error.code}: {error})", err=True)


if __name__ == "__main__":
    main()
