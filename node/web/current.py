"""The machine that serves the request at hand."""

from __future__ import annotations

from typing import cast

from flask import current_app

from node.runtime import Machine

KEY = "xuezhan.machine"


def machine() -> Machine:
    """The node's parts, for views."""
    return cast(Machine, current_app.extensions[KEY])
