"""The graph of relations: models, the keys between them, and its forms as text, Mermaid, DOT, JSON.

Models come in groups: one for each file of a schema of several files, else one for each area of
models that are connected.
It deliberately knows no terminal, and nothing of deletes beyond the tree that it draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from referee.engine.snapshot import Snapshot
from referee.features.delete_tree import DeleteTree, Twig, effect_words, tree_as_json
from referee.features.report.paint import BLUE, BOLD, CYAN, DIM, Look, shown_width
from referee.features.report.visible import visible, width_of
from referee.rules.words import counted, listed
from referee.schema.facts import ModelFacts
from referee.schema.graph import strong_components
from referee.schema.providers import Database
from referee.schema.relations import ForeignKey, LeftOut, ManyToMany
from referee.schema.view import SchemaView

JSON_VERSION = 1


@dataclass(frozen=True, slots=True)
class Group:
    """Models that are shown together; `title` is their file, or the first of a connected area."""

    title: str
    models: tuple[str, ...]
    is_file: bool


@dataclass(frozen=True, slots=True)
class RelationGraph:
    """The relations of a schema: models in declaration order, keys and join tables.

    `areas` are the sets of models that relations connect, the largest first, each in declaration
    order; `rings` the sets of models that refer to each other in a circle.
    """

    view: SchemaView
    groups: tuple[Group, ...]
    models: tuple[ModelFacts, ...]
    keys: tuple[ForeignKey, ...]
    joins: tuple[ManyToMany, ...]
    left_out: tuple[LeftOut, ...]
    areas: tuple[tuple[str, ...], ...]
    rings: tuple[tuple[str, ...], ...]

    @property
    def database(self) -> Database:
        """The database that the schema is for."""
        return self.view.database


def relation_graph(
    snapshot: Snapshot, shown_path: Callable[[str], str] = lambda path: path
) -> RelationGraph:
    """Return the graph of a schema; `shown_path` turns paths into what groups are called."""
    view = snapshot.view
    models = tuple(
        found
        for name in view.model_names()
        if (found := view.model(name)) is not None and found.kind == "model"
    )
    names = [model.name for model in models]
    keys = tuple(key for name in names for key in view.keys_of(name))
    joins = tuple(join for name in names for join in view.many_to_many(name) if join.first == name)
    joins = tuple(dict.fromkeys(joins))
    left_out = tuple(
        each for name in names if name in view.relations for each in view.relations[name].left_out
    )
    areas = _areas(names, keys, joins)
    successors = {name: [key.parent for key in view.keys_of(name)] for name in names}
    return RelationGraph(
        view,
        _groups(snapshot, names, areas, shown_path),
        models,
        keys,
        joins,
        left_out,
        areas,
        tuple(strong_components(successors)),
    )


def _areas(
    names: Sequence[str], keys: Iterable[ForeignKey], joins: Iterable[ManyToMany]
) -> tuple[tuple[str, ...], ...]:
    """Return the sets of connected models, the largest first."""
    neighbours: dict[str, list[str]] = {name: [] for name in names}
    edges = [(key.child, key.parent) for key in keys]
    edges += [(join.first, join.second) for join in joins]
    for one, other in edges:
        if one in neighbours and other in neighbours:
            neighbours[one].append(other)
            neighbours[other].append(one)
    position = {name: number for number, name in enumerate(names)}
    seen: set[str] = set()
    areas: list[tuple[str, ...]] = []
    for name in names:
        if name in seen:
            continue
        seen.add(name)
        area = [name]
        for model in area:
            for neighbour in neighbours[model]:
                if neighbour not in seen:
                    seen.add(neighbour)
                    area.append(neighbour)
        areas.append(tuple(sorted(area, key=position.__getitem__)))
    return tuple(sorted(areas, key=lambda area: -len(area)))


def _groups(
    snapshot: Snapshot,
    names: Sequence[str],
    areas: Iterable[tuple[str, ...]],
    shown_path: Callable[[str], str],
) -> tuple[Group, ...]:
    by_file: dict[str, list[str]] = {}
    for name in names:
        by_file.setdefault(snapshot.declared[name].path, []).append(name)
    if len(by_file) > 1:
        return tuple(Group(shown_path(path), tuple(found), True) for path, found in by_file.items())
    connected = [area for area in areas if len(area) > 1]
    alone = tuple(area[0] for area in areas if len(area) == 1)
    groups = [Group(f"around {_hub(area, snapshot.view)}", area, False) for area in connected]
    return (*groups, *([Group("without relations", alone, False)] if alone else []))


def _hub(area: Sequence[str], view: SchemaView) -> str:
    """Return the model of an area that most keys point at."""
    return max(area, key=lambda name: len(view.keys_to(name)))


# --- Text ----------------------------------------------------------------------------------------


def graph_text(graph: RelationGraph, look: Look) -> str:
    """Return the graph for people: each model with what it refers to, and how much refers to it."""
    lines: list[str] = []
    widest = max((width_of(_field_words(key)) for key in graph.keys), default=0)
    targets = max((width_of(key.parent) for key in graph.keys), default=0)
    for group in graph.groups:
        lines += [_heading(group, look), ""]
        for name in group.models:
            lines += _model_lines(name, graph, look, min(widest, 32), min(targets, 32))
        lines.append("")
    lines += _summary_lines(graph, look)
    return "\n".join(lines) + "\n"


def _heading(group: Group, look: Look) -> str:
    rule = look.painted("━━", BLUE)
    title = look.painted(visible(group.title), BOLD)
    count = counted(len(group.models), "model")
    if look.width is None:
        return f"{rule} {title} {rule} {count}"
    room = max(2, look.width - shown_width(title) - len(count) - 5)
    return f"{rule} {title} {look.painted('━' * room, BLUE)} {count}"


def _model_lines(
    name: str, graph: RelationGraph, look: Look, widest: int, targets: int
) -> Iterator[str]:
    incoming = len(graph.view.keys_to(name))
    note = look.painted(f"  ← {incoming}", CYAN) if incoming else ""
    yield f"{look.painted(name, BOLD)}{note}"
    for key in graph.view.keys_of(name):
        field = _padded(_field_words(key), widest)
        delete = str(key.on_delete)
        if delete in _ACTION_STYLES:
            delete = look.painted(delete, _ACTION_STYLES[delete])
        by_default = "" if key.on_delete.is_written else look.painted(" by default", DIM)
        target = _padded(key.parent, targets)
        yield f"  {field} → {target}  {delete}{by_default}".rstrip()
    for join in graph.view.many_to_many(name):
        here, there = (join.first_field, join.second), (join.second_field, join.first)
        ends = [here] if join.first == name else []
        ends += [there] if join.second == name and not join.is_self_relation else []
        for field_name, other in ends:
            table = look.painted(join.table, DIM)
            yield f"  {_padded(field_name, widest)} ↔ {_padded(other, targets)}  {table}"


_ACTION_STYLES: Mapping[str, str] = {"Cascade": "31", "SetNull": "33", "SetDefault": "33"}


def _padded(text: str, width: int) -> str:
    return text + " " * (width - width_of(text))


def _field_words(key: ForeignKey) -> str:
    return key.field + ("?" if key.is_optional_relation else "")


def _summary_lines(graph: RelationGraph, look: Look) -> Iterator[str]:
    connected = [area for area in graph.areas if len(area) > 1]
    alone = [area[0] for area in graph.areas if len(area) == 1]
    parts = [counted(len(graph.models), "model"), counted(len(graph.keys), "foreign key")]
    if graph.database.is_emulated:
        parts[1] = counted(len(graph.keys), "relation")
    if graph.joins:
        parts.append(counted(len(graph.joins), "join table"))
    if connected:
        parts.append(counted(len(connected), "connected area"))
    yield ", ".join(parts)
    hubs = sorted(graph.models, key=lambda model: -len(graph.view.keys_to(model.name)))[:5]
    named = [
        f"{model.name} ({count})"
        for model in hubs
        if (count := len(graph.view.keys_to(model.name)))
    ]
    if named:
        yield f"{look.painted('most referred to', DIM)}   {', '.join(named)}"
    for ring in graph.rings:
        yield f"{look.painted('go in a circle', DIM)}     {look.prose(listed(ring, most=8))}"
    if alone:
        yield f"{look.painted('without relations', DIM)}  {look.prose(listed(alone, most=8))}"
    for each in graph.left_out:
        where = look.prose(f"`{each.model}.{each.field}`: {each.reason}")
        yield f"{look.painted('left out', DIM)}           {where}"


# --- Mermaid -------------------------------------------------------------------------------------


def graph_mermaid(graph: RelationGraph) -> str:
    """Return the graph as a Mermaid entity relationship diagram."""
    lines = ["erDiagram"]
    lines += [f"  {_mermaid_name(model.name)}" for model in graph.models]
    for key in graph.keys:
        parent = "|o" if key.is_optional_relation else "||"
        child = "o|" if key.is_one_to_one else "o{"
        label = f"{key.field}: {key.on_delete}"
        lines.append(
            f"  {_mermaid_name(key.parent)} {parent}--{child} {_mermaid_name(key.child)}"
            f" : {_mermaid_text(label)}"
        )
    for join in graph.joins:
        lines.append(
            f"  {_mermaid_name(join.first)} }}o--o{{ {_mermaid_name(join.second)}"
            f" : {_mermaid_text(join.table)}"
        )
    return "\n".join(lines) + "\n"


def tree_mermaid(tree: DeleteTree) -> str:
    """Return the tree of a delete as a Mermaid flowchart."""
    lines = ["flowchart LR"]
    refusing: list[str] = []
    for number, parent, twig in _numbered(tree.trunk):
        node = f"n{number}"
        label = twig.subject if twig.effect in ("deletes", "removes") else _twig_label(twig)
        lines.append(f"  {node}[{_mermaid_text(label)}]")
        if parent is not None:
            through = "" if twig.key is None else f"|{_mermaid_text(twig.key.field)}|"
            arrow = "-->" if twig.effect == "removes" else "-.->"
            arrow = "--x" if twig.is_refusal else arrow
            lines.append(f"  n{parent} {arrow}{through} {node}")
        if twig.is_refusal:
            refusing.append(node)
    if refusing:
        lines += [
            "  classDef refusing stroke:#c0392b,stroke-width:2px",
            f"  class {','.join(refusing)} refusing",
        ]
    return "\n".join(lines) + "\n"


def _mermaid_name(name: str) -> str:
    return f'"{name}"'


def _mermaid_text(text: str) -> str:
    """Return a label in quotes; Mermaid writes a quote inside as an entity."""
    return '"' + text.replace("#", "#35;").replace('"', "#quot;") + '"'


# --- DOT -----------------------------------------------------------------------------------------


def graph_dot(graph: RelationGraph) -> str:
    """Return the graph for Graphviz, each group in a frame; edges run from child to parent."""
    lines = [
        "digraph relations {",
        "  rankdir=LR;",
        # Without it Graphviz 2.43 gives up on rings that run through several frames.
        "  newrank=true;",
        '  node [shape=box, style=rounded, fontname="Helvetica"];',
        '  edge [fontname="Helvetica", fontsize=9];',
    ]
    for number, group in enumerate(graph.groups):
        lines += [f"  subgraph cluster_{number} {{", f"    label={_dot_text(group.title)};"]
        lines += [f"    {_dot_text(name)};" for name in group.models]
        lines.append("  }")
    for key in graph.keys:
        style = "dashed" if key.is_optional_relation else "solid"
        label = _dot_text(f"{key.field}: {key.on_delete}")
        lines.append(
            f"  {_dot_text(key.child)} -> {_dot_text(key.parent)} [label={label}, style={style}];"
        )
    for join in graph.joins:
        lines.append(
            f"  {_dot_text(join.first)} -> {_dot_text(join.second)} "
            f"[label={_dot_text(join.table)}, dir=both, style=dotted];"
        )
    return "\n".join([*lines, "}"]) + "\n"


def tree_dot(tree: DeleteTree) -> str:
    """Return the tree of a delete for Graphviz; edges run the way that the delete goes."""
    lines = [
        "digraph delete {",
        "  rankdir=LR;",
        '  node [shape=box, style=rounded, fontname="Helvetica"];',
        '  edge [fontname="Helvetica", fontsize=9];',
    ]
    for number, parent, twig in _numbered(tree.trunk):
        label = twig.subject if twig.effect in ("deletes", "removes") else _twig_label(twig)
        colour = ', color="#c0392b", penwidth=2' if twig.is_refusal else ""
        lines.append(f"  n{number} [label={_dot_text(label)}{colour}];")
        if parent is not None:
            through = "" if twig.key is None else f"label={_dot_text(twig.key.field)}, "
            style = "solid" if twig.effect == "removes" else "dashed"
            head = ", arrowhead=tee" if twig.is_refusal else ""
            lines.append(f"  n{parent} -> n{number} [{through}style={style}{head}];")
    return "\n".join([*lines, "}"]) + "\n"


def _dot_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _twig_label(twig: Twig) -> str:
    return f"{twig.subject}: {effect_words(twig)}"


def _numbered(trunk: Twig) -> Iterator[tuple[int, int | None, Twig]]:
    """Yield every twig with a number and the number of the one it grows from, from the top."""
    number = 0
    work: list[tuple[int | None, Twig]] = [(None, trunk)]
    while work:
        parent, twig = work.pop()
        yield number, parent, twig
        work += [(number, each) for each in reversed(twig.twigs)]
        number += 1


# --- JSON ----------------------------------------------------------------------------------------


def graph_json(graph: RelationGraph) -> dict[str, object]:
    """Return the graph in the form that docs/graph.md describes."""
    file_of = {
        name: group.title for group in graph.groups if group.is_file for name in group.models
    }
    return {
        **_head(graph.database, "relations"),
        "models": [
            {
                "name": model.name,
                "table": model.table,
                "file": file_of.get(model.name),
                "referredToBy": len(graph.view.keys_to(model.name)),
            }
            for model in graph.models
        ],
        "relations": [_key_json(key, graph.database) for key in graph.keys],
        "joinTables": [
            {
                "table": join.table,
                "from": {"model": join.first, "field": join.first_field},
                "to": {"model": join.second, "field": join.second_field},
            }
            for join in graph.joins
        ],
        "areas": [list(area) for area in graph.areas],
        "rings": [list(ring) for ring in graph.rings],
        "leftOut": [
            {"relation": f"{each.model}.{each.field}", "reason": each.reason}
            for each in graph.left_out
        ],
    }


def delete_json(tree: DeleteTree) -> dict[str, object]:
    """Return the tree of a delete in the form that docs/graph.md describes."""
    return {**_head(tree.database, "delete"), **tree_as_json(tree)}


def _head(database: Database, kind: str) -> dict[str, object]:
    return {
        "version": JSON_VERSION,
        "kind": kind,
        "provider": database.provider,
        "relationMode": None if database.provider is None else database.relation_mode,
    }


def _key_json(key: ForeignKey, database: Database) -> dict[str, object]:
    return {
        "name": str(key),
        "from": {"model": key.child, "field": key.field, "columns": list(key.columns)},
        "to": {"model": key.parent, "field": key.back_field, "columns": list(key.references)},
        "onDelete": {"action": key.on_delete.action, "isDefault": not key.on_delete.is_written},
        "onUpdate": {"action": key.on_update.action, "isDefault": not key.on_update.is_written},
        "isRequired": not key.is_optional_relation,
        "isOneToOne": key.is_one_to_one,
        "constraint": key.constraint_name if database.has_foreign_keys else None,
    }
