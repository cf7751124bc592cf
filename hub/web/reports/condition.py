"""Page: how the hub itself is: its backup, and what it got wrong today; for its administrators."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from hub.reports import condition
from hub.rights import Deed
from hub.web.account import needs
from hub.web.current import hub

bp = Blueprint("condition", __name__)


@bp.get("/condition")
@needs(Deed.GOVERN)
def index() -> ResponseReturnValue:
    """The newest backup, and today's failures."""
    return render_template("overview/condition.html", condition=condition.look(hub()))
