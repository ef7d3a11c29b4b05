"""Where every part of the board stands: one placement for the hand-wired and for the printed board.

Holes are counted from the top left, component side: columns 1 to 38 are card L, 40 to 77 card R
(column 39 is the seam), rows 1 to 62. It turns the placement into pin positions and refuses one
that overlaps or breaks an isolation gap.
"""

import csv
import io

from bodies import BODIES, turned
from sheet import DrawingError

COLUMNS, ROWS, SEAM = 77, 62, 39
MOUNTING = [(2, 2), (37, 2), (41, 2), (76, 2), (2, 61), (37, 61), (41, 61), (76, 61)]
GAP = 3  # holes between domains: 7.62 mm
CONVERTER_GAP = 2  # between the pins of U8, given by the part
LOW_MM = 8.0  # what may stand under the module

# Reference: column and row of pin 1, quarter turns clockwise.
PLACES = {
    "X1": (73, 2, 2), "X2": (2, 9, 1), "X4": (2, 48, 1), "X10": (67, 2, 2),
    # Supply and hold-up bank.
    "F1": (66, 7, 0), "D1": (75, 10, 2), "D2": (69, 12, 0), "C1": (64, 10, 1), "D3": (67, 15, 0),
    "R1": (75, 18, 2), "D4": (73, 21, 2), "C2": (43, 12, 0), "C3": (54, 12, 0), "C4": (43, 23, 0),
    "C5": (54, 23, 0), "C6": (65, 25, 2), "U1": (68, 25, 0), "C7": (73, 25, 0), "R2": (64, 28, 0),
    "D5": (71, 28, 2),
    # Module, and what is low enough to stand under it.
    "A1": (46, 42, 0), "C15": (41, 46, 0), "C16": (41, 50, 0), "U2": (50, 31, 0), "C13": (63, 31, 0),
    **{f"R{11 + n}": (56, 31 + 2 * n, 0) for n in range(8)},
    # Watchdog.
    "U3": (34, 5, 0), "R20": (33, 15, 0), "R19": (33, 17, 0), "R21": (33, 19, 0), "C11": (33, 22, 0),
    "C12": (33, 26, 0), "D11": (33, 29, 0), "D12": (36, 31, 2), "C14": (33, 33, 0), "R22": (33, 35, 0),
    "D13": (33, 37, 0), "Q2": (33, 39, 0), "D14": (33, 41, 0), "R23": (37, 43, 2), "D15": (34, 45, 2),
    "D16": (33, 56, 0),
    # RS-485: line, transceiver, isolation barrier.
    "E1": (6, 48, 1), "R38": (14, 48, 2), "R39": (14, 52, 2), "R40": (9, 50, 0), "JP1": (10, 54, 2),
    "R43": (8, 56, 2), "D31": (16, 48, 0), "D32": (16, 52, 0), "JP2": (15, 50, 0), "R41": (18, 50, 0),
    "JP3": (15, 54, 0), "R42": (18, 54, 0), "U7": (13, 59, 2), "Q1": (16, 56, 1), "R35": (18, 60, 2),
    "C19": (10, 61, 0), "C18": (20, 60, 0), "R32": (20, 46, 0), "R33": (24, 50, 1), "R34": (20, 56, 0),
    "R37": (24, 58, 2), "U4": (29, 49, 2), "U5": (29, 54, 2), "U6": (26, 56, 0), "U8": (29, 61, 2),
    "C17": (32, 61, 0), "R30": (35, 48, 2), "R31": (35, 53, 2), "R36": (35, 58, 2),
}  # fmt: skip
for channel in range(1, 12):
    line = 4 * channel - 3
    PLACES |= {
        f"R{channel}01": (6, line, 0), f"D{channel}01": (6, line + 2, 0), f"D{channel}02": (13, line, 1),
        f"D{channel}03": (16, line, 2), f"R{channel}02": (15, line + 2, 0), f"U{channel}01": (20, line, 0),
        f"R{channel}03": (28, line, 2), f"R{channel}04": (24, line + 2, 0), f"C{channel}01": (29, line + 2, 0),
    }  # fmt: skip

# Parts across an isolation barrier: the pins of one side.
BARRIERS = {
    "opto": ({"1", "2"}, {"3", "4"}),
    "6N137": ({"2", "3"}, {"5", "6", "7", "8"}),
    "iso_supply": ({"1", "2"}, {"4", "6"}),
    "GDT": ({"A", "B"}, {"M"}),
}


def holes(reference, key):
    """Hole of every pin of a part."""
    column, row, turn = PLACES[reference]
    found = {}
    for pin, at in BODIES[key].pins.items():
        x, y = turned(*at, turn)
        found[pin] = (column + x, row + y)
    return found


def outline(reference, key):
    """Corners of its body, in holes."""
    column, row, turn = PLACES[reference]
    x1, y1, x2, y2 = BODIES[key].outline
    (ax, ay), (bx, by) = turned(x1, y1, turn), turned(x2, y2, turn)
    return (column + min(ax, bx), row + min(ay, by), column + max(ax, bx), row + max(ay, by))


def domains(parts, nets):
    """Net -> name of the part of the circuit that it belongs to, as copper joins it."""
    group = {net: net for net in nets}

    def find(net):
        while group[net] != net:
            net = group[net]
        return net

    at = {(reference, pin): net for net, pins in nets.items() for reference, pin in pins}
    for reference in PLACES:
        if reference.startswith("X"):
            continue
        for side in BARRIERS.get(parts[reference].key, (set(BODIES[parts[reference].key].pins),)):
            joined = sorted({at[reference, pin] for pin in side if (reference, pin) in at})
            for net in joined[1:]:
                group[find(net)] = find(joined[0])
    names = {find("GND"): "logic", find("0VF"): "field", find("0V_BUS"): "bus", find("PE"): "earth"}
    return {net: names[find(net)] for net in nets if any(r in PLACES for r, _ in nets[net]) and find(net) in names}


def pins(parts, nets):
    """Rows of every pin on the board: reference, pin, column, row, net, domain."""
    belongs = domains(parts, nets)
    at = {(reference, pin): net for net, joined in nets.items() for reference, pin in joined}
    found = []
    for reference in PLACES:
        for pin, (column, row) in holes(reference, parts[reference].key).items():
            net = at.get((reference, pin), "")
            found.append((reference, pin, column, row, net, belongs.get(net, "")))
    return found


def faults(parts, nets, catalogue):
    """What is wrong with the placement, as lines."""
    on_board = {reference for reference, part in parts.items() if catalogue[part.key]["place"] == "board"}
    wrong = [f"{reference} has no place on the board" for reference in on_board - set(PLACES)]
    wrong += [f"{reference} is placed and not on the board" for reference in set(PLACES) - on_board]
    if wrong:
        raise DrawingError("; ".join(wrong))
    found = pins(parts, nets)
    taken = {}
    for reference, pin, column, row, net, _ in found:
        if not (1 <= column <= COLUMNS and 1 <= row <= ROWS) or column == SEAM:
            wrong.append(f"{reference}.{pin} leaves the cards at {column}/{row}")
        if (column, row) in taken:
            wrong.append(f"{reference}.{pin} and {taken[column, row]} share hole {column}/{row}")
        taken[column, row] = f"{reference}.{pin}"
        for x, y in MOUNTING:
            if (column - x) ** 2 + (row - y) ** 2 < 1.8**2:
                wrong.append(f"{reference}.{pin} stands on the mounting hole at {x}/{y}")
    return wrong + overlaps(parts) + gaps(found)


def overlaps(parts):
    """Bodies that run into each other; under the module low parts may stand."""
    wrong = []
    bodies = [(reference, BODIES[parts[reference].key], outline(reference, parts[reference].key)) for reference in PLACES]
    for index, (a, body_a, (ax1, ay1, ax2, ay2)) in enumerate(bodies):
        for b, body_b, (bx1, by1, bx2, by2) in bodies[index + 1 :]:
            if not (ax1 + 0.02 < bx2 and bx1 + 0.02 < ax2 and ay1 + 0.02 < by2 and by1 + 0.02 < ay2):
                continue
            low = min(body_a.height_mm, body_b.height_mm)
            if "A1" in (a, b) and low <= LOW_MM:
                continue
            wrong.append(f"{a} runs into {b}")
    return wrong


def gaps(found):
    """Pins of different domains that stand too close."""
    wrong = []
    known = [row for row in found if row[5]]
    for index, (a, pin_a, ax, ay, _, domain_a) in enumerate(known):
        for b, pin_b, bx, by, _, domain_b in known[index + 1 :]:
            if domain_a == domain_b:
                continue
            least = CONVERTER_GAP if "earth" in (domain_a, domain_b) or a == b == "U8" else GAP
            if (ax - bx) ** 2 + (ay - by) ** 2 < least**2:
                wrong.append(f"{a}.{pin_a} ({domain_a}) is near {b}.{pin_b} ({domain_b})")
    return wrong


def card(column):
    """Card and column on it."""
    return ("L", column) if column < SEAM else ("R", column - SEAM)


def table(parts, nets, catalogue):
    """One row a pin: where it stands and what it belongs to."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["reference", "pin", "card", "column", "row", "net", "domain", "footprint"])
    for reference, pin, column, row, net, domain in pins(parts, nets):
        out.writerow([reference, pin, *card(column), row, net, domain, catalogue[parts[reference].key]["footprint"]])
    return text.getvalue()
