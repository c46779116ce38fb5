"""Errors as answers: JSON for programs, a page that says what to do for people."""

import logging

from flask import Flask, Response, jsonify, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    ServiceUnavailable,
)
from werkzeug.exceptions import (
    Locked as HttpLocked,
)

from firmware.errors import Locked, SealBroken, StoreError
from web.i18n import N_, _
from web.security import is_api

log = logging.getLogger(__name__)

#: code -> title, advice.
PAGES = {
    400: (
        N_("That request makes no sense here"),
        N_(
            "Part of the address or the form is not what this page expects. "
            "Start again from the list."
        ),
    ),
    403: (
        N_("Only for the owner"),
        N_("This belongs to the owner of the box. Ask them, or log in as the owner."),
    ),
    404: (
        N_("Nothing here"),
        N_("The address is wrong, or the call was deleted. Look for it in the list."),
    ),
    405: (
        N_("Not that way"),
        N_("This address does not take that kind of request."),
    ),
    409: (
        N_("Not yet"),
        N_("Try again in a moment."),
    ),
    413: (
        N_("Too much at once"),
        N_("The form was larger than any form here can be."),
    ),
    423: (
        N_("Locked"),
        N_("The recordings are sealed. Unlock them with the passphrase first."),
    ),
    429: (
        N_("Too many tries"),
        N_(
            "To keep guessers out, logging in pauses after several wrong tries."
            " Wait a quarter of an hour and try again."
        ),
    ),
    500: (
        N_("Something went wrong on the box"),
        N_(
            "It was written to the log; recording is not touched by it. Try "
            "again, and look at “linekeeper check” if it stays."
        ),
    ),
    503: (
        N_("The archive does not answer"),
        N_(
            "The disk may be full or missing. Recording goes on as far as it "
            "can; run “linekeeper check” on the box to see what is wrong."
        ),
    ),
}


class FormExpired(BadRequest):
    """A form that was not made by this box, or is from before its cookie."""

    description = N_(
        "This form is no longer valid, because the page was open too long or cookies "
        "are blocked. Go back, reload the page and try again."
    )


def install(app: Flask) -> None:
    """Answer every error of the application in its own way."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, lambda _: _http(FormExpired()))
    app.register_error_handler(Locked, lambda _: _http(HttpLocked()))
    app.register_error_handler(SealBroken, _broken)
    app.register_error_handler(StoreError, _store)
    app.register_error_handler(Exception, _unforeseen)


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    if error.response is not None:  # a redirect to the address with a slash, say
        response = error.get_response()
        return Response(response.get_data(), response.status_code, response.headers)
    title, advice = PAGES.get(code, (error.name, ""))
    title, advice = _(title), _(advice) if advice else ""
    told = error.description if type(error).description != error.description else None
    if isinstance(error, FormExpired):
        told = _(FormExpired.description)
    if code == 429:
        told = None  # the limiter tells its own bookkeeping
    if is_api() or request.accept_mimetypes.best == "application/json":
        more = {"unlock": url_for("lock.index")} if code == 423 else {}
        more |= getattr(error, "more", {})
        response = jsonify(
            error=error.name, message=told or advice, status=code, **more
        )
    else:
        back, back_text = _way_on(code)
        page = render_template(
            "error.html",
            title=title,
            advice=told or advice,
            code=code,
            back=back,
            back_text=back_text,
        )
        response = Response(page, mimetype="text/html")
    response.status_code = code
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _way_on(code: int) -> tuple[str, str]:
    """Return where somebody who met an error goes, and what the way is called."""
    if code == 423:
        return url_for("lock.index", next=request.path), _("Unlock")
    if code in (429, 503):
        return request.path, _("Try again")
    return url_for("calls.index"), _("To the list of calls")


def _broken(error: SealBroken) -> Response:
    log.error("archive: %s", error)
    told = _("The seal of this recording does not hold. “linekeeper verify” says more.")
    return _http(InternalServerError(told))


def _store(error: StoreError) -> Response:
    log.error("archive: %s", error)
    return _http(ServiceUnavailable())


def _unforeseen(error: Exception) -> Response:
    log.exception("unforeseen", exc_info=error)
    return _http(InternalServerError())
