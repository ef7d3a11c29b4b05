"""A sheet of placed symbols, wires and labels; what touches is one net.

Turns placements into two things that cannot disagree: the drawing (SVG), and
the list of (reference, pin) that each net joins. Lengths are in grid units of
10 px. It refuses to know which circuit it draws.
"""

from dataclasses import dataclass, field
from html import escape

import symbols

GRID = 10
WIDTH, HEIGHT = 160, 113  # A3 landscape in grid units of 10 px at 96 dpi


class DrawingError(Exception):
    """The source asks for something that cannot be one circuit."""


@dataclass
class Part:
    """One physical part: all units drawn under its reference."""

    reference: str
    key: str
    value: str
    pins: dict = field(default_factory=dict)  # number -> (name, electrical type)


@dataclass
class Sheet:
    title: str
    number: int
    svg: list = field(default_factory=list)
    parts: dict = field(default_factory=dict)
    pins: list = field(default_factory=list)  # (x, y, reference, pin)
    wires: list = field(default_factory=list)  # (x1, y1, x2, y2)
    names: list = field(default_factory=list)  # (x, y, net)
    unconnected: list = field(default_factory=list)  # (x, y)
    boxes: list = field(default_factory=list)  # (x1, y1, x2, y2, text)
    bodies: list = field(default_factory=list)  # (x1, y1, x2, y2, reference)

    # Placing.

    def place(self, kind, reference, x, y, key, value=None, turn=0, pins=None, text=None, **options):
        """Places a symbol with its first pin at (x, y); returns its pin positions by number."""
        drawn = symbols.draw(kind, turn, pins, **options)
        shown = value if value is not None else key
        part = self.parts.setdefault(reference, Part(reference, key, shown))
        if part.key != key:
            raise DrawingError(f"{reference} is drawn as {part.key} and as {key}")
        for shape in drawn.shapes:
            self.svg.append(f'<g transform="translate({x * GRID} {y * GRID})">{shape}</g>')
        if drawn.body is not None:
            x1, y1, x2, y2 = drawn.body
            self.bodies.append((x + x1, y + y1, x + x2, y + y2, reference))
        at = {}
        for number, name, px, py, electrical in drawn.pins:
            if number in part.pins:
                raise DrawingError(f"{reference} pin {number} is drawn twice")
            part.pins[number] = (name, electrical)
            at[number] = (x + px, y + py)
            self.pins.append((x + px, y + py, reference, number))
        for label, tx, ty, anchor in drawn.texts(reference, shown, text):
            self.text(x + tx, y + ty, label, anchor=anchor, size=11)
        return at

    def wire(self, *points):
        """A wire through the points, each leg horizontal or vertical."""
        for (x1, y1), (x2, y2) in zip(points, points[1:]):
            if x1 != x2 and y1 != y2:
                raise DrawingError(f"sheet {self.number}: slanted wire {x1, y1} to {x2, y2}")
            self.wires.append((x1, y1, x2, y2))

    def net(self, x, y, name, side="right"):
        """A named end: nets of one name are one net, on every sheet."""
        self.names.append((x, y, name))
        length = 0.62 * len(name) + 1.6
        sign = {"right": 1, "left": -1}[side]
        tip, end = sign * 0.6, sign * length
        outline = f"0,0 {tip * GRID},-8 {end * GRID},-8 {end * GRID},8 {tip * GRID},8"
        self.svg.append(f'<polygon class="flag" points="{outline}" transform="translate({x * GRID} {y * GRID})"/>')
        self.text(x + sign * (length + 0.6) / 2, y + 0.38, name, anchor="middle", size=10, font="mono")
        self.bodies.append((min(x + tip, x + end), y - 0.8, max(x + tip, x + end), y + 0.8, ""))

    def power(self, x, y, name, up=True):
        """A supply or return symbol, which is also a named end."""
        self.names.append((x, y, name))
        sign = -1 if up else 1
        at = f'transform="translate({x * GRID} {y * GRID})"'
        if up:
            self.svg.append(f'<path class="s" d="M0 0V-10M-7 -10H7" {at}/>')
            self.text(x, y - 1.4, name, anchor="middle", size=10, bold=True)
        else:
            self.svg.append(f'<path class="s" d="M0 0V{10 * sign}M-8 10H8M-5 13H5M-2 16H2" {at}/>')
            self.text(x, y + 2.7, name, anchor="middle", size=10, bold=True)

    def open(self, position):
        """A pin that is left open on purpose."""
        x, y = position
        self.unconnected.append((x, y))
        self.svg.append(f'<path class="s" d="M-4 -4L4 4M-4 4L4 -4" transform="translate({x * GRID} {y * GRID})"/>')

    def text(self, x, y, text, anchor="start", size=12, bold=False, font=""):
        """Text with its baseline at (x, y); remembered, so that overlaps are found."""
        if not text:
            return
        width = len(text) * size * (0.6 if font else 0.58) / GRID
        left = x - {"start": 0, "middle": width / 2, "end": width}[anchor]
        self.boxes.append((left, y - size / GRID * 0.8, left + width, y + 0.1, text))
        style = ' font-weight="bold"' if bold else ""
        self.svg.append(
            f'<text x="{x * GRID:g}" y="{y * GRID:g}" font-size="{size}" '
            f'text-anchor="{anchor}" class="{font}"{style}>{escape(text)}</text>'
        )

    def note(self, x, y, *lines, size=11):
        for index, line in enumerate(lines):
            self.text(x, y + index * 1.6, line, size=size)

    def frame(self, x, y, width, height, title):
        self.svg.append(
            f'<rect class="block" x="{x * GRID}" y="{y * GRID}" width="{width * GRID}" height="{height * GRID}"/>'
        )
        self.text(x + 0.6, y + 1.5, title, size=12, bold=True)

    # Reading back.

    def nets(self):
        """Groups of what touches: a list of (names, [(reference, pin)])."""
        group = {}

        def find(point):
            group.setdefault(point, point)
            while group[point] != point:
                group[point] = group[group[point]]
                point = group[point]
            return point

        def join(a, b):
            group[find(a)] = find(b)

        ends = {(x, y) for x, y, *_ in self.pins + self.names + [(*p,) for p in self.unconnected]}
        for x1, y1, x2, y2 in self.wires:
            join((x1, y1), (x2, y2))
            ends |= {(x1, y1), (x2, y2)}
        for point in ends:
            for wire in self.wires:
                if on_wire(point, wire):
                    join(point, (wire[0], wire[1]))
        found = {}
        for x, y, reference, pin in self.pins:
            found.setdefault(find((x, y)), (set(), [], []))[1].append((reference, pin))
        for x, y, name in self.names:
            found.setdefault(find((x, y)), (set(), [], []))[0].add(name)
        for point in self.unconnected:
            found.setdefault(find(point), (set(), [], []))[2].append(point)
        return list(found.values())

    def junctions(self):
        """Where three or more ends meet, a dot is drawn."""
        dots = set()
        for point in {(x, y) for w in self.wires for x, y in ((w[0], w[1]), (w[2], w[3]))}:
            ends = sum(point in ((w[0], w[1]), (w[2], w[3])) for w in self.wires)
            through = sum(on_wire(point, w) for w in self.wires) - ends
            pins = sum((x, y) == point for x, y, *_ in self.pins)
            if ends + 2 * through + pins >= 3:
                dots.add(point)
        for x, y, *_ in self.pins:
            if sum(2 for w in self.wires if on_wire((x, y), w) and (x, y) not in ((w[0], w[1]), (w[2], w[3]))):
                dots.add((x, y))
        return dots

    def overlaps(self):
        """Pairs of texts that run into each other, and texts off the sheet."""
        wrong = []
        for i, (ax1, ay1, ax2, ay2, a) in enumerate(self.boxes):
            if ax1 < 1 or ay1 < 1 or ax2 > WIDTH - 1 or ay2 > HEIGHT - 1:
                wrong.append(f"sheet {self.number}: '{a}' leaves the sheet")
            for bx1, by1, bx2, by2, b in self.boxes[i + 1 :] + self.bodies + self.wire_boxes():
                if b and ax1 < bx2 and bx1 < ax2 and ay1 < by2 and by1 < ay2:
                    wrong.append(f"sheet {self.number}: '{a}' runs into '{b}' at {ax1:.0f},{ay1:.0f}")
        return wrong

    def wire_boxes(self):
        """Wires as thin boxes, so that no text lies on one."""
        return [
            (min(x1, x2) - 0.1, min(y1, y2) - 0.1, max(x1, x2) + 0.1, max(y1, y2) + 0.1, "a wire")
            for x1, y1, x2, y2 in self.wires
        ]

    def render(self, drawing, sheets):
        wires = "".join(
            f'<path class="w" d="M{x1 * GRID} {y1 * GRID}L{x2 * GRID} {y2 * GRID}"/>' for x1, y1, x2, y2 in self.wires
        )
        dots = "".join(f'<circle cx="{x * GRID}" cy="{y * GRID}" r="3"/>' for x, y in sorted(self.junctions()))
        self.text(2, HEIGHT - 2.2, drawing, size=13, bold=True)
        self.text(WIDTH / 2, HEIGHT - 2.2, self.title, anchor="middle", size=14, bold=True)
        self.text(WIDTH - 2, HEIGHT - 2.2, f"sheet {self.number} of {sheets}", anchor="end", size=13)
        return page(wires + dots + "\n".join(self.svg))


def on_wire(point, wire):
    (x, y), (x1, y1, x2, y2) = point, wire
    return min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2)


def page(body):
    """A framed A3 page, printable as it is."""
    width, height = WIDTH * GRID, HEIGHT * GRID
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="420mm" height="{420 * HEIGHT / WIDTH:g}mm" \
viewBox="0 0 {width} {height}" font-family="DejaVu Sans" fill="#000">
<style>
.s{{fill:none;stroke:#000;stroke-width:1.6}}
.f{{fill:#fff;stroke:#000;stroke-width:1.6}}
.w{{stroke:#0a3d7a;stroke-width:1.4}}
.flag{{fill:#fdf6dd;stroke:#7a5c0a;stroke-width:1}}
.block{{fill:none;stroke:#888;stroke-width:1;stroke-dasharray:6 4}}
.road{{fill:#eee;stroke:#000;stroke-width:1.6}}
.loop{{fill:none;stroke:#7a1f0a;stroke-width:2;stroke-dasharray:8 4}}
.duct{{fill:#ddd;stroke:#888;stroke-width:1}}
.mono{{font-family:"DejaVu Sans Mono"}}
</style>
<rect width="{width}" height="{height}" fill="#fff"/>
<rect x="10" y="10" width="{width - 20}" height="{height - 20}" class="s"/>
<path class="s" d="M10 {height - 45}H{width - 10}"/>
{body}
</svg>
"""
