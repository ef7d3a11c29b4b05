"""The sheets by which the board is put together: both cards to scale, their wires, the steps.

Turns the placement and the wires into A3 pages at 1:1. It refuses to know the circuit.
"""

import textwrap

import wires as wiring
from bodies import BODIES
from board import MOUNTING, PLACES, ROWS, SEAM, card, holes, outline
from sheet import GRID, HEIGHT, Sheet

HOLE = 2.54 / 420 * 160  # grid units a hole at 1:1 on A3
LEFT, TOP = 6, 9
COLOURS = {
    "red": "#c00", "black": "#000", "orange": "#e80", "yellow": "#bb0", "violet": "#83c", "grey": "#888",
    "blue": "#04c", "white-blue": "#39d", "green": "#082", "white": "#a66", "green-yellow": "#6a0",
}  # fmt: skip
# Isolation gaps: first and last column and row without copper.
GAPS = {"L": [(21, 1, 22, 43), (1, 45, 18, 46), (21, 44, 26, 45), (27, 44, 28, 60)], "R": []}


class View:
    """One side of a card: where a hole lies on the page."""

    def __init__(self, sheet, side, x, y, mirrored):
        self.sheet, self.side, self.x, self.y, self.mirrored = sheet, side, x, y, mirrored

    def at(self, column, row):
        own = column if self.side == "L" else column - SEAM
        own = 39 - own if self.mirrored else own
        return self.x + own * HOLE, self.y + row * HOLE

    def has(self, column):
        return card(column)[0] == self.side

    def line(self, points, style):
        shape = "L".join(f"{x * GRID:.1f} {y * GRID:.1f}" for x, y in points)
        self.sheet.svg.append(f'<path d="M{shape}" {style}/>')

    def box(self, corners, style):
        (ax, ay), (bx, by) = self.at(*corners[:2]), self.at(*corners[2:])
        x, y = min(ax, bx), min(ay, by)
        self.sheet.svg.append(
            f'<rect x="{x * GRID:.1f}" y="{y * GRID:.1f}" width="{abs(ax - bx) * GRID:.1f}" '
            f'height="{abs(ay - by) * GRID:.1f}" {style}/>'
        )

    def dot(self, column, row, radius, style):
        x, y = self.at(column, row)
        self.sheet.svg.append(f'<circle cx="{x * GRID:.1f}" cy="{y * GRID:.1f}" r="{radius:g}" {style}/>')

    def frame(self, title):
        first = 1 if self.side == "L" else SEAM + 1
        margin = (100 - 37 * 2.54) / 2 / 2.54
        self.box((first - margin, 1 - 1.0, first + 37 + margin, ROWS + 1.0), 'fill="none" stroke="#000"')
        for c1, r1, c2, r2 in GAPS[self.side]:
            self.box((c1 - 0.45, r1 - 0.45, c2 + 0.45, r2 + 0.45), 'fill="#fbd5d5"')
        for column in range(first, first + 38):
            for row in range(1, ROWS + 1):
                self.dot(column, row, 1.1, 'fill="#ccc"')
            if card(column)[1] % 5 == 0 or column == first:
                x, _ = self.at(column, 0)
                self.sheet.text(x, self.y - 0.6, str(card(column)[1]), anchor="middle", size=7)
        for row in [1, *range(5, ROWS + 1, 5)]:
            _, y = self.at(first, row)
            self.sheet.text(self.x - 0.8, y + 0.25, str(row), anchor="end", size=7)
        for column, row in MOUNTING:
            if self.has(column):
                self.dot(column, row, 6, 'fill="#fff" stroke="#000"')
                self.dot(column, row, 12, 'fill="none" stroke="#888" stroke-dasharray="2 2"')
        self.sheet.text(self.x, self.y - 2.2, title, size=12, bold=True)


def parts_view(view, parts):
    """Component side: bodies, pin 1 marked, references."""
    order = sorted(PLACES, key=lambda r: -BODIES[parts[r].key].height_mm if r == "A1" else 0)
    for reference in order:
        column, row, turn = PLACES[reference]
        if not view.has(column):
            continue
        key = parts[reference].key
        x1, y1, x2, y2 = outline(reference, key)
        dashed = ' stroke-dasharray="5 3"' if reference == "A1" else ""
        style = f'fill="{"none" if dashed else "#fff"}" stroke="#000" stroke-width="1"{dashed}'
        if BODIES[key].round:
            view.dot((x1 + x2) / 2, (y1 + y2) / 2, (x2 - x1) / 2 * HOLE * GRID, style)
        else:
            view.box((x1, y1, x2, y2), style)
        for number, (cx, cy) in holes(reference, key).items():
            first = number in ("1", "CN7.1", "CN10.1", "A")
            view.dot(cx, cy, 3.2 if first else 2.2, f'fill="{"#c00" if first else "#000"}"')
        if len(BODIES[key].pins) == 2 and not BODIES[key].round:
            ends = list(holes(reference, key).values())
            view.line([view.at(*ends[0]), view.at(*ends[1])], 'stroke="#000" stroke-width="0.7"')
        label(view, reference, key, (x1, y1, x2, y2), turn)


def label(view, reference, key, corners, turn):
    x1, y1, x2, y2 = corners
    x, y = view.at((x1 + x2) / 2, (y1 + y2) / 2)
    if key == "nucleo":
        x, y = view.at(x1 + 13, y1 + 22)
    wide = len(reference) * 6.5 * 0.58 / GRID
    size = 8 if min(x2 - x1, y2 - y1) > 2.5 else 6
    if x2 - x1 < 1.2 and wide > 1.0 and turn % 2 == 1:
        x += 0.2
    view.sheet.svg.append(
        f'<rect x="{(x - wide / 2) * GRID:.1f}" y="{(y - 0.35) * GRID:.1f}" width="{wide * GRID:.1f}" height="6.6" fill="#fff"/>'
    )
    view.sheet.text(x, y + 0.25, reference, anchor="middle", size=size)


def wires_view(view, found, parts):
    """Solder side: every wire of the card as a straight line in its colour."""
    for _, _, (_, _, x1, y1), (_, _, x2, y2), mm2, colour, _, how in found:
        if how == "between cards" or not view.has(x1):
            continue
        width = {"0.14": 0.9, "0.25": 1.3}.get(mm2, 2.0)
        view.line([view.at(x1, y1), view.at(x2, y2)], f'stroke="{COLOURS[colour]}" stroke-width="{width}" fill="none"')
    for reference in PLACES:
        for number, (column, row) in holes(reference, parts[reference].key).items():
            if view.has(column):
                first = number in ("1", "CN7.1", "CN10.1", "A")
                view.dot(column, row, 2.6 if first else 1.8, f'fill="{"#c00" if first else "#000"}"')


def faults(found):
    """Wires of a card that would lie across an isolation gap."""
    wrong = []
    for number, _, (_, _, x1, y1), (_, _, x2, y2), *_ in found:
        for c1, r1, c2, r2 in GAPS["L"]:
            points = ((x1 + (x2 - x1) * t / 200, y1 + (y2 - y1) * t / 200) for t in range(201))
            if any(c1 - 0.3 < x < c2 + 0.3 and r1 - 0.3 < y < r2 + 0.3 for x, y in points):
                wrong.append(f"wire {number} crosses the gap at {c1}/{r1}")
    return wrong


def wire_rows(sheet, found, x, y, columns, bottom):
    """Ticked rows; returns what did not fit."""
    step, width, top = 1.25, 22.4, y
    rows = list(found)
    for column in range(columns):
        y = top
        while y < bottom and rows:
            number, net, (r1, p1, x1, y1), (r2, p2, x2, y2), mm2, colour, cut, _ = rows.pop(0)
            at = x + column * width
            sheet.svg.append(f'<rect x="{at * GRID:.1f}" y="{(y - 0.7) * GRID:.1f}" width="7" height="7" class="s"/>')
            colour_short = {"white-blue": "wh-bu", "green-yellow": "gn-ye"}.get(colour, colour)
            text = f"{number:3} {r1}.{p1} {wiring.hole(x1, y1)[2:]} - {r2}.{p2} {wiring.hole(x2, y2)[2:]}"
            sheet.text(at + 1.1, y, text, size=7, font="mono")
            sheet.text(at + width - 0.6, y, "lead" if not cut else f"{mm2} {colour_short} {cut}", anchor="end", size=6.5)
            y += step
    return rows


def card_sheet(number, side, parts, found):
    name = {"L": "inputs, watchdog, RS-485", "R": "supply, module, drivers"}[side]
    sheet = Sheet(f"Board, card {side}: {name}; print at 100 %: the card measures 100 x 160 mm", number)
    for x, mirrored, title in ((LEFT, False, "component side"), (LEFT + 43, True, "solder side, mirrored")):
        view = View(sheet, side, x, TOP, mirrored)
        view.frame(f"Card {side}, {title}")
        if mirrored:
            wires_view(view, found, parts)
        else:
            parts_view(view, parts)
    mine = [row for row in found if card(row[2][2])[0] == side and row[7] != "between cards"]
    sheet.text(92, 5, "Wires: tick, number, from pin and hole - to pin and hole, mm2, colour, cut to mm", size=10, bold=True)
    rest = wire_rows(sheet, mine, 92, 7.5, 3, 105)
    if rest:
        rest = wire_rows(sheet, rest, 4, 77, 3, 105)
    if rest:
        sheet.text(4, 106, f"{len(rest)} wires do not fit", size=20)
    sheet.note(
        4, TOP + ROWS * HOLE + 2.4,
        "Red hole: pin 1 (cathode of a diode, + of a capacitor, pin A of E1). Shaded: isolation gap, no copper, no wire.",
        "lead: bend the lead of the part. All wires on the solder side, insulated, at most three in a pad. No mains on this board: nothing above 30 V.",
        size=9,
    )  # fmt: skip
    return sheet


def steps_sheet(number, steps, found):
    sheet = Sheet("Board: order of assembly, one measurement a step; wires between the cards", number)
    y = 5.0
    for x, title in ((3, "Step"), (27, "Fit and do"), (92, "Measure"), (124, "Expect")):
        sheet.text(x, y, title, size=11, bold=True)
    y += 2
    for index, (title, fit, do, measure, expect) in enumerate(steps, start=1):
        body = textwrap.wrap(do, 100) + (textwrap.wrap("Fit " + shortened(fit) + ".", 100) if fit else [])
        columns = [(3, [f"{index} {title}"]), (27, body), (92, textwrap.wrap(measure, 48)), (124, textwrap.wrap(expect, 52))]
        for x, lines in columns:
            for line, text in enumerate(lines):
                sheet.text(x, y + 1.4 * line, text, size=10 if x > 3 else 11, bold=x == 3)
        height = 1.4 * max(len(lines) for _, lines in columns) + 0.8
        sheet.svg.append(f'<path class="s" d="M30 {(y + height - 1.6) * GRID:.1f}H1570" stroke-width="0.6"/>')
        y += height
    y += 1
    sheet.text(3, y, "Wires between card L and card R, 50 mm longer than they lie", size=11, bold=True)
    crossing = [(n, net, a, b, m, c, cut + 50, how) for n, net, a, b, m, c, cut, how in found if how == "between cards"]
    if wire_rows_between(sheet, crossing, 3, y + 2, HEIGHT - 6):
        sheet.text(3, y + 2, "wires do not fit", size=20)
    return sheet


def wire_rows_between(sheet, rows, x, y, bottom):
    top, rows = y, list(rows)
    for column in range(4):
        y = top
        while y < bottom and rows:
            number, net, (r1, p1, x1, y1), (r2, p2, x2, y2), mm2, colour, cut, _ = rows.pop(0)
            at = x + 39 * column
            sheet.svg.append(f'<rect x="{at * GRID:.1f}" y="{(y - 0.8) * GRID:.1f}" width="8" height="8" class="s"/>')
            text = f"{number:3} {r1}.{p1} {wiring.hole(x1, y1)} - {r2}.{p2} {wiring.hole(x2, y2)}"
            sheet.text(at + 1.3, y, text, size=8, font="mono")
            sheet.text(at + 37.5, y, f"{mm2} {colour} {cut}", anchor="end", size=8)
            y += 1.5
    return rows


def shortened(references):
    """References with runs of the same kind written as first to last."""
    if len(references) > 40:
        return "all parts of the eleven inputs (R, D, U, C of 101 to 1104) and X2"
    return " ".join(references)
