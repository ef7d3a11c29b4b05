"""The contacts of the field, and how they reach the inputs."""

from symbols import PASSIVE

DEVICES = [
    ("detector", "B1", "1"), ("detector", "B2", "2"), ("detector", "B3", "3"),
    ("beam", "B4", "4"), ("beam", "B5", "5"),
]  # fmt: skip


def field(sheet, _rows):
    sheet.title = "Field contacts to the inputs"
    sheet.frame(3, 3, 80, 104, "Loop detectors (in the cabinet) and beams (in the lane)")
    for index, (kind, reference, terminal) in enumerate(DEVICES):
        y = 11 + 20 * index
        if kind == "detector":
            detector(sheet, reference, y, index, terminal)
        else:
            beam(sheet, reference, y, 7 + 3 * (index - 3), terminal)
    sheet.frame(86, 3, 71, 104, "Limits, key, fire panel, door, mains")
    simple(sheet)


def rail(sheet, x, y, pin):
    """A rail terminal on a wire."""
    sheet.place("TERMINAL", "X7", x, y, "rail_field", pins=(str(pin),))
    sheet.text(x, y - 0.9, f"X7.{pin}", anchor="middle", size=10)


def detector(sheet, reference, y, index, terminal):
    sheet.place("LOOP", f"L{index + 1}", 10, y, "loop_cable", turn=1)
    sheet.place(
        "BOX",
        reference,
        36,
        y,
        "loop_detector",
        width=14,
        step=3,
        left=[("7", "loop", PASSIVE), None, ("8", "loop", PASSIVE)],
        right=[
            ("A1", "+24 V", PASSIVE),
            ("A2", "0 V", PASSIVE),
            ("13", "relay", PASSIVE),
            ("14", "closed = free", PASSIVE),
        ],
    )
    for pin, line in ((2 * index + 1, y), (2 * index + 2, y + 6)):
        sheet.wire((10, line), (36, line))
        rail(sheet, 26, line, pin)
    sheet.net(55, y, "24VF_SENS")
    sheet.net(55, y + 3, "0VF")
    sheet.net(55, y + 6, "24VF_SENS")
    sheet.net(55, y + 9, f"X2.{terminal}")
    for line in (y, y + 3, y + 6, y + 9):
        sheet.wire((54, line), (55, line))


def beam(sheet, reference, y, first, terminal):
    sheet.place(
        "BOX",
        reference,
        12,
        y,
        "beam",
        width=14,
        step=3,
        right=[
            ("1", "+24 V", PASSIVE),
            ("2", "0 V", PASSIVE),
            ("3", "relay", PASSIVE),
            ("4", "closed = seen", PASSIVE),
        ],
    )
    sheet.wire((30, y), (55, y))
    sheet.wire((30, y + 3), (55, y + 3))
    sheet.wire((30, y + 6), (33, y + 6), (33, y))
    sheet.wire((30, y + 9), (55, y + 9))
    for pin, line in ((first, y), (first + 1, y + 3), (first + 2, y + 9)):
        rail(sheet, 44, line, pin)
    sheet.net(55, y, "24VF_SENS")
    sheet.net(55, y + 3, "0VF")
    sheet.net(55, y + 9, f"X2.{terminal}")


def simple(sheet):
    """Rows of one contact between the field supply and an input."""
    rows = [
        ("NO", "S4", "arm_limit", ("1", "2"), "6", 13, 14, "closed at the upper limit"),
        ("NO", "S5", "arm_limit", ("1", "2"), "7", None, 15, "closed at the lower limit"),
        ("NC", "S1", "key_switch", ("41", "42"), "8", None, None, "opens when turned"),
        ("NC", "A2", "fire_panel", ("1", "2"), "9", 16, 17, "opens on alarm"),
        ("NO", "S6", "door_switch", ("13", "14"), "10", None, None, "closed while shut"),
        ("NO", "K12", "mains_timer", ("15", "18"), "11", None, None, "closes 2 s after mains returns"),
    ]
    for index, (kind, reference, key, pins, terminal, supply, back, says) in enumerate(rows):
        y = 13 + 11 * index
        sheet.net(100, y, "24VF_SENS", side="left")
        sheet.wire((100, y), (115, y))
        if supply is not None:
            rail(sheet, 106, y, supply)
        sheet.place(kind, reference, 115, y, key, pins=pins, text=(3, -3.2, "middle"))
        sheet.wire((121, y), (139, y))
        if back is not None:
            rail(sheet, 132, y, back)
        sheet.net(139, y, f"X2.{terminal}")
        sheet.text(118, y + 2.6, says, anchor="middle", size=10)
    y = 82
    sheet.net(100, y, "24VF_SENS", side="left")
    sheet.wire((100, y), (109, y))
    sheet.place("NO", "A2", 109, y, "fire_panel", pins=("3", "4"), text=(3, -3.2, "middle"))
    sheet.wire((115, y), (129, y))
    rail(sheet, 121, y, 18)
    sheet.place("COIL", "K11", 129, y, "fire_relay", pins=("A1", "A2"), text=(3, -3.4, "middle"))
    sheet.place("D", "D33", 129, y + 5, "socket_diode", pins=("K", "A"), turn=0, flip=True)
    sheet.wire((128, y), (128, y + 5), (129, y + 5))
    sheet.wire((135, y + 5), (137, y + 5), (137, y))
    sheet.wire((135, y), (139, y))
    sheet.net(139, y, "0VF")
    sheet.text(112, y + 2.6, "closes on alarm", anchor="middle", size=10)
    y = 97
    sheet.net(112, y, "L", side="left")
    sheet.place("COIL", "K12", 114, y, "mains_timer", pins=("A1", "A2"), text=(3, -3.4, "middle"))
    sheet.wire((112, y), (114, y))
    sheet.wire((120, y), (122, y))
    sheet.net(122, y, "N")
