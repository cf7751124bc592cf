"""Releases for clients: renewed when due; each gets only the metadata that it lacks."""

from collections.abc import Sequence

from hub.context.open_hub import Hub
from hub.publishing import course_ends
from hub.store.engine import reading, writing
from hub.trust import repository


def bundle(hub: Hub, have: dict[str, int], want: Sequence[str]) -> bytes:
    """The metadata that a client lacks if it has these versions of roles and wants these releases.

    The first request of a day makes the hub sign the day's timestamp, and take back courses whose
    last class is over.
    """
    with reading(hub.engine) as connection:
        due = repository.is_due(connection, hub.now())
    if due:
        with writing(hub.engine) as connection:
            repository.renew(connection, hub.config.trust, hub.now())
            course_ends.sweep(hub, connection)
    with reading(hub.engine) as connection:
        return repository.bundle(connection, have, want)


def sign_anew(hub: Hub) -> None:
    """Sign everything again whose keys are here, as a hub does when it starts.

    The hub may have been restored from a backup. Stations have seen what was signed since, and
    they refuse anything older.
    """
    with writing(hub.engine) as connection:
        repository.sign_anew(connection, hub.config.trust, hub.now())
