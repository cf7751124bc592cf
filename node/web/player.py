"""Pages: player (filled in by its part of the node)."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("player", __name__)
