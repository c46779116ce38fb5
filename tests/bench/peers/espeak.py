"""Speech in many languages from eSpeak NG, where it is installed: for talk-off.

What is said are numbers, dates and sums, which it speaks in each language's words.
"""

import io
import shutil
import subprocess

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

LANGUAGES = (
    *("en-us", "en-gb", "de", "fr-fr", "es", "it", "nl", "sv"),
    *("da", "pl", "ru", "cs", "pt-br", "tr", "el", "hi"),
)
#: For talk-off only.
MORE_LANGUAGES = (
    *("fi", "hu", "ro", "sk", "nb", "uk", "bg", "pt", "es-419"),
    *("ar", "id", "ko", "vi", "fa", "ta", "sw", "et", "lv", "ca"),
)
#: Voices of each language, with pitch and words per minute.
VOICES = (("", 50, 170), ("+f2", 60, 190), ("+m3", 35, 150), ("+f4", 75, 210))


def installed() -> bool:
    """Tell whether the program is there."""
    return shutil.which("espeak-ng") is not None


def speech(language: str, voice: int, words: int = 160) -> NDArray[np.float64]:
    """Return about a minute of speech at 8 kHz, full scale 1.0."""
    known = LANGUAGES + MORE_LANGUAGES
    rng = np.random.default_rng([known.index(language), voice])
    numbers = (str(int(10 ** rng.uniform(0, 6))) for _ in range(words // 3))
    text = ", ".join(numbers) + "."
    variant, pitch, pace = VOICES[voice]
    command = ["espeak-ng", "-v", language + variant, "-p", str(pitch), "-s", str(pace)]
    done = subprocess.run([*command, "--stdout", text], capture_output=True, check=True)
    x, rate = soundfile.read(io.BytesIO(done.stdout))
    return np.asarray(resample_poly(x, 8000 // 50, rate // 50))
