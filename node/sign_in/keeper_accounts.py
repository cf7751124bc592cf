"""Keepers' accounts: name and password (what guessing costs: ``node.sign_in.guessing``)."""

from __future__ import annotations

from node.errors import UnfitSecret, WrongOldPassword, WrongPassword
from node.runtime import NodeRuntime
from node.sign_in import guessing
from node.sign_in.guessing import Source
from node.store import keepers
from sync.secrets import hash_secret, secret_matches

MIN_PASSWORD_CHARS = 8


def sign_in(runtime: NodeRuntime, name: str, password: str, source: Source) -> None:
    """Check a keeper's name and password.

    Raises:
        WrongPassword, TooManyTries: refused. A keeper is never locked out, only slowed, and from
            the PC itself by seconds.
    """
    with guessing.counted(runtime, guessing.keeper(name), source):
        stored = keepers.password(runtime.store.read(), name) or guessing.decoy()
        if not secret_matches(password, stored):
            raise WrongPassword(f"keeper {name}")


def change_password(
    runtime: NodeRuntime, name: str, old: str, new: str, again: str, source: Source
) -> None:
    """Change a keeper's password.

    Raises:
        WrongOldPassword, TooManyTries: the old one is wrong, or was too often.
        UnfitSecret: the new one is too short, the old one again, or the two differ.
    """
    with guessing.counted(runtime, guessing.keeper(name), source):
        stored = keepers.password(runtime.store.read(), name) or guessing.decoy()
        if not secret_matches(old, stored):
            raise WrongOldPassword(f"keeper {name}")
    if len(new) < MIN_PASSWORD_CHARS:
        raise UnfitSecret("新密码至少要 8 个字。")
    if new != again:
        raise UnfitSecret("两次输入的密码不一样，请重新输入。")
    if new == old:
        raise UnfitSecret("新密码要和现在的不一样。")
    fresh, now = hash_secret(new), runtime.clock.now()
    runtime.store.write(lambda conn: keepers.set_password(conn, name, fresh, now))
