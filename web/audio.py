"""Sound of a call by its id: versions, ranges, peaks.  No path is ever taken."""

import re
from datetime import UTC, datetime

import numpy as np
from flask import Blueprint, Response, current_app, jsonify, request
from numpy.typing import NDArray
from werkzeug.exceptions import BadRequest, Conflict, Forbidden, NotFound

from firmware.archive.model import Call
from firmware.archive.waveform import HEADER
from web import access, heard, house, view, why, words
from web.bodies import Body, OriginalBody, answer
from web.i18n import _
from web.listening import ListeningCopies
from web.store import archive, get_call

bp = Blueprint("audio", __name__, url_prefix="/api/v1/calls/<callid:call_id>")

VERSIONS = ("listening", "original")
MIMETYPES = {".flac": "audio/flac", ".opus": "audio/ogg", ".wav": "audio/wav"}
#: Pairs of peaks in one answer: enough for a wide screen at two pixels a bar.
DEFAULT_POINTS = 2000
MAX_POINTS = 20_000


@bp.get("/audio")
def audio(call_id: str) -> Response:
    """The listening copy or the untouched original, whole or by range."""
    version = request.args.get("version", "listening")
    if version not in VERSIONS:
        raise BadRequest("version: want listening or original")
    call = _playable(call_id)
    taken = "download" in request.args
    if taken and not access.may("export"):
        raise Forbidden(_("You may hear this recording, not take it out of the box."))
    reason = why.given(call)
    body = _original(call) if version == "original" else _listening(call)
    response = answer(body)
    _note(call, version, body, reason, taken=taken)
    if taken:
        name = filename(call, version, body.mimetype)
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _note(
    call: Call, version: str, body: Body, reason: str | None, *, taken: bool
) -> None:
    """Enter in the ledger who hears or takes this; a look at its length is neither."""
    if request.method == "HEAD":
        return
    if taken:
        form = body.mimetype.rpartition("/")[2]
        told = {"reason": reason} if reason else {}
        heard.exported(call, form, version=version, **told)
    else:
        heard.played(call, version, reason)


@bp.get("/peaks")
def peaks(call_id: str) -> Response:
    """Smallest and largest sample as int8 pairs, evenly over the whole recording."""
    points = request.args.get("points", str(DEFAULT_POINTS))
    if not (points.isascii() and points.isdigit() and 1 <= int(points) <= MAX_POINTS):
        raise BadRequest(f"points: want 1 to {MAX_POINTS}")
    stored = archive().peaks(_playable(call_id))
    pairs = np.frombuffer(stored, np.int8, offset=HEADER.size).reshape(-1, 2)
    data = thinned(pairs, int(points)).tobytes()
    return Response(data, mimetype="application/octet-stream")


@bp.get("/turns")
def turns(call_id: str) -> Response:
    """Who spoke when, in seconds of the recording, and how much of it was this side."""
    told = archive().turns(_playable(call_id))
    if not told["turns"]:
        raise NotFound("Nobody was heard in this recording.")
    return jsonify(turns=told["turns"], near_share=told["near_share"])


def thinned(pairs: NDArray[np.int8], points: int) -> NDArray[np.int8]:
    """Return at most `points` pairs that still enclose every sample."""
    if len(pairs) <= points:
        return pairs
    edges = np.arange(points) * len(pairs) // points
    low = np.minimum.reduceat(pairs[:, 0], edges)
    high = np.maximum.reduceat(pairs[:, 1], edges)
    return np.stack((low, high), axis=1)


def filename(call: Call, version: str, mimetype: str) -> str:
    """Return a name that says when, which way and who, safe on every system."""
    start = datetime.fromtimestamp(call.start_utc, UTC).strftime("%Y-%m-%d_%H%M%SZ")
    other = re.sub(r"[^0-9A-Za-z+]+", "", call.number or "") or "unknown"
    kind = "_listening" if version == "listening" else ""
    ending = {mime: end for end, mime in MIMETYPES.items()}[mimetype]
    return f"{start}_{call.direction}_{other[:24]}{kind}{ending}"


def _playable(call_id: str) -> Call:
    call = get_call(call_id)
    if not house.may_listen():
        raise Forbidden(_("Your log-in does not let you hear recordings."))
    if view.playable(call):
        return call
    if call.restricted:
        raise Forbidden(_("The use of this recording is restricted."))
    if call.binned:
        raise Conflict(_("It is in the bin; take it out to hear it."))
    if call.audio == "recording":
        raise Conflict(_("The call is being recorded; ask again when it has ended."))
    raise NotFound(words.no_audio(call))


def _original(call: Call) -> Body:
    original = archive().open_original(call)
    etag = f"{call.id}-{(call.sha256 or 'open')[:16]}-{original.suffix[1:]}"
    return OriginalBody(original, etag, MIMETYPES[original.suffix])


def _listening(call: Call) -> Body:
    copies: ListeningCopies = current_app.extensions["linekeeper.copies"]
    return copies.get(archive(), call)
