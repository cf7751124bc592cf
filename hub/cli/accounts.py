"""Verbs: accounts of people, for whoever holds the hub's folder — also when nobody can log in."""

from pathlib import Path

import click

from hub.cli.root import cli, operator
from hub.context import open_hub
from hub.people import accounts
from hub.people.accounts import NewAccount
from hub.people.log_in import one_time_password
from hub.rights import Role
from hub.store.units import ROOT_CODE


@cli.group(name="account")
def account_group() -> None:
    """账号 / Accounts."""


@account_group.command(name="list")
@click.pass_obj
def account_list(data: Path) -> None:
    """列出所有账号和角色 / List all accounts with their roles."""
    hub = open_hub.open_hub(data)
    for account in accounts.kept_by(hub, operator(hub)):
        user = account.user
        held = ", ".join(f"{each.role}@{each.unit.code}" for each in account.roles) or "–"
        state = "" if user.active else "  已停用 / closed"
        click.echo(f"{user.name}  {user.real_name or '–'}  {user.telephone or '–'}  {held}{state}")


@account_group.command(name="add")
@click.argument("name")
@click.option("--role", type=click.Choice(list(Role)), default=Role.VIEWER, help="角色 / role")
@click.option("--unit", default="", help="单位代码，默认总局 / unit code, default the top unit")
@click.option("--real-name", default="", help="姓名 / the person's name")
@click.option("--telephone", default="", help="电话 / telephone")
@click.pass_obj
def account_add(
    data: Path, name: str, role: str, unit: str, real_name: str, telephone: str
) -> None:
    """建立账号，给出一次性密码 / Make an account and show its one-time password."""
    hub, password = open_hub.open_hub(data), one_time_password()
    new = NewAccount(name, password, role, unit, real_name, telephone)
    accounts.add(hub, operator(hub), new)
    _show(name, password)


@account_group.command(name="reset")
@click.argument("name")
@click.pass_obj
def account_reset(data: Path, name: str) -> None:
    """忘记密码：给一个一次性密码，恢复停用的账号 / Forgotten password: show a one-time one.

    A closed account is opened again; the second factor is turned off; all log-ins end.
    """
    hub = open_hub.open_hub(data)
    account = accounts.by_name(hub, name)
    password = accounts.reset(hub, operator(hub), account.user.id)
    if not account.user.active:
        accounts.set_active(hub, operator(hub), account.user.id, True)
    _show(name, password)


@account_group.command(name="close")
@click.argument("name")
@click.pass_obj
def account_close(data: Path, name: str) -> None:
    """停用账号 / Close an account: it logs in no more."""
    hub = open_hub.open_hub(data)
    accounts.set_active(hub, operator(hub), accounts.by_name(hub, name).user.id, False)
    click.echo(f"已停用 / closed: {name}")


@account_group.command(name="role")
@click.argument("name")
@click.argument("role", type=click.Choice(list(Role)))
@click.option("--unit", default="", help="单位代码，默认总局 / unit code, default the top unit")
@click.option("--take", is_flag=True, help="收回 / take it away")
@click.pass_obj
def account_role(data: Path, name: str, role: str, unit: str, take: bool) -> None:
    """给账号一个角色，或收回 / Give an account a role, or take it away."""
    hub = open_hub.open_hub(data)
    by, account = operator(hub), accounts.by_name(hub, name)
    if take:
        at = unit or ROOT_CODE
        for held in account.roles:
            if (held.role, held.unit.code) == (role, at):
                accounts.take_role(hub, by, account.user.id, role, held.unit.id)
    else:
        accounts.give_role(hub, by, account.user.id, role, unit)
    for each in accounts.by_name(hub, name).roles:
        click.echo(f"{each.unit.name} ({each.unit.code}): {each.role}")


def _show(name: str, password: str) -> None:
    click.echo(f"账号 / account: {name}")
    click.echo(f"一次性密码 / one-time password: {password}")
    click.echo("登录后马上要改 / it must be changed at the first log-in")
