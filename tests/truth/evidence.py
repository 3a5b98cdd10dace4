"""Writes what a run showed into the product: `server/referee/rules/evidence.py`.

What was not tried this time stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from referee.rules.evidence import EVIDENCE, Trials
from referee.schema.providers import Provider
from tests.truth.claims import CLAIMS

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
        '    """',
        "",
        "    provider: Provider",
        "    server: str",
        "    number: int",
        "    refused: int",
        "    undecided: int",
        "    both: int",
        "",
        "",
        "# By claim: what was executed, and where.",
        "EVIDENCE: Mapping[str, tuple[str, tuple[Trials, ...]]] = {",
    ]
    for name, (subject, trials) in evidence.items():
        written = [
            f'Trials("{each.provider}", "{each.server}", '
            f"{each.number}, {each.refused}, {each.undecided}, {each.both}),"
            for each in trials
        ]
        lines += [f'    "{name}": (', f'        "{subject}",']
        if len(written) < 2:
            lines.append(f"        ({''.join(written)}),")
        else:
            lines += ["        (", *(f"            {each}" for each in written), "        ),"]
        lines += ["    ),"]
    return "\n".join([*lines, "}", ""])
