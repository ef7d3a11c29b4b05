"""Point-to-point wires of a hand-wired board: the shortest tree of every net, with gauge and colour.

Turns pin positions into rows that one person solders and ticks off; no pad takes more than three.
"""

import csv
import io

from board import PLACES, SEAM, card, holes
from bodies import PITCH_MM

MOST_AT_A_PAD = 3
SEAM_PENALTY = 30  # holes: as few wires as possible run from card to card
LEAD = 2.1  # holes: so near, the bent lead of a part is the wire
HEAVY = {"24V_CTRL", "D1_1", "V24", "V24_LOGIC", "V24_BANK", "V24_EN"}
NAMED = {
    "GND": ("0.5", "black"), "PE": ("0.5", "green-yellow"), "0VF": ("0.25", "white-blue"),
    "supply_5v": ("0.25", "orange"), "supply_3v3": ("0.25", "yellow"), "5V_BUS": ("0.25", "violet"),
    "0V_BUS": ("0.25", "grey"),
}  # fmt: skip
BY_DOMAIN = {"field": ("0.25", "blue"), "bus": ("0.25", "green"), "logic": ("0.14", "white")}


def kind(net, domain):
    """Cross-section in mm2 and colour."""
    if net in HEAVY:
        return ("0.5", "red")
    return NAMED.get(net) or BY_DOMAIN[domain]


def board_nets(parts, nets):
    """Net -> [(reference, pin, column, row)] of the board alone, where there are two pins or more."""
    at = {reference: holes(reference, parts[reference].key) for reference in PLACES}
    found = {}
    for net, joined in nets.items():
        mine = [(r, p, *at[r][p]) for r, p in joined if r in at]
        if len(mine) > 1:
            found[net] = mine
    return found


def tree(pins):
    """Pairs of pins that join a net: shortest first, while a pad is not full (Kruskal)."""
    pairs = []
    for i, (_, _, ax, ay) in enumerate(pins):
        for j in range(i + 1, len(pins)):
            _, _, bx, by = pins[j]
            length = ((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5
            pairs.append((length + (SEAM_PENALTY if (ax < SEAM) != (bx < SEAM) else 0), i, j))
    group, used, chosen = list(range(len(pins))), [0] * len(pins), []
    for _, i, j in sorted(pairs):
        if group[i] != group[j] and max(used[i], used[j]) < MOST_AT_A_PAD:
            used[i] += 1
            used[j] += 1
            chosen.append((pins[i], pins[j]))
            group = [group[i] if g == group[j] else g for g in group]
    return chosen


def wires(parts, nets, belongs):
    """Every wire: number, net, ends as (reference, pin, column, row), mm2, colour, mm, how."""
    found = []
    for net, pins in board_nets(parts, nets).items():
        mm2, colour = kind(net, belongs[net])
        for start, end in tree(pins):
            length = ((start[2] - end[2]) ** 2 + (start[3] - end[3]) ** 2) ** 0.5
            crossing = (start[2] < SEAM) != (end[2] < SEAM)
            how = "between cards" if crossing else "lead" if length < LEAD else "wire"
            cut = 0 if how == "lead" else round(length * PITCH_MM * 1.2 + 12)
            found.append((len(found) + 1, net, start, end, mm2, colour, cut, how))
    return found


def hole(column, row):
    side, own = card(column)
    return f"{side} {own}/{row}"


def table(found):
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["wire", "net", "from", "from_hole", "to", "to_hole", "mm2", "colour", "cut_mm", "how"])
    for number, net, (r1, p1, x1, y1), (r2, p2, x2, y2), mm2, colour, cut, how in found:
        out.writerow([number, net, f"{r1}.{p1}", hole(x1, y1), f"{r2}.{p2}", hole(x2, y2), mm2, colour, cut or "-", how])
    return text.getvalue()
