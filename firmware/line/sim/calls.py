"""The choreography of a call: from a planned call to its score and its truth."""

import dataclasses
from operator import attrgetter

from firmware.line.sim import caller, events
from firmware.line.sim.exchange import Cadence, Exchange
from firmware.line.sim.scenario import PlannedCall
from firmware.line.sim.score import Score
from firmware.line.sim.script import ScriptedCall
from firmware.line.sim.sounds import partials

#: From the lifted handset to dial tone, s.
DIAL_TONE_AFTER_S = 0.25
#: The exchange takes dial tone away within the first digit, s.
DIAL_TONE_STOPS_S = 0.04
#: Loop-disconnect dialling at 10 pulses a second, North American ratio: break, s.
PULSE_PERIOD_S = 0.1
PULSE_BREAK_S = 0.061
PULSE_DIGIT_GAP_S = 0.75
#: An exchange gives up on a handset left off: dial tone, then busy, then howler, s.
DIAL_TONE_LASTS_S = 16.0
PERMANENT_BUSY_LASTS_S = 16.0
#: Stutter dial tone: bursts and their length, s.
STUTTER = (10, 0.1)


def play(call: PlannedCall, score: Score, exchange: Exchange) -> ScriptedCall:
    """Write the call into `score` and return what happened."""
    part = _incoming if call.direction == "incoming" else _outgoing
    truth = part(call, score, exchange)
    score.end(truth.end_s)
    marks = sorted(score.marks, key=attrgetter("at_s"))
    return dataclasses.replace(truth, marks=tuple(marks))


def _truth(
    call: PlannedCall,
    lifted: float | None,
    answer: float | None,
    end: float,
    rings: int,
) -> ScriptedCall:
    return ScriptedCall(
        direction=call.direction,
        number=call.number if call.absence is None else None,
        name=call.name,
        start_s=call.at,
        answer_s=answer,
        end_s=end,
        duration_s=0.0 if lifted is None else end - lifted,
        outcome=call.outcome,
        absence=call.absence,
        ring_count=rings,
    )


def _ringing(rings: float, pause_s: float, tone: Cadence) -> tuple[float, int]:
    """Return how long it rings until somebody lifts, and how many rings are heard."""
    whole = int(rings)
    part = rings - whole
    if part:
        return whole * tone.period_s + part * tone.active_s, whole + 1
    if not whole:
        return 0.0, 0
    return (whole - 1) * tone.period_s + tone.active_s + pause_s, whole


def _incoming(call: PlannedCall, score: Score, exchange: Exchange) -> ScriptedCall:
    missed = call.outcome == "missed"
    length, count = _ringing(call.rings, 0.0 if missed else call.lift_s, exchange.ring)
    lift = call.at + length
    for first, last in exchange.ring.bursts(length):
        score.ring(call.at + first, call.at + last, exchange.ring.hz[0])
    caller.send(call, score, exchange, lift)
    if missed:
        return _truth(call, None, None, lift, count)
    score.hook(lift, 1)
    if call.rings % 1:
        score.ring_trip(lift, exchange.ring.hz[0])
    end = events.connected(call, score, exchange, lift)
    return _truth(call, lift, lift, end, count)


def _outgoing(call: PlannedCall, score: Score, exchange: Exchange) -> ScriptedCall:
    score.hook(call.at, 1)
    tone = call.at + DIAL_TONE_AFTER_S
    if call.outcome == "abandoned":
        end = _abandon(call, score, exchange, tone)
        return _truth(call, call.at, None, end, 0)
    first = tone + call.dial_after_s
    _dial_tone(score, exchange, tone, first + DIAL_TONE_STOPS_S)
    at = _dial(call, score, first) + score.line.post_dial_s
    if call.outcome in ("answered", "fax", "no_answer"):
        length, count = _ringing(call.rings, call.lift_s, exchange.ringback)
        answer = at + length
        score.cadence(at, answer, exchange.ringback)
        if call.outcome != "no_answer":
            end = events.connected(call, score, exchange, answer)
            return _truth(call, call.at, answer, end, count)
        score.hook(answer, 0)
        return _truth(call, call.at, None, answer, count)
    end = _refuse(call, score, exchange, at)
    return _truth(call, call.at, None, end, 0)


def _abandon(call: PlannedCall, score: Score, exchange: Exchange, tone: float) -> float:
    """Lift, perhaps begin to dial, and put down; or forget to, and hear the howler."""
    end = call.at + call.wait_s
    if call.number:
        first = tone + call.dial_after_s
        _dial_tone(score, exchange, tone, first + DIAL_TONE_STOPS_S)
        end = _dial(call, score, first) + call.wait_s
    else:
        stops = min(end, tone + DIAL_TONE_LASTS_S)
        _dial_tone(score, exchange, tone, stops)
        howls = min(end, stops + PERMANENT_BUSY_LASTS_S)
        if howls > stops:
            score.cadence(stops, howls, exchange.congestion)
        if end > howls:
            score.cadence(howls, end, exchange.howler)
            score.mark(howls, "howler")
    score.hook(end, 0)
    return end


def _dial_tone(score: Score, exchange: Exchange, begin: float, end: float) -> None:
    if score.line.message_waiting:
        bursts, length = STUTTER
        waves = partials(exchange.dial.hz, exchange.dial.level_dbov)
        for n in range(bursts):
            at = begin + 2 * n * length
            if at + length < end:
                score.tone(at, at + length, waves)
        score.mark(begin, "stutter_dial")
        begin += 2 * bursts * length
    if begin < end:
        score.cadence(begin, end, exchange.dial)


def _dial(call: PlannedCall, score: Score, at: float) -> float:
    """Dial the number; return when the last digit ends."""
    digits = "".join(c for c in call.number or "" if c in "0123456789*#")
    if call.dial == "pulse":
        return _pulse(digits, score, at)
    return events.send_dtmf(
        digits, score, at, call.digit_ms / 1000, call.pause_ms / 1000
    )


def _pulse(digits: str, score: Score, at: float) -> float:
    end = at
    for symbol in digits:
        score.mark(at, "digit", symbol)
        for _ in range(int(symbol) or 10):
            score.edge(at, "hook", 0)
            score.click(at)
            score.ring_kick(at)
            score.edge(at + PULSE_BREAK_S, "hook", 1)
            score.click(at + PULSE_BREAK_S, -6.0)
            score.ring_kick(at + PULSE_BREAK_S)
            end = at + PULSE_BREAK_S
            at += PULSE_PERIOD_S
        at += PULSE_DIGIT_GAP_S
    return end


def _refuse(call: PlannedCall, score: Score, exchange: Exchange, at: float) -> float:
    """Let the exchange say no; return when we put the handset down."""
    end = at + call.wait_s
    if call.outcome == "failed":
        events.special_information(score, exchange, at, end)
    else:
        tone = exchange.busy if call.outcome == "busy" else exchange.congestion
        score.cadence(at, end, tone)
    score.hook(end, 0)
    return end
