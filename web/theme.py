"""Light or dark: as the system wants it, or as somebody chose for this browser."""

from flask import Flask, Response, request

from web.i18n import N_, REMEMBERED_S

#: What can be chosen -> words, icon; the first is what nobody chose.
THEMES = {
    "auto": (N_("As the device"), "half"),
    "light": (N_("Light"), "sun"),
    "dark": (N_("Dark"), "moon"),
}
COOKIE = "linekeeper_theme"


def chosen() -> str:
    """Return what was asked for now, or chosen before."""
    for name in (request.args.get("theme"), request.cookies.get(COOKIE)):
        if name in THEMES:
            return name
    return next(iter(THEMES))


def install(app: Flask) -> None:
    """Remember what is chosen, and tell the templates."""

    @app.context_processor
    def shared() -> dict[str, object]:
        return {"theme": chosen(), "themes": THEMES}

    @app.after_request
    def remember(response: Response) -> Response:
        name = request.args.get("theme")
        if name in THEMES:
            response.set_cookie(
                COOKIE,
                name,
                max_age=REMEMBERED_S,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure,
            )
        return response
