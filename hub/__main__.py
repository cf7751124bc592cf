"""Command line of the hub: each verb is parse, one function, exit code.

``xuezhan-hub --data FOLDER VERB``; the help texts are the documentation. Verbs are in ``hub.cli``.
"""

import logging
import sys

import click

from content.model.errors import ContentError, StickError
from hub.cli.root import cli
from hub.errors import HubError, HubPortTaken
from sync.errors import SyncError

__all__ = ["cli", "main"]

# The service does not start again after this (install/xuezhan.service): it would change nothing.
NOT_AGAIN = 78

# Real import statements, not module names as text: whatever draws the imports sees them.


def _accounts() -> object:
    from hub.cli import accounts

    return accounts


def _backups() -> object:
    from hub.cli import backups

    return backups


def _carry() -> object:
    from hub.cli import carry

    return carry


def _contents() -> object:
    from hub.cli import contents

    return contents


def _courses() -> object:
    from hub.cli import courses

    return courses


def _history() -> object:
    from hub.cli import history

    return history


def _keys() -> object:
    from hub.cli import keys

    return keys


def _setup() -> object:
    from hub.cli import setup

    return setup


def _trust() -> object:
    from hub.cli import trust

    return trust


def _units() -> object:
    from hub.cli import units

    return units


cli.modules = {
    "account": _accounts,
    "backup": _backups,
    "carry": _carry,
    "class": _courses,
    "content": _contents,
    "course": _courses,
    "facts": _history,
    "init": _setup,
    "key": _keys,
    "log": _history,
    "org": _units,
    "restore": _backups,
    "roster": _units,
    "run": _setup,
    "station": _units,
    "status": _setup,
    "trust": _trust,
}


def main() -> int:
    """Run the command line; an error of ours prints one line, not a traceback."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        cli()
    except StickError as fault:
        from hub.intake import stick_carrier

        click.echo(f"{stick_carrier.words(fault)} ({fault})", err=True)
        return 1
    except (HubError, SyncError, ContentError) as fault:
        click.echo(f"{fault.code}: {fault}", err=True)
        return NOT_AGAIN if isinstance(fault, HubPortTaken) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
