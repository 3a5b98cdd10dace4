"""A verification as JUnit XML: every step is a test case, and what was not run is skipped."""

from __future__ import annotations

from collections.abc import Iterator

from referee.features.report.verification_report import VerificationReport, words_of
from referee.features.report.xml_text import escaped, quoted
from referee.migrations.verification import Failure, VerifiedMigration


def verification_as_junit(report: VerificationReport) -> str:
    """Return a verification as an XML text with a line end."""
    cases = [line for lines in _cases(report) for line in lines]
    tests = sum(line.startswith("    <testcase") for line in cases)
    failed = sum(line.startswith("      <failure") for line in cases)
    skipped = sum(line.startswith("      <skipped") for line in cases)
    numbers = f'tests="{tests}" failures="{failed}" errors="0"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="Referee" {numbers}>',
        f'  <testsuite name={quoted(report.folder)} {numbers} skipped="{skipped}">',
        *cases,
        "  </testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _cases(report: VerificationReport) -> Iterator[list[str]]:
    verification = report.verification
    for each in verification.migrations:
        yield from _migration(each)
    if verification.equals_schema is not None:
        found = [f"{each.path}: {each.message}" for each in report.differences]
        yield _case("schema", report.schema, "equals what the migrations make", found)
    for omission in verification.not_run:
        said = quoted(omission.why)
        name = quoted(omission.what)
        yield [
            f'    <testcase classname="not run" name={name}>',
            f"      <skipped message={said}/>",
            "    </testcase>",
        ]


def _migration(each: VerifiedMigration) -> Iterator[list[str]]:
    if each.empty.is_ok is not None:
        found = _failures(each.empty.failure)
        yield _case("empty", each.name, "applies to an empty database", found, each.milliseconds)
    for case in each.rows:
        what = f"applies to {case.description}"
        yield _case("rows", each.name, what, _failures(case.failure))
    if each.down is not None:
        found = _failures(each.down.failure) or list(each.down.differences)
        is_failed = each.down.result == "failed"
        yield _case("down", each.name, "goes down and up again", found if is_failed else [])


def _failures(failure: Failure | None) -> list[str]:
    if failure is None:
        return []
    at = f" (line {failure.line})" if failure.line is not None else ""
    return [f"{words_of(failure)}{at}", *([failure.advice] if failure.advice else [])]


def _case(
    kind: str, name: str, what: str, failures: list[str], milliseconds: float | None = None
) -> list[str]:
    spent = "" if milliseconds is None else f' time="{milliseconds / 1000:.3f}"'
    head = f"    <testcase classname={quoted(kind)} name={quoted(f'{name} {what}')}{spent}"
    if not failures:
        return [head + "/>"]
    text = escaped("\n".join(failures))
    return [
        head + ">",
        f"      <failure message={quoted(failures[0])}>{text}</failure>",
        "    </testcase>",
    ]
