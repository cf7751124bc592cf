"""Pages: results (filled in by its part of the node)."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("results", __name__)
