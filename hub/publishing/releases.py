"""Releases as they are given out: renewed where it is time, and as little as the asker lacks."""

from collections.abc import Sequence

from hub.context.open_hub import Hub
from hub.store.engine import reading, writing
from hub.trust import repository


def bundle(hub: Hub, have: dict[str, int], want: Sequence[str]) -> bytes:
    """What somebody lacks who has these versions of roles and wants these releases.

    Whoever asks first on a day has the day's timestamp signed.
    """
    with reading(hub.engine) as connection:
        due = repository.is_due(connection, hub.now())
    if due:
        with writing(hub.engine) as connection:
            repository.renew(connection, hub.config.trust, hub.now())
    with reading(hub.engine) as connection:
        return repository.bundle(connection, have, want)


def sign_anew(hub: Hub) -> None:
    """Sign all again whose keys are here, as a hub does when it starts.

    It may have been restored from a backup, and stations have seen what was signed since: they
    take nothing that is older.
    """
    with writing(hub.engine) as connection:
        repository.sign_anew(connection, hub.config.trust, hub.now())
