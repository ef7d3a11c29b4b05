"""The isolated inputs: eleven equal channels, 24 V on the terminal pulls the pin low."""


def channel(sheet, number, signal, terminal, x, y):
    """One input; its terminal at (x, y)."""
    n = f"{number}0"
    sheet.frame(x - 5.5, y - 11, 76.5, 27, f"Input {number}: {signal}")
    sheet.place("TERMINAL", "X2", x, y, "terminal_inputs", pins=(terminal,), name=f"X2.{terminal}")
    sheet.names.append((x, y, f"X2.{terminal}"))
    sheet.place("TVS", f"D{n}1", x + 3, y, "TVS36", turn=1)
    sheet.place("R", f"R{n}1", x + 10, y, "input_series")
    sheet.place("R", f"R{n}2", x + 18, y, "1k8", turn=1)
    sheet.place("D", f"D{n}2", x + 24, y + 6, "1N4148", turn=3, pins=("A", "K"), text=(1.2, -2.4, "start"))
    sheet.place("LED", f"D{n}3", x + 28, y, "LED", pins=("A", "K"))
    sheet.place("OPTO", f"U{n}1", x + 35, y, "opto", pins=("1", "2", "4", "3"))
    sheet.place("R", f"R{n}3", x + 47, y - 6, "10k", turn=1)
    sheet.place("R", f"R{n}4", x + 51, y, "1k")
    sheet.place("C", f"C{n}1", x + 58, y, "10n", turn=1)
    sheet.wire((x, y), (x + 10, y))
    sheet.wire((x + 16, y), (x + 28, y))
    sheet.wire((x + 34, y), (x + 35, y))
    sheet.wire((x + 35, y + 4), (x + 35, y + 6), (x + 3, y + 6))
    sheet.power(x + 8, y + 6, "0VF", up=False)
    sheet.wire((x + 45, y), (x + 51, y))
    sheet.wire((x + 45, y + 4), (x + 45, y + 6))
    sheet.power(x + 45, y + 6, "GND", up=False)
    sheet.power(x + 47, y - 6, "supply_3v3")
    sheet.wire((x + 57, y), (x + 60, y))
    sheet.power(x + 58, y + 6, "GND", up=False)
    sheet.net(x + 60, y, signal)


def draw(sheet, rows, first, last):
    fields = [row for row in rows if row["connector"] == "X2"]
    sheet.title = f"Isolated inputs {first} to {last}, IEC 61131-2 type 3"
    for index, number in enumerate(range(first, last + 1)):
        row = fields[number - 1]
        x, y = 8 + 78 * (index % 2), 14 + 31 * (index // 2)
        channel(sheet, number, row["signal"], row["terminal"], x, y)


def first_six(sheet, rows):
    draw(sheet, rows, 1, 6)
    sheet.note(
        4,
        98,
        "24 V on a terminal: current through both LEDs, the pin is pulled low. No current, open wire or short to 0VF: the pin is high.",
        "Off at 5 V or 1.5 mA, on from 11 V, below 15 mA at 30 V; the figures are worked out in README.md of this folder.",
    )


def last_five(sheet, rows):
    draw(sheet, rows, 7, 11)
    sheet.frame(80.5, 65, 76.5, 27, "Returns of the inputs")
    for terminal, y in (("12", 72), ("13", 77), ("14", 82)):
        sheet.place("TERMINAL", "X2", 95, y, "terminal_inputs", pins=(terminal,), name=f"X2.{terminal}")
        sheet.wire((95, y), (103, y))
    sheet.wire((103, 72), (103, 84))
    sheet.power(103, 84, "0VF", up=False)
    sheet.note(112, 78, "Return of the field supply.", "Not joined to GND on the board.")
