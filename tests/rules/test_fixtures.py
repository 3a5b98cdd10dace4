"""Every rule against its fixture file and against the examples in its own documentation."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from referee.features.diagnostics import all_diagnostics
from referee.rules.catalogue import ALL_RULES, TOOL_CODES
from referee.rules.settings import RuleSettings
from tests.support.fixes import assert_fix_keeps_its_contract
from tests.support.judging import fixed_files, snapshot_of
from tests.support.notation import Example, notes_of, read_examples, write_block

FOLDER = Path(__file__).parent
FIXTURES = sorted(FOLDER.glob("*.md"))
RULES = {rule.code: rule for rule in ALL_RULES}
UPDATES = os.environ.get("UPDATE_FIXTURES") == "1"


def test_every_rule_has_its_fixture_file_and_every_file_its_rule() -> None:
    codes = {rule.code for rule in ALL_RULES}
    others = {other.code for other in TOOL_CODES}
    named = {path.stem for path in FIXTURES}
    assert not codes - named, "write tests/rules/<code>.md for these"
    assert not named - codes - others, "these belong to no rule"


def test_every_rule_says_in_its_fixtures_what_it_finds_and_what_it_leaves() -> None:
    for path in FIXTURES:
        if path.stem not in RULES:
            continue
        examples = [each for each in read_examples(path.read_text()) if each.mark != "fixed"]
        codes = [{note.code for note in example.notes} for example in examples]
        assert any(path.stem in found for found in codes), f"{path.name} has no positive case"
        assert any(path.stem not in found for found in codes), f"{path.name} has no negative case"


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_the_findings_of_a_fixture_file_are_those_it_notes(path: Path) -> None:
    markdown = path.read_text()
    pieces: list[str] = []
    done = 0
    last: Example | None = None
    for example in read_examples(markdown):
        pieces.append(markdown[done : example.start])
        done = example.end
        if example.mark == "fixed":
            assert last is not None, f"{path.name}:{example.line} fixes nothing"
            pieces.append(_check_fixed(path, last, example))
        else:
            pieces.append(_check_findings(path, example))
            last = example
    pieces.append(markdown[done:])
    if UPDATES:
        path.write_text("".join(pieces))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_every_fix_in_a_fixture_file_keeps_the_contract(path: Path, line_end: str) -> None:
    for example in read_examples(path.read_text()):
        if example.mark == "fixed":
            continue
        files = {name: text.replace("\n", line_end) for name, text in example.files.items()}
        snapshot = snapshot_of(files, example.settings)
        for diagnostic in all_diagnostics(snapshot):
            for fix in diagnostic.fixes:
                assert_fix_keeps_its_contract(snapshot, diagnostic, fix, example.settings)


@pytest.mark.parametrize("code", sorted(RULES))
def test_the_examples_in_a_rule_s_documentation_are_true(code: str) -> None:
    rule = RULES[code]
    examples = read_examples(rule.documentation)
    marks = [example.mark for example in examples]
    assert marks.count("bad") >= 1, "show what is bad"
    assert marks.count("good") >= 1, "show what is good"
    for example in examples:
        snapshot = snapshot_of(
            example.files, RuleSettings(severities={} if rule.is_on else {code: "on"})
        )
        found = all_diagnostics(snapshot)
        codes = {each.code for each in found}
        about = f"line {example.line} of the documentation of {code}"
        assert codes == ({code} if example.mark == "bad" else set()), about
        if example.mark == "bad" and rule.fix_safety != "none":
            fixable = [each for each in found if each.fixes]
            assert fixable, f"{about}: no fix is offered"
            after = fixed_files(snapshot, fixable[0].fixes[0])
            still = all_diagnostics(snapshot_of(after, snapshot.settings))
            assert len([each for each in still if each.code == code]) < len(found), about


def _check_findings(path: Path, example: Example) -> str:
    snapshot = snapshot_of(example.files, example.settings)
    notes = notes_of(all_diagnostics(snapshot), example.files)
    if not UPDATES:
        mine = sorted(str(note) for note in notes)
        stated = sorted(str(note) for note in example.notes)
        assert mine == stated, f"{path.name}:{example.line}"
    return write_block(example.files, notes)


def _check_fixed(path: Path, before: Example, example: Example) -> str:
    snapshot = snapshot_of(before.files, before.settings)
    fixable = [each for each in all_diagnostics(snapshot) if each.fixes]
    assert fixable, f"{path.name}:{before.line} has no fix"
    after = fixed_files(snapshot, fixable[0].fixes[0])
    files = {name: after[name] for name in before.files}
    if not UPDATES:
        assert files == example.files, f"{path.name}:{example.line}"
    return write_block(files, ())
