"""The endpoints of a relay: /relay, /blob, /trust (sync/SPEC.md §12.4).

No session, no CSRF: what travels is signed, and a station that speaks here is a program.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from content.errors import NotABlobName
from content.releases import read_asked
from node import ranges
from node.carriers.shelf import Shelf
from node.errors import MachineError
from node.web.machine import machine
from node.web.media import file_part
from sync.errors import PeerError
from sync.relay import MAX_ANSWERS_BYTES, MAX_ASK_BYTES, read_ask, write_answers

bp = Blueprint("relay", __name__)

BYTES = "application/octet-stream"


@bp.post("/relay")
def relay() -> ResponseReturnValue:
    """Keep a station's parcel, and give it what is here for it."""
    shelf = _shelf()
    request.max_content_length = MAX_ASK_BYTES
    if request.content_length is not None and request.content_length > MAX_ASK_BYTES:
        raise RequestEntityTooLarge
    ask = read_ask(request.get_data(cache=False))
    shelf.forget(ask.node, ask.taken)
    if ask.parcel:
        shelf.take(ask.node, ask.parcel)
        machine().courier.forward_soon()
    return Response(write_answers(shelf.answers(ask.node, MAX_ANSWERS_BYTES)), mimetype=BYTES)


@bp.get("/blob/<sha>")
def blob(sha: str) -> ResponseReturnValue:
    """A file of a course, for stations that fetch through this relay."""
    _shelf()
    try:
        path = machine().blobs.path(sha)
        size = path.stat().st_size
    except (NotABlobName, FileNotFoundError):
        return jsonify(error="no-such-blob"), 404
    try:
        part = ranges.part(request.headers.get("Range", ""), "", "", size)
    except ranges.NotSatisfiable:
        return Response(status=416, headers={"Content-Range": f"bytes */{size}"})
    headers = {"Content-Type": BYTES, "Content-Length": str(part.length)}
    if not part.whole:
        headers["Content-Range"] = part.content_range(size)
    status = 200 if part.whole else 206
    return Response(file_part(path, part), status, headers, direct_passthrough=True)


@bp.get("/trust")
def trust() -> ResponseReturnValue:
    """What says which releases are current, as far as this relay knows it."""
    _shelf()
    have, want = read_asked(request.args.get("have", ""), request.args.get("want", ""))
    bundle = machine().courier.trust.bundle(have, want)
    if bundle is None:
        return jsonify(error="no-releases"), 404
    return Response(bundle, mimetype=BYTES)


def _shelf() -> Shelf:
    shelf = machine().shelf
    if shelf is None:
        abort(404)
    return shelf


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
