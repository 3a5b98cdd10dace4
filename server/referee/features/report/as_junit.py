"""A report as JUnit XML, which CI servers show as tests.

A schema is a suite. Each finding is a test case of its own: errors and warnings fail, what is less
passes and says its sentence. A file without findings is a case that passes.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.features.diagnostics import Diagnostic
from referee.features.report.junit import Case, Failed, Suite, junit_xml
from referee.features.report.report import JudgedSchema, Report, Reported, reported_findings
from referee.rules.rule import Severity

_FAILING: frozenset[Severity] = frozenset(["error", "warning"])
_ELSEWHERE = "configuration"


def report_as_junit(report: Report) -> str:
    """Return the report as an XML text with a line end."""
    found = reported_findings(report)
    suites = [
        _suite(
            schema.root,
            _files_of(schema),
            [each for each in found if each.schema == schema.root],
            () if schema.migrations is None else schema.migrations.remarks,
        )
        for schema in report.schemas
    ]
    elsewhere = [each for each in found if each.schema is None]
    if elsewhere:
        suites.append(_suite(_ELSEWHERE, (), elsewhere))
    return junit_xml(suites)


def _files_of(schema: JudgedSchema) -> tuple[str, ...]:
    if schema.migrations is None:
        return schema.files
    return (*schema.files, schema.migrations.root)


def _suite(
    name: str, files: tuple[str, ...], found: list[Reported], remarks: tuple[str, ...] = ()
) -> Suite:
    told = {reported.diagnostic.path for reported in found}
    quiet = [
        Case(name, path)
        for path in files
        if path not in told and not any(each.startswith(f"{path}/") for each in told)
    ]
    cases = [_case(name, reported.diagnostic) for reported in found]
    return Suite(name, (*quiet, *cases), "\n".join(remarks))


def _case(suite: str, found: Diagnostic) -> Case:
    line, column = found.range.start
    place = f"{found.path}:{line + 1}:{column + 1}"
    text = "\n".join([f"{place}: {found.message}", *_more(found)])
    fails = found.severity in _FAILING
    return Case(
        suite,
        f"{found.code} {place}",
        (found.path, line + 1),
        failed=Failed(found.message, text, found.code) if fails else None,
        said=None if fails else f"{found.severity}: {text}",
    )


def _more(found: Diagnostic) -> Iterator[str]:
    for each in found.related:
        line, column = each.range.start
        yield f"{each.path}:{line + 1}:{column + 1}: {each.message}"
    for number, fix in enumerate(found.fixes):
        yield f"{'Or' if number else 'Fix'}: {fix.title}"
