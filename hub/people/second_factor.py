"""Second factor: a code of six digits from an app on the telephone (TOTP, RFC 6238), if one wishes.

A code is taken once: whoever reads it over a shoulder comes too late. A lost telephone is helped by
a reset (``hub.people.accounts.reset``), which takes the second factor away.
"""

import pyotp

from hub.context.open_hub import Hub
from hub.people import log_in
from hub.people.errors import WrongSecondFactor
from hub.store import audit, brakes, users
from hub.store.engine import writing
from hub.store.users import User

ISSUER = "学站枢纽"
STEP_S = 30
# Five of a million codes in a quarter of an hour (``log_in.WINDOW_S``).
CODE_TRIES = 5


def new_secret() -> str:
    """A secret for an app, not kept yet."""
    return str(pyotp.random_base32())


def address(user: User, secret: str) -> str:
    """What the QR code for the app says."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=user.name, issuer_name=ISSUER))


def turn_on(hub: Hub, user: User, secret: str, code: str, password: str) -> None:
    """Ask for codes at log-in from now on; ``code`` shows that the app has the secret.

    The password is asked for: else whoever passes by a PC that was left open could lock its owner
    out with a telephone of their own.

    Raises:
        TooMany, WrongPassword: as ``log_in.confirm``; nothing changes.
        WrongSecondFactor: the app does not have it; nothing changes.
    """
    log_in.confirm(hub, user, password)
    step = _step(secret, code, hub.now(), user.totp_step)
    with writing(hub.engine) as connection:
        users.put(connection, user.id, totp=secret, totp_step=step)
        audit.note(connection, hub.now(), user.name, "second factor on")


def turn_off(hub: Hub, user: User, code: str) -> None:
    """Ask for no codes any more. Raises as ``check``."""
    check(hub, user, code)
    with writing(hub.engine) as connection:
        users.put(connection, user.id, totp="", totp_step=0)
        audit.note(connection, hub.now(), user.name, "second factor off")


def check(hub: Hub, user: User, code: str) -> None:
    """Whether this is the code of now; it is used up by it.

    Raises:
        TooMany: too many wrong codes; says how long.
        WrongSecondFactor: it is not, or was used.
    """
    key, now = f"code {user.id}", hub.now()
    log_in.spend_try(hub, key, CODE_TRIES)
    with writing(hub.engine) as connection:
        current = users.get(connection, user.id, held=True)
        if current is None or not current.totp:
            raise WrongSecondFactor()
        step = _step(current.totp, code, now, current.totp_step)
        users.put(connection, user.id, totp_step=step)
        brakes.release(connection, [key])


def _step(secret: str, code: str, now: int, used: int) -> int:
    """The half minute whose code this is: the present one or one beside it, never one used."""
    app = pyotp.TOTP(secret)
    digits = code.replace(" ", "")
    for step in (now // STEP_S + shift for shift in (0, -1, 1)):
        if (
            step > used
            and digits.isascii()
            and pyotp.utils.strings_equal(app.generate_otp(step), digits)
        ):
            return int(step)
    raise WrongSecondFactor()
