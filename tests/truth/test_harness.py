"""The harness itself: it sees what is wrong, shrinks it, and writes what it has shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from referee.ddl.sql import create_script
from referee.migrations.database.binaries import POSTGRESQL_VARIABLE
from referee.rules import type_pairs
from referee.rules.catalogue import ALL_RULES
from referee.rules.evidence import EVIDENCE, Trials
from referee.schema.providers import Provider
from tests.support.views import view_of
from tests.truth import evidence
from tests.truth.__main__ import main
from tests.truth.cases import Case, Refuses, Takes
from tests.truth.claims import CLAIMS, Bench, Trial, smallest, sqlite_bench
from tests.truth.expected import expected_of_delete
from tests.truth.graphs import Graph, Key, random_graph
from tests.truth.run import Job, run_job, trial_numbers
from tests.truth.sqlite import SqliteServer
from tests.truth.trial import Verdict, difference, model_of, try_delete
from tests.truth.type_pairs import TARGET, module_text

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
    assert replace(case, steps=(Takes(insert), Refuses(insert))).complaint(SqliteServer()) is None
    assert replace(case, steps=(Refuses(insert),)).complaint(SqliteServer()) == (
        f"twice: {insert} was taken"
    )
    assert replace(case, is_made=False).complaint(SqliteServer()) == "twice: the tables were made"


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


def test_the_product_keeps_what_a_full_run_showed() -> None:
    for claim in CLAIMS:
        subject, trials = EVIDENCE[claim.name]
        assert subject == claim.subject
        for provider in ("sqlite", "postgresql", "mysql"):
            usual = len(trial_numbers(claim, provider))
            shown = next((each for each in trials if each.provider == provider), None)
            assert (shown.number if shown is not None else 0) >= usual, (claim.name, provider)


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
    new = Trials("postgresql", "PostgreSQL 99", 1, 0, 0, 0)
    _, trials = evidence.merged({claim: [new]})[claim]
    _, old = EVIDENCE[claim]
    assert new in trials
    assert {each for each in old if each.provider != "postgresql"} <= set(trials)


def test_every_claim_proves_a_rule_and_every_rule_names_claims_that_there_are() -> None:
    named = {claim for rule in ALL_RULES for claim in rule.claims}
    assert named == {claim.name for claim in CLAIMS}
