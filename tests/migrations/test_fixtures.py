"""Every rule about migrations against its fixture file and the examples of its own page."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from referee.migrations.catalogue import ALL_MIGRATION_RULES, MIGRATION_CODES
from referee.migrations.findings import FilePlace, ReplaceText
from referee.migrations.rules.rule import MigrationRule
from referee.text.edits import TextEdit, apply_edits
from tests.migrations.cases import Case, findings_of, found_in, read_cases, rewritten
from tests.migrations.pgparse import require_pgparse

FOLDER = Path(__file__).parent / "fixtures"
FIXTURES = sorted(FOLDER.glob("*.md"))
RULES = {rule.code: rule for rule in ALL_MIGRATION_RULES}
UPDATES = os.environ.get("UPDATE_FIXTURES") == "1"
_EXAMPLE = re.compile(r"^```sql (?P<mark>bad|good)\n(?P<text>.*?)^```$", re.M | re.S)

# What the examples of the pages are applied to.
BEFORE = {
    "postgresql": """
CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN');
CREATE TABLE "User" (
    "id" INTEGER NOT NULL PRIMARY KEY, "email" TEXT, "name" VARCHAR(100), "age" TEXT, "phone" TEXT,
    "plan" TEXT, "role" "Role" NOT NULL
);
CREATE TABLE "Post" ("id" INTEGER NOT NULL PRIMARY KEY, "slug" TEXT, "authorId" INTEGER);
""",
    "mysql": """
CREATE TABLE `User` (`id` INTEGER NOT NULL, PRIMARY KEY (`id`));
CREATE TABLE `Post` (`id` INTEGER NOT NULL, `authorId` INTEGER, PRIMARY KEY (`id`));
ALTER TABLE `Post` ADD CONSTRAINT `Post_authorId_fkey`
    FOREIGN KEY (`authorId`) REFERENCES `User`(`id`);
""",
}
# Examples that need something else in front of them.
KEYED = BEFORE["postgresql"] + (
    'ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") '
    'REFERENCES "User"("id");\n'
)
BEFORE_OF = {
    "broken-migration": "",
    "migration-syntax-error": "",
    "cascade-added": KEYED,
    "drops-constraint": KEYED,
    "drops-implicit-indexes": BEFORE["mysql"],
}


def test_every_rule_has_its_fixture_file_and_every_file_its_rule() -> None:
    assert {path.stem for path in FIXTURES} == set(RULES)


def test_every_rule_is_told_with_its_severity_and_its_page() -> None:
    told = {code.code: code for code in MIGRATION_CODES}
    assert set(told) == set(RULES)
    for rule in ALL_MIGRATION_RULES:
        assert told[rule.code].severity == rule.severity
        assert told[rule.code].documentation.strip().count("\n") >= 4, rule.code


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_the_findings_of_a_fixture_are_those_it_notes(path: Path) -> None:
    if path.stem == "migration-syntax-error":
        require_pgparse()
    markdown = path.read_text()
    if UPDATES:
        markdown = rewritten(markdown)
        path.write_text(markdown)
    for case in read_cases(markdown):
        notes, others = found_in(case)
        assert sorted(map(repr, notes)) == sorted(map(repr, case.notes)), case.title
        assert sorted(others) == sorted(case.others), case.title


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_a_fixture_shows_what_its_rule_finds_and_what_it_leaves(path: Path) -> None:
    said = [_codes(case) for case in read_cases(path.read_text())]
    assert any(path.stem in codes for codes in said), "show a finding"
    assert any(path.stem not in codes for codes in said), "show a near miss"


@pytest.mark.parametrize("rule", ALL_MIGRATION_RULES, ids=lambda rule: rule.code)
def test_the_examples_of_a_page_are_true(rule: MigrationRule) -> None:
    if rule.code == "migration-syntax-error":
        require_pgparse()
    for match in _EXAMPLE.finditer(rule.documentation):
        case = _example_case(rule, match.group("text"))
        codes = [finding.code for finding in findings_of(case)]
        if match.group("mark") == "bad":
            assert rule.code in codes
        else:
            assert rule.code not in codes


def test_a_fix_of_a_script_removes_its_finding_and_leaves_sql() -> None:
    fixed = 0
    for rule in ALL_MIGRATION_RULES:
        for match in _EXAMPLE.finditer(rule.documentation):
            case = _example_case(rule, match.group("text"))
            for finding in findings_of(case):
                for fix in finding.fixes:
                    edits = [edit for edit in fix.edits if isinstance(edit, ReplaceText)]
                    if not edits or finding.code != rule.code:
                        continue
                    name = list(case.scripts)[-1]
                    text = apply_edits(
                        case.scripts[name],
                        [TextEdit(edit.span.start, edit.span.end, edit.text) for edit in edits],
                    )
                    after = Case(case.title, case.schema, case.lock, {**case.scripts, name: text})
                    codes = [each.code for each in findings_of(after)]
                    assert finding.code not in codes
                    assert "migration-syntax-error" not in codes
                    assert "broken-migration" not in codes
                    fixed += 1
    assert fixed >= 4


def test_every_finding_in_a_script_names_its_migration_and_stays_inside_it() -> None:
    for path in FIXTURES:
        for case in read_cases(path.read_text()):
            for finding in findings_of(case):
                place = finding.place
                if isinstance(place, FilePlace) and place.path.endswith(".sql"):
                    assert finding.migration in case.scripts
                    text = case.scripts[finding.migration or ""]
                    assert place.span is not None
                    assert 0 <= place.span.start <= place.span.end <= len(text)


def _codes(case: Case) -> set[str]:
    told = {line.partition(": ")[0].rpartition(" ")[2] for line in case.others}
    return {note.code for note in case.notes} | told


def _example_case(rule: MigrationRule, text: str) -> Case:
    schema = None
    if rule.code == "drops-implicit-indexes":
        schema = 'datasource db {\n  provider = "mysql"\n}\n'
    before = BEFORE_OF.get(rule.code, BEFORE["postgresql"])
    return Case("example", schema, "default", {"1_before": before, "2_example": text})
