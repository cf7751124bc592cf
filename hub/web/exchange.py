"""The endpoints that stations talk to: /x, /join, /blob (sync/SPEC.md)."""

from flask import Blueprint

bp = Blueprint("exchange", __name__)
