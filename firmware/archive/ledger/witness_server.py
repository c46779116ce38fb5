"""The witness over HTTP: one address, one question (C2SP tlog-witness.md).

A process of its own, for the boxes that want it, so that the page need not answer
strangers.  It knows whom it witnesses for by their signatures and asks no password.
"""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from firmware.archive.ledger.witness import BAD, MAX_BYTES, Answer, Witness
from firmware.errors import StoreError

PATH = "/add-checkpoint"
#: A connection that says nothing for so long is closed, s.
PATIENCE_S = 10.0
_TOO_LARGE, _NOT_FOUND, _BROKEN = 413, 404, 500


def make_server(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """Return a server; `serve_forever` runs it, `shutdown` ends it."""

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE_S
        server_version, sys_version = "Linekeeper", ""

        def do_POST(self) -> None:
            if self.path != PATH:
                self._say(Answer(_NOT_FOUND, "POST /add-checkpoint\n"))
                return
            length = self.headers.get("Content-Length", "")
            if not (length.isascii() and length.isdigit()):
                self._say(Answer(BAD, "want a Content-Length\n"))
            elif int(length) > MAX_BYTES:
                self._say(Answer(_TOO_LARGE, "too long\n"))
            else:
                body = self.rfile.read(int(length)).decode("utf-8", "replace")
                self._say(_answer(witness, body))

        def _say(self, answer: Answer) -> None:
            data = answer.text.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: addresses stay out of logs."""

    return ThreadingHTTPServer((host, port), Handler)


def _answer(witness: Witness, body: str) -> Answer:
    try:
        return witness.add_checkpoint(body, time.time())
    except StoreError as error:
        return Answer(_BROKEN, f"{error}\n")
