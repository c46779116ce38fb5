"""The evidence bundle of a call, for people by a form and for programs by address."""

import io
from typing import Literal

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import BadRequest, Conflict, RequestEntityTooLarge

from firmware.archive.evidence import build
from firmware.archive.model import Call
from firmware.errors import Locked, SealBroken, StoreError
from web import house
from web.bodies import answer
from web.i18n import N_, _
from web.store import archive, get_call

bp = Blueprint("evidence", __name__)

#: Why somebody takes evidence out: a code for the ledger, and words.
REASONS = {
    "dispute": N_("for a dispute"),
    "authority": N_("a court or the police asks for it"),
    "other_party": N_("for the other side of the call"),
    "own_files": N_("for our own files"),
}
#: Longest call that is bundled here, s: the bundle is made in memory, because nothing
#: unsealed is written to the disk; 16 kB a second, twice.
MOST_S = 45 * 60.0


class MemoryBody:
    """Bytes that are ready, given away by the event loop at the listener's pace."""

    mimetype: Literal["application/zip"] = "application/zip"

    def __init__(self, data: bytes, etag: str) -> None:
        self._data = memoryview(data)
        self.size = len(data)
        self.etag = etag

    def ready(self, start: int) -> int:
        return self.size

    def read(self, start: int, stop: int) -> bytes:
        return bytes(self._data[start:stop])

    def close(self) -> None:
        self._data.release()


@bp.post("/calls/<callid:call_id>/evidence")
def bundle(call_id: str) -> Response:
    """The bundle, for whoever pressed the button and said why."""
    reason = request.form.get("choice", "")
    if reason not in REASONS:
        raise BadRequest(_("Please write why."))
    return _bundle(get_call(call_id), reason)


@bp.get("/api/v1/calls/<callid:call_id>/evidence.zip")
def download(call_id: str) -> Response:
    """The bundle, for a program; `reason` is one of the codes."""
    reason = request.args.get("reason", "own_files")
    if reason not in REASONS:
        raise BadRequest(f"reason: want one of {', '.join(REASONS)}")
    return _bundle(get_call(call_id), reason)


def _bundle(call: Call, reason: str) -> Response:
    if call.restricted or call.binned or call.quarantined:
        raise Conflict(_("This call cannot be handed out as it is now."))
    if call.audio_s > MOST_S:
        raise RequestEntityTooLarge(
            _(
                "This call is too long to be bundled here; run “linekeeper calls export"
                " %(call)s --evidence” on the box.",
                call=call.id,
            )
        )
    made = io.BytesIO()
    try:
        build(
            archive(),
            call.id,
            made,
            by=g.user.name,
            now_utc=house.now(),
            reason=reason,
        )
    except (Locked, SealBroken):
        raise
    except StoreError as error:
        raise Conflict(_("It cannot be bundled now: %(why)s.", why=error)) from error
    response = answer(MemoryBody(made.getvalue(), f"{call.id}-{house.now():.0f}"))
    name = f"evidence-{call.id}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def reasons() -> list[tuple[str, str]]:
    """Return the reasons in the visitor's language, for the form."""
    return [(code, _(told)) for code, told in REASONS.items()]
