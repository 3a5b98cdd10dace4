"""A sample of every claim on SQLite, PostgreSQL and MariaDB; `make truth` runs thousands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from referee.rules import type_pairs
from referee.schema.providers import Provider
from tests.support.databases import fresh_mysql, fresh_postgresql
from tests.truth.claims import CLAIMS, Bench, Claim, mariadb_bench, postgresql_bench, sqlite_bench
from tests.truth.run import run_trials, trial_numbers
from tests.truth.type_pairs import is_same_major

pytestmark = [pytest.mark.slow, pytest.mark.fuzz]

# Of a claim's random trials one in so many is run, and of the fixed ones that take long some.
_ONE_IN = {"deletes": 25, "updates": 25, "rings": 20, "look-ups": 20, "automatic-indexes": 10}
_FEWER_FIXED = {"look-ups": 4, "automatic-indexes": 4, "clearing": 2}
_SEED = 2
PROVIDERS: tuple[Provider, ...] = ("sqlite", "postgresql", "mysql")
_USUAL_ROUNDS = 20


@pytest.fixture(scope="module")
def sqlite() -> Bench:
    return sqlite_bench()


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Bench]:
    with fresh_postgresql() as connection:
        yield postgresql_bench(connection)


@pytest.fixture(scope="module")
def mysql() -> Iterator[Bench]:
    with fresh_mysql() as connection:
        yield mariadb_bench(connection)


# Which databases a claim has trials on, and so evidence of, `test_harness.py` looks at.
_TRIED = [
    pytest.param(claim, provider, id=f"{claim.name}-{provider}")
    for claim in CLAIMS
    for provider in PROVIDERS
    if trial_numbers(claim, provider)
]


@pytest.mark.parametrize(("claim", "provider"), _TRIED)
def test_databases_do_what_is_claimed(
    claim: Claim, provider: Provider, fuzz_rounds: int, request: pytest.FixtureRequest
) -> None:
    numbers = _sample(claim, provider, fuzz_rounds)
    assert numbers
    bench: Bench = request.getfixturevalue(provider)
    if claim.name == "types" and bench.connection is not None:
        server = bench.connection.server
        if not is_same_major(server, provider):
            pytest.skip(f"the types were measured on {type_pairs.SERVERS[provider]}, not {server}")
    tally = run_trials(claim, bench, _SEED, numbers)
    assert tally.number >= len(numbers)
    assert not tally.mismatches, "\n".join(tally.mismatches)


def _sample(claim: Claim, provider: Provider, rounds: int) -> list[int]:
    fixed = len(claim.fixed(provider))
    step = _FEWER_FIXED.get(claim.name, 1) if rounds == _USUAL_ROUNDS else 1
    random = claim.numbers.get(provider, 0) * rounds // _USUAL_ROUNDS
    few = max(min(random, 1), random // _ONE_IN.get(claim.name, 1))
    return [*range(0, fixed, step), *range(fixed, fixed + few)]
