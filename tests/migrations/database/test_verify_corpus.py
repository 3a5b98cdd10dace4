"""Migrations of public projects on databases: they apply, agree with the replay, and go back."""

from __future__ import annotations

import os
from functools import cache

import pytest

from referee.migrations.database.statements import Dialect
from referee.migrations.database.verify import verify
from referee.migrations.database.verify_run import Plan, Verified
from referee.migrations.difference import Change
from tests.migrations.corpus import (
    evidence_of_unit,
    meant_by,
    provider_of,
    unit_named,
    units_with_migrations,
)
from tests.migrations.database.verifying import server_of
from tests.support.corpus import CorpusUnit, has_corpus, require_corpus

ROUNDS = int(os.environ.get("REFEREE_FUZZ_ROUNDS", "0"))
# How many of the newest migrations are taken back; all of them in long runs.
LAST = 10_000 if ROUNDS > 0 else 30
# Small projects of every kind; the others are for long runs.
SAMPLE = (
    "umami-software+umami/prisma",
    "boxyhq+saas-starter-kit",
    "openlit+openlit",
    "Mintplex-Labs+anything-llm",
    "hoppscotch+hoppscotch",
)
# Where the history stops, with the state and line of the refusal: mistakes in those projects.
BROKEN = {
    "ABC-TransitionBasCarbone+bilan-carbone": ("55P04", 12),
    "topcoder-platform+challenge-api-v6": ("42703", 39),
    "civitai+civitai": ("42703", 25),
    "mickasmt+next-saas-stripe-starter": ("42601", None),
}
# What this server lacks: an extension, a version of one, or a function of MySQL.
LACKING = {
    "oss-apps+split-pro": "pg_cron",
    "stackernews+stacker.news": "ltree",
    "umami-software+umami/db/mysql": "BIN_TO_UUID",
}
DIALECTS: dict[str, Dialect] = {
    "postgresql": "postgresql",
    "sqlite": "sqlite",
    "mysql": "mysql",
}


def units() -> list[CorpusUnit]:
    found = units_with_migrations("postgresql", "sqlite", "mysql") if has_corpus() else ()
    stopping = (*BROKEN, *LACKING)
    return [
        unit
        for unit in found
        if not unit.name.startswith(stopping) and (ROUNDS > 0 or unit.name.startswith(SAMPLE))
    ]


@cache
def verified_unit(name: str, last: int, *, goes_down_only: bool = True) -> Verified:
    unit = unit_named(name)
    evidence = evidence_of_unit(unit.name)
    names = [migration.name for migration in evidence.history.migrations]
    plan = Plan(
        evidence,
        meant_by(unit),
        frozenset(names[max(0, len(names) - last) :] if last else []),
        goes_down_only=goes_down_only,
    )
    return verify(plan, server_of(DIALECTS[provider_of(unit)]))


def key(change: Change) -> tuple[object, ...]:
    return (change.kind, change.part, change.owner, change.name, change.aspects)


@pytest.mark.parametrize("unit", units(), ids=lambda unit: unit.name)
def test_the_database_and_the_scripts_as_they_are_read_say_the_same(unit: CorpusUnit) -> None:
    require_corpus()
    found = verified_unit(unit.name, 0, goes_down_only=False)
    assert found.verification.empty.is_ok
    assert found.changes is not None
    assert {key(each) for each in found.changes} == {
        key(each) for each in evidence_of_unit(unit.name).changes or ()
    }


@pytest.mark.parametrize("unit", units(), ids=lambda unit: unit.name)
def test_every_way_back_arrives_and_so_does_the_way_up_again(unit: CorpusUnit) -> None:
    require_corpus()
    verification = verified_unit(unit.name, LAST).verification
    failed = {
        each.name: (each.down.failure, each.down.differences)
        for each in verification.migrations
        if each.down is not None and each.down.result == "failed"
    }
    assert failed == {}
    assert verification.down_up in ("exact", "data-loss")


@pytest.mark.parametrize("name", ["ABC-Trans", *(BROKEN if ROUNDS > 0 else ())])
def test_a_history_that_cannot_be_replayed_stops_at_the_line_at_fault(name: str) -> None:
    require_corpus()
    expected = next(value for broken, value in BROKEN.items() if broken.startswith(name))
    verification = verified_unit(name, 0).verification
    failure = verification.empty.failure
    assert verification.empty.is_ok is False
    assert failure is not None
    assert failure.sqlstate == expected[0]
    assert expected[1] in (None, failure.line)


@pytest.mark.parametrize("name", list(LACKING) if ROUNDS > 0 else ["oss-apps+split-pro"])
def test_what_the_server_lacks_needs_the_url_of_another(name: str) -> None:
    require_corpus()
    verification = verified_unit(name, 0).verification
    assert verification.empty.is_ok is None
    assert not verification.has_findings
    assert LACKING[name] in verification.not_run[0].why
    assert "--scratch-url" in verification.not_run[0].why


def test_umami_lacks_one_index() -> None:
    require_corpus()
    found = verified_unit("umami-software+umami/prisma", 0, goes_down_only=False)
    assert [(each.kind, each.part, each.name) for each in found.changes or ()] == [
        ("add", "index", "session_replay_visit_id_idx")
    ]


@pytest.mark.skipif(ROUNDS == 0, reason="820 migrations; set REFEREE_FUZZ_ROUNDS")
def test_trigger_dev_lacks_thirty_foreign_keys() -> None:
    require_corpus()
    found = verified_unit("triggerdotdev+trigger.dev/internal-packages/database", 0,
                          goes_down_only=False)  # fmt: skip
    missing = [each for each in found.changes or () if each.part == "foreign key"]
    assert len(missing) == 30
    assert {each.kind for each in missing} == {"add"}
