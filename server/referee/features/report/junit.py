"""Test suites and their cases as JUnit XML: the one place that knows how that format is written.

It deliberately does not know what is a case of what, or what fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from referee.features.report.xml_text import escaped, quoted


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a case fails; `code` is what kind of failure it is, where there are kinds."""

    message: str
    text: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A test case, which passes where it has neither failed nor was skipped.

    `group` is the name of what it is a case of, `said` what it says while it passes, `skipped` why
    it did not run. `at` is a file and a line of it, from 1.
    """

    group: str
    name: str
    at: tuple[str, int] | None = None
    seconds: float | None = None
    failed: Failed | None = None
    skipped: str | None = None
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite of cases, and what there is to say of it as a whole."""

    name: str
    cases: tuple[Case, ...]
    said: str = ""


def junit_xml(suites: Sequence[Suite]) -> str:
    """Return suites as an XML text with a line end."""
    cases = [case for suite in suites for case in suite.cases]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="Referee" {_numbers(cases)}>',
    ]
    for suite in suites:
        lines += _suite(suite)
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _numbers(cases: Iterable[Case]) -> str:
    all_of = tuple(cases)
    failures = sum(case.failed is not None for case in all_of)
    return f'tests="{len(all_of)}" failures="{failures}" errors="0"'


def _suite(suite: Suite) -> Iterator[str]:
    skipped = sum(case.skipped is not None for case in suite.cases)
    numbers = f'{_numbers(suite.cases)} skipped="{skipped}"'
    yield f"  <testsuite name={quoted(suite.name)} {numbers}>"
    for case in suite.cases:
        yield from _case(case)
    if suite.said:
        yield f"    <system-out>{escaped(suite.said)}</system-out>"
    yield "  </testsuite>"


def _case(case: Case) -> Iterator[str]:
    head = f"    <testcase classname={quoted(case.group)} name={quoted(case.name)}"
    if case.at is not None:
        path, line = case.at
        head += f' file={quoted(path)} line="{line}"'
    if case.seconds is not None:
        head += f' time="{case.seconds:.3f}"'
    inner = list(_outcome(case))
    if not inner:
        yield f"{head}/>"
        return
    yield f"{head}>"
    yield from inner
    yield "    </testcase>"


def _outcome(case: Case) -> Iterator[str]:
    if case.skipped is not None:
        yield f"      <skipped message={quoted(case.skipped)}/>"
    if case.failed is not None:
        kind = "" if case.failed.code is None else f" type={quoted(case.failed.code)}"
        message = quoted(case.failed.message)
        yield f"      <failure{kind} message={message}>{escaped(case.failed.text)}</failure>"
    if case.said is not None:
        yield f"      <system-out>{escaped(case.said)}</system-out>"
