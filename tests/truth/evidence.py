"""Writes what a run showed into the product: `server/referee/rules/evidence.py`.

What was not tried this time stays as it was, with the digest of what it was tried with.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

from referee.rules.evidence import EVIDENCE, Trials
from referee.schema.providers import Provider
from tests.truth.claims import CLAIMS
from tests.truth.digests import digest_of
from tests.truth.run import trial_numbers

TARGET = Path(__file__).resolve().parents[2] / "server" / "referee" / "rules" / "evidence.py"

# In the order in which a page names them.
_ORDER: tuple[Provider, ...] = ("sqlite", "postgresql", "mysql")


def merged(new: Mapping[str, Iterable[Trials]]) -> dict[str, tuple[str, tuple[Trials, ...]]]:
    """Return the evidence with that of a run in place of older, for the claims that there are."""
    found = {}
    for claim in CLAIMS:
        _, old = EVIDENCE.get(claim.name, ("", ()))
        trials = {each.provider: each for each in (*old, *new.get(claim.name, ()))}
        found[claim.name] = (
            claim.subject,
            tuple(trials[provider] for provider in _ORDER if provider in trials),
        )
    return found


def stale_claims(evidence: Mapping[str, tuple[str, Iterable[Trials]]]) -> list[str]:
    """Return the claims whose evidence comes from other trials than those there are now.

    Either the code of the trials is another one, or some are lacking, or nothing tries them.
    """
    found = []
    for claim in CLAIMS:
        subject, kept = evidence.get(claim.name, ("", ()))
        shown = {each.provider: each for each in kept}
        wanted = {each: number for each in _ORDER if (number := len(trial_numbers(claim, each)))}
        if (
            subject != claim.subject
            or shown.keys() != wanted.keys()
            or any(
                each.number < wanted[provider] or each.digest != digest_of(claim.name, provider)
                for provider, each in shown.items()
            )
        ):
            found.append(claim.name)
    return found


def how_to_renew(claims: Iterable[str]) -> str:
    """Return the command that tries claims again and writes what it shows."""
    return f'make truth ARGS="--write --only {",".join(claims)}" && make docs'


def module_text(evidence: Mapping[str, tuple[str, Iterable[Trials]]]) -> str:
    """Return the source of the product's module."""
    lines = [
        '"""What was executed on real databases to prove the rules, made by `make truth`."""',
        "",
        "from __future__ import annotations",
        "",
        "from collections.abc import Mapping",
        "from typing import NamedTuple",
        "",
        "from referee.schema.providers import Provider",
        "",
        "",
        "class Trials(NamedTuple):",
        '    """Trials of one claim on one server, all of which went as Referee says.',
        "",
        "    `number` counts them, and `refused` those that the database refused. Of `undecided`",
        "    Referee says that the outcome depends on an order; of `both` of them both were seen.",
        "    `digest` stands for the code of the trials: a test tells when that has changed since.",
        '    """',
        "",
        "    provider: Provider",
        "    server: str",
        "    number: int",
        "    refused: int",
        "    undecided: int",
        "    both: int",
        "    digest: str",
        "",
        "",
        "# By claim: what was executed, and where.",
        "EVIDENCE: Mapping[str, tuple[str, tuple[Trials, ...]]] = {",
    ]
    for name, (subject, trials) in evidence.items():
        written = [
            f'Trials("{each.provider}", "{each.server}", '
            f"{each.number}, {each.refused}, {each.undecided}, {each.both}, "
            f'"{each.digest}"),'
            for each in trials
        ]
        lines += [f'    "{name}": (', f'        "{subject}",']
        if len(written) < 2:
            lines.append(f"        ({''.join(written)}),")
        else:
            lines += ["        (", *(f"            {each}" for each in written), "        ),"]
        lines += ["    ),"]
    lines += ["}", "", "# By claim: what its trials never have.", "LEFT_OUT: Mapping[str, str] = {"]
    for claim in CLAIMS:
        if claim.left_out:
            wrapped = textwrap.wrap(claim.left_out, 85, drop_whitespace=False)
            lines += [
                f'    "{claim.name}": (',
                *(f'        "{each}"' for each in wrapped),
                "    ),",
            ]
    return "\n".join([*lines, "}", ""])
