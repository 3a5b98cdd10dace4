"""The harness itself: it sees what is wrong, shrinks it, and writes what it has shown."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from referee.ddl.sql import create_script
from referee.migrations.catalogue import ALL_MIGRATION_RULES
from referee.migrations.database.binaries import POSTGRESQL_VARIABLE
from referee.rules import type_pairs
from referee.rules.catalogue import ALL_RULES
from referee.rules.coverage import Coverage
from referee.rules.evidence import EVIDENCE, Trials
from referee.schema.providers import Provider
from tests.support.databases import fresh_postgresql
from tests.support.views import view_of
from tests.truth import evidence, mariadb
from tests.truth.__main__ import main
from tests.truth.cases import Case, Finds, LooksUp, Refuses, Takes
from tests.truth.claims import CLAIMS, Bench, Trial, smallest, sqlite_bench
from tests.truth.digests import digest_of, modules_of_the_harness, read_module
from tests.truth.expected import expected_of_delete
from tests.truth.graphs import Graph, Key, random_graph
from tests.truth.index_coverage import Plan, Shape, contradiction
from tests.truth.migration_cases import Locks, MigrationCase, Rewrites
from tests.truth.postgresql import PostgresqlServer
from tests.truth.run import Job, run_job, trial_numbers
from tests.truth.sqlite import SqliteServer
from tests.truth.trial import Verdict, difference, model_of, try_delete
from tests.truth.type_pairs import TARGET, module_text

# Python tells the exact code from 3.11 on.
PRIMARY_KEY = f"SQLITE_CONSTRAINT_{'PRIMARYKEY' if sys.version_info >= (3, 11) else 'UNIQUE'}"
CASCADE = Graph((0, 1), (Key(0, 1, 0, "Cascade", None),))


def outcome_on_sqlite(graph: Graph, judged: Graph) -> str | None:
    """Delete in one graph what is judged in another."""
    view = view_of(judged.schema("sqlite"))
    script = create_script(model_of(view_of(graph.schema("sqlite"))))
    seen = SqliteServer().observe(script, graph.rows(0), 'DELETE FROM "T0" WHERE "id" = 1')
    return difference(expected_of_delete(judged, view, 0), seen)


def with_action(action: str) -> Graph:
    key = replace(CASCADE.keys[0], on_delete=action)  # type: ignore[arg-type]
    return Graph((0, 1), (key,))


def test_an_outcome_that_was_not_expected_is_told() -> None:
    assert outcome_on_sqlite(CASCADE, CASCADE) is None
    assert outcome_on_sqlite(with_action("Restrict"), CASCADE) == (
        "was expected to go through, and was refused: FOREIGN KEY constraint failed"
    )
    assert outcome_on_sqlite(CASCADE, with_action("Restrict")) == (
        "was expected to be refused by T1.r0 (direct), and went through"
    )
    told = outcome_on_sqlite(with_action("SetNull"), CASCADE)
    assert told is not None
    assert "in T1 where ['id=9, k0=9'] was expected" in told


def test_a_refusal_for_another_reason_is_told() -> None:
    script = create_script(model_of(view_of(CASCADE.schema("sqlite"))))
    twice = 'INSERT INTO "T0" ("id") VALUES (1)'
    seen = SqliteServer().observe(script, CASCADE.rows(0), twice)
    told = difference(expected_of_delete(CASCADE, view_of(CASCADE.schema("sqlite")), 0), seen)
    assert told == "was refused for other reasons than keys: UNIQUE constraint failed: T0.id"


def test_where_the_order_of_tables_decides_both_outcomes_are_shown() -> None:
    # The newest table comes first on SQLite: T2 is deleted before T1 is looked at, or after.
    keys = (
        Key(0, 1, 0, "Cascade", None),
        Key(1, 2, 0, "Cascade", None),
        Key(2, 2, 1, "Restrict", None),
    )
    found = try_delete(SqliteServer(), Graph((0, 1, 2), keys), 0)
    assert found == Verdict(undecided=1, both=1)


@dataclass(frozen=True, slots=True)
class TooMany:
    """A trial that is wrong as long as its graph has a key of T1 that cascades."""

    graph: Graph

    def verdict(self, bench: Bench) -> Verdict:
        is_wrong = any(key.child == 1 and key.on_delete == "Cascade" for key in self.graph.keys)
        return Verdict("too many" if is_wrong else None)

    def smaller(self) -> Iterator[Trial]:
        return map(TooMany, self.graph.smaller())

    def text(self, provider: Provider) -> str:
        return self.graph.schema(provider)


def test_a_mismatch_is_shrunk_to_what_makes_it_one() -> None:
    random = Random(3)
    graph = random_graph(random, "sqlite")
    while TooMany(graph).verdict(sqlite_bench()).complaint is None:
        graph = random_graph(random, "sqlite")
    shown = smallest(TooMany(graph), sqlite_bench())
    assert isinstance(shown, TooMany)
    assert len(shown.graph.keys) == 1
    assert len(shown.graph.models) <= 2
    assert not shown.graph.joins


def test_a_case_that_goes_otherwise_is_told() -> None:
    schema = "model T {\n  id Int @id\n}\n"
    insert = 'INSERT INTO "T" ("id") VALUES (1)'
    case = Case("twice", "sqlite", schema, "missing-primary-key", False, (Takes(insert),))
    assert case.complaint(SqliteServer()) is None
    assert replace(case, is_reported=True).complaint(SqliteServer()) == "twice: reported is []"
    again = replace(case, steps=(Takes(insert), Refuses(insert, PRIMARY_KEY)))
    assert again.complaint(SqliteServer()) is None
    assert replace(case, steps=(Refuses(insert, PRIMARY_KEY),)).complaint(SqliteServer()) == (
        f"twice: {insert} was taken"
    )
    for_another_reason = replace(again, steps=(Takes(insert), Refuses(insert, "SQLITE_ERROR")))
    assert for_another_reason.complaint(SqliteServer()) == (
        f"twice: {insert} was refused with {PRIMARY_KEY}"
    )
    unmade = replace(case, unmade="SQLITE_ERROR")
    assert unmade.complaint(SqliteServer()) == "twice: the tables were made"
    assert replace(unmade, unmade_by="MySQL").complaint(SqliteServer()) is None


def test_a_trial_is_the_same_wherever_it_runs() -> None:
    claim = CLAIMS[0]
    whole = run_job(Job(claim.name, "sqlite", None, 5, range(12)))
    first = run_job(Job(claim.name, "sqlite", None, 5, range(7)))
    first.add(run_job(Job(claim.name, "sqlite", None, 5, range(7, 12))))
    assert first == whole
    assert claim.trial("sqlite", 5, 3) != claim.trial("sqlite", 6, 3)


def test_a_run_prints_its_seed_and_what_came_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--seed", "4", "--only", "deletes,nulls", "--sqlite", "10", "--processes", "1"]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Seed 4.\n")
    assert "deletes on SQLite" in printed
    assert ": 10 trials, " in printed
    assert printed.endswith("11 trials, 0 of which did not go as Referee says.\n")


def test_a_server_that_is_missing_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(POSTGRESQL_VARIABLE, str(tmp_path))
    assert main(["--only", "nulls", "--postgresql", "1"]) == 2
    assert f"No postgresql: {POSTGRESQL_VARIABLE} names {tmp_path}" in capsys.readouterr().out


# ---- what is kept of a run ----


def test_the_product_keeps_what_a_full_run_of_these_trials_showed() -> None:
    stale = evidence.stale_claims(EVIDENCE)
    assert not stale, f"the evidence is of other trials; {evidence.how_to_renew(stale)}"


def test_evidence_is_stale_where_trials_changed_or_lack_or_are_no_more() -> None:
    claim = CLAIMS[0]
    subject, kept = EVIDENCE[claim.name]
    fresh = [
        each._replace(
            number=len(trial_numbers(claim, each.provider)),
            digest=digest_of(claim.name, each.provider),
        )
        for each in kept
    ]

    def is_stale(subject: str, trials: list[Trials]) -> bool:
        return claim.name in evidence.stale_claims({claim.name: (subject, trials)})

    assert not is_stale(subject, fresh)
    assert is_stale("something else", fresh)
    assert is_stale(subject, fresh[1:])
    assert is_stale(subject, [fresh[0]._replace(digest="0"), *fresh[1:]])
    assert is_stale(subject, [fresh[0]._replace(number=1999), *fresh[1:]])
    assert evidence.how_to_renew(["deletes", "nulls"]) == (
        'make truth ARGS="--write --only deletes,nulls" && make docs'
    )


@pytest.mark.parametrize(
    ("module", "old", "new", "changed"),
    [
        ("cases", "VALUES (3, 1)", "VALUES (3, 2)", {"nulls"}),
        ("cases", "two NULLs under a unique", "# two", {"nulls"}),
        ("rings", "randint(2, 7)", "randint(2, 8)", {"rings"}),
        ("graphs", "randint(4, 12)", "randint(4, 13)", {"deletes", "updates"}),
        ("claims", '"postgresql": 1_000', '"postgresql": 10', {"deletes"}),
        ("trial", "ORDERS = 40", "ORDERS = 4", {"deletes", "clearing", "required-columns"}),
        ("mariadb", "foreign_key_checks = 0", "foreign_key_checks = 1", set()),
        ("graphs", "Return the graph as a Prisma schema.", "Return it.", set()),
        ("trial", "# An order of tables", "# Another order of tables", set()),
    ],
)
def test_a_change_of_a_trial_tells_on_the_claims_that_it_is_for(
    module: str, old: str, new: str, changed: set[str]
) -> None:
    modules = dict(modules_of_the_harness())
    text = (Path(evidence.__file__).parent / f"{module}.py").read_text(encoding="utf-8")
    assert old in text
    modules[module] = read_module(text.replace(old, new))
    assert {
        claim.name
        for claim in CLAIMS
        if digest_of(claim.name, "postgresql", modules) != digest_of(claim.name, "postgresql")
    } == changed


def test_a_change_of_a_server_tells_on_what_was_executed_there_alone() -> None:
    modules = dict(modules_of_the_harness())
    text = Path(mariadb.__file__).read_text(encoding="utf-8")
    modules["mariadb"] = read_module(text.replace("checks = 0", "checks = 1"))
    assert digest_of("deletes", "mysql", modules) != digest_of("deletes", "mysql")
    assert digest_of("deletes", "sqlite", modules) == digest_of("deletes", "sqlite")


def test_a_part_of_a_run_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    before = evidence.TARGET.read_bytes()
    assert main(["--write", "--only", "nulls", "--sqlite", "10"]) == 2
    assert main(["--write", "--only", "nulls", "--trial", "0"]) == 2
    assert capsys.readouterr().out.count("Only a whole run is written") == 2
    assert evidence.TARGET.read_bytes() == before


def test_files_that_are_written_are_as_the_harness_writes_them() -> None:
    assert evidence.TARGET.read_text(encoding="utf-8") == evidence.module_text(EVIDENCE)
    measured = {
        provider: (
            type_pairs.SERVERS[provider],
            {child: tuple(parents.split()) for child, parents in pairs.items()},
        )
        for provider, pairs in type_pairs.ACCEPTED.items()
    }
    assert TARGET.read_text(encoding="utf-8") == module_text(measured)


def test_a_run_replaces_the_evidence_of_its_databases_alone() -> None:
    claim = CLAIMS[0].name
    new = Trials("postgresql", "PostgreSQL 99", 1, 0, 0, 0, "0")
    _, trials = evidence.merged({claim: [new]})[claim]
    _, old = EVIDENCE[claim]
    assert new in trials
    assert {each for each in old if each.provider != "postgresql"} <= set(trials)


def test_every_claim_proves_a_rule_and_every_rule_names_claims_that_there_are() -> None:
    named = {claim for rule in ALL_RULES for claim in rule.claims}
    named |= {claim for rule in ALL_MIGRATION_RULES for claim in rule.claims}
    assert named == {claim.name for claim in CLAIMS}


def test_every_rule_about_migrations_was_executed_or_claims_nothing_of_a_database() -> None:
    without = {rule.code for rule in ALL_MIGRATION_RULES if not rule.claims}
    assert without == {
        "migration-lock-mismatch",
        "missing-migration-file",
        "missing-migration-lock",
        "no-migrations",
    }


def test_where_an_order_decides_both_outcomes_were_shown() -> None:
    for claim, (_, trials) in EVIDENCE.items():
        for each in trials:
            assert each.both == each.undecided, (claim, each.provider)


# ---- what would be overlooked ----


def test_a_look_up_that_goes_through_more_or_less_than_is_said_is_told() -> None:
    shape = Shape(("@@index([tenant])",), is_composite=True)

    def told(coverage: Coverage, index: str | None, share: float) -> bool:
        return contradiction(shape, coverage, Plan(index, share, "")) is not None

    in_part = Coverage("partly", why="leads")
    assert not told(in_part, "Child_tenant_idx", 0.2)
    assert not told(in_part, None, 1.0)
    assert told(in_part, "Child_tenant_idx", 0.0002)
    covered = Coverage("covered")
    assert not told(covered, "Child_ref_idx", 0.0002)
    assert told(covered, "Child_tenant_idx", 0.2)
    assert told(covered, None, 1.0)
    assert told(Coverage("partly", why="partial"), "live", 0.0002)
    assert told(Coverage("none"), "Child_ref_idx", 0.0002)


MIGRATION = MigrationCase(
    "a new table",
    "sqlite",
    "drops-data",
    is_reported=False,
    script='CREATE TABLE "T" ("id" INTEGER NOT NULL);',
    before='CREATE TABLE "S" ("id" INTEGER NOT NULL);',
)


@pytest.mark.parametrize(
    ("case", "told"),
    [
        (MIGRATION, None),
        (replace(MIGRATION, is_reported=True), "reported is []"),
        (replace(MIGRATION, script='DROP TABLE "S";'), "reported is ['drops-data']"),
        (replace(MIGRATION, fails="SQLITE_ERROR"), "the script ended with None"),
        (replace(MIGRATION, rows='INSERT INTO "N" VALUES (1);'), "SQLITE_ERROR: no such table: N"),
        (
            replace(MIGRATION, steps=(Finds('SELECT COUNT(*) FROM "T"', "1"),)),
            'SELECT COUNT(*) FROM "T" found 0',
        ),
        (
            replace(MIGRATION, steps=(LooksUp('SELECT * FROM "T" WHERE "id" = 1', "T_idx"),)),
            'SELECT * FROM "T" WHERE "id" = 1 used None',
        ),
    ],
)
def test_a_migration_that_goes_otherwise_is_told(case: MigrationCase, told: str | None) -> None:
    assert case.complaint(SqliteServer()) == (None if told is None else f"a new table: {told}")


def test_other_locks_and_rewrites_than_are_said_are_told() -> None:
    add = 'ALTER TABLE "S" ADD COLUMN "a" INTEGER'
    exclusive = {"S": "AccessExclusiveLock"}
    case = replace(MIGRATION, provider="postgresql")
    with fresh_postgresql() as connection:
        server = PostgresqlServer(connection)

        def told(step: Locks | Rewrites) -> str | None:
            return replace(case, steps=(step,)).complaint(server)

        assert told(Locks(add, exclusive)) is None
        assert told(Locks(add, {"S": "ShareLock"})) == f"a new table: {add} held {exclusive}"
        assert told(Rewrites(add, "S", is_rewritten=False)) is None
        assert told(Rewrites(add, "S", is_rewritten=True)) == "a new table: rewritten is False"


def test_a_graph_keeps_the_columns_that_its_keys_share_when_it_is_shrunk() -> None:
    base = Key(0, 1, 0, "Cascade", None)
    shared = Graph((0, 1, 2), (base, Key(1, 1, 2, "Cascade", None, shares=0)))
    schema = shared.schema("sqlite")
    assert schema.count("k0 Int?") == 1
    assert schema.count("fields: [k0]") == 2
    for smaller in shared.smaller():
        text = smaller.schema("sqlite")
        assert "fields: [k0]" not in text or "k0 Int?" in text


def test_random_graphs_have_what_is_not_said_to_be_left_out() -> None:
    graphs = [random_graph(Random(number), "postgresql") for number in range(300)]
    keys = [(graph, key) for graph in graphs for key in graph.keys]
    assert any(key.shares is not None and key.is_pair for _, key in keys)
    assert any(key.shares is not None and not key.is_pair for _, key in keys)
    assert any(
        key.is_self_relation
        and any(
            ring.child == key.child and ring.on_delete == "Cascade" and not ring.is_self_relation
            for ring in graph.keys
        )
        for graph, key in keys
    )
