"""Own footprints, for parts that the standard library of KiCad does not have.

Turns a body into a `.kicad_mod`: through-hole pads at its pins, outline and name. Lengths in mm.
"""

from bodies import BODIES, PITCH_MM

# Name: part key, pad mm, drill mm, what the dimensions come from.
OWN = {
    "Nucleo64_Morpho": (
        "nucleo", 1.7, 1.0,
        "two sockets 2x19 at 2.54 mm, pin 1 of CN7 to pin 1 of CN10 60.96 mm, board 70 x 82.5 mm (ST UM1724)",
    ),
    "GDT_3_electrodes_P5.08mm": (
        "GDT", 2.2, 1.2, "gas tube 8 mm diameter, 11 mm long, leads formed to 5.08 mm (Bourns 2026)",
    ),
    "Converter_SIP7_TMA_single": (
        "iso_supply", 1.7, 1.0, "pins 1, 2, 4, 6 of a row of 7 at 2.54 mm, 19.5 x 6.1 mm (Traco TMA)",
    ),
}  # fmt: skip

# The module stands above the board: only its sockets keep others away.
COURTYARDS = {"nucleo": [(-1.6, -1.6, 4.14, 47.3), (59.36, -1.6, 65.1, 47.3)]}


def modules():
    """Text of every own footprint by file name."""
    return {f"{name}.kicad_mod": module(name, *row) for name, row in OWN.items()}


def module(name, key, pad_mm, drill_mm, description):
    body = BODIES[key]
    x1, y1, x2, y2 = (round(value * PITCH_MM, 2) for value in body.outline)
    lines = [
        f'(footprint "{name}" (version 20211014) (generator kakou) (layer "F.Cu")',
        f'  (descr "{description}")',
        "  (attr through_hole)",
        f'  (fp_text reference "REF**" (at {(x1 + x2) / 2:g} {y1 - 1.2:g}) (layer "F.SilkS")'
        " (effects (font (size 1 1) (thickness 0.15))))",
        f'  (fp_text value "{name}" (at {(x1 + x2) / 2:g} {y2 + 1.4:g}) (layer "F.Fab")'
        " (effects (font (size 1 1) (thickness 0.15))))",
    ]
    if key == "GDT":  # the outer leads stand under its ends
        lines += [
            f'  (fp_line (start {x1:g} {y:g}) (end {x2:g} {y:g}) (layer "F.SilkS") (width 0.12))' for y in (y1, y2)
        ]
    for layer, grow, width in (("F.SilkS", 0.1, 0.12), ("F.Fab", 0, 0.1))[key == "GDT" :]:
        lines.append(
            f"  (fp_rect (start {x1 - grow:g} {y1 - grow:g}) (end {x2 + grow:g} {y2 + grow:g})"
            f' (layer "{layer}") (width {width}) (fill none))'
        )
    for cx1, cy1, cx2, cy2 in COURTYARDS.get(key, [(x1 - 0.25, y1 - 0.25, x2 + 0.25, y2 + 0.25)]):
        lines.append(
            f'  (fp_rect (start {cx1:g} {cy1:g}) (end {cx2:g} {cy2:g}) (layer "F.CrtYd") (width 0.05) (fill none))'
        )
    for index, (number, (x, y)) in enumerate(body.pins.items()):
        shape = "rect" if index == 0 else "circle"
        lines.append(
            f'  (pad "{number}" thru_hole {shape} (at {x * PITCH_MM:g} {y * PITCH_MM:g})'
            f" (size {pad_mm} {pad_mm}) (drill {drill_mm}) (layers *.Cu *.Mask))"
        )
    return "\n".join([*lines, ")"]) + "\n"
