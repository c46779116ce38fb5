"""Rev R1 of the line interface, block by block: the one source of all outputs.

Three circuits share nothing but TIP, RING and the surge protector: the receive path
(audio and on-hook caller ID), the ring detector, and the hook and line sensor.  The
beep path is an option.  Why it is so is in the guide; the limits are in `limits`.
"""

from hardware.model import Part, Side

#: Nets of each side; whatever is not listed here belongs to the line.
PI_NETS = frozenset(
    {
        "GND", "+3V3", "+5V", "MIC_OUT", "RX_SEC", "RX_FILT", "RING_N", "HOOK_N",
        "LINE_N", "BEEP", "BEEP_LED", "DAC_IN", "BEEP_R", "BEEP_P", "LED", "LED_A",
        "BUTTON_N", "SDA", "SCL", "ONE_WIRE", "ID_SD", "ID_SC",
    }
)  # fmt: skip
ISLAND_NETS = frozenset(
    {
        "BR_A", "BR_B", "GNDI", "+5VI", "+3V3I", "SENSE", "REF_HOOK", "REF_LINE",
        "OUT_HOOK", "OUT_LINE", "HOOK_LED", "LINE_LED",
    }
)  # fmt: skip

_LINE_PI = frozenset({Side.LINE, Side.PI})
_ISLAND_PI = frozenset({Side.ISLAND, Side.PI})
_LINE_ISLAND = frozenset({Side.LINE, Side.ISLAND})

_AXIAL = "R_Axial_DIN0207_P10.16mm"
_AXIAL_1W = "R_Axial_DIN0411_P15.24mm"
_AXIAL_2W = "R_Axial_DIN0516_P20.32mm"
_DIODE = "D_DO-35_P7.62mm"
_DISC = "C_Disc_P5.00mm"
_X2_22 = "C_Rect_L18.0mm_W7.0mm_P15.00mm"
_STANDARD = "standard outline"


def side_of(net: str) -> Side:
    """Return the side a net belongs to."""
    if net in PI_NETS:
        return Side.PI
    return Side.ISLAND if net in ISLAND_NETS else Side.LINE


def _two(first: str, second: str) -> dict[str, str]:
    return {"1": first, "2": second}


def _resistor(
    ref: str,
    value: str,
    first: str,
    second: str,
    block: str,
    *,
    mpn: str = "",
    rating: str = "0.25 W, 250 V",
    tolerance: str = "1 %",
    footprint: str = _AXIAL,
    alternative: str = "any metal film of this rating",
    price: float = 0.05,
    build: str = "core",
    bridges: frozenset[Side] = frozenset(),
) -> Part:
    return Part(
        ref, "R", value, _two(first, second), footprint,
        mpn or f"MFR-25 {value}", rating, tolerance, alternative, price, block, build,
        _STANDARD, "", bridges,
    )  # fmt: skip


def _capacitor(
    ref: str,
    value: str,
    first: str,
    second: str,
    block: str,
    *,
    mpn: str,
    rating: str,
    kind: str = "C",
    tolerance: str = "10 %",
    footprint: str = _DISC,
    alternative: str = "any of this rating and pitch",
    price: float = 0.1,
    build: str = "core",
) -> Part:
    return Part(
        ref, kind, value, _two(first, second), footprint, mpn, rating, tolerance,
        alternative, price, block, build, _STANDARD,
    )  # fmt: skip


def _diode(
    ref: str, cathode: str, anode: str, block: str, *, build: str = "core"
) -> Part:
    return Part(
        ref, "D", "1N4148", _two(cathode, anode), _DIODE, "1N4148", "100 V, 0.2 A", "",
        "BAV21, 1N914", 0.03, block, build, "JEDEC DO-35: the band is pin 1",
    )  # fmt: skip


def _low_leak(ref: str, cathode: str, anode: str) -> Part:
    return Part(
        ref, "D", "1N3595", _two(cathode, anode), _DIODE, "1N3595",
        "150 V, leakage 1 nA at 125 V", "", "FDH300; never a rectifier or 1N4148", 0.25,
        "hook and line sense", pins_from="JEDEC DO-35: the band is pin 1",
    )  # fmt: skip


def _zener(ref: str, cathode: str, anode: str, block: str) -> Part:
    return Part(
        ref, "Z", "18V", _two(cathode, anode), _DIODE, "BZX79-C18", "18 V, 0.5 W",
        "5 %", "1N5248B", 0.05, block, "core", "JEDEC DO-35: the band is pin 1",
    )  # fmt: skip


def _x2(ref: str, value: str, first: str, second: str, block: str, **more: str) -> Part:
    return _capacitor(
        ref, value, first, second, block,
        mpn=more.get("mpn", "R46KI322000M1M"),
        rating="X2, 275 VAC (305 VAC)", tolerance="20 %", footprint=_X2_22,
        alternative="630 V film of this pitch, never a ceramic", price=0.6,
        build=more.get("build", "core"),
    )  # fmt: skip


_FLAMEPROOF = "flameproof pulse type of this rating"

ENTRY = (
    Part(
        "J1", "RJ", "LINE", {"2": "TIP_IN", "3": "RING_IN"}, "RJ14_6P4C",
        "DS1133-S4", "150 V contact", "", "any 6P4C of this outline", 1.0,
        "entry", pins_from="Connfly DS1133; the middle pair",
    ),
    Part(
        "J2", "RJ", "PHONE", {"2": "TIP_IN", "3": "RING_IN"}, "RJ14_6P4C",
        "DS1133-S4", "150 V contact", "", "any 6P4C of this outline", 1.0,
        "entry", pins_from="Connfly DS1133; the middle pair",
    ),
    Part(
        "F1", "F", "TRF250-145", _two("TIP_IN", "TIP"), "Fuse_P5.08mm", "TRF250-145",
        "250 V, 0.145 A hold", "", "10R 1 W fusible", 0.5, "entry",
        pins_from=_STANDARD,
    ),
    Part(
        "F2", "F", "TRF250-145", _two("RING_IN", "RING"), "Fuse_P5.08mm", "TRF250-145",
        "250 V, 0.145 A hold", "", "10R 1 W fusible", 0.5, "entry",
        pins_from=_STANDARD,
    ),
    Part(
        "DS1", "SIDACTOR", "P3100", {"1": "TIP", "3": "RING"}, "TO-92_Wide",
        "P3100EC", "275 V standoff, 350 V switching, 100 A 10/560", "",
        "275 VAC 7 mm MOV with 630 V capacitors and a 600 V PhotoMOS", 0.9, "entry",
        pins_from="outer legs of the maker's TO-92",
    ),
)  # fmt: skip

RECEIVE = (
    _x2("C1", "220n X2", "TIP", "RX_A", "receive"),
    _resistor(
        "R1", "5.6k", "RX_A", "RX_B", "receive", mpn="PR01000105601JA100",
        rating="1 W, 350 V pulse", tolerance="5 %", footprint=_AXIAL_1W,
        alternative=_FLAMEPROOF, price=0.15,
    ),
    Part(
        "T1", "T", "1:1 600R",
        {"1": "RX_B", "3": "RX_C", "4": "RX_SEC", "6": "GND"}, "T_Line_1to1",
        "LM-NP-1001-B1L", "2.8 H, 66+66 ohm, reinforced, 6.5 kV", "",
        "ETAL P5122, Vishay TA-10; 42TM018 behind an ATA only", 7.0, "receive",
        unconfirmed="outline and pin numbers: check the maker's drawing",
        bridges=_LINE_PI,
    ),
    _resistor(
        "R2", "5.6k", "RX_C", "RX_D", "receive", mpn="PR01000105601JA100",
        rating="1 W, 350 V pulse", tolerance="5 %", footprint=_AXIAL_1W,
        alternative=_FLAMEPROOF, price=0.15,
    ),
    _x2("C2", "220n X2", "RX_D", "RING", "receive"),
    _resistor("R3", "1k", "RX_SEC", "GND", "receive"),
    _diode("D1", "RX_SEC", "GND", "receive"),
    _diode("D2", "GND", "RX_SEC", "receive"),
    _resistor("R4", "1k", "RX_SEC", "RX_FILT", "receive"),
    _capacitor("C3", "4.7n", "RX_FILT", "GND", "receive", mpn="R82EC1470AA50J",
               rating="50 V film", tolerance="5 %"),
    _capacitor("C4", "1u", "RX_FILT", "MIC_OUT", "receive", mpn="R82EC4100AA70J",
               rating="50 V film", tolerance="5 %", price=0.3),
    Part(
        "J3", "JACK", "MIC", {"T": "MIC_OUT", "R": "MIC_OUT", "S": "GND"},
        "Jack_3.5mm", "SJ1-3523N", "", "", "wires to the codec", 0.9, "receive",
        pins_from="CUI Devices SJ1-352xN",
    ),
)  # fmt: skip

RING_DETECT = (
    _x2("C5", "220n X2", "TIP", "RG_A", "ring detect"),
    _resistor(
        "R5", "22k", "RG_A", "RG_B", "ring detect", mpn="PR02000202202JA100",
        rating="2 W, 500 V pulse", tolerance="5 %", footprint=_AXIAL_2W,
        alternative=_FLAMEPROOF, price=0.2,
    ),
    _zener("DZ1", "RG_B", "RG_C", "ring detect"),
    _zener("DZ2", "RG_D", "RG_C", "ring detect"),
    Part(
        "U1", "OPTO_AC", "LTV-814",
        {"1": "RG_D", "2": "RING", "3": "GND", "4": "RING_N"}, "DIP-4_W7.62mm",
        "LTV-814", "5 kVrms, 7 mm creepage, CTR 20 % at 1 mA", "",
        "PC814, SFH620A", 0.5, "ring detect",
        pins_from="Lite-On LTV-8x4: 1, 2 input, 3 emitter, 4 collector",
        bridges=_LINE_PI,
    ),
    _resistor("R6", "47k", "+3V3", "RING_N", "ring detect"),
)  # fmt: skip

HOOK_SENSE = (
    # The resistors come before the bridge: they are the barrier, and the bridge sees
    # no more than the island's few volts.
    _resistor(
        "R10", "10M", "TIP", "BR_A", "hook and line sense", mpn="VR37000001005JA100",
        rating="0.5 W, 3.5 kV, IEC 60065", tolerance="5 %", footprint=_AXIAL_1W,
        alternative="2 x 4.7M VR37 in series", price=0.3, bridges=_LINE_ISLAND,
    ),
    _resistor(
        "R11", "10M", "RING", "BR_B", "hook and line sense", mpn="VR37000001005JA100",
        rating="0.5 W, 3.5 kV, IEC 60065", tolerance="5 %", footprint=_AXIAL_1W,
        alternative="2 x 4.7M VR37 in series", price=0.3, bridges=_LINE_ISLAND,
    ),
    # Two 10M in series turn 10 nA of leakage into 0.2 V: no rectifier, no 1N4148.
    _low_leak("D10", "SENSE", "BR_A"),
    _low_leak("D11", "SENSE", "BR_B"),
    _low_leak("D12", "BR_A", "GNDI"),
    _low_leak("D13", "BR_B", "GNDI"),
    _resistor("R12", "1.8M", "SENSE", "GNDI", "hook and line sense"),
    _capacitor("C10", "10n", "SENSE", "GNDI", "hook and line sense",
               mpn="R82EC2100AA50J", rating="50 V film"),
    Part(
        "U2", "COMPARATOR", "MCP6542",
        {"1": "OUT_HOOK", "2": "SENSE", "3": "REF_HOOK", "4": "GNDI",
         "5": "REF_LINE", "6": "SENSE", "7": "OUT_LINE", "8": "+3V3I"},
        "DIP-8_W7.62mm", "MCP6542-I/P", "1.6 to 5.5 V, 1 uA, pA inputs", "",
        "MCP6542-E/P", 1.0, "hook and line sense",
        pins_from="Microchip MCP6541/2/3/4, DIP-8",
    ),
    _resistor("R13", "249k", "+3V3I", "REF_HOOK", "hook and line sense"),
    _resistor("R14", "200k", "REF_HOOK", "GNDI", "hook and line sense"),
    _resistor("R15", "1M", "REF_HOOK", "OUT_HOOK", "hook and line sense"),
    _resistor("R16", "2.2M", "+3V3I", "REF_LINE", "hook and line sense"),
    _resistor("R17", "91k", "REF_LINE", "GNDI", "hook and line sense"),
    _resistor("R18", "4.7M", "REF_LINE", "OUT_LINE", "hook and line sense"),
    _resistor("R19", "2.2k", "+3V3I", "HOOK_LED", "hook and line sense"),
    _resistor("R20", "2.2k", "+3V3I", "LINE_LED", "hook and line sense"),
    Part(
        "U3", "OPTO", "LTV-817C",
        {"1": "HOOK_LED", "2": "OUT_HOOK", "3": "GND", "4": "HOOK_N"},
        "DIP-4_W7.62mm", "LTV-817C", "5 kVrms, CTR 200 % at 5 mA", "",
        "PC817C, EL817C", 0.3, "hook and line sense",
        pins_from="Lite-On LTV-8x7: 1 anode, 2 cathode, 3 emitter, 4 collector",
        bridges=_ISLAND_PI,
    ),
    Part(
        "U4", "OPTO", "LTV-817C",
        {"1": "LINE_LED", "2": "OUT_LINE", "3": "GND", "4": "LINE_N"},
        "DIP-4_W7.62mm", "LTV-817C", "5 kVrms, CTR 200 % at 5 mA", "",
        "PC817C, EL817C", 0.3, "hook and line sense",
        pins_from="Lite-On LTV-8x7: 1 anode, 2 cathode, 3 emitter, 4 collector",
        bridges=_ISLAND_PI,
    ),
    _resistor("R21", "22k", "+3V3", "HOOK_N", "hook and line sense"),
    _resistor("R22", "22k", "+3V3", "LINE_N", "hook and line sense"),
)  # fmt: skip

SUPPLY = (
    Part(
        "PS1", "DCDC", "5V to 5V",
        {"1": "+5V", "2": "GND", "5": "GNDI", "7": "+5VI"}, "DCDC_SIP-7",
        "NMJ0505SAC", "5.2 kVDC, 3 pF; never a SIP-4: 2.54 mm between its sides", "",
        "NKE0505SC (3 kVDC)", 8.0, "supply",
        unconfirmed="outline and pin numbers: check the maker's drawing",
        bridges=_ISLAND_PI,
    ),
    Part(
        "U5", "LDO", "LP2950-3.3", {"1": "+3V3I", "2": "GNDI", "3": "+5VI"},
        "TO-92", "LP2950-33LPRE3", "30 V in, 100 mA", "1.5 %", "LP2950CZ-3.3", 0.6,
        "supply", pins_from="TI LP2950, TO-92: 1 out, 2 ground, 3 in",
    ),
    _capacitor("C11", "2.2u", "+5V", "GND", "supply",
               mpn="FK14X7R1E225K", rating="25 V X7R", price=0.2),
    _capacitor("C12", "2.2u", "+5VI", "GNDI", "supply",
               mpn="FK14X7R1E225K", rating="25 V X7R", price=0.2),
    _capacitor("C13", "2.2u", "+3V3I", "GNDI", "supply",
               mpn="FK14X7R1E225K", rating="25 V X7R", price=0.2),
    _capacitor("C14", "100n", "+3V3I", "GNDI", "supply",
               mpn="FK18X7R1H104K", rating="50 V X7R"),
)  # fmt: skip

BEEP = (
    Part(
        "J4", "JACK", "LINE OUT", {"T": "DAC_IN", "R": "DAC_IN", "S": "GND"},
        "Jack_3.5mm", "SJ1-3523N", "", "", "wires to the codec", 0.9, "beep", "beep",
        "CUI Devices SJ1-352xN",
    ),
    _resistor("R31", "1.1k", "DAC_IN", "BEEP_R", "beep", build="beep"),
    _capacitor("C31", "10u", "BEEP_R", "BEEP_P", "beep", mpn="ECE-A1CN100U",
               rating="16 V non-polar", tolerance="20 %", build="beep", price=0.3),
    Part(
        "T2", "T", "1:1 600R",
        {"1": "BT_A", "3": "RING", "4": "BEEP_P", "6": "GND"}, "T_Line_1to1",
        "LM-NP-1001-B1L", "2.8 H, 66+66 ohm, reinforced, 6.5 kV", "",
        "ETAL P5122, Vishay TA-10; 42TM018 behind an ATA only", 7.0, "beep", "beep",
        unconfirmed="outline and pin numbers: check the maker's drawing",
        bridges=_LINE_PI,
    ),
    # Two in series each way: a hard limit of the level, whatever the DAC says.
    _diode("D31", "BT_M", "BT_A", "beep", build="beep"),
    _diode("D32", "RING", "BT_M", "beep", build="beep"),
    _diode("D33", "BT_N", "RING", "beep", build="beep"),
    _diode("D34", "BT_A", "BT_N", "beep", build="beep"),
    Part(
        "K1", "PHOTOMOS", "AQY214EH",
        {"1": "BEEP_LED", "2": "GND", "3": "BT_A", "4": "BK_A"}, "DIP-4_W7.62mm",
        "AQY214EH", "400 V, 0.13 A, 5 kVrms reinforced", "", "G3VM-401BY", 3.0,
        "beep", "beep", "Panasonic GU-E PhotoMOS: 1 anode, 2 cathode, 3, 4 output",
        bridges=_LINE_PI,
    ),
    _resistor("R32", "330", "BEEP", "BEEP_LED", "beep", build="beep"),
    _x2("C30", "470n X2", "BK_A", "BK_B", "beep", mpn="R46KI347000M1M", build="beep"),
    _resistor(
        "R30", "560", "BK_B", "TIP", "beep", mpn="PR01000105600JA100",
        rating="1 W, 350 V pulse", tolerance="5 %", footprint=_AXIAL_1W,
        alternative=_FLAMEPROOF, price=0.15, build="beep",
    ),
)  # fmt: skip

#: Pins of the Raspberry Pi's header that the board uses: pin to net.
HEADER = {
    "1": "+3V3", "2": "+5V", "3": "SDA", "4": "+5V", "5": "SCL", "6": "GND",
    "7": "ONE_WIRE", "9": "GND", "11": "HOOK_N", "13": "RING_N", "15": "LINE_N",
    "16": "BEEP", "17": "+3V3", "18": "LED", "20": "GND", "22": "BUTTON_N",
    "25": "GND", "27": "ID_SD", "28": "ID_SC", "39": "GND",
}  # fmt: skip

PI_HEADER = (
    Part(
        "J5", "HEADER", "RASPBERRY PI", HEADER, "Socket_2x20_P2.54mm",
        "SSW-120-01-T-D or similar", "", "", "any 2x20 socket", 1.5, "pi header",
        pins_from="Raspberry Pi 40-pin header",
    ),
    _resistor("R40", "1k", "LED", "LED_A", "pi header"),
    Part(
        "D40", "LED", "STATUS", _two("GND", "LED_A"), "LED_5mm", "any 5 mm LED",
        "20 mA", "", "", 0.1, "pi header", pins_from="the flat side is pin 1",
    ),
    Part(
        "SW1", "BUTTON", "TOLD", _two("BUTTON_N", "GND"), "Button_6mm",
        "B3F-1000", "24 V", "", "any 6 mm button", 0.2, "pi header",
        pins_from="Omron B3F: the pairs 1-2 and 3-4 are joined",
    ),
    Part(
        "J6", "RTC", "RTC (I2C, 1-Wire)",
        {"1": "+3V3", "2": "SDA", "3": "SCL", "4": "ONE_WIRE", "5": "GND"},
        "Pins_1x05_P2.54mm", "any 1x5 strip", "", "", "", 0.1, "pi header", "rtc",
        "DS3231 modules, turned to fit",
    ),
    Part(
        "J7", "EEPROM", "HAT EEPROM",
        {"1": "+3V3", "2": "ID_SD", "3": "ID_SC", "4": "GND"}, "Pins_1x04_P2.54mm",
        "24C32 module", "3.3 V", "", "", 0.5, "pi header", "hat",
        "strip for a module",
    ),
)  # fmt: skip

PARTS: tuple[Part, ...] = (
    *ENTRY, *RECEIVE, *RING_DETECT, *HOOK_SENSE, *SUPPLY, *BEEP, *PI_HEADER,
)  # fmt: skip

#: GPIO numbers behind header pins that signals use.
GPIO = {"HOOK_N": 17, "RING_N": 27, "LINE_N": 22, "BEEP": 23, "LED": 24, "BUTTON_N": 25}


def part(ref: str) -> Part:
    """Return one part by its reference."""
    return next(part for part in PARTS if part.ref == ref)


def nets() -> dict[str, list[tuple[str, str]]]:
    """Return every net with its (reference, pin) ends, in the order of the parts."""
    found: dict[str, list[tuple[str, str]]] = {}
    for each in PARTS:
        for pin, net in each.nets.items():
            found.setdefault(net, []).append((each.ref, pin))
    return found
