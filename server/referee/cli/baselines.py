"""The files that list known findings: reading them for `--baseline`, writing them anew.

It deliberately does not decide what makes a finding known; `engine.baseline` does.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from referee.cli.errors import UsageError
from referee.engine.baseline import BadBaseline, KnownFinding, read_baseline
from referee.features.diagnostics import Diagnostic
from referee.project.reading import Unreadable, read_source
from referee.project.roots import SchemaFiles


@dataclass(frozen=True, slots=True)
class Baseline:
    """A file of known findings, and how often each is known."""

    path: Path
    known: Counter[KnownFinding]


def read_known(path: Path) -> Baseline:
    """Return the baseline in a file; raises UsageError with a sentence if there is none."""
    source = read_source(path)
    if isinstance(source, Unreadable):
        reason = source.reason[:1].lower() + source.reason[1:]
        raise UsageError(f"the baseline `{path}` cannot be used: {reason}")
    try:
        return Baseline(path, read_baseline(source.text))
    except BadBaseline as mistake:
        raise UsageError(f"the baseline `{path}` cannot be used: {mistake}.") from mistake


def known_finding(diagnostic: Diagnostic, schema: str) -> KnownFinding | None:
    """Return what makes a finding the same one later; None for one that is about no model.

    A line that cannot be read is never known: what it hides is not known either.
    """
    subject = diagnostic.migration
    if subject is not None:
        return KnownFinding(
            schema,
            diagnostic.code,
            "",
            (),
            table=subject.table or "",
            columns=subject.columns,
            object=subject.object or "",
            type=subject.type or "",
            migration=subject.migration or "",
        )
    if diagnostic.model is None:
        return None
    about = tuple(sorted(diagnostic.models))
    return KnownFinding(schema, diagnostic.code, diagnostic.model, diagnostic.fields, about)


def schema_name(schema: SchemaFiles, baseline: Path) -> str:
    """Return how a baseline calls a schema: its place as seen from the baseline's folder."""
    try:
        return Path(os.path.relpath(schema.place, baseline.parent)).as_posix()
    except ValueError:
        # On Windows nothing leads from one drive to another.
        return schema.place.as_posix()


def shown_known(finding: KnownFinding) -> str:
    """Return a known finding in words."""
    if not finding.model:
        names = (finding.table, ", ".join(finding.columns), finding.object, finding.type)
        told = [name for name in (*names, finding.migration) if name]
        about = f" of `{'`, `'.join(told)}`" if told else ""
        return f"{finding.schema}: {finding.code}{about}"
    fields = ", ".join(finding.fields)
    about = f"{finding.model}.[{fields}]" if fields else finding.model
    return f"{finding.schema}: {finding.code} of `{about}`"


def kept_entries(
    old: Baseline,
    judged: Mapping[str, frozenset[str]],
    switched_off: Mapping[str, frozenset[str]],
) -> list[KnownFinding]:
    """Return the entries of a baseline that a run says nothing about.

    Those are of other schemas that are still there, of codes that are switched off, and of files
    that nobody named: `judged` holds for each schema the models that such files declare, and
    `switched_off` the codes that did not run for it.
    """
    return [
        finding
        for finding in old.known.elements()
        if (finding.schema not in judged and (old.path.parent / finding.schema).exists())
        or finding.code in switched_off.get(finding.schema, ())
        or finding.model in judged.get(finding.schema, ())
    ]
