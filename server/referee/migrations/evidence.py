"""What is known of a history of migrations once it is read and replayed; rules look at this.

It deliberately judges nothing. A replay may begin behind migrations that were replayed before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from referee.ddl.model import DatabaseModel, Index, Name, SqlType, Table
from referee.ddl.of_schema import DEFAULT_NAMESPACES, SchemaDatabase
from referee.migrations.difference import Change
from referee.migrations.effects import Effect, Replayed
from referee.migrations.history import History, Migration
from referee.migrations.replay import empty_database, replay
from referee.migrations.row_changes import assignments, is_column, selected_table, values_said
from referee.migrations.sql.reading import parse_script
from referee.migrations.sql.statements import (
    AlterTable,
    CreateTable,
    DataChange,
    DropTable,
    RenameTable,
    Script,
    Span,
)
from referee.migrations.sql.tokens import Token, tokenize
from referee.schema.providers import Provider

# Providers whose migrations are not replayed: their scripts are judged statement by statement.
NOT_REPLAYED: frozenset[Provider] = frozenset(["sqlserver"])


@dataclass(frozen=True, slots=True)
class Step:
    """An effect, and what its table was when the migration began.

    `origin` is the table as it was then, under its name of then; None for one that the migration
    itself made, and for a statement about no table. A table that is made anew in the place of one
    (see `Rebuild`) counts as made.
    """

    effect: Effect
    origin: Table | None = None
    is_rebuilding: bool = False


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A table is changed as SQLite does it: a new one is made and filled and takes the old name."""

    old: Table
    new: Table
    span: Span


@dataclass(frozen=True, slots=True)
class MigrationEvidence:
    """One migration, read and replayed on the database that those before it left."""

    migration: Migration
    provider: Provider
    script: Script
    before: DatabaseModel
    replayed: Replayed
    steps: tuple[Step, ...]
    rebuilds: tuple[Rebuild, ...] = ()
    default_namespace: str | None = None

    @property
    def after(self) -> DatabaseModel:
        """The database after it."""
        return self.replayed.model

    @property
    def text(self) -> str:
        """The script; empty if it cannot be decoded."""
        return self.migration.text or ""

    def is_emptied(self, table: Name, before: Span) -> bool:
        """Tell whether the migration empties a table before a place in it."""
        return any(
            isinstance(step.effect.statement, DataChange)
            and step.effect.table == table
            and step.effect.span.start < before.start
            and self._empties(step.effect)
            for step in self.steps
        )

    def _empties(self, effect: Effect) -> bool:
        statement = effect.statement
        if not isinstance(statement, DataChange) or statement.kind not in ("truncate", "delete"):
            return False
        span = effect.span
        tokens = tokenize(self.provider, self.text, span.start, span.end).tokens
        return not any(token.is_word("where", "using", "limit") for token in tokens)

    def writes(self, table: Name, column: str, before: Span) -> bool:
        """Tell whether the migration writes a column of a table before a place in it."""
        return any(
            isinstance(statement := step.effect.statement, DataChange)
            and step.effect.table == table
            and step.effect.span.start < before.start
            and (statement.kind != "update" or not statement.columns or column in statement.columns)
            for step in self.steps
        )

    def copies(self, table: Name, column: str, before: Span) -> bool:
        """Tell whether the values of a column go into another one before a place: of all rows."""
        for tokens in self._updates(table, before):
            said = values_said(tokens)
            if said is not None and not (
                said.is_null_test and said.names <= {column, *_targets(tokens)}
            ):
                continue  # a condition on anything else leaves rows out
            if any(
                name != column and is_column(_element(given), column)
                for name, given in assignments(tokens)
            ):
                return True
        return False

    def moves_from(self, table: Name, column: str, value: str, before: Span) -> bool:
        """Tell whether no row holds a value in a column any more at a place, by an UPDATE."""
        for tokens in self._updates(table, before):
            given = dict(assignments(tokens)).get(column)
            if given is None or any(
                token.kind == "string" and token.value == value for token in given
            ):
                continue
            said = values_said(tokens)
            if said is None or (said.names == {column} and value in said.values):
                return True
        return False

    def _updates(self, table: Name, before: Span) -> Iterator[tuple[Token, ...]]:
        for step in self.steps:
            effect = step.effect
            if not isinstance(effect.statement, DataChange) or effect.statement.kind != "update":
                continue
            if effect.table == table and effect.span.start < before.start:
                span = effect.span
                tokens = tokenize(self.provider, self.text, span.start, span.end).tokens
                if not any(token.is_word("limit", "join", "from", "with") for token in tokens):
                    yield tokens


def _element(tokens: Sequence[Token]) -> Sequence[Token]:
    """Return what a list of one is made of, ARRAY[...]; anything else as it is."""
    if len(tokens) > 3 and tokens[0].is_word("array") and tokens[1].is_mark("["):
        return tokens[2:-1] if tokens[-1].is_mark("]") else tokens
    return tokens


def _targets(tokens: Sequence[Token]) -> frozenset[str]:
    return frozenset(name for name, _ in assignments(tokens))


@dataclass(frozen=True, slots=True)
class HistoryEvidence:
    """All migrations that were replayed, the database they leave, and what the schema means.

    `migrations` holds those replayed now; `skipped` counts those before them that were known.
    `unreleased` are the names of migrations that are not applied anywhere yet. `changes` is the
    difference from `meant`; both are None where nothing is compared.
    """

    history: History
    provider: Provider | None
    migrations: tuple[MigrationEvidence, ...]
    made: DatabaseModel
    skipped: int = 0
    unreleased: frozenset[str] = frozenset()
    meant: SchemaDatabase | None = None
    changes: tuple[Change, ...] | None = None
    makers: Mapping[str, Maker] = field(default_factory=dict)
    default_namespace: str | None = None


@dataclass(frozen=True, slots=True)
class Maker:
    """Where the migrations made an object last."""

    migration: str
    path: str
    span: Span


def read_history(
    history: History,
    provider: Provider,
    *,
    default_namespace: str | None = None,
    known: tuple[int, DatabaseModel, Mapping[str, Maker]] | None = None,
    tell: Callable[[str, int, int], None] = lambda what, number, of: None,
) -> HistoryEvidence:
    """Read and replay a history.

    `known` is a state to begin from: after how many migrations, the database then, and who made
    what. `tell` hears what is being read, and how far it is. The other parts of the evidence are
    for the caller to fill in.
    """
    skipped, model, known_makers = known or (0, empty_database(provider, default_namespace), {})
    makers = dict(known_makers)
    found: list[MigrationEvidence] = []
    for number, migration in enumerate(history.migrations[skipped:], skipped):
        tell(f"reading {migration.name}", number, len(history.migrations))
        evidence = read_migration(migration, provider, model, default_namespace)
        makers.update(makers_in(evidence))
        model = evidence.after
        found.append(evidence)
    namespace = default_namespace or DEFAULT_NAMESPACES.get(provider)
    return HistoryEvidence(
        history,
        provider,
        tuple(found),
        model,
        skipped,
        makers=makers,
        default_namespace=namespace,
    )


def read_migration(
    migration: Migration,
    provider: Provider,
    before: DatabaseModel,
    default_namespace: str | None = None,
) -> MigrationEvidence:
    """Read one migration and replay it on a database."""
    script = parse_script(provider, migration.text or "")
    replayed = replay(before, script.statements, default_namespace)
    rebuilds = tuple(
        rebuild
        for rebuild in _rebuilds_in(before, replayed)
        if provider == "sqlite" or _is_copied(provider, migration.text or "", replayed, rebuild)
    )
    steps = tuple(_steps_in(before, replayed, rebuilds))
    namespace = default_namespace or DEFAULT_NAMESPACES.get(provider)
    return MigrationEvidence(
        migration, provider, script, before, replayed, steps, rebuilds, namespace
    )


def object_key(part: str, owner: Name, name: str = "") -> str:
    """Return the key under which it is kept who made an object."""
    return f"{part}|{owner.namespace or ''}|{owner.name}|{name}"


def makers_in(evidence: MigrationEvidence) -> Iterator[tuple[str, Maker]]:
    """Yield what a migration makes, and where it does."""
    migration = evidence.migration
    for step in evidence.steps:
        effect = step.effect
        maker = Maker(migration.name, migration.path, effect.span)
        after, before = effect.after, effect.before
        if after is not None and after is not before:
            if before is None or before.name != after.name:
                yield object_key("table", after.name), maker
            # What a table of another name had is made anew.
            is_same = before is not None and before.name == after.name
            had = _named_parts(before) if before is not None and is_same else {}
            for part, names in _named_parts(after).items():
                for name in sorted(names - had.get(part, frozenset())):
                    yield object_key(part, after.name, name), maker
        enum = effect.enum_after
        if enum is not None:
            if effect.enum_before is None:
                yield object_key("enum", enum.name), maker
            had_values = () if effect.enum_before is None else effect.enum_before.values
            for value in enum.values:
                if value not in had_values:
                    yield object_key("enum value", enum.name, value), maker


def _named_parts(table: Table) -> dict[str, frozenset[str]]:
    return {
        "column": frozenset(column.name for column in table.columns),
        "index": frozenset(index.name for index in table.indexes),
        "foreign key": frozenset(key.name or ",".join(key.columns) for key in table.foreign_keys),
        "primary key": frozenset([table.primary_key.name or ""] if table.primary_key else []),
    }


def _steps_in(
    before: DatabaseModel, replayed: Replayed, rebuilds: Sequence[Rebuild]
) -> Iterator[Step]:
    origins: dict[Name, Table | None] = dict(before.tables)
    rebuilt = {rebuild.new.name: rebuild for rebuild in rebuilds}
    in_rebuild = [rebuild.span for rebuild in rebuilds]
    for effect in replayed.effects:
        is_rebuilding = any(
            span.start <= effect.span.start and effect.span.end <= span.end for span in in_rebuild
        )
        if isinstance(effect.statement, CreateTable) and effect.table is not None:
            if effect.before is None:
                origins[effect.table] = None
            yield Step(effect, None, is_rebuilding)
            continue
        if isinstance(effect.statement, DropTable):
            for table in effect.dropped_with:
                origins[table.name] = None
            yield Step(effect, None, is_rebuilding)
            continue
        name = effect.table
        if effect.before is not None and effect.before.name != name:
            moved = origins.pop(effect.before.name, None)
            if name is not None:
                origins[name] = moved
                if moved is None and name in rebuilt:
                    origins[name] = rebuilt[name].old
        yield Step(effect, None if name is None else origins.get(name), is_rebuilding)


def _rebuilds_in(before: DatabaseModel, replayed: Replayed) -> Iterator[Rebuild]:
    """Find tables made anew: created under another name, the old one dropped, then renamed."""
    created: dict[Name, Span] = {}
    dropped: set[Name] = set()
    for effect in replayed.effects:
        if isinstance(effect.statement, CreateTable) and effect.before is None:
            if effect.table is not None:
                created[effect.table] = effect.span
        elif isinstance(effect.statement, DropTable):
            dropped.update(table.name for table in effect.dropped_with)
        elif isinstance(effect.action, RenameTable) and isinstance(effect.statement, AlterTable):
            old_name = effect.before.name if effect.before is not None else None
            new = effect.after
            if new is None or old_name not in created or new.name not in dropped:
                continue
            old = before.tables.get(new.name)
            if old is not None:
                start = created[old_name].start
                yield Rebuild(old, new, Span(start, effect.span.end))


def _is_copied(provider: Provider, text: str, replayed: Replayed, rebuild: Rebuild) -> bool:
    """Tell whether all rows of the old table are put into the new one before they are dropped."""
    for effect in replayed.effects:
        statement, span = effect.statement, effect.span
        if not isinstance(statement, DataChange) or statement.kind != "insert":
            continue
        if rebuild.span.start <= span.start and span.end <= rebuild.span.end:
            tokens = tokenize(provider, text, span.start, span.end).tokens
            if selected_table(tokens) == rebuild.old.name.name:
                return True
    return False


def shown_name(name: Name, default_namespace: str | None) -> str:
    """Return a name as people write it, without the usual namespace."""
    return name.name if name.namespace in (None, default_namespace) else str(name)


def shown_type(type: SqlType, default_namespace: str | None) -> str:
    """Return a type as people write it; an enum goes without the usual namespace."""
    if type.enum is None:
        return str(type)
    return shown_name(type.enum, default_namespace) + "[]" * type.is_array


def new_indexes(before: Table | None, after: Table) -> tuple[Index, ...]:
    """Return the indexes that a table has now and did not have before."""
    had = frozenset(() if before is None else before.indexes)
    return tuple(index for index in after.indexes if index not in had)


def unique_columns(table: Table) -> list[tuple[str, ...]]:
    """Return the columns on which no two rows of a table agree, those of each index and key."""
    found = [
        index.columns
        for index in table.indexes
        if index.is_unique and not index.predicate and index.columns is not None
    ]
    return found if table.primary_key is None else [*found, table.primary_key.columns]
