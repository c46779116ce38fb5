"""Special information tones: three rising tones that say why a call failed.

E.180 has 950, 1400 and 1800 Hz of 330 ms each; North America tells by the exact
frequencies and lengths of the first two which reason it is.
"""

from dsp.detector import Noticed
from dsp.stream import FS
from dsp.tone_bursts import Burst
from dsp.types import Tone, ToneOnset

#: Numbers of the three tones' zones in `dsp.tone_zones.ZONES_HZ`, from one on.
STEPS = (1, 4, 5)
#: E.180: 330 +-70 ms each (North America 274 or 380 ms), gaps of at most 30 ms, which
#: the 64 ms window sees with 30 ms to either side.
LENGTH_S, MAX_GAP_S = (0.19, 0.48), 0.09
#: E.180: 950, 1400 and 1800 Hz, +-50 Hz.
STEP_HZ, TOLERANCE_HZ = (950.0, 1400.0, 1800.0), 50.0
#: GR-674: low and high first tone 913.8 and 985.2 Hz, second 1370.6 and 1428.5 Hz;
#: short 274 ms, long 380 ms.  (First high, second high, first long, second long).
#: Reorder and no circuit have a second form, for calls between carriers; the two
#: codes kept for later use (high and short twice; low long, high short) say nothing.
MEANINGS = {
    (False, True, False, True): "sit_reorder",
    (True, False, False, True): "sit_reorder",
    (True, False, True, False): "sit_vacant",
    (True, True, True, True): "sit_no_circuit",
    (False, False, True, True): "sit_no_circuit",
    (False, False, False, False): "sit_intercept",
}
#: Called so where the tones are those of E.180 or the combination says nothing.
PLAIN = "sit_info"
#: A North American tone is this near to its frequency.
EXACT_HZ = 12.0
LOW_HIGH_HZ = ((913.8, 985.2), (1370.6, 1428.5))
LONG_S = 0.327


class SitFinder:
    """Look for three bursts in rising order."""

    def __init__(self) -> None:
        self._steps: list[Burst] = []

    def ended(self, burst: Burst, at: int) -> list[Noticed]:
        """Take a burst that has ended; return the tone it completes."""
        steps = self._steps
        if steps and burst.start - steps[-1].end > MAX_GAP_S * FS:
            steps.clear()
        if not _is_step(burst, len(steps)):
            steps.clear()
            if not _is_step(burst, 0):
                return []
        steps.append(burst)
        if len(steps) < len(STEPS):
            return []
        name = _meaning(steps)
        start, end = steps[0].start, steps[-1].end
        level = max(step.level_dbov for step in steps)
        steps.clear()
        onset = ToneOnset(name, start, at)
        return [(at, onset), (at, Tone(name, start, end, level))]


def _is_step(burst: Burst, number: int) -> bool:
    length_s = (burst.end - burst.start) / FS
    return (
        burst.zone == STEPS[number]
        and LENGTH_S[0] <= length_s <= LENGTH_S[1]
        and bool(burst.lines)
        and abs(burst.lines[0].hertz - STEP_HZ[number]) <= TOLERANCE_HZ
    )


def _meaning(steps: list[Burst]) -> str:
    high: list[bool] = []
    for burst, choices in zip(steps, LOW_HIGH_HZ, strict=False):
        near = [abs(burst.lines[0].hertz - hertz) for hertz in choices]
        if min(near) > EXACT_HZ:
            return PLAIN
        high.append(near[1] < near[0])
    long = [burst.end - burst.start > LONG_S * FS for burst in steps[:2]]
    return MEANINGS.get((high[0], high[1], long[0], long[1]), PLAIN)
