"""A verification as JUnit XML: every step is a test case, and what was not run is skipped."""

from __future__ import annotations

from collections.abc import Iterator

from referee.features.report.junit import Case, Failed, Suite, junit_xml
from referee.features.report.verification_report import VerificationReport, words_of
from referee.migrations.verification import Failure, VerifiedMigration


def verification_as_junit(report: VerificationReport) -> str:
    """Return a verification as an XML text with a line end."""
    return junit_xml([Suite(report.folder, tuple(_cases(report)))])


def _cases(report: VerificationReport) -> Iterator[Case]:
    verification = report.verification
    for each in verification.migrations:
        yield from _migration(each)
    if verification.equals_schema is not None:
        found = [f"{each.path}: {each.message}" for each in report.differences]
        yield _case("schema", f"{report.schema} equals what the migrations make", found)
    for omission in verification.not_run:
        yield Case("not run", omission.what, skipped=omission.why)


def _migration(each: VerifiedMigration) -> Iterator[Case]:
    if each.empty.is_ok is not None:
        found = _failures(each.empty.failure)
        seconds = None if each.milliseconds is None else each.milliseconds / 1000
        yield _case("empty", f"{each.name} applies to an empty database", found, seconds)
    if each.apart.is_ok is not None:
        what = f"{each.name} applies where an earlier deploy applied the ones before it"
        yield _case("apart", what, _failures(each.apart.failure))
    for case in each.rows:
        what = f"{each.name} applies to {case.description}"
        yield _case("rows", what, _failures(case.failure))
    if each.down is not None:
        found = _failures(each.down.failure) or list(each.down.differences)
        is_failed = each.down.result == "failed"
        yield _case("down", f"{each.name} goes down and up again", found if is_failed else [])


def _failures(failure: Failure | None) -> list[str]:
    if failure is None:
        return []
    at = f" (line {failure.line})" if failure.line is not None else ""
    return [f"{words_of(failure)}{at}", *([failure.advice] if failure.advice else [])]


def _case(group: str, name: str, failures: list[str], seconds: float | None = None) -> Case:
    failed = Failed(failures[0], "\n".join(failures)) if failures else None
    return Case(group, name, seconds=seconds, failed=failed)
