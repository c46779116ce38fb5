"""What is read of a request, and answered, before any page has to do with it."""

import re

from werkzeug.http import parse_cookie

from firmware.service.settings.service import Web
from web.events import Scope, Send
from web.security import PLAIN, cookie_name


async def send_on(scope: Scope, send: Send, web: Web) -> None:
    """Send who came without TLS to the same address with it."""
    if scope["method"] not in ("GET", "HEAD"):
        await plain(send, 403, "Only by HTTPS: what was sent could be read.")
        return
    name = safe_host(header(scope, b"host"), scope["server"][1], web)
    path: bytes = scope["raw_path"]
    path = path if path.startswith(b"/") else b"/"
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    where = b"https://" + name.encode("ascii") + path + query
    await plain(send, 307, "Only by HTTPS.", (b"location", where))


def safe_host(host: str, port: int, web: Web) -> str:
    """Return where HTTPS is, for who came to a port of the box without."""
    if port != web.http_port:
        return host
    name = re.sub(r":[0-9]+$", "", host)
    return name if web.port == 443 else f"{name}:{web.port}"


async def plain(send: Send, code: int, words: str, *more: tuple[bytes, bytes]) -> None:
    """Answer with a few words and hang up."""
    kind, length = (b"content-type", b"text/plain"), str(len(words)).encode()
    headers = [kind, (b"content-length", length), (b"connection", b"close"), *more]
    await send({"type": "http.response.start", "status": code, "headers": headers})
    await send({"type": "http.response.body", "body": words.encode()})


def token(scope: Scope) -> str | None:
    """Return the session's token."""
    cookies = b"; ".join(v for k, v in scope["headers"] if k == b"cookie")
    name = cookie_name(scope["scheme"] == "https")
    return parse_cookie(cookies.decode("latin1")).get(name)


def header(scope: Scope, name: bytes) -> str:
    """Return a header of which there is exactly one, else nothing."""
    found: list[bytes] = [value for key, value in scope["headers"] if key == name]
    return found[0].decode("latin1") if len(found) == 1 else ""


def is_open(scope: Scope) -> bool:
    """Say whether this came by HTTPS, or is for those who do not trust the box yet."""
    if scope["scheme"] == "https":
        return True
    return scope["method"] in ("GET", "HEAD") and scope["path"].startswith(PLAIN)
