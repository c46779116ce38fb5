"""A connected call: talk, what interrupts it, what lies over it, and how it ends."""

from collections.abc import Callable

from firmware.line.block import FS
from firmware.line.sim import caller, fax, speech
from firmware.line.sim.exchange import Exchange
from firmware.line.sim.scenario import CallEvent, PlannedCall
from firmware.line.sim.score import Score
from firmware.line.sim.sounds import dtmf, partials

#: From the answer to the first word, s.
PICK_UP_S = 0.3
#: From the far hang-up to the opening of the loop, and from there to a tone, s.
CPC_AFTER_S = 0.6
TONE_AFTER_S = 0.4
#: How long a hook flash lasts unless the scenario says, s (North America 0.3-1.0).
FLASH_S = 0.5
#: Digits as our own telephone sends them, relative to our speech level, dB.
DIGITS_OVER_SPEECH_DB = 6.0
#: GR-30-CORE, call waiting: CAS after the 440 Hz tone; its tones, length, level.
CAS_AFTER_S = 0.4
CAS_HZ = (2130.0, 2750.0)
CAS_S = 0.08
CAS_DBOV = -21.0
#: The telephone's answer to CAS is DTMF D for 60 ms; then comes the message.
ACK_AFTER_S = 0.08
ACK_S = 0.06
FSK_AFTER_S = 0.1

#: A finger on the record button, s.
BUTTON_S = 0.3
#: A cut that nobody repairs, s.
FOR_EVER_S = 1e6

Part = Callable[[CallEvent, PlannedCall, Score, Exchange, float], float]


def connected(
    call: PlannedCall, score: Score, exchange: Exchange, answer: float
) -> float:
    """Play a call from its answer on; return when it ended."""
    if score.line.reversal:
        score.edge(answer, "polarity", 1)
    if call.outcome == "fax":
        release = fax.play(score, answer, call.talk_s, call.direction == "incoming")
        return _release(call, score, exchange, release)
    near_first = call.direction == "incoming"
    release = answer + call.talk_s
    at = answer + PICK_UP_S
    for event in sorted(call.event, key=lambda event: event.at):
        when = answer + event.at
        if event.kind in OVERLAYS:
            OVERLAYS[event.kind](event, call, score, exchange, when)
            continue
        score.talk(at, max(at, when), (call.near, call.far), near_first)
        near_first = False
        if event.kind == "line_cut":
            return _cut(event, score, when)
        at = INTERRUPTIONS[event.kind](event, call, score, exchange, when)
    score.talk(at, max(at, release), (call.near, call.far), near_first)
    return _release(call, score, exchange, max(at, release))


def _release(
    call: PlannedCall, score: Score, exchange: Exchange, release: float
) -> float:
    """End a call from the side the scenario names; return when we put down."""
    if call.end == "near":
        if score.line.reversal:
            score.edge(release + 0.2, "polarity", 0)
        score.hook(release, 0)
        return release
    end = release + call.linger_s
    if score.line.reversal:
        score.edge(min(release + 0.2, end), "polarity", 0)
    tone_at = release + CPC_AFTER_S
    cpc_s = score.line.cpc_ms / 1000
    if cpc_s and tone_at + cpc_s < end:
        score.edge(tone_at, "line", 0)
        score.edge(tone_at + cpc_s, "line", 1)
        score.mute(tone_at, tone_at + cpc_s)
        score.mark(tone_at, "cpc")
        tone_at += cpc_s
    tone_at += TONE_AFTER_S
    tones = {
        "dial_tone": exchange.dial,
        "busy": exchange.busy,
        "congestion": exchange.congestion,
    }
    tone = tones.get(score.line.after_release)
    if tone and tone_at < end:
        score.cadence(tone_at, end, tone)
        score.mark(tone_at, score.line.after_release)
    score.hook(end, 0)
    return end


def send_dtmf(
    digits: str, score: Score, at: float, on_s: float, off_s: float, side: str = "near"
) -> float:
    """Send digits as tones; return when the last one ends."""
    speech_dbov = score.line.near_dbov if side == "near" else score.line.far_dbov
    level = speech_dbov + DIGITS_OVER_SPEECH_DB
    for symbol in digits:
        score.tone(at, at + on_s, dtmf(symbol, level))
        score.mark(at, "digit", symbol)
        at += on_s + off_s
    return at - off_s


def special_information(
    score: Score, exchange: Exchange, at: float, end: float
) -> None:
    """Play the three tones and the announcement of a number that does not exist."""
    level = exchange.congestion.level_dbov
    gain = 10 ** ((score.line.far_dbov - speech.CLIP_LEVEL_DBOV) / 20)
    while at < end:
        for hz, length in exchange.sit:
            score.tone(at, min(at + length, end), partials((hz,), level))
            at += length
            if at >= end:
                return
        words = speech.clips("exchange")[0]
        words = words[: max(round((end - at) * FS), 0)]
        score.clip(at, words, gain)
        at += len(words) / FS + 1.0


def _flash(
    event: CallEvent, call: PlannedCall, score: Score, exchange: Exchange, at: float
) -> float:
    length = event.length_s or FLASH_S
    score.hook(at, 0)
    score.hook(at + length, 1)
    score.mute(at + 0.02, at + length)
    score.mark(at, "hook_flash")
    return at + length + 0.5


def _call_waiting(
    event: CallEvent, call: PlannedCall, score: Score, exchange: Exchange, at: float
) -> float:
    """Tone, CAS, caller ID; flash to the second caller, talk, flash back."""
    tone_s = exchange.call_waiting.pattern_s[0]
    score.cadence(at, at + tone_s, exchange.call_waiting)
    score.mark(at, "call_waiting", event.number or "")
    at += tone_s + CAS_AFTER_S
    score.tone(at, at + CAS_S, partials(CAS_HZ, CAS_DBOV))
    at += CAS_S + ACK_AFTER_S
    level = score.line.near_dbov + DIGITS_OVER_SPEECH_DB
    score.tone(at, at + ACK_S, dtmf("D", level))
    at += ACK_S + FSK_AFTER_S
    burst = caller.in_call(event, exchange, score, at)
    score.clip(at, burst)
    score.mark(at, "caller_id", event.number or "")
    at = _flash(CallEvent("hook_flash"), call, score, exchange, at + 2.0)
    other = next(name for name in ("ben", "emma") if name != call.far)
    length = event.length_s or 8.0
    score.talk(at, at + length, (call.near, other), True)
    return _flash(CallEvent("hook_flash"), call, score, exchange, at + length)


def _hold(
    event: CallEvent, call: PlannedCall, score: Score, exchange: Exchange, at: float
) -> float:
    score.mark(at, "hold", f"{event.length_s:g} s")
    return at + event.length_s


def _digits(
    event: CallEvent, call: PlannedCall, score: Score, exchange: Exchange, at: float
) -> float:
    on, off = call.digit_ms / 1000, call.pause_ms / 1000
    return send_dtmf(event.digits, score, at, on, off, event.side) + 0.4


def _cut(event: CallEvent, score: Score, at: float) -> float:
    """Cut the wires.  No voltage looks like off-hook to a hook sensor by voltage."""
    score.edge(at, "line", 0)
    score.click(at)
    restored = at + (event.length_s or FOR_EVER_S)
    score.mute(at, restored)
    score.mark(at, "line_cut")
    if event.length_s:
        score.edge(restored, "line", 1)
        score.edge(restored, "hook", 0)
        score.click(restored)
    return at


def _second_extension(
    event: CallEvent, call: PlannedCall, score: Score, exchange: Exchange, at: float
) -> float:
    left_s = max(call.talk_s - event.at, 0.0)  # the call takes both telephones along
    end = at + min(event.length_s or left_s, left_s)
    score.click(at)
    score.mute(at, end, event.loss_db)
    score.click(end)
    score.mark(at, "second_extension")
    return at


def _lose(
    event: CallEvent, call: PlannedCall, score: Score, exchange: Exchange, at: float
) -> float:
    score.lose(at, event.length_s or 0.2)
    score.mark(at, "lost", f"{event.length_s or 0.2:g} s")
    return at


def _button(
    event: CallEvent, call: PlannedCall, score: Score, exchange: Exchange, at: float
) -> float:
    score.edge(at, "button", 1)
    score.edge(at + (event.length_s or BUTTON_S), "button", 0)
    score.mark(at, "button")
    return at


#: Events during which nobody talks; each returns when talk may go on.
INTERRUPTIONS: dict[str, Part] = {
    "hook_flash": _flash,
    "call_waiting": _call_waiting,
    "hold": _hold,
    "digits": _digits,
}
#: Events that talk goes on under.
OVERLAYS: dict[str, Part] = {
    "second_extension": _second_extension,
    "button": _button,
    "lost": _lose,
}
