"""Which of a rule's claims were executed, and on which databases, in words.

Apart from the catalogue, since judging a schema needs none of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from referee.rules.evidence import EVIDENCE, LEFT_OUT, Trials
from referee.schema.providers import PROVIDER_TITLES, Database, Provider


class Claiming(Protocol):
    """A rule, about schemas or migrations: what of it was executed, and what was not."""

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims that were executed (see `evidence.py`)."""

    @property
    def documented(self) -> tuple[str, ...]:
        """The databases and programs of which it says something that was not."""


def executed_text(rule: Claiming) -> str:
    """Return what was executed for a rule, and what is known from documentation only.

    Empty for a rule that says nothing of any database.
    """
    said = []
    subjects = list(_by_claim(rule))
    if subjects:
        said.append(
            "Executed: "
            + "; ".join(
                f"{subject} on "
                + _and_listed([f"{each.server} ({each.number:,})" for each in trials])
                for subject, trials in subjects
            )
            + "."
        )
    said += [
        f"Not covered by {EVIDENCE[claim][0]}: {LEFT_OUT[claim]}."
        for claim in rule.claims
        if claim in LEFT_OUT
    ]
    unexecuted = documented_only(rule)
    if unexecuted:
        said.append(f"From documentation only: {_and_listed(unexecuted)}.")
    return "\n".join(said)


def executed_here(rule: Claiming, database: Database) -> str:
    """Return whether a rule's claims about one database were executed; empty if it has none."""
    provider = database.provider
    if provider is None:
        return ""
    if database.is_emulated and "Prisma Client" in rule.documented:
        return "From documentation only: Prisma Client was not executed."
    servers = _servers(rule, provider)
    title = PROVIDER_TITLES[provider]
    if servers:
        instead = f", not on {title} itself" if _stands_in(servers, title) else ""
        return f"Executed on {_and_listed(servers)}{instead}."
    if title in rule.documented:
        return f"From documentation only: not executed on {title}."
    return ""


def documented_only(rule: Claiming) -> list[str]:
    """Return the databases and programs of which a rule says what was not executed."""
    found = list(rule.documented)
    for provider, title in PROVIDER_TITLES.items():
        servers = _servers(rule, provider)
        if servers and _stands_in(servers, title) and title not in found:
            found.insert(0, f"{title} itself")
    return found


def _by_claim(rule: Claiming) -> Iterator[tuple[str, Sequence[Trials]]]:
    for claim in rule.claims:
        subject, trials = EVIDENCE[claim]
        yield subject, trials


def _servers(rule: Claiming, provider: Provider) -> list[str]:
    """Return the servers that stood for a provider, each once."""
    return list(
        dict.fromkeys(
            each.server
            for _, trials in _by_claim(rule)
            for each in trials
            if each.provider == provider
        )
    )


def _stands_in(servers: Iterable[str], title: str) -> bool:
    """Tell whether only another product (MariaDB) was there for a database (MySQL)."""
    return not any(server.startswith(title) for server in servers)


def _and_listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
