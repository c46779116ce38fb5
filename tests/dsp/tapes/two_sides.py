"""Two people on one pair of wires, and the truth of who spoke when.

Turns, short answers under the other's talk and both at once, pauses; the far side comes
through an exchange's band and its own level control, the near side's voice comes back
as echo, and the line adds noise, hum and what mu-law leaves.
"""

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import firwin, lfilter, resample_poly

from dsp.turns import Clues, Turns
from tests.dsp.tapes.tape import FS, Samples, Wave, voices

#: Length of a truth frame, samples: 20 ms.
FRAME = 160
#: A frame is speech within so many dB of its talker's active level (ITU-T P.56: 15.9).
MARGIN_DB = 15.9
#: Both are heard where the softer is at most so far below the louder.
BOTH_DB = 6.0
#: Who talks with whom: male and female both ways round, several languages.
PAIRS = (
    ("anna", "ben"),
    ("joe", "karin"),
    ("dieter", "emma"),
    ("zofia", "graham"),
    ("carol", "anna"),
    ("ben", "joe"),
    ("karin", "zofia"),
    ("graham", "dieter"),
)
#: Voices of eSpeak NG: language and variant, women and men by turns.
ESPEAK = tuple(
    f"{language}+{variant}"
    for language, variant in (
        ("en-us", "f2"), ("de", "m1"), ("fr", "f4"), ("es", "m7"), ("sv", "f1"),
        ("nl", "m3"), ("pl", "f5"), ("it", "m4"), ("da", "f3"), ("nb", "m6"),
        ("pt", "f2"), ("en-gb", "m2"),
    )
)  # fmt: skip
WORDS = (
    "1, 2, 3. 47 11 0 8 15. 1984, 2026. 12 345 678. A B C D. 17:30, 9:45. "
    "500, 600, 7000. 88 99 66. 21. 22. 23, 24. 101, 202, 303. 5 6 7 8 9 10. "
)


@dataclass(frozen=True)
class Way:
    """How a tape is made; levels in dBov, `apart_db` is near over far."""

    near: str
    far: str
    apart_db: float
    seed: int
    louder_dbov: float = -20.0
    noise_dbov: float = -60.0
    hum_dbov: float = -90.0
    far_levelled: bool = False
    both_share: float = 0.25
    echo_db: float = 24.0
    near_first: bool = False
    dialled: bool = False
    mu_law: bool = False
    length_s: float = 90.0

    def __str__(self) -> str:
        return f"{self.near} {self.apart_db:+g} dB over {self.far} ({self.seed})"


@dataclass(frozen=True)
class TwoSides:
    """A tape: samples, and per frame of 20 ms whether near or far is heard.

    `clues` is what a recorder knows of such a call.
    """

    x: Samples
    near: NDArray[np.bool_]
    far: NDArray[np.bool_]
    clues: Clues

    @property
    def speech(self) -> NDArray[np.bool_]:
        return self.near | self.far


def make(way: Way) -> TwoSides:
    """Return one conversation."""
    rng = np.random.default_rng([way.seed, 81])
    n = round(way.length_s * FS)
    near, far = _timetable(way, n, rng)
    level_near = way.louder_dbov + min(way.apart_db, 0.0)
    level_far = way.louder_dbov - max(way.apart_db, 0.0)
    far = lfilter(firwin(101, (300, 3400), fs=FS, pass_zero=False), 1.0, far)
    if way.far_levelled:
        far = _levelled(far)
    near = near * 10 ** (level_near / 20) / _active(near)
    far = far * 10 ** (level_far / 20) / _active(far)
    heard_near, heard_far = _truth(near, far)
    clues = Clues(first="far" if way.dialled else "near")
    if way.dialled:
        prelude, clues = _prelude(level_near, level_far, rng)
        near, far = (np.concatenate((prelude * i, y)) for i, y in ((1, near), (0, far)))
        heard_near, heard_far = (
            np.concatenate((np.zeros(prelude.size // FRAME, bool), h))
            for h in (heard_near, heard_far)
        )
        n += prelude.size
    echo = np.roll(near, round(0.028 * FS)) * 10 ** (-way.echo_db / 20)
    t = np.arange(n) / FS
    hum = sum(
        10 ** (-down / 20) * np.sin(2 * np.pi * 50 * k * t + k)
        for k, down in ((1, 0), (2, 9), (3, 4), (5, 9), (7, 14))
    )
    x = near + far + echo + 10 ** ((way.hum_dbov + 3) / 20) * hum
    x = x + 10 ** (way.noise_dbov / 20) * rng.standard_normal(n)
    samples = (np.clip(x, -1, 32767 / 32768) * 32768).round().astype(np.int16)
    if way.mu_law:
        samples = _mu_law(samples)
    return TwoSides(samples, heard_near, heard_far, clues)


def _timetable(way: Way, n: int, rng: np.random.Generator) -> tuple[Wave, Wave]:
    """Return what each side says, one after the other and now and then at once."""
    said = [np.zeros(n), np.zeros(n)]
    waves = (_voice(way.far), _voice(way.near))
    side, at = int(way.near_first), round(0.4 * FS)
    while at < n:
        length = round(FS * float(rng.choice([0.4, 1.0, 2.0, 3.5, 6.0], p=(
            0.12, 0.2, 0.33, 0.25, 0.1)) * rng.uniform(0.8, 1.2)))  # fmt: skip
        _say(said[side], waves[side], at, length, rng)
        if rng.random() < way.both_share and length > FS:  # the other falls in
            begin = at + round(length * rng.uniform(0.3, 0.8))
            more = round(rng.uniform(0.3, 1.2) * FS)
            _say(said[1 - side], waves[1 - side], begin, more, rng)
        gap = rng.uniform(-0.15, 0.1) if rng.random() < 0.15 else rng.uniform(0.1, 0.9)
        at += length + round(gap * FS)
        if rng.random() < 0.85:
            side = 1 - side
    return said[1], said[0]


def _say(
    track: Wave, voice: Wave, at: int, length: int, rng: np.random.Generator
) -> None:
    length = min(length, len(track) - at, len(voice) - 1)
    if length < 0.1 * FS:
        return
    first = int(rng.integers(0, len(voice) - length))
    piece = voice[first : first + length].copy()
    fade = np.linspace(0, 1, 160)
    piece[:160] *= fade
    piece[-160:] *= fade[::-1]
    # People are not always equally loud: 1.5 dB from turn to turn.
    track[at : at + length] = piece * 10 ** (rng.normal(0, 1.5) / 20)


def _prelude(
    near_dbov: float, far_dbov: float, rng: np.random.Generator
) -> tuple[Wave, Clues]:
    """Return seven digits and one ringback; levels vary as lines do, by 3 dB."""
    x = np.zeros(6 * FS)
    digits = []
    peak = 10 ** ((near_dbov + 5 + rng.normal(0, 3)) / 20)
    t = np.arange(round(0.1 * FS)) / FS
    for i in range(7):
        at = round((0.4 + 0.2 * i) * FS)
        pair = rng.choice((697, 770, 852)), rng.choice((1209, 1336, 1477))
        x[at : at + t.size] = peak * sum(np.sin(2 * np.pi * f * t) for f in pair)
        digits.append((at, at + t.size))
    start, end = round(2.5 * FS), round(4.5 * FS)
    t = np.arange(end - start) / FS
    peak = 10 ** ((far_dbov + 4 + rng.normal(0, 3)) / 20)
    x[start:end] = peak * sum(np.sin(2 * np.pi * f * t) for f in (440, 480))
    first = "far"
    return x, Clues(first, x.size, tuple(digits), ((start, end),))


@cache
def _voice(name: str) -> Wave:
    if "+" not in name:
        return np.asarray(voices()[name], np.float64)
    command = ["espeak-ng", "-v", name, "-s", "165", "--stdout", WORDS]
    heard = subprocess.run(command, capture_output=True, check=True).stdout
    x, fs = soundfile.read(BytesIO(heard), dtype="float64")
    y = resample_poly(x, 80, fs // 100)
    return np.asarray(lfilter(firwin(65, 180, fs=FS, pass_zero=False), 1.0, y))


def espeak_installed() -> bool:
    return shutil.which("espeak-ng") is not None


def _powers(x: Wave) -> Wave:
    frames = x[: x.size // FRAME * FRAME].reshape(-1, FRAME)
    return np.asarray(np.mean(frames**2, axis=1))


def _active(x: Wave) -> float:
    """Return the root mean square while the talker talks."""
    power = _powers(x)
    loud = power[power > power.max() / 1000]
    return float(np.sqrt(loud.mean()))


def _levelled(x: Wave) -> Wave:
    """Return talk through the level control of a network: 20 dB/s either way."""
    power = _powers(x)
    gain, gains = 0.0, []
    target = 10 * np.log10(np.mean(power[power > power.max() / 1000]))
    for value in power:
        if value > power.max() / 1000:
            error = target - 10 * np.log10(value) - gain
            gain = float(np.clip(gain + np.clip(error, -0.4, 0.4), -9, 9))
        gains.append(gain)
    ramp = np.interp(np.arange(x.size), np.arange(len(gains)) * FRAME, gains)
    return np.asarray(x * 10 ** (ramp / 20))


def _truth(near: Wave, far: Wave) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    power = (_powers(near), _powers(far))
    floor = [10 * np.log10(_active(x) ** 2) - MARGIN_DB for x in (near, far)]
    db = [10 * np.log10(p + 1e-15) for p in power]
    talks = [d > f for d, f in zip(db, floor, strict=True)]
    lead = db[0] - db[1]
    return talks[0] & (~talks[1] | (lead > -BOTH_DB)), talks[1] & (
        ~talks[0] | (lead < BOTH_DB)
    )


def _mu_law(x: Samples) -> Samples:
    """Return samples through G.711's companding, to the nearest step."""
    y = x / 32768
    code = np.round(np.sign(y) * np.log1p(255 * np.abs(y)) / np.log(256) * 127) / 127
    back = np.sign(code) * np.expm1(np.abs(code) * np.log(256)) / 255
    return np.asarray((back * 32767).round(), np.int16)


@dataclass(frozen=True)
class Judged:
    """Shares of the speech frames: told right, told for sure, and both."""

    right: float
    sure: float
    sure_right: float


def judge(tape: TwoSides, found: Turns) -> Judged:
    """Compare turns with the truth; where both speak, either of them is right."""
    near, far, sure = (np.zeros(tape.near.size, bool) for _ in range(3))
    for turn in found.turns:
        part = slice(turn.start // FRAME, turn.end // FRAME)
        near[part] = turn.who != "far"
        far[part] = turn.who != "near"
        sure[part] = turn.sure
    right = (near & tape.near) | (far & tape.far)
    speech = tape.speech
    return Judged(
        float(right[speech].mean()),
        float(sure[speech].mean()),
        float((right & sure)[speech].mean()),
    )
