"""Compiled: templates that one process compiles and its forks find compiled."""

from __future__ import annotations

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache


class CompiledTemplates(BytecodeCache):
    """Bytecode of templates in memory."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give ``bucket`` what is known of it."""
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what ``bucket`` has."""
        self._known[bucket.key] = bucket.bytecode_to_string()


_TEMPLATES = CompiledTemplates()


def without_tokens(app: Flask) -> Flask:
    """``app`` with these templates, taking forms that bring no token."""
    app.jinja_env.bytecode_cache = _TEMPLATES
    app.config["WTF_CSRF_ENABLED"] = False
    return app
