"""Source strings: what they mean, and that a simulation needs no hardware libraries."""

import subprocess
import sys

import pytest

from firmware.errors import SourceError
from firmware.line import open_line
from firmware.line.sim import SimLine
from firmware.service.settings import Settings


@pytest.mark.parametrize(
    "source", ["", "sim", "sim:", "oss:/dev/dsp", "call.wav", ":x"]
)
def test_unknown_source_is_one_line(source: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_line(source, Settings())
    assert str(caught.value) == (
        f"line source: want alsa:DEVICE, wav:PATH or sim:SCENARIO, got {source!r}"
    )


def test_unknown_scenario_names_those_that_ship() -> None:
    with pytest.raises(SourceError, match=r"no such scenario.*incoming_answered"):
        open_line("sim:incoming_answerd", Settings())


def test_scenario_by_name() -> None:
    with open_line("sim:incoming_missed", Settings(), start_utc=7.0) as line:
        assert isinstance(line, SimLine)
        assert line.script[0].outcome == "missed"
        assert line.anchor().utc_at(8000) == pytest.approx(8.0)
        assert line.status().ok


def test_simulation_imports_no_hardware_library_nor_60_mb_of_scipy() -> None:
    program = (
        "import sys; from firmware.line import open_line\n"
        "from firmware.service.settings import Settings\n"
        "open_line('sim:fax', Settings())\n"
        "heavy = {'alsaaudio', 'gpiozero', 'serial', 'lgpio', 'scipy.signal'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
