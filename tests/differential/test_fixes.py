"""Every fix of every finding on real schemas, made alone and judged by the official validator."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from referee.engine.session import Session
from referee.features.diagnostics import Diagnostic, all_diagnostics
from referee.features.fixing import fix_edits, safe_edits
from referee.rules.catalogue import ALL_RULES
from referee.rules.rule import Fix
from referee.rules.settings import RuleSettings
from referee.text.edits import TextEdit, apply_edits
from tests.support.corpus import CorpusUnit, corpus_units, has_corpus, require_corpus
from tests.support.judging import identity
from tests.support.official import OfficialValidator, blank_urls

EVERYTHING = RuleSettings(severities={rule.code: "on" for rule in ALL_RULES})
UNITS = list(corpus_units()) if has_corpus() else []
ENDS = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")
COMMENT = re.compile(r'"(?:[^"\\\r\n]|\\.)*"|(//[^\r\n]*|/\*.*?\*/)', re.DOTALL)


def test_the_corpus_is_here() -> None:
    require_corpus()
    assert UNITS


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
@pytest.mark.parametrize("form", ["as-it-is", "crlf-and-tabs"])
def test_every_fix_alone_is_accepted_and_removes_its_finding(
    unit: CorpusUnit, form: str, official: OfficialValidator, fuzz_rounds: int
) -> None:
    files = {path: blank_urls(text) for path, text in unit.files.items()}
    if form == "crlf-and-tabs":
        if sum(map(len, files.values())) > 60_000:
            pytest.skip("one large schema as it is and all small ones in another form are enough")
        files = {path: in_other_form(text) for path, text in files.items()}
    session = Session(EVERYTHING)
    for path, text in files.items():
        session.put(path, text)
    before = all_diagnostics(session.snapshot())
    known = Counter(map(identity, before))
    fixes = list(offered(before, most_of_a_kind=fuzz_rounds // 2))
    changed: list[dict[str, str]] = []
    for diagnostic, fix in fixes:
        after = made_alone(session, files, diagnostic, fix)
        changed.append(after)
        for path, text in after.items():
            session.put(path, text)
        now = all_diagnostics(session.snapshot())
        about = f"{fix.title} for {diagnostic.message}"
        counts = Counter(map(identity, now))
        assert counts[identity(diagnostic)] < known[identity(diagnostic)], f"still there: {about}"
        errors = [each.message for each in now if each.severity == "error"]
        assert len(errors) <= sum(each.severity == "error" for each in before), f"{errors}: {about}"
        for path in after:
            session.put(path, files[path])
    told = errors_of(official, files)
    outcomes = official.lint_each([{**files, **after} for after in changed])
    for (diagnostic, fix), outcome in zip(fixes, outcomes, strict=True):
        assert isinstance(outcome, list), f"the validator died of {fix.title}"
        new = Counter(each.text for each in outcome if not each.is_warning) - told
        assert not new, f"{fix.title} for {diagnostic.message}: {list(new)}"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_all_safe_fixes_together_are_accepted_and_leave_none(
    unit: CorpusUnit, official: OfficialValidator
) -> None:
    files = {path: blank_urls(text) for path, text in unit.files.items()}
    session = Session()
    for path, text in files.items():
        session.put(path, text)
    told = errors_of(official, files)
    for _ in range(5):
        snapshot = session.snapshot()
        edits = safe_edits(snapshot, all_diagnostics(snapshot))
        if not edits:
            break
        for path, changes in edits.items():
            source = session.source(path)
            assert source is not None
            session.put(path, apply_edits(source.text, changes))
    left = [
        each.message
        for each in all_diagnostics(session.snapshot())
        if each.fixes and each.fixes[0].is_safe
    ]
    assert not left
    fixed = {path: source.text for path, source in session.snapshot().sources.items()}
    assert not errors_of(official, fixed) - told


def offered(
    diagnostics: tuple[Diagnostic, ...], most_of_a_kind: int
) -> Iterator[tuple[Diagnostic, Fix]]:
    """Yield findings with their fixes; of a kind that is frequent, some from all over the schema.

    A kind is a code and which of its fixes it is; missing indexes are never left out, and
    `make fuzz` asks for more than there are of any kind.
    """
    kinds: dict[tuple[str, int], list[tuple[Diagnostic, Fix]]] = {}
    for diagnostic in diagnostics:
        for number, fix in enumerate(diagnostic.fixes):
            kinds.setdefault((diagnostic.code, number), []).append((diagnostic, fix))
    for found in kinds.values():
        is_sampled = found[0][0].family != "missing-index"
        step = -(-len(found) // most_of_a_kind) if is_sampled else 1
        yield from found[::step]


def errors_of(official: OfficialValidator, files: Mapping[str, str]) -> Counter[str]:
    return Counter(each.text for each in official.lint(files) if not each.is_warning)


def made_alone(
    session: Session, files: Mapping[str, str], diagnostic: Diagnostic, fix: Fix
) -> dict[str, str]:
    """Return the changed files after a fix; it touches as many lines as it has edits."""
    edits = fix_edits(session.snapshot(), fix)
    about = f"{fix.title} for {diagnostic.message}"
    assert edits, f"no edit: {about}"
    after = {path: apply_edits(files[path], changes) for path, changes in edits.items()}
    for path, changes in edits.items():
        assert_little_is_touched(files[path], after[path], changes, about)
    return after


def assert_little_is_touched(
    before: str, after: str, edits: tuple[TextEdit, ...], about: str
) -> None:
    lines_before, lines_after = Counter(ENDS.split(before)), Counter(ENDS.split(after))
    removed = sum((lines_before - lines_after).values())
    added = sum((lines_after - lines_before).values())
    assert removed <= 2 * len(edits), f"{removed} lines are gone: {about}"
    assert added <= 2 * len(edits), f"{added} lines have come: {about}"
    assert comments(before) == comments(after), f"a comment changed: {about}"
    if "\r\n" in before:
        assert after.count("\n") == after.count("\r\n"), f"another line end came: {about}"
    indentations = {line[: len(line) - len(line.lstrip())] for line in before.splitlines()}
    for line in lines_after - lines_before:
        indentation = line[: len(line) - len(line.lstrip())]
        assert not line.strip() or indentation in indentations, f"other indentation: {about}"


def comments(text: str) -> list[str]:
    return [match.group(1) for match in COMMENT.finditer(text) if match.group(1)]


def in_other_form(text: str) -> str:
    """Return a text with CRLF and with tabs instead of leading spaces."""
    tabbed = re.sub(r"^ +", lambda match: "\t" * ((len(match.group()) + 1) // 2), text, flags=re.M)
    return tabbed.replace("\n", "\r\n")
