"""The table of recording states, and the small pure things beside it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from firmware.call.consent_states import (
    CONFIRMABLE,
    KEEPING,
    OVER,
    TABLE,
    Do,
    Event,
    Machine,
    State,
)
from firmware.call.hold import Hold
from firmware.call.keys import Keys
from firmware.call.preroll import Preroll
from firmware.call.rule import IGNORE
from firmware.line.block import FS, Block
from firmware.service.settings import Consent

BEGINS = {Do.START, Do.START_NOW}
ON_DISK = KEEPING | {State.PAUSED, State.ANNOUNCING_AGAIN, State.ASKING_AGAIN}


def test_table_is_total() -> None:
    assert set(TABLE) == set(State)
    assert all(set(row) == set(Event) for row in TABLE.values())


def test_every_state_is_reached() -> None:
    found, todo = set(), [State.IDLE]
    while todo:
        state = todo.pop()
        if state not in found:
            found.add(state)
            todo += [rule.next for rule in TABLE[state].values() if rule.next]
    assert found == set(State)


def test_what_is_over_stays_over() -> None:
    for state in OVER:
        assert all(rule == IGNORE for rule in TABLE[state].values())


def test_nothing_is_begun_twice_or_left_behind() -> None:
    """A tape is begun on the way from RAM to disk, and at no other time."""
    locked = {State.QUARANTINED}
    for state, row in TABLE.items():
        for rule in row.values():
            if rule.next is None or rule.back:
                assert not BEGINS & set(rule.do)
                continue
            enters = state not in ON_DISK and rule.next in ON_DISK | locked
            assert bool(BEGINS & set(rule.do)) == enters, (state, rule)
            if state in ON_DISK and rule.next is State.DISCARDED:
                assert Do.DROP in rule.do
            if rule.next is State.DISCARDED:
                assert Do.WIPE in rule.do


def test_sound_stops_where_nothing_may_be_kept() -> None:
    for state in KEEPING:
        for rule in TABLE[state].values():
            left = rule.next is not None and rule.next not in KEEPING
            if left and rule.next not in {State.CLOSED, State.QUARANTINED}:
                assert {Do.PARK, Do.DROP} & set(rule.do), (state, rule)


def test_no_and_the_end_are_heard_in_every_state_with_a_call() -> None:
    for state in set(State) - OVER - {State.IDLE}:
        assert TABLE[state][Event.REFUSED] != IGNORE, state
        assert TABLE[state][Event.CLOSE] != IGNORE, state


@budget(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(list(Event)), max_size=25))
def test_silence_is_never_consent(events: list[Event]) -> None:
    """From asking only a confirmation or another decision leads to the disk."""
    machine = Machine()
    machine.feed(Event.OPEN)
    asked = False
    for event in events:
        before = machine.state
        machine.feed(event)
        asked = machine.state in (State.ASKING, State.ASKING_AGAIN)
        if before in (State.ASKING, State.ASKING_AGAIN) and machine.state in KEEPING:
            assert event in {
                Event.CONFIRMED, Event.RECORD, Event.REMIND, Event.SCRIPT,
            }  # fmt: skip
    assert not asked or machine.state in CONFIRMABLE


def test_pause_returns_to_where_it_was() -> None:
    machine = Machine()
    for event in (Event.OPEN, Event.SCRIPT, Event.TIME, Event.PAUSE, Event.PAUSE):
        machine.feed(event)
    assert machine.state is State.PAUSED
    machine.feed(Event.TIME)
    assert machine.state is State.UNANNOUNCED


# Keys


def pressed(
    keys: Keys, text: str, gap_s: float = 0.3, asked: bool = False
) -> list[str]:
    found = [
        keys.press(symbol, round(n * gap_s * FS), asked=asked)
        for n, symbol in enumerate(text)
    ]
    return [verb for verb in found if verb]


@pytest.mark.parametrize(
    ("text", "verbs"),
    [
        ("**1", ["informed"]),
        ("55**2", ["agreed"]),
        ("***0", ["refused"]),
        ("**3**3", ["pause", "pause"]),
        ("*1", []),
        ("1", []),
        ("**", []),
    ],
)
def test_codes_are_heard_among_other_keys(text: str, verbs: list[str]) -> None:
    assert pressed(Keys(Consent()), text) == verbs


def test_slow_keys_make_no_code() -> None:
    assert pressed(Keys(Consent()), "**0", gap_s=4.1) == []


def test_a_lone_1_is_a_yes_only_after_the_question() -> None:
    assert pressed(Keys(Consent()), "1", asked=True) == ["yes"]
    assert pressed(Keys(Consent()), "2", asked=True) == []


def test_codes_can_be_others_or_none() -> None:
    keys = Keys(Consent(key_informed="#7", key_refused="", key_agreed="", key_pause=""))
    assert pressed(keys, "#7**0**2") == ["informed"]
    none = Keys(Consent(key_informed="", key_refused="", key_agreed="", key_pause=""))
    assert pressed(none, "**0**1") == []


# Hold


def blocks(*parts: tuple[float, int]) -> list[Block]:
    found, at = [], 0
    for length_s, level in parts:
        for _ in range(round(length_s * 8)):
            samples = np.full(1000, level, np.int16)
            samples[::2] = -level
            found.append(Block(at, samples))
            at += 1000
    return found


@pytest.mark.parametrize(("quiet_s", "held"), [(29.0, 0), (31.0, 1)])
def test_hold_is_a_long_silence_that_ends(quiet_s: float, held: int) -> None:
    hold = Hold()
    line = blocks((5, 3000), (quiet_s, 10), (5, 3000))
    assert sum(hold.feed(block) for block in line) == held


def test_lost_samples_do_not_end_a_silence() -> None:
    hold = Hold()
    line = blocks((31, 10), (1, 3000))
    line.insert(100, Block(100_000, np.zeros(0, np.int16)))
    assert sum(hold.feed(block) for block in line) == 1


# RAM


def test_wiped_sound_is_gone_from_ram() -> None:
    ring = Preroll(1000)
    ring.push(Block(0, np.arange(1, 1501, dtype=np.int16)[:1000]))
    ring.push(Block(1000, np.full(300, 7, np.int16)))
    ring.wipe(-50, 1200)
    _, left = ring.read(300, 1300)
    assert not left[:900].any()
    assert (left[900:] == 7).all()
    ring.wipe(5000, 6000)
    assert ring.read(1200, 1300)[1].all()
