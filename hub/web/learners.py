"""Pages: learners."""

from flask import Blueprint

bp = Blueprint("learners", __name__)
