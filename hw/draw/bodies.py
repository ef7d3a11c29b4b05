"""How much board each kind of part takes: its pins and its outline, in holes of 2.54 mm.

Pin 1 lies at the origin, the part extends to the right. It refuses to know where a part is placed.
"""

from dataclasses import dataclass

PITCH_MM = 2.54


@dataclass(frozen=True)
class Body:
    pins: dict  # number -> (x, y)
    outline: tuple  # (x1, y1, x2, y2)
    round: bool = False
    height_mm: float = 5.0


def boxed(x, y, width_mm, depth_mm):
    """An outline around a centre."""
    return (
        x - width_mm / 2 / PITCH_MM,
        y - depth_mm / 2 / PITCH_MM,
        x + width_mm / 2 / PITCH_MM,
        y + depth_mm / 2 / PITCH_MM,
    )


def axial(span, length_mm, diameter_mm):
    return Body(
        {"1": (0, 0), "2": (span, 0)}, boxed(span / 2, 0, length_mm, diameter_mm), height_mm=diameter_mm + 0.5
    )


def radial(span, diameter_mm, height_mm):
    return Body(
        {"1": (0, 0), "2": (span, 0)},
        boxed(span / 2, 0, diameter_mm, diameter_mm),
        round=True,
        height_mm=height_mm,
    )


def block(span, width_mm, depth_mm, height_mm):
    return Body({"1": (0, 0), "2": (span, 0)}, boxed(span / 2, 0, width_mm, depth_mm), height_mm=height_mm)


def dip(count):
    half = count // 2
    pins = {str(n + 1): (0, n) for n in range(half)}
    pins |= {str(count - n): (3, n) for n in range(half)}
    return Body(pins, boxed(1.5, (half - 1) / 2, 6.4, (half - 1) * PITCH_MM + 2.2))


def row(numbers, width_mm, depth_mm, height_mm, shift=0.0):
    """A single row: `numbers` by hole, None where a hole stays free."""
    pins = {number: (x, 0) for x, number in enumerate(numbers) if number}
    return Body(pins, boxed((len(numbers) - 1) / 2, shift, width_mm, depth_mm), height_mm=height_mm)


def clamps(poles):
    """MKDS 1.5 at 5.08 mm; the wires enter from below."""
    pins = {str(n + 1): (2 * n, 0) for n in range(poles)}
    return Body(pins, (-1, -5.2 / PITCH_MM, 2 * poles - 1, 4.6 / PITCH_MM), height_mm=14)


def morpho():
    """NUCLEO-64 on two sockets of 2 x 19: outer columns 63.5 mm apart (ST UM1724), board 70 x 82.5 mm."""
    pins = {}
    for number in range(1, 39):
        column, line = (number - 1) % 2, (number - 1) // 2
        pins[f"CN7.{number}"] = (column, line)
        pins[f"CN10.{number}"] = (24 + column, line)
    return Body(pins, (-1.28, -12.2, 26.28, 20.3), height_mm=25)


RESISTOR = axial(4, 6.3, 2.5)
BODIES = {
    "nucleo": morpho(),
    "input_series": axial(5, 9.9, 3.6),
    **{key: RESISTOR for key in ("1k8", "10k", "1k", "220R", "470R", "680R", "120R", "100R", "36k", "4k7")},
    "pulse_10R": axial(5, 9.9, 3.6),
    "charge_33R": axial(8, 17.0, 6.0),
    "TVS36": axial(4, 7.6, 3.6),
    "TVS6V8": axial(4, 7.6, 3.6),
    "1N4148": axial(3, 4.0, 2.0),
    "1N4007": axial(4, 5.2, 2.7),
    "zener10": axial(4, 5.2, 2.7),
    "SB560": axial(6, 9.5, 5.3),
    "LED": radial(1, 3.8, 5.0),
    "opto": dip(4),
    "6N137": dip(8),
    "MAX485": dip(8),
    "ULN2803A": dip(18),
    "iso_supply": Body({"1": (0, 0), "2": (1, 0), "4": (3, 0), "6": (5, 0)}, boxed(3, 0, 19.5, 6.1), height_mm=10.2),
    "buck": row(["1", "2", "3"], 11.7, 7.6, 10.2, shift=-0.7),
    "NPN": row(["1", "2", "3"], 5.2, 4.2, 5.5),
    "NMOS": row(["1", "2", "3"], 5.2, 4.2, 5.5),
    "10n": block(2, 5.0, 2.5, 5.0),
    "100n": block(2, 5.0, 2.5, 5.0),
    "pump_2u2": block(2, 7.2, 7.2, 13.0),
    "4u7": radial(1, 5.0, 11.0),
    "22u": radial(1, 5.0, 11.0),
    "470u": radial(2, 10.0, 20.0),
    "hold_4700u": radial(4, 25.0, 31.0),
    "fuse": block(9, 25.5, 9.6, 12.0),
    "GDT": Body({"A": (0, 0), "M": (2, 0), "B": (4, 0)}, boxed(2, 0, 11.0, 8.0), height_mm=9.0),
    "jumper": block(1, 5.0, 2.5, 9.0),
    "terminal_power": clamps(2),
    "terminal_inputs": clamps(14),
    "terminal_bus": clamps(4),
    "terminal_relays": clamps(12),
}


def turned(x, y, turn):
    """Clockwise quarter turns, as on the drawing (y points down)."""
    return [(x, y), (-y, x), (-x, -y), (y, -x)][turn]
