"""Relay drivers, interlock and watchdog."""

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
        95,
        97,
        "K1 and K2 exclude each other on sheet 5. A green head needs its",
        "red relay energised, which is red off: its coil runs over it.",
        "All coils hang on V24_EN; the relays stand on the rail beside the board.",
        "The pump passes charge only while `alive` toggles; C11 and C12 in",
        "series, so that one shorted capacitor cannot hold K10 in.",
        "After the last edge K10 falls within 0.15 to 0.6 s (README.md).",
    )


def clamp(sheet, x, y, pin):
    """A clamp of X10, where the wire leaves the board for the relays on the rail."""
    sheet.place("TERMINAL", "X10", x, y, "terminal_relays", pins=(str(pin),))
    sheet.text(x, y - 0.9, f"X10.{pin}", anchor="middle", size=9)


def driver_row(sheet, index, signal):
    y = 13 + 10 * index
    chip, channel = ("U2", index + 1) if index < 8 else ("U3", 1)
    sheet.net(18, y, signal, side="left")
    sheet.place("R", f"R{index + 11}", 21, y, "10k", turn=1)
    sheet.power(21, y + 6, "GND", up=False)
    sheet.wire((18, y), (27, y))
    sheet.place(
        "DRIVER",
        chip,
        27,
        y,
        "ULN2803A",
        pins=(str(channel), str(19 - channel)),
        value="",
    )
    sheet.wire((35, y), (44, y))
    clamp(sheet, 39, y, index + 1)
    sheet.place("COIL", f"K{index + 1}", 44, y, "relay", pins=("1", "0"), text=(3, -3.4, "middle"))
    blocker = {
        "entry_green": ("NO", "K4", ("43", "44")),
        "exit_green": ("NO", "K6", ("43", "44")),
    }.get(signal)
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
        sheet.place(
            "BOX", chip, x, 8, "ULN2803A", width=8, step=4, left=[("9", "GND", SUPPLY)], right=[("10", "COM", PASSIVE)]
        )
        sheet.power(x, 8, "GND", up=False)
        sheet.net(x + 12, 8, "V24")
    # Unused channels: inputs to ground, outputs open.
    sheet.place(
        "BOX",
        "U3",
        128,
        16,
        "ULN2803A",
        width=8,
        step=2,
        left=[(str(n), f"I{n}", PASSIVE) for n in range(3, 9)],
        right=[(str(19 - n), f"O{n}", PASSIVE) for n in range(3, 9)],
    )
    sheet.wire((128, 16), (128, 28))
    sheet.power(128, 28, "GND", up=False)
    for n in range(6):
        sheet.open((140, 16 + 2 * n))
    sheet.place("C", "C13", 100, 16, "100n", turn=1)
    sheet.power(100, 16, "V24")
    sheet.power(100, 22, "GND", up=False)


def watchdog(sheet):
    sheet.frame(93, 33, 64, 61, "Watchdog: charge pump and enable relay")
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
    sheet.place("R", "R22", x - 2, y + 14, "36k", turn=1)
    sheet.place("Z", "D13", x + 5, y + 20, "zener10", turn=3, pins=("A", "K"), text=(1.6, -2.8, "start"))
    sheet.wire((x, y + 14), (x - 10, y + 14))
    sheet.wire((x - 10, y + 20), (x + 5, y + 20))
    sheet.wire((x, y + 20), (x, y + 21))
    sheet.power(x, y + 21, "GND", up=False)
    sheet.wire((131, y + 14), (131, y + 26), (134, y + 26))
    sheet.place("NMOS", "Q2", 134, y + 26, "NMOS", pins=("2", "1", "3"), text=(-3.4, -0.8, "end"))
    sheet.power(137, y + 29, "GND", up=False)
    sheet.wire((137, y + 23), (137, y + 21), (140, y + 21))
    sheet.place("COIL", "K10", 140, y + 21, "relay", pins=("1", "0"), text=(3, -3.2, "middle"))
    clamp(sheet, 138, y + 21, 10)
    clamp(sheet, 148, y + 21, 11)
    sheet.wire((146, y + 21), (150, y + 21))
    sheet.wire((150, y + 21), (150, y + 19))
    sheet.power(150, y + 19, "V24")
    sheet.place("D", "D14", 142, y + 27, "1N4007", pins=("A", "K"), text=(3, 2.6, "middle"))
    sheet.wire((139, y + 21), (139, y + 27), (142, y + 27))
    sheet.wire((148, y + 27), (150, y + 27), (150, y + 21))
    # The enabled supply of all coils.
    sheet.power(97, y + 30, "V24")
    sheet.wire((97, y + 30), (97, y + 32), (98, y + 32))
    sheet.place("NO", "K10", 98, y + 32, "relay", pins=("33", "34"), value="33-34", text=(3, -3.2, "middle"))
    sheet.wire((104, y + 32), (108, y + 32))
    clamp(sheet, 106, y + 32, 12)
    sheet.net(108, y + 32, "V24_EN")
    sheet.place("R", "R23", 120, y + 32, "4k7")
    sheet.wire((106, y + 32), (106, y + 35), (118, y + 35), (118, y + 32), (120, y + 32))
    sheet.place("LED", "D15", 129, y + 32, "LED", pins=("A", "K"))
    sheet.wire((126, y + 32), (129, y + 32))
    sheet.wire((135, y + 32), (136, y + 32), (136, y + 33))
    sheet.power(136, y + 33, "GND", up=False)
    # When K10 opens, the current of the coils goes on through D16.
    sheet.place("D", "D16", 112, y + 41, "1N4007", turn=3, pins=("A", "K"), text=(1.6, -2.6, "start"))
    sheet.power(112, y + 41, "GND", up=False)
