"""Views, functions, triggers and their like as scripts write them: what no model holds.

They are known by their names and by the statements that make them, so that a way back can drop what
a migration made and make again what it dropped or replaced. It deliberately reads no bodies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from referee.migrations.evidence import HistoryEvidence, MigrationEvidence
from referee.migrations.sql.statements import DoBlock, DropTable, PlacedStatement

RoutineKind = Literal[
    "view",
    "materialized view",
    "function",
    "procedure",
    "aggregate",
    "trigger",
    "rule",
    "policy",
    "sequence",
    "statistics",
    "publication",
]


class Routine(NamedTuple):
    """A view, function or other by its name as written.

    A trigger, a rule and a policy have a table, and an aggregate is known by its arguments, too.
    """

    kind: RoutineKind
    name: str
    table: str = ""
    arguments: str = ""


NO_ROUTINES: Mapping[Routine, str] = {}

_KINDS: Mapping[str, RoutineKind] = {
    "view": "view",
    "materialized view": "materialized view",
    "function": "function",
    "procedure": "procedure",
    "aggregate": "aggregate",
    "trigger": "trigger",
    "rule": "rule",
    "policy": "policy",
    "sequence": "sequence",
    "statistics": "statistics",
    "publication": "publication",
}
_NAME = r'(?:"(?:[^"]|"")+"|`[^`]+`|[\w$]+)'
_PATH = rf"{_NAME}(?:\s*\.\s*{_NAME})?"
_GAP = r"(?:\s|--[^\n]*\n|/\*.*?\*/)+"
_KIND = (
    rf"MATERIALIZED{_GAP}VIEW|VIEW|FUNCTION|PROCEDURE|AGGREGATE|TRIGGER|RULE|POLICY|SEQUENCE"
    r"|STATISTICS|PUBLICATION"
)
_CREATE = re.compile(
    rf"""\s*CREATE{_GAP}(?:(?P<replace>OR{_GAP}REPLACE){_GAP})?(?:CONSTRAINT{_GAP}|RECURSIVE{_GAP})?
    (?P<kind>{_KIND}){_GAP}
    (?:IF{_GAP}NOT{_GAP}EXISTS{_GAP})?(?P<name>{_PATH})""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_DROP = re.compile(
    rf"""\s*DROP{_GAP}(?P<kind>{_KIND}){_GAP}
    (?:IF{_GAP}EXISTS{_GAP})?(?P<name>{_PATH})""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_ON = re.compile(rf"\bON{_GAP}(?P<table>{_PATH})", re.IGNORECASE | re.DOTALL)
# CREATE RULE name AS ON event TO table; DROP RULE name ON table.
_TO = re.compile(rf"\bTO{_GAP}(?P<table>{_PATH})", re.IGNORECASE | re.DOTALL)
# The old form of CREATE AGGREGATE names its argument elsewhere, and has one list alone.
_ARGUMENTS = re.compile(
    r"\s*\((?P<arguments>[^()=]*)\)\s*(?:\(|CASCADE|RESTRICT|;|\Z)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class RoutineChange:
    """A statement that makes a routine, `sql`, or drops it, without."""

    routine: Routine
    sql: str | None
    is_replacing: bool = False


def routines_before(history: HistoryEvidence, migration: str) -> Mapping[Routine, str]:
    """Return the routines that are there before a migration, with the statements that made them."""
    found: dict[Routine, str] = {}
    for each in history.migrations:
        if each.migration.name == migration:
            break
        found = routines_after(found, each)
    return found


def routines_after(
    before: Mapping[Routine, str], evidence: MigrationEvidence
) -> dict[Routine, str]:
    """Return the routines that are there after a migration."""
    found = dict(before)
    for change in changes_in(evidence):
        if change.sql is None:
            _forget(found, change.routine)
        else:
            found.pop(change.routine, None)
            found[change.routine] = change.sql
    return found


def changes_in(evidence: MigrationEvidence) -> Iterator[RoutineChange]:
    """Yield what a migration does to routines, in order; some go with their table."""
    text = evidence.text
    for placed in _flat(evidence.script.statements):
        statement = placed.statement
        if isinstance(statement, DropTable):
            for name in statement.names:
                yield RoutineChange(Routine("trigger", "", name.name), None)
                yield RoutineChange(Routine("rule", "", name.name), None)
                yield RoutineChange(Routine("policy", "", name.name), None)
                if statement.is_cascading:
                    yield RoutineChange(Routine("view", "", name.name), None)
                    yield RoutineChange(Routine("materialized view", "", name.name), None)
            continue
        sql = text[placed.span.start : placed.span.end]
        change = change_of(sql)
        if change is not None:
            yield change


def change_of(sql: str) -> RoutineChange | None:
    """Return what a statement does to a routine; None if it is about something else."""
    made = _CREATE.match(sql)
    if made is not None:
        routine = _routine(made["kind"], made["name"], sql[made.end() :])
        if routine.kind == "aggregate" and not routine.arguments:
            return None
        return RoutineChange(routine, sql.strip().rstrip(";").rstrip(), made["replace"] is not None)
    gone = _DROP.match(sql)
    if gone is None:
        return None
    return RoutineChange(_routine(gone["kind"], gone["name"], sql[gone.end() :]), None)


def drop_statement(routine: Routine, provider: str) -> str:
    """Return the statement that drops a routine."""
    on = ""
    if routine.table and provider in ("postgresql", "cockroachdb"):
        on = f" ON {routine.table}"
    return f"DROP {routine.kind.upper()} IF EXISTS {routine.name}{routine.arguments}{on};"


def made_again(routine: Routine, sql: str, *, is_replacing: bool) -> str:
    """Return the statement that makes a routine again, perhaps in the place of another."""
    if routine.kind == "sequence":
        # A column that counts may have its sequence again by then.
        return re.sub(
            r"\bSEQUENCE\s+(?!IF\b)", "SEQUENCE IF NOT EXISTS ", sql, count=1, flags=re.IGNORECASE
        )
    return _replacing(sql) if is_replacing else sql


def _replacing(sql: str) -> str:
    made = _CREATE.match(sql)
    if made is None or made["replace"] is not None:
        return sql
    head = re.match(r"\s*CREATE", sql, re.IGNORECASE)
    return sql if head is None else f"{head[0]} OR REPLACE{sql[head.end() :]}"


def plain(name: str) -> str:
    """Return the last part of a name as written, without quotes."""
    last = re.findall(_NAME, name)[-1] if name else ""
    if last[:1] == '"':
        return last[1:-1].replace('""', '"')
    return last.strip("`")


def _routine(kind: str, name: str, rest: str) -> Routine:
    found = _KINDS[" ".join(kind.lower().split())]
    arguments = _ARGUMENTS.match(rest) if found == "aggregate" else None
    if arguments is not None:
        return Routine(found, _spelled(name), arguments=f"({arguments['arguments'].strip()})")
    table = None
    if found == "rule":
        table = _TO.search(rest) or _ON.search(rest)
    elif found in ("trigger", "policy"):
        table = _ON.search(rest)
    return Routine(found, _spelled(name), "" if table is None else _spelled(table["table"]))


def _spelled(name: str) -> str:
    return re.sub(r"\s*\.\s*", ".", name)


def _forget(found: dict[Routine, str], routine: Routine) -> None:
    """Take a routine away; one without a name stands for all of its table, or that read it."""
    for known in list(found):
        if known.kind != routine.kind:
            continue
        if routine.name == "":
            is_meant = (
                _reads(found[known], routine.table)
                if "view" in routine.kind
                else plain(known.table) == routine.table
            )
        else:
            is_same_table = not routine.table or plain(known.table) == plain(routine.table)
            is_meant = plain(known.name) == plain(routine.name) and is_same_table
        if is_meant:
            del found[known]


def _reads(sql: str, table: str) -> bool:
    """Tell whether a view takes rows from a table."""
    name = re.escape(table)
    quoted = rf'(?:"{name}"|`{name}`|{name}(?![\w$]))'
    source = rf"(?:\bFROM\b|\bJOIN\b|,)[\s(]*(?:ONLY\s+)?(?:{_NAME}\s*\.\s*)?{quoted}"
    return re.search(source, sql, re.IGNORECASE) is not None


def _flat(statements: Iterable[PlacedStatement]) -> Iterator[PlacedStatement]:
    for placed in statements:
        if isinstance(placed.statement, DoBlock):
            yield from _flat(placed.statement.statements)
        else:
            yield placed
