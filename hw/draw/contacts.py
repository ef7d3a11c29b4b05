"""Relay drivers with their watchdog, relay contacts with the barrier, and the field's contacts."""

from symbols import PASSIVE, SUPPLY

OUTPUTS = [
    "arm_up", "arm_down", "arm_stop", "entry_red", "entry_green",
    "exit_red", "exit_green", "siren", "display_strobe",
]  # fmt: skip


def drivers(sheet, _rows):
    sheet.title = "Relay drivers, interlock, watchdog"
    sheet.frame(3, 3, 88, 103, "Drivers: pin high = coil on; reset, loss of V24_EN or of the watchdog = coil off")
    for index, signal in enumerate(OUTPUTS):
        driver_row(sheet, index, signal)
    chip_supplies(sheet)
    watchdog(sheet)
    sheet.note(
        95, 88,
        "K1 and K2 exclude each other: each coil runs over the other's",
        "forcibly guided NC contact. A green head needs its red relay",
        "energised, which is red off. All coils hang on V24_EN.",
        "The pump passes charge only while `alive` toggles; C11 and C12 in",
        "series, so that one shorted capacitor cannot hold K10 in.",
        "After the last edge K10 falls within 0.2 to 0.6 s (README.md).",
    )


def driver_row(sheet, index, signal):
    y = 13 + 10 * index
    chip, channel = ("U2", index + 1) if index < 8 else ("U3", 1)
    sheet.net(18, y, signal, side="left")
    sheet.place("R", f"R{index + 11}", 21, y, "10k", turn=1)
    sheet.power(21, y + 6, "GND", up=False)
    sheet.wire((18, y), (27, y))
    sheet.place(
        "DRIVER", chip, 27, y, "ULN2803A", pins=(str(channel), str(19 - channel)), value="",
    )
    sheet.wire((35, y), (44, y))
    sheet.place("COIL", f"K{index + 1}", 44, y, "relay", pins=("A2", "A1"), text=(3, -3.4, "middle"))
    blocker = {"arm_up": ("NC", "K2", ("21", "22")), "arm_down": ("NC", "K1", ("21", "22")),
               "entry_green": ("NO", "K4", ("21", "24")), "exit_green": ("NO", "K6", ("21", "24"))}.get(signal)
    if blocker is None:
        sheet.wire((50, y), (74, y))
    else:
        kind, other, pins = blocker
        sheet.wire((50, y), (58, y))
        sheet.place(kind, other, 58, y, "relay", pins=pins, value=f"{pins[0]}-{pins[1]}", text=(3, -3.2, "middle"))
        sheet.wire((64, y), (74, y))
    sheet.net(74, y, "V24_EN")


def chip_supplies(sheet):
    for chip, x in (("U2", 97), ("U3", 128)):
        sheet.place("BOX", chip, x, 8, "ULN2803A", width=8, step=4,
                    left=[("9", "GND", SUPPLY)], right=[("10", "COM", PASSIVE)])
        sheet.power(x, 8, "GND", up=False)
        sheet.net(x + 12, 8, "V24")
    # Unused channels: inputs to ground, outputs open.
    sheet.place("BOX", "U3", 128, 16, "ULN2803A", width=8, step=2,
                left=[(str(n), f"I{n}", PASSIVE) for n in range(3, 9)],
                right=[(str(19 - n), f"O{n}", PASSIVE) for n in range(3, 9)])
    sheet.wire((128, 16), (128, 28))
    sheet.power(128, 28, "GND", up=False)
    for n in range(6):
        sheet.open((140, 16 + 2 * n))
    sheet.place("C", "C13", 100, 16, "100n", turn=1)
    sheet.power(100, 16, "V24")
    sheet.power(100, 22, "GND", up=False)


def watchdog(sheet):
    sheet.frame(93, 33, 64, 52, "Watchdog: charge pump and enable relay")
    y = 46
    sheet.net(102, y, "alive", side="left")
    sheet.place("R", "R20", 104, y, "10k", turn=1)
    sheet.power(104, y + 6, "GND", up=False)
    sheet.wire((102, y), (108, y))
    sheet.place("DRIVER", "U3", 108, y, "ULN2803A", pins=("2", "17"), value="")
    sheet.place("R", "R21", 118, y - 6, "4k7", turn=1)
    sheet.power(118, y - 6, "V24")
    sheet.wire((116, y), (120, y))
    sheet.wire((120, y), (124, y))
    sheet.place("C", "C11", 124, y, "pump_2u2", text=(3, -3.2, "middle"))
    sheet.place("C", "C12", 131, y, "pump_2u2", text=(3, -3.2, "middle"))
    sheet.wire((130, y), (131, y))
    sheet.wire((137, y), (142, y))
    # Clamp from ground, rectifier to the reservoir.
    sheet.place("D", "D11", 139, y + 6, "1N4148", turn=3, pins=("A", "K"), text=(1.4, -1.6, "start"))
    sheet.power(139, y + 6, "GND", up=False)
    sheet.place("D", "D12", 142, y, "1N4148", pins=("A", "K"))
    sheet.wire((148, y), (152, y), (152, y + 14), (118, y + 14))
    x = 118
    sheet.place("CP", "C14", x - 10, y + 14, "4u7", turn=1)
    sheet.place("R", "R22", x - 2, y + 14, "39k", turn=1)
    sheet.place("Z", "D13", x + 5, y + 20, "zener10", turn=3, pins=("A", "K"), text=(1.6, -2.8, "start"))
    sheet.wire((x, y + 14), (x - 10, y + 14))
    sheet.wire((x - 10, y + 20), (x + 5, y + 20))
    sheet.wire((x, y + 20), (x, y + 21))
    sheet.power(x, y + 21, "GND", up=False)
    sheet.wire((131, y + 14), (131, y + 26), (134, y + 26))
    sheet.place("NMOS", "Q2", 134, y + 26, "NMOS", pins=("2", "1", "3"), text=(-3.4, -0.8, "end"))
    sheet.power(137, y + 29, "GND", up=False)
    sheet.wire((137, y + 23), (137, y + 21), (140, y + 21))
    sheet.place("COIL", "K10", 140, y + 21, "relay", pins=("A2", "A1"), text=(3, -3.2, "middle"))
    sheet.wire((146, y + 21), (150, y + 21))
    sheet.wire((150, y + 21), (150, y + 19))
    sheet.power(150, y + 19, "V24")
    sheet.place("D", "D14", 142, y + 27, "1N4007", pins=("A", "K"), text=(3, 2.6, "middle"))
    sheet.wire((139, y + 21), (139, y + 27), (142, y + 27))
    sheet.wire((148, y + 27), (150, y + 27), (150, y + 21))
    # The enabled supply of all coils.
    sheet.power(97, y + 30, "V24")
    sheet.wire((97, y + 30), (97, y + 32), (98, y + 32))
    sheet.place("NO", "K10", 98, y + 32, "relay", pins=("11", "14"), value="11-14", text=(3, -3.2, "middle"))
    sheet.wire((104, y + 32), (108, y + 32))
    sheet.net(108, y + 32, "V24_EN")
    sheet.place("R", "R23", 120, y + 32, "4k7")
    sheet.wire((106, y + 32), (106, y + 35), (118, y + 35), (118, y + 32), (120, y + 32))
    sheet.place("LED", "D15", 129, y + 32, "LED", pins=("A", "K"))
    sheet.wire((126, y + 32), (129, y + 32))
    sheet.wire((135, y + 32), (136, y + 32), (136, y + 33))
    sheet.power(136, y + 33, "GND", up=False)


def outputs(sheet, rows):
    sheet.title = "Relay contacts, barrier, lamps"
    sheet.frame(3, 3, 58, 104, "Board: contacts, 24 V DC, 2 A at most, with surge clamps")
    pairs = {row["signal"]: row["terminal"].split("-") for row in rows if row["connector"] == "X3"}
    for index, signal in enumerate(OUTPUTS):
        closed = signal in ("entry_red", "exit_red")
        contact_row(sheet, index, f"K{index + 1}", signal, closed, pairs[signal])
    contact_row(sheet, 9, "K10", "watchdog", True, ["19", "20"], pins=("21", "22"))
    barrier(sheet)
    lamps(sheet)


def contact_row(sheet, index, relay, signal, closed, pair, pins=None):
    y = 10 + 10 * index
    pins = pins or (("11", "12") if closed else ("11", "14"))
    sheet.text(5, y - 2.2, signal, size=11, bold=True)
    sheet.place("TERMINAL", "X3", 13, y, "terminal_outputs", pins=(pair[0],), name=f"X3.{pair[0]}")
    sheet.place("NC" if closed else "NO", relay, 20, y, "relay", pins=pins, value=f"{pins[0]}-{pins[1]}", text=(3, -3.2, "middle"))
    sheet.wire((13, y), (20, y))
    sheet.wire((26, y), (50, y))
    sheet.place("TVS", f"D{index + 21}", 30, y + 4, "TVS36", text=(3, -2.6, "middle"))
    sheet.wire((17, y), (17, y + 4), (30, y + 4))
    sheet.wire((36, y + 4), (46, y + 4), (46, y))
    sheet.place("TERMINAL", "X3", 50, y, "terminal_outputs", pins=(pair[1],), name=f"X3.{pair[1]}", turn=2)
    sheet.names.append((13, y, f"X3.{pair[0]}"))
    sheet.names.append((50, y, f"X3.{pair[1]}"))


def barrier(sheet):
    sheet.frame(64, 3, 92, 62, "Cabinet: barrier drive inputs, hand station, fire relay")
    # Common rail.
    sheet.place("TERMINAL", "X5", 72, 10, "rail_barrier", pins=("1",), name="X5.1 COM")
    sheet.wire((72, 10), (90, 10))
    sheet.wire((90, 10), (90, 54))
    sheet.names.append((72, 10, "BARRIER_COM"))
    sheet.text(92, 8.6, "barrier common", size=10)

    def end(y, pin, name):
        sheet.place("TERMINAL", "X5", 143, y, "rail_barrier", pins=(pin,), name=f"X5.{pin} {name}", turn=2)

    def leg(y, left, right, start=90):
        sheet.wire((start, y), (start + 3, y))
        sheet.net(start + 3, y, left)
        sheet.net(124, y, right, side="left")
        sheet.wire((124, y), (128, y))

    # OPEN: K1; hand; fire while the controller is dead.
    leg(14, "X3.1", "X3.2")
    sheet.wire((128, 14), (143, 14))
    end(14, "2", "OPEN")
    sheet.place("KEY", "S1", 93, 20, "key_switch", pins=("13", "14"), value="13-14")
    sheet.place("PUSH", "S2", 103, 20, "button_up", pins=("13", "14"), value="13-14")
    sheet.wire((90, 20), (93, 20))
    sheet.wire((99, 20), (103, 20))
    sheet.wire((109, 20), (128, 20), (128, 14))
    # CLOSE: K2 or hand, never while the fire relay is in.
    leg(27, "X3.3", "X3.4")
    sheet.place("KEY", "S1", 93, 33, "key_switch", pins=("23", "24"), value="23-24")
    sheet.place("PUSH", "S3", 103, 33, "button_down", pins=("13", "14"), value="13-14")
    sheet.place("NC", "S2", 112, 33, "button_up", pins=("21", "22"), value="21-22")
    sheet.wire((90, 33), (93, 33))
    sheet.wire((99, 33), (103, 33))
    sheet.wire((109, 33), (112, 33))
    sheet.wire((118, 33), (128, 33), (128, 27))
    sheet.place("NC", "K11", 132, 27, "fire_relay", pins=("21", "22"), value="21-22", text=(3, -3, "middle"))
    sheet.wire((128, 27), (132, 27))
    sheet.wire((138, 27), (143, 27))
    end(27, "3", "CLOSE")
    # STOP loop: closed to run.
    leg(40, "X3.5", "X3.6")
    sheet.wire((128, 40), (143, 40))
    end(40, "4", "STOP")
    sheet.place("KEY", "S1", 103, 46, "key_switch", pins=("33", "34"), value="33-34")
    sheet.wire((90, 46), (103, 46))
    sheet.wire((109, 46), (128, 46), (128, 40))
    # Dead controller and fire.
    leg_y = 54
    sheet.wire((90, leg_y), (92, leg_y))
    sheet.net(92, leg_y, "X3.19")
    sheet.net(116, leg_y, "X3.20", side="left")
    sheet.wire((116, leg_y), (120, leg_y))
    sheet.wire((120, 52), (120, 58))
    sheet.place("NO", "K11", 122, 52, "fire_relay", pins=("31", "34"), value="31-34", text=(8, 0.3, "start"))
    sheet.wire((120, 52), (122, 52))
    sheet.wire((128, 52), (128, 46))
    sheet.place("NO", "K11", 122, 58, "fire_relay", pins=("11", "14"), value="11-14", text=(3, -2.8, "middle"))
    sheet.wire((120, 58), (122, 58))
    sheet.wire((128, 58), (139, 58), (139, 14))
    sheet.note(66, 62.6, "The drive runs its OPEN and CLOSE inputs hold-to-run; STOP opens to stop. Its own safety loop and photocell stay with it.")


def lamps(sheet):
    sheet.frame(64, 67, 92, 40, "Field: heads, siren, strobe")
    loads = [("H1", "head_red"), ("H2", "head_green"), ("H3", "head_red"),
             ("H4", "head_green"), ("P1", "siren"), ("P2", "strobe")]
    for index, (reference, key) in enumerate(loads):
        x, y = 70 + 44 * (index % 2), 75 + 8 * (index // 2)
        sheet.net(x + 6, y, f"X3.{8 + 2 * index}", side="left")
        sheet.wire((x + 6, y), (x + 12, y))
        sheet.place("TERMINAL", "X6", x + 9, y, "rail_lamps", pins=(str(index + 1),))
        sheet.text(x + 9, y + 1.8, f"X6.{index + 1}", anchor="middle", size=10)
        sheet.place("LAMP", reference, x + 12, y, key, text=(3, -3, "middle"))
        sheet.wire((x + 18, y), (x + 40, y))
    for x, pin in ((110, "7"), (154, "8")):
        sheet.wire((x, 75), (x, 101))
        sheet.place("TERMINAL", "X6", x, 98, "rail_lamps", pins=(pin,))
        sheet.text(x - 1, 98.4, f"X6.{pin}", anchor="end", size=10)
        sheet.power(x, 101, "0VF", up=False)
    sheet.place("TERMINAL", "X6", 154, 95, "rail_lamps", pins=("9",))
    sheet.text(153, 95.4, "X6.9", anchor="end", size=10)
    sheet.wire((86, 96), (86, 103))
    sheet.power(86, 96, "24VF_LAMP")
    for index in range(6):
        y, side = 97 + 3 * (index // 2), ("left", "right")[index % 2]
        x = 85 if side == "left" else 87
        sheet.net(x, y, f"X3.{7 + 2 * index}", side=side)
        sheet.wire((86, y), (x, y))


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
    sheet.place("BOX", reference, 36, y, "loop_detector", width=14, step=3,
                left=[("7", "loop", PASSIVE), None, ("8", "loop", PASSIVE)],
                right=[("A1", "+24 V", PASSIVE), ("A2", "0 V", PASSIVE), ("13", "relay", PASSIVE), ("14", "closed = free", PASSIVE)])
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
    sheet.place("BOX", reference, 12, y, "beam", width=14, step=3,
                right=[("1", "+24 V", PASSIVE), ("2", "0 V", PASSIVE), ("3", "relay", PASSIVE), ("4", "closed = seen", PASSIVE)])
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
