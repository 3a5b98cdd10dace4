"""What to show over a statement of a migration: what it does to the database, in words.

It deliberately knows no protocol; offsets count code points in the script.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from referee.ddl.model import (
    Check,
    Column,
    Enum,
    ForeignKeyConstraint,
    Index,
    PrimaryKey,
    Table,
)
from referee.features.diagnostics import Diagnostic
from referee.features.hover import HoverText
from referee.features.hover_parts import (
    Bullets,
    Part,
    Prose,
    Rule,
    quoted,
)
from referee.migrations.effects import Effect
from referee.migrations.evidence import MigrationEvidence, shown_name, shown_type
from referee.migrations.sql.statements import DataChange
from referee.rules.words import counted
from referee.syntax.tree import Span

# Longer lists of what changes are cut.
_MOST_CHANGES = 12


def migration_hover(
    evidence: MigrationEvidence, offset: int, told: Iterable[Diagnostic] = ()
) -> HoverText | None:
    """Return what to show at an offset of a script; None between statements.

    `told` are the diagnostics of the script.
    """
    effects = [
        step.effect
        for step in evidence.steps
        if step.effect.span.start <= offset < step.effect.span.end
    ]
    findings = [
        each for each in told if each.span.start <= offset < max(each.span.end, each.span.start + 1)
    ]
    parts: list[Part] = []
    if effects:
        parts += _about(effects, evidence)
    for finding in findings:
        if parts:
            parts.append(Rule())
        parts.append(Prose(f"`{finding.code}`: {finding.message}"))
    if not parts:
        return None
    spans = [Span(each.span.start, each.span.end) for each in effects]
    spans += [each.span for each in findings]
    span = min(spans, key=lambda each: each.end - each.start)
    return HoverText(tuple(parts), span)


def _about(effects: list[Effect], evidence: MigrationEvidence) -> Iterator[Part]:
    changes = [sentence for effect in effects for sentence in changes_of(effect, evidence)]
    if not changes:
        yield Prose("This changes nothing that Referee keeps of the database.")
    elif len(changes) == 1:
        yield Prose(f"This {changes[0]}.")
    else:
        shown = changes[:_MOST_CHANGES]
        if len(changes) > _MOST_CHANGES:
            shown.append(f"and does {len(changes) - _MOST_CHANGES} things more")
        yield Prose("This statement")
        yield Bullets(tuple(shown))
    if any(effect.is_assumed for effect in effects):
        yield Prose("It stands in a `DO` block, whose conditions are taken to hold.")


def changes_of(effect: Effect, evidence: MigrationEvidence) -> Iterator[str]:
    """Yield what an effect changed in the model, each as a clause without its subject."""
    for table in effect.dropped_with:
        lost = counted(len(table.columns), "column")
        if table.has_unknown_shape:
            lost = "columns"
        yield f"drops the table {_name(table, evidence)} with its {lost}"
    statement = effect.statement
    if isinstance(statement, DataChange):
        verb = {"insert": "adds rows to", "update": "changes rows of", "delete": "deletes rows of"}
        name = "a table"
        if effect.table is not None:
            name = quoted(shown_name(effect.table, evidence.default_namespace))
        yield f"{verb.get(statement.kind, 'empties')} {name}"
    before, after = effect.before, effect.after
    if before is None and after is not None:
        content = "" if after.has_unknown_shape else f" with {_content(after)}"
        yield f"makes the table {_name(after, evidence)}{content}"
    elif before is not None and after is not None and before != after:
        yield from _table_changes(before, after, evidence)
    yield from _enum_changes(effect, evidence)


def _content(table: Table) -> str:
    parts = [counted(len(table.columns), "column")]
    if table.primary_key is not None:
        parts.append(f"the primary key {_columns(table.primary_key.columns)}")
    if table.indexes:
        parts.append(counted(len(table.indexes), "index", "indexes"))
    if table.foreign_keys:
        parts.append(counted(len(table.foreign_keys), "foreign key"))
    return ", ".join(parts)


def _table_changes(before: Table, after: Table, evidence: MigrationEvidence) -> Iterator[str]:
    name = _name(after, evidence)
    if before.name != after.name:
        yield f"renames the table {_name(before, evidence)} to {name}"
    old, new = {c.name: c for c in before.columns}, {c.name: c for c in after.columns}
    gone = [column for key, column in old.items() if key not in new]
    come = [column for key, column in new.items() if key not in old]
    is_renaming = len(gone) == len(come) == 1 and len(old) == len(new)
    if is_renaming and gone[0].type == come[0].type:
        yield f"renames `{gone[0].name}` of {name} to `{come[0].name}`"
    else:
        for column in come:
            yield f"adds {_column(column, evidence)} to {name}"
        for column in gone:
            yield f"drops `{column.name}` of {name} with its values"
    for key in old.keys() & new.keys():
        yield from _column_changes(old[key], new[key], name, evidence)
    if before.primary_key != after.primary_key:
        yield _key_change(before.primary_key, after.primary_key, name)
    yield from _object_changes(before.indexes, after.indexes, name)
    yield from _object_changes(before.foreign_keys, after.foreign_keys, name)
    yield from _object_changes(before.checks, after.checks, name)


def _column_changes(
    old: Column, new: Column, table: str, evidence: MigrationEvidence
) -> Iterator[str]:
    name = f"`{new.name}` of {table}"
    if old.type != new.type:
        types = [shown_type(each.type, evidence.default_namespace) for each in (old, new)]
        yield f"changes the type of {name} from `{types[0]}` to `{types[1]}`"
    if old.is_nullable != new.is_nullable:
        yield f"lets {name} be NULL" if new.is_nullable else f"makes {name} required"
    if old.default != new.default:
        if new.default is None:
            yield f"takes the default of {name} away"
        else:
            yield f"gives {name} the default {_default(new)}"


def _key_change(old: PrimaryKey | None, new: PrimaryKey | None, table: str) -> str:
    if new is None:
        return f"drops the primary key of {table}"
    if old is not None and old.columns == new.columns:
        return f"calls the primary key of {table} {quoted(new.name or '')}"
    return f"makes {_columns(new.columns)} the primary key of {table}"


def _object_changes(
    before: Iterable[Index | ForeignKeyConstraint | Check],
    after: Iterable[Index | ForeignKeyConstraint | Check],
    table: str,
) -> Iterator[str]:
    old, new = list(before), list(after)
    come = [each for each in new if each not in old]
    gone = [each for each in old if each not in new]
    if len(come) == len(gone) == 1 and come[0].name != gone[0].name:
        yield f"renames {_object(gone[0])} of {table} to {quoted(come[0].name or '')}"
        return
    for each in come:
        if any(other.name == each.name for other in gone):
            yield f"changes {_object(each)} of {table}"
        else:
            yield f"adds {_object(each)} to {table}"
    for each in gone:
        if all(other.name != each.name for other in come):
            yield f"drops {_object(each)} of {table}"


def _object(found: Index | ForeignKeyConstraint | Check) -> str:
    named = f" `{found.name}`" if found.name else ""
    if isinstance(found, Check):
        return f"the check{named} {quoted(found.text)}"
    if isinstance(found, ForeignKeyConstraint):
        return (
            f"the foreign key{named} on {_columns(found.columns)} to "
            f"`{found.referenced_table.name}` (on delete `{found.on_delete}`)"
        )
    kind = "unique index" if found.is_unique else "index"
    parts = ", ".join(part.column or part.expression or "" for part in found.parts)
    text = f"the {kind}{named} on {quoted(parts)}"
    return text if found.predicate is None else f"{text} where {quoted(found.predicate)}"


def _enum_changes(effect: Effect, evidence: MigrationEvidence) -> Iterator[str]:
    old, new = effect.enum_before, effect.enum_after
    if old == new:
        return
    if new is None:
        if old is not None:
            yield f"drops the enum {_name(old, evidence)}"
        return
    name = _name(new, evidence)
    if old is None:
        yield f"makes the enum {name} with {counted(len(new.values), 'value')}"
        return
    if old.name != new.name:
        yield f"renames the enum {_name(old, evidence)} to {name}"
    for value in new.values:
        if value not in old.values:
            yield f"adds the value `{value}` to the enum {name}"
    for value in old.values:
        if value not in new.values:
            yield f"takes the value `{value}` from the enum {name}"


def _column(column: Column, evidence: MigrationEvidence) -> str:
    text = f"`{column.name}` (`{shown_type(column.type, evidence.default_namespace)}`"
    text += ", may be NULL" if column.is_nullable else ", required"
    return text + (")" if column.default is None else f", default {_default(column)})")


def _default(column: Column) -> str:
    default = column.default
    if default is None or default.kind == "unknown":
        return "that is not known"
    if default.kind == "sequence":
        return "that counts up"
    if default.kind == "now":
        return "of the present moment"
    return quoted(default.text)


def _columns(names: tuple[str, ...]) -> str:
    return quoted(", ".join(names))


def _name(found: Table | Enum, evidence: MigrationEvidence) -> str:
    return quoted(shown_name(found.name, evidence.default_namespace))
