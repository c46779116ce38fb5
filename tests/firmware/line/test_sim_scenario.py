"""Scenario files: what is refused and how, and that the manual names every key."""

import dataclasses
import itertools
import tomllib
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import soundfile

from firmware.errors import SourceError
from firmware.line import open_line
from firmware.line.block import FS
from firmware.line.save import save
from firmware.line.sim import open_sim, scenarios, speech
from firmware.line.sim.scenario import (
    CallEvent,
    EventKind,
    Fault,
    LineCharacter,
    PlannedCall,
    Scenario,
    Sensors,
)
from firmware.service.settings import Settings

SIM = Path(speech.__file__).parent
CALL = (
    'title = "t"\nlength = 200\n[[call]]\ndirection = "incoming"\nnumber = "5550101"\n'
)
OUT = 'title = "t"\n[[call]]\ndirection = "outgoing"\n'


def refused(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(SourceError) as caught:
        open_sim(str(path))
    assert "\n" not in str(caught.value)
    assert "mine" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = ", "not valid TOML"),
        ("", "missing title"),
        ("title = 3", "title: want a text, got 3"),
        ('title = "t"\nlenght = 3', "lenght: unknown; known are title, length"),
        ('title = "t"\nlength = 0', "length: want above 0 s, got 0"),
        ('title = "t"\nlength = inf', "length: want at most 1e+07 s, got inf"),
        ('title = "t"\nlength = "25 min"', 'length: want seconds or "HH:MM:SS"'),
        ('title = "t"\nlength = true', "length: want seconds"),
        ('title = "t"\nseed = -1', "seed: want a whole number 0..1e+09, got -1"),
        ('title = "t"\nline = 3', "line: want a table, got 3"),
        ('title = "t"\ncall = 3', "call: want a list, got 3"),
        ('title = "t"\ncall = [3]', "call 1: want a table, got 3"),
        ('title = "t"\n[line]\nhum_db = 3', "line hum_db: unknown; known are country"),
        ('title = "t"\n[line]\nnoise_dbov = 3', "noise_dbov: want -120..-10, got 3"),
        (
            'title = "t"\n[line]\nnoise_dbov = nan',
            "noise_dbov: want -120..-10, got nan",
        ),
        ('title = "t"\n[line]\nmu_law = 1', "mu_law: want true or false, got 1"),
        ('title = "t"\n[line]\ncountry = "zz"', "country: want one of"),
        ('title = "t"\n[sensors]\nsignals = ["hock"]', "signals 1: want one of hook"),
        ('title = "t"\n[[call]]\nat = 5', "call 1: missing direction"),
        (CALL + 'outcome = "busy"', "outcome: want one of answered, missed, fax"),
        (CALL + "rings = 0", "rings: want above 0 for an incoming call, got 0"),
        (CALL + 'name = "\\u0142"', "name: want 1..40 letters of western Europe"),
        (CALL + 'far = "nobody"', "voice: want one of anna"),
        (OUT, "number: want one to dial for outcome 'answered'"),
        (OUT + 'number = "call me"', "number: want 1..24 of 0-9 * # +, got 'call me'"),
        (OUT + 'number = "*98"\ndial = "pulse"', "want what a pulse dial sends"),
        (CALL + '[[call.event]]\nkind = "hold"\nat = 30', "at: want 0..talk_s (20)"),
        (CALL + "[[call.event]]\nat = 3", "call 1 event 1: missing kind"),
        (CALL + '[[call.event]]\nkind = "song"', "kind: want one of hook_flash"),
        (
            CALL + '[[call.event]]\nkind = "digits"\ndigits = "1x"',
            "digits: want 0-9 * #, got '1x'",
        ),
        (
            CALL + 'outcome = "missed"\n[[call.event]]\nkind = "hold"',
            "want an answered call, got outcome 'missed'",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    tmp_path: Path, text: str, message: str
) -> None:
    assert message in refused(tmp_path, text)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none.toml: cannot be read"):
        open_sim(str(tmp_path / "none.toml"))


def test_binary_file(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match=r"x.toml: not valid TOML"):
        open_sim(str(path))


def test_own_file_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(CALL + 'at = "00:01:05"\n')
    line = open_sim(str(path))
    assert line.script[0].start_s == 65
    assert line.scenario.name == "mine"


@pytest.mark.parametrize("name", [name for name, _ in scenarios()])
def test_every_scenario_that_ships_opens(name: str) -> None:
    assert len(open_sim(name).scenario.title) < 90


def test_the_scenarios_promised_are_there() -> None:
    promised = (
        "incoming_answered incoming_missed incoming_withheld outgoing_dtmf_answered "
        "outgoing_pulse outgoing_busy outgoing_no_answer call_waiting fax line_cut "
        "second_extension long_hold noisy_line office_day demo_library demo_live"
    )
    assert set(promised.split()) <= {name for name, _ in scenarios()}


@pytest.mark.parametrize(
    "table", [Scenario, LineCharacter, Sensors, PlannedCall, CallEvent, Fault]
)
def test_the_manual_names_every_key(table: type) -> None:
    manual = (SIM / "README.md").read_text()
    for key in dataclasses.fields(table):
        if key.name not in ("line", "sensors"):
            assert f"`{key.name}`" in manual, key.name


def test_the_manual_names_every_event() -> None:
    manual = (SIM / "README.md").read_text()
    assert all(f"| `{kind}` |" in manual for kind in get_args(EventKind))


def test_the_manuals_example_plays(tmp_path: Path) -> None:
    manual = (SIM / "README.md").read_text()
    example = manual.split("```toml\n")[1].split("```")[0]
    path = tmp_path / "example.toml"
    path.write_text(example)
    assert open_sim(str(path)).script[0].outcome == "answered"


# voices


def test_voices_are_small_and_telephone_like() -> None:
    files = list((SIM / "voices").glob("*.flac"))
    assert sum(path.stat().st_size for path in files) < 1.5e6
    for path in files:
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.subtype) == (FS, 1, "PCM_16")
        x, _ = soundfile.read(path)
        power = np.abs(np.fft.rfft(x * np.hanning(len(x)))) ** 2
        hz = np.fft.rfftfreq(len(x), 1 / FS)
        band = power[(hz > 250) & (hz < 3500)].sum()
        assert band / power.sum() > 0.99
        assert np.abs(x).max() < 1.0


def test_every_line_of_every_voice_is_there() -> None:
    table = tomllib.loads((SIM / "voices" / "voices.toml").read_text())
    wanted = {v["name"]: len(v["lines"]) for v in table["voice"]}
    assert {name: len(speech.clips(name)) for name in speech.names()} == wanted
    assert len({v["espeak"].split("+")[0] for v in table["voice"]}) >= 5


def test_sides_take_turns() -> None:
    rng = np.random.default_rng(1)
    turns = list(speech.conversation("anna", "ben", 60 * FS, True, rng))
    assert [t.near for t in turns] == [n % 2 == 0 for n in range(len(turns))]
    for before, after in itertools.pairwise(turns):
        pause = after.start - before.start - len(before.wave)
        assert 0.2 * FS < pause < 1.2 * FS
    assert turns[-1].start + len(turns[-1].wave) <= 60 * FS


# a bug report: a scenario written to a file and read again


def test_wav_and_edges_are_the_line_again(tmp_path: Path) -> None:
    path = tmp_path / "line.wav"
    with open_sim("outgoing_pulse", start_utc=0.0) as line:
        save(line, path)
    with open_sim("outgoing_pulse", start_utc=0.0) as line:
        simulated = list(line.blocks())
    with open_line(f"wav:{path}", Settings()) as line:
        recorded = list(line.blocks())
        assert line.sensing == {"hook", "ring", "line"}
    np.testing.assert_array_equal(
        np.concatenate([b.samples for b in simulated]),
        np.concatenate([b.samples for b in recorded]),
    )
    assert [e for b in simulated for e in b.edges if e.at] == [
        e for b in recorded for e in b.edges if e.at
    ]
