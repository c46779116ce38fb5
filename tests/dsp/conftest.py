"""What the tests of signal processing share."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

VOICES = Path(__file__).parents[2] / "firmware" / "line" / "sim" / "voices"


@pytest.fixture
def rng():
    return np.random.default_rng(440)


@pytest.fixture(scope="session")
def voices():
    """All shipped voices in a row, float32 at 8 kHz."""
    parts = [
        soundfile.read(p, dtype="float32")[0] for p in sorted(VOICES.glob("*.flac"))
    ]
    return np.concatenate(parts)


@pytest.fixture(scope="session")
def talkers():
    """Shipped voices by talker, float32 at 8 kHz."""
    parts: dict[str, list[np.ndarray]] = {}
    for path in sorted(VOICES.glob("*.flac")):
        name = path.stem.rsplit("-", 1)[0]
        parts.setdefault(name, []).append(soundfile.read(path, dtype="float32")[0])
    return {name: np.concatenate(takes) for name, takes in parts.items()}
