"""Notices as sound: the owner's recordings and the machine's voice."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from firmware.errors import HardwareError, SourceError
from firmware.service.studio import FS, Studio

TEXT = "This call is recorded by Hill Street Locksmiths."
#: Writes a WAV into a pipe as espeak-ng does: with a length it does not know.
VOICE = """#!/bin/sh
[ -n "$FAIL" ] && exit 1
text=$(cat)
echo "$*|$text" >> "$(dirname "$0")/asked"
cat "$(dirname "$0")/voice.wav"
"""


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path / "notices", program="no-such-voice")


@pytest.fixture
def voiced(tmp_path: Path) -> Studio:
    """A studio with a program that speaks like espeak-ng."""
    wave = (8000 * np.sin(np.arange(2 * 22050) / 10)).astype(np.int16)
    soundfile.write(tmp_path / "voice.wav", wave, 22050, subtype="PCM_16")
    wav = bytearray((tmp_path / "voice.wav").read_bytes())
    at = wav.index(b"data") + 4
    wav[4:8], wav[at : at + 4] = b"\xff\xff\xff\x7f", b"\x00\xf0\xff\x7f"
    (tmp_path / "voice.wav").write_bytes(wav)
    program = tmp_path / "voice"
    program.write_text(VOICE, "ascii")
    program.chmod(0o755)
    return Studio(tmp_path / "notices", program=str(program))


def wav(tmp_path: Path, seconds: float, rate: int = 44100, **options: object) -> bytes:
    t = np.arange(round(seconds * rate)) / rate
    wave = 0.3 * np.sin(2 * np.pi * 440 * t)
    channels = options.pop("channels", 1)
    path = tmp_path / "made"
    data = np.tile(wave[:, None], (1, int(channels)))  # type: ignore[call-overload]  # 1 or 2
    soundfile.write(path, data, rate, **{"format": "WAV", **options})
    return path.read_bytes()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a sound file"),
        (b"RIFF but then not", "not a sound file"),
        (b"\x00" * 4000, "not a sound file"),
    ],
)
def test_what_is_no_sound_is_refused(studio: Studio, data: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        studio.keep("announcement-en", data)
    assert studio.own("announcement-en") is None


@pytest.mark.parametrize("seconds", [0.2, 61.0])
def test_a_notice_is_neither_a_blink_nor_a_speech(
    studio: Studio, tmp_path: Path, seconds: float
) -> None:
    with pytest.raises(SourceError, match=r"want 1..60 s"):
        studio.keep("announcement-en", wav(tmp_path, seconds, rate=8000))


def test_silence_is_refused(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "silence"
    soundfile.write(path, np.zeros(3 * FS), FS, format="WAV")
    with pytest.raises(SourceError, match="got silence"):
        studio.keep("announcement-en", path.read_bytes())


@pytest.mark.parametrize("name", ["../announcement-en", ".hidden", "a/b"])
def test_a_name_cannot_leave_the_folder(
    studio: Studio, tmp_path: Path, name: str
) -> None:
    with pytest.raises(SourceError, match="want one of"):
        studio.keep(name, wav(tmp_path, 2.0))


def test_a_bad_recording_leaves_the_good_one(studio: Studio, tmp_path: Path) -> None:
    studio.keep("announcement-en", wav(tmp_path, 2.0))
    before = studio.sound("announcement-en", TEXT, "en").sha256
    with pytest.raises(SourceError):
        studio.keep("announcement-en", b"oops")
    assert studio.sound("announcement-en", TEXT, "en").sha256 == before
    assert len(os.listdir(tmp_path / "notices")) == 1


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG"])
def test_any_format_becomes_8_khz(
    studio: Studio, tmp_path: Path, rate: int, form: str
) -> None:
    studio.keep("announcement-en", wav(tmp_path, 2.0, rate, format=form, channels=2))
    recording = studio.sound("announcement-en", TEXT, "en")
    assert recording.source == "recording"
    assert recording.samples.dtype == np.int16
    assert len(recording.samples) == pytest.approx(2 * FS, abs=2)
    spectrum = np.abs(np.fft.rfft(recording.samples[FS // 2 : 3 * FS // 2]))
    assert np.argmax(spectrum) == 440
    middle = np.abs(recording.samples[FS // 2 : 3 * FS // 2].astype(int)).max()
    assert middle == pytest.approx(0.3 * 32768, rel=0.05)


def test_a_recording_put_into_the_folder_by_hand_is_found(
    studio: Studio, tmp_path: Path
) -> None:
    (tmp_path / "notices").mkdir()
    data = wav(tmp_path, 2.0, format="FLAC")
    (tmp_path / "notices" / "question-sv.flac").write_bytes(data)
    assert studio.sound("question-sv", TEXT, "sv").source == "recording"


def test_a_box_without_a_voice_says_what_to_do(studio: Studio) -> None:
    assert not studio.can_speak
    with pytest.raises(HardwareError, match="install espeak-ng") as caught:
        studio.sound("announcement-en", TEXT, "en")
    assert "\n" not in str(caught.value)


def test_a_text_is_read_once(voiced: Studio, tmp_path: Path) -> None:
    assert voiced.can_speak
    first = voiced.sound("announcement-sv", 'Hej {owner} "x" $(ls)', "sv")
    again = voiced.sound("announcement-sv", 'Hej {owner} "x" $(ls)', "sv")
    assert first.source == "espeak-ng"
    assert first.sha256 == again.sha256
    assert len(first.samples) == pytest.approx(2.3 * FS, abs=4)
    asked = (tmp_path / "asked").read_text("utf-8").splitlines()
    assert asked == ['-v sv -s 165 --stdout --stdin|Hej {owner} "x" $(ls)']


def test_another_text_or_language_is_read_anew(voiced: Studio, tmp_path: Path) -> None:
    voiced.speak("one", "en")
    voiced.speak("two", "en")
    voiced.speak("two", "de")
    asked = (tmp_path / "asked").read_text("utf-8").splitlines()
    assert [line.partition(" -s")[0] for line in asked] == ["-v en-us"] * 2 + ["-v de"]


def test_the_owners_voice_goes_first(voiced: Studio, tmp_path: Path) -> None:
    voiced.keep("announcement-en", wav(tmp_path, 3.0))
    assert voiced.sound("announcement-en", TEXT, "en").source == "recording"
    voiced.drop("announcement-en")
    assert voiced.sound("announcement-en", TEXT, "en").source == "espeak-ng"


def test_a_voice_that_fails_is_named(
    voiced: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIL", "1")
    with pytest.raises(HardwareError, match="espeak-ng could not read"):
        voiced.speak(TEXT, "en")


def test_a_voice_that_says_nothing_is_named(voiced: Studio, tmp_path: Path) -> None:
    (tmp_path / "voice.wav").write_bytes(b"")
    with pytest.raises(HardwareError, match="read nothing"):
        voiced.speak(TEXT, "en")
