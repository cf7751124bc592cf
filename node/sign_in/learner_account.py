"""A learner's account: number and PIN (what guessing costs: ``node.sign_in.guessing``).

An unknown number takes as long and gets the same answer as a wrong PIN. What is typed is read as
it was meant: a phone begins in small letters, an input method writes figures in full width.
"""

from __future__ import annotations

import unicodedata

from node.errors import MovedAway
from node.runtime import NodeRuntime
from node.sign_in import guessing
from node.sign_in.errors import NotTyped, UnfitSecret, WrongOldPassword, WrongSecret
from node.sign_in.guessing import Source
from node.store import learners, orders
from node.store.learners import Reset
from sync.secrets import hash_secret, secret_matches

PIN_DIGITS = 6


def read(typed: str) -> str:
    """What is meant by a text that was typed: full width and spaces around it do not count."""
    return unicodedata.normalize("NFKC", typed).strip()


def meant(runtime: NodeRuntime, typed: str) -> str:
    """The number of the learner who is meant, whatever the case; as typed if that is not one."""
    conn, number = runtime.store.read(), typed.strip()
    if learners.find(conn, number) is not None:
        return number
    number = read(typed)
    found = learners.numbers_like(conn, number)
    return found[0] if len(found) == 1 else number


def sign_in(runtime: NodeRuntime, number: str, pin: str, source: Source) -> None:
    """Check a learner's number and PIN. Who has no PIN yet comes by ``slips.sign_in``.

    Raises:
        NotTyped: one of the two is empty.
        WrongSecret, TooManyTries, AccountLocked: refused.
        MovedAway: number and PIN are right, and the learner's station is another one now.
    """
    if not number:
        raise NotTyped("请输入学号。")
    if not read(pin):
        raise NotTyped("请输入密码。")
    with guessing.counted(runtime, guessing.learner(number), source):
        if not _matches(runtime, number, pin):
            raise WrongSecret(f"learner {number}")
        known = learners.find(runtime.store.read(), number)
        if known is None and not moved_to(runtime, number):
            raise WrongSecret(f"learner {number} has left")
    if known is None:
        raise MovedAway(f"learner {number}", unit=moved_to(runtime, number))


def moved_to(runtime: NodeRuntime, number: str) -> str:
    """What the unit is called to which a learner was moved who is not here any more; or ""."""
    conn = runtime.store.read()
    return "" if learners.find(conn, number) else orders.moved_to(conn, number)


def change_pin(
    runtime: NodeRuntime, number: str, old: str, new: str, again: str, source: Source
) -> None:
    """Change a learner's own PIN.

    Raises:
        WrongOldPassword, TooManyTries, AccountLocked: the old one is wrong, or was too often.
        UnfitSecret: the new one is not six digits, too easy, the old one, or the two differ.
    """
    with guessing.counted(runtime, guessing.learner(number), source):
        if not _matches(runtime, number, old):
            raise WrongOldPassword(f"learner {number}")
    new, again = read(new), read(again)
    check_pin(new, again)
    if new == read(old):
        raise UnfitSecret("新密码要和现在的不一样。")
    stored, now = hash_secret(new), runtime.clock.now()
    runtime.store.write(lambda conn: learners.set_pin(conn, number, stored, now))


def check_pin(pin: str, again: str) -> None:
    """Raise ``UnfitSecret`` unless ``pin`` will do."""
    if len(pin) != PIN_DIGITS or not (pin.isascii() and pin.isdigit()):
        raise UnfitSecret("密码要 6 位数字。")
    if _is_easy(pin):
        raise UnfitSecret("这个密码太容易猜到，请换一个。")
    if pin != again:
        raise UnfitSecret("两次输入的密码不一样，请重新输入。")


def _is_easy(pin: str) -> bool:
    """Whether somebody would try it first: 111112, 123456, 654321, 123123, 112233."""
    in_order = pin in "01234567890" or pin in "09876543210"
    return len(set(pin)) <= 2 or in_order or pin[:3] == pin[3:] or pin[::2] == pin[1::2]


def take_notice(runtime: NodeRuntime, number: str) -> Reset | None:
    """Who reset the learner's PIN and when, if the learner was not told yet; told once."""
    if learners.reset_of(runtime.store.read(), number) is None:
        return None
    return runtime.store.write(lambda conn: learners.take_reset(conn, number))


def unlock(runtime: NodeRuntime, number: str) -> None:
    """Lift locks and delays; the PIN stays."""
    runtime.store.write(lambda conn: guessing.forgive(conn, guessing.learner(number)))


def _matches(runtime: NodeRuntime, number: str, pin: str) -> bool:
    return secret_matches(read(pin), learners.pin(runtime.store.read(), number) or guessing.decoy())
