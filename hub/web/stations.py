"""Pages: stations."""

from flask import Blueprint

bp = Blueprint("stations", __name__)
