"""The keeper's pages (what they say: node.keeper)."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from node.web.auth import keeper_required

bp = Blueprint("keeper", __name__, url_prefix="/keeper")


@bp.get("/")
@keeper_required
def home() -> ResponseReturnValue:
    """Is all well, and what to do next."""
    return render_template("keeper/home.html")
