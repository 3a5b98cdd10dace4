"""A verification of migrations as it is told: with its places, and as findings for other formats.

It deliberately knows no format; paths in it are already those that readers are to see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from referee.features.diagnostics import Diagnostic, MigrationSubject
from referee.features.report.report import JudgedMigrations, JudgedSchema, Report
from referee.migrations.verification import Failure, Verification
from referee.schema.providers import Provider
from referee.syntax.tree import Span
from referee.text.lines import Position, Range

# The rule that warns of a refusal before it happens, by the SQLSTATE of the refusal.
_CODES: Mapping[str, str] = {
    "23502": "not-null-on-existing-data",
    "23505": "unique-index-on-existing-data",
    "23503": "foreign-key-on-existing-data",
    "23514": "check-on-existing-data",
    "22P02": "changes-column-type",
    "22001": "changes-column-type",
    "22003": "changes-column-type",
    "22007": "changes-column-type",
    "22008": "changes-column-type",
}


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """A verification, and what it is about.

    `differences` are the diagnostics of what differs from the schema; `remarks` say, as sentences,
    how the migrations to rehearse were chosen.
    """

    verification: Verification
    schema: str
    folder: str
    provider: Provider
    differences: tuple[Diagnostic, ...] = ()
    remarks: tuple[str, ...] = ()


def as_report(report: VerificationReport, files: tuple[str, ...] = ()) -> Report:
    """Return a verification as a report of findings, for formats that know nothing else."""
    verification = report.verification
    findings = (*report.differences, *_refusals(verification))
    remarks = tuple(
        f"{each.what[:1].upper()}{each.what[1:]} was not run. {each.why}"
        for each in verification.not_run
    )
    migrations = JudgedMigrations(
        report.folder, len(verification.migrations), remarks=(*remarks, *report.remarks)
    )
    return Report(
        (JudgedSchema(report.schema, files, report.provider, None, 0, findings, migrations),)
    )


def _refusals(verification: Verification) -> Iterator[Diagnostic]:
    for each in verification.migrations:
        failure = each.empty.failure
        if each.empty.is_ok is False and failure is not None:
            where = "on a new database" if each.cause else "on every database"
            said = f"`{each.name}` fails {where}: {words_of(failure)}."
            if each.cause:
                said += f" {each.cause}"
            yield _diagnostic("broken-migration", "error", said, each.path, failure)
        if each.apart.failure is not None:
            said = f"`{each.name}` fails where it is deployed apart from the ones before it: "
            said += f"{words_of(each.apart.failure)}. {each.cause}"
            yield _diagnostic("broken-migration", "error", said, each.path, each.apart.failure)
        for case in each.rows:
            if case.failure is not None:
                said = f"`{each.name}` fails on {case.description}: "
                said += f"{words_of(case.failure)}."
                code = _CODES.get(case.failure.kind or "")
                yield _diagnostic(
                    code or "broken-migration", "warning", said, each.path, case.failure
                )
        if each.down is not None and each.down.result == "failed":
            failure = each.down.failure
            what = words_of(failure) if failure is not None else " ".join(each.down.differences[:3])
            said = f"The way back from `{each.name}` does not arrive: {what.rstrip('.')}."
            yield _diagnostic("broken-migration", "warning", said, each.path, None)


def words_of(failure: Failure) -> str:
    """Return what a database said, on one line."""
    message = " ".join(failure.message.split()).rstrip(".")
    return f"{failure.sqlstate}: {message}" if failure.sqlstate else message


def _diagnostic(
    code: str, severity: str, said: str, path: str, failure: Failure | None
) -> Diagnostic:
    line = 0 if failure is None or failure.line is None else failure.line - 1
    width = 0 if failure is None else len(failure.statement)
    return Diagnostic(
        code,
        "migration",
        "error" if severity == "error" else "warning",
        said,
        path,
        Span(0, 0),
        Range(Position(line, 0), Position(line, width)),
        migration=MigrationSubject(
            None if failure is None else failure.table,
            () if failure is None or failure.column is None else (failure.column,),
            None if failure is None else failure.constraint,
            None,
            path.rsplit("/", 2)[-2] if "/" in path else None,
        ),
    )
