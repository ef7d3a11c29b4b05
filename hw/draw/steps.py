"""Order in which the board is put together, each step with a measurement and what it must give."""

import csv
import io

from sheet import DrawingError


def inputs(*suffixes):
    return [f"{kind}{channel}{suffix}" for channel in range(1, 12) for kind, suffix in suffixes]


# Title, parts fitted, what is done, what is measured, what is expected.
STEPS = [
    (
        "Cards", [],
        "Drill the eight M3 holes (3.2 mm); 1.3 mm for F1, X1, X2, X4, X10, D2, D3, D4; 2 mm for C2 to C5. Lift every pad in the shaded gaps with a hot iron.",
        "by eye, both sides", "no pad and no copper in a gap",
    ),
    (
        "Input of the supply", ["X1", "F1", "D1", "D2", "C1"],
        "Nets 24V_CTRL, D1_1, V24, GND. Bench supply 24 V, limit 0.2 A, at X1.1 (+) and X1.2.",
        "D2.1 to X1.2; then the bench supply reversed", "23.4 to 23.8 V; reversed: below 1 mA",
    ),
    (
        "Bank and 5 V", ["D3", "R1", "D4", "C2", "C3", "C4", "C5", "C6", "U1", "C7", "R2", "D5"],
        "Nets V24_LOGIC, V24_BANK, supply_5v. Before each further step: supply off, bank through 1 kOhm 1 W until below 2 V.",
        "C2.1 to C2.2 after 5 s; U1.3 to U1.2; D5", "22.8 to 23.6 V; 4.9 to 5.1 V; lit",
    ),
    (
        "Sockets of the module", ["A1", "C15", "C16"],
        "Push both sockets onto the module, then into the holes, solder four corner pins, take the module off, solder the rest. The module stays out.",
        "CN7.6 and CN7.16 to CN7.8", "4.9 to 5.1 V; 0 V",
    ),
    (
        "Inputs", ["X2", *inputs(("R", "01"), ("R", "02"), ("R", "03"), ("R", "04"), ("D", "01"), ("D", "02"), ("D", "03"), ("U", "01"), ("C", "01"))],
        "Field nets first, then logic nets. 3.3 V from a second bench supply at C16 (+ at C16.1). 24 V at X2.1 to X2.11 one by one, return at X2.12.",
        "current; LED; signal at C101.1 to C1101.1; the same with 5 V", "9.9 to 11.1 mA; lit; below 0.5 V, without 24 V 3.2 to 3.3 V; with 5 V above 2.5 V, dark",
    ),
    (
        "Relay drivers", ["X10", "U2", "U3", "C13", *[f"R{n}" for n in range(11, 21)]],
        "2.2 kOhm 0.5 W from X10.n to X10.11. 3.3 V on the signal's pin of A1 (pinout.csv), one by one.",
        "X10.1 to X10.9 to X1.2", "above 23 V; with 3.3 V below 1.2 V",
    ),
    (
        "Watchdog", ["R21", "C11", "C12", "D11", "D12", "C14", "R22", "D13", "Q2", "D14", "D16", "R23", "D15"],
        "2.2 kOhm from X10.10 to X10.11. Square wave 0 to 3.3 V, 25 Hz at CN10.16; then held low, then held high. X10.11 strapped to X10.12.",
        "C14.1 to C14.2; X10.10 to X1.2; D15", "9.0 to 10.5 V; below 0.5 V, within 0.6 s of the last edge above 23 V; lit",
    ),
    (
        "Supply of the bus side", ["U8", "C17", "C18", "C19"],
        "Nets 5V_BUS and 0V_BUS.",
        "C18.1 to C18.2; C18.2 to X1.2 (ohms)", "4.8 to 6.5 V without load; above 20 MOhm",
    ),
    (
        "Transceiver", ["U4", "U5", "U6", "U7", "Q1", *[f"R{n}" for n in range(30, 38)]],
        "3.3 V at C16. CN10.23 (direction) and CN10.21 (TX) to 0 V or 3.3 V.",
        "U7.3 to U7.5; U7.6 to U7.7 with direction at 3.3 V", "direction 0 V or open: below 0.4 V, 3.3 V: above 4.5 V; TX 3.3 V: above +1.5 V, TX 0 V: below -1.5 V",
    ),
    (
        "Line", ["X4", "E1", "D31", "D32", "R38", "R39", "R40", "R41", "R42", "R43", "JP1", "JP2", "JP3"],
        "Direction open, JP1 to JP3 set; then a cell of 1.5 V, + at X4.2, - at X4.1; then all off and JP1 alone.",
        "X4.1 to X4.2 and CN10.33; CN10.33 with the cell; X4.1 to X4.2 and X4.4 to X4.1 in ohms", "+0.35 to +0.50 V and above 3.1 V; below 0.6 V; 110 to 125 Ohm and above 20 MOhm",
    ),
    (
        "Insulation", [],
        "Supply off, bank empty, module out, all bench leads off. 500 V DC, one minute each.",
        "X2.12 to X1.2; X4.3 to X1.2; X2.12 to X4.3; X4.4 to X4.3", "above 100 MOhm; the last one at 50 V: above 10 MOhm",
    ),
]  # fmt: skip


def faults(places):
    """Parts that no step fits, or two."""
    fitted = [reference for _, parts, *_ in STEPS for reference in parts]
    doubled = {reference for reference in fitted if fitted.count(reference) > 1}
    wrong = sorted(set(places) ^ set(fitted)) + sorted(doubled)
    if wrong:
        raise DrawingError(f"steps: {wrong}")


def table():
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["step", "title", "fit", "do", "measure", "expect"])
    for number, (title, parts, do, measure, expect) in enumerate(STEPS, start=1):
        out.writerow([number, title, " ".join(parts) or "-", do, measure, expect])
    return text.getvalue()
