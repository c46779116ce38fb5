"""A time authority on this machine: OpenSSL's, behind a small web server."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[signer]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = here
[here]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = {chain}
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_chain = no
"""


class Authority:
    """Stamps what it is given; `roots` is the certificate that makes it trusted."""

    def __init__(
        self, folder: Path, name: str = "Test Authority", chain: str = "tsa.pem"
    ) -> None:
        folder.mkdir()
        self.folder = folder
        self.roots = folder / "ca.pem"
        config = _CONFIG.format(name=name, chain=chain)
        (folder / "config").write_text(config)
        (folder / "serial").write_text("01\n")
        root = "req -x509 -newkey rsa:2048 -nodes -days 3650 -config config"
        self._run(f"{root} -extensions ca -keyout ca.key -out ca.pem")
        (folder / "config").write_text(config.replace(f"CN = {name}", f"CN = {name} 1"))
        asked = "req -newkey rsa:2048 -nodes -config config"
        self._run(f"{asked} -keyout tsa.key -out tsa.csr")
        signed = "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -set_serial 2"
        given = "-days 3650 -extfile config -extensions signer"
        self._run(f"{signed} {given} -out tsa.pem")
        both = (folder / "ca.pem").read_text() + (folder / "tsa.pem").read_text()
        (folder / "both.pem").write_text(both)

    def stamp(self, query: bytes) -> bytes:
        """Return the answer to a question."""
        (self.folder / "query").write_bytes(query)
        self._run("ts -reply -config config -section here -queryfile query -out reply")
        return (self.folder / "reply").read_bytes()

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Answer over HTTP; yields the address."""
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                answer = authority.stamp(self.rfile.read(length))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        with served(Handler) as url:
            yield url

    def _run(self, command: str) -> None:
        subprocess.run(
            ["openssl", *command.split()],
            cwd=self.folder,
            check=True,
            capture_output=True,
        )


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on a free port in a thread; yields the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
