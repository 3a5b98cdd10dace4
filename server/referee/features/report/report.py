"""A report: the schemas that were judged, and everything there is to tell about them.

It deliberately knows no format; paths in it are already those that readers are to see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from referee.features.diagnostics import Diagnostic
from referee.rules.rule import SEVERITIES, Severity
from referee.rules.words import counted


@dataclass(frozen=True, slots=True)
class JudgedMigrations:
    """The migrations of a schema that were judged with it.

    `root` is their folder, `unreleased` the names of those that count as not released, `base` what
    they were compared with; without one only their age says so. `remarks` say what was not done.
    """

    root: str
    count: int
    unreleased: tuple[str, ...] = ()
    base: str | None = None
    remarks: tuple[str, ...] = ()
    not_judged: str = ""


@dataclass(frozen=True, slots=True)
class JudgedSchema:
    """One schema with what was found in it.

    `root` is the schema's folder, or its file where that is the whole schema. `provider` and
    `relation_mode` are None where no datasource says them. `files` are all files of the schema,
    also where only some of them are reported on. `rules_not_run` is how many rules that are on did
    not run because they depend on the database, and `fields_not_judged` how many relation fields
    have a mistake that lets nothing be concluded from them.
    """

    root: str
    files: tuple[str, ...]
    provider: str | None
    relation_mode: str | None
    models: int
    findings: tuple[Diagnostic, ...] = ()
    migrations: JudgedMigrations | None = None
    rules_not_run: int = 0
    fields_not_judged: int = 0


@dataclass(frozen=True, slots=True)
class MadeFix:
    """A fix that was made: the code of the finding, the model at fault, and the fix's title."""

    code: str
    model: str | None
    title: str


@dataclass(frozen=True, slots=True)
class FixedFile:
    """A file with the text it had and the text it got; a new one had none."""

    path: str
    before: str
    after: str
    fixes: tuple[MadeFix, ...] = ()
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What one run found.

    `elsewhere` are findings about no schema, such as mistakes in a configuration. `texts` are the
    texts of files by path, as far as they are known. `fixed` are the files that were changed
    before the findings were taken. `known` is how many more there are that a baseline lists.
    """

    schemas: tuple[JudgedSchema, ...] = ()
    elsewhere: tuple[Diagnostic, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    fixed: tuple[FixedFile, ...] = ()
    known: int = 0


@dataclass(frozen=True, slots=True)
class Reported:
    """A finding and the root of the schema it is about; None if it is about none."""

    diagnostic: Diagnostic
    schema: str | None


def reported_findings(report: Report) -> list[Reported]:
    """Return all findings by path, line, column and code; each is there once."""
    found = [
        Reported(diagnostic, schema.root)
        for schema in report.schemas
        for diagnostic in schema.findings
    ]
    found += [Reported(diagnostic, None) for diagnostic in report.elsewhere]
    return sorted(dict.fromkeys(found), key=_order)


def _order(reported: Reported) -> tuple[object, ...]:
    diagnostic = reported.diagnostic
    start, end = diagnostic.range
    return (diagnostic.path, start, diagnostic.code, end, diagnostic.message, reported.schema or "")


def count_severities(findings: Iterable[Diagnostic]) -> dict[Severity, int]:
    """Return how many findings there are of each severity, the most severe first."""
    counts = Counter(diagnostic.severity for diagnostic in findings)
    return {severity: counts[severity] for severity in SEVERITIES}


def counted_severity(number: int, severity: Severity) -> str:
    """Return how many findings of a severity there are, in words; "information" has no plural."""
    return counted(number, severity, severity if severity == "information" else None)


def severity_words(findings: Iterable[Diagnostic]) -> str:
    """Return the counts of severities in words, those that are nought left out."""
    counts = count_severities(findings)
    return ", ".join(
        counted_severity(number, severity) for severity, number in counts.items() if number
    )


def is_fixable(diagnostic: Diagnostic) -> bool:
    """Tell whether `--fix` would mend a finding: the fix that is offered first is safe.

    A fix without edits of the schema, such as one that writes a migration, is made elsewhere,
    unless it makes a file.
    """
    if not diagnostic.fixes or not diagnostic.fixes[0].is_safe:
        return False
    return diagnostic.makes_file or bool(diagnostic.fixes[0].edits)
