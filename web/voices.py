"""The notices as sound: hear each, give a recording of your own, take it back.

Anybody who is logged in may hear them; the owner decides whose voice speaks.
"""

import io
from pathlib import PurePath

import soundfile
from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Conflict, NotFound

from firmware.consent import notices
from firmware.consent.notices import Kind, Notice
from firmware.errors import ConfigError, HardwareError, SourceError
from firmware.service.studio import FOLDER, FS, SUFFIXES, Studio
from web import house, papers
from web.i18n import _

bp = Blueprint("voices", __name__, url_prefix="/papers/voices")

#: What is said on the line; the script is for people to say.
SPOKEN: tuple[Kind, ...] = ("announcement", "question", "reminder")


def studio() -> Studio:
    """Return the place where this box's notices become sound."""
    return Studio(house.base().state_dir / FOLDER)


@bp.app_template_global()
def voice_of(name: str) -> str:
    """Say whose voice speaks a notice: recording, machine or nobody's."""
    if studio().own(name) is not None:
        return "recording"
    return "machine" if studio().can_speak else ""


@bp.get("/<kind>/<code>")
def hear(kind: str, code: str) -> ResponseReturnValue:
    """The notice as it is said on the line."""
    text = _notice(kind, code)
    try:
        recording = studio().sound(text.id, text.text, code)
    except (HardwareError, SourceError) as error:
        raise Conflict(str(error)) from error
    wav = io.BytesIO()
    soundfile.write(wav, recording.samples, FS, format="WAV", subtype="PCM_16")
    return Response(wav.getvalue(), mimetype="audio/wav")


@bp.post("/<kind>/<code>")
def keep(kind: str, code: str) -> ResponseReturnValue:
    """Let the owner's recording speak from now on."""
    text = _notice(kind, code)
    given = request.files.get("sound")
    if given is None or not given.filename:
        return _again(code, _("Please choose a recording."))
    name = PurePath(given.filename).name
    with given.stream as stream:
        data = stream.read()
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        return _again(
            code,
            _("%(name)s: want one of %(kinds)s.", name=name, kinds=", ".join(SUFFIXES)),
        )
    try:
        studio().keep(text.id, data, suffix)
    except SourceError:
        return _again(
            code, _("%(name)s: want 1 to 60 seconds of speech as sound.", name=name)
        )
    return _back(code)


@bp.post("/<kind>/<code>/drop")
def drop(kind: str, code: str) -> ResponseReturnValue:
    """Let the machine's voice speak again."""
    studio().drop(_notice(kind, code).id)
    return _back(code)


def _notice(kind: str, code: str) -> Notice:
    """Return a notice ready to be said; 404 for one that does not exist."""
    known = next((spoken for spoken in SPOKEN if spoken == kind), None)
    if known is None or code not in papers.texts().languages:
        raise NotFound()
    try:
        fields = notices.fields_of(house.settings())
        return papers.texts().notice(known, code, fields)
    except ConfigError as error:
        raise NotFound() from error


def _back(code: str) -> ResponseReturnValue:
    address = url_for("papers.index", **{"in": code})  # type: ignore[arg-type]  # `in` is no Python name
    return redirect(address, 303)


def _again(code: str, problem: str) -> ResponseReturnValue:
    return papers.page(code, problem), 422
