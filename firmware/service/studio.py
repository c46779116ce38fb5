"""Notices as sound: recordings the owner made, or a text read by espeak-ng.

A recording in the folder `notices/` of the state folder, named after its notice
(`announcement-sv.wav`), goes before the machine's voice.  Any format libsndfile reads
will do; it becomes 8 kHz mono.  What espeak-ng has read once is kept in `spoken/`, by
the hash of voice and text.  espeak-ng is found at run time; a box without it speaks
with recordings only, and says so.
"""

import hashlib
import os
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from dsp.resample import resample
from firmware.errors import HardwareError, SourceError

FS = 8000
Samples = NDArray[np.int16]

#: Where the recordings are, inside the state folder.
FOLDER = "notices"
#: Nobody listens to a longer notice, s; a shorter one says nothing.
LONGEST_S, SHORTEST_S = 60.0, 1.0
#: What a microphone gives; a minute of it fits into 184 MB.
MOST_CHANNELS, HIGHEST_RATE = 4, 192_000
#: Quieter than this a recording is taken for an accident, dBov.
QUIETEST_PEAK = 0.01
#: Formats a browser or a telephone records in.
SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aiff")
#: espeak-ng's voice for each language of the notices, ISO 639-1.
VOICES = {
    "en": "en-us", "sv": "sv", "nb": "nb", "da": "da", "de": "de", "nl": "nl",
    "pl": "pl", "fr": "fr-fr", "es": "es", "it": "it", "fi": "fi",
}  # fmt: skip
#: Words per minute: slower than talk, so that a line of 3 kHz is understood.
SPEED = 165
#: A text is read within this time, s; a minute of speech takes 3 s on a Pi 3.
PATIENCE_S = 30.0
#: Silence before and after, which a hurried switch may cut, s.
MARGIN_S = 0.15


@dataclass(frozen=True, slots=True)
class Recording:
    """8 kHz samples, and where they are from."""

    samples: Samples
    source: Literal["recording", "espeak-ng"]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.samples.astype("<i2").tobytes()).hexdigest()


class Studio:
    """The notices of one box as sound."""

    def __init__(self, folder: Path, program: str = "espeak-ng") -> None:
        self._folder = folder
        self._program = program

    @property
    def can_speak(self) -> bool:
        """Is espeak-ng installed?"""
        return shutil.which(self._program) is not None

    def sound(self, name: str, text: str, language: str) -> Recording:
        """Return the notice `name`: the owner's recording, else the text as read."""
        own = self.own(name)
        return self.read(own) if own is not None else self.speak(text, language)

    def own(self, name: str) -> Path | None:
        """Return the owner's recording of a notice, if there is one."""
        paths = (self._folder / f"{name}{suffix}" for suffix in SUFFIXES)
        return next((path for path in paths if path.is_file()), None)

    def keep(self, name: str, data: bytes, suffix: str = ".wav") -> Path:
        """Keep a recording the owner gives; SourceError if it is none."""
        if suffix not in SUFFIXES or "/" in name or name.startswith("."):
            wanted = ", ".join(SUFFIXES)
            raise SourceError(f"recording {name}{suffix}: want one of {wanted}")
        self._folder.mkdir(parents=True, exist_ok=True)
        scratch = self._folder / f".{name}.{os.getpid()}.new"
        try:
            scratch.write_bytes(data)
            recording = self.read(scratch)
            self.drop(name)
            path = self._folder / f"{name}.wav"
            _write(path, recording.samples)
        finally:
            scratch.unlink(missing_ok=True)
        return path

    def drop(self, name: str) -> None:
        """Let the machine's voice read a notice again."""
        while (own := self.own(name)) is not None:
            own.unlink()

    def read(self, path: Path) -> Recording:
        """Return a sound file at 8 kHz; SourceError says why it is no notice."""
        try:
            with soundfile.SoundFile(path) as file:
                rate = file.samplerate
                if file.channels > MOST_CHANNELS or rate > HIGHEST_RATE:
                    raise SourceError(
                        f"{path.name}: want up to {MOST_CHANNELS} channels at up to "
                        f"{HIGHEST_RATE} Hz, got {file.channels} at {rate}"
                    )
                # Not more than may be, whatever the file would unpack to.
                most = round((LONGEST_S + 1) * rate)
                x = file.read(most, dtype="float32", always_2d=True)
        except (soundfile.LibsndfileError, OSError) as error:
            raise SourceError(f"{path.name}: not a sound file: {error}") from error
        mono = np.nan_to_num(x.mean(axis=1)).astype(np.float32)
        length_s = len(mono) / rate
        if not SHORTEST_S <= length_s <= LONGEST_S:
            raise SourceError(
                f"{path.name}: want {SHORTEST_S:g}..{LONGEST_S:g} s, got {length_s:.1f}"
            )
        if float(np.abs(mono).max()) < QUIETEST_PEAK:
            raise SourceError(f"{path.name}: want speech, got silence")
        return Recording(_at_8_khz(mono, rate), "recording")

    def speak(self, text: str, language: str) -> Recording:
        """Return a text as espeak-ng reads it; HardwareError if it cannot."""
        voice = VOICES.get(language, language)
        key = hashlib.sha256(f"{voice}\n{SPEED}\n{text}".encode()).hexdigest()
        spoken = self._folder / "spoken" / f"{key[:32]}.wav"
        if not spoken.is_file():
            samples = self._synthesise(text, voice)
            spoken.parent.mkdir(parents=True, exist_ok=True)
            _write(spoken, samples)
        x, _ = soundfile.read(spoken, dtype="int16")
        return Recording(x, "espeak-ng")

    def _synthesise(self, text: str, voice: str) -> Samples:
        program = shutil.which(self._program)
        if program is None:
            raise HardwareError(
                "no voice to read notices with: install espeak-ng "
                "(apt install espeak-ng), or give a recording of the notice"
            )
        command = [program, "-v", voice, "-s", str(SPEED), "--stdout", "--stdin"]
        try:
            done = subprocess.run(
                command,
                input=text.encode(),
                capture_output=True,
                timeout=PATIENCE_S,
                check=True,
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise HardwareError(
                f"espeak-ng could not read the notice: {error}"
            ) from error
        return _pcm(done.stdout)


def _pcm(wav: bytes) -> Samples:
    """Return the sound of a WAV that came through a pipe: its length is not known."""
    rate = int.from_bytes(wav[24:28], "little")
    at = wav.find(b"data", 12) + 8
    if wav[:4] != b"RIFF" or at < 44 or rate < FS:
        raise HardwareError("espeak-ng read nothing; want sound")
    body = wav[at : len(wav) - (len(wav) - at) % 2]
    x = np.frombuffer(body, "<i2").astype(np.float32) / np.float32(32768)
    return np.pad(_at_8_khz(x, rate), round(MARGIN_S * FS))


def _at_8_khz(x: NDArray[np.float32], rate: int) -> Samples:
    y = np.rint(resample(x, rate, FS) * 32767)
    return np.asarray(np.clip(y, -32768, 32767), np.int16)


def _write(path: Path, samples: Samples) -> None:
    """Write a file that is whole or absent, whoever else writes it as well."""
    scratch = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.new")
    soundfile.write(scratch, samples, FS, format="WAV", subtype="PCM_16")
    os.replace(scratch, path)
