"""Errors of signing in (docs/errors.md)."""

from node.errors import InputError


class WrongSecret(InputError):
    """Number and PIN (or name and password) do not match; says no more than that."""

    code = "wrong-secret"
    status = 403
    words = "学号或密码不对，请再试一次。"


class NotTyped(InputError):
    """Number or PIN was left empty; nothing was compared or counted."""

    code = "not-typed"

    def __init__(self, words: str) -> None:
        super().__init__("nothing was typed")
        self.words = words


class WrongPassword(WrongSecret):
    """A keeper's name and password do not match."""

    code = "wrong-password"
    words = "账号或密码不对，请再试一次。"


class WrongWord(WrongSecret):
    """Number and the word of a slip do not match; says no more than that."""

    code = "wrong-word"
    words = "学号或口令不对。请对照登录条再试一次；重新打印过的，旧登录条不能用了。"


class SlipExpired(WrongSecret):
    """The slip's time is over."""

    code = "slip-expired"
    words = "这张登录条已过期（重设密码后 24 小时内有效）。请找站点管理员重新打印。"


class WrongOldPassword(WrongSecret):
    """Changing a password, the present one was mistyped."""

    code = "wrong-old-password"
    words = "现在的密码不对，请再试一次。"


class TooManyTries(InputError):
    """Too many wrong tries: wait ``seconds``."""

    code = "too-many-tries"
    status = 429
    words = "试的次数太多了，请等 %(seconds)s 秒后再试。"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s", seconds=seconds)
        self.seconds = seconds


class AccountLocked(InputError):
    """Locked from there after many wrong tries, until the keeper lifts it."""

    code = "account-locked"
    status = 403
    words = "这个账号在这台电脑上输错太多次，已锁定。请换一台以前登录过的电脑，或找站点管理员解锁。"


class UnfitSecret(InputError):
    """The new PIN or password does not fit the rules; ``words`` says which one."""

    code = "unfit-secret"

    def __init__(self, words: str) -> None:
        super().__init__("new secret refused")
        self.words = words


class UnfitKeeper(InputError):
    """A keeper cannot be made or closed like this; ``words`` says why."""

    code = "unfit-keeper"

    def __init__(self, words: str) -> None:
        super().__init__("change of keepers refused")
        self.words = words
