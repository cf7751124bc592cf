"""Failing: what an answer says when the hub itself could not give it, and that it is counted.

Stations get a few bytes that no log-in page of a network has (sync/SPEC.md §5.8), people a page;
both name the id under which the log has the rest.
"""

from flask import Response, current_app, jsonify, request

from hub.errors import HubError
from hub.web.current import hub

FAILED = "hub-failed"


def note(code: str) -> str:
    """Count a failure of the request at hand; its id, which the log gets too."""
    rule = request.url_rule.rule if request.url_rule is not None else "–"
    failure = hub().failures.note(hub().now(), f"{request.method} {rule}", code)
    current_app.logger.error("failed %s code=%s id=%s", request.path, code, failure)
    return failure


def to_station(fault: HubError | None) -> Response:
    """The answer to a station; None: something that nobody foresaw."""
    code = fault.code if fault is not None else HubError.code
    answer = jsonify(error=FAILED, id=note(code))
    answer.status_code = fault.status if fault is not None else HubError.status
    return answer
