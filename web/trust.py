"""How to trust the box: its certificate, its fingerprint, steps for each device.

The only pages that are answered without TLS, to whoever asks: what they tell is public.
Whoever compares the fingerprint with what the box itself shows cannot be given another
one on the way.
"""

import time
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.exceptions import NotFound

from web import certificate, front, house
from web.i18n import N_, _

bp = Blueprint("trust", __name__)

#: RFC 9116, 2.5.5: less than a year ahead.
SECURITY_TXT_LIFE = timedelta(days=180)

#: device -> its name, what to do, in order.
STEPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "iphone": (
        "iPhone, iPad",
        (
            N_(
                "Open this page in Safari and tap “Download the certificate”, then"
                " “Allow”."
            ),
            N_("Open Settings, tap “Profile Downloaded” at the top, then “Install”."),
            N_(
                "Go to General > About > Certificate Trust Settings and switch"
                " Linekeeper on."
            ),
        ),
    ),
    "android": (
        "Android",
        (
            N_("Tap “Download the certificate”."),
            N_(
                "Open Settings and search for “CA certificate”. Tap it, then “Install"
                " anyway”."
            ),
            N_("Choose the file linekeeper.crt from the downloads."),
        ),
    ),
    "windows": (
        "Windows: Edge, Chrome",
        (
            N_("Download the certificate and open the file."),
            N_("Choose “Install Certificate”, then “Current User”."),
            N_(
                "Choose “Place all certificates in the following store”, “Browse”,"
                " “Trusted Root Certification Authorities”, and finish. Start the"
                " browser again."
            ),
        ),
    ),
    "mac": (
        "Mac: Safari, Chrome",
        (
            N_("Download the certificate and open the file; Keychain Access opens."),
            N_("Find Linekeeper in the list and open it with a double click."),
            N_(
                "Open “Trust” and choose “Always Trust” at “When using this"
                " certificate”."
            ),
        ),
    ),
    "firefox": (
        "Firefox",
        (
            N_("Download the certificate."),
            N_(
                "Open Settings, search for “certificates” and choose “View"
                " Certificates”, “Authorities”, “Import”."
            ),
            N_("Choose the file and tick “Trust this CA to identify websites”."),
        ),
    ),
    "linux": (
        "Linux: Chrome, Chromium",
        (
            N_("Download the certificate."),
            N_(
                "Open Settings and go to Privacy and security > Security > Manage"
                " certificates > Authorities > Import."
            ),
            N_("Choose the file and tick “Trust this CA to identify websites”."),
        ),
    ),
}
#: device -> whose pictures in static/trust.svg.
PICTURES = {key: "phone" if key in ("iphone", "android") else "desk" for key in STEPS}
#: Part of what a browser says of itself -> its device; the first that fits.
DEVICES = (
    ("Firefox", "firefox"),
    ("iPhone", "iphone"),
    ("iPad", "iphone"),
    ("Android", "android"),
    ("Windows", "windows"),
    ("Macintosh", "mac"),
    ("Linux", "linux"),
)


@bp.get("/trust")
def index() -> str:
    """Explain how to trust the box, the visitor's own device first."""
    identity = _identity()
    port = int(request.environ.get("SERVER_PORT", 0))
    safe = f"https://{front.safe_host(request.host, port, house.base().web)}"
    agent = request.user_agent.string
    mine = next((name for part, name in DEVICES if part in agent), "")
    known = sorted(STEPS.items(), key=lambda item: item[0] != mine)
    return render_template(
        "auth/trust.html",
        fingerprint=identity.fingerprint,
        devices=[
            (name, [_(step) for step in steps], PICTURES[key], key == mine)
            for key, (name, steps) in known
        ],
        safe=safe + "/",
        probe=safe + url_for("trust.check"),
        here=request.is_secure,
    )


@bp.get("/trust/linekeeper.crt")
def download() -> Response:
    """The certificate of the box's authority, as every system installs it."""
    answer = Response(_identity().der, mimetype="application/x-x509-ca-cert")
    answer.headers["Content-Disposition"] = "attachment; filename=linekeeper.crt"
    return answer


@bp.get("/trust/check")
def check() -> Response:
    """Nothing: that it arrives by HTTPS says that the browser trusts the box."""
    answer = Response(status=204)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@bp.get("/.well-known/security.txt")
def security_txt() -> Response:
    """Where to tell of a hole (RFC 9116)."""
    ends = datetime.fromtimestamp(time.time(), UTC) + SECURITY_TXT_LIFE
    lines = (
        f"Contact: {house.base().web.security_contact}",
        f"Expires: {ends:%Y-%m-%dT00:00:00Z}",
        "Preferred-Languages: en",
    )
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def vouches() -> bool:
    """Say whether the box shows a certificate of its own."""
    web = house.base().web
    return web.secure and web.certificate is None


@bp.app_context_processor
def offered() -> dict[str, bool]:
    """Let the doors point here, where there is something to trust."""
    return {"vouches": vouches()}


def _identity() -> certificate.Identity:
    found = certificate.read(house.base().state_dir)
    if not vouches() or found is None:
        raise NotFound(_("This box has no certificate of its own to trust."))
    return found
