"""What Referee claims about databases, as trials that anybody can repeat.

A claim has trials: fixed ones, of which there is one for each case that its words name, and random
ones, of which each comes from the seed and its own number.
It deliberately knows no server: a trial is given one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Protocol

from referee.migrations.database.connection import Connection
from referee.schema.providers import Provider
from tests.truth.cases import (
    Case,
    boolean_index_cases,
    deep_cases,
    join_table_cases,
    key_type_cases,
    name_cases,
    null_cases,
    partial_relation_cases,
    partial_target_cases,
    replication_cases,
    shared_column_cases,
    text_index_cases,
    time_zone_cases,
    type_cases,
    uuid_cases,
)
from tests.truth.graphs import Graph, Key, Width, random_graph
from tests.truth.index_coverage import (
    MariadbPlanner,
    Planner,
    PostgresqlPlanner,
    Shape,
    SqlitePlanner,
    random_shape,
    shapes_of_every_kind,
    try_automatic_index,
    try_shape,
)
from tests.truth.mariadb import MariadbServer
from tests.truth.migration_cases import (
    MigrationCase,
    added_cascade_cases,
    added_enum_value_cases,
    broken_cases,
    column_type_cases,
    concurrent_index_cases,
    dropped_constraint_cases,
    dropped_data_cases,
    implicit_index_cases,
    index_build_cases,
    leftover_cases,
    new_check_cases,
    new_foreign_key_cases,
    not_null_cases,
    removed_enum_value_cases,
    renamed_column_cases,
    renamed_table_cases,
    replaced_column_cases,
    required_column_cases,
    rewritten_table_cases,
    rows_changed_cases,
    transaction_cases,
    unique_cases,
    unmigrated_cases,
    unreadable_cases,
)
from tests.truth.postgresql import PostgresqlServer
from tests.truth.rings import random_ring_graph, try_inserts
from tests.truth.sqlite import SqliteServer
from tests.truth.trial import (
    Server,
    Verdict,
    columns_to_update,
    contradiction_of_rule,
    try_delete,
    try_update,
)
from tests.truth.type_pairs import try_pairs


@dataclass(frozen=True, slots=True)
class Bench:
    """One database as the trials want it; SQLite, of the standard library, needs no connection."""

    server: Server
    planner: Planner
    connection: Connection | None = None

    @property
    def provider(self) -> Provider:
        return self.server.provider

    @property
    def title(self) -> str:
        """The database with its version."""
        return self.server.title


def sqlite_bench() -> Bench:
    """Return the SQLite of the standard library."""
    return Bench(SqliteServer(), SqlitePlanner())


def postgresql_bench(connection: Connection) -> Bench:
    """Return a database of PostgreSQL, which the trials empty."""
    return Bench(PostgresqlServer(connection), PostgresqlPlanner(connection), connection)


def mariadb_bench(connection: Connection, name: str = "trial") -> Bench:
    """Return a MariaDB or MySQL, in which the trials make a database of that name."""
    return Bench(
        MariadbServer(connection, name), MariadbPlanner(connection, f"{name}_plans"), connection
    )


class Trial(Protocol):
    """A deed in a database, of which Referee has said what comes of it."""

    def verdict(self, bench: Bench) -> Verdict:
        """Do the deed and compare."""
        ...

    def smaller(self) -> Iterator[Trial]:
        """Yield trials with something left out."""
        ...

    def text(self, provider: Provider) -> str:
        """Return the schema and the deed, for people who want to repeat it."""
        ...


@dataclass(frozen=True, slots=True)
class DeleteTrial:
    """The main row of a model is deleted."""

    graph: Graph
    root: int
    seed: int = 0

    def verdict(self, bench: Bench) -> Verdict:
        """Delete, compare, and look whether `blocked-delete` says the same of every root."""
        found = try_delete(bench.server, self.graph, self.root, self.seed)
        if found.complaint is not None:
            return found
        return replace(found, complaint=contradiction_of_rule(self.graph, bench.provider))

    def smaller(self) -> Iterator[Trial]:
        """Yield trials with something left out."""
        for graph in self.graph.smaller():
            if self.root in graph.models:
                yield replace(self, graph=graph)

    def text(self, provider: Provider) -> str:
        """Return the schema and the deed."""
        return f"{self.graph.schema(provider)}\nDeleted: the main row of T{self.root}."


@dataclass(frozen=True, slots=True)
class UpdateTrial:
    """Another value is written into a column of the main row of a model."""

    graph: Graph
    root: int
    column: str

    def verdict(self, bench: Bench) -> Verdict:
        """Write and compare."""
        return try_update(bench.server, self.graph, self.root, self.column)

    def smaller(self) -> Iterator[Trial]:
        """Yield trials with something left out."""
        for graph in self.graph.smaller():
            if self.root in graph.models and self.column in columns_to_update(graph, self.root):
                yield replace(self, graph=graph)

    def text(self, provider: Provider) -> str:
        """Return the schema and the deed."""
        return f"{self.graph.schema(provider)}\nChanged: {self.column} of T{self.root}'s main row."


@dataclass(frozen=True, slots=True)
class InsertTrial:
    """Tables are filled, one row after the other."""

    graph: Graph

    def verdict(self, bench: Bench) -> Verdict:
        """Insert until no table gets its first row, and compare."""
        return try_inserts(bench.server, self.graph)

    def smaller(self) -> Iterator[Trial]:
        """Yield trials with something left out."""
        return map(InsertTrial, self.graph.smaller())

    def text(self, provider: Provider) -> str:
        """Return the schema and the deed."""
        return f"{self.graph.schema(provider)}\nInserted: a row into every table that takes one."


@dataclass(frozen=True, slots=True)
class LookUpTrial:
    """The planner is asked how it finds the rows of a key."""

    shape: Shape

    def verdict(self, bench: Bench) -> Verdict:
        """Fill the tables, ask for the plan and compare."""
        return Verdict(try_shape(bench.planner, self.shape))

    def smaller(self) -> Iterator[Trial]:
        """Yield trials with an index left out."""
        for index in self.shape.indexes:
            left = tuple(each for each in self.shape.indexes if each != index)
            yield LookUpTrial(replace(self.shape, indexes=left))

    def text(self, provider: Provider) -> str:
        """Return the schema and the deed."""
        return f"{self.shape.schema(provider)}\nAsked: how rows are found by {self.shape.key}."


@dataclass(frozen=True, slots=True)
class AutomaticIndexTrial:
    """InnoDB is looked at for an index that it made for a key."""

    shape: Shape

    def verdict(self, bench: Bench) -> Verdict:
        """Make the tables and look."""
        assert isinstance(bench.planner, MariadbPlanner)
        return Verdict(try_automatic_index(bench.planner, self.shape))

    def smaller(self) -> Iterator[Trial]:
        """Yield trials with an index left out."""
        for index in self.shape.indexes:
            left = tuple(each for each in self.shape.indexes if each != index)
            yield AutomaticIndexTrial(replace(self.shape, indexes=left))

    def text(self, provider: Provider) -> str:
        """Return the schema and the deed."""
        return f"{self.shape.schema(provider)}\nLooked for: an index that {self.shape.key} starts."


@dataclass(frozen=True, slots=True)
class PairsTrial:
    """A key is made of every native type to every other."""

    def verdict(self, bench: Bench) -> Verdict:
        """Make the keys and compare with the table that the rule uses."""
        assert bench.connection is not None
        with bench.server.tables("SELECT 1"):
            return try_pairs(bench.connection, bench.provider)

    def smaller(self) -> Iterator[Trial]:
        """Yield nothing."""
        return iter(())

    def text(self, provider: Provider) -> str:
        """Return the deed."""
        return f"Made: a foreign key of every native type of {provider} to every other."


@dataclass(frozen=True, slots=True)
class CaseTrial:
    """A case that is written out by hand."""

    case: Case | MigrationCase

    def verdict(self, bench: Bench) -> Verdict:
        """Do what the case says and compare."""
        return Verdict(self.case.complaint(bench.server))

    def smaller(self) -> Iterator[Trial]:
        """Yield nothing."""
        return iter(())

    def text(self, provider: Provider) -> str:
        """Return the schema and what is done."""
        return str(self.case)


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim and how it is tried.

    `subject` is what was executed, as a rule's page says it. `numbers` says how many random trials
    each database gets unless told otherwise; a database that is not in it has only fixed ones, if
    any. `left_out` is what trials never have, of all that the subject could mean.
    """

    name: str
    subject: str
    fixed: Callable[[Provider], Sequence[Trial]] = field(default=lambda provider: ())
    random: Callable[[Random, Provider], Trial] | None = None
    numbers: Mapping[Provider, int] = field(default_factory=dict)
    left_out: str = ""

    def trial(self, provider: Provider, seed: int, number: int) -> Trial:
        """Return a trial by its number; the fixed ones come first."""
        fixed = self.fixed(provider)
        if number < len(fixed):
            return fixed[number]
        assert self.random is not None
        return self.random(Random(f"{seed} {self.name} {provider} {number}"), provider)


def smallest(trial: Trial, bench: Bench) -> Trial:
    """Return the smallest trial found that is still wrong, beginning with one that is."""
    while True:
        smaller = next((each for each in trial.smaller() if each.verdict(bench).complaint), None)
        if smaller is None:
            return trial
        trial = smaller


# ---- random and fixed trials ----


def _random_delete(random: Random, provider: Provider) -> Trial:
    graph = random_graph(random, provider)
    return DeleteTrial(graph, random.choice(graph.models), random.randrange(1_000_000))


def _random_update(random: Random, provider: Provider) -> Trial:
    while True:
        graph = random_graph(random, provider, shares_columns=False)
        columns = [
            (model, column) for model in graph.models for column in columns_to_update(graph, model)
        ]
        if columns:
            return UpdateTrial(graph, *random.choice(columns))


def _clearing_deeds(provider: Provider) -> list[Trial]:
    """Return a delete and an update of every kind of key whose columns are cleared or reset."""
    nullable = [
        Key(0, 1, parent, "SetNull", "SetNull", width)
        for width in _WIDTHS
        if width != "half-optional-pair"
        for parent in (0, 1)
    ]
    resetting = [
        Key(0, 1, parent, "SetDefault", "SetDefault", width, is_required, has_default=has_default)
        for width in _WIDTHS
        for is_required in (False, True)
        if not (is_required and width == "half-optional-pair")
        for has_default in (False, True)
        for parent in (0, 1)
    ]
    return [deed for key in (*nullable, *resetting) for deed in _deeds_of(key)]


def _required_columns_cleared(provider: Provider) -> list[Trial]:
    """Return deeds that clear a required column, in the one database that Prisma lets do so."""
    if provider != "postgresql":
        return []
    return [
        deed
        for width in _WIDTHS
        for parent in (0, 1)
        for deed in _deeds_of(
            Key(0, 1, parent, "SetNull", "SetNull", width, width != "half-optional-pair")
        )
    ]


_WIDTHS: tuple[Width, ...] = ("single", "pair", "half-optional-pair")


def _deeds_of(key: Key) -> Iterator[Trial]:
    graph = Graph((0, 1), (key,))
    yield DeleteTrial(graph, key.parent)
    for column in columns_to_update(graph, key.parent):
        yield UpdateTrial(graph, key.parent, column)


def _look_ups(provider: Provider) -> list[Trial]:
    return [LookUpTrial(shape) for shape in shapes_of_every_kind(provider)]


def _automatic_indexes(provider: Provider) -> list[Trial]:
    if provider != "mysql":
        return []
    return [AutomaticIndexTrial(shape) for shape in shapes_of_every_kind(provider)]


def _pairs(provider: Provider) -> list[Trial]:
    if provider == "sqlite":
        return [CaseTrial(case) for case in type_cases()]
    return [PairsTrial()]


def _cases(
    cases: Callable[[Provider], Sequence[Case | MigrationCase]],
) -> Callable[[Provider], list[Trial]]:
    return lambda provider: [CaseTrial(case) for case in cases(provider)]


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "deletes",
        "deletes in random schemas",
        random=_random_delete,
        numbers={"sqlite": 2_000, "postgresql": 1_000, "mysql": 500},
        left_out=(
            "a column that two relations share and one of them clears, and a one-to-one relation "
            "of a model that refers to itself"
        ),
    ),
    Claim(
        "updates",
        "changes of referenced values in random schemas",
        random=_random_update,
        numbers={"sqlite": 1_000, "postgresql": 500, "mysql": 250},
        left_out=(
            "a column that two relations share, and a one-to-one relation of a model that refers "
            "to itself"
        ),
    ),
    Claim("clearing", "deletes and changes that clear or reset a key", _clearing_deeds),
    Claim("required-columns", "SetNull on required columns", _required_columns_cleared),
    Claim(
        "rings",
        "first rows of random schemas with rings, one by one and all together",
        random=lambda random, provider: InsertTrial(random_ring_graph(random, provider)),
        numbers={"sqlite": 500, "postgresql": 200, "mysql": 100},
    ),
    Claim(
        "look-ups",
        "plans of look-ups in 50,000 rows",
        _look_ups,
        lambda random, provider: LookUpTrial(random_shape(random)),
        {"sqlite": 100, "postgresql": 60, "mysql": 30},
    ),
    Claim(
        "automatic-indexes",
        "indexes that InnoDB makes by itself",
        _automatic_indexes,
        lambda random, provider: AutomaticIndexTrial(random_shape(random)),
        {"mysql": 50},
    ),
    Claim("types", "keys between every two native types", _pairs),
    Claim("narrow-keys", "values that a key cannot hold", _cases(key_type_cases)),
    Claim("depth", "cascades of 14 and 15 levels", _cases(deep_cases)),
    Claim("shared-columns", "a key that shares a column cleared", _cases(shared_column_cases)),
    Claim("partial-targets", "keys to a partial unique index", _cases(partial_target_cases)),
    Claim(
        "partial-relations", "one-to-one keys in a partial index", _cases(partial_relation_cases)
    ),
    Claim("nulls", "NULLs under a unique constraint", _cases(null_cases)),
    Claim("names", "names longer than the limit", _cases(name_cases)),
    Claim("text-indexes", "indexes over long text", _cases(text_index_cases)),
    Claim("join-tables", "the same pair twice in a join table", _cases(join_table_cases)),
    Claim("uuid-size", "the size of a UUID in a row", _cases(uuid_cases)),
    Claim("replication", "a publication of a table without primary key", _cases(replication_cases)),
    Claim("boolean-indexes", "plans of look-ups by a Boolean", _cases(boolean_index_cases)),
    Claim("time-zones", "a moment read in another time zone", _cases(time_zone_cases)),
    Claim(
        "broken-scripts",
        "statements about what is not there, there already or in use",
        _cases(broken_cases),
    ),
    Claim("unreadable-scripts", "scripts that cannot be read", _cases(unreadable_cases)),
    Claim(
        "new-enum-values",
        "uses of an enum value beside its addition",
        _cases(added_enum_value_cases),
    ),
    Claim(
        "concurrent-indexes",
        "`CONCURRENTLY` alone and beside other statements",
        _cases(concurrent_index_cases),
    ),
    Claim(
        "new-required-columns",
        "required columns added to tables with rows",
        _cases(required_column_cases),
    ),
    Claim("nulls-forbidden", "columns that become required over NULLs", _cases(not_null_cases)),
    Claim("new-unique-indexes", "unique indexes over duplicates", _cases(unique_cases)),
    Claim(
        "new-foreign-keys",
        "foreign keys over rows without parents, and their locks",
        _cases(new_foreign_key_cases),
    ),
    Claim(
        "new-checks",
        "CHECK constraints over rows that fail them, and their lock",
        _cases(new_check_cases),
    ),
    Claim(
        "removed-enum-values", "enums that lose a value of a row", _cases(removed_enum_value_cases)
    ),
    Claim("column-types", "columns that change their type, with rows", _cases(column_type_cases)),
    Claim(
        "replaced-columns",
        "columns dropped beside new ones and columns renamed",
        _cases(replaced_column_cases),
    ),
    Claim("dropped-data", "tables and columns dropped and made again", _cases(dropped_data_cases)),
    Claim(
        "dropped-constraints",
        "rows taken once a constraint is dropped",
        _cases(dropped_constraint_cases),
    ),
    Claim(
        "changed-rows",
        "rows before and after a script that writes them",
        _cases(rows_changed_cases),
    ),
    Claim(
        "implicit-indexes",
        "the index of a key before and after the key is dropped",
        _cases(implicit_index_cases),
    ),
    Claim(
        "index-builds",
        "locks of index builds, and what a failed one leaves",
        _cases(index_build_cases),
    ),
    Claim(
        "rewritten-tables",
        "files and objects of tables before and after a rewrite",
        _cases(rewritten_table_cases),
    ),
    Claim(
        "transactions", "scripts with their own transaction that fail", _cases(transaction_cases)
    ),
    Claim("renamed-columns", "queries for a column by its old name", _cases(renamed_column_cases)),
    Claim("renamed-tables", "queries for a table by its old name", _cases(renamed_table_cases)),
    Claim("new-cascades", "deletes before and after a key cascades", _cases(added_cascade_cases)),
    Claim("leftovers", "inserts without a column that the schema lacks", _cases(leftover_cases)),
    Claim("unmigrated", "queries for a column that no migration makes", _cases(unmigrated_cases)),
)
