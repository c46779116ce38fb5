"""The simulated line as a machine: cuts, seeds, impairments, losses, speed, memory."""

import dataclasses
import itertools
import time
import tracemalloc
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from listening import FakeClock, play, rms_dbov, tone_dbov

from firmware.errors import SourceError
from firmware.line.block import FS
from firmware.line.pace import cut
from firmware.line.sim import SimLine, load, open_sim
from firmware.line.sim.check import OUTCOMES
from firmware.line.sim.mixer import mu_law_table
from firmware.line.sim.scenario import (
    CallEvent,
    EventKind,
    LineCharacter,
    PlannedCall,
    Scenario,
    Sensors,
)


def quiet(length: float = 20.0, **line: Any) -> Scenario:
    return Scenario("quiet", length=length, line=LineCharacter(**line))


# cuts and seeds


@pytest.mark.parametrize("name", ["noisy_line", "outgoing_pulse", "call_waiting"])
@pytest.mark.parametrize("size", [37, 80, 160, 7919])
def test_cut_changes_nothing(name: str, size: int) -> None:
    whole = play(SimLine(load(name), start_utc=0.0, block_samples=8000))
    pieces = play(SimLine(load(name), start_utc=0.0, block_samples=size))
    np.testing.assert_array_equal(whole.x, pieces.x)
    assert whole.edges == pieces.edges
    assert whole.lost == pieces.lost


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 9000))
def test_blocks_join_and_hold_their_edges(size: int) -> None:
    line = SimLine(load("noisy_line"), start_utc=0.0, block_samples=max(size, 50))
    end = 0
    for block in line.blocks():
        assert block.start == end + block.lost
        assert len(block.samples) <= max(size, 50)
        assert block.samples.dtype == np.int16
        for edge in block.edges:
            assert block.start - block.lost <= edge.at <= block.end
        end = block.end


def test_cut_at_single_samples() -> None:
    blocks = list(itertools.islice(open_sim("quick_relift").blocks(), 13))
    pieces = list(cut(blocks, 1))
    assert all(len(block.samples) == 1 for block in pieces)
    assert [e for b in pieces for e in b.edges] == [e for b in blocks for e in b.edges]


def test_seed_decides_everything() -> None:
    scenario = load("noisy_line")
    one, same = (play(SimLine(scenario, start_utc=0.0)) for _ in range(2))
    np.testing.assert_array_equal(one.x, same.x)
    assert one.edges == same.edges
    other = dataclasses.replace(scenario, seed=99)
    assert not np.array_equal(one.x, play(SimLine(other, start_utc=0.0)).x)
    assert SimLine(other).script[0].end_s == SimLine(scenario).script[0].end_s


def test_laps_of_a_repeating_scenario_differ_in_words_not_in_calls() -> None:
    call = PlannedCall("outgoing", at=2, number="5550142", rings=0.5, talk_s=5)
    scenario = Scenario("laps", length=20, repeat=True, call=(call,))
    line = SimLine(scenario, start_utc=0.0, speed=1.0, clock=FakeClock())
    blocks = itertools.takewhile(lambda b: b.end <= 60 * FS, line.blocks())
    lifts = [
        e.at / FS for b in blocks for e in b.edges if (e.signal, e.level) == ("hook", 1)
    ]
    assert lifts == pytest.approx([2, 22, 42], abs=0.001)


def test_at_full_speed_a_repeating_scenario_ends_after_a_round() -> None:
    assert sum(len(b.samples) for b in open_sim("demo_live").blocks()) == 387 * FS


calls = st.builds(
    PlannedCall,
    direction=st.just("outgoing"),
    at=st.floats(-10, 10),
    outcome=st.sampled_from(OUTCOMES["outgoing"]),
    number=st.from_regex(r"[0-9]{1,12}", fullmatch=True),
    rings=st.floats(0, 2),
    lift_s=st.floats(0.2, 3),
    dial=st.sampled_from(["dtmf", "pulse"]),
    talk_s=st.floats(0, 15),
    end=st.sampled_from(["near", "far"]),
    linger_s=st.floats(0.3, 9),
    wait_s=st.floats(0.1, 45),
    event=st.lists(
        st.builds(
            CallEvent,
            kind=st.sampled_from(get_args(EventKind)),
            at=st.floats(0, 15),
            length_s=st.floats(0, 9),
            number=st.just("5550101"),
            digits=st.just("12#"),
        ),
        max_size=3,
    ).map(tuple),
) | st.builds(
    PlannedCall,
    direction=st.just("incoming"),
    at=st.floats(-10, 10),
    outcome=st.sampled_from(OUTCOMES["incoming"]),
    number=st.none() | st.just("5550101"),
    absence=st.none() | st.just("private"),
    rings=st.floats(0.05, 3),
    lift_s=st.floats(0.2, 3),
    talk_s=st.floats(0, 15),
)


@settings(max_examples=60, deadline=None)
@given(calls, st.sampled_from(["us", "gb", "se", "de", "au", "jp", "it"]))
def test_any_call_plays_to_its_end(call: PlannedCall, country: str) -> None:
    line = LineCharacter(country=country, reversal=True)
    signals = ("hook", "ring", "line", "polarity", "button")
    sensors = Sensors(signals=signals)
    scenario = Scenario("any", length=150, call=(call,), line=line, sensors=sensors)
    heard = play(SimLine(scenario, start_utc=0.0))
    (truth,) = heard.line.script
    assert len(heard.x) == 150 * FS
    assert truth.start_s <= (truth.answer_s or truth.start_s) <= truth.end_s
    assert (truth.duration_s == 0) == (truth.outcome == "missed")
    assert all(0 <= e.at < len(heard.x) for e in heard.edges)
    cut_for_ever = any(e.kind == "line_cut" for e in call.event)
    if truth.outcome != "missed" and truth.end_s > 0 and not cut_for_ever:
        hung_up = max(t for t, level in heard.at("hook") if level == 0)
        assert hung_up == pytest.approx(truth.end_s, abs=0.001)
        after = heard.between(truth.end_s + 0.5, truth.end_s + 5)
        assert rms_dbov(after) < -60


# impairments


@pytest.mark.parametrize("level", [-68.0, -50.0, -35.0])
def test_noise_level(level: float) -> None:
    x = play(SimLine(quiet(noise_dbov=level, hum_dbov=-120))).between(0, 20)
    assert rms_dbov(x) == pytest.approx(level, abs=0.3)


def test_noise_does_not_repeat_each_second() -> None:
    x = play(SimLine(quiet(noise_dbov=-30))).between(0, 20).reshape(20, FS)
    similar = np.corrcoef(x) - np.eye(20)
    assert np.abs(similar).max() < 0.1


@pytest.mark.parametrize("hz", [50.0, 60.0, 59.9])
def test_hum_and_its_harmonics(hz: float) -> None:
    x = play(SimLine(quiet(noise_dbov=-90, hum_dbov=-40, hum_hz=hz))).between(0, 20)
    assert tone_dbov(x, hz) == pytest.approx(-40, abs=0.1)
    assert tone_dbov(x, 3 * hz) == pytest.approx(-44, abs=0.1)
    assert tone_dbov(x, 2 * hz) == pytest.approx(-48, abs=0.1)
    assert tone_dbov(x, hz + 0.5) < -70  # one line, no seams


def test_dc() -> None:
    x = play(SimLine(quiet(dc=-0.04))).between(0, 20)
    assert x.mean() == pytest.approx(-0.04, abs=0.001)


def test_clip_limits_the_input() -> None:
    scenario = load("incoming_answered")
    line = dataclasses.replace(scenario.line, clip=0.25, near_dbov=-10.0)
    x = play(SimLine(dataclasses.replace(scenario, line=line))).x
    assert np.abs(x.astype(int)).max() == round(0.25 * 32767)


def test_mu_law_is_g711() -> None:
    table = mu_law_table()
    assert len(np.unique(table)) == 255  # both zeros decode to 0
    assert table.max() == 32124  # G.711: the last step decodes to 8031 of 14 bits
    assert np.all(np.diff(table.view(np.int16)[np.arange(32768)]) >= 0)


def test_mu_law_is_that_of_libsndfile(tmp_path: Path) -> None:
    pcm = np.arange(-32768, 32768).astype(np.int16)
    soundfile.write(tmp_path / "all.wav", pcm, FS, subtype="ULAW")
    theirs, _ = soundfile.read(tmp_path / "all.wav", dtype="int16")
    ours = mu_law_table()[pcm.view(np.uint16)]
    assert (ours == theirs).mean() > 0.99  # steps may end a sample apart


def test_mu_law_values_only() -> None:
    x = play(SimLine(quiet(mu_law=True, noise_dbov=-30))).x
    assert set(np.unique(x)) <= set(np.unique(mu_law_table()))


def test_crackle_so_many_a_minute() -> None:
    x = play(SimLine(quiet(600, crackle_per_min=30, noise_dbov=-80, hum_dbov=-90))).x
    jumps = np.flatnonzero(np.abs(np.diff(x.astype(int))) > 300)
    heard = 1 + int((np.diff(jumps) > 40).sum())
    assert 200 < heard < 330


# the sound card


def test_lost_samples_are_told_and_time_goes_on() -> None:
    whole = play(SimLine(quiet(200)))
    holes = play(SimLine(quiet(200, lose_every_s=20, lose_ms=100)))
    assert len(holes.x) == len(whole.x)
    assert holes.lost % 800 == 0
    assert 7 <= holes.lost / 800 <= 13
    same = holes.x == whole.x
    assert (~same).sum() <= holes.lost  # silence where it was lost, else equal


def test_edges_during_a_loss_ride_on_the_next_block() -> None:
    scenario = load("incoming_answered")
    line = dataclasses.replace(scenario.line, lose_every_s=3, lose_ms=2000)
    lossy = play(SimLine(dataclasses.replace(scenario, line=line), start_utc=0.0))
    whole = play(SimLine(scenario, start_utc=0.0))
    assert lossy.lost > 20 * FS
    assert lossy.edges == whole.edges


@pytest.mark.parametrize("ppm", [-200.0, 0.0, 200.0])
def test_drift_moves_the_index_and_the_anchor_follows(ppm: float) -> None:
    scenario = load("incoming_answered")
    line = dataclasses.replace(scenario.line, drift_ppm=ppm)
    sim = SimLine(dataclasses.replace(scenario, line=line), start_utc=1000.0)
    hung_up = 0
    for block in sim.blocks():
        anchor = sim.anchor()
        assert anchor.index == block.end
        hung_up = max([hung_up, *(e.at for e in block.edges if e.signal == "hook")])
    true_end = sim.script[0].end_s
    assert hung_up == pytest.approx(true_end * FS * (1 + ppm * 1e-6), abs=1)
    assert sim.anchor().utc_at(hung_up) == pytest.approx(1000 + true_end, abs=0.005)


# sensing


def test_ring_as_an_envelope() -> None:
    scenario = load("incoming_missed")
    sensors = dataclasses.replace(scenario.sensors, ring="envelope")
    heard = play(SimLine(dataclasses.replace(scenario, sensors=sensors)))
    rings = [(round(t, 3), v) for t, v in heard.at("ring")]
    assert rings[:5] == [(0.0, 0), (5.0, 1), (7.0, 0), (11.0, 1), (13.0, 0)]


def test_without_sensors_there_are_no_edges() -> None:
    heard = play(open_sim("sound_only"))
    assert heard.edges == []
    assert heard.line.sensing == frozenset()


# pace


@pytest.mark.parametrize("speed", [1.0, 4.0])
def test_paced_blocks_of_20_ms_come_when_due(speed: float) -> None:
    clock = FakeClock()
    line = SimLine(load("incoming_answered"), speed=speed, clock=clock)
    for block in itertools.islice(line.blocks(), 200):
        assert len(block.samples) == 160
        assert clock.time - 50 == pytest.approx(block.end / FS / speed)


def test_a_late_reader_is_not_made_to_wait() -> None:
    clock = FakeClock()
    blocks = SimLine(load("incoming_answered"), speed=1.0, clock=clock).blocks()
    next(blocks)
    clock.time += 1.0
    before = len(clock.waits)
    for _ in range(40):
        next(blocks)
    assert len(clock.waits) == before


def test_close_ends_a_paced_line_at_once() -> None:
    clock = FakeClock()
    line = SimLine(load("demo_live"), speed=1.0, clock=clock)
    blocks = line.blocks()
    next(blocks)
    line.close()
    assert list(blocks) == []
    assert clock.time == pytest.approx(50.02)


def test_maximum_speed_gives_blocks_of_a_second() -> None:
    block = next(open_sim("incoming_answered", speed=0).blocks())
    assert len(block.samples) == FS


# speed and memory


def seconds_per_second(scenario: Scenario, begin: int, end: int) -> float:
    """Return how many seconds of line one second of one core makes."""
    blocks = SimLine(scenario, start_utc=0.0).blocks()
    for _ in range(begin):
        next(blocks)
    began = time.process_time()
    for _ in range(end - begin):
        next(blocks)
    return (end - begin) / max(time.process_time() - began, 1e-9)


def test_idle_at_3000_times_real_time() -> None:
    assert max(seconds_per_second(quiet(3600), 5, 3000) for _ in range(3)) > 3000


def test_in_a_call_at_400_times_real_time() -> None:
    call = PlannedCall("outgoing", at=2, number="5550142", talk_s=600)
    busy = Scenario("talk", length=700, call=(call,))
    assert max(seconds_per_second(busy, 30, 500) for _ in range(3)) > 400


def test_a_day_in_constant_memory() -> None:
    blocks = open_sim("office_day", start_utc=0.0).blocks()
    for _ in range(9 * 3600):  # past the first calls, every table is made
        next(blocks)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in itertools.islice(blocks, 2 * 3600):
        pass
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 1e6
    assert peak - before < 4e6


# scripts that cannot be


def test_calls_must_not_overlap() -> None:
    one = PlannedCall("incoming", at=5, number="5550101", talk_s=30)
    two = dataclasses.replace(one, at=20)
    with pytest.raises(SourceError, match="begins before the one at 5 s has ended"):
        SimLine(Scenario("overlap", length=100, call=(one, two)))


def test_length_must_hold_the_last_call() -> None:
    one = PlannedCall("incoming", at=5, number="5550101", talk_s=30)
    with pytest.raises(SourceError, match="length: want at least the end of the last"):
        SimLine(Scenario("short", length=30, call=(one,)))


def test_unknown_voice_names_those_there_are() -> None:
    one = PlannedCall("incoming", at=5, number="5550101", far="elvis")
    with pytest.raises(SourceError, match=r"voice: want one of anna, .*, got 'elvis'"):
        SimLine(Scenario("voice", length=100, call=(one,)))


def test_unknown_country_names_those_there_are() -> None:
    with pytest.raises(
        SourceError, match=r"country: want one of .* us .*got 'atlantis'"
    ):
        SimLine(quiet(country="atlantis"))
