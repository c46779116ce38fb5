"""The box vouches for itself: what for, how long, whatever its clock says."""

import contextlib
import socket
import ssl
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from firmware.archive import Archive
from firmware.errors import ConfigError, StoreError
from firmware.service.settings import Settings, Web
from tests.web import seed
from web import announce, certificate, hosts, serve, tls
from web.certificate import FLOOR, LIFE, RENEW, Wanted
from web.security import limiter

WANTED = Wanted(("box", "box.local", "localhost"), (ip_address("192.168.1.7"),))
NOW = datetime(2027, 5, 1, tzinfo=UTC)


def test_the_authority_vouches_for_this_box_and_nobody_else(tmp_path: Path) -> None:
    made = certificate.ensure(tmp_path, WANTED, NOW)
    limits = made.authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    permitted = limits.value.permitted_subtrees or []
    names = [n.value for n in permitted if isinstance(n, x509.DNSName)]
    assert names == list(WANTED.names)
    nets = [n.value for n in permitted if isinstance(n, x509.IPAddress)]
    assert all(net.is_private or str(net) == "100.64.0.0/10" for net in nets)
    assert not certificate.vouches(made.authority, Wanted(("bank.example",)))
    public = Wanted(("box",), (ip_address("198.51.100.1"),))
    assert not certificate.vouches(made.authority, replace(public))


def test_openssl_takes_it_for_the_box_and_refuses_it_for_another(
    tmp_path: Path,
) -> None:
    made = certificate.ensure(tmp_path, WANTED, datetime.now(UTC))
    key = serialization.load_pem_private_key(
        (tmp_path / "tls" / "authority.key").read_bytes(), None
    )
    forged = certificate._new_served(
        tmp_path / "tls", made.authority, key, Wanted(("bank.example",)), NOW
    )  # whoever stole the key tries
    (tmp_path / "forged.pem").write_bytes(certificate._pem(forged))
    (tmp_path / "own.pem").write_bytes(certificate._pem(made.served))
    said = {}
    for name, host in (("own", "box.local"), ("forged", "bank.example")):
        command = ["openssl", "verify", "-x509_strict", "-verify_hostname", host]
        command += ["-attime", str(int(NOW.timestamp()))] if name == "forged" else []
        command += ["-CAfile", "tls/authority.pem", f"{name}.pem"]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        said[name] = done.stdout + done.stderr
    assert said["own"] == "own.pem: OK\n"
    assert "permitted subtree violation" in said["forged"]


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    certificate.ensure(tmp_path, WANTED, NOW)
    folder = tmp_path / "tls"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_it_stays_until_a_month_before_its_end(tmp_path: Path) -> None:
    first = certificate.ensure(tmp_path, WANTED, NOW)
    end = first.served.not_valid_after_utc
    same = certificate.ensure(tmp_path, WANTED, end - RENEW - timedelta(hours=1))
    assert same.served == first.served
    later = certificate.ensure(tmp_path, WANTED, end - RENEW + timedelta(hours=1))
    assert later.served != first.served
    assert later.authority == first.authority
    assert later.served.not_valid_after_utc > end


def test_a_new_address_renews_it_and_a_new_name_the_authority(tmp_path: Path) -> None:
    first = certificate.ensure(tmp_path, WANTED, NOW)
    moved = replace(WANTED, addresses=(ip_address("10.0.0.4"),))
    second = certificate.ensure(tmp_path, moved, NOW)
    assert second.authority == first.authority
    assert second.served != first.served
    renamed = replace(WANTED, names=("desk", "desk.local", "localhost"))
    third = certificate.ensure(tmp_path, renamed, NOW)
    assert third.authority != first.authority
    gone = replace(renamed, addresses=())
    assert certificate.ensure(tmp_path, gone, NOW).served == third.served


@pytest.mark.parametrize(
    "wrong", [datetime(1970, 1, 1, 0, 2, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)]
)
def test_a_wrong_clock_that_is_put_right_leaves_a_good_certificate(
    tmp_path: Path, wrong: datetime
) -> None:
    made = certificate.ensure(tmp_path, WANTED, wrong)
    assert made.served.not_valid_before_utc >= FLOOR
    assert made.served.not_valid_after_utc - made.served.not_valid_before_utc == LIFE
    right = certificate.ensure(tmp_path, WANTED, NOW)
    assert right.served.not_valid_before_utc < NOW < right.served.not_valid_after_utc
    assert right.authority == made.authority
    assert right.authority.not_valid_before_utc < NOW


def test_a_box_that_wakes_up_in_1970_keeps_what_it_has(tmp_path: Path) -> None:
    first = certificate.ensure(tmp_path, WANTED, NOW)
    woken = certificate.ensure(tmp_path, WANTED, datetime(1970, 1, 1, tzinfo=UTC))
    assert woken.served == first.served


@pytest.mark.parametrize("name", ["authority.pem", "authority.key", "served.pem"])
@pytest.mark.parametrize("left", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_file_that_was_cut_is_made_anew(
    tmp_path: Path, name: str, left: bytes
) -> None:
    certificate.ensure(tmp_path, WANTED, NOW)
    (tmp_path / "tls" / name).write_bytes(left)
    again = certificate.ensure(tmp_path, WANTED, NOW)
    again.served.verify_directly_issued_by(again.authority)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(again.path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "tls").write_text("in the way", "utf-8")
    with pytest.raises(StoreError, match="tls"):
        certificate.ensure(tmp_path, WANTED, NOW)


def test_many_at_once_make_one_authority(tmp_path: Path) -> None:
    found: list[str] = []

    def make() -> None:
        found.append(certificate.ensure(tmp_path, WANTED, NOW).fingerprint)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


# the real server


def secure_settings(state: Path, **more: object) -> Settings:
    settings = seed.settings_for(state)
    web = replace(settings.web, https="on", **more)  # type: ignore[arg-type]  # fields of Web
    return replace(settings, web=web)


@contextlib.contextmanager
def served(settings: Settings) -> Iterator[int]:
    """Serve the pages; the port is the value."""
    place = serve.listen("127.0.0.1", 0)
    server = serve.make_server(settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [place]})
    thread.start()
    deadline, pause = time.monotonic() + 20, threading.Event()
    while not server.started and time.monotonic() < deadline:
        pause.wait(0.01)
    try:
        yield place.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
        limiter.reset()


def ask(port: int, text: str, context: ssl.SSLContext | None = None) -> str:
    """Send a request as it is, return the answer."""
    raw = socket.create_connection(("127.0.0.1", port), timeout=20)
    if context is not None:
        raw = context.wrap_socket(raw, server_hostname="localhost")
    with raw:
        raw.sendall(text.replace("\n", "\r\n").encode("latin1"))
        parts = []
        while part := raw.recv(65536):
            parts.append(part)
    return b"".join(parts).decode("latin1")


GET = "GET {} HTTP/1.1\nHost: localhost:{}\nConnection: close\n\n"


@pytest.fixture
def secure(state: Path) -> Iterator[tuple[int, ssl.SSLContext, Path]]:
    with Archive(state) as archive:
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    with served(secure_settings(state)) as port:
        context = ssl.create_default_context(cafile=state / "tls" / "authority.pem")
        yield port, context, state


def test_one_port_speaks_tls_and_sends_the_others_on(secure) -> None:
    port, context, _ = secure
    page = ask(port, GET.format("/login", port), context)
    assert page.startswith("HTTP/1.1 200")
    assert "set-cookie: __Host-linekeeper_form=" in page.lower().replace(
        "__host", "__Host"
    )
    assert "strict-transport-security" not in page.lower()
    sent_on = ask(port, GET.format("/calls?q=1", port))
    assert sent_on.startswith("HTTP/1.1 307")
    assert f"location: https://localhost:{port}/calls?q=1\r\n" in sent_on
    for path in ("/api/v1/calls", "/api/v1/events", "/api/v1/health", "//evil.example"):
        answer = ask(port, GET.format(path, port))
        assert f"location: https://localhost:{port}{path}\r\n" in answer
    form = "POST /login HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n"
    assert ask(port, form).startswith("HTTP/1.1 403")


def test_without_tls_there_is_the_certificate_and_how_to_trust_it(secure) -> None:
    port, context, state = secure
    page = ask(port, GET.format("/trust", port))
    assert page.startswith("HTTP/1.1 200")
    made = certificate.read(state)
    assert made is not None
    assert made.fingerprint in page
    assert f"https://localhost:{port}/" in page
    for device in ("iPhone", "Android", "Windows", "Mac", "Firefox"):
        assert device in page
    file = ask(port, GET.format("/trust/linekeeper.crt", port))
    assert "application/x-x509-ca-cert" in file
    assert made.der.decode("latin1") in file
    assert ask(port, GET.format("/trust/check", port), context).startswith(
        "HTTP/1.1 204"
    )


def test_old_tls_is_refused(secure) -> None:
    port, context, _ = secure
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert ask(port, GET.format("/login", port), context).startswith("HTTP/1.1 200")
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_1"]
    done = subprocess.run(
        [*command, "-cipher", "ALL:@SECLEVEL=0"],
        input=b"",
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0
    assert b"Cipher is (NONE)" in done.stdout


def test_who_does_not_trust_the_authority_gets_nothing(secure) -> None:
    port, _, _ = secure
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(port, GET.format("/login", port), ssl.create_default_context())


def test_a_renewed_certificate_counts_without_a_restart(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "LOOK_S", 0.05)
    settings = secure_settings(state)
    with served(settings) as port:
        context = ssl.create_default_context(cafile=state / "tls" / "authority.pem")

        def serial() -> str:
            with (
                socket.create_connection(("127.0.0.1", port), timeout=20) as raw,
                context.wrap_socket(raw, server_hostname="localhost") as safe,
            ):
                return str((safe.getpeercert() or {})["serialNumber"])

        before = serial()
        wanted = hosts.wanted(settings)
        certificate.ensure(state, wanted, datetime.now(UTC), renew=True)
        deadline, pause = time.monotonic() + 20, threading.Event()
        while serial() == before:
            assert time.monotonic() < deadline
            pause.wait(0.02)


def test_a_certificate_of_the_owner_brings_hsts(state: Path, tmp_path: Path) -> None:
    own = certificate.ensure(tmp_path / "other", WANTED, datetime.now(UTC))
    with pytest.raises(ConfigError, match="PEM file"):
        tls.Tls(secure_settings(state, certificate=str(tmp_path / "missing.pem")))
    settings = secure_settings(state, certificate=str(own.path))
    with served(settings) as port:
        context = ssl.create_default_context(
            cafile=tmp_path / "other" / "tls" / "authority.pem"
        )
        page = ask(port, GET.format("/login", port), context)
        assert "strict-transport-security: max-age=" in page.lower()
        assert ask(port, GET.format("/trust", port)).startswith("HTTP/1.1 404")


def test_a_second_port_only_sends_on() -> None:
    from web import front

    web = Web(port=443, http_port=80)
    assert front.safe_host("box.local", 80, web) == "box.local"
    assert front.safe_host("box.local:80", 80, Web(port=8443, http_port=80)) == (
        "box.local:8443"
    )
    assert front.safe_host("box:8080", 8080, web) == "box:8080"


@pytest.mark.parametrize(
    ("host", "https", "secure"),
    [
        ("127.0.0.1", "auto", False),
        ("0.0.0.0", "auto", True),
        ("192.168.1.7", "auto", True),
        ("127.0.0.1", "on", True),
        ("0.0.0.0", "off", False),
    ],
)
def test_https_is_on_where_others_can_listen(
    host: str, https: str, secure: bool
) -> None:
    assert Web(host=host, https=https).secure is secure  # type: ignore[arg-type]  # a plain string here


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost", True),
        ("localhost:8080", True),
        ("127.0.0.1:8080", True),
        ("[fe80::1]:8080", True),
        ("192.168.1.7", True),
        ("linekeeper", True),
        ("mine.example.org", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("evil.example:8080", False),
        ("", False),
        ("a b", False),
        ("x@y", False),
        ("host/../x", False),
        ("[::1", False),
        ("local\thost", False),
    ],
)
def test_only_names_that_can_be_the_boxs_are_answered(host: str, known: bool) -> None:
    settings = replace(Settings(), web=Web(names="mine.example.org"))
    assert hosts.Hosts(settings).known(host) is known


def test_the_box_answers_to_its_own_name_below_local_suffixes() -> None:
    name = hosts.own_name()
    known = hosts.Hosts(Settings()).known
    assert known(f"{name}.local")
    assert known(f"{name.upper()}.HOME.ARPA.:443")
    assert not known("another.local")


def test_who_starts_it_reads_the_fingerprint_beside_the_claim_code(
    state: Path,
) -> None:
    import io

    settings = replace(secure_settings(state), web=Web(host="0.0.0.0", port=443))
    made = certificate.ensure(state, hosts.wanted(settings), datetime.now(UTC))
    out = io.StringIO()
    announce.announce(settings, out)
    told = out.getvalue()
    assert f"https://{hosts.own_name()}.local/" in told
    assert f"http://{hosts.own_name()}.local/trust" in told
    assert made.fingerprint in told
    assert "claim code" in told


def test_who_found_a_hole_reads_where_to_tell(nobody) -> None:
    answer = nobody.get("/.well-known/security.txt")
    assert answer.mimetype == "text/plain"
    lines = dict(x.split(": ", 1) for x in answer.get_data(as_text=True).splitlines())
    assert lines["Contact"].startswith(("mailto:", "https://"))
    ends = datetime.fromisoformat(lines["Expires"])
    assert timedelta(0) < ends - datetime.now(UTC) < timedelta(days=365)
