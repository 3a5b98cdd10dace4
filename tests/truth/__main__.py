"""`python -m tests.truth`: try on real databases what Referee claims about them."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from time import monotonic

from referee.migrations.database.binaries import NoServer
from referee.migrations.database.mysql_server import mysql_server
from referee.migrations.database.opening import connect, scratch_database
from referee.migrations.database.postgresql_server import postgresql_server
from referee.migrations.database.processes import ServerDidNotStart
from referee.migrations.database.urls import Address
from referee.rules import type_pairs
from referee.rules.evidence import Trials
from referee.schema.providers import Provider
from tests.support.needs import is_on_ci
from tests.truth import evidence
from tests.truth.claims import CLAIMS, Claim
from tests.truth.run import Places, jobs_of, run_jobs, trial_numbers
from tests.truth.type_pairs import TARGET as TYPE_PAIRS
from tests.truth.type_pairs import is_same_major, measure_pairs, module_text

OPTIONS: Mapping[Provider, str] = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    "mysql": "mariadb",
}
# The claim whose number of trials the options set; the others follow in proportion.
_MEASURE = CLAIMS[0]


def main(words: Sequence[str]) -> int:
    """Run the trials; return 1 if one of them contradicts Referee, 2 if a server is missing."""
    arguments = _parser().parse_args(words)
    shares = _shares(arguments)
    if arguments.write and (arguments.trial is not None or shares.is_part):
        print("Only a whole run is written: leave --trial and smaller numbers away.")
        return 2
    claims = [claim for claim in CLAIMS if claim.name in arguments.only]
    print(f"Seed {arguments.seed}.", flush=True)
    with ExitStack() as stack:
        places, missing = _start(shares, stack)
        for provider, reason in missing.items():
            print(f"No {OPTIONS[provider]}: {reason}.", flush=True)
        if missing and shares.is_by_name:
            return 2
        if arguments.write and "types" in arguments.only:
            _write_type_pairs(places)
        wrong = _run(claims, places, shares.by_provider, arguments)
    if missing and is_on_ci():
        print("With CI set, every database has to be there.")
        return 1
    return 1 if wrong else 0


class _Shares:
    """How many trials each database gets, as a share of the usual number."""

    def __init__(self, asked: Mapping[Provider, int | None]) -> None:
        self.is_by_name = any(asked.values())
        self.by_provider: dict[Provider, float] = {}
        for provider, number in asked.items():
            if number is not None or not self.is_by_name:
                usual = _MEASURE.numbers[provider]
                share = 1.0 if number is None else number / usual
                if share > 0:
                    self.by_provider[provider] = share
        self.is_part = any(share < 1 for share in self.by_provider.values())


def _shares(arguments: argparse.Namespace) -> _Shares:
    return _Shares({provider: getattr(arguments, name) for provider, name in OPTIONS.items()})


def _parser() -> argparse.ArgumentParser:
    names = [claim.name for claim in CLAIMS]
    parser = argparse.ArgumentParser(prog="python -m tests.truth", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="what random trials come from")
    parser.add_argument(
        "--only",
        type=lambda text: text.split(","),
        default=names,
        metavar="CLAIM,...",
        help=f"try these claims alone, of {', '.join(names)}",
    )
    for provider, name in OPTIONS.items():
        parser.add_argument(
            f"--{name}",
            type=int,
            metavar="N",
            help=f"try N deletes, by default {_MEASURE.numbers[provider]:,}, and of the other "
            "claims in proportion; databases that are not named are then left out",
        )
    parser.add_argument("--trial", type=int, metavar="N", help="run the trial of this number alone")
    parser.add_argument("--processes", type=int, metavar="N", help="by default one for each core")
    parser.add_argument(
        "--write", action="store_true", help="write what was shown into the product"
    )
    return parser


def _start(
    shares: _Shares, stack: ExitStack
) -> tuple[dict[Provider, Address | None], dict[Provider, str]]:
    """Start the databases; return where they are, and why those are missing that are."""
    places: dict[Provider, Address | None] = {}
    missing: dict[Provider, str] = {}
    for provider in shares.by_provider:
        start = _STARTS[provider]
        try:
            places[provider] = stack.enter_context(start())
        except (NoServer, ServerDidNotStart, ImportError) as error:
            missing[provider] = str(error).rstrip(".")
    return places, missing


@contextmanager
def _sqlite() -> Iterator[None]:
    yield None


@contextmanager
def _postgresql() -> Iterator[Address]:
    import psycopg  # noqa: F401

    with postgresql_server() as server:
        yield server.address


@contextmanager
def _mysql() -> Iterator[Address]:
    import pymysql  # noqa: F401

    with mysql_server() as server:
        yield server.address


_STARTS: Mapping[Provider, Callable[[], AbstractContextManager[Address | None]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mysql": _mysql,
}


def _run(
    claims: Sequence[Claim],
    places: Places,
    shares: Mapping[Provider, float],
    arguments: argparse.Namespace,
) -> int:
    """Run the trials, print what they show, and return how many contradict Referee."""
    numbers = {}
    for claim in claims:
        for provider, place in places.items():
            wanted = trial_numbers(claim, provider, shares[provider])
            if claim.name == "types" and place is not None and not _is_measured(provider, place):
                wanted = range(0)
            if arguments.trial is not None:
                wanted = range(arguments.trial, arguments.trial + 1)
            numbers[claim.name, provider] = wanted
    jobs = list(jobs_of(claims, places, arguments.seed, numbers))
    started = monotonic()
    shown: dict[str, list[Trials]] = {}
    wrong = 0
    for tally in run_jobs(jobs, arguments.processes):
        print(f"{monotonic() - started:6.0f} s  {tally}", flush=True)
        if tally.one_sided:
            named = ", ".join(map(str, tally.one_sided))
            print(f"          only one outcome was shown of trial {named}", flush=True)
        for text in tally.mismatches:
            print(f"\n{text}", flush=True)
        if tally.wrong:
            print(_how_to_repeat(tally.claim, tally.provider, arguments.seed), flush=True)
        wrong += tally.wrong
        shown.setdefault(tally.claim, []).append(tally.evidence)
    total = sum(each.number for trials in shown.values() for each in trials)
    print(f"{total:,} trials, {wrong} of which did not go as Referee says.", flush=True)
    if arguments.write and not wrong:
        evidence.TARGET.write_text(
            evidence.module_text(evidence.merged(shown)), encoding="utf-8", newline="\n"
        )
        print(f"Written: {evidence.TARGET.name}; `make docs` puts it onto the rules' pages.")
    return wrong


def _how_to_repeat(claim: str, provider: Provider, seed: int) -> str:
    return (
        f"To repeat one: python -m tests.truth --seed {seed} --only {claim} "
        f"--{OPTIONS[provider]} 1 --trial NUMBER\n"
    )


def _is_measured(provider: Provider, place: Address) -> bool:
    """Tell whether the table of types is of this server; if not, say so."""
    with connect(place) as connection:
        server = connection.server
    if is_same_major(server, provider):
        return True
    made_with = type_pairs.SERVERS[provider]
    print(f"types: the table was made with {made_with}, this is {server}; --write makes it anew.")
    return False


def _write_type_pairs(places: Places) -> None:
    """Write the table of types anew; a server that is not here keeps its part."""
    measured = {
        provider: (
            type_pairs.SERVERS[provider],
            {child: tuple(parents.split()) for child, parents in accepted.items()},
        )
        for provider, accepted in type_pairs.ACCEPTED.items()
    }
    for provider in measured:
        place = places.get(provider)
        if place is not None:
            with scratch_database(place) as scratch, connect(scratch) as connection:
                pairs = dict(measure_pairs(connection, provider))
                measured[provider] = str(connection.server), pairs
    TYPE_PAIRS.write_text(module_text(measured), encoding="utf-8", newline="\n")
    importlib.reload(type_pairs)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
