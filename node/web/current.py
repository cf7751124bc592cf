"""The node that serves the current request."""

from __future__ import annotations

from typing import cast

from flask import current_app

from node.runtime import NodeRuntime

KEY = "xuezhan.runtime"


def runtime() -> NodeRuntime:
    """The node's parts, for views."""
    return cast(NodeRuntime, current_app.extensions[KEY])
