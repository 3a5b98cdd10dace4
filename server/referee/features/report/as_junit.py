"""A report as JUnit XML, which CI servers show as tests.

A schema is a suite. Each finding is a test case of its own: errors and warnings fail, what is less
passes and says its sentence. A file without findings is a case that passes.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.features.diagnostics import Diagnostic
from referee.features.report.report import JudgedSchema, Report, Reported, reported_findings
from referee.features.report.xml_text import escaped, quoted
from referee.rules.rule import Severity

_FAILING: frozenset[Severity] = frozenset(["error", "warning"])
_ELSEWHERE = "configuration"


def report_as_junit(report: Report) -> str:
    """Return the report as an XML text with a line end."""
    found = reported_findings(report)
    suites = [
        _suite(
            schema.root, _files_of(schema), [each for each in found if each.schema == schema.root]
        )
        + _remarks(schema)
        + ["  </testsuite>"]
        for schema in report.schemas
    ]
    elsewhere = [each for each in found if each.schema is None]
    if elsewhere:
        suites.append([*_suite(_ELSEWHERE, (), elsewhere), "  </testsuite>"])
    failed = sum(each.diagnostic.severity in _FAILING for each in found)
    tests = sum(line.startswith("    <testcase") for suite in suites for line in suite)
    head = f'<testsuites name="Referee" tests="{tests}" failures="{failed}" errors="0">'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', head]
    lines += [line for suite in suites for line in suite]
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _files_of(schema: JudgedSchema) -> tuple[str, ...]:
    if schema.migrations is None:
        return schema.files
    return (*schema.files, schema.migrations.root)


def _suite(name: str, files: tuple[str, ...], found: list[Reported]) -> list[str]:
    told = {reported.diagnostic.path for reported in found}
    quiet = [
        path
        for path in files
        if path not in told and not any(each.startswith(f"{path}/") for each in told)
    ]
    failed = sum(each.diagnostic.severity in _FAILING for each in found)
    lines = [
        f'  <testsuite name={quoted(name)} tests="{len(quiet) + len(found)}" '
        f'failures="{failed}" errors="0" skipped="0">'
    ]
    lines += [f"    <testcase classname={quoted(name)} name={quoted(path)}/>" for path in quiet]
    for reported in found:
        lines += _case(name, reported.diagnostic)
    return lines


def _case(suite: str, found: Diagnostic) -> Iterator[str]:
    line, column = found.range.start
    place = f"{found.path}:{line + 1}:{column + 1}"
    yield (
        f"    <testcase classname={quoted(suite)} name={quoted(f'{found.code} {place}')} "
        f'file={quoted(found.path)} line="{line + 1}">'
    )
    text = "\n".join([f"{place}: {found.message}", *_more(found)])
    if found.severity in _FAILING:
        yield (
            f"      <failure type={quoted(found.code)} message={quoted(found.message)}>"
            f"{escaped(text)}</failure>"
        )
    else:
        yield f"      <system-out>{escaped(f'{found.severity}: {text}')}</system-out>"
    yield "    </testcase>"


def _more(found: Diagnostic) -> Iterator[str]:
    for each in found.related:
        line, column = each.range.start
        yield f"{each.path}:{line + 1}:{column + 1}: {each.message}"
    for number, fix in enumerate(found.fixes):
        yield f"{'Or' if number else 'Fix'}: {fix.title}"


def _remarks(schema: JudgedSchema) -> list[str]:
    remarks = () if schema.migrations is None else schema.migrations.remarks
    return [f"    <system-out>{escaped(chr(10).join(remarks))}</system-out>"] if remarks else []
