"""The OpenAPI document of `/api/v1`.  A test compares it with the routes."""

from typing import Any, get_args

from firmware import __version__
from firmware.archive.model import AudioState, iso
from web import evidence, vocabulary, why
from web.audio import DEFAULT_POINTS, MAX_POINTS, VERSIONS
from web.finding import IS, MAX_QUERY, MAX_ROWS, MAX_S, PAGE_ROWS, UNHEARD

Doc = dict[str, Any]

#: code -> what it means, for the errors that operations list.
ERRORS = {
    400: "an argument is not what it should be",
    401: "nobody is logged in",
    403: "the role of whoever is logged in does not permit it",
    404: "no such call, or nothing was kept of its sound",
    409: "the call is still being recorded",
    413: "the call is too long to be bundled in memory",
    416: "the range lies outside the recording",
    428: "the owner wants to know why somebody listens: give `reason`",
    423: "the recordings are sealed; somebody has to unlock them first",
    503: "the archive does not answer, or too many streams are open",
}
OPEN: Doc = {"security": []}


def document() -> Doc:
    """Return the document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Linekeeper",
            "version": __version__,
            "description": "Calls of a recorded telephone line.  Times are UTC, "
            f"ISO 8601 such as {iso(0.0)}; fields ending in _s are seconds.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"session": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "linekeeper"}
            },
            "schemas": _schemas(),
        },
    }


def _paths() -> Doc:
    call_id = _argument("call_id", {"type": "string"}, "path", "The call's id")
    return {
        "/api/v1/calls": {"get": _list_calls()},
        "/api/v1/calls/{call_id}": {
            "get": _get("One call", _json("Call"), [401, 404], [call_id])
        },
        "/api/v1/calls/{call_id}/audio": {"get": _audio(call_id)},
        "/api/v1/calls/{call_id}/peaks": {"get": _peaks(call_id)},
        "/api/v1/calls/{call_id}/turns": {
            "get": _get(
                "Who spoke when: `near` is this side of the line",
                _json("Turns"),
                [401, 403, 404, 409, 423],
                [call_id],
            )
        },
        "/api/v1/calls/{call_id}/evidence.zip": {"get": _evidence(call_id)},
        "/api/v1/status": {"get": _get("The line now", _json("Status"), [401, 503])},
        "/api/v1/events": {
            "get": _get(
                "Server-sent events: `status` carries a Status at every change",
                {"text/event-stream": {"schema": {"type": "string"}}},
                [401, 503],
            )
        },
        "/api/v1/coverage": {
            "get": _get(
                "A day: every ring and lifted handset, and its recording or reason",
                _json("Coverage"),
                [400, 401, 404, 503],
                [_argument("day", {"type": "string", "format": "date"})],
            )
        },
        "/api/v1/health": {
            "get": _get("A sign of life", _json("Health"), [503]) | OPEN
        },
        "/api/v1/openapi.json": {
            "get": _get("This document", {"application/json": {"schema": {}}}, [401])
        },
    }


def _list_calls() -> Doc:
    text = {"type": "string"}
    seconds = {"type": "integer", "minimum": 0, "maximum": MAX_S}
    day = {**text, "format": "date"}
    told = "Digits inside a number, words of names, notes and tags, days: berg 0702"
    arguments = [
        _argument("q", {**text, "maxLength": MAX_QUERY}, words=told),
        _argument("direction", {**text, "enum": list(vocabulary.DIRECTIONS)}),
        _argument("outcome", {**text, "enum": list(vocabulary.OUTCOMES)}),
        _argument("line", text),
        _argument("number", text, words="All digits of one caller's number"),
        _argument("by", text, words="Who played it or had a hand in it"),
        _argument("from", day, words="First day, where the box is"),
        _argument("to", day, words="Last day"),
        _argument("min", seconds, words="Shortest time off-hook, s"),
        _argument("max", seconds, words="Longest time off-hook, s"),
        _argument(
            "is",
            {"type": "array", "items": {**text, "enum": list(IS)}},
            words="May be given several times; all must hold",
        ),
        _argument("why", text, words="Why there is no sound, such as recording_off"),
        _argument("tag", text),
        _argument("unheard", {**text, "enum": list(UNHEARD)}, words="By all, or by me"),
        _argument(
            "limit",
            {
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_ROWS,
                "default": PAGE_ROWS,
            },
        ),
        _argument("before", text, words="`next` of the page before"),
    ]
    return _get("Calls, newest first", _json("Calls"), [400, 401, 503], arguments)


def _audio(call_id: Doc) -> Doc:
    sound = {"schema": {"type": "string", "format": "binary"}}
    versions = {"type": "string", "enum": list(VERSIONS), "default": VERSIONS[0]}
    arguments = [
        call_id,
        _argument("version", versions),
        _argument("download", {"type": "string"}, words="Present: as an attachment"),
        _argument(
            "reason",
            {"type": "string", "enum": list(why.REASONS)},
            words="Why it is heard, where the owner asks",
        ),
    ]
    content = {"audio/wav": sound, "audio/flac": sound}
    made = _get(
        "Its sound, whole or by Range",
        content,
        [400, 401, 403, 404, 409, 416, 423, 428],
        arguments,
    )
    made["responses"]["206"] = {"description": "The range", "content": content}
    return made


def _peaks(call_id: Doc) -> Doc:
    points = {
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_POINTS,
        "default": DEFAULT_POINTS,
    }
    return _get(
        "Waveform: pairs of int8, smallest and largest sample, evenly spread",
        {"application/octet-stream": {}},
        [400, 401, 403, 404, 409, 423],
        [call_id, _argument("points", points)],
    )


def _evidence(call_id: Doc) -> Doc:
    reason = {"type": "string", "enum": list(evidence.REASONS), "default": "own_files"}
    return _get(
        "Everything about a call with the proof of it; wants a recent log-in",
        {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        [400, 401, 403, 404, 409, 413, 423],
        [call_id, _argument("reason", reason)],
    )


def _get(summary: str, content: Doc, errors: list[int], arguments: Any = ()) -> Doc:
    responses: Doc = {"200": {"description": "Done", "content": content}}
    for code in errors:
        responses[str(code)] = {"description": ERRORS[code], "content": _json("Error")}
    return {"summary": summary, "parameters": list(arguments), "responses": responses}


def _argument(name: str, schema: Doc, where: str = "query", words: str = "") -> Doc:
    made = {"name": name, "in": where, "required": where == "path", "schema": schema}
    return made | ({"description": words} if words else {})


def _json(schema: str) -> Doc:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _object(**properties: Any) -> Doc:
    kinds = {str: "string", int: "integer", float: "number", bool: "boolean"}
    return {
        "type": "object",
        "properties": {
            key: value if isinstance(value, dict) else {"type": kinds[value]}
            for key, value in properties.items()
        },
    }


def _schemas() -> Doc:
    maybe = {"type": ["string", "null"]}
    number = {"type": ["number", "null"]}
    call = _object(
        id=str,
        line=str,
        start_utc={"type": "string", "format": "date-time"},
        direction={"type": "string", "enum": list(vocabulary.DIRECTIONS)},
        number=maybe,
        number_absence=maybe,
        name=maybe,
        outcome={"type": "string", "enum": list(vocabulary.OUTCOMES)},
        ring_count=int,
        answer_s=number,
        end_s=number,
        duration_s=float,
        flags={"type": "array", "items": {"type": "string"}},
        marks={"type": "array", "items": {"$ref": "#/components/schemas/Mark"}},
        clock={"type": "string", "enum": list(vocabulary.CLOCKS)},
        audio={"type": "string", "enum": list(get_args(AudioState))},
        audio_s=float,
        lost_s=float,
        recovered=maybe,
        audio_url=maybe,
        keeping={"type": "object"},
    )
    items = {"type": "array", "items": {"$ref": "#/components/schemas/Call"}}
    line = _object(
        id=str,
        phase=str,
        words=str,
        detail=str,
        number=str,
        since_utc=float,
        recording=bool,
    )
    turn = _object(
        start_s=float,
        end_s=float,
        who={"type": "string", "enum": ["near", "far", "both"]},
        sure=bool,
    )
    return {
        "Turns": _object(turns={"type": "array", "items": turn}, near_share=number),
        "Call": call,
        "Calls": _object(calls=items, next=maybe),
        "Mark": _object(at_s=float, kind=str, text=str, length_s=float),
        "Status": _object(
            now_utc=float,
            change=int,
            recorder={"type": "string", "enum": ["running", "stopped"]},
            notice=str,
            said={"type": "object"},
            line=line,
            lines={"type": "array", "items": line},
        ),
        "Coverage": _object(
            line=str,
            begin=str,
            end=str,
            total=int,
            kept=int,
            with_reason=int,
            red=int,
            unwatched_s=float,
            rows={"type": "array", "items": {"type": "object"}},
            gaps={"type": "array", "items": {"type": "object"}},
        ),
        "Health": _object(status=str),
        "Error": _object(error=str, message=str, status=int),
    }
