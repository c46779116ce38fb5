"""What the services have told lately, as systemd's journal has it."""

import shutil
import subprocess

#: Units whose lines are ours.
UNITS = "linekeeper*"
#: Without the host's name; times in UTC.
COMMAND = (
    *("journalctl", "--no-pager", "--quiet", "--no-hostname", "--utc"),
    *("--output=short-iso", f"--unit={UNITS}"),
)
TIMEOUT_S = 20.0


def last_lines(count: int) -> list[str]:
    """Return the last lines; empty where there is no journal or it may not be read."""
    if shutil.which(COMMAND[0]) is None:
        return []
    try:
        done = subprocess.run(
            [*COMMAND, f"--lines={count}"],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.splitlines()
