"""The lane from above, and its cables core by core."""

import csv
from itertools import groupby
from pathlib import Path

from sheet import GRID, Sheet


def cables():
    """Cores of the field cables, in cable order."""
    with (Path(__file__).parent / "cables.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def rectangle(sheet, x, y, width, height, style="s"):
    sheet.svg.append(
        f'<rect class="{style}" x="{x * GRID:g}" y="{y * GRID:g}" width="{width * GRID:g}" height="{height * GRID:g}"/>'
    )


def path(sheet, shape, style="s", extra=""):
    sheet.svg.append(f'<path class="{style}" d="{shape}" {extra}/>')


def span(sheet, x1, x2, y, label):
    """A dimension along the lane."""
    path(
        sheet, f"M{x1 * 10} {y * 10 - 8}V{y * 10 + 8}M{x2 * 10} {y * 10 - 8}V{y * 10 + 8}M{x1 * 10} {y * 10}H{x2 * 10}"
    )
    sheet.text((x1 + x2) / 2, y - 0.5, label, anchor="middle", size=10)


def plan(number):
    sheet = Sheet("Lane from above (not to scale; distances are where to start, the site decides)", number)
    road(sheet)
    devices(sheet)
    routes(sheet)
    sheet.note(
        4,
        76,
        "Loops: 1.5 mm2 wire, 3 to 5 turns, corners at 45 degrees, 0.3 m from the kerbs and 1 m from moving steel; feeder twisted, 20 turns a metre, in its own duct.",
        "Under-arm loop: from 1 m before to 1 m after the arm. Beams: 0.5 m above the road, one on each side of the arm, so that a gap of a road train stays covered by the loop.",
        "The barrier keeps a safety loop and a photocell of its own, wired to its own controller: this controller is never the only safeguard (EN 12453, UL 325).",
        "Arm: clear of fixed parts, so that nothing is crushed or sheared; forces and gaps are measured on site and recorded (EN 12453). No pedestrian path under the arm.",
        "Earth: one bar in the cabinet. Barrier housing and both poles bonded to it with 6 mm2; earth electrode below 10 Ohm where the site has none.",
        "Power cables and signal cables in separate ducts, 0.2 m apart; they cross at right angles. RS-485 up to 300 m; no stub.",
    )
    return sheet


def road(sheet):
    rectangle(sheet, 6, 42, 148, 22, "road")
    for x in (10, 136):
        path(sheet, f"M{x * 10} 450H{x * 10 + 80}M{x * 10 + 68} 444l14 6l-14 6")
    sheet.text(10, 48, "entry side", size=11)
    sheet.text(136, 48, "exit side", size=11)
    for x, width, name in ((30, 14, "L1 approach loop"), (73, 18, "L2 under-arm loop"), (112, 14, "L3 exit loop")):
        rectangle(sheet, x, 45, width, 16, "loop")
        at = (72.4, "end") if "L2" in name else (x + width / 2, "middle")
        sheet.text(at[0], 59.8, name, anchor=at[1], size=10)
    span(sheet, 30, 44, 67.5, "2 m")
    span(sheet, 44, 73, 67.5, "12 to 18 m: weighbridge, cameras")
    span(sheet, 73, 82, 67.5, "1 m")
    span(sheet, 82, 91, 67.5, "1 m")
    span(sheet, 91, 112, 67.5, "over one axle gap, 3 m")
    span(sheet, 112, 126, 67.5, "2 m")


def devices(sheet):
    rectangle(sheet, 79, 34, 6, 7)
    sheet.text(82, 37, "barrier", anchor="middle", size=10)
    sheet.text(82, 39, "S4 S5", anchor="middle", size=9)
    path(sheet, "M815 410V640M825 410V640")
    sheet.text(83, 52, "arm", size=10)
    for x, name in ((76, "B4"), (88, "B5")):
        path(sheet, f"M{x * 10} 410V650", extra='stroke-dasharray="4 4"')
        rectangle(sheet, x - 0.7, 39.6, 1.4, 1.4)
        rectangle(sheet, x - 0.7, 64.6, 1.4, 1.4)
        sheet.text(x + (-1 if name == "B4" else 1), 40.8, name, anchor="end" if name == "B4" else "start", size=10)
    for x, names in ((62, "H1 H2 P1 P2"), (102, "H3 H4")):
        sheet.svg.append(f'<circle class="f" cx="{x * 10}" cy="400" r="8"/>')
        sheet.text(x, 38, names, anchor="middle", size=10)
    for x, y, width, name, more in (
        (74, 8, 20, "gate controller cabinet", "S1 S2 S3 in its door"),
        (118, 8, 20, "gateway, gate booth", "RS-485 port"),
        (24, 8, 20, "site board, fire panel", "mains, A2"),
    ):
        rectangle(sheet, x, y, width, 9, "f")
        sheet.text(x + width / 2, y + 4, name, anchor="middle", size=11, bold=True)
        sheet.text(x + width / 2, y + 6.4, more, anchor="middle", size=10)


def routes(sheet):
    """Cable routes; the bus along y = 24 is the duct beside the lane."""

    def route(points, label, x, y, anchor="start"):
        line = "L".join(f"{px * 10:g} {py * 10:g}" for px, py in points)
        path(sheet, f"M{line}", "w", 'fill="none"')
        sheet.text(x, y, label, anchor=anchor, size=10, bold=True)

    route([(44, 10.5), (74, 10.5)], "W0 mains (own duct)", 59, 9.9, "middle")
    route([(44, 14), (74, 14)], "W10 fire", 59, 13.4, "middle")
    route([(94, 12.5), (118, 12.5)], "W11 RS-485", 106, 11.9, "middle")
    route([(75.5, 17), (75.5, 22), (37, 22), (37, 45)], "W1", 38, 31)
    route([(77.5, 17), (77.5, 25), (62, 25), (62, 36.4)], "W7 W9", 63, 31)
    route([(79.5, 17), (79.5, 27), (72, 27), (72, 43.5), (74, 43.5), (74, 45)], "W2", 70.4, 31, "end")
    route([(81, 17), (81, 29), (75.5, 29), (75.5, 39.6)], "W4", 75, 31, "end")
    route([(82.5, 17), (82.5, 34)], "W6", 83, 31)
    route([(84.5, 17), (84.5, 29), (88, 29), (88, 39.6)], "W5", 89, 31)
    route([(88, 17), (88, 25), (102, 25), (102, 36.4)], "W8", 103, 31)
    route([(91, 17), (91, 22), (119, 22), (119, 45)], "W3", 120, 31)


def wiring(number):
    sheet = Sheet("Lane wiring, core by core (draw/cables.csv)", number)
    columns = [[], []]
    heights = [0, 0]
    for cable, cores in groupby(cables(), key=lambda row: row["cable"]):
        cores = list(cores)
        side = 0 if heights[0] <= heights[1] else 1
        columns[side].append((cable, cores))
        heights[side] += 2.4 * len(cores) + 5.4
    for side, blocks in enumerate(columns):
        y = 6.0
        for cable, cores in blocks:
            block(sheet, 4 + 78 * side, y, cable, cores)
            y += 2.4 * len(cores) + 5.4
    sheet.note(
        4,
        98,
        "Shields of W4, W5 and W6 on the shield bar, at the cabinet end alone. Spare cores on free clamps, earthed. Ferrules on every end; label each core with cable and clamp.",
        "Clamps X0 to X7 as in sheets 1 to 7 of the schematic; the wires inside the cabinet are in gate-controller/cabinet-wires.csv.",
        "No 230 V on X5 to X7. The barrier drive gets its own mains feed and its own lockable switch (EN 60204-1).",
    )
    return sheet


def block(sheet, x, y, cable, cores):
    height = 2.4 * len(cores) + 1.2
    rectangle(sheet, x, y, 20, height, "f")
    sheet.text(x + 1, y + 2, cores[0]["device"], size=11, bold=True)
    sheet.text(x + 1, y + 3.8, cores[0]["place"], size=10)
    sheet.text(x + 22, y - 0.6, f"{cable}: {cores[0]['type']}", size=10, bold=True)
    for index, core in enumerate(cores):
        line = y + 1.6 + 2.4 * index
        path(sheet, f"M{(x + 20) * 10:g} {line * 10:g}H{(x + 36) * 10:g}", "w")
        sheet.text(x + 23, line - 0.3, core["core"], size=9)
        sheet.svg.append(f'<circle class="f" cx="{(x + 36) * 10:g}" cy="{line * 10:g}" r="5"/>')
        sheet.text(x + 37.4, line + 0.4, core["terminal"], size=11, bold=True)
        sheet.text(x + 43, line + 0.4, core["meaning"], size=10)
