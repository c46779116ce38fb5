"""What the board says of itself in sysfs: temperature and supply."""

from pathlib import Path

#: Raspberry Pi's hwmon driver: 1 once the supply has been below 4.63 V.
LOW_SUPPLY = "sys/class/hwmon/hwmon*/in0_lcrit_alarm"
TEMPERATURE = "sys/class/thermal/thermal_zone*/temp"


def celsius(root: Path) -> float | None:
    """Return the temperature of the processor; None where nobody tells."""
    for file in sorted(root.glob(TEMPERATURE)):
        try:
            return int(file.read_text("ascii")) / 1000
        except (OSError, ValueError):
            continue
    return None


def undervoltage(root: Path) -> bool | None:
    """Tell whether the supply is too weak; None where nobody tells."""
    for file in sorted(root.glob(LOW_SUPPLY)):
        try:
            return file.read_text("ascii").strip() == "1"
        except OSError:
            continue
    return None
