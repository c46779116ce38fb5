"""What the tests of sealing share."""

from dataclasses import dataclass

NOW = 1_800_000_000.0
PASSPHRASE = "four words nobody guesses"
#: Argon2 at its cheapest.
CHEAP = {"time_cost": 1, "memory_kib": 8, "lanes": 1}


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now
