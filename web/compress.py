"""Styles, scripts and pictures go out compressed; each is compressed once.

Pages do not: they hold what a visitor typed beside the token of their forms, and the
length of such a page, compressed, would tell who listens on the wire about the token
(BREACH).
"""

import gzip
import threading

from flask import Flask, Response, request

#: Smaller files gain nothing.
LEAST = 600
KINDS = frozenset(
    {"text/css", "text/javascript", "application/javascript", "image/svg+xml"}
)
_LEVEL = 9


class Compressed:
    """Compressed files by address; they are few, and do not change while it runs."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._kept: dict[tuple[str, str], bytes] = {}

    def of(self, address: str, etag: str, data: bytes) -> bytes:
        """Return a file compressed."""
        key = address, etag
        with self._guard:
            if key not in self._kept:
                self._kept[key] = gzip.compress(data, _LEVEL, mtime=0)
            return self._kept[key]


def install(app: Flask) -> None:
    """Compress what the browser says it understands."""
    compressed = Compressed()

    def after(response: Response) -> Response:
        if request.endpoint != "static" or response.mimetype not in KINDS:
            return response
        response.vary.add("Accept-Encoding")
        if not request.accept_encodings["gzip"] or response.status_code != 200:
            return response
        response.direct_passthrough = False
        data, etag = response.get_data(), response.get_etag()[0] or ""
        if len(data) < LEAST:
            return response
        response.set_data(compressed.of(request.path, etag, data))
        response.headers["Content-Encoding"] = "gzip"
        response.set_etag(f"{etag}-gzip")
        return response

    app.after_request(after)
