"""Verbs: the hub's keys."""

from pathlib import Path

import click

from hub.cli.root import BY, cli
from hub.context import open_hub


@cli.group()
def key() -> None:
    """枢纽的密钥 / The hub's keys."""


@key.command(name="show")
@click.pass_obj
def key_show(data: Path) -> None:
    """各代公钥和指纹 / Public keys and fingerprints of all generations."""
    ring = open_hub.open_hub(data).ring
    for generation, public in enumerate(reversed(ring.publics)):
        now = "   现用 / in use" if public == ring.current.public else ""
        click.echo(f"{generation}   {public.fingerprint()}   {public.to_bytes().hex()}{now}")


@key.command(name="rotate")
@click.pass_obj
def key_rotate(data: Path) -> None:
    """换一把新密钥，旧的签名仍然有效 / Hand over to a new key; what the old one signed holds."""
    ring = open_hub.rotate_key(open_hub.open_hub(data), BY)
    generation, fingerprint = len(ring.keys) - 1, ring.current.public.fingerprint()
    click.echo(f"第 {generation} 代密钥 / key {generation}: {fingerprint}")
    click.echo("正在运行的枢纽要重新启动才用新密钥 / a running hub uses it after a restart")
    click.echo(f"请备份 {data / 'keys'} / back up the folder of keys")
