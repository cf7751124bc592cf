"""The endpoints that stations talk to: /x, /join, /pieces, /trust (sync/SPEC.md §5, §7).

Requests are signed, so there is no cookie and no CSRF token. A refusal that cannot be signed
for its sender is JSON: ``{"error": code}``; of a failure of the hub see ``hub.web.failing``.
"""

from typing import IO, cast

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import InternalServerError, RequestEntityTooLarge
from werkzeug.wsgi import wrap_file

from content.model.errors import PackError
from content.transfer.releases import read_asked
from content.transfer.request import MAX_REQUESTS_BYTES, read_requests
from hub.errors import HubError, TooMany
from hub.intake import node_request, stations
from hub.publishing import releases
from hub.web import failing
from hub.web.current import hub
from sync.enrolment import MAX_JOIN_BYTES
from sync.errors import PeerError

bp = Blueprint("exchange", __name__)

BYTES = "application/octet-stream"
# Seconds to wait for a node that comes while the hub sends to as many others as it can.
FULL_AGAIN_S = 120


@bp.post("/x", defaults={"direct": True})
@bp.post("/x/late", defaults={"direct": False})
def exchange(direct: bool) -> ResponseReturnValue:
    """One exchange with a node; ``late``: a relay brings what was said some time ago."""
    raw = _body(hub().config.max_exchange_bytes)
    answer = Response(node_request.exchange(hub(), raw, direct=direct))
    # A parcel says itself what it is: the header would cost a station 40 bytes at every sync.
    del answer.headers["Content-Type"]
    return answer


@bp.post("/join")
def join() -> ResponseReturnValue:
    """Let a node join by its one-time code."""
    raw = _body(MAX_JOIN_BYTES)
    return Response(stations.join(hub(), raw, request.remote_addr or "?"), mimetype=BYTES)


@bp.post("/pieces")
def pieces() -> ResponseReturnValue:
    """Chunks and files of courses, as many as a node asks for (content/SPEC.md §5)."""
    requests = read_requests(_body(MAX_REQUESTS_BYTES))
    doors = hub().delivery.doors
    if not doors.enter():
        return Response(status=503, headers={"Retry-After": str(FULL_AGAIN_S)})
    answer = hub().delivery.answer(requests, doors.leave)
    # waitress itself sends a file that it is given, without holding a thread for a slow reader.
    sent = Response(
        wrap_file(request.environ, cast(IO[bytes], answer)), mimetype=BYTES, direct_passthrough=True
    )
    sent.content_length = answer.length
    return sent


@bp.get("/trust")
def trust() -> ResponseReturnValue:
    """The metadata of current releases that the asker lacks (content/SPEC.md §8)."""
    have, want = read_asked(request.args.get("have", ""), request.args.get("want", ""))
    return Response(releases.bundle(hub(), have, want), mimetype=BYTES)


def _body(limit: int) -> bytes:
    """The body, if it is at most ``limit`` bytes; a longer one is not read."""
    request.max_content_length = limit
    if request.content_length is not None and request.content_length > limit:
        raise RequestEntityTooLarge
    return request.get_data(cache=False)


@bp.errorhandler(PeerError)
def _not_understood(fault: PeerError) -> ResponseReturnValue:
    current_app.logger.warning("refused %s code=%s: %s", request.path, fault.code, fault)
    return jsonify(error=fault.code), 403


@bp.errorhandler(HubError)
def _refused(fault: HubError) -> ResponseReturnValue:
    if fault.status >= HubError.status:
        return failing.to_station(fault)
    current_app.logger.warning("refused %s code=%s: %s", request.path, fault.code, fault)
    answer = jsonify(error=fault.code)
    answer.status_code = fault.status
    if isinstance(fault, TooMany):
        answer.headers["Retry-After"] = str(fault.again_s)
    return answer


@bp.errorhandler(InternalServerError)
def _failed(_fault: InternalServerError) -> ResponseReturnValue:
    return failing.to_station(None)


@bp.errorhandler(RequestEntityTooLarge)
def _too_large(_fault: RequestEntityTooLarge) -> ResponseReturnValue:
    answer = jsonify(error="too-large")
    answer.status_code = 413
    # The rest of the body is still on its way: this connection is of no more use.
    answer.headers["Connection"] = "close"
    return answer


@bp.errorhandler(PackError)
def _not_wishes(fault: PackError) -> ResponseReturnValue:
    return jsonify(error=fault.code), 400
