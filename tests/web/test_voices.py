"""Notices as sound: heard, replaced by the owner's recording, taken back."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from firmware.errors import HardwareError
from firmware.service.studio import FOLDER, FS, Studio
from tests.web.conftest import token_of
from tests.web.test_consent_pages import box, owner  # noqa: F401  # fixtures
from web import security

NOTICE = "/papers/voices/announcement/en"
FILE = "announcement-en.wav"


@pytest.fixture(autouse=True)
def _mute(monkeypatch: pytest.MonkeyPatch) -> None:
    """A box without espeak-ng, as many are."""
    monkeypatch.setattr(Studio, "can_speak", False)
    monkeypatch.setattr(Studio, "speak", speechless)


def speechless(*_: object) -> None:
    raise HardwareError("no voice to read notices with")


def speech(seconds: float = 3.0, rate: int = 44100) -> bytes:
    rng = np.random.default_rng(5)
    wav = io.BytesIO()
    x = rng.normal(0, 0.1, round(seconds * rate))
    soundfile.write(wav, x, rate, format="WAV")
    return wav.getvalue()


def give(client: FlaskClient, data: bytes, name: str = "mine.wav"):
    form = {
        "csrf_token": token_of(client, "/papers?in=en"),
        "sound": FileStorage(io.BytesIO(data), name),
    }
    # Not by the client's own encoder, which leaves a file open for large ones.
    boundary, body = encode_multipart(form)
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(NOTICE, data=body, content_type=kind)


def kept(app: Flask) -> Path:
    return app.extensions["linekeeper.settings"].state_dir / FOLDER / FILE


def test_a_box_without_a_voice_says_so(owner: FlaskClient) -> None:  # noqa: F811
    assert "Nobody can say it yet" in owner.get("/papers?in=en").text
    assert owner.get(NOTICE).status_code == 409


def test_recording_is_kept_heard_and_removed(
    box: Flask,  # noqa: F811
    owner: FlaskClient,  # noqa: F811
) -> None:
    assert give(owner, speech(3.0)).status_code == 303
    assert "Your recording speaks." in owner.get("/papers?in=en").text
    heard, rate = soundfile.read(io.BytesIO(owner.get(NOTICE).data))
    assert rate == FS
    assert len(heard) == pytest.approx(3.0 * FS, abs=2)
    assert kept(box).is_file()
    token = token_of(owner, "/papers?in=en")
    gone = owner.post(f"{NOTICE}/drop", data={"csrf_token": token})
    assert gone.status_code == 303
    assert not kept(box).exists()


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "", "Please choose a recording."),
        (b"text", "note.txt", "note.txt: want one of"),
        (b"text", "note.wav", "note.wav: want 1 to 60 seconds"),
        (b"", "empty.wav", "empty.wav: want 1 to 60 seconds"),
        (speech(0.4), "short.wav", "want 1 to 60 seconds"),
        (speech(61, 8000), "long.wav", "want 1 to 60 seconds"),
        (speech(2), "../../x/<b>.wav", "&lt;b&gt;"),
    ],
)
def test_what_is_no_notice_is_refused(
    box: Flask,  # noqa: F811
    owner: FlaskClient,  # noqa: F811
    data: bytes,
    name: str,
    words: str,
) -> None:
    answer = give(owner, data, name)
    if name.startswith(".."):  # a path is only a name here, and this one is fine
        assert answer.status_code == 303
        assert [p.name for p in kept(box).parent.iterdir()] == [FILE]
        return
    assert answer.status_code == 422
    assert words in answer.text
    assert not kept(box).exists()


@pytest.mark.parametrize("path", ["script/en", "announcement/xx", "announcement/.."])
def test_what_is_not_said_on_the_line_has_no_voice(
    owner: FlaskClient,  # noqa: F811
    path: str,
) -> None:
    assert owner.get(f"/papers/voices/{path}").status_code == 404


def test_a_sound_larger_than_a_minute_is_refused(
    box: Flask,  # noqa: F811
    owner: FlaskClient,  # noqa: F811
) -> None:
    assert give(owner, speech(30)).status_code == 303
    before = kept(box).read_bytes()
    assert give(owner, b"x" * (security.UPLOAD_BYTES + 1)).status_code == 413
    assert kept(box).read_bytes() == before
