"""What the Raspberry Pi is told of the board: a device-tree overlay and the EEPROM.

The overlay sets direction and pull of the six signals before any program runs and
names them (`gpioinfo` shows it).  I2C and 1-Wire stay free: `dtoverlay=i2c-rtc,ds3231`
and `dtoverlay=w1-gpio` use them.
"""

from collections.abc import Iterator

from hardware import circuit
from hardware.kicad import unique

VENDOR = "Linekeeper project"
PRODUCT = "Linekeeper line interface R1"
PRODUCT_ID, PRODUCT_VERSION = 0x0001, 0x0001
#: Nets that the Pi drives; all others are inputs.
OUTPUTS = frozenset({"BEEP", "LED"})
#: `brcm,pull` and the EEPROM's word for the pull of each signal: a cut wire to the
#: board must read as a dead line, so inputs are pulled up, outputs down.
PULLS = {"up": (2, "UP"), "down": (1, "DOWN")}
#: Names of the header's GPIOs that the kernel's own tree has and programs look for.
KERNEL_NAMES = {
    0: "ID_SDA", 1: "ID_SCL", 2: "GPIO2", 3: "GPIO3", 4: "GPIO4", 5: "GPIO5",
    6: "GPIO6", 7: "GPIO7", 8: "GPIO8", 9: "GPIO9", 10: "GPIO10", 11: "GPIO11",
    12: "GPIO12", 13: "GPIO13", 14: "GPIO14", 15: "GPIO15", 16: "GPIO16",
    18: "GPIO18", 19: "GPIO19", 20: "GPIO20", 21: "GPIO21", 26: "GPIO26",
}  # fmt: skip


def pull_of(net: str) -> str:
    """Return up or down."""
    return "down" if net in OUTPUTS else "up"


def names() -> list[str]:
    """Return the name of each GPIO of the header, 0 to 27."""
    ours = {gpio: f"LK_{net}" for net, gpio in circuit.GPIO.items()}
    return [ours.get(gpio) or KERNEL_NAMES[gpio] for gpio in range(28)]


def overlay() -> str:
    """Return the source of linekeeper-line.dtbo."""
    pins = dict(sorted(circuit.GPIO.items(), key=lambda item: item[1]))
    functions = (str(int(net in OUTPUTS)) for net in pins)
    pulls = (str(PULLS[pull_of(net)][0]) for net in pins)
    table = "\n".join(
        f" *   GPIO{gpio:<3} {net:9} {'output' if net in OUTPUTS else 'input ':6} "
        f"pulled {pull_of(net)}"
        for net, gpio in pins.items()
    )
    listed = ",\n".join(f'\t\t\t\t"{name}"' for name in names())
    return f"""/dts-v1/;
/plugin/;

/*
 * {PRODUCT}; drawn from hardware/circuit.py.
 *
 *   dtc -@ -I dts -O dtb -o linekeeper-line.dtbo linekeeper-line.dts
 *   cp linekeeper-line.dtbo /boot/firmware/overlays/
 *   echo dtoverlay=linekeeper-line >> /boot/firmware/config.txt
 *
{table}
 *
 * Left free: GPIO2 and GPIO3 (I2C, clock module), GPIO4 (1-Wire).
 */
/ {{
	compatible = "brcm,bcm2835";

	fragment@0 {{
		target = <&gpio>;
		__overlay__ {{
			pinctrl-names = "default";
			pinctrl-0 = <&linekeeper_pins>;
			gpio-line-names =
{listed};

			linekeeper_pins: linekeeper_pins {{
				brcm,pins = <{" ".join(map(str, pins.values()))}>;
				brcm,function = <{" ".join(functions)}>;
				brcm,pull = <{" ".join(pulls)}>;
			}};
		}};
	}};
}};
"""


def eeprom() -> str:
    """Return the text that `eepmake` of raspberrypi/utils makes an EEPROM image of."""
    pins = sorted(circuit.GPIO.items(), key=lambda item: item[1])
    lines = "\n".join(
        f"setgpio  {gpio:<3}    {'OUTPUT' if net in OUTPUTS else 'INPUT ':6}    "
        f"{PULLS[pull_of(net)][1]}"
        for net, gpio in pins
    )
    return f"""# {PRODUCT}; drawn from hardware/circuit.py.
#
#   eepmake eeprom_settings.txt linekeeper.eep linekeeper-line.dtbo -c eeprom_custom.txt
#   eepflash.sh -w -t=24c32 -f=linekeeper.eep
#
# Each board gets a number of its own: eepmake makes one up for zeros.
product_uuid 00000000-0000-0000-0000-000000000000
product_id 0x{PRODUCT_ID:04x}
product_ver 0x{PRODUCT_VERSION:04x}
vendor "{VENDOR}"
product "{PRODUCT}"

# The bank is left as it is; the board takes its power from the Pi.
gpio_drive 0
gpio_slew 0
gpio_hysteresis 0
back_power 0

#        GPIO   FUNCTION  PULL
{lines}
"""


def custom() -> str:
    """Return the custom data: what a program needs to know of this very design."""
    return "\n".join(_custom()) + "\n"


def _custom() -> Iterator[str]:
    yield "board=R1"
    yield f"design={unique('board', 'R1')}"
    for net, gpio in sorted(circuit.GPIO.items(), key=lambda item: item[1]):
        yield f"{net.removesuffix('_N').lower()}=GPIO{gpio}"
    yield "hook_active=high"
    yield "options=beep rtc"
