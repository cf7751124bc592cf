"""Page: the keys of headquarters: who signs what, where the keys are, until when they hold.

Only to be looked at: changing a root key takes keys that are kept elsewhere (``hub.cli.trust``).
"""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from hub.reports import signing_keys
from hub.rights import Deed
from hub.store import ledger
from hub.store.engine import reading
from hub.web.account import needs
from hub.web.current import hub

bp = Blueprint("keys", __name__)


@bp.get("/keys")
@needs(Deed.GOVERN)
def index() -> ResponseReturnValue:
    """The hub's own key, the keys that release courses, and the log of what it holds."""
    here = hub()
    with reading(here.engine) as connection:
        log = ledger.frontier(connection)
    return render_template(
        "auth/keys.html",
        generations=[public.fingerprint() for public in here.ring.publics],
        standing=signing_keys.standing(here),
        log=log,
    )
