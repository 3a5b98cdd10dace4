"""What Referee says a deed does, as rows, so that it can be held against what a database did."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from referee.schema.delete import BlockingEdge, delete_outcome
from referee.schema.referential_actions import cascades
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView
from tests.truth.graphs import MAIN, SPARE, Graph, Key, Row, Rows


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of a deed.

    `refusing` are keys that certainly refuse it and `undecided` those of which Referee says that
    it depends on an order; `rows` is what is left if it goes through, None if it cannot.
    """

    refusing: tuple[BlockingEdge, ...]
    undecided: tuple[BlockingEdge, ...]
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
            if not (
                f"j{join.number}" in joined
                and ((f"T{join.first}", row["A"]) in gone or (f"T{join.second}", row["B"]) in gone)
            )
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
