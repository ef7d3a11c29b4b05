"""Builds the printed board: KiCad file, rule check and production files from the placement.

/usr/bin/python3 hw/draw/printed.py FOOTPRINTS   with KiCad 6 and its footprint library

Turns `placement.csv` into a routed board of two layers, in `gate-controller/board/`. Copper of one
isolation domain cannot enter another: the gaps are walls to the router and rule areas in the file.
"""

import csv
import math
import sys
from pathlib import Path

import finish
import finish
import pcbnew
from board import MOUNTING, SEAM
from pcbnew import FromMM, ToMM, wxPointMM
from router import Board, Link, Pad, route

CONTROLLER = Path(__file__).parent.parent / "gate-controller"
OUT = CONTROLLER / "board"
ORIGIN, WIDTH, HEIGHT, PITCH = 20.0, 200.0, 160.0, 2.54
CLEARANCE, NARROW, WIDE, EARTH = 0.3, 0.3, 0.9, 2.4
WIDTHS = {net: WIDE for net in ("24V_CTRL", "D1_1", "V24", "V24_LOGIC", "V24_BANK", "V24_EN", "GND", "supply_5v")}
WIDTHS["PE"] = EARTH  # drawn as WIDE, the rest is distance to everything else
# The isolation gaps, in holes: field | logic, logic | bus, field | bus.
GAP = [
    (20.55, -1), (22.45, -1), (22.45, 43.7), (26.55, 43.7), (28.45, 43.7), (28.45, 60.1), (27.5, 60.1), (27.5, 64),
    (26.5, 64), (26.5, 60.1), (26.55, 60.1), (26.55, 45.25), (19.3, 45.25), (19.3, 46.7), (-1.5, 46.7), (-1.5, 44.85),
    (20.55, 44.85),
]  # fmt: skip


def place(column, row):
    """Hole to mm from the corner of the board."""
    return ((column - SEAM) * PITCH + WIDTH / 2, (row - 31.5) * PITCH + HEIGHT / 2)


def page(x, y):
    return wxPointMM(ORIGIN + x, ORIGIN + y)


def parts():
    """Reference -> (footprint, {pin: (column, row, net)})."""
    found = {}
    with (CONTROLLER / "placement.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            column = int(row["column"]) + (SEAM if row["card"] == "R" else 0)
            pins = found.setdefault(row["reference"], (row["footprint"], {}))[1]
            pins[row["pin"]] = (column, int(row["row"]), row["net"])
    return found


def fitted(footprint, pins):
    """Turns and moves a footprint so that its pads meet the holes; returns the largest error in mm."""
    best = None
    for angle in (0, 90, 180, 270):
        footprint.SetPosition(wxPointMM(0, 0))
        footprint.SetOrientationDegrees(angle)
        at = {pad.GetNumber(): pad.GetPosition() for pad in footprint.Pads()}
        errors = [(place(c, r)[0] - ToMM(at[p].x), place(c, r)[1] - ToMM(at[p].y)) for p, (c, r, _) in pins.items()]
        mx, my = (sum(axis) / len(errors) for axis in zip(*errors))
        error = max(math.hypot(x - mx, y - my) for x, y in errors)
        if best is None or error < best[0] - 1e-6:
            best = (error, angle, mx, my)
    error, angle, mx, my = best
    footprint.SetOrientationDegrees(angle)
    footprint.SetPosition(page(mx, my))
    return error


def populate(board, library):
    nets = {}
    for reference, (name, pins) in parts().items():
        folder, footprint = name.split(":", 1)
        path = CONTROLLER / "kakou.pretty" if folder == "Kakou" else library / f"{folder}.pretty"
        item = pcbnew.FootprintLoad(str(path), footprint)
        if fitted(item, pins) > 0.3:
            raise SystemExit(f"{reference}: {name} does not fit its holes")
        item.SetReference(reference)
        item.Value().SetVisible(False)
        board.Add(item)
        for pad in item.Pads():
            net = pins.get(pad.GetNumber(), (0, 0, ""))[2]
            if net and net not in nets:
                nets[net] = pcbnew.NETINFO_ITEM(board, net)
                board.Add(nets[net])
            if net:
                pad.SetNet(nets[net])
    return nets


def outline(board):
    corners = [(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)]
    for a, b in zip(corners, corners[1:] + corners[:1]):
        shape = pcbnew.PCB_SHAPE(board)
        shape.SetShape(pcbnew.SHAPE_T_SEGMENT)
        shape.SetLayer(pcbnew.Edge_Cuts)
        shape.SetStart(page(*a))
        shape.SetEnd(page(*b))
        shape.SetWidth(FromMM(0.1))
        board.Add(shape)


def rule_area(board, corners):
    zone = pcbnew.ZONE(board)
    zone.SetIsRuleArea(True)
    zone.SetDoNotAllowTracks(True)
    zone.SetDoNotAllowVias(True)
    zone.SetDoNotAllowCopperPour(True)
    zone.SetDoNotAllowPads(False)
    zone.SetDoNotAllowFootprints(False)
    add_zone(board, zone, [pcbnew.F_Cu, pcbnew.B_Cu], corners)


def add_zone(board, zone, layers, corners):
    chosen = pcbnew.LSET()
    for layer in layers:
        chosen.AddLayer(layer)
    zone.SetLayerSet(chosen)
    shape = zone.Outline()
    shape.NewOutline()
    for x, y in corners:
        point = page(x, y)
        shape.Append(point.x, point.y)
    board.Add(zone)


def holes(board, library):
    for column, row in MOUNTING:
        item = pcbnew.FootprintLoad(str(library / "MountingHole.pretty"), "MountingHole_3.2mm_M3")
        x, y = place(column, row)
        item.SetPosition(page(x, y))
        item.SetReference(f"H{column}{row}")
        item.Reference().SetVisible(False)
        item.Value().SetVisible(False)
        board.Add(item)
        ring = [(x + 3.3 * math.cos(t * math.pi / 8), y + 3.3 * math.sin(t * math.pi / 8)) for t in range(16)]
        rule_area(board, ring)


def inside_walls():
    gap = [place(*corner) for corner in GAP]
    rings = [place(*hole) for hole in MOUNTING]

    def wall(x, y, grown):
        if not (0.5 + grown <= x <= WIDTH - 0.5 - grown and 0.5 + grown <= y <= HEIGHT - 0.5 - grown):
            return True
        if any(math.hypot(x - cx, y - cy) < 3.4 + grown for cx, cy in rings):
            return True
        return within(x, y, gap) or near_edge(x, y, gap, grown)

    return wall


def within(x, y, corners):
    odd = False
    for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1]):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            odd = not odd
    return odd


def near_edge(x, y, corners, distance):
    for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1]):
        dx, dy = x2 - x1, y2 - y1
        t = max(0.0, min(1.0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy or 1)))
        if math.hypot(x - x1 - t * dx, y - y1 - t * dy) < distance:
            return True
    return False


def links(pads):
    """Shortest tree of every net."""
    by_net = {}
    for pad in pads:
        if not pad.net.startswith("open"):
            by_net.setdefault(pad.net, []).append(pad)
    found = []
    for net, mine in sorted(by_net.items()):
        joined, rest = [mine[0]], mine[1:]
        while rest:
            _, start, end = min(
                ((abs(a.x - b.x) + abs(a.y - b.y), i, j) for i, a in enumerate(joined) for j, b in enumerate(rest))
            )
            found.append(Link(net, joined[start], rest[end], WIDTHS.get(net, NARROW)))
            joined.append(rest.pop(end))
    return found


def pads_of(board):
    """Every pad as the router sees it; one without a net blocks everybody."""
    found = []
    for item in board.GetFootprints():
        for pad in item.Pads():
            at, box = pad.GetPosition(), pad.GetBoundingBox()
            half_x, half_y = ToMM(box.GetWidth()) / 2, ToMM(box.GetHeight()) / 2
            radius = min(half_x, half_y) if pad.GetShape() == pcbnew.PAD_SHAPE_CIRCLE else 0.0
            name = pad.GetNetname() or f"open {item.GetReference()} {pad.GetNumber()}"
            x, y = ToMM(at.x) - ORIGIN, ToMM(at.y) - ORIGIN
            found.append(Pad(name, x, y, half_x - radius, half_y - radius, radius))
    return found


def main(library):
    board = pcbnew.BOARD()
    nets = populate(board, library)
    outline(board)
    holes(board, library)
    rule_area(board, [place(*corner) for corner in GAP])
    pads = pads_of(board)
    maze = Board(WIDTH, HEIGHT, CLEARANCE, [NARROW, WIDE, EARTH])
    for pad in pads:
        maze.add_pad(pad)
    maze.add_wall(inside_walls())
    laid = links(pads)
    opened = route(maze, laid, 40)
    for link in opened:
        print("open:", link.net, round(link.start.x), round(link.start.y), round(link.end.x), round(link.end.y))
    if opened:
        return 1
    OUT.mkdir(exist_ok=True)
    finish.tracks(board, nets, laid)
    finish.pours(board, nets)
    finish.lettering(board)
    return finish.save(board, OUT)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
