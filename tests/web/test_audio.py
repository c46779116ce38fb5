"""Sound by id: versions, ranges (RFC 9110 section 14), peaks, names, memory."""

import contextlib
import io
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dsp.agc import listening_copy
from firmware.archive import Archive
from firmware.archive.model import Call
from tests.web.seed import speech
from web.audio import filename, thinned
from web.bodies import CHUNK
from web.listening import FS, SECTION, START, CopyBody, ListeningCopies, wav_header

LONG, SHORT = 9, 4  # indices of calls: half an hour, 9 seconds


@pytest.fixture
def archive(app: Flask) -> Archive:
    found: Archive = app.extensions["linekeeper.archive"]()
    return found


def url(call: Call, version: str = "original", more: str = "") -> str:
    return f"/api/v1/calls/{call.id}/audio?version={version}{more}"


def test_the_original_is_the_master_to_the_byte(
    client: FlaskClient, archive: Archive, calls: list[Call]
) -> None:
    answer = client.get(url(calls[SHORT]))
    assert answer.status_code == 200
    assert answer.mimetype == "audio/flac"
    with contextlib.closing(archive.open_original(calls[SHORT])) as original:
        assert answer.data == original.read_at(0, original.size)
    assert answer.data[:4] == b"fLaC"


def test_the_listening_copy_is_a_wav_as_long_as_the_master(
    client: FlaskClient, calls: list[Call]
) -> None:
    answer = client.get(url(calls[SHORT], "listening"))
    assert answer.status_code == 200
    assert answer.mimetype == "audio/wav"
    samples, rate = soundfile.read(io.BytesIO(answer.data), dtype="int16")
    assert rate == FS
    assert len(samples) == round(calls[SHORT].audio_s * FS)


def test_listening_is_what_is_heard_if_nothing_is_asked(
    client: FlaskClient, calls: list[Call]
) -> None:
    answer = client.get(f"/api/v1/calls/{calls[SHORT].id}/audio")
    assert answer.mimetype == "audio/wav"


@pytest.mark.parametrize("version", ["", "Original", "../master", "original/.."])
def test_unknown_versions_are_400(
    client: FlaskClient, calls: list[Call], version: str
) -> None:
    assert client.get(url(calls[SHORT], version)).status_code == 400


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=50-149", 50, 150),
        ("bytes=-10", -10, None),
        ("bytes=-999999999", 0, None),
        ("bytes=100-", 100, None),
        ("bytes=40-60", 40, 61),
        ("bytes=0-999999999", 0, None),
    ],
)
@pytest.mark.parametrize("version", ["original", "listening"])
def test_ranges_are_206_and_byte_exact(
    client: FlaskClient,
    calls: list[Call],
    version: str,
    asked: str,
    start: int,
    stop: int | None,
) -> None:
    address = url(calls[SHORT], version)
    whole = client.get(address).data
    answer = client.get(address, headers={"Range": asked})
    wanted = whole[start:stop]
    assert answer.status_code == 206
    assert answer.data == wanted
    first = start % len(whole)
    last = first + len(wanted) - 1
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"
    assert answer.headers["Accept-Ranges"] == "bytes"


@hypothesis_settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(a=st.integers(0, 250_000), b=st.integers(0, 250_000))
def test_any_range_equals_the_slice(
    client: FlaskClient, calls: list[Call], a: int, b: int
) -> None:
    address = url(calls[SHORT], "listening")
    whole = client.get(address).data
    answer = client.get(address, headers={"Range": f"bytes={min(a, b)}-{max(a, b)}"})
    if min(a, b) >= len(whole):
        assert answer.status_code == 416
    else:
        assert answer.status_code == 206
        assert answer.data == whole[min(a, b) : max(a, b) + 1]


def test_a_range_beyond_the_end_is_416(client: FlaskClient, calls: list[Call]) -> None:
    answer = client.get(url(calls[SHORT]), headers={"Range": "bytes=99999999-"})
    assert answer.status_code == 416
    size = len(client.get(url(calls[SHORT])).data)
    assert answer.headers["Content-Range"] == f"bytes */{size}"
    assert answer.json["status"] == 416


@pytest.mark.parametrize(
    "asked",
    [
        "bytes",
        "bytes=",
        "bytes=a-b",
        "bytes=9-1",
        "items=0-1",
        "bytes=0-1,5-6",
        "=",
        "\xff",
    ],
)
def test_ranges_that_cannot_be_read_are_ignored(
    client: FlaskClient, calls: list[Call], asked: str
) -> None:
    assert client.get(url(calls[SHORT]), headers={"Range": asked}).status_code == 200


def test_an_open_range_gets_at_most_one_piece(
    client: FlaskClient, calls: list[Call]
) -> None:
    address = url(calls[LONG])
    answer = client.get(address, headers={"Range": "bytes=0-"})
    assert answer.status_code == 206
    assert len(answer.data) == CHUNK
    total = answer.headers["Content-Range"].split("/")[1]
    later = client.get(address, headers={"Range": f"bytes={CHUNK}-"})
    assert later.headers["Content-Range"] == f"bytes {CHUNK}-{2 * CHUNK - 1}/{total}"


def test_an_open_range_of_a_copy_gets_a_start_then_whole_sections(
    client: FlaskClient, calls: list[Call]
) -> None:
    address = url(calls[LONG], "listening")
    total = 44 + 2 * round(calls[LONG].audio_s * FS)
    # Somebody jumps here: some seconds at once, from which it begins to sound.
    at = 44 + 2 * (20 * SECTION + 100)
    answer = client.get(address, headers={"Range": f"bytes={at}-"})
    end = 44 + 2 * (20 * SECTION + START)
    assert answer.headers["Content-Range"] == f"bytes {at}-{end - 1}/{total}"
    # They listen on: what follows is made by sections.
    answer = client.get(address, headers={"Range": f"bytes={end}-"})
    stop = 44 + 2 * 21 * SECTION
    assert answer.headers["Content-Range"] == f"bytes {end}-{stop - 1}/{total}"
    answer = client.get(address, headers={"Range": f"bytes={stop}-"})
    assert len(answer.data) == 2 * SECTION
    # What is there is sent in one piece.
    again = client.get(address, headers={"Range": f"bytes={end}-"})
    assert len(again.data) == stop - end + 2 * SECTION
    assert again.data[stop - end :] == answer.data


def test_if_range_and_etag(client: FlaskClient, calls: list[Call]) -> None:
    first = client.get(url(calls[SHORT]))
    etag = first.headers["ETag"]
    same = {"Range": "bytes=0-9", "If-Range": etag}
    other = {"Range": "bytes=0-9", "If-Range": '"something-else"'}
    date = {"Range": "bytes=0-9", "If-Range": "Sat, 21 Nov 2026 18:00:00 GMT"}
    assert client.get(url(calls[SHORT]), headers=same).status_code == 206
    assert client.get(url(calls[SHORT]), headers=other).status_code == 200
    assert client.get(url(calls[SHORT]), headers=date).status_code == 200
    assert client.get(url(calls[SHORT], "listening")).headers["ETag"] != etag


def test_head_tells_the_length_without_the_sound(
    client: FlaskClient, calls: list[Call]
) -> None:
    answer = client.head(url(calls[SHORT]))
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) > 10_000
    assert answer.data == b""


def test_a_download_has_a_name_that_says_what_it_is(
    client: FlaskClient, calls: list[Call]
) -> None:
    answer = client.get(url(calls[0], "listening", "&download=1"))
    told = answer.headers["Content-Disposition"]
    stamp = calls[0].id.replace("-", "")[:8]
    date = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:]}"
    assert told.startswith(f'attachment; filename="{date}_')
    assert told.endswith('Z_incoming_2125550123_listening.wav"')


@pytest.mark.parametrize("number", ['"; x="', "../../etc", "a\r\nSet-Cookie: x", None])
def test_no_number_breaks_a_file_name(number: str | None) -> None:
    call = Call("20260101-000000-aaaa", "1", 0.0, number=number)
    name = filename(call, "original", "audio/flac")
    assert set(name) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+."
    )
    assert name.count(".") == 1


@pytest.mark.parametrize("index", [1, 11])
def test_calls_without_sound_are_404_with_the_reason(
    client: FlaskClient, calls: list[Call], index: int
) -> None:
    for address in (url(calls[index]), f"/api/v1/calls/{calls[index].id}/peaks"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert len(answer.json["message"]) > 20


def test_peaks_enclose_the_sound(
    client: FlaskClient, archive: Archive, calls: list[Call]
) -> None:
    answer = client.get(f"/api/v1/calls/{calls[0].id}/peaks?points=100")
    pairs = np.frombuffer(answer.data, np.int8).reshape(-1, 2)
    assert len(pairs) == 100
    samples = archive.read_samples(calls[0])
    assert pairs[:, 1].max() == min(127, -(-int(samples.max()) // 256))
    assert pairs[:, 0].min() == int(samples.min()) // 256


def test_peaks_of_half_an_hour_are_small(
    client: FlaskClient, calls: list[Call]
) -> None:
    assert len(client.get(f"/api/v1/calls/{calls[LONG].id}/peaks").data) <= 4000


@pytest.mark.parametrize("points", ["0", "-1", "x", "1e9", "99999999999", ""])
def test_bad_points_are_400(
    client: FlaskClient, calls: list[Call], points: str
) -> None:
    address = f"/api/v1/calls/{calls[0].id}/peaks?points={points}"
    assert client.get(address).status_code == 400


def test_thinning_keeps_extremes() -> None:
    pairs = np.zeros((1003, 2), np.int8)
    pairs[517] = (-90, 101)
    thin = thinned(pairs, 40)
    assert thin.shape == (40, 2)
    assert thin.min() == -90
    assert thin.max() == 101


def test_memory_of_listening_copies_is_bounded(
    archive: Archive, calls: list[Call]
) -> None:
    copies = ListeningCopies(limit_bytes=1_500_000)
    for index in (0, 3, 4, 6, 7, 0):
        body = copies.get(archive, calls[index])
        whole = body.read(0, body.size)
        assert 0 < copies.bytes_kept <= 1_500_000
        again = copies.get(archive, calls[index])
        assert again.read(0, again.size) == whole


def test_a_copy_is_made_only_as_far_as_it_is_heard(
    archive: Archive, calls: list[Call]
) -> None:
    body = ListeningCopies().get(archive, calls[LONG])
    body.read(0, 44)
    assert body.seconds_made == 0
    body.read(0, 16_000)
    assert body.seconds_made == 0  # the first seconds, not yet a section
    body.read(16_000, 44 + 2 * SECTION)
    assert body.seconds_made == SECTION / FS
    # The end of half an hour does not wait for what lies between.
    body.read(body.size - 2, body.size)
    assert body.seconds_made < 2 * SECTION / FS + 1


def test_a_far_place_sounds_as_in_a_copy_made_in_one_go(archive: Archive) -> None:
    samples = speech(190, seed=11)
    t = np.arange(len(samples)) / FS
    mains = 50 + 0.1 * np.sin(2 * np.pi * t / 40)  # hum that wanders
    hum = 400 * np.sin(2 * np.pi * np.cumsum(mains) / FS)
    rng = np.random.default_rng(5)
    noise = 20 * rng.standard_normal(80 * FS)
    samples[60 * FS : 140 * FS] = noise.astype(np.int16)  # a long silence
    samples = np.clip(samples + hum, -32768, 32767).astype(np.int16)
    whole = listening_copy(samples, FS).tobytes()
    body = CopyBody(_OneMaster(samples), Call("x", "1", 0.0), "far")  # type: ignore[arg-type]
    for at_s in (185.0, 141.5, 110.2, 50.0):
        start = 44 + 2 * round(at_s * FS)
        stop = min(start + 8 * FS, body.size)
        end = min(stop, body.ready(start))
        assert body.read(start, end) == whole[start - 44 : end - 44], at_s
        assert body.read(start, stop) == whole[start - 44 : stop - 44], at_s


class _OneMaster:
    """An archive that holds one call's samples, readable at any place."""

    def __init__(self, samples: np.ndarray) -> None:
        self.frames = len(samples)
        self._samples = samples

    def open_audio(self, call: Call) -> contextlib.AbstractContextManager["_OneMaster"]:
        return contextlib.nullcontext(self)

    def read(self, start: int, count: int) -> np.ndarray:
        return self._samples[start : start + count]


def test_a_cut_master_ends_in_silence() -> None:
    class Cut(_OneMaster):
        def read(self, start: int, count: int) -> np.ndarray:
            return super().read(start, count)[: max(0, 100 * FS - start)]

    body = CopyBody(Cut(speech(130, seed=2)), Call("x", "1", 0.0), "cut")  # type: ignore[arg-type]
    data = body.read(0, body.size)
    assert len(data) == body.size
    assert not any(data[-2 * 25 * FS :])
    assert any(data[44 + 2 * 90 * FS : 44 + 2 * 95 * FS])


def test_a_copy_in_pieces_is_the_copy_in_one(
    archive: Archive, calls: list[Call]
) -> None:
    samples = archive.read_samples(calls[0])
    whole = wav_header(2 * len(samples)) + listening_copy(samples, FS).tobytes()
    body = ListeningCopies().get(archive, calls[0])
    cuts = [0, 1, 43, 44, 45, 46, 99_999, 700_001, body.size]
    parts = [body.read(a, b) for a, b in pairwise(cuts)]
    assert b"".join(parts) == whole


def test_many_listeners_of_one_copy_hear_the_same(
    archive: Archive, calls: list[Call]
) -> None:
    body = ListeningCopies().get(archive, calls[2])
    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(lambda _: body.read(0, body.size), range(8)))
    assert len(set(heard)) == 1
    assert len(heard[0]) == body.size
