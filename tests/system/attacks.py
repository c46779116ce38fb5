"""Attacks on the page from the network, each while its owner goes on working.

Each attack is a context: inside of it the attack is on.  It raises AssertionError if
something was served that must not be.
"""

import random
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from firmware.archive import Archive
from tests.system.siege import Box, Visitor
from tests.web import seed
from web.security import COOKIE

#: What nobody may read without logging in.
SECRETS = (b"CAROL", b"5550123", b"RIFF", b"fLaC", b"JOE'S", b"root:")
HALF_HEAD = b"GET /login HTTP/1.1\r\nHost: localhost\r\nX-A: "
HALF_BODY = (
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname="
)


@contextmanager
def half_said(box: Box, count: int, start: bytes) -> Iterator[None]:
    """Open many connections, begin a request on each and never end it (slowloris)."""
    stop = threading.Event()
    with ExitStack() as held:
        sockets: list[socket.socket] = []

        def hold_on() -> None:
            while not stop.wait(0.5):
                for each in sockets:
                    try:
                        each.send(b"a")  # a byte now and then
                    except OSError:
                        continue  # thrown out already

        for _ in range(count):
            each = held.enter_context(box.socket())
            each.sendall(start)
            sockets.append(each)
        trickle = threading.Thread(target=hold_on)
        trickle.start()
        try:
            yield
        finally:
            stop.set()
            trickle.join()


@contextmanager
def half_heads(box: Box, count: int) -> Iterator[None]:
    """Heads that never end."""
    with half_said(box, count, HALF_HEAD):
        yield


@contextmanager
def half_bodies(box: Box, count: int) -> Iterator[None]:
    """Forms that never end."""
    with half_said(box, count, HALF_BODY):
        yield


@contextmanager
def silence(box: Box, count: int) -> Iterator[None]:
    """Connections that say nothing."""
    with half_said(box, count, b""):
        yield


@contextmanager
def streams(box: Box, count: int) -> Iterator[None]:
    """More event streams than there is room for, by somebody who may have them."""
    ask = (
        f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n"
        f"Cookie: {COOKIE}={box.token}\r\n\r\n"
    )
    with half_said(box, count, ask.encode()):
        yield


@contextmanager
def bad_logins(box: Box, count: int) -> Iterator[None]:
    """Guess the owner's password, from eight addresses at once."""
    codes: Counter[int] = Counter()
    with ThreadPoolExecutor(8) as guessers:

        def guess(number: int) -> Counter[int]:
            mine: Counter[int] = Counter()
            visitor = Visitor(box, f"127.0.0.{number + 20}")
            visitor.open()
            for turn in range(count // 8):
                form = {"name": seed.NAME, "password": f"a guess {number} {turn}"}
                mine[visitor.send(**form)] += 1
            visitor.close()
            return mine

        found = [guessers.submit(guess, number) for number in range(8)]
        yield
        for one in found:
            codes += one.result()
    assert set(codes) <= {401, 429}, codes
    # Each thread of the page may have let one more through before it was counted.
    assert codes[401] <= 10 + 8, codes
    assert codes.total() == count // 8 * 8


@contextmanager
def odd_requests(box: Box, count: int) -> Iterator[None]:
    """Requests that no browser sends; some at random, from a seed."""
    rng = random.Random(7)
    noise = (rng.randbytes(rng.randrange(1, 400)) for _ in range(count))
    sent = [*odd(), *noise]
    with ThreadPoolExecutor(16) as senders:
        answers = senders.map(box.say, sent)
        yield
    for raw, answer in zip(sent, answers, strict=True):
        for secret in SECRETS:
            assert secret not in answer, raw[:80]
        for answered in answer.split(b"HTTP/1.1 ")[1:]:
            assert answered[:1] in (b"2", b"3", b"4"), (raw[:80], answered[:80])


def odd() -> Iterator[bytes]:
    """Yield requests that are too long, contradictory or meant for another place."""
    host = b"Host: localhost\r\n"
    yield b"GET /calls HTTP/1.0\r\n\r\n"
    yield b"GET / HTTP/9.9\r\n" + host + b"\r\n"
    yield b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300)
    yield b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n" + host + b"\r\n"
    yield b"GET / HTTP/1.1\r\n" + host + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n"
    yield b"GET / HTTP/1.1\r\n" + host + b"X: y\r\n" * 100_000 + b"\r\n"
    yield b"POST /login HTTP/1.1\r\n" + host + b"Content-Length: 99999999999\r\n\r\n"
    yield b"POST /login HTTP/1.1\r\n" + host + b"Content-Length: -1\r\n\r\n"
    body = b"0\r\n\r\nGET /calls HTTP/1.1\r\n" + host + b"\r\n"
    both = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % len(body)
    yield b"POST /login HTTP/1.1\r\n" + host + both + body
    yield (
        b"POST /login HTTP/1.1\r\n"
        + host
        + b"Transfer-Encoding: xchunked\r\n\r\n"
        + body
    )
    two = b"Content-Length: 5\r\nContent-Length: 50\r\n\r\n"
    yield b"POST /login HTTP/1.1\r\n" + host + two + body
    chunks = b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" + b"a" * 1000
    yield b"POST /login HTTP/1.1\r\n" + host + chunks
    yield b"GET /calls HTTP/1.1\r\n" + host + host + b"\r\n"
    for name in (b"evil.example", b"localhost@evil.example", b"[::1", b"a b", b""):
        yield b"GET /calls HTTP/1.1\r\nHost: " + name + b"\r\n\r\n"
    for path in PATHS:
        yield b"GET " + path + b" HTTP/1.1\r\n" + host + b"\r\n"
    for method in (b"TRACE", b"CONNECT", b"PROPFIND", b"DELETE", b"A" * 5000):
        yield method + b" /calls HTTP/1.1\r\n" + host + b"\r\n"


#: Ways out of a folder.
PATHS = (
    b"/static/../../etc/passwd",
    b"/static/..%2f..%2f..%2f..%2fetc/passwd",
    b"/static/%2e%2e/%2e%2e/etc/passwd",
    b"/static/....//....//etc/passwd",
    b"/static//etc/passwd",
    b"/static/..%5c..%5cetc%5cpasswd",
    b"/static/base.css%00.png",
    b"/api/v1/calls/..%2f..%2f..%2fetc%2fpasswd/audio",
    b"/calls/%2e%2e%2f%2e%2e%2fetc",
    b"/papers/voices/..%2f..%2fannouncement/en",
    b"http://evil.example/calls",
    b"//evil.example/calls",
    b"*",
)


@contextmanager
def ranges(box: Box, count: int) -> Iterator[None]:
    """Ranges without number, and absurd ones, of a recording that may be heard."""
    yield
    path = f"/api/v1/calls/{box.calls[0].id}/audio?version=original"
    many = ",".join(f"{i}-{i + 1}" for i in range(count))
    for asked in (
        many,
        "0-" + "9" * 5000,
        "-" + "9" * 400,
        "9" * 400 + "-",
        "5-1",
        "a-b",
    ):
        connection = box.connect()
        headers = {"Cookie": f"{COOKIE}={box.token}", "Range": f"bytes={asked}"}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        read = len(answer.read())
        assert answer.status in (200, 206, 400, 416, 431), asked[:40]
        assert read < 4 << 20
        connection.close()


def claims(box: Box, count: int) -> None:
    """Claim a new box at once from many sides, half of them with the right code."""
    with Archive(box.settings.state_dir, write=False) as archive:
        code = archive.claim.code()
        assert code is not None
        ready = threading.Barrier(count)

        def attempt(number: int) -> int:
            visitor = Visitor(box)
            visitor.open("/claim")
            ready.wait()
            form = {"name": f"owner {number}", "code": code}
            both = {"password": seed.PASSWORD, "again": seed.PASSWORD}
            done = visitor.send("/claim", **form, **both)
            visitor.close()
            return done

        with ThreadPoolExecutor(count) as claimers:
            codes = Counter(claimers.map(attempt, range(count)))
        owners = [user for user in archive.users.list() if user.role == "owner"]
        assert len(owners) == 1, codes
        assert archive.claim.code() is None


#: name -> the attack, how often in the short round, and in the long one.
ATTACKS: dict[str, tuple[Callable[[Box, int], object], int, int]] = {
    "connections that say nothing": (silence, 200, 700),
    "half a head, and a byte now and then": (half_heads, 200, 700),
    "half a form, and a byte now and then": (half_bodies, 100, 600),
    "event streams": (streams, 100, 600),
    "wrong passwords": (bad_logins, 160, 10_000),
    "ranges without number": (ranges, 2_000, 6_000),
    "odd requests": (odd_requests, 30, 3_000),
}
