"""Call progress by country plan: E.180 tones, SIT, fax tones, and what is none."""

import numpy as np
import pytest
from line_tapes import FS, cadence, fed, int16, noise, silence, tone

from dsp import progress
from dsp.tone_plans import COUNTRIES, HOWLER_HZ, plan
from dsp.types import Tone, ToneOnset
from tests.dsp.tapes.fax import answer, cng, v21_flags
from tests.dsp.tapes.progress import SIT
from tests.dsp.tapes.tape import hum

ASKED = ("us", "ca", "gb", "de", "se", "no", "dk", "fr", "nl", "es", "it", "pl", "au")
ASKED += ("nz", "jp")


def names(x, country="us", fs=FS):
    return [t.name for t in progress.decode(x, fs, country)]


def tape(pattern, level_dbov=-20.0, stretch=1.0):
    """A pattern as an exchange sends it: ringback three times, others six."""
    cycles = {"ringback": 3, "dial_tone": 3, "call_waiting": 2, "stutter_dial": 8}
    seconds = [s * stretch for s in pattern.cadence_s]
    x = cadence(
        pattern.frequencies_hz, seconds, cycles.get(pattern.name, 6), level_dbov
    )
    if pattern.name == "stutter_dial":
        steady = tone(pattern.frequencies_hz, 2000, level_dbov)
        x = np.concatenate([x[: x.size - 4 * FS], steady, silence(2000)])
    return x


def cases(countries):
    return [
        pytest.param(code, p, id=f"{code}-{p.name}-{p.frequencies_hz}-{p.cadence_s}")
        for code in countries
        for p in plan(code).patterns
    ]


def test_an_unknown_country_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"want one of .*us.*, got 'atlantis'"):
        progress.decode(np.zeros(8000), FS, "atlantis")


def test_bad_samples_are_refused():
    with pytest.raises(ValueError, match="one dimension"):
        progress.decode(np.zeros((2, 8000)), FS)


def test_every_plan_has_the_four_tones_and_a_source():
    assert len(COUNTRIES) >= 60
    assert set(ASKED) <= set(COUNTRIES)
    for code in COUNTRIES:
        found = plan(code)
        assert {p.name for p in found.patterns} >= {"dial_tone", "ringback", "busy"}
        assert found.source


@pytest.mark.parametrize(("code", "pattern"), cases(ASKED))
def test_tones_of_the_country(code, pattern):
    x = tape(pattern)
    found = progress.decode(int16(x), FS, code)
    assert [t.name for t in found] == [pattern.name]
    # Lines 16 Hz apart beat, and may begin with a silence of 30 ms.
    assert abs(found[0].start - FS // 2) <= (400 if code == "jp" else 200)
    power = len(pattern.frequencies_hz)
    assert found[0].level_dbov == pytest.approx(-20 + 10 * np.log10(power), abs=1.5)


@pytest.mark.parametrize(
    "code", [code for code in COUNTRIES if code not in ASKED], ids=str
)
def test_tones_of_all_other_countries(code):
    for pattern in plan(code).patterns:
        assert names(tape(pattern), code) == [pattern.name], pattern


@pytest.mark.parametrize("code", ["us", "gb", "de", "au", "fr", "it"])
@pytest.mark.parametrize("snr_db", [20, 10])
def test_signal_to_noise_of_10_db(code, snr_db, rng):
    for pattern in plan(code).patterns:
        power = 10 * np.log10(len(pattern.frequencies_hz))
        x = noise(tape(pattern), rng, -20 + power - snr_db)
        assert names(x, code) == [pattern.name], pattern


@pytest.mark.parametrize("code", ["us", "gb", "de", "es"])
@pytest.mark.parametrize("stretch", [0.92, 1.08])
def test_cadence_off_by_8_percent(code, stretch):
    for pattern in plan(code).patterns:
        if pattern.name in ("dial_tone", "ringback", "busy", "congestion"):
            assert names(tape(pattern, stretch=stretch), code) == [pattern.name]


@pytest.mark.parametrize("off", [-0.015, 0.015])
@pytest.mark.parametrize("code", ["us", "gb", "de"])
def test_frequency_off_by_1_5_percent(code, off):
    for pattern in plan(code).patterns:
        lines = [hertz * (1 + off) for hertz in pattern.frequencies_hz]
        x = cadence(lines, pattern.cadence_s, 6)
        if pattern.name in ("dial_tone", "ringback", "busy", "congestion"):
            assert names(x, code) == [pattern.name], pattern


@pytest.mark.parametrize("level_dbm0", [-3, -24, -40])
def test_level_from_minus_3_to_minus_40_dbm0(level_dbm0):
    for pattern in plan("us").patterns:
        if pattern.name in ("dial_tone", "ringback", "busy", "congestion"):
            x = tape(pattern, level_dbm0 - 6.15)
            assert names(int16(x)) == [pattern.name]


def test_precise_tone_plan_levels_over_line_noise(rng):
    """US: dial -13, ringback -19, busy -24 dBm per tone; noise -60 dBm0."""
    for lines, seconds, level, name in (
        ((350, 440), (), -13, "dial_tone"),
        ((440, 480), (2, 4), -19, "ringback"),
        ((480, 620), (0.5, 0.5), -24, "busy"),
    ):
        x = noise(cadence(lines, seconds, 3, level - 6.15), rng, -66)
        assert names(int16(x)) == [name]


def onset(x, country, name):
    """Seconds from a tone's start to the superframe that announces it."""
    decoder = progress.Decoder(FS, country)
    for start in range(0, len(x), 160):
        for event in decoder.feed(x[start : start + 160]):
            if isinstance(event, ToneOnset) and event.name == name:
                assert event.at <= start + 160
                return (start + 160 - FS // 2) / FS
    raise AssertionError(f"no onset of {name}")


@pytest.mark.parametrize("code", [c for c in ASKED if c not in ("it",)])
def test_dial_tone_onset_within_0_6_s_and_a_superframe(code):
    dial = next(p for p in plan(code).patterns if p.name == "dial_tone")
    assert onset(tape(dial), code, "dial_tone") <= 0.6 + 0.2


@pytest.mark.parametrize("code", ASKED)
def test_ringback_onset_with_its_first_burst(code):
    ringing = next(p for p in plan(code).patterns if p.name == "ringback")
    first = ringing.cadence_s[0]
    assert onset(tape(ringing), code, "ringback") <= first + 0.2 + 0.2


@pytest.mark.parametrize("code", ASKED)
def test_busy_onset_within_two_cycles(code):
    """Twice as many where three bursts may also be congestion (.2 .2 .2 .2 .2 .6)."""
    cycles = 4.5 if code == "es" else 2
    for pattern in plan(code).patterns:
        if pattern.name == "busy":
            latest = cycles * sum(pattern.cadence_s) + 0.2
            assert onset(tape(pattern), code, "busy") <= latest


def test_dial_tone_broken_by_a_digit_ends_there():
    from line_tapes import digit

    dial = tone([350, 440], 1500)
    x = np.concatenate([silence(500), dial, digit("5", 80), silence(2000)])
    (found,) = progress.decode(x, FS)
    assert found.name == "dial_tone"
    assert abs(found.end - 2 * FS) <= 400


def test_german_dial_tone_then_ringback_of_the_same_frequency():
    dial = tone([425], 2000)
    ring = np.concatenate([tone([425], 1000), silence(4000)])
    x = np.concatenate([silence(500), dial, silence(3000), ring, ring, ring])
    assert names(x, "de") == ["dial_tone", "ringback"]
    assert onset(x, "de", "dial_tone") < 0.8
    onsets = [
        e for e in fed(progress.Decoder(FS, "de"), x, 160) if type(e) is ToneOnset
    ]
    assert [e.name for e in onsets] == ["dial_tone", "ringback"]


def test_ringback_ends_when_answered(voices):
    ring = np.concatenate([tone([440, 480], 2000), silence(4000)])
    speech = voices[: 10 * FS]
    x = np.concatenate([silence(500), ring, ring[: 3 * FS], speech])
    (found,) = progress.decode(x, FS)
    assert found.name == "ringback"
    assert abs(found.end - 8.5 * FS) <= 400


def test_answer_within_a_burst_ends_it():
    ring = np.concatenate([tone([440, 480], 2000), silence(4000)])
    x = np.concatenate([silence(500), ring, ring[: FS * 7 // 10], silence(3000)])
    (found,) = progress.decode(x, FS)
    assert found.name == "ringback"
    assert abs(found.end - 7.2 * FS) <= 200


@pytest.mark.parametrize(
    ("code", "lines", "beeps"), [("us", [440], [0.3]), ("de", [425], [0.2, 0.2, 0.2])]
)
def test_call_waiting_in_the_midst_of_talk(code, lines, beeps, voices):
    talk = voices[: 6 * FS]
    parts = [talk, silence(60)]
    for i, s in enumerate(beeps):
        parts.append(silence(1000 * s) if i % 2 else tone(lines, 1000 * s))
    (found,) = progress.decode(np.concatenate([*parts, silence(60), talk]), FS, code)
    assert found.name == "call_waiting"
    assert abs(found.start - 6.06 * FS) <= 200
    assert abs(found.end - found.start - sum(beeps) * FS) <= 300


@pytest.mark.parametrize(("name", "steps_hz", "lengths_ms"), SIT)
@pytest.mark.parametrize("gap_ms", [0, 30])
def test_special_information_tones(steps_hz, lengths_ms, name, gap_ms, rng):
    parts = [silence(500)]
    for hertz, ms in zip(steps_hz, lengths_ms, strict=True):
        parts += [tone([hertz], ms), silence(gap_ms)]
    x = noise(np.concatenate([*parts, silence(2000)]), rng, -40)
    (found,) = progress.decode(x, FS)
    assert found.name == name
    assert abs(found.start - 4000) <= 160
    assert abs(found.end - (4000 + 8 * (sum(lengths_ms) + 2 * gap_ms))) <= 200


@pytest.mark.parametrize("off_hz", [-38, 0, 38])
def test_fax_cng_1100_hz(off_hz):
    assert names(cadence([1100 + off_hz], [0.5, 3], 3)) == ["fax_cng"]


@pytest.mark.parametrize("off_hz", [-15, 0, 15])
def test_fax_ced_2100_hz(off_hz):
    assert names(cadence([2100 + off_hz], [3.3, 0.1], 1)) == ["fax_ced"]


def test_fax_ansam_with_phase_flips(rng):
    t = np.arange(4 * FS) / FS
    flips = np.where((t / 0.45).astype(int) % 2, -1, 1)
    swell = 1 + 0.2 * np.sin(2 * np.pi * 15 * t)
    x = 0.1 * flips * swell * np.sin(2 * np.pi * 2100 * t)
    x = np.concatenate([silence(500), x, silence(500)])
    (found,) = progress.decode(noise(x, rng, -50), FS)
    assert found.name == "fax_ced"
    assert found.end - found.start > 3.8 * FS


@pytest.mark.parametrize("level_dbm0", [-43, -20, 0])
@pytest.mark.parametrize("off_hz", [-6, 6])
def test_fax_preamble_of_v21_flags(level_dbm0, off_hz, rng):
    """T.30 5.3.1: 1 s +-15 % of flags; V.21: +-6 Hz at the sender."""
    x = np.concatenate([silence(500), v21_flags(0.85, level_dbm0, off_hz)])
    x = noise(np.concatenate([x, silence(700)]), rng, level_dbm0 - 6.15 - 25)
    (found,) = progress.decode(int16(x), FS)
    assert found.name == "fax_v21"
    assert abs(found.start - 4000) <= 400
    assert abs(found.end - 4000 - 6800) <= 400


def test_v21_without_flags_is_no_preamble(rng):
    bits = rng.integers(0, 2, 400)
    hertz = np.where(bits, 1650.0, 1850.0)[np.arange(10000) * 300 // FS]
    x = 0.1 * np.sin(2 * np.pi * np.cumsum(hertz) / FS)
    assert names(np.concatenate([silence(500), x, silence(500)])) == []


@pytest.mark.parametrize("mains_hz", [50, 60])
@pytest.mark.parametrize("over_db", [3, 10])
def test_fax_tones_under_hum(mains_hz, over_db):
    for wave, name in (
        (cng(0, -22), "fax_cng"),
        (answer(2100, 3, -22), "fax_ced"),
        (v21_flags(1, -22), "fax_v21"),
    ):
        x = np.concatenate([silence(500), wave, silence(800)])
        x = x + hum(x.size, mains_hz, -22 + over_db, 4)
        assert names(x) == [name]


def test_howler_after_dial_tone(rng):
    dial = tone([350, 440], 5000)
    howl = cadence(HOWLER_HZ, [0.1, 0.1], 20, -10)
    x = noise(np.concatenate([silence(300), dial, howl]), rng, -50)
    assert names(x) == ["dial_tone", "howler"]


@pytest.mark.parametrize("code", ASKED)
def test_no_tone_in_voices(code, voices):
    assert names(voices, code) == []


def test_no_tone_in_noise_hum_digits_and_beeps(rng):
    from line_tapes import dialled

    ms = 30_000
    hum = tone([50], ms, -15) + tone([150], ms, -25) + tone([250], ms, -30)
    assert names(hum, "de") == []
    assert names(0.05 * rng.standard_normal(30 * FS)) == []
    assert names(dialled(on_ms=100, off_ms=100)) == []
    assert names(cadence([1400], [0.2, 3], 4)) == []
    assert names(cadence([700], [0.5, 0.5], 4)) == []


@pytest.mark.parametrize("cut", [1, 37, 80, 160])
def test_events_do_not_depend_on_cuts(cut, rng):
    parts = [tone([350, 440], 1200), silence(700)]
    parts += 3 * [tone([480, 620], 250), silence(250)]
    x = int16(noise(np.concatenate(parts), rng, -45))
    assert fed(progress.Decoder(), x, cut) == fed(progress.Decoder(), x, x.size)


def test_other_rates_keep_positions():
    from dsp.resample import resample

    x = cadence([425], [0.5, 0.5], 4).astype(np.float32)
    (found,) = progress.decode(resample(x, 8000, 48000), 48000, "pl")
    assert isinstance(found, Tone)
    assert abs(found.start / 48000 - 0.5) < 0.02
    assert abs(found.end / 48000 - 4.0) < 0.02
