"""The version of node.db that this program reads and writes (steps: ``migrations``)."""

from __future__ import annotations

# The last migration this code knows; the database says its own in user_version.
SCHEMA_VERSION = 8
