"""The relations as pictures that need no browser to be made: one SVG for each group of models.

Parents stand to the left of their children as far as they can; a relation to a model of another
group ends in the name of that model. Looks are classes, so that a page's style sheet decides them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from referee.features.whole_report.values import Picture, PictureEdge

_HEIGHT = 26
_GAP_Y = 12
_GAP_X = 110
_LETTER = 7.2
_PAD = 14
_MARGIN = 10
# How many rows of models stand above each other before a layer is folded into two columns.
_MOST_ROWS = 14
_SWEEPS = 4


@dataclass(frozen=True, slots=True)
class _Box:
    """A model in the picture; `other` names the group of one that stands elsewhere."""

    name: str
    x: float
    y: float
    width: float
    is_elsewhere: bool


def pictures_of(picture: Picture) -> list[tuple[str, str]]:
    """Return the title and the SVG of each group in which a relation starts or ends."""
    found: list[tuple[str, str]] = []
    for title, models in picture.groups:
        inside = frozenset(models)
        edges = [edge for edge in picture.edges if edge.child in inside]
        if edges:
            found.append((title, _svg(title, models, edges)))
    return found


def _svg(title: str, models: Sequence[str], edges: Sequence[PictureEdge]) -> str:
    inside = frozenset(models)
    elsewhere = list(dict.fromkeys(edge.parent for edge in edges if edge.parent not in inside))
    names = [*elsewhere, *models]
    drawn = {edge.child for edge in edges} | {edge.parent for edge in edges}
    names = [name for name in names if name in drawn]
    layers = _ordered(_layers(names, edges), edges)
    boxes = _boxes(layers, frozenset(elsewhere))
    width = max(box.x + box.width for box in boxes.values()) + _MARGIN
    height = max(box.y + _HEIGHT for box in boxes.values()) + _MARGIN
    parts = [
        f'<svg class="relations" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" aria-label="{escape(_label(title, edges))}">',
        *(_edge(edge, boxes) for edge in edges),
        *(_node(box) for box in boxes.values()),
        "</svg>",
    ]
    return "\n".join(parts)


def _label(title: str, edges: Sequence[PictureEdge]) -> str:
    return f"{title}: {len(edges)} relations"


def _layers(names: Sequence[str], edges: Iterable[PictureEdge]) -> list[list[str]]:
    """Return models in layers: each one behind the parents that it is not in a ring with."""
    parents: dict[str, list[str]] = {name: [] for name in names}
    for edge in edges:
        if edge.parent != edge.child:
            parents[edge.child].append(edge.parent)
    level: dict[str, int] = {}
    for name in names:
        _level_of(name, parents, level)
    layers: list[list[str]] = [[] for _ in range(max(level.values()) + 1)]
    for name in names:
        layers[level[name]].append(name)
    return layers


def _level_of(start: str, parents: Mapping[str, Sequence[str]], level: dict[str, int]) -> None:
    """Put a model one layer behind its furthest parent; what closes a ring is passed over."""
    open_names: dict[str, None] = {}
    work: list[tuple[str, bool]] = [(start, False)]
    while work:
        name, is_done = work.pop()
        if is_done:
            del open_names[name]
            known = [level[parent] for parent in parents[name] if parent in level]
            level[name] = max(known, default=-1) + 1
        elif name not in level and name not in open_names:
            open_names[name] = None
            work.append((name, True))
            work += [(parent, False) for parent in reversed(parents[name])]


def _ordered(layers: list[list[str]], edges: Sequence[PictureEdge]) -> list[list[str]]:
    """Order each layer by where the neighbours of its models stand, to and fro a few times."""
    neighbours: dict[str, list[str]] = {name: [] for layer in layers for name in layer}
    for edge in edges:
        neighbours[edge.child].append(edge.parent)
        neighbours[edge.parent].append(edge.child)
    for sweep in range(_SWEEPS):
        place = {
            name: (number + 0.5) / len(layer)
            for layer in layers
            for number, name in enumerate(layer)
        }
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            middle = {
                name: sum(place[each] for each in neighbours[name]) / len(neighbours[name])
                if neighbours[name]
                else place[name]
                for name in layer
            }
            layer.sort(key=middle.__getitem__)
            place.update({name: (n + 0.5) / len(layer) for n, name in enumerate(layer)})
    return layers


def _boxes(layers: Sequence[Sequence[str]], elsewhere: frozenset[str]) -> dict[str, _Box]:
    columns: list[Sequence[str]] = []
    for layer in layers:
        pieces = -(-len(layer) // _MOST_ROWS)
        size = -(-len(layer) // pieces) if pieces else 0
        columns += [layer[start : start + size] for start in range(0, len(layer), size or 1)]
    tallest = max(len(column) for column in columns)
    boxes: dict[str, _Box] = {}
    x = float(_MARGIN)
    for column in columns:
        width = max(len(name) for name in column) * _LETTER + 2 * _PAD
        top = _MARGIN + (tallest - len(column)) * (_HEIGHT + _GAP_Y) / 2
        for number, name in enumerate(column):
            y = top + number * (_HEIGHT + _GAP_Y)
            boxes[name] = _Box(name, x, y, width, name in elsewhere)
        x += width + _GAP_X
    return boxes


def _node(box: _Box) -> str:
    kind = "elsewhere" if box.is_elsewhere else "model"
    return (
        f'<g class="{kind}"><rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{_HEIGHT}" rx="5"/><text x="{box.x + box.width / 2:.1f}" '
        f'y="{box.y + _HEIGHT / 2 + 4:.1f}">{escape(box.name)}</text></g>'
    )


def _edge(edge: PictureEdge, boxes: Mapping[str, _Box]) -> str:
    child, parent = boxes[edge.child], boxes[edge.parent]
    middle_child, middle_parent = child.y + _HEIGHT / 2, parent.y + _HEIGHT / 2
    if edge.child == edge.parent:
        right = child.x + child.width
        path = f"M{right:.1f} {middle_child - 6:.1f} c26 -14 26 26 0 12"
    elif parent.x < child.x:
        start, end = child.x, parent.x + parent.width
        bend = max(30.0, (start - end) / 2)
        path = (
            f"M{start:.1f} {middle_child:.1f} C{start - bend:.1f} {middle_child:.1f} "
            f"{end + bend:.1f} {middle_parent:.1f} {end:.1f} {middle_parent:.1f}"
        )
    else:
        start, end = child.x + child.width, parent.x + parent.width
        bend = max(start, end) + 46
        path = (
            f"M{start:.1f} {middle_child:.1f} C{bend:.1f} {middle_child:.1f} "
            f"{bend:.1f} {middle_parent:.1f} {end:.1f} {middle_parent:.1f}"
        )
    optional = " optional" if edge.is_optional else ""
    title = f"{edge.child}.{edge.label} → {edge.parent}: {edge.action}"
    if edge.action == "Join":
        title = f"{edge.child} ↔ {edge.parent}: {edge.label}"
    return (
        f'<path class="edge {edge.action.lower()}{optional}" d="{path}">'
        f"<title>{escape(title)}</title></path>"
    )
