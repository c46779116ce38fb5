"""Seen outside: a time authority, a witness, a folder; and what that rules out."""

import dataclasses
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.archive.ledger import Ledger, merkle, tsa, witness
from firmware.archive.ledger.anchoring import anchor, is_due, state, trust_of
from firmware.archive.ledger.anchors import Anchors, Trust
from firmware.archive.ledger.audit import audit
from firmware.archive.ledger.note import Checkpoint, Note, NoteError
from firmware.archive.ledger.tsa import TokenError
from firmware.archive.ledger.witness import Answer, Witness
from firmware.archive.ledger.witness_server import make_server
from firmware.errors import StoreError
from firmware.service.settings import Proof
from tests.firmware.archive.ledger.authority import Authority, served

CALL = "20270115-080000-abcd"
NOW = time.time()
HOUR = 3600.0


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "own")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "other", "Somebody Else")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "box") as ledger:
        (tmp_path / "box").mkdir()
        for number in range(20):
            ledger.add("played", CALL, "anna", NOW + number)
        yield ledger


@pytest.fixture
def other(tmp_path: Path, ledger: Ledger) -> Witness:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    return Witness(tmp_path / "witness", "witness.example", key, [ledger.public_key])


def grow(ledger: Ledger) -> None:
    ledger.add("played", CALL, "bert", NOW + 100)


def asked(ledger: Ledger, old: int) -> str:
    note = ledger.checkpoint()
    return witness.request(old, ledger.file.consistency(old, ledger.size), note)


# a time authority


@pytest.mark.parametrize("url", ["", "ftp://x", "file:///etc/passwd", "tsa.example"])
def test_an_address_that_is_not_http(url: str) -> None:
    with pytest.raises(StoreError, match="want the http address"):
        tsa.ask(url, b"data")


def test_an_authority_that_is_not_there() -> None:
    with pytest.raises(StoreError, match="cannot be reached"):
        tsa.ask("http://127.0.0.1:9", b"data")


def test_an_authority_that_talks_nonsense() -> None:
    class Nonsense(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with served(Nonsense) as url, pytest.raises(StoreError, match="not a timestamp"):
        tsa.ask(url, b"data")


@pytest.mark.parametrize("token", [b"", b"x", b"0" * 200_000, b"\x30\x03\x02\x01\x02"])
def test_what_is_not_a_token(token: bytes, authority: Authority) -> None:
    with pytest.raises(TokenError):
        tsa.check(token, b"data", authority.roots)


def test_a_stamp_of_an_authority(authority: Authority, stranger: Authority) -> None:
    with authority.serve() as url:
        token = tsa.ask(url, b"data")
    stamp = tsa.check(token, b"data", authority.roots)
    assert abs(stamp.at_utc - time.time()) < 60
    assert stamp.authority == "CN=Test Authority 1"
    assert tsa.covers(token, b"data") == stamp
    for check in (tsa.covers, lambda t, d: tsa.check(t, d, authority.roots)):
        with pytest.raises(TokenError):
            check(token, b"other data")
    with pytest.raises(TokenError, match="not good"):
        tsa.check(token, b"data", stranger.roots)
    with pytest.raises(TokenError, match="no certificates"):
        tsa.check(token, b"data", authority.folder / "none.pem")


def test_certificates_in_an_order_that_the_library_refuses(tmp_path: Path) -> None:
    odd = Authority(tmp_path / "odd", "Odd Authority", "both.pem")
    with odd.serve() as url:
        token = tsa.ask(url, b"data")
    assert tsa.check(token, b"data", odd.roots).authority
    with pytest.raises(TokenError, match="not good"):
        tsa.check(token, b"other", odd.roots)


def test_a_token_that_was_altered(authority: Authority) -> None:
    with authority.serve() as url:
        token = tsa.ask(url, b"data")
    broken = token[:-1] + bytes([token[-1] ^ 1])
    with pytest.raises(TokenError):
        tsa.check(broken, b"data", authority.roots)


# a witness


@pytest.mark.parametrize(
    "body",
    [
        "",
        "old x\n\nnote",
        "old 1\n!!!\n\nnote\n\n— a AAAA\n",
        "old 0\n\nno note",
        "old 0\n\ntext\n\n— a AAAA\n",
        "x" * 20_000,
    ],
)
def test_a_witness_refuses_what_is_not_a_question(other: Witness, body: str) -> None:
    assert other.add_checkpoint(body, NOW).status == witness.BAD


def test_a_witness_signs_what_only_grew(other: Witness, ledger: Ledger) -> None:
    first = other.add_checkpoint(asked(ledger, 0), NOW)
    assert first.signed
    signed = Note.parse(f"{ledger.checkpoint().text}\n{first.text}")
    assert other.public_key.check(signed) == int(NOW)
    old = ledger.size
    grow(ledger)
    assert other.add_checkpoint(asked(ledger, 0), NOW) == Answer(409, f"{old}\n")
    assert other.add_checkpoint(asked(ledger, old), NOW).signed
    kept = other.last(ledger.origin)
    assert kept is not None
    assert Checkpoint.of(kept).size == old + 1


def test_a_witness_does_not_sign_another_past(other: Witness, ledger: Ledger) -> None:
    old = ledger.size
    assert other.add_checkpoint(asked(ledger, 0), NOW).signed
    grow(ledger)
    proof = ledger.file.consistency(old, old + 1)
    wrong = [proof[0], merkle.leaf_hash(b"x"), *proof[2:]]
    body = witness.request(old, wrong, ledger.checkpoint())
    assert other.add_checkpoint(body, NOW).status == witness.WRONG


def test_a_witness_does_not_know_everybody(
    other: Witness, ledger: Ledger, tmp_path: Path
) -> None:
    stranger = Witness(tmp_path / "w2", "w", Ed25519PrivateKey.generate(), [])
    assert stranger.add_checkpoint(asked(ledger, 0), NOW).status == witness.UNKNOWN
    text = ledger.checkpoint().text
    forged = Note(text).signed(ledger.origin, Ed25519PrivateKey.generate())
    body = witness.request(0, [], forged)
    assert other.add_checkpoint(body, NOW).status == witness.FORBIDDEN


@contextmanager
def listening(other: Witness) -> Iterator[str]:
    with make_server(other, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/", b"", 404),
        ("/add-checkpoint", b"", 400),
        ("/add-checkpoint", b"old 0\n\n\xff\xfe", 400),
        ("/add-checkpoint", b"x" * 20_000, 413),
    ],
)
def test_a_witness_on_the_network_refuses(
    other: Witness, path: str, body: bytes, status: int
) -> None:
    with listening(other) as url, pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(url + path, body, timeout=20)
    answer.value.close()
    assert answer.value.code == status


# anchoring


def settings(**fields: str) -> Proof:
    return dataclasses.replace(Proof(), **fields)


def test_nobody_outside(ledger: Ledger) -> None:
    assert not is_due(ledger, Proof(), NOW)
    found = state(ledger, Proof(), NOW + 100 * HOUR)
    assert (found.wanted, found.seen_utc, found.alarm) == (False, None, False)


def test_an_anchor_of_all_three_kinds(
    ledger: Ledger, authority: Authority, other: Witness, tmp_path: Path
) -> None:
    folder = tmp_path / "stick"
    folder.mkdir()

    with authority.serve() as tsa_url, listening(other) as box_url:
        proof = settings(
            tsa_url=tsa_url,
            tsa_certificates=str(authority.roots),
            witness_url=box_url,
            witness_key=other.public_key.text,
            checkpoint_folder=str(folder),
        )
        assert is_due(ledger, proof, NOW)
        size = ledger.size
        done = anchor(ledger, proof, NOW)
        assert (done.size, done.how, done.problems) == (
            size,
            ["tsa", "witness", "folder"],
            [],
        )
        assert {path.suffix for path in folder.iterdir()} == {
            *(".checkpoint", ".tsr", ".cosigned")
        }
        assert not is_due(ledger, proof, NOW + 100 * HOUR), "nothing is new"
        grow(ledger)
        assert not is_due(ledger, proof, NOW + HOUR)
        assert is_due(ledger, proof, NOW + 25 * HOUR)
        assert anchor(ledger, proof, NOW + 25 * HOUR).problems == []
    (first, second) = Anchors(ledger.state_dir).all()
    for found in (first, second):
        seen = found.seen(trust_of(proof))
        assert {each.how for each in seen} == {"tsa", "witness"}
        assert all(abs(each.at_utc - time.time()) < 60 for each in seen)
    assert state(ledger, proof, NOW).seen_size == second.size
    shelf = Anchors(ledger.state_dir).all()
    walk = audit(ledger, ledger.public_key, shelf, trust_of(proof))
    assert walk.problems == []
    assert len(walk.times) == 4


def test_offline_is_told_and_tried_again(ledger: Ledger, authority: Authority) -> None:
    proof = settings(
        tsa_url="http://127.0.0.1:9", tsa_certificates=str(authority.roots)
    )
    done = anchor(ledger, proof, NOW)
    assert done.how == []
    assert done.problems[0].startswith("tsa: the time authority cannot be reached")
    assert is_due(ledger, proof, NOW)
    late = state(ledger, proof, NOW + 49 * HOUR)
    assert late.alarm
    with authority.serve() as url:
        assert anchor(ledger, dataclasses.replace(proof, tsa_url=url), NOW).how
    assert not state(ledger, proof, NOW + 1).alarm


def test_a_stamp_of_a_stranger_is_not_kept(
    ledger: Ledger, authority: Authority, stranger: Authority
) -> None:
    with stranger.serve() as url:
        proof = settings(tsa_url=url, tsa_certificates=str(authority.roots))
        done = anchor(ledger, proof, NOW)
    assert "not good" in done.problems[0]
    assert Anchors(ledger.state_dir).all()[0].token == b""


def test_a_witness_that_knows_better(ledger: Ledger, other: Witness) -> None:
    """The shelf was lost; the witness says where it stopped."""
    assert other.add_checkpoint(asked(ledger, 0), NOW).signed
    grow(ledger)
    proof = settings(witness_url="http://w", witness_key=other.public_key.text)

    def send(url: str, body: str) -> Answer:
        return other.add_checkpoint(body, NOW)

    assert anchor(ledger, proof, NOW, send=send).how == ["witness"]


def test_a_damaged_anchor_is_named(ledger: Ledger, authority: Authority) -> None:
    with authority.serve() as url:
        proof = settings(tsa_url=url, tsa_certificates=str(authority.roots))
        anchor(ledger, proof, NOW)
    (found,) = Anchors(ledger.state_dir).all()
    whole = found.raw
    found.path.write_bytes(whole.replace(b"\n21\n", b"\n20\n"))
    with pytest.raises(TokenError):
        found.seen(trust_of(proof))
    found.path.write_bytes(b"nonsense")
    with pytest.raises(NoteError):
        found.seen(Trust())
    walk = audit(ledger, ledger.public_key, [found], trust_of(proof))
    assert {problem.what for problem in walk.problems} >= {"anchor_altered"}
