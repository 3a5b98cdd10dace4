"""Runs trials, many at a time, and adds up what they showed.

A trial depends on nothing but the seed, its claim, its database and its number, so that the result
is the same however the trials are dealt out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from multiprocessing import get_context

from referee.migrations.database.opening import connect
from referee.migrations.database.urls import Address
from referee.rules.evidence import Trials
from referee.schema.providers import Provider
from tests.truth.claims import (
    CLAIMS,
    Bench,
    Claim,
    mariadb_bench,
    postgresql_bench,
    smallest,
    sqlite_bench,
)
from tests.truth.digests import digest_of

# So many trials are dealt out at a time.
_AT_A_TIME = 20
# Of the mismatches of a claim so many are shrunk and shown; the rest is counted.
_MOST_SHOWN = 3

# What trials run in, by provider; None stands for the SQLite of this process.
Places = Mapping[Provider, Address | None]


@dataclass(slots=True)
class Tally:
    """What the trials of one claim on one database showed.

    `one_sided` are the numbers of trials that depend on an order and of which only one outcome
    could be shown; `mismatches` are texts about trials in which Referee was wrong.
    """

    claim: str
    provider: Provider
    server: str = ""
    number: int = 0
    refused: int = 0
    undecided: int = 0
    both: int = 0
    one_sided: list[int] = field(default_factory=list)
    wrong: int = 0
    mismatches: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take in what further trials showed."""
        self.server = other.server
        self.number += other.number
        self.refused += other.refused
        self.undecided += other.undecided
        self.both += other.both
        self.one_sided = sorted((*self.one_sided, *other.one_sided))
        self.wrong += other.wrong
        self.mismatches += other.mismatches[: _MOST_SHOWN - len(self.mismatches)]

    @property
    def evidence(self) -> Trials:
        """The tally as the product keeps it."""
        return Trials(
            self.provider,
            self.server,
            self.number,
            self.refused,
            self.undecided,
            self.both,
            digest_of(self.claim, self.provider),
        )

    def __str__(self) -> str:
        parts = [f"{self.number:,} trials"]
        if self.refused:
            parts.append(f"{self.refused:,} refused")
        if self.undecided:
            parts.append(f"{self.undecided} depend on order, both outcomes shown of {self.both}")
        parts.append(f"{self.wrong} NOT AS SAID" if self.wrong else "all as said")
        return f"{self.claim} on {self.server}: {', '.join(parts)}"


@dataclass(frozen=True, slots=True)
class Job:
    """Some trials of one claim on one database."""

    claim: str
    provider: Provider
    place: Address | None
    seed: int
    numbers: Sequence[int]


def jobs_of(
    claims: Iterable[Claim],
    places: Places,
    seed: int,
    numbers: Mapping[tuple[str, Provider], Sequence[int]],
) -> Iterator[Job]:
    """Yield the trials, dealt out."""
    for claim in claims:
        for provider, place in places.items():
            wanted = numbers[claim.name, provider]
            for start in range(0, len(wanted), _AT_A_TIME):
                yield Job(claim.name, provider, place, seed, wanted[start : start + _AT_A_TIME])


def trial_numbers(claim: Claim, provider: Provider, share: float = 1.0) -> range:
    """Return the numbers of all trials of a claim; `share` makes random ones more or fewer."""
    random = round(claim.numbers.get(provider, 0) * share)
    return range(len(claim.fixed(provider)) + random)


def run_jobs(jobs: Sequence[Job], processes: int | None = None) -> Iterator[Tally]:
    """Run trials in several processes and yield the tally of each claim and database when done."""
    ahead: dict[tuple[str, Provider], int] = {}
    tallies: dict[tuple[str, Provider], Tally] = {}
    for job in jobs:
        pair = job.claim, job.provider
        ahead[pair] = ahead.get(pair, 0) + 1
        tallies.setdefault(pair, Tally(*pair))
    with ProcessPoolExecutor(
        processes or os.cpu_count() or 1, mp_context=get_context("spawn")
    ) as pool:
        running: list[Future[Tally]] = [pool.submit(run_job, job) for job in jobs]
        try:
            for each in as_completed(running):
                found = each.result()
                pair = found.claim, found.provider
                tallies[pair].add(found)
                ahead[pair] -= 1
                if not ahead[pair]:
                    yield tallies[pair]
        finally:
            pool.shutdown(cancel_futures=True)


def run_job(job: Job) -> Tally:
    """Run some trials in this process."""
    return run_trials(
        next(claim for claim in CLAIMS if claim.name == job.claim),
        _bench(job.provider, job.place),
        job.seed,
        job.numbers,
    )


def run_trials(claim: Claim, bench: Bench, seed: int, numbers: Iterable[int]) -> Tally:
    """Run trials of one claim."""
    tally = Tally(claim.name, bench.provider, bench.title)
    for number in numbers:
        trial = claim.trial(bench.provider, seed, number)
        verdict = trial.verdict(bench)
        tally.number += verdict.number
        tally.refused += verdict.refused
        tally.undecided += verdict.undecided
        tally.both += verdict.both
        if verdict.complaint is not None:
            tally.wrong += 1
            if len(tally.mismatches) < _MOST_SHOWN:
                shown = smallest(trial, bench)
                tally.mismatches.append(
                    f"{claim.name} on {bench.title}, trial {number}: {verdict.complaint}\n"
                    f"Shrunk: {shown.verdict(bench).complaint}\n\n{shown.text(bench.provider)}\n"
                )
        elif verdict.undecided > verdict.both:
            tally.one_sided.append(number)
    return tally


def _bench(provider: Provider, place: Address | None) -> Bench:
    """Return the bench of this process; it is closed when the process ends."""
    if provider not in _BENCHES:
        _BENCHES[provider] = _opened(provider, place)
    return _BENCHES[provider]


_BENCHES: dict[Provider, Bench] = {}


def _opened(provider: Provider, place: Address | None) -> Bench:
    if place is None:
        return sqlite_bench()
    name = f"trials_{os.getpid()}"
    if provider == "mysql":
        return mariadb_bench(connect(place), name)
    with connect(place) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return postgresql_bench(connect(replace(place, database=name)))
