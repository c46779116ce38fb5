"""Make the voices of the simulated line: `python -m firmware.line.sim.make_voices`.

Reads ``voices/voices.toml``, lets espeak-ng speak every line, limits it to the
telephone band, levels it and writes ``voices/NAME-N.flac``.  The result is part of the
product; only somebody changing the words needs espeak-ng.
"""

import io
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy import signal

from firmware.line.block import FS
from firmware.line.sim.speech import CLIP_LEVEL_DBOV, FOLDER

#: Telephone band, Hz (ITU-T G.712 pass band, rounded as handsets give it).
BAND_HZ = (300.0, 3400.0)
#: Frames below this part of the loudest one are pauses and do not count as speech.
PAUSE_RATIO = 0.1
FRAME = 160
#: Silence left on either side of the words, samples.
MARGIN = 400

Wave = NDArray[np.float64]


def speak(voice: dict[str, Any], line: str) -> tuple[Wave, int]:
    """Return what espeak-ng says, and its rate."""
    command = ["espeak-ng", "-v", voice["espeak"], "-s", str(voice["speed"])]
    command += ["-p", str(voice["pitch"]), "--stdout", line]
    done = subprocess.run(command, check=True, capture_output=True)
    wave, rate = soundfile.read(io.BytesIO(done.stdout))
    return np.asarray(wave, np.float64), int(rate)


def telephone(wave: Wave, rate: int) -> Wave:
    """Return `wave` at the master rate, limited to the telephone band."""
    divisor = int(np.gcd(rate, FS))
    low = signal.resample_poly(wave, FS // divisor, rate // divisor)
    sos = signal.butter(4, BAND_HZ, "bandpass", fs=FS, output="sos")
    return np.asarray(signal.sosfiltfilt(sos, low), np.float64)


def level(wave: Wave) -> Wave:
    """Trim the silence around the words and set the active level."""
    frames = wave[: len(wave) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.mean(frames**2, axis=1)
    active = np.sqrt(power) > PAUSE_RATIO * np.sqrt(power.max())
    first, last = np.flatnonzero(active)[[0, -1]]
    rms = float(np.sqrt(power[active].mean()))
    trimmed = wave[max(first * FRAME - MARGIN, 0) : (last + 1) * FRAME + MARGIN]
    return np.clip(trimmed * 10 ** (CLIP_LEVEL_DBOV / 20) / rms, -1, 1)


def main(folder: Path = FOLDER) -> None:
    """Write every clip."""
    table = tomllib.loads((folder / "voices.toml").read_text("utf-8"))
    for voice in table["voice"]:
        for number, line in enumerate(voice["lines"], 1):
            wave = level(telephone(*speak(voice, line)))
            name = folder / f"{voice['name']}-{number}.flac"
            soundfile.write(name, wave, FS, subtype="PCM_16", compression_level=1.0)


if __name__ == "__main__":
    main()
