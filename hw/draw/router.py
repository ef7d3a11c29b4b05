"""A maze router for two copper layers: pins in, tracks and vias out.

Cells are 0.635 mm, checked at half cells. Every connection runs from pin to pin; one that has to
cross another pays for it, and the other is laid anew, until nothing crosses. It refuses to know
parts, and what a net is for. Lengths in mm.
"""

import heapq
import math
from dataclasses import dataclass, field

STEP = 0.635 / 2  # half a cell
VIA = 1.2  # taken as a track of this width on both layers
SLACK = 1e-6
DIRECTIONS = [(2, 0), (0, 2), (-2, 0), (0, -2), (2, 2), (2, -2), (-2, 2), (-2, -2)]
VIA_COST, SIDEWAYS, HISTORY = 14.0, 1.35, 0.15  # sideways below a diagonal, else it zigzags


@dataclass
class Pad:
    net: str
    x: float
    y: float
    half_x: float  # of the rectangle inside
    half_y: float
    radius: float  # around it


@dataclass
class Link:
    net: str
    start: Pad
    end: Pad
    width: float
    path: list = field(default_factory=list)  # (layer, column, row) in half cells
    laid: int = 0


class Board:
    """Half cells of a board, what blocks them, and what lies on them."""

    def __init__(self, width, height, clearance, widths):
        self.columns, self.rows = int(width / STEP), int(height / STEP)
        self.clearance, self.widths = clearance, sorted({*widths, VIA})
        self.fixed = {w: {} for w in self.widths}  # cell -> set of nets whose pads reach it
        self.walls = {w: set() for w in self.widths}
        self.near = set()  # where no via may stand
        self.copper = {w: ({}, {}) for w in self.widths}  # layer -> cell -> {link id: times}
        self.history = ({}, {})

    def disc(self, x, y, radius, half_x=0.0, half_y=0.0):
        """Half cells nearer than `radius` to a point, or to a rectangle around it."""
        across, along = int((radius + half_x) / STEP) + 1, int((radius + half_y) / STEP) + 1
        cx, cy = round(x / STEP), round(y / STEP)
        for i in range(cx - across, cx + across + 1):
            for j in range(cy - along, cy + along + 1):
                dx, dy = max(abs(i * STEP - x) - half_x, 0.0), max(abs(j * STEP - y) - half_y, 0.0)
                if dx**2 + dy**2 < (radius - SLACK) ** 2:
                    yield i, j

    def add_pad(self, pad):
        for width in self.widths:
            reach = pad.radius + self.clearance + width / 2
            for cell in self.disc(pad.x, pad.y, reach, pad.half_x, pad.half_y):
                self.fixed[width].setdefault(cell, set()).add(pad.net)
        self.near.update(self.disc(pad.x, pad.y, pad.radius + 0.9, pad.half_x, pad.half_y))

    def add_wall(self, inside, margin=0.0):
        """Blocks every half cell where `inside(x, y, grown)` holds; grown is half a track."""
        for width in self.widths:
            for i in range(self.columns + 1):
                for j in range(self.rows + 1):
                    if inside(i * STEP, j * STEP, width / 2 + margin):
                        self.walls[width].add((i, j))

    def free(self, width, net, cell):
        if cell in self.walls[width]:
            return False
        pads = self.fixed[width].get(cell)
        return not pads or pads == {net}

    def lay(self, identity, link, sign=1):
        """Puts the copper of a link on the cells, or takes it away."""
        for layer, i, j, own in strokes(link):
            for width in self.widths:
                held = self.copper[width][layer]
                for cell in self.disc(i * STEP, j * STEP, own / 2 + self.clearance + width / 2):
                    owners = held.setdefault(cell, {})
                    owners[identity] = owners.get(identity, 0) + sign
                    if not owners[identity]:
                        del owners[identity]


def strokes(link):
    """Every half cell of a path with the width of its copper; both layers at a via."""
    for (l1, i1, j1), (l2, i2, j2) in zip(link.path, link.path[1:]):
        if l1 != l2:
            yield 0, i1, j1, VIA
            yield 1, i1, j1, VIA
        else:
            yield l1, i1, j1, link.width
            yield l1, (i1 + i2) // 2, (j1 + j2) // 2, link.width
    if link.path:
        yield (*link.path[-1], link.width)


def snapped(value):
    """The nearest whole cell, in half cells."""
    return 2 * round(value / STEP / 2)


def search(board, link, links, penalty):
    """The cheapest path of a link; what it crosses is paid for."""
    start, end = [(snapped(p.x), snapped(p.y)) for p in (link.start, link.end)]
    copper, history = board.copper[link.width], board.history
    vias = board.copper[VIA]

    def crossing(layer, cell, held):
        owners = held[layer].get(cell)
        return owners and any(links[o].net != link.net for o in owners)

    def own(layer, cell):
        owners = copper[layer].get(cell)
        return owners and all(links[o].net == link.net for o in owners)

    def ahead(i, j):
        dx, dy = abs(i - end[0]), abs(j - end[1])
        return (max(dx, dy) + 0.414 * min(dx, dy)) / 2

    best, came = {}, {}
    heap = []
    for layer in (0, 1):
        best[layer, *start] = 0.0
        heapq.heappush(heap, (ahead(*start), layer, *start))
    while heap:
        cost, layer, i, j = heapq.heappop(heap)
        here = best[layer, i, j]
        if cost > here + ahead(i, j) + 1e-9:
            continue
        if (i, j) == end:
            return trace(came, (layer, i, j))
        steps = []
        for di, dj in DIRECTIONS:
            cell, middle = (i + di, j + dj), (i + di // 2, j + dj // 2)
            if not (0 <= cell[0] <= board.columns and 0 <= cell[1] <= board.rows):
                continue
            if not board.free(link.width, link.net, cell) or not board.free(link.width, link.net, middle):
                continue
            price = 1.414 if di and dj else 1.0
            if (layer == 0 and not di) or (layer == 1 and not dj):
                price *= SIDEWAYS
            if own(layer, cell):
                price *= 0.5
            if crossing(layer, cell, copper) or crossing(layer, middle, copper):
                price += penalty
            steps.append((price + history[layer].get(cell, 0.0), layer, *cell))
        if (i, j) not in board.near and board.free(VIA, link.net, (i, j)):
            price = VIA_COST + sum(penalty for side in (0, 1) if crossing(side, (i, j), vias))
            steps.append((price, 1 - layer, i, j))
        for price, *node in steps:
            node = tuple(node)
            total = here + price
            if total < best.get(node, math.inf) - 1e-9:
                best[node] = total
                came[node] = (layer, i, j)
                heapq.heappush(heap, (total + ahead(node[1], node[2]), *node))
    return None


def trace(came, node):
    path = [node]
    while node in came:
        node = came[node]
        path.append(node)
    return path[::-1]


def crossed(board, link, links):
    """Links of other nets under a path."""
    found = set()
    for layer, i, j, width in strokes(link):
        for other in board.copper[width][layer].get((i, j), ()):
            if links[other].net != link.net:
                found.add(other)
    return found


def route(board, links, rounds, report=print):
    """Lays every link; returns those that stay open."""
    waiting = sorted(range(len(links)), key=lambda n: (-links[n].width, span(links[n])))
    penalty, failed = 4.0, []
    for turn in range(rounds):
        if not waiting:
            break
        again = []
        for identity in waiting:
            link = links[identity]
            if link.path:
                continue
            path = search(board, link, links, penalty)
            if path is None:
                failed.append(link)
                continue
            link.path, link.laid = path, link.laid + 1
            for other in crossed(board, link, links):
                board.lay(other, links[other], -1)
                for layer, i, j in link.path:
                    board.history[layer][i, j] = board.history[layer].get((i, j), 0.0) + HISTORY
                links[other].path = []
                again.append(other)
            board.lay(identity, link)
        report(f"round {turn + 1}: {len(again)} to lay anew, {len(failed)} without a way")
        waiting = list(dict.fromkeys(again))
        penalty *= 1.35
    return failed + [links[n] for n in waiting]


def span(link):
    return abs(link.start.x - link.end.x) + abs(link.start.y - link.end.y)


def segments(link):
    """Straight runs and vias of a path: (layer, x1, y1, x2, y2) and (x, y)."""
    runs, vias = [], []
    points = link.path
    first = points[0]
    for index in range(1, len(points)):
        before, here = points[index - 1], points[index]
        if before[0] != here[0]:
            if first != before:
                runs.append((before[0], *first[1:], *before[1:]))
            vias.append(before[1:])
            first = here
            continue
        after = points[index + 1] if index + 1 < len(points) else None
        straight = (
            after is not None
            and after[0] == here[0]
            and (after[1] - here[1], after[2] - here[2]) == (here[1] - before[1], here[2] - before[2])
        )
        if not straight:
            runs.append((here[0], *first[1:], *here[1:]))
            first = here
    mm = [(layer, *(value * STEP for value in ends)) for layer, *ends in runs]
    return mm, [(i * STEP, j * STEP) for i, j in vias]
