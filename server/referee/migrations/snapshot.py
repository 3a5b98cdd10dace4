"""The state after some migrations as JSON, so that a later replay begins where this one ended.

A snapshot is found by the key that `History.chain` gives to its state; with another version of the
format, or anything unexpected in it, it counts as absent. It deliberately reads and writes no file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from referee.ddl.model import DatabaseModel, Enum, Name, SqlType, Table, Trigger, ViewReads
from referee.migrations.evidence import HistoryEvidence, Maker
from referee.migrations.findings import FilePlace, MigrationFinding
from referee.migrations.history import History
from referee.migrations.sql.statements import Span
from referee.schema.providers import PROVIDERS

# Raise it whenever replay, model or the findings that are kept change their meaning.
VERSION = 6


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The database after the first `count` migrations, who made what, and what was found.

    `findings` are those in the scripts of these migrations that count whether or not a migration
    is released.
    """

    key: str
    count: int
    model: DatabaseModel
    makers: Mapping[str, Maker]
    findings: tuple[MigrationFinding, ...] = ()


def snapshot_of(
    evidence: HistoryEvidence, findings: tuple[MigrationFinding, ...] = ()
) -> Snapshot | None:
    """Return the snapshot after all migrations of a history; None if there are none."""
    chain = evidence.history.chain()
    if not chain:
        return None
    return Snapshot(chain[-1], len(chain), evidence.made, evidence.makers, findings)


def fitting(snapshot: Snapshot, history: History) -> bool:
    """Tell whether a snapshot is of a state that a history passes through."""
    chain = history.chain()
    return 0 < snapshot.count <= len(chain) and chain[snapshot.count - 1] == snapshot.key


def as_json(snapshot: Snapshot) -> str:
    """Return a snapshot as JSON."""
    model = snapshot.model
    content = {
        "version": VERSION,
        "key": snapshot.key,
        "count": snapshot.count,
        "provider": model.provider,
        "tables": [_written(table) for table in model.tables.values()],
        "enums": [_written(enum) for enum in model.enums.values()],
        "views": sorted(map(list, model.views), key=str),
        "extensions": sorted(model.extensions),
        "namespaces": sorted(model.namespaces),
        "types": [[name, _written(type)] for name, type in model.other_types.items()],
        "reads": [[list(view), _written(reads)] for view, reads in model.view_reads.items()],
        "functions": [[name, list(each)] for name, each in model.functions.items()],
        "triggers": [_written(trigger) for trigger in model.triggers],
        "more": model.may_hold_more,
        "makers": {key: _written(maker) for key, maker in snapshot.makers.items()},
        "findings": [_written_finding(finding) for finding in snapshot.findings],
    }
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)


def from_json(text: str) -> Snapshot | None:
    """Return the snapshot in a text; None if it is not one of this version."""
    try:
        content = json.loads(text)
        if content["version"] != VERSION or content["provider"] not in PROVIDERS:
            return None
        tables = [_read(Table, each) for each in content["tables"]]
        enums = [_read(Enum, each) for each in content["enums"]]
        model = DatabaseModel(
            content["provider"],
            {table.name: table for table in tables},
            {enum.name: enum for enum in enums},
            frozenset(Name(*view) for view in content["views"]),
            frozenset(content["extensions"]),
            frozenset(content["namespaces"]),
            {name: _read(SqlType, type) for name, type in content["types"]},
            {Name(*view): _read(ViewReads, reads) for view, reads in content["reads"]},
            {name: tuple(each) for name, each in content["functions"]},
            tuple(_read(Trigger, each) for each in content["triggers"]),
            content["more"],
        )
        makers = {key: _read(Maker, each) for key, each in content["makers"].items()}
        findings = tuple(_read_finding(each) for each in content["findings"])
        return Snapshot(content["key"], content["count"], model, makers, findings)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return None


# ---- values ----


def _written(value: object) -> object:
    """Return a value as JSON: a dataclass as its fields, without the defaults at their end."""
    if isinstance(value, Name):
        return list(value)
    if is_dataclass(value) and not isinstance(value, type):
        found = [(getattr(value, each.name), each.default) for each in fields(value)]
        while found and found[-1][0] == found[-1][1]:
            found.pop()
        return [_written(each) for each, _ in found]
    if isinstance(value, tuple):
        return [_written(each) for each in value]
    return value


def _read(wanted: Any, value: Any) -> Any:
    """Return what JSON holds as a value of a type."""
    return _reader(wanted)(value)


# A long history leaves tens of thousands of values of a dozen types: what a type takes is looked
# up once.
@cache
def _reader(wanted: Any) -> Callable[[Any], Any]:
    """Return what makes a value of a type from JSON; it raises where the JSON is none of it."""
    if wanted is Name:
        return _or_none(lambda value: Name(*value))
    if is_dataclass(wanted) and isinstance(wanted, type):
        hints = get_type_hints(wanted)
        readers = tuple(_reader(hints[each.name]) for each in fields(wanted))
        return _or_none(
            lambda value: wanted(*[read(each) for read, each in zip(readers, value, strict=False)])
        )
    origin = get_origin(wanted)
    if origin is tuple:
        read_item = _reader(get_args(wanted)[0])
        return _or_none(lambda value: tuple([read_item(each) for each in value]))
    if origin in (Union, UnionType):
        (inner,) = (each for each in get_args(wanted) if each is not type(None))
        return _reader(inner)
    if origin is Literal:
        return lambda value: value

    def plain(value: Any) -> Any:
        if value is not None and not isinstance(value, wanted):
            raise ValueError(wanted)
        return value

    return plain


def _or_none(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _written_finding(finding: MigrationFinding) -> object:
    """Return a finding in a script as JSON; its fixes are made anew where it is judged again."""
    place = finding.place
    if not isinstance(place, FilePlace):
        raise TypeError("only findings in scripts are kept")
    span = None if place.span is None else [place.span.start, place.span.end]
    return [
        finding.code,
        finding.severity,
        finding.message,
        place.path,
        span,
        finding.migration,
        finding.table,
        list(finding.columns),
        finding.object,
        finding.type,
    ]


def _read_finding(value: Any) -> MigrationFinding:
    code, severity, message, path, span, migration, table, columns, object, type = value
    place = FilePlace(path, None if span is None else Span(*span))
    return MigrationFinding(
        code, severity, message, place, migration, table, tuple(columns), object, type
    )
