"""Command line of the hub: each verb is parse, one function, exit code.

``xuezhan-hub --data FOLDER VERB``; the help texts are the documentation. Verbs are in ``hub.cli``.
"""

import logging
import sys

import click

from content.model.errors import ContentError, StickError
from hub.cli import carry as _carry
from hub.cli import contents, courses, history, keys, setup, trust, units
from hub.cli.root import cli
from hub.errors import HubError
from hub.intake import stick_carrier
from sync.errors import SyncError

__all__ = ["VERBS", "cli", "main"]

# Importing a module of verbs adds them to the command.
VERBS = (setup, units, courses, contents, _carry, history, keys, trust)


def main() -> int:
    """Run the command line; errors of ours end in one line, not in a traceback."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        cli()
    except StickError as fault:
        click.echo(f"{stick_carrier.words(fault)} ({fault})", err=True)
        return 1
    except (HubError, SyncError, ContentError) as fault:
        click.echo(f"{fault.code}: {fault}", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
