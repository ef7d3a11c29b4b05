"""The cabinet: mounting plate to scale, door, glands."""

import csv
from pathlib import Path

from lane import rectangle
from sheet import DrawingError, Sheet

SCALE = 0.127  # grid units a millimetre
PLATE = (550, 750)


def places():
    """Devices on the plate, mm from its top left corner."""
    with (Path(__file__).parent / "layout.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        for column in ("x_mm", "y_mm", "width_mm", "height_mm"):
            row[column] = float(row[column])
        if row["x_mm"] + row["width_mm"] > PLATE[0] or row["y_mm"] + row["height_mm"] > PLATE[1]:
            raise DrawingError(f"{row['reference']} leaves the plate")
    for index, a in enumerate(rows):
        for b in rows[index + 1 :]:
            if (
                a["x_mm"] < b["x_mm"] + b["width_mm"]
                and b["x_mm"] < a["x_mm"] + a["width_mm"]
                and a["y_mm"] < b["y_mm"] + b["height_mm"]
                and b["y_mm"] < a["y_mm"] + a["height_mm"]
            ):
                raise DrawingError(f"{a['reference']} stands on {b['reference']}")
    return rows


def layout(number):
    sheet = Sheet("Cabinet 600 x 800 x 250 mm: plate 550 x 750 mm, door, glands (dimensions in mm)", number)
    left, top = 10, 9
    rectangle(sheet, left, top, PLATE[0] * SCALE, PLATE[1] * SCALE)
    sheet.text(left, top - 1, "Mounting plate", size=12, bold=True)
    for row in places():
        x, y = left + row["x_mm"] * SCALE, top + row["y_mm"] * SCALE
        width, height = row["width_mm"] * SCALE, row["height_mm"] * SCALE
        rectangle(sheet, x, y, width, height, "duct" if row["reference"] == "duct" else "f")
        if height > 60 and row["reference"] == "duct":
            continue
        write(sheet, x + width / 2, y + height / 2, width, row["label"])
    for label, y_mm in (("rail 1", 90), ("rail 2", 240), ("rail 3", 610)):
        sheet.text(left - 0.6, top + y_mm * SCALE, label, anchor="end", size=9)
    scale(sheet, left, top)
    door(sheet)
    glands(sheet, left, top)
    return sheet


def write(sheet, x, y, width, label):
    """The label in one line, or word by word where it is too wide."""
    size = 9
    if len(label) * 0.52 <= width:
        lines = [label]
    elif "," in label and len(label.split(",")[0]) * 0.52 <= width:
        lines = [part.strip() for part in label.split(",")]
    else:
        lines = label.split()
    for index, line in enumerate(lines):
        sheet.text(x, y + 0.4 + 1.3 * (index - (len(lines) - 1) / 2), line, anchor="middle", size=size)


def scale(sheet, left, top):
    y = top + PLATE[1] * SCALE + 1.5
    for x_mm in range(0, PLATE[0] + 1, 50):
        x = left + x_mm * SCALE
        sheet.svg.append(f'<path class="s" d="M{x * 10:g} {y * 10 - 4:g}V{y * 10 + 4:g}"/>')
        sheet.text(x, y + 1.8, str(x_mm), anchor="middle", size=9)
    for y_mm in range(50, PLATE[1] + 1, 100):
        x = left + PLATE[0] * SCALE + 1
        sheet.svg.append(f'<path class="s" d="M{x * 10 - 6:g} {(top + y_mm * SCALE) * 10:g}h12"/>')
        sheet.text(x + 1, top + y_mm * SCALE + 0.4, str(y_mm), size=9)


def door(sheet):
    x, y = 106, 9
    sheet.text(x, y - 1, "Door, from outside", size=12, bold=True)
    rectangle(sheet, x, y, 44, 46)
    for cx, cy, name in ((14, 12, "S1 key: gateway / by hand"), (14, 22, "S2 UP (hold)"), (14, 32, "S3 DOWN (hold)")):
        sheet.svg.append(f'<circle class="f" cx="{(x + cx) * 10}" cy="{(y + cy) * 10}" r="16"/>')
        sheet.text(x + cx + 3, y + cy + 0.4, name, size=11)
    sheet.text(x + 22, y + 42, "label: 230 V, disconnect at F5; lane number; drawing number", anchor="middle", size=9)
    sheet.note(
        x,
        58,
        "S6 door switch inside the frame, hinge side. Door bonded to PE with a 4 mm2 braid.",
        "S1, S2, S3: 22.5 mm holes, 150 mm from the hinge, 100 mm apart, from 150 mm down.",
        "Mains wires stay in the left and top ducts, 24 V wires in the others;",
        "loop pairs stay twisted up to X7 and B1 to B3.",
        "Wire colours (EN 60204-1): black L, light blue N, green-yellow PE, blue +24 V and signals,",
        "blue with white stripe 0VF and GND, orange what is live with F5 off (none here).",
        "Tighten UT 2.5 and MKDS 1.5 clamps to 0.5 to 0.6 Nm; pull every wire.",
        "Heat: below 25 W inside; the box gives off 5.5 W/m2 K over 1.1 m2: about 4 K above ambient.",
        "K1 to K10: coil + of the socket is terminal 0 (V24_EN), coil - terminal 1 (X10);",
        "compare with the marks on the socket before the first wire.",
        "Board on eight M3 spacers of 15 mm; drill the plate by the holes of the board.",
        "Mount 0.8 to 1.6 m above the ground, in view of the arm, out of its reach.",
        size=10,
    )


def glands(sheet, left, top):
    y = top + PLATE[1] * SCALE - 2.8
    names = ["W0", "W1 W2", "W3", "W4", "W5", "W6", "W7 W9", "W8", "W10", "W11"]
    for index, name in enumerate(names):
        x = left + 6.8 + index * 6.3
        sheet.svg.append(f'<circle class="f" cx="{x * 10:g}" cy="{y * 10:g}" r="9"/>')
        sheet.text(x, y + 2.2, name, anchor="middle", size=8)
