"""Pulse dialling: rates, ratios, pauses; flash and release are no digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp import pulse
from dsp.types import Edge

FS = 8000


def hook(at_s, level):
    return Edge(round(at_s * FS), "hook", level)


def dialled(digits, pps=10.0, make=0.39, pause_s=0.7, start_s=1.0):
    """Edges of a dial: lift at 0.2 s, then each digit's breaks."""
    edges = [hook(0.2, 1)]
    at = start_s
    for digit in digits:
        for _ in range(int(digit) or 10):
            edges += [hook(at, 0), hook(at + (1 - make) / pps, 1)]
            at += 1 / pps
        at += pause_s
    return edges


def heard(edges, **how):
    return "".join(d.symbol for d in pulse.decode(edges, FS, **how))


def test_an_unknown_scheme_is_refused():
    with pytest.raises(ValueError, match=r"want one of standard .*, got 'chinese'"):
        pulse.Decoder(FS, "chinese")


def test_nothing_from_nothing_and_from_other_signals():
    assert pulse.decode([], FS) == []
    assert pulse.decode([Edge(100, "ring", 1), Edge(900, "ring", 0)], FS) == []


@pytest.mark.parametrize("pps", [7, 8, 9.5, 10, 10.5, 11, 12])
@pytest.mark.parametrize("make", [0.28, 0.33, 0.39, 0.47])
def test_10_pps_dials_of_all_ratios(pps, make):
    assert heard(dialled("1234567890", pps, make)) == "1234567890"


@pytest.mark.parametrize("pps", [18, 20, 22])
@pytest.mark.parametrize("make", [0.3, 0.33, 0.39])
def test_20_pps_with_a_pause_of_300_ms(pps, make):
    assert heard(dialled("9081726354", pps, make, 0.3)) == "9081726354"


def test_pause_of_250_ms_parts_digits():
    assert heard(dialled("555", pause_s=0.25)) == "555"


def test_limits_are_those_of_the_breaks():
    (three,) = pulse.decode(dialled("3"), FS)
    assert (three.start, three.method) == (8000, "pulse")
    assert three.end == round((1.2 + 0.061) * FS)
    assert three.level_dbov != three.level_dbov


@pytest.mark.parametrize(
    ("scheme", "digits"),
    [("standard", "1230"), ("reversed", "9870"), ("plus_one", "0129")],
)
def test_schemes_of_countries(scheme, digits):
    assert heard(dialled("1230"), scheme=scheme) == digits


def test_contact_bounce_is_smoothed():
    edges = []
    for edge in dialled("42"):
        edges += [
            edge,
            Edge(edge.at + 8, "hook", 1 - edge.level),
            Edge(edge.at + 20, "hook", edge.level),
        ]
    assert heard(edges) == "42"


@pytest.mark.parametrize("break_s", [0.15, 0.3, 0.8])
def test_hook_flash_is_no_digit(break_s):
    assert heard([hook(0.2, 1), hook(3, 0), hook(3 + break_s, 1)]) == ""


def test_release_and_a_new_lift_are_no_digit():
    assert heard([hook(0.2, 1), hook(3, 0), hook(6, 1), hook(9, 0)]) == ""


def test_hanging_up_within_a_digit_gives_none():
    edges = dialled("7")[:-4]
    assert edges[-1].level == 1
    assert heard([*edges, hook(1.5, 0), hook(9, 1), hook(12, 0)]) == ""


def test_more_than_ten_pulses_are_no_digit():
    edges = [hook(0.2, 1)]
    for i in range(11):
        edges += [hook(1 + i / 10, 0), hook(1.06 + i / 10, 1)]
    assert heard(edges) == ""


def test_bounce_of_the_first_lift_is_no_digit():
    lift = [hook(1, 1), hook(1.03, 0), hook(1.05, 1), hook(1.06, 0), hook(1.08, 1)]
    assert heard(lift[:1] + dialled("5", start_s=3)[1:]) == "5"


def test_a_stream_that_begins_off_hook():
    assert heard(dialled("28")[1:]) == "28"


@given(st.lists(st.integers(1, 4000), max_size=20))
def test_digits_do_not_depend_on_when_the_clock_is_told(steps):
    edges = dialled("309", 20, 0.33, 0.3)
    decoder = pulse.Decoder(FS)
    found, left, now = [], list(edges), 0
    for step in [*steps, 40 * FS]:
        now += step
        due = [e for e in left if e.at <= now]
        left = left[len(due) :]
        found += decoder.feed_edges(due, now)
    found += decoder.flush()
    # Field by field: a pulse has no level, and nan is not equal to nan.
    assert [(d.symbol, d.start, d.end) for d in found] == [
        (d.symbol, d.start, d.end) for d in pulse.decode(edges, FS)
    ]
