"""What the pages decide from a call."""

import pytest

from firmware.archive.model import AudioState, Call
from web import view


@pytest.mark.parametrize(
    ("audio", "audio_s", "playable"),
    [
        ("recording", 12.0, False),
        ("closing", 12.0, True),
        ("kept", 12.0, True),
        ("kept", 0.0, False),
        ("none", 0.0, False),
        ("quarantined", 12.0, False),
    ],
)
def test_only_a_complete_master_is_played(
    audio: AudioState, audio_s: float, playable: bool
) -> None:
    call = Call(id="20260101-000000-aaaa", line="1", start_utc=1.7e9, clock="synced")
    call.audio = audio
    call.audio_s = audio_s
    assert view.playable(call) is playable
