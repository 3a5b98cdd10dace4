"""What Referee says a deed does, as rows, so that it can be held against what a database did."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from referee.schema.delete import delete_outcome
from referee.schema.referential_actions import cascades
from referee.schema.relations import ForeignKey
from referee.schema.update import update_outcome
from referee.schema.view import SchemaView
from tests.truth.graphs import MAIN, NEW, SPARE, Graph, Key, Row, Rows


class Edge(Protocol):
    """A key that refuses, and why."""

    @property
    def key(self) -> ForeignKey: ...

    @property
    def reason(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of a deed.

    `refusing` are keys that certainly refuse it and `undecided` those of which Referee says that
    it depends on an order; `rows` is what is left if it goes through, None if it cannot.
    """

    refusing: tuple[Edge, ...]
    undecided: tuple[Edge, ...]
    rows: Rows | None


class Inconsistent(Exception):
    """What Referee says of one deed contradicts itself."""


def expected_of_delete(graph: Graph, view: SchemaView, root: int) -> Expected:
    """Return what deleting the main row of a model does; raises Inconsistent."""
    outcome = delete_outcome(view, f"T{root}")
    refusing = tuple(edge for edge in outcome.blocking if edge.verdict == "blocked")
    undecided = tuple(edge for edge in outcome.blocking if edge.verdict == "depends-on-order")
    if refusing:
        return Expected(refusing, undecided, None)
    joined = {relation.name for relation in outcome.join_tables}
    nulled = {key.field: key for key in outcome.nulled}
    defaulted = {key.field: key for key in outcome.defaulted}
    rows = graph.rows(root)
    gone = _deleted_rows(graph, rows, view, f"T{root}")
    if {table for table, row in gone if row == MAIN} != set(outcome.levels):
        raise Inconsistent("the levels are not what the cascades reach")
    left: dict[str, tuple[Row, ...]] = {}
    for number in graph.models:
        keys = [key for key in graph.keys if key.child == number]
        left[f"T{number}"] = tuple(
            _changed(row, keys, gone, nulled, defaulted)
            for row in rows[f"T{number}"]
            if (f"T{number}", row["id"]) not in gone
        )
    for join in graph.joins:
        name = f"_j{join.number}"
        left[name] = tuple(
            row
            for row in rows[name]
            if f"j{join.number}" not in joined
            or not any((f"T{model}", row[side]) in gone for side, model in join.sides.items())
        )
    return Expected((), undecided, MappingProxyType(left))


def _deleted_rows(
    graph: Graph, rows: Rows, view: SchemaView, root: str
) -> set[tuple[str, int | None]]:
    deleting = {
        key.field for number in graph.models for key in view.keys_of(f"T{number}") if cascades(key)
    }
    gone: set[tuple[str, int | None]] = {(root, MAIN)}
    while True:
        more = {
            (f"T{key.child}", row["id"])
            for key in graph.keys
            if key.field in deleting
            for row in rows[f"T{key.child}"]
            if _points_at(row, key, gone)
        }
        if more <= gone:
            return gone
        gone |= more


def _points_at(row: Row, key: Key, gone: Collection[tuple[str, int | None]]) -> bool:
    values = [row[column] for column in key.columns]
    return None not in values and (f"T{key.parent}", values[0]) in gone


def _changed(
    row: Row,
    keys: list[Key],
    gone: Collection[tuple[str, int | None]],
    nulled: Mapping[str, ForeignKey],
    defaulted: Mapping[str, ForeignKey],
) -> Row:
    values = dict(row)
    for key in keys:
        if not _points_at(row, key, gone):
            continue
        if key.field in nulled:
            values.update(dict.fromkeys(key.columns))
        elif key.field in defaulted:
            defaults = key.values(SPARE) if key.has_default else dict.fromkeys(key.columns)
            values.update(defaults)
        else:
            raise Inconsistent(f"T{key.child}.{key.field} would point at a row that is gone")
    return MappingProxyType(values)


def expected_of_update(graph: Graph, view: SchemaView, root: int, column: str) -> Expected:
    """Return what writing `NEW` into a column of a main row does; raises Inconsistent."""
    outcome = update_outcome(view, f"T{root}", frozenset([column]))
    refusing = tuple(edge for edge in outcome.refusals if edge.verdict == "blocked")
    if refusing:
        return Expected(refusing, (), None)
    old = graph.rows(root)
    new = {table: [dict(row) for row in rows] for table, rows in old.items()}
    changed = next(row for row in new[f"T{root}"] if row["id"] == MAIN)
    changed[column] = NEW
    cascaded = {key.field for key in outcome.cascaded}
    nulled = {key.field for key in outcome.nulled}
    defaulted = {key.field for key in outcome.defaulted}
    # Values travel along keys, which are never longer than all models in a row.
    for _ in graph.models:
        for key in graph.keys:
            for row, target in _references(graph, key, old, new):
                if all(target[0][name] == target[1][name] for name in key.references):
                    continue
                if key.field in cascaded:
                    row.update(
                        {
                            column: target[1][name]
                            for column, name in zip(key.columns, key.references, strict=True)
                        }
                    )
                elif key.field in nulled:
                    row.update(dict.fromkeys(key.columns))
                elif key.field in defaulted:
                    row.update(key.values(SPARE) if key.has_default else dict.fromkeys(key.columns))
                else:
                    raise Inconsistent(f"T{key.child}.{key.field} would point at an old value")
    for join in graph.joins:
        for joined in new[f"_j{join.number}"]:
            for side, model in join.sides.items():
                if joined[side] == MAIN:
                    joined[side] = new[f"T{model}"][0]["id"]
    return Expected((), (), {table: tuple(rows) for table, rows in new.items()})


def _references(
    graph: Graph, key: Key, old: Rows, new: Mapping[str, list[dict[str, int | None]]]
) -> Iterator[tuple[dict[str, int | None], tuple[Row, Row]]]:
    """Yield each row of a key with the row it pointed at, as that was and as it is now."""
    parents = old[f"T{key.parent}"]
    for before, now in zip(old[f"T{key.child}"], new[f"T{key.child}"], strict=True):
        values = [before[column] for column in key.columns]
        for index, parent in enumerate(parents):
            if None not in values and values == [parent[name] for name in key.references]:
                yield now, (parent, new[f"T{key.parent}"][index])
