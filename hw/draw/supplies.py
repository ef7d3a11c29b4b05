"""Mains, the two 24 V supplies, and the board's own supply with its hold-up bank."""

from symbols import PASSIVE, SOURCE, SUPPLY


def mains_and_supply(sheet, _rows):
    sheet.title = "Mains, 24 V supplies, hold-up"
    mains(sheet)
    board(sheet)


def mains(sheet):
    sheet.frame(4, 4, 152, 44, "Cabinet: mains and 24 V supplies")
    for pin, y in (("1", 12), ("2", 20), ("3", 40)):
        name = {"1": "L", "2": "N", "3": "PE"}[pin]
        sheet.place("TERMINAL", "X0", 12, y, "rail_mains", pins=(pin,), name=f"X0.{pin} {name}")
    sheet.place(
        "BOX",
        "F5",
        18,
        12,
        "breaker",
        width=8,
        step=8,
        left=[("1", "L in", PASSIVE), ("3", "N in", PASSIVE)],
        right=[("2", "L", SOURCE), ("4", "N", SOURCE)],
    )
    sheet.wire((12, 12), (18, 12))
    sheet.wire((12, 20), (18, 20))
    sheet.wire((12, 40), (42, 40))
    sheet.power(20, 40, "PE", up=False)
    sheet.wire((30, 12), (140, 12))
    sheet.wire((30, 20), (140, 20))
    sheet.net(140, 12, "L")
    sheet.net(140, 20, "N")
    sheet.place(
        "BOX",
        "F4",
        42,
        28,
        "spd",
        width=8,
        step=4,
        left=[("1", "L", PASSIVE), ("2", "N", PASSIVE), ("3", "PE", PASSIVE)],
    )
    sheet.wire((42, 28), (36, 28), (36, 12))
    sheet.wire((42, 32), (39, 32), (39, 20))
    sheet.wire((42, 36), (42, 40))
    for reference, x, key, out, back in (
        ("G1", 66, "supply_control", "24V_CTRL", "GND"),
        ("G2", 108, "supply_field", "24VF", "0VF"),
    ):
        sheet.place(
            "BOX",
            reference,
            x,
            28,
            key,
            width=10,
            step=4,
            left=[("L", "L", PASSIVE), None, ("N", "N", PASSIVE)],
            right=[("+V", "+V", SOURCE), None, ("-V", "-V", SOURCE)],
        )
        sheet.wire((x, 28), (x - 3, 28), (x - 3, 12))
        sheet.wire((x, 36), (x - 5, 36), (x - 5, 20))
        sheet.net(x + 14, 28, out)
        sheet.wire((x + 14, 36), (x + 16, 36), (x + 16, 38))
        sheet.power(x + 16, 38, back, up=False)
    for reference, x, name in (("X8", 62, "GND"), ("X9", 104, "0VF")):
        sheet.net(x - 1, 44, name, side="left")
        sheet.wire((x - 1, 44), (x, 44))
        sheet.place("JUMPER", reference, x, 44, "rail_link", text=(3, -2, "middle"), value="")
        sheet.wire((x + 6, 44), (x + 8, 44))
        sheet.power(x + 8, 44, "PE", up=False)
    for reference, x, key, name in (("F2", 138, "fuse_sensors", "24VF_SENS"), ("F3", 138, "fuse_lamps", "24VF_LAMP")):
        y = 30 if reference == "F2" else 40
        sheet.net(x - 1, y, "24VF", side="left")
        sheet.wire((x - 1, y), (x, y))
        sheet.place("FUSE", reference, x, y, key)
        sheet.net(x + 6, y, name)


def board(sheet):
    sheet.frame(4, 51, 152, 50, "Board: supply, reverse polarity, surge, hold-up")
    sheet.place("TERMINAL", "X1", 14, 60, "terminal_power", pins=("1",), name="X1.1", electrical=PASSIVE)
    sheet.place("TERMINAL", "X1", 14, 74, "terminal_power", pins=("2",), name="X1.2")
    sheet.net(15, 64, "24V_CTRL", side="right")
    sheet.wire((14, 60), (14, 64), (15, 64))
    sheet.wire((14, 60), (28, 60))
    sheet.wire((14, 74), (22, 74), (22, 82))
    sheet.power(22, 82, "GND", up=False)
    sheet.place("FUSE", "F1", 28, 60, "fuse")
    sheet.place("TVS", "D1", 36, 60, "TVS36", turn=1)
    sheet.place("SCHOTTKY", "D2", 40, 60, "SB560", pins=("A", "K"))
    sheet.place("CP", "C1", 50, 60, "470u", turn=1)
    sheet.place("SCHOTTKY", "D3", 62, 60, "SB560", pins=("A", "K"))
    sheet.wire((34, 60), (40, 60))
    sheet.wire((46, 60), (62, 60))
    sheet.wire((57, 60), (57, 58))
    sheet.power(57, 58, "V24")
    sheet.wire((68, 60), (116, 60))
    sheet.wire((72, 60), (72, 58))
    sheet.power(72, 58, "V24_LOGIC")
    bank(sheet)
    for x in (36, 50):
        sheet.wire((x, 66), (x, 68))
    sheet.wire((36, 68), (50, 68), (50, 70))
    sheet.power(50, 70, "GND", up=False)
    sheet.place("CP", "C6", 104, 60, "22u", turn=1)
    sheet.power(104, 66, "GND", up=False)
    sheet.place(
        "BOX",
        "U1",
        116,
        60,
        "buck",
        width=9,
        step=4,
        left=[("1", "Vin", SUPPLY), ("2", "GND", SUPPLY)],
        right=[("3", "Vout", SOURCE)],
    )
    sheet.wire((116, 64), (114, 64), (114, 66))
    sheet.power(114, 66, "GND", up=False)
    sheet.wire((129, 60), (144, 60))
    sheet.place("CP", "C7", 132, 60, "22u", turn=1)
    sheet.power(132, 66, "GND", up=False)
    sheet.net(144, 60, "supply_5v")
    sheet.place("R", "R2", 141, 60, "1k", turn=1)
    sheet.place("LED", "D5", 141, 66, "LED", turn=1, pins=("A", "K"), text=(2.8, 2.8, "start"))
    sheet.wire((141, 72), (141, 73))
    sheet.power(141, 73, "GND", up=False)
    sheet.note(
        26,
        92,
        "D2: reverse polarity. F1 and D1: surge and overvoltage. D3: coils never drain the bank.",
        "Bank C2 to C5: at least 15 mF, 22 V to 7.5 V, 3.2 J; at 1.8 W it holds MCU and RS-485 for 1.7 s (README.md).",
        "Coils hang on V24 and fall with it: at loss of mains the outputs reach their safe state first.",
    )


def bank(sheet):
    """The hold-up bank: it charges through R1 and discharges through D4."""
    sheet.place("R", "R1", 76, 60, "charge_33R", turn=1)
    sheet.place("SCHOTTKY", "D4", 86, 66, "SB560", turn=3, pins=("A", "K"), text=(1.6, -2.8, "start"))
    sheet.wire((76, 66), (76, 72), (112, 72))
    sheet.wire((86, 66), (86, 72))
    sheet.net(77, 72, "V24_BANK", side="left")
    sheet.wire((76, 72), (77, 72))
    for index, x in enumerate((82, 92, 102, 112)):
        sheet.place("CP", f"C{index + 2}", x, 72, "hold_4700u", turn=1)
    sheet.wire((82, 78), (112, 78))
    sheet.wire((97, 78), (97, 80))
    sheet.power(97, 80, "GND", up=False)
