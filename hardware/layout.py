"""Where parts stand in the schematic: (x, y, quarter turns) in grids, block by block.

Wires are drawn by `wiring`: pins of a net that face each other are joined, whatever is
further apart gets the net's name.
"""

#: Blocks: title, and the frame's left, top, width and height in grids.
BLOCKS: dict[str, tuple[str, tuple[float, float, float, float]]] = {
    "entry": ("Entry protection", (4, 8, 32, 21)),
    "receive": ("Receive and caller ID (always connected)", (40, 8, 72, 21)),
    "ring detect": ("Ring detect", (4, 34, 50, 15)),
    "beep": ("Beep inject (option)", (58, 34, 54, 29)),
    "hook and line sense": ("Hook and line sense", (4, 54, 50, 48)),
    "supply": ("Supply of the island", (58, 68, 54, 15)),
    "pi header": ("Raspberry Pi header", (116, 8, 44, 55)),
}

PLACES: dict[str, tuple[float, float, int]] = {
    # entry
    "J1": (8, 14, 0), "J2": (8, 22, 0), "F1": (19, 14, 3), "F2": (19, 24, 3),
    "DS1": (29, 19, 0),
    # receive: the line on the left, the codec on the right
    "C1": (48, 13, 3), "R1": (55, 13, 3), "T1": (64, 17, 0), "R2": (55, 21, 1),
    "C2": (48, 21, 1), "R3": (72, 17, 0), "D1": (78, 17, 0), "D2": (84, 17, 2),
    "R4": (90, 15, 3), "C3": (95, 17, 0), "C4": (100, 15, 3), "J3": (108, 17, 2),
    # ring detect
    "C5": (11, 40, 3), "R5": (18, 40, 3), "DZ1": (25, 40, 3), "DZ2": (32, 40, 1),
    "U1": (40, 41, 0), "R6": (48, 37, 0),
    # beep: the DAC on the left, the line on the right
    "J4": (62, 39, 0), "R31": (70, 39, 3), "C31": (77, 39, 3), "T2": (85, 41, 2),
    "D31": (92, 45, 0), "D32": (92, 40, 0), "D33": (101, 40, 2), "D34": (101, 45, 2),
    "K1": (72, 56, 0), "R32": (64, 55, 3), "C30": (84, 55, 3), "R30": (92, 55, 3),
    # hook and line sense
    "R10": (12, 59, 3), "R11": (12, 63, 3), "D10": (19, 58, 0), "D12": (19, 64, 0),
    "D11": (26, 58, 0), "D13": (26, 64, 0), "R12": (33, 62, 0),
    "C10": (39, 62, 0),
    "R13": (10, 72, 0), "R14": (10, 79, 0), "R15": (20, 70, 3),
    "R16": (12, 88, 0), "R17": (12, 95, 0), "R18": (20, 97, 3),
    "U2": (24, 77, 0), "R19": (34, 72, 0), "U3": (42, 75, 0), "R20": (34, 86, 0),
    "U4": (42, 89, 0), "R21": (50, 71, 0), "R22": (50, 85, 0),
    "PS1": (69, 73, 0), "U5": (86, 73, 0), "C11": (61, 77, 0), "C12": (78, 77, 0),
    "C13": (96, 77, 0), "C14": (104, 77, 0),
    # pi header
    "J5": (138, 14, 0), "R40": (122, 50, 3), "D40": (128, 53, 2), "SW1": (122, 56, 0),
    "J6": (140, 46, 0), "J7": (152, 46, 0),
}  # fmt: skip

#: Nets drawn as supply symbols.
SUPPLIES = ("GND", "GNDI", "+3V3", "+5V", "+5VI", "+3V3I")
#: Paper: A2 landscape would be roomy, A3 is what people print; grids of 2.54 mm.
PAPER, WIDTH, HEIGHT = "A3", 165.0, 117.0
