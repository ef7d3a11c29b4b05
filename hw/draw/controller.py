"""RS-485 across its isolation barrier, and the MCU module with its pin map."""

from symbols import INPUT, OPEN, OUTPUT, PASSIVE, SOURCE, SUPPLY

# Pin of the Morpho headers where a port pin of the module comes out (ST UM1724).
MORPHO = {
    "PC10": "CN7.1", "PC12": "CN7.3", "PC11": "CN7.2", "PD2": "CN7.4", "PB7": "CN7.21",
    "PC13": "CN7.23", "PA0": "CN7.28", "PA1": "CN7.30", "PA4": "CN7.32", "PB0": "CN7.34",
    "PC2": "CN7.35", "PC1": "CN7.36", "PC3": "CN7.37", "PC0": "CN7.38", "PC9": "CN10.1",
    "PC8": "CN10.2", "PB8": "CN10.3", "PC6": "CN10.4", "PB9": "CN10.5", "PC5": "CN10.6",
    "PA5": "CN10.11", "PA12": "CN10.12", "PA6": "CN10.13", "PA11": "CN10.14", "PA7": "CN10.15",
    "PB12": "CN10.16", "PB6": "CN10.17", "PB11": "CN10.18", "PC7": "CN10.19", "PA9": "CN10.21",
    "PB2": "CN10.22", "PA8": "CN10.23", "PB1": "CN10.24", "PB10": "CN10.25", "PB15": "CN10.26",
    "PB4": "CN10.27", "PB14": "CN10.28", "PB5": "CN10.29", "PB13": "CN10.30", "PB3": "CN10.31",
    "PA10": "CN10.33", "PC4": "CN10.34",
}  # fmt: skip
SUPPLIES = {
    "supply_5v": ("CN7.6", "E5V", SUPPLY),
    "supply_3v3": ("CN7.16", "3V3", SOURCE),
    "ground": ("CN7.8", "GND", SUPPLY),
}


def module(sheet, rows):
    sheet.title = "MCU module and its pin map (pinout.csv)"
    sheet.frame(3, 3, 154, 104, "NUCLEO-F103RB on its Morpho headers; jumper JP5 of the module on E5V")
    pins = [row for row in rows if row["signal"] not in SUPPLIES]
    sides = []
    for direction, electrical in (("in", INPUT), ("out", OUTPUT)):
        mine = [row for row in pins if row["direction"] == direction]
        sides.append(
            [(MORPHO[row["nucleo_f103rb_pin"]], row["nucleo_f103rb_pin"], electrical, row["signal"]) for row in mine]
        )
    left, right = sides
    x, y, step = 66, 20, 5
    right += [None] * (len(left) - len(right))
    sheet.place(
        "BOX",
        "A1",
        x,
        y,
        "nucleo",
        width=24,
        step=step,
        top=2,
        left=[pin[:3] for pin in left] + [SUPPLIES["supply_5v"]],
        right=[pin and pin[:3] for pin in right] + [SUPPLIES["supply_3v3"], SUPPLIES["ground"]],
    )
    for index, pin in enumerate(left):
        sheet.wire((x - 4, y + step * index), (x, y + step * index))
        sheet.net(x - 4, y + step * index, pin[3], side="left")
    for index, pin in enumerate(right):
        if pin:
            sheet.wire((x + 28, y + step * index), (x + 32, y + step * index))
            sheet.net(x + 32, y + step * index, pin[3])
    end = y + step * len(left)
    sheet.wire((x, end), (x - 14, end))
    sheet.net(x - 14, end, "supply_5v", side="left")
    sheet.place("CP", "C15", x - 8, end, "22u", turn=1)
    sheet.power(x - 8, end + 6, "GND", up=False)
    end = y + step * len(right)
    sheet.wire((x + 28, end), (x + 52, end))
    sheet.net(x + 52, end, "supply_3v3")
    sheet.place("C", "C16", x + 42, end, "100n", turn=1)
    sheet.power(x + 42, end + 6, "GND", up=False)
    sheet.wire((x + 28, end + step), (x + 32, end + step), (x + 32, end + step + 2))
    sheet.power(x + 32, end + step + 2, "GND", up=False)


def bus(sheet, _rows):
    sheet.title = "RS-485, isolated and protected"
    sheet.frame(3, 3, 66, 104, "MCU side and isolation barrier (1 kV, set by U8)")
    sheet.frame(72, 3, 85, 80, "Bus side: 5V_BUS and 0V_BUS float; protected line")
    into_bus(sheet, "U4", "rs485_tx", 14, low_lights=True)
    into_bus(sheet, "U5", "rs485_direction", 44, low_lights=False)
    out_of_bus(sheet, 74)
    transceiver(sheet)
    line(sheet)
    converter(sheet)


def into_bus(sheet, reference, signal, y, low_lights):
    """A 6N137 from the MCU: TX lights its LED when low, direction when high."""
    index = {"U4": 0, "U5": 1}[reference]
    sheet.place(
        "BOX",
        reference,
        30,
        y,
        "6N137",
        width=11,
        step=3,
        left=[("2", "A", PASSIVE), None, ("3", "K", PASSIVE)],
        right=[("8", "VCC", SUPPLY), ("7", "VE", INPUT), ("6", "VO", OPEN), ("5", "GND", SUPPLY)],
    )
    sheet.place("R", f"R{30 + index}", 22, y, "220R")
    sheet.wire((28, y), (30, y))
    if low_lights:
        sheet.wire((20, y), (22, y))
        sheet.wire((20, y), (20, y - 2))
        sheet.power(20, y - 2, "supply_3v3")
        sheet.net(21, y + 6, signal, side="left")
        sheet.wire((21, y + 6), (30, y + 6))
    else:
        sheet.net(21, y, signal, side="left")
        sheet.wire((21, y), (22, y))
        sheet.wire((30, y + 6), (27, y + 6), (27, y + 8))
        sheet.power(27, y + 8, "GND", up=False)
    sheet.wire((45, y), (47, y))
    sheet.wire((45, y + 3), (47, y + 3), (47, y - 2))
    sheet.power(47, y - 2, "5V_BUS")
    sheet.wire((45, y + 9), (47, y + 9), (47, y + 11))
    sheet.power(47, y + 11, "0V_BUS", up=False)
    sheet.place("R", f"R{32 + index}", 52, y, "1k", turn=1)
    sheet.power(52, y, "5V_BUS")
    if low_lights:
        sheet.wire((45, y + 6), (55, y + 6))
        sheet.net(55, y + 6, "bus_di")
        return
    # Inverted, so that a dark LED (reset, no supply) means: listen.
    sheet.wire((45, y + 6), (52, y + 6))
    sheet.wire((52, y + 6), (52, y + 17))
    sheet.place("R", "R34", 44, y + 17, "10k")
    sheet.wire((50, y + 17), (52, y + 17))
    sheet.wire((44, y + 17), (42, y + 17), (42, y + 22), (46, y + 22))
    sheet.place("NPN", "Q1", 46, y + 22, "NPN", pins=("2", "1", "3"), text=(3.8, 1.2, "start"))
    sheet.power(49, y + 25, "0V_BUS", up=False)
    sheet.wire((49, y + 19), (60, y + 19), (60, y + 16))
    sheet.place("R", "R35", 60, y + 10, "1k", turn=1)
    sheet.power(60, y + 10, "5V_BUS")
    sheet.wire((60, y + 19), (60, y + 21))
    sheet.net(60, y + 21, "bus_de")


def out_of_bus(sheet, y):
    """The 6N137 towards the MCU: a low on the bus receiver lights its LED."""
    sheet.place(
        "BOX",
        "U6",
        30,
        y + 6,
        "6N137",
        width=11,
        step=3,
        left=[("8", "VCC", SUPPLY), ("7", "VE", INPUT), ("6", "VO", OPEN), ("5", "GND", SUPPLY)],
        right=[("2", "A", PASSIVE), None, ("3", "K", PASSIVE)],
    )
    y += 6
    sheet.wire((30, y), (28, y))
    sheet.wire((30, y + 3), (28, y + 3), (28, y - 2))
    sheet.power(28, y - 2, "supply_5v")
    sheet.wire((30, y + 9), (28, y + 9), (28, y + 11))
    sheet.power(28, y + 11, "GND", up=False)
    sheet.place("R", "R36", 23, y, "1k", turn=1, text=(-1.4, 2.8, "end"))
    sheet.wire((23, y), (21, y), (21, y - 2))
    sheet.power(21, y - 2, "supply_3v3")
    sheet.wire((30, y + 6), (20, y + 6))
    sheet.net(20, y + 6, "rs485_rx", side="left")
    sheet.place("R", "R37", 48, y, "470R")
    sheet.wire((45, y), (48, y))
    sheet.wire((54, y), (56, y), (56, y - 2))
    sheet.power(56, y - 2, "5V_BUS")
    sheet.wire((45, y + 6), (50, y + 6))
    sheet.net(50, y + 6, "bus_ro")


def transceiver(sheet):
    y = 30
    sheet.place(
        "BOX",
        "U7",
        84,
        y,
        "MAX485",
        width=10,
        step=4,
        left=[("4", "DI", INPUT), ("3", "DE", INPUT), ("2", "RE", INPUT), ("1", "RO", OUTPUT)],
        right=[("8", "VCC", SUPPLY), ("6", "A", PASSIVE), ("7", "B", PASSIVE), ("5", "GND", SUPPLY)],
    )
    sheet.net(82, y, "bus_di", side="left")
    sheet.wire((82, y), (84, y))
    sheet.wire((84, y + 4), (82, y + 4), (82, y + 8), (84, y + 8))
    sheet.net(82, y + 6, "bus_de", side="left")
    sheet.net(82, y + 12, "bus_ro", side="left")
    sheet.wire((82, y + 12), (84, y + 12))
    sheet.wire((98, y), (100, y), (100, y - 2))
    sheet.power(100, y - 2, "5V_BUS")
    sheet.wire((98, y + 12), (100, y + 12), (100, y + 14))
    sheet.power(100, y + 14, "0V_BUS", up=False)


def line(sheet):
    a, b = 24, 48
    sheet.wire((98, 34), (103, 34), (103, a), (119, a))
    sheet.wire((98, 38), (103, 38), (103, b), (119, b))
    for reference, y in (("D31", a), ("D32", b)):
        sheet.place("TVS", reference, 106, y, "TVS6V8", turn=1)
        sheet.power(106, y + 6, "0V_BUS", up=False)
    sheet.place("JUMPER", "JP2", 116, a, "jumper", turn=3, text=(1.6, -4.0, "start"))
    sheet.place("R", "R41", 116, a - 6, "680R", turn=3)
    sheet.power(116, a - 12, "5V_BUS")
    sheet.place("JUMPER", "JP3", 116, b, "jumper", turn=1)
    sheet.place("R", "R42", 116, b + 6, "680R", turn=1)
    sheet.power(116, b + 12, "0V_BUS", up=False)
    sheet.place("R", "R38", 119, a, "pulse_10R")
    sheet.place("R", "R39", 119, b, "pulse_10R")
    sheet.wire((125, a), (148, a))
    sheet.wire((125, b), (148, b))
    sheet.place("R", "R40", 129, a, "120R", turn=1)
    sheet.place("JUMPER", "JP1", 129, 36, "jumper", turn=1)
    sheet.wire((129, 30), (129, 36))
    sheet.wire((129, 42), (129, 48))
    sheet.wire((141, a), (141, 33))
    sheet.place("GDT3", "E1", 141, 33, "GDT", text=(3.4, 1, "start"))
    sheet.wire((141, 39), (141, b))
    sheet.wire((144, 36), (146, 36), (146, 39))
    sheet.power(146, 39, "PE", up=False)
    for pin, y, name in (("1", a, "A"), ("2", b, "B"), ("3", 66, "0 V"), ("4", 76, "shield")):
        sheet.place("TERMINAL", "X4", 148, y, "terminal_bus", pins=(pin,), name=f"X4.{pin} {name}", turn=2)
    sheet.names += [(148, a, "X4.1"), (148, b, "X4.2"), (148, 66, "X4.3")]
    sheet.place("R", "R43", 138, 66, "100R")
    sheet.wire((144, 66), (148, 66))
    sheet.wire((138, 66), (136, 66), (136, 68))
    sheet.power(136, 68, "0V_BUS", up=False)
    sheet.wire((148, 76), (145, 76), (145, 78))
    sheet.power(145, 78, "PE", up=False)
    sheet.note(
        74,
        64,
        "JP1 closed: 120 Ohm, at the two ends of the line.",
        "JP2, JP3 closed: fail-safe bias, at one unit of the line.",
    )


def converter(sheet):
    sheet.frame(72, 85, 85, 22, "Isolated supply of the bus side")
    sheet.place(
        "BOX",
        "U8",
        96,
        93,
        "iso_supply",
        width=12,
        step=5,
        left=[("1", "+Vin", SUPPLY), ("2", "-Vin", SUPPLY)],
        right=[("6", "+Vout", SOURCE), ("4", "-Vout", SOURCE)],
    )
    sheet.net(84, 93, "supply_5v", side="left")
    sheet.wire((84, 93), (96, 93))
    sheet.place("CP", "C17", 88, 93, "22u", turn=1)
    sheet.power(88, 99, "GND", up=False)
    sheet.wire((96, 98), (94, 98), (94, 100))
    sheet.power(94, 100, "GND", up=False)
    sheet.wire((112, 93), (134, 93))
    sheet.net(134, 93, "5V_BUS")
    sheet.place("CP", "C18", 120, 93, "22u", turn=1)
    sheet.place("C", "C19", 129, 93, "100n", turn=1)
    sheet.wire((112, 98), (114, 98), (114, 99), (134, 99))
    sheet.net(134, 99, "0V_BUS")
