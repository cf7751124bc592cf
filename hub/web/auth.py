"""Signing in at the hub, and who may see what."""

from flask import Blueprint, Flask

bp = Blueprint("auth", __name__)


def attach(app: Flask) -> None:
    """Prepare ``app`` for sign-ins; called once by ``create_app``."""
