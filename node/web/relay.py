"""What other nodes ask this one: /relay, /trust (sync/SPEC.md §12.4), /pieces (content/SPEC.md §5).

No session, no CSRF: what travels is signed, and a station that speaks here is a program.
"""

from __future__ import annotations

from typing import IO, cast

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wsgi import wrap_file

from content.model.errors import PackError
from content.transfer.releases import read_asked
from content.transfer.request import MAX_REQUESTS_BYTES, read_requests
from content.transfer.serve import PieceResponse
from node.errors import MachineError
from node.relay.parcel_store import ParcelStore
from node.web.current import runtime
from sync.errors import PeerError
from sync.relay import MAX_ANSWERS_BYTES, MAX_ASK_BYTES, read_ask, write_answers

bp = Blueprint("relay", __name__)

BYTES = "application/octet-stream"
FULL_AGAIN_S = 60


@bp.post("/relay")
def relay() -> ResponseReturnValue:
    """Keep a station's parcel, and give it what is here for it."""
    shelf = _shelf()
    ask = read_ask(_body(MAX_ASK_BYTES))
    source = request.remote_addr or "?"
    shelf.forget(ask.node, ask.taken, source)
    if ask.parcel:
        shelf.take(ask.node, ask.parcel, source)
        runtime().courier.forward_soon()
    return Response(write_answers(shelf.answers(ask.node, MAX_ANSWERS_BYTES)), mimetype=BYTES)


@bp.post("/pieces")
def pieces() -> ResponseReturnValue:
    """Chunks and files of courses that are here, for other nodes (content/SPEC.md §5)."""
    here = runtime()
    if not (here.config.relay or here.config.share):
        abort(404)
    requests = read_requests(_body(MAX_REQUESTS_BYTES))
    if not here.doors.enter():
        return Response(status=503, headers={"Retry-After": str(FULL_AGAIN_S)})
    answer = PieceResponse(here.blobs, requests, closed=here.doors.leave)
    sent = Response(
        wrap_file(request.environ, cast(IO[bytes], answer)), mimetype=BYTES, direct_passthrough=True
    )
    sent.content_length = answer.length
    return sent


@bp.get("/trust")
def trust() -> ResponseReturnValue:
    """The metadata of current releases, as far as this relay has it."""
    _shelf()
    have, want = read_asked(request.args.get("have", ""), request.args.get("want", ""))
    bundle = runtime().courier.trust.bundle(have, want)
    if bundle is None:
        return jsonify(error="no-releases"), 404
    return Response(bundle, mimetype=BYTES)


def _body(limit: int) -> bytes:
    """The body, if it is at most ``limit`` bytes; a longer one is not read."""
    request.max_content_length = limit
    if request.content_length is not None and request.content_length > limit:
        raise RequestEntityTooLarge
    return request.get_data(cache=False)


def _shelf() -> ParcelStore:
    shelf = runtime().shelf
    if shelf is None:
        abort(404)
    return shelf


@bp.errorhandler(PackError)
def _not_wishes(fault: PackError) -> ResponseReturnValue:
    return jsonify(error=fault.code), 400


@bp.errorhandler(PeerError)
def _not_understood(fault: PeerError) -> ResponseReturnValue:
    current_app.logger.warning("refused %s code=%s: %s", request.path, fault.code, fault)
    return jsonify(error=fault.code), 403


@bp.errorhandler(MachineError)
def _cannot(fault: MachineError) -> ResponseReturnValue:
    current_app.logger.warning("refused %s code=%s: %s", request.path, fault.code, fault)
    return jsonify(error=fault.code), fault.status


@bp.errorhandler(RequestEntityTooLarge)
def _too_large(_fault: RequestEntityTooLarge) -> ResponseReturnValue:
    return jsonify(error="too-large"), 413
