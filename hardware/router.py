"""A two-layer maze router: enough for a board of sixty parts, and always the same.

Each net grows from its first pad to the nearest pad not reached yet, by A* over a grid.
Cells closer to other copper than the clearance are walls, and so is every cell outside
the net's own country: the barrier cannot be crossed.  Nets that find no way are put
first in the queue and all is begun anew.
"""

import heapq
import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from hardware import circuit, placement
from hardware.board import Land, Track, Via, holes, lands
from hardware.model import Side

GRID_MM = 0.5
COLUMNS, ROWS = (
    round(placement.WIDTH / GRID_MM) + 1,
    round(placement.HEIGHT / GRID_MM) + 1,
)
#: Track width and clearance by country, mm.  Ringing on the line peaks at 200 V, for
#: which IPC-2221 asks 0.4 mm under solder mask.
WIDTH_MM = {Side.LINE: 0.8, Side.ISLAND: 0.5, Side.PI: 0.5}
CLEARANCE_MM = {Side.LINE: 0.6, Side.ISLAND: 0.35, Side.PI: 0.35}
#: Grounds are poured over both layers of their country instead of routed.
POURED = frozenset(placement.POURS)
#: Parts whose pads the pour may not reach, and one that it does: these get tracks too.
TIED = {"GND": frozenset({"J3", "J4", "J5", "C11"}), "GNDI": frozenset()}
#: Copper further than this from a cell cannot matter to it, mm.
REACH_MM = 2.5
#: A slanting track comes closer to a corner between two cells than at either, mm.
SLACK_MM = 0.11
#: A change of layer costs as much as so many steps.
VIA_COST = 12.0
VIA_MM = 1.2
_STEPS = tuple(
    (dx, dy, math.hypot(dx, dy)) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy
)
Cell = tuple[int, int, int]  # layer, row, column
Mask = NDArray[np.bool_]
Field = NDArray[np.float64]


class Unroutable(RuntimeError):
    """A net found no way, however the queue was ordered."""


def route(attempts: int = 40) -> tuple[list[Track], list[Via]]:
    """Return tracks and vias that join every net."""
    placed = list(lands())
    nets = [net for net in circuit.nets() if net not in POURED or TIED[net]]
    order = sorted(nets, key=lambda net: _span(net, placed))
    for _ in range(attempts):
        work = _Work(placed)
        failed = [net for net in order if not work.join(net)]
        if not failed:
            return work.tracks, work.vias
        order = [*failed, *(net for net in order if net not in failed)]
    raise Unroutable(f"no way for {', '.join(failed)}")


def _span(net: str, placed: Iterable[Land]) -> tuple[float, str]:
    mine = [land for land in placed if land.net == net]
    xs, ys = [land.x for land in mine], [land.y for land in mine]
    return max(xs) - min(xs) + max(ys) - min(ys), net


class _Work:
    """The board while it is being routed."""

    def __init__(self, placed: list[Land]) -> None:
        self.tracks: list[Track] = []
        self.vias: list[Via] = []
        self._placed = placed
        rows, columns = np.mgrid[0:ROWS, 0:COLUMNS]
        self._x, self._y = columns * GRID_MM, rows * GRID_MM

    def join(self, net: str) -> bool:
        """Route one net; False if a pad cannot be reached."""
        side = circuit.side_of(net)
        walls, no_via = self._walls(net, side)
        pads = [
            self._cells(land)
            for land in self._placed
            if land.net == net and (net not in POURED or land.ref in TIED[net])
        ]
        tree, left = set(pads[0]), pads[1:]
        while left:
            path = _search(tree, left, walls, no_via)
            if path is None:
                return False
            self._lay(net, side, path)
            tree.update(path)
            reached = [pad for pad in left if path[-1] in pad or pad & tree]
            for pad in reached:
                tree |= pad
                left.remove(pad)
        return True

    def _cells(self, land: Land) -> set[Cell]:
        """Return the cells of a pad, its middle on both layers."""
        row, column = round(land.y / GRID_MM), round(land.x / GRID_MM)
        return {(0, row, column), (1, row, column)}

    def _walls(self, net: str, side: Side) -> tuple[list[Mask], Mask]:
        half, clearance = WIDTH_MM[side] / 2, CLEARANCE_MM[side]
        home = np.zeros((ROWS, COLUMNS), bool)
        for x0, y0, x1, y1 in placement.COUNTRIES[side]:
            inside_x = (self._x >= x0 + VIA_MM / 2) & (self._x <= x1 - VIA_MM / 2)
            home |= (
                inside_x & (self._y >= y0 + VIA_MM / 2) & (self._y <= y1 - VIA_MM / 2)
            )
        distance = [np.full((ROWS, COLUMNS), 99.0) for _ in range(2)]
        for land in self._placed:
            if land.net != net:
                for layer in range(2):
                    self._near_box(distance[layer], land)
        for track in self.tracks:
            if track.net != net:
                self._near_track(distance[track.layer], track)
        for via in self.vias:
            if via.net != net:
                for layer in range(2):
                    self._near_point(distance[layer], via.x, via.y, via.size / 2)
        for x, y, drill in holes():
            for layer in range(2):
                self._near_point(distance[layer], x, y, drill / 2)
        walls = [~home | (near < clearance + half + SLACK_MM) for near in distance]
        room = clearance + VIA_MM / 2 + SLACK_MM
        no_via = ~home | (distance[0] < room) | (distance[1] < room)
        for land in self._placed:
            if land.net == net:
                for layer, row, column in self._cells(land):
                    walls[layer][row, column] = False
                    no_via[row, column] = True
        return walls, no_via

    def _near_box(self, distance: Field, land: Land) -> None:
        x0, y0, x1, y1 = land.box
        at = _window(x0, y0, x1, y1)
        dx = np.maximum(np.maximum(x0 - self._x[at], self._x[at] - x1), 0)
        dy = np.maximum(np.maximum(y0 - self._y[at], self._y[at] - y1), 0)
        distance[at] = np.minimum(distance[at], np.hypot(dx, dy))

    def _near_point(self, distance: Field, x: float, y: float, radius: float) -> None:
        at = _window(x - radius, y - radius, x + radius, y + radius)
        away = np.hypot(self._x[at] - x, self._y[at] - y) - radius
        distance[at] = np.minimum(distance[at], away)

    def _near_track(self, distance: Field, track: Track) -> None:
        xs, ys = sorted((track.x0, track.x1)), sorted((track.y0, track.y1))
        at = _window(xs[0], ys[0], xs[1], ys[1])
        along_x, along_y = track.x1 - track.x0, track.y1 - track.y0
        length = along_x**2 + along_y**2 or 1.0
        x, y = self._x[at] - track.x0, self._y[at] - track.y0
        share = np.clip((x * along_x + y * along_y) / length, 0, 1)
        away = np.hypot(x - share * along_x, y - share * along_y) - track.width / 2
        distance[at] = np.minimum(distance[at], away)

    def _lay(self, net: str, side: Side, path: list[Cell]) -> None:
        """Turn cells into straight tracks and vias."""
        width = WIDTH_MM[side]
        start = path[0]
        for i in range(1, len(path)):
            before, here = path[i - 1], path[i]
            if before[0] != here[0]:
                self.vias.append(Via(net, here[2] * GRID_MM, here[1] * GRID_MM, VIA_MM))
                self._track(net, width, start, before)
                start = here
            elif i + 1 == len(path) or _turns(before, here, path[i + 1]):
                self._track(net, width, start, here)
                start = here

    def _track(self, net: str, width: float, a: Cell, b: Cell) -> None:
        if a[1:] != b[1:]:
            x0, y0, x1, y1 = (value * GRID_MM for value in (a[2], a[1], b[2], b[1]))
            self.tracks.append(Track(net, a[0], x0, y0, x1, y1, width))


def _window(x0: float, y0: float, x1: float, y1: float) -> tuple[slice, slice]:
    """Return the cells that copper in a box may concern."""
    rows = slice(
        max(0, int((y0 - REACH_MM) / GRID_MM)),
        max(0, int((y1 + REACH_MM) / GRID_MM) + 2),
    )
    columns = slice(
        max(0, int((x0 - REACH_MM) / GRID_MM)),
        max(0, int((x1 + REACH_MM) / GRID_MM) + 2),
    )
    return rows, columns


def _turns(a: Cell, b: Cell, c: Cell) -> bool:
    return (b[0] != c[0]) or (b[1] - a[1], b[2] - a[2]) != (c[1] - b[1], c[2] - b[2])


def _search(
    sources: set[Cell], targets: list[set[Cell]], walls: list[Mask], no_via: Mask
) -> list[Cell] | None:
    """Return the cheapest path from the tree to any target."""
    goals = {cell for pad in targets for cell in pad}
    spots = sorted({(row, column) for _, row, column in goals})

    def ahead(cell: Cell) -> float:
        return min(math.hypot(cell[1] - r, cell[2] - c) for r, c in spots)

    cost = dict.fromkeys(sources, 0.0)
    came: dict[Cell, Cell] = {}
    queue = [(ahead(cell), cell) for cell in sorted(sources)]
    heapq.heapify(queue)
    done: set[Cell] = set()
    while queue:
        _, cell = heapq.heappop(queue)
        if cell in done:
            continue
        done.add(cell)
        if cell in goals:
            return _back(cell, came)
        for there, price in _next(cell, walls, no_via):
            total = cost[cell] + price
            if total < cost.get(there, math.inf):
                cost[there], came[there] = total, cell
                heapq.heappush(queue, (total + ahead(there), there))
    return None


def _next(cell: Cell, walls: list[Mask], no_via: Mask) -> list[tuple[Cell, float]]:
    layer, row, column = cell
    found = []
    for dx, dy, price in _STEPS:
        r, c = row + dy, column + dx
        if 0 <= r < ROWS and 0 <= c < COLUMNS and not walls[layer][r, c]:
            # Each layer prefers one direction, so that tracks cross instead of block.
            against = (layer == 0 and dy and not dx) or (layer == 1 and dx and not dy)
            found.append(((layer, r, c), price * (1.3 if against else 1.0)))
    if not no_via[row, column] and not walls[1 - layer][row, column]:
        found.append(((1 - layer, row, column), VIA_COST))
    return found


def _back(cell: Cell, came: dict[Cell, Cell]) -> list[Cell]:
    path = [cell]
    while path[-1] in came:
        path.append(came[path[-1]])
    return path[::-1]
