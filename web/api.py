"""`/api/v1`: the calls as JSON, and the document that describes it all."""

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from firmware.archive.model import Call
from web import finding, view
from web.openapi import document
from web.store import archive, get_call

bp = Blueprint("api", __name__, url_prefix="/api/v1")


@bp.get("/calls")
def calls() -> Response:
    """Calls, newest first; `next` is the cursor for `before`."""
    find = finding.read(request.args)
    found, cursor = finding.look(archive(), find)
    return jsonify(calls=[call_json(call) for call in found], next=cursor)


@bp.get("/calls/<callid:call_id>")
def call(call_id: str) -> Response:
    """All that is known of one call."""
    return jsonify(call_json(get_call(call_id)))


@bp.get("/health")
def health() -> tuple[Response, int]:
    """A sign of life without a word of what the box holds."""
    archive().calls.latest_change()
    return jsonify(status="ok"), 200


@bp.get("/openapi.json")
def openapi() -> Response:
    """This interface, described."""
    return jsonify(document())


def call_json(call: Call) -> dict[str, Any]:
    """Return the call as its sidecar says it, and where its sound is."""
    data = call.to_json()
    data.pop("proof", None)  # what hides the record from whoever knows its hash
    data["audio_url"] = (
        url_for("audio.audio", call_id=call.id) if view.playable(call) else None
    )
    return data
