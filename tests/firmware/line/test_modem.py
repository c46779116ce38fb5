"""The modem's thread over a pseudo terminal: what is real here is pyserial."""

import os
import time
from collections.abc import Callable, Iterator
from threading import Event

import pytest

from dsp.caller_id_message import build
from firmware.errors import HardwareError
from firmware.line.modem import RING_S, CallerIdModem, open_modem, probe
from firmware.line.timeline import TimedCallerId
from firmware.service.settings import Modem
from tests.firmware.line.fakemodem import FakeModem


@pytest.fixture
def fake() -> Iterator[FakeModem]:
    fake = FakeModem()
    yield fake
    fake.unplug()


def wait_for(condition: Callable[[], object]) -> None:
    end_s = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end_s, "waited in vain"
        Event().wait(0.01)


def collect(modem: CallerIdModem, found: list[TimedCallerId]) -> bool:
    found += modem.caller_ids.take(float("inf"))
    return bool(found)


def settings(fake: FakeModem, **changes: str) -> Modem:
    return Modem(device=fake.device, retry_s=0.1, **changes)


def test_no_modem_in_the_settings_opens_nothing() -> None:
    assert open_modem(Modem()) is None


def test_rings_and_messages_carry_their_time(fake: FakeModem) -> None:
    modem = open_modem(settings(fake))
    assert modem is not None
    fake.expect(b"AT+VCID=1\r")
    fake.say(b"\r\nOK\r\n")
    wait_for(lambda: modem.status().message.endswith("reports caller ID"))
    before_s = time.monotonic()
    fake.say(b"\r\nRING\r\n\r\nNMBR = 5550123\r\n\r\nRING\r\n")
    found: list[TimedCallerId] = []
    wait_for(lambda: collect(modem, found))
    after_s = time.monotonic()
    assert found[0].caller_id.number == "5550123"
    assert before_s <= found[0].at_s <= after_s
    first, up, down = modem.edges.take(float("inf"))
    assert (first.signal, first.level) == ("ring", 0)
    assert (up.level, down.level) == (1, 0)
    assert before_s <= up.at_s <= after_s
    assert down.at_s == pytest.approx(up.at_s + RING_S)
    modem.close()


def test_raw_messages(fake: FakeModem) -> None:
    modem = CallerIdModem(settings(fake, format="raw"))
    fake.expect(b"AT+VCID=2\r")
    data = build(number="5550123", name="EVE")
    fake.say(b"\r\nMESG = " + data.hex().upper().encode() + b"\r\n")
    found: list[TimedCallerId] = []
    wait_for(lambda: collect(modem, found))
    assert (found[0].caller_id.number, found[0].caller_id.name) == ("5550123", "EVE")
    modem.close()


def test_a_modem_that_is_unplugged_is_found_again(
    fake: FakeModem, tmp_path: os.PathLike[str]
) -> None:
    link = os.path.join(tmp_path, "modem")
    os.symlink(fake.device, link)
    modem = CallerIdModem(Modem(device=link, retry_s=0.1))
    fake.expect(b"AT+VCID=1\r")
    fake.say(b"OK\r\n")
    wait_for(lambda: modem.status().ok)
    fake.unplug()
    wait_for(lambda: not modem.status().ok)
    assert "is not there, trying again" in modem.status().message
    other = FakeModem()
    os.unlink(link)
    os.symlink(other.device, link)
    other.expect(b"AT+VCID=1\r")
    other.say(b"OK\r\nNMBR = 5550124\r\n")
    found: list[TimedCallerId] = []
    wait_for(lambda: collect(modem, found))
    assert found[0].caller_id.number == "5550124"
    assert modem.status().ok
    modem.close()
    other.unplug()


def test_a_modem_that_was_never_there_is_waited_for() -> None:
    modem = CallerIdModem(Modem(device="/dev/absent-modem", retry_s=0.1))
    wait_for(lambda: "is not there" in modem.status().message)
    assert "/dev/absent-modem" in modem.status().message
    modem.close()


def test_noise_does_not_end_the_thread(fake: FakeModem) -> None:
    modem = CallerIdModem(settings(fake))
    fake.expect(b"AT+VCID=1\r")
    fake.say(bytes(range(256)) * 8)
    fake.say(b"\r\nNMBR = 5550123\r\n")
    found: list[TimedCallerId] = []
    wait_for(lambda: collect(modem, found))
    assert found[0].caller_id.number == "5550123"
    modem.close()


def test_a_fault_in_the_thread_is_told_and_raises_nowhere() -> None:
    def broken(settings: Modem) -> None:
        raise ZeroDivisionError("of ours")

    modem = CallerIdModem(Modem(device="/dev/ttyACM0"), broken)
    wait_for(lambda: "is no longer heard" in modem.status().message)
    assert "of ours" in modem.status().message
    assert not modem.status().ok
    modem.close()


def test_closing_does_not_wait_for_a_word(fake: FakeModem) -> None:
    modem = CallerIdModem(settings(fake))
    fake.expect(b"AT+VCID=1\r")
    before_s = time.monotonic()
    modem.close()
    assert time.monotonic() - before_s < 5


def test_probe_wants_an_answer(fake: FakeModem) -> None:
    with pytest.raises(HardwareError, match="does not answer AT"):
        probe(settings(fake))
    with pytest.raises(HardwareError, match="is not there"):
        probe(Modem(device="/dev/absent-modem"))
