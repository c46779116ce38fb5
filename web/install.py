"""The pages as an app on a phone: a manifest, an offline page, and who serves it.

The worker keeps the offline page and what it is dressed in, nothing else: no call, no
list, no answer of the API ever enters its cache, so nothing is left behind in it.
"""

import hashlib

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    json,
    render_template,
    url_for,
)

from web import house
from web.i18n import _, language

bp = Blueprint("install", __name__)

#: Everything the offline page loads.
SHELL = ("base.css", "dark.css", "icons.svg", "favicon.svg", "js/offline.js")
#: Colours of the frame: base.css --surface and --accent.
SURFACE, ACCENT = "#ffffff", "#0a665e"


def _asset(name: str) -> str:
    found: str = current_app.jinja_env.globals["asset"](name)  # type: ignore[operator]
    return found


@bp.get("/manifest.webmanifest")
def manifest() -> Response:
    """Tell a phone what the app is called and looks like."""
    icons = [
        {
            "src": _asset(f"icons/{name}.png"),
            "sizes": sizes,
            "type": "image/png",
            **more,
        }
        for name, sizes, more in (
            ("192", "192x192", {}),
            ("512", "512x512", {}),
            ("maskable", "512x512", {"purpose": "maskable"}),
        )
    ]
    name = house.base().box.name
    told = {
        "name": name,
        "short_name": name[:12],
        "description": _("The calls of this line, found and heard."),
        "lang": language(),
        "id": "/",
        "start_url": url_for("home.index"),
        "scope": "/",
        "display": "standalone",
        "background_color": SURFACE,
        "theme_color": ACCENT,
        "icons": icons,
        "shortcuts": [{"name": _("Calls"), "url": url_for("calls.index")}],
    }
    body = json.dumps(told, ensure_ascii=False)
    return Response(body, mimetype="application/manifest+json")


@bp.get("/worker.js")
def worker() -> Response:
    """The worker; its bytes change with the shell, and so browsers renew it."""
    shell = [url_for("install.offline"), *map(_asset, SHELL)]
    mark = hashlib.sha256(" ".join([*shell, language()]).encode()).hexdigest()[:12]
    code = render_template("install/worker.js", shell=shell, mark=mark)
    return Response(code, mimetype="text/javascript")


@bp.get("/offline")
def offline() -> str:
    """What stands where a page would be while the box is out of reach."""
    g.user = None  # it is kept by the browser, whoever is logged in
    return render_template("install/offline.html")
