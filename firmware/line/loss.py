"""How much sound is missing: frames delivered, compared with the monotonic clock.

A card says that it lost something, never how much, and some drivers do not even say
so.  The meter watches the delay of each delivery behind the sound delivered so far.
Waiting adds to a delay, drift moves it slowly, only loss makes it grow at once and
stay.  The floor of the delays is what the meter remembers; it rises no faster than a
card's clock can drift, and a delay that stays above it is loss.

Limits: an unannounced loss below `TOLERANCE_S` passes as drift; one above it is found
within two windows, and placed where it was found.
"""

#: The worst crystal to be believed; USB audio allows 500 ppm at either end.
DRIFT = 1000e-6
#: A delay that stays this far above the floor is loss, s: two periods of 20 ms.
TOLERANCE_S = 0.04
#: The machine may be busy for this long without its waiting being taken for loss, s.
WINDOW_S = 1.0
#: ... and a verdict wants this many deliveries, however long they take.
WINDOW_DELIVERIES = 10


class LossMeter:
    """Accounts for every second since the first delivery: heard or missing."""

    def __init__(self) -> None:
        self._floor_s: float | None = None  # delay of the line behind the clock
        self._accounted_s = 0.0
        self._last_s = 0.0
        self._window_end_s = 0.0
        self._window_min_s = float("inf")
        self._window_deliveries = 0
        self._broken = False

    @property
    def accounted_s(self) -> float:
        """Time since the first delivery began, heard or missing."""
        return self._accounted_s

    @property
    def delay_s(self) -> float:
        """What to add to `accounted_s` for the monotonic clock."""
        return self._floor_s or 0.0

    def break_off(self) -> None:
        """Take what is missing at the next delivery as loss: the card said so."""
        self._broken = True

    def delivered(self, now_s: float, length_s: float) -> float:
        """Account for `length_s` of sound read at `now_s`; return the loss before."""
        if self._floor_s is None:
            self._start(now_s, now_s - length_s)
        self._accounted_s += length_s
        delay = now_s - self._accounted_s
        rise = 0.0 if self._broken else DRIFT * (now_s - self._last_s)
        self._last_s = now_s
        assert self._floor_s is not None
        self._floor_s = min(delay, self._floor_s + rise)
        lost = self._judge(now_s, delay - self._floor_s)
        self._accounted_s += lost
        return lost

    def missing(self, now_s: float) -> float:
        """Account for the time up to `now_s` as lost: there is no card to ask."""
        if self._floor_s is None:
            self._start(now_s, now_s)
        self._broken = True
        self._last_s = now_s
        lost = max(0.0, now_s - self.delay_s - self._accounted_s)
        self._accounted_s += lost
        return lost

    def _start(self, now_s: float, floor_s: float) -> None:
        self._floor_s = floor_s
        self._last_s = now_s
        self._broken = False
        self._open_window(now_s)

    def _judge(self, now_s: float, excess_s: float) -> float:
        if self._broken:
            self._broken = False
            self._open_window(now_s)
            return excess_s
        self._window_min_s = min(self._window_min_s, excess_s)
        self._window_deliveries += 1
        if now_s < self._window_end_s or self._window_deliveries < WINDOW_DELIVERIES:
            return 0.0
        lost = self._window_min_s
        self._open_window(now_s)
        return lost if lost > TOLERANCE_S else 0.0

    def _open_window(self, now_s: float) -> None:
        self._window_end_s = now_s + WINDOW_S
        self._window_min_s = float("inf")
        self._window_deliveries = 0
