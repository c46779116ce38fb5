"""How the exchange tells who is calling: before the first ring, or after it."""

import time

from dsp import caller_id
from firmware.line.block import FS
from firmware.line.sim.exchange import Exchange
from firmware.line.sim.scenario import CallEvent, PlannedCall
from firmware.line.sim.score import Score
from firmware.line.sim.sounds import Wave, partials

#: Level of the burst at the tap, dBov: -13.5 dBm sent (GR-30), less the loop.
LEVEL_DBOV = -24.0
#: GR-30-CORE: caller ID begins at least 0.5 s after the first ring.
AFTER_RING_S = 0.6
#: EN 300 659-1: the first ring comes 200..500 ms after the message.
BEFORE_RING_S = 0.3
#: Dual-tone alerting signal before V.23, Hz and s (EN 300 659-1, BT SIN 227), and the
#: pauses around it: after the reversal, and before the message.
ALERT_HZ = (2130.0, 2750.0)
ALERT_S = 0.1
ALERT_AFTER_S = 0.15
MESSAGE_AFTER_S = 0.1
#: EN 300 659-1 annex A: digits begin at least 200 ms after the reversal.
DIGITS_AFTER_S = 0.25
#: GR-30-CORE, a message in a call: no seizure, a short mark.
IN_CALL_MARK_BITS = 80


def send(call: PlannedCall, score: Score, exchange: Exchange, lift: float) -> None:
    """Send the caller's number with the first ring, cut off where we lift."""
    form: str = score.line.caller_id
    if form == "auto":
        form = exchange.caller_id
    if form == "none" or not (call.number or call.absence):
        return
    burst = caller_id.encode(
        number=None if call.absence else call.number,
        name=call.name,
        date_time=date_time(score.start_utc + call.at),
        absence=call.absence,
        standard=form,
        level_dbov=LEVEL_DBOV,
    )
    if score.line.caller_id == "auto" and exchange.caller_id_before_ring:
        _before_ring(call, score, burst, alert=form == "v23")
        return
    begin = call.at + exchange.ring.active_s + AFTER_RING_S
    room = score.index(lift) - score.index(begin)
    if room > 0:
        score.clip(begin, burst[:room])
        whole = room >= len(burst)
        score.mark(begin, "caller_id" if whole else "caller_id_cut", _text(call))


def in_call(event: CallEvent, exchange: Exchange, score: Score, at: float) -> Wave:
    """Return the message of a waiting call."""
    return caller_id.encode(
        number=event.number,
        name=event.name,
        date_time=date_time(score.start_utc + at),
        standard="bell202" if exchange.caller_id == "dtmf" else exchange.caller_id,
        level_dbov=LEVEL_DBOV,
        seizure_bits=0,
        mark_bits=IN_CALL_MARK_BITS,
    )


def date_time(utc: float) -> str:
    """Return ``MM-DD HH:MM`` of an instant, in UTC: the simulated exchange's zone."""
    return time.strftime("%m-%d %H:%M", time.gmtime(utc))


def _before_ring(call: PlannedCall, score: Score, burst: Wave, alert: bool) -> None:
    begin = call.at - BEFORE_RING_S - len(burst) / FS
    score.clip(begin, burst)
    score.mark(begin, "caller_id", _text(call))
    if alert:
        at = begin - MESSAGE_AFTER_S - ALERT_S
        score.tone(at, at + ALERT_S, partials(ALERT_HZ, LEVEL_DBOV))
        reversal = at - ALERT_AFTER_S
    else:
        reversal = begin - DIGITS_AFTER_S
    score.click(reversal)
    score.edge(reversal, "polarity", 1)
    score.edge(call.at, "polarity", 0)


def _text(call: PlannedCall) -> str:
    return call.absence or call.number or ""
