"""The hub that the current request is served by."""

from flask import current_app

from hub.context.open_hub import Hub

EXTENSION = "xuezhan-hub"


def hub() -> Hub:
    """The open hub that ``create_app`` was given."""
    opened: Hub = current_app.extensions[EXTENSION]
    return opened
