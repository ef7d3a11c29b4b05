"""Symbols: shapes and pins of each kind of part, after IEC 60617.

A two-pin symbol is six grid units long, first pin at the origin; `turn` is the
clockwise quarter turns (0 right, 1 down, 2 left, 3 up).
"""

from dataclasses import dataclass

GRID = 10
PASSIVE, INPUT, OUTPUT, OPEN, SUPPLY, SOURCE = (
    "PASSIVE",
    "INPUT",
    "OUTPUT",
    "OPENCOLL",
    "PWRIN",
    "PWROUT",
)

# The number of a diode's pin on a board, by its name.
PAD = {"K": "1", "A": "2"}

# Shapes lie along a 60 px line from (0, 0); S is a stroke, F a filled outline.
ARROWS = '<path class="s" d="M36 -14l7 -7M43 -14l7 -7M43 -21h-4M43 -21v4M50 -21h-4M50 -21v4"/>'
DIODE = "M0 0H22M38 0H60M22 -8V8L38 0ZM38 -8V8"
TWO_PIN = {
    "R": '<path class="s" d="M0 0H15M45 0H60"/><rect class="f" x="15" y="-6" width="30" height="12"/>',
    "C": '<path class="s" d="M0 0H27M33 0H60M27 -10V10M33 -10V10"/>',
    "CP": '<path class="s" d="M0 0H25M33 0H60M33 -11V11M15 -10V-4M12 -7H18"/>'
    '<rect class="f" x="25" y="-11" width="4" height="22"/>',
    "D": f'<path class="s" d="{DIODE}"/>',
    "LED": f'<path class="s" d="{DIODE}"/>{ARROWS}',
    "Z": f'<path class="s" d="{DIODE}M38 -8H33M38 8H43"/>',
    "SCHOTTKY": f'<path class="s" d="{DIODE}M38 -8H33V-5M38 8H43V5"/>',
    "TVS": '<path class="s" d="M0 0H15M45 0H60M15 -8V8L30 0ZM45 -8V8L30 0ZM30 -8V8M30 -8H26M30 8H34"/>',
    "TVS1": f'<path class="s" d="{DIODE}M38 -8H33M38 8H43"/>',
    "FUSE": '<path class="s" d="M0 0H60"/><rect class="s" x="15" y="-6" width="30" height="12"/>',
    "COIL": '<path class="s" d="M0 0H20M40 0H60"/><rect class="f" x="20" y="-14" width="20" height="28"/>',
    "NO": '<path class="s" d="M0 0H18L44 -13M42 0H60"/>',
    "NC": '<path class="s" d="M0 0H18L46 -11M42 0H60M42 0V-13"/>',
    "LOOP": '<path class="s" d="M0 0H12A4.5 4.5 0 0 1 21 0A4.5 4.5 0 0 1 30 0A4.5 4.5 0 0 1 39 0A4.5 4.5 0 0 1 48 0H60"/>',
    "KEY": '<path class="s" d="M0 0H18L44 -13M42 0H60M31 -8V-18M26 -18H36"/>',
    "PUSH": '<path class="s" d="M0 0H18L44 -13M42 0H60M31 -8V-20M24 -20H38M24 -20v4M38 -20v4"/>',
    "JUMPER": '<path class="s" d="M0 0H17M43 0H60M20 -4Q30 -16 40 -4"/>'
    '<circle class="f" cx="19" cy="0" r="3"/><circle class="f" cx="41" cy="0" r="3"/>',
    "LAMP": '<path class="s" d="M0 0H19M41 0H60"/><circle class="f" cx="30" cy="0" r="11"/>'
    '<path class="s" d="M22 -8L38 8M22 8L38 -8"/>',
}


@dataclass
class Drawn:
    shapes: list
    pins: list  # (number, name, x, y, electrical type), grid units
    corner: tuple  # where reference and value go
    wide: bool = True
    body: tuple = None  # (x1, y1, x2, y2) that no text may cross

    def texts(self, reference, value, text):
        """Reference and value: beside the symbol, or where the caller wants them."""
        x, y, anchor = text if text is not None else self.corner
        if text is None and self.wide:
            yield reference, x, y, anchor
            yield value, x, 1.9, anchor
        else:
            yield reference, x, y, anchor
            yield value, x, y + 1.4, anchor


def turned(x, y, turn):
    return [(x, y), (-y, x), (-x, -y), (y, -x)][turn]


def draw(kind, turn, pins, **options):
    if kind in TWO_PIN:
        return two_pin(kind, turn, pins or ("1", "2"), **options)
    return {
        "BOX": box,
        "TERMINAL": terminal,
        "NPN": npn,
        "NMOS": nmos,
        "GDT3": gas_tube,
        "OPTO": opto,
        "DRIVER": driver,
    }[kind](pins, turn=turn, **options)


def two_pin(kind, turn, pins, flip=False):
    """`flip` draws the symbol the other way round between the same ends."""
    end = turned(6, 0, turn)
    mirror = " translate(60 0) scale(-1 1)" if flip else ""
    shape = f'<g transform="rotate({turn * 90}){mirror}">{TWO_PIN[kind]}</g>'
    found = [
        (PAD.get(pins[0], pins[0]), pins[0], 0, 0, PASSIVE),
        (PAD.get(pins[1], pins[1]), pins[1], *end, PASSIVE),
    ]
    if turn % 2 == 0:
        middle = end[0] / 2
        top = -2.4 if kind in ("LED", "KEY", "PUSH") else -1.6
        body = (middle - 1.5, -0.9, middle + 1.5, 0.9)
        return Drawn([shape], found, (middle, top, "middle"), body=body)
    body = (-0.9, end[1] / 2 - 1.5, 0.9, end[1] / 2 + 1.5)
    return Drawn([shape], found, (1.6, end[1] / 2 - 0.2, "start"), wide=False, body=body)


def text(x, y, label, anchor="middle", size=10):
    return f'<text x="{x * GRID:g}" y="{y * GRID:g}" font-size="{size}" text-anchor="{anchor}">{label}</text>'


def box(pins, width=12, step=2, left=(), right=(), turn=0, top=1):
    """A rectangle; `left` and `right` are (number, name, type) or None for a gap."""
    del pins, turn
    rows = max(len(left), len(right))
    height = step * (rows - 1) + 2 * top + 1
    shapes = [f'<rect class="f" x="20" y="{-(top + 0.5) * GRID}" width="{width * GRID}" height="{height * GRID}"/>']
    found = []
    for side, entries in (("l", left), ("r", right)):
        for row, entry in enumerate(entries):
            if entry is None:
                continue
            number, name, electrical = entry
            y = row * step
            x, edge, sign = (0, 2, 1) if side == "l" else (width + 4, width + 2, -1)
            shapes.append(f'<path class="s" d="M{x * GRID} {y * GRID}H{edge * GRID}"/>')
            shapes.append(text(edge + sign * 0.5, y + 0.35, name, "start" if side == "l" else "end"))
            if number != name:
                shapes.append(text(edge - sign * 0.3, y - 0.3, number, "end" if side == "l" else "start", 8))
            found.append((number, name, x, y, electrical))
    edges = (2, -(top + 0.5), 2 + width, height - top - 0.5)
    return Drawn(shapes, found, (width / 2 + 2, -(top + 2.3), "middle"), wide=False, body=edges)


def terminal(pins, turn=0, name="", electrical=PASSIVE):
    """One clamp of a terminal strip; the wire leaves to the right, or left for turn 2."""
    shape = '<circle class="f" cx="0" cy="0" r="5"/><path class="s" d="M-4 4L4 -4"/>'
    anchor, x = ("end", -1) if turn == 0 else ("start", 1)
    label = text(x, 0.4, name, anchor, 11)
    drawn = Drawn([shape, label], [(pins[0], name or pins[0], 0, 0, electrical)], (0, 0, "start"))
    drawn.texts = lambda *_: ()
    return drawn


def npn(pins, turn=0):
    """Base at the origin, collector up, emitter down."""
    del turn
    b, c, e = pins or ("B", "C", "E")
    shape = '<path class="s" d="M0 0H16M16 -12V12M16 -5L30 -16V-30M16 5L30 16V30M30 16l-3 -6M30 16l-7 -1"/>'
    return Drawn(
        [shape],
        [(b, "B", 0, 0, PASSIVE), (c, "C", 3, -3, PASSIVE), (e, "E", 3, 3, PASSIVE)],
        (4, 0, "start"),
        wide=False,
        body=(0.5, -2, 3.3, 2),
    )


def nmos(pins, turn=0):
    """Gate at the origin, drain up, source down."""
    del turn
    g, d, s = pins or ("G", "D", "S")
    shape = '<path class="s" d="M0 0H14M14 -11V11M19 -13V-6M19 -4V4M19 6V13M19 -10H30V-30M19 10H30V30M19 0H30V10M20 0l6 -3v6z"/>'
    return Drawn(
        [shape],
        [(g, "G", 0, 0, PASSIVE), (d, "D", 3, -3, PASSIVE), (s, "S", 3, 3, PASSIVE)],
        (4, 0, "start"),
        wide=False,
        body=(0.5, -2, 3.3, 2),
    )


def gas_tube(pins, turn=0):
    """Three electrodes: A on top at the origin, B below, the middle to the right."""
    del turn
    a, b, middle = pins or ("A", "B", "M")
    shape = (
        '<path class="s" d="M0 0V20M0 60V40M30 30H14M-8 20H8M-8 40H8M14 24V36"/>'
        '<rect class="s" x="-16" y="12" width="36" height="36" rx="16"/>'
    )
    return Drawn(
        [shape],
        [(a, "A", 0, 0, PASSIVE), (b, "B", 0, 6, PASSIVE), (middle, "M", 3, 3, PASSIVE)],
        (-2, 2.5, "end"),
        wide=False,
    )


def opto(pins, turn=0):
    """LED left, transistor right: anode (0, 0), cathode (0, 4), collector (10, 0), emitter (10, 4)."""
    del turn
    a, k, c, e = pins
    shape = (
        '<rect class="f" x="15" y="-10" width="70" height="60"/>'
        '<path class="s" d="M0 0H30V12M30 28V40H0M22 12H38L30 28ZM22 28H38'
        "M42 16l12 0M42 24l12 0M54 16l-4 -2M54 16l-4 2M54 24l-4 -2M54 24l-4 2"
        'M60 8V32M60 14L72 4V0H100M60 26L72 36V40H100M72 36l-3 -6M72 36l-7 -2"/>'
    )
    found = [(a, "A", 0, 0, PASSIVE), (k, "K", 0, 4, PASSIVE), (c, "C", 10, 0, PASSIVE), (e, "E", 10, 4, PASSIVE)]
    return Drawn([shape], found, (5, -3, "middle"), wide=False, body=(1.5, -1, 8.5, 5))


def driver(pins, turn=0):
    """One channel of an open-collector driver: in at the origin, out at (8, 0)."""
    del turn
    i, o = pins
    shape = '<path class="s" d="M0 0H20M56 0H80"/><path class="f" d="M20 -14V14L48 0Z"/><circle class="f" cx="52" cy="0" r="4"/>'
    drawn = Drawn(
        [shape],
        [(i, f"I{i}", 0, 0, INPUT), (o, f"O{o}", 8, 0, OPEN)],
        (3.4, -2, "middle"),
        wide=False,
        body=(2, -1.2, 5.6, 1.2),
    )
    drawn.shapes.append(text(1, -0.4, i, "middle", 8))
    drawn.shapes.append(text(7, -0.4, o, "middle", 8))
    return drawn
