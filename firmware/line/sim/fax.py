"""A fax call as it sounds: CNG, CED, V.21 flags, a page of modem noise.

The page is not a document: band-limited noise stands for V.17, which is what it
sounds like.
"""

import numpy as np

from firmware.line.block import FS
from firmware.line.sim.score import Score
from firmware.line.sim.sounds import Loop, Tone, Wave, partials, peak

#: ITU-T T.30: calling tone 1100 Hz, 0.5 s on, 3 s off.
CNG_HZ, CNG_ON_S, CNG_PERIOD_S = 1100.0, 0.5, 3.5
#: ITU-T T.30, V.8: answer tone 2100 Hz, phase reversed each 450 ms, 15 Hz AM of 20 %.
CED_HZ, CED_S = 2100.0, 3.3
CED_FLIP_S = 0.45
CED_AM = (15.0, 0.2)
#: ITU-T V.21 channel 2: 1650 Hz mark, 1850 Hz space, 300 baud; HDLC flag 0x7E.
V21_HZ = (1850.0, 1650.0)
V21_BAUD = 300
FLAG = (0, 1, 1, 1, 1, 1, 1, 0)
PREAMBLE_S = 1.0
#: ITU-T V.17: carrier 1800 Hz, 2400 baud.
PAGE_HZ = (600.0, 3000.0)


def play(score: Score, answer: float, length_s: float, called: bool) -> float:
    """Play a fax call; `called`: our machine answers.  Return when it is over."""
    line = score.line
    own, other = line.near_dbov, line.far_dbov
    caller, callee = (other, own) if called else (own, other)
    end = answer + length_s
    ced = answer + 1.8
    at = answer + 0.3
    while at < min(ced + CED_S, end):
        score.tone(at, min(at + CNG_ON_S, end), partials((CNG_HZ,), caller))
        score.mark(at, "fax_cng")
        at += CNG_PERIOD_S
    if ced < end:
        score.layers.append(
            Tone(
                score.index(ced),
                score.index(min(ced + CED_S, end)),
                ((CED_HZ, peak(callee)),),
                modulation=CED_AM,
                flip_samples=round(CED_FLIP_S * FS),
            )
        )
        score.mark(ced, "fax_ced")
    flags = ced + CED_S + 0.08
    page = flags + PREAMBLE_S + 0.1
    for first, last, wave, level in (
        (flags, min(page - 0.1, end), v21_flags(), callee),
        (page, end - 2.0, modem_noise(score.rng), caller),
        (max(end - 1.6, page), end - 0.4, v21_flags(), caller),
    ):
        if last > first:
            start, stop = score.index(first), score.index(last)
            score.layers.append(Loop(start, stop, wave, 10 ** (level / 20)))
    return end


def v21_flags() -> Wave:
    """Return one second of HDLC flags, RMS 1, made to repeat without a seam."""
    samples = np.arange(FS)
    bits = np.resize(FLAG, V21_BAUD)[samples * V21_BAUD // FS]
    hz = np.take(V21_HZ, bits)
    phase = np.cumsum(hz / FS)
    phase -= samples * (phase[-1] % 1) / FS  # close the circle
    return np.asarray(np.sqrt(2) * np.sin(2 * np.pi * phase), np.float32)


def modem_noise(rng: np.random.Generator) -> Wave:
    """Return noise in the band of a page, RMS 1; its two seconds join up."""
    spectrum = np.fft.rfft(rng.standard_normal(2 * FS))
    hz = np.fft.rfftfreq(2 * FS, 1 / FS)
    spectrum[(hz < PAGE_HZ[0]) | (hz > PAGE_HZ[1])] = 0
    noise = np.fft.irfft(spectrum)
    return np.asarray(noise / noise.std(), np.float32)
