"""What is on the simulated line, measured, against its script and the standards."""

import itertools
from functools import cache

import numpy as np
import pytest
from listening import FakeClock, Played, play, rms_dbov, tone_dbov

from dsp import caller_id
from dsp.chain import Chain
from dsp.types import CallerId
from firmware.line.block import FS
from firmware.line.sim import ScriptedCall, SimLine, load, open_sim, scenarios
from firmware.line.sim.exchange import exchange

BRIEF = [n for n, _ in scenarios() if n not in ("office_day", "demo_library")]
ENDING = [n for n in BRIEF if n != "demo_live"]
ROWS = {"1": 697, "2": 697, "4": 770, "5": 770, "0": 941, "*": 941, "9": 852}
COLUMNS = {"1": 1209, "2": 1336, "4": 1209, "5": 1336, "0": 1336, "*": 1209, "9": 1477}


@cache
def played(name: str) -> Played:
    return play(open_sim(name, start_utc=0.0))


def call(name: str, number: int = 0) -> ScriptedCall:
    return played(name).line.script[number]


def marks(name: str, kind: str) -> list[float]:
    return [m.at_s for m in call(name).marks if m.kind == kind]


# every scenario


@pytest.mark.parametrize("name", ENDING)
def test_lasts_as_long_as_it_says(name: str) -> None:
    heard = played(name)
    scenario = heard.line.scenario
    drift = 1 + scenario.line.drift_ppm * 1e-6
    assert len(heard.x) == round(scenario.length * FS * drift)


@pytest.mark.parametrize("name", ENDING)
def test_hook_edges_are_those_of_the_script(name: str) -> None:
    heard = played(name)
    if "hook" not in heard.line.sensing:
        assert heard.edges == []
        return
    drift = 1 + heard.line.scenario.line.drift_ppm * 1e-6
    changes = heard.at("hook")
    for truth in heard.line.script:
        if truth.duration_s == 0:
            inside = [t for t, _ in changes if truth.start_s <= t <= truth.end_s]
            assert inside == []
            continue
        lifted = (truth.end_s - truth.duration_s) * drift
        first = min((abs(t - lifted), v) for t, v in changes if v == 1)
        assert first[0] < 0.001 or (lifted < 0 and changes[0] == (0.0, 1))
        if name != "line_cut":
            assert (
                min(abs(t - truth.end_s * drift) for t, v in changes if v == 0) < 0.02
            )


@pytest.mark.parametrize("name", ENDING)
def test_first_block_tells_every_level(name: str) -> None:
    block = next(open_sim(name, start_utc=0.0).blocks())
    told = [edge.signal for edge in block.edges if edge.at == 0]
    assert sorted(told) == sorted(open_sim(name).sensing)


@pytest.mark.parametrize("name", ENDING)
def test_rings_are_those_of_the_script(name: str) -> None:
    heard = played(name)
    sensors = heard.line.scenario.sensors
    if "ring" not in sensors.signals or sensors.ring_kick_ms:
        return
    tone = exchange(heard.line.scenario.line.country).ring
    cycles = [t for t, v in heard.at("ring") if v == 1]
    for truth in heard.line.script:
        if truth.direction == "outgoing":
            continue
        answer = truth.answer_s if truth.answer_s is not None else truth.end_s
        own = [t for t in cycles if truth.start_s - 0.1 <= t <= answer + 0.1]
        bursts = 1 + sum(np.diff(own) > 1.0) if own else 0
        if truth.start_s >= 0:
            assert bursts == truth.ring_count
            assert np.median(np.diff(own)) == pytest.approx(1 / tone.hz[0], rel=0.01)
        cycles = [t for t in cycles if t not in own]
    assert cycles == []


@pytest.mark.parametrize("name", ENDING)
def test_edges_come_in_order_and_repeat_no_level(name: str) -> None:
    heard = played(name)
    assert [e.at for e in heard.edges] == sorted(e.at for e in heard.edges)
    for signal in heard.line.sensing:
        levels = [level for _, level in heard.at(signal)]
        assert all(a != b for a, b in itertools.pairwise(levels))


@pytest.mark.parametrize("name", [n for n in ENDING if n != "sound_only"])
def test_idle_line_is_quiet_and_a_call_is_not(name: str) -> None:
    heard = played(name)
    line = heard.line.scenario.line
    if name != "power_up_off_hook":
        idle = heard.between(0.5, 3.5)
        quiet = max(line.noise_dbov, line.hum_dbov) + 6
        assert rms_dbov(idle - idle.mean()) < quiet
    truth = heard.line.script[0]
    if truth.outcome == "answered":
        answer = max(truth.answer_s or 0.0, 0.0)
        talk = heard.between(answer + 1, min(truth.end_s - 3, answer + 15))
        # the louder side talks about half of the time
        level = rms_dbov(talk - talk.mean())
        assert line.near_dbov - 9 < level < line.near_dbov + 3


# incoming


def test_ringing_20_hz_two_seconds_in_six() -> None:
    cycles = [t for t, v in played("incoming_missed").at("ring") if v == 1]
    assert len(cycles) == 4 * 2 * 20
    starts = [cycles[0]] + [b for a, b in itertools.pairwise(cycles) if b - a > 1]
    assert starts == pytest.approx([5, 11, 17, 23], abs=0.001)
    during = played("incoming_missed").between(5.2, 6.8)
    assert tone_dbov(during, 20) == pytest.approx(-30, abs=0.5)


def test_caller_id_bell_202_between_first_and_second_ring() -> None:
    heard = played("incoming_answered")
    quiet = heard.x[round(7.2 * FS) : round(10.8 * FS)]
    (message,) = caller_id.decode(quiet, FS)
    assert message.number == "5550123"
    assert message.name == "CAROL REED"
    assert message.standard == "bell202"
    assert message.date_time == "01-01 00:00"
    # GR-30-CORE: at least 0.5 s after the ring, ends 0.2 s before the next
    carrier = [
        rms_dbov(heard.between(t, t + 0.05)) > -40 for t in np.arange(7, 11, 0.05)
    ]
    begins, ends = 7 + 0.05 * carrier.index(True), 11 - 0.05 * carrier[::-1].index(True)
    assert begins + 0.001 >= 7.5
    assert ends <= 10.8


def test_withheld_number() -> None:
    heard = played("incoming_withheld")
    (message,) = caller_id.decode(heard.x[7 * FS : 11 * FS], FS)
    assert (message.number, message.absence) == (None, "private")
    assert call("incoming_withheld").number is None
    assert call("incoming_withheld").absence == "private"


def test_british_caller_id_comes_before_the_double_ring() -> None:
    heard = played("incoming_britain")
    assert [round(t, 3) for t, v in heard.at("polarity") if v == 1] == [6.605]
    assert tone_dbov(heard.between(6.765, 6.845), 2130) == pytest.approx(-24, abs=1)
    assert tone_dbov(heard.between(6.765, 6.845), 2750) == pytest.approx(-24, abs=1)
    (message,) = caller_id.decode(heard.x[: 8 * FS], FS)
    assert (message.number, message.standard) == ("01632960123", "v23")
    cycles = np.array([t for t, v in heard.at("ring") if v == 1])
    # .4 on, .2 off, .4 on, 2 off at 25 Hz
    assert ((cycles >= 8) & (cycles < 8.4)).sum() == 10
    assert ((cycles >= 8.4) & (cycles < 8.599)).sum() == 0
    assert ((cycles >= 8.599) & (cycles < 9.0)).sum() == 10


def test_swedish_caller_id_is_dtmf_before_the_ring() -> None:
    heard = played("incoming_sweden")
    chain = Chain(country="se", fs=FS)
    events = chain.feed(heard.x[: 8 * FS]) + chain.flush()
    (message,) = (event for event in events if isinstance(event, CallerId))
    assert (message.number, message.standard) == ("0313900612", "dtmf")
    # EN 300 659-1: the first ring 200..500 ms after the last digit
    assert 7.5 <= message.end / FS <= 7.8


def test_cpc_opens_the_loop_for_half_a_second_in_silence() -> None:
    heard = played("incoming_answered")
    opened, closed = heard.at("line")[1:]
    assert (opened[1], closed[1]) == (0, 1)
    assert closed[0] - opened[0] == pytest.approx(0.5, abs=0.001)
    assert rms_dbov(heard.between(opened[0] + 0.05, closed[0])) < -60
    (tone_at,) = marks("incoming_answered", "congestion")
    # US congestion: 480+620 Hz, a quarter of a second on and off
    burst = heard.between(tone_at + 0.03, tone_at + 0.23)
    assert tone_dbov(burst, 480) == pytest.approx(-30.15, abs=0.5)
    assert rms_dbov(heard.between(tone_at + 0.28, tone_at + 0.48)) < -60


# outgoing


def test_dial_tone_until_the_first_digit() -> None:
    heard = played("outgoing_dtmf_answered")
    dial = heard.between(5.5, 6.3)
    assert tone_dbov(dial, 350) == pytest.approx(-19.15, abs=0.3)  # -13 dBm0
    assert tone_dbov(dial, 440) == pytest.approx(-19.15, abs=0.3)
    assert tone_dbov(heard.between(6.55, 6.62), 440) < -60


def test_digits_are_where_the_script_says() -> None:
    heard = played("outgoing_dtmf_answered")
    digits = [m for m in call("outgoing_dtmf_answered").marks if m.kind == "digit"]
    assert "".join(m.text for m in digits) == "5550142"
    for mark in digits:
        pair = heard.between(mark.at_s + 0.01, mark.at_s + 0.08)
        low, high = ROWS[mark.text], COLUMNS[mark.text]
        assert tone_dbov(pair, high) - tone_dbov(pair, low) == pytest.approx(2, abs=0.5)
        assert tone_dbov(pair, low) == pytest.approx(-15, abs=0.5)
        pause = heard.between(mark.at_s + 0.1, mark.at_s + 0.17)
        assert rms_dbov(pause) < -60


def test_ringback_two_seconds_in_six_until_the_answer() -> None:
    heard = played("outgoing_dtmf_answered")
    truth = call("outgoing_dtmf_answered")
    answer = truth.answer_s
    assert answer is not None
    begins = answer - 1.0 - 8.0  # two rings, then a second of silence
    on = [
        tone_dbov(heard.between(begins + t, begins + t + 0.1), 480) > -40
        for t in np.arange(0, 8, 0.1)
    ]
    assert on == [True] * 20 + [False] * 40 + [True] * 20


def test_pulse_dialling_ten_pulses_a_second() -> None:
    heard = played("outgoing_pulse")
    first = call("outgoing_pulse").marks[0].at_s
    last = call("outgoing_pulse").answer_s
    assert last is not None
    changes = [(t, v) for t, v in heard.at("hook") if first - 0.01 < t < last]
    breaks = [t for t, v in changes if v == 0]
    makes = [t for t, v in changes if v == 1]
    assert len(breaks) == sum((5, 5, 5, 10, 1, 3, 10))  # 555 0130
    assert np.subtract(makes, breaks) == pytest.approx(0.061, abs=0.001)
    gaps = np.diff(breaks)
    assert gaps[gaps < 0.2] == pytest.approx(0.1, abs=0.001)
    assert gaps[gaps > 0.2].min() > 0.6  # usual inter-digit pause 600..800 ms
    click = heard.between(breaks[0], breaks[0] + 0.01)
    assert np.abs(click).max() > 0.1


def test_busy_half_a_second_on_and_off() -> None:
    heard = played("outgoing_busy")
    begins = call("outgoing_busy").end_s - 9.0
    for n in range(8):
        burst = heard.between(begins + n + 0.05, begins + n + 0.45)
        assert tone_dbov(burst, 480) == pytest.approx(-30.15, abs=0.5)
        assert tone_dbov(burst, 620) == pytest.approx(-30.15, abs=0.5)
        assert rms_dbov(heard.between(begins + n + 0.55, begins + n + 0.95)) < -60


def test_number_that_does_not_exist_gives_sit() -> None:
    heard = played("outgoing_failed")
    begins = call("outgoing_failed").end_s - 12.0
    for at, length, hz in (
        (0, 0.274, 913.8),
        (0.274, 0.274, 1370.6),
        (0.548, 0.38, 1776.7),
    ):
        tone = heard.between(begins + at + 0.02, begins + at + length - 0.02)
        assert tone_dbov(tone, hz) == pytest.approx(-30.15, abs=0.5)
    assert rms_dbov(heard.between(begins + 1, begins + 4)) > -40  # the announcement


def test_no_answer_rings_five_times() -> None:
    heard = played("outgoing_no_answer")
    truth = call("outgoing_no_answer")
    assert truth.answer_s is None
    begins = truth.end_s - 1.0 - 26.0
    bursts = [
        tone_dbov(heard.between(begins + 6 * n + 0.1, begins + 6 * n + 1.9), 440)
        for n in range(5)
    ]
    assert bursts == pytest.approx([-25.15] * 5, abs=0.3)  # -19 dBm0


def test_howler_after_dial_tone_and_congestion() -> None:
    heard = played("left_off_hook")
    (howls,) = marks("left_off_hook", "howler")
    for hz in (1400, 2060, 2450, 2600):
        assert tone_dbov(heard.between(howls + 0.01, howls + 0.09), hz) > -15
    assert tone_dbov(heard.between(10, 15), 350) > -20
    assert rms_dbov(heard.between(howls + 0.11, howls + 0.19)) < -60


def test_stutter_dial_tone_ten_bursts_then_steady() -> None:
    heard = played("voicemail_waiting")
    (begins,) = marks("voicemail_waiting", "stutter_dial")
    on = [
        tone_dbov(heard.between(begins + t + 0.02, begins + t + 0.08), 350) > -30
        for t in np.arange(0, 2, 0.1)
    ]
    assert on == [True, False] * 10
    assert rms_dbov(heard.between(begins + 2.1, begins + 3.9)) > -18


# during a call


def test_near_side_louder_than_far_by_what_the_line_says() -> None:
    heard = played("long_hold")
    truth = call("long_hold")
    line = heard.line.scenario.line
    assert truth.answer_s is not None
    talk = heard.between(truth.answer_s + 0.5, truth.answer_s + 25)
    frames = talk[: len(talk) // 400 * 400].reshape(-1, 400)
    levels = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-12)
    loud = levels[levels > line.near_dbov - 8]
    assert 10 * np.log10(np.mean(10 ** (loud / 10))) == pytest.approx(
        line.near_dbov, abs=3
    )
    far = levels[(levels > line.far_dbov - 6) & (levels < line.far_dbov + 4)]
    assert len(far) > 0.1 * len(levels)


def test_echo_comes_back_28_ms_late_and_22_db_down() -> None:
    with_echo = play(SimLine(_changed("incoming_answered", echo_loss_db=22.0)))
    without = play(SimLine(_changed("incoming_answered", echo_loss_db=90.0)))
    echo = (with_echo.x.astype(float) - without.x)[14 * FS : 30 * FS]
    near = without.x.astype(float)[14 * FS : 30 * FS]
    lags = range(100, 400)
    scores = [float(np.dot(echo[400:80000], near[400 - k : 80000 - k])) for k in lags]
    lag = lags[int(np.argmax(scores))]
    assert lag == 28 * 8
    late = near[400 - lag : 80000 - lag]
    gain = np.dot(echo[400:80000], late) / np.dot(late, late)
    assert 20 * np.log10(gain) == pytest.approx(-22, abs=1)


def test_hook_flash_and_digits() -> None:
    heard = played("hook_flash")
    (flash,) = marks("hook_flash", "hook_flash")
    near = [(t, v) for t, v in heard.at("hook") if flash - 0.1 < t < flash + 1]
    assert [v for _, v in near] == [0, 1]
    assert near[1][0] - near[0][0] == pytest.approx(0.5, abs=0.001)


def test_call_waiting_tone_cas_ack_and_message() -> None:
    heard = played("call_waiting")
    (waits,) = marks("call_waiting", "call_waiting")
    assert tone_dbov(heard.between(waits + 0.02, waits + 0.28), 440) > -20
    cas = heard.between(waits + 0.71, waits + 0.77)
    assert tone_dbov(cas, 2130) > -25
    assert tone_dbov(cas, 2750) > -25
    ack = heard.between(waits + 0.87, waits + 0.91)
    assert tone_dbov(ack, 941) > -20  # DTMF D
    assert tone_dbov(ack, 1633) > -20
    at = round((waits + 0.95) * FS)
    found = caller_id.decode(heard.x[at : at + FS], FS)
    assert [m.number for m in found] == ["5550181"]
    assert len(marks("call_waiting", "hook_flash")) == 2


def test_fax_tones_t30() -> None:
    heard = played("fax")
    for at in marks("fax", "fax_cng"):
        assert tone_dbov(heard.between(at + 0.02, at + 0.48), 1100) > -32
    (ced,) = marks("fax", "fax_ced")
    assert tone_dbov(heard.between(ced + 0.05, ced + 0.4), 2100) > -22
    # the phase turns each 450 ms
    halves = [
        heard.between(ced + 0.45 * n + 0.05, ced + 0.45 * n + 0.4) for n in (0, 1)
    ]
    turn = np.exp(-2j * np.pi * 2100 * np.arange(len(halves[0])) / FS)
    step = 2 * np.pi * 2100 * 0.45
    first, second = (np.angle(np.sum(h * turn)) for h in halves)
    difference = (second - first - step) % (2 * np.pi)
    assert difference == pytest.approx(np.pi, abs=0.1)
    page = heard.between(ced + 6, ced + 20)
    assert rms_dbov(page) == pytest.approx(-30, abs=1)


def test_second_extension_lowers_the_line_by_5_db() -> None:
    with_it = played("second_extension")
    (at,) = marks("second_extension", "second_extension")
    plain = play(SimLine(_changed("second_extension", event_loss_db=0.0)))
    for begin, end, loss in (
        (at - 8, at - 1, 0),
        (at + 1, at + 14, 5),
        (at + 16, at + 25, 0),
    ):
        level = rms_dbov(with_it.between(begin, end))
        assert rms_dbov(plain.between(begin, end)) - level == pytest.approx(
            loss, abs=0.2
        )
    assert len(with_it.at("hook")) == 3  # first level, lifted, put down


def test_hold_is_silent_for_ten_minutes() -> None:
    (at,) = marks("long_hold", "hold")
    assert rms_dbov(played("long_hold").between(at + 0.5, at + 600)) < -60


def test_line_cut_and_mended() -> None:
    heard = played("line_cut")
    (cut,) = marks("line_cut", "line_cut")
    assert heard.at("line")[1:] == [
        (pytest.approx(cut, abs=0.001), 0),
        (pytest.approx(cut + 60, abs=0.001), 1),
    ]
    assert heard.at("hook")[-1] == (pytest.approx(cut + 60, abs=0.001), 0)
    assert rms_dbov(heard.between(cut + 1, cut + 59)) < -60
    assert call("line_cut").end_s == cut


def test_polarity_reverses_while_the_far_side_is_there() -> None:
    heard = played("polarity_reversal")
    truth = call("polarity_reversal")
    assert heard.at("polarity") == [
        (0.0, 0),
        (pytest.approx(truth.answer_s, abs=0.001), 1),
        (pytest.approx(truth.end_s - 4 + 0.2, abs=0.001), 0),
    ]


def test_switched_on_in_the_middle_of_a_call() -> None:
    heard = played("power_up_off_hook")
    assert heard.at("hook") == [(0.0, 1), (pytest.approx(23.0), 0)]
    assert rms_dbov(heard.between(0, 5)) > -40


def test_hook_bounce() -> None:
    heard = played("quick_relift")
    lifted = [(t, v) for t, v in heard.at("hook") if 25.4 < t < 25.6]
    assert [v for _, v in lifted] == [1, 0, 1]
    assert lifted[-1][0] - lifted[0][0] == pytest.approx(0.008, abs=0.001)


def test_ring_trip_shakes_the_hook_sensor_for_three_cycles() -> None:
    heard = played("quick_relift")
    shaken = [(t, v) for t, v in heard.at("hook") if 12.01 < t < 12.3]
    assert [v for _, v in shaken] == [0, 1] * 3
    assert shaken[-1][0] < 12.15


def test_ring_detector_of_the_line_interface() -> None:
    heard = played("real_sensors")
    pulses = [t for t, v in heard.at("ring") if v == 1]
    # both half waves of 20 Hz
    assert sum(5 <= t < 7 for t in pulses) == 80
    # one jolt where a bell taps, at a hang-up, and two in each dial pulse
    assert sum(1 < t < 3 for t in pulses) == 1
    assert sum(32.9 < t < 33.1 for t in pulses) == 1
    assert sum(46.44 < t < 46.95 for t in pulses) == 2 * 5
    jolts = [t for t, v in heard.at("ring") if 46.44 < t < 46.96]
    assert np.diff(jolts)[::2] == pytest.approx(0.008, abs=0.001)


def test_wires_cut_on_an_idle_line_look_off_hook_until_the_voltage_has_gone() -> None:
    heard = played("real_sensors")
    lifted, put_down = [(t, v) for t, v in heard.at("hook") if t > 99]
    down, up = [(t, v) for t, v in heard.at("line") if t > 99]
    assert (lifted, down) == (
        (pytest.approx(100.017), 1),
        (pytest.approx(100.056), 0),
    )
    assert (up, put_down) == ((pytest.approx(130.0), 1), (pytest.approx(130.006), 0))
    assert all(call.end_s < 99 for call in heard.line.script)


def test_record_button() -> None:
    heard = played("record_button")
    pressed = [t for t, v in heard.at("button") if v == 1]
    assert pressed == pytest.approx(marks("record_button", "button"), abs=0.001)


# the long ones


def test_office_day_has_60_calls_as_an_office_has_them() -> None:
    line = open_sim("office_day", start_utc=0.0)
    assert line.scenario.length == 86400
    assert len(line.script) == 60
    outcomes = [(c.direction, c.outcome) for c in line.script]
    assert outcomes.count(("incoming", "missed")) >= 5
    assert outcomes.count(("outgoing", "busy")) >= 3
    assert outcomes.count(("outgoing", "no_answer")) >= 3
    assert sum(c.absence is not None for c in line.script) >= 5
    lengths = [c.duration_s for c in line.script if c.outcome == "answered"]
    assert min(lengths) >= 15
    assert 300 < max(lengths) < 360
    numbers = {c.number for c in line.script if c.number}
    assert all(n[-7:-2] == "55501" for n in numbers)
    gaps = [
        round(b.start_s - a.end_s, 1)
        for a, b in zip(line.script, line.script[1:], strict=False)
    ]
    assert gaps.count(1.5) == 3
    assert gaps.count(3.0) == 2


def test_demo_library_is_25_calls_in_three_hours() -> None:
    line = open_sim("demo_library", start_utc=0.0)
    assert len(line.script) == 25
    assert line.scenario.length == 3 * 3600
    assert max(c.duration_s for c in line.script) < 75


def test_demo_live_is_never_quiet_for_long() -> None:
    line = SimLine(load("demo_live"), speed=1.0, start_utc=0.0, clock=FakeClock())
    assert line.scenario.repeat
    starts = [c.start_s for c in line.script]
    ends = [0.0] + [c.end_s for c in line.script]
    waits = [b - a for a, b in zip(ends, [*starts, 387.0 + starts[0]], strict=True)]
    assert max(waits) < 45
    assert all(c.end_s - c.start_s < 50 for c in line.script)
    # the second round rings where the first did
    rings, index = [], 0
    for block in line.blocks():
        rings += [e.at / FS for e in block.edges if e.signal == "ring" and e.level]
        index = block.end
        if index > 400 * FS:
            break
    assert any(t == pytest.approx(387 + 4, abs=0.01) for t in rings)


def _changed(name: str, event_loss_db: float | None = None, **line: float):  # type: ignore[no-untyped-def]
    import dataclasses

    scenario = open_sim(name).scenario
    scenario = dataclasses.replace(
        scenario, line=dataclasses.replace(scenario.line, **line)
    )
    if event_loss_db is not None:
        (only,) = scenario.call
        event = dataclasses.replace(only.event[0], loss_db=event_loss_db)
        only = dataclasses.replace(only, event=(event,))
        scenario = dataclasses.replace(scenario, call=(only,))
    return scenario
