from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from referee.features.diagnostics import all_diagnostics
from referee.features.report import addresses
from referee.features.report import report as report_module
from referee.features.report.as_concise import report_as_concise
from referee.features.report.as_github import report_as_github
from referee.features.report.as_json import report_as_json
from referee.features.report.as_sarif import report_as_sarif
from referee.features.report.as_text import report_as_text
from referee.features.report.paint import Look, shown_width
from referee.features.report.report import JudgedSchema, Report
from tests.support.judging import snapshot_of

JSON_SCHEMA = Path(report_module.__file__).with_name("report.schema.json")
MINIMAL_SARIF = Path(__file__).with_name("sarif_minimal.schema.json")
EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "orchard" / "prisma" / "schema"

BLOG = """\
model User {
  id    Int    @id
  posts Post[]
}

model Post {
  id       Int  @id
  author   User @relation(fields: [authorId], references: [id], onDelete: Cascade)
  authorId Int
}
"""


def report_of(text: str, path: str = "schema.prisma") -> Report:
    """Judge one text as PostgreSQL and report it as a schema of one file."""
    datasource = 'datasource db {\n  provider = "postgresql"\n}\n\n'
    text = text if "datasource" in text else text + "\n" + datasource
    snapshot = snapshot_of({path: text})
    findings = all_diagnostics(snapshot)
    models = len(snapshot.view.model_names())
    schema = JudgedSchema(path, (path,), "postgresql", "foreignKeys", models, findings)
    return Report((schema,), texts={path: text})


def example_report() -> Report:
    files = {path.name: path.read_text("utf-8") for path in sorted(EXAMPLE.glob("*.prisma"))}
    snapshot = snapshot_of(files)
    schema = JudgedSchema(
        ".", tuple(files), "postgresql", "foreignKeys", 147, all_diagnostics(snapshot)
    )
    return Report((schema,), texts=files)


# --- Text ----------------------------------------------------------------------------------------


def test_text_shows_the_sentence_the_code_its_place_the_line_and_the_fix() -> None:
    assert report_as_text(report_of(BLOG), Look()) == (
        "━━ schema.prisma ━━ 1 warning\n"
        "\n"
        "warning  `Post.authorId` has no index: each deleted `User` scans `Post` and holds its "
        "locks meanwhile (`onDelete: Cascade`).\n"
        "  ╭─ unindexed-foreign-key ─ schema.prisma:8:27\n"
        "8 │  author   User @relation(fields: [authorId], references: [id], onDelete: Cascade)\n"
        "  │                          ━━━━━━━━━━━━━━━━━━\n"
        "  ╰─ fix: Add `@@index([authorId])`\n"
        "\n"
        "2 models in 1 file: 1 warning; 1 fixable with --fix\n"
    )


def test_text_is_wrapped_to_its_width_and_names_stay_in_one_piece() -> None:
    text = report_as_text(example_report(), Look(has_colours=True, width=80))
    assert all(shown_width(line) <= 80 or "`" in line or ":" in line for line in text.split("\n"))
    sentence = report_as_text(report_of(BLOG), Look(width=80)).split("\n")[2:4]
    assert sentence == [
        "warning  `Post.authorId` has no index: each deleted `User` scans `Post` and",
        "         holds its locks meanwhile (`onDelete: Cascade`).",
    ]


def test_text_without_colours_has_no_escape_sequences() -> None:
    hostile = BLOG.replace("onDelete: Cascade)", 'onDelete: Cascade) @map("\x1b[2J")')
    assert "\x1b" not in report_as_text(report_of(hostile), Look())


def test_text_tells_beside_the_mark_what_is_to_be_told_of_the_place_itself() -> None:
    ring = """\
model A {
  id Int @id @default(autoincrement())
  b B @relation("x", fields: [bId], references: [id])
  bId Int @unique
  as B[] @relation("y")
}

model B {
  id Int @id @default(autoincrement())
  a A @relation("y", fields: [aId], references: [id])
  aId Int @unique
  bs A? @relation("x")
}
"""
    assert (
        "  ╭─ required-cycle ─ schema.prisma:3:7\n"
        '3 │  b B @relation("x", fields: [bId], references: [id])\n'
        "  │      ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ `A.b` is required\n"
        "  ├─ schema.prisma:10:7 `B.a` is required\n"
        "  ╰─ help: Make `A.b` optional"
    ) in report_as_text(report_of(ring), Look())


def test_text_counts_by_code_where_there_are_many() -> None:
    text = report_as_text(example_report(), Look())
    assert "━━ By code ━━" in text
    assert "━━ By code ━━" not in report_as_text(report_of(BLOG), Look())
    assert text.split("\n")[-2].startswith("147 models in 19 files: ")


def test_verbose_text_shows_every_place_and_every_way_to_mend() -> None:
    short = report_as_text(example_report(), Look())
    long = report_as_text(example_report(), Look(is_verbose=True))
    assert "`User` is the model the key refers to" not in short
    assert "`User` is the model the key refers to" in long
    assert "─ or: " in long


# --- JSON ----------------------------------------------------------------------------------------


def validated(text: str, schema: Path) -> Any:
    document = json.loads(text)
    jsonschema.Draft7Validator(json.loads(schema.read_text("utf-8"))).validate(document)
    return document


def test_the_json_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(json.loads(JSON_SCHEMA.read_text("utf-8")))


def test_json_keeps_its_contract() -> None:
    for report in (Report(), report_of(BLOG), report_of("oops"), example_report()):
        validated(report_as_json(report), JSON_SCHEMA)


def test_json_counts_columns_in_code_points_from_1() -> None:
    text = BLOG.replace("  author   ", "  /* 🎉 */ author ")
    finding = json.loads(report_as_json(report_of(text)))["findings"][0]
    line = text.split("\n")[finding["range"]["start"]["line"] - 1]
    start, end = (finding["range"][key]["column"] - 1 for key in ("start", "end"))
    assert line[start:end] == "fields: [authorId]"


def test_json_orders_findings_by_path_line_column_and_code() -> None:
    findings = json.loads(report_as_json(example_report()))["findings"]
    keys = [
        (
            each["path"],
            each["range"]["start"]["line"],
            each["range"]["start"]["column"],
            each["code"],
        )
        for each in findings
    ]
    assert keys == sorted(keys)


def test_json_links_to_pages_only_where_there_are_any(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "docs" not in json.loads(report_as_json(report_of(BLOG)))["findings"][0]
    monkeypatch.setattr(addresses, "DOCUMENTATION_ADDRESS", "https://example.org/rules")
    found = json.loads(report_as_json(report_of(BLOG)))["findings"][0]
    assert found["docs"] == "https://example.org/rules/unindexed-foreign-key"


# --- Concise and GitHub --------------------------------------------------------------------------


def test_concise_is_a_line_a_finding() -> None:
    line = report_as_concise(report_of(BLOG))
    assert line.startswith("schema.prisma:8:27: warning unindexed-foreign-key `Post.authorId` has ")
    assert line.count("\n") == 1
    assert report_as_concise(Report()) == ""


def test_github_commands_are_escaped() -> None:
    report = report_of(BLOG, path="a,b:c%d.prisma")
    (schema,) = report.schemas
    (finding,) = schema.findings
    finding = replace(finding, message="100 %\nsure: yes, really")
    command = report_as_github(replace(report, schemas=(replace(schema, findings=(finding,)),)))
    assert command == (
        "::warning title=unindexed-foreign-key,file=a%2Cb%3Ac%25d.prisma,line=8,endLine=8,"
        "col=27,endColumn=45::100 %25%0Asure: yes, really%0AFix: Add `@@index([authorId])`\n"
    )


def test_github_says_whether_a_fix_is_safe() -> None:
    report = report_of(BLOG)
    (schema,) = report.schemas
    (finding,) = schema.findings
    fixes = tuple(fix._replace(is_safe=False) for fix in finding.fixes)
    found = replace(schema, findings=(replace(finding, fixes=fixes),))
    assert report_as_github(replace(report, schemas=(found,))).endswith(
        "%0APossible fix: Add `@@index([authorId])`\n"
    )


def test_github_knows_three_severities() -> None:
    report = report_of(BLOG)
    (schema,) = report.schemas
    commands = []
    for severity in ("error", "warning", "information", "hint"):
        findings = tuple(replace(each, severity=severity) for each in schema.findings)
        found = replace(report, schemas=(replace(schema, findings=findings),))
        commands.append(report_as_github(found).split(" ")[0])
    assert commands == ["::error", "::warning", "::notice", "::notice"]


# --- SARIF ---------------------------------------------------------------------------------------


def sarif_of(report: Report) -> Any:
    return validated(report_as_sarif(report, "/home/me/my app"), MINIMAL_SARIF)


def test_sarif_has_what_the_standard_asks_for() -> None:
    for report in (Report(), report_of(BLOG), report_of("oops"), example_report()):
        run = sarif_of(report)["runs"][0]
        rules = run["tool"]["driver"]["rules"]
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert run["originalUriBaseIds"]["WORKINGFOLDER"]["uri"] == "file:///home/me/my%20app/"


def test_sarif_gives_every_rule_its_help() -> None:
    for rule in sarif_of(Report())["runs"][0]["tool"]["driver"]["rules"]:
        assert rule["help"]["text"]
        assert rule["shortDescription"]["text"]


def test_sarif_addresses_are_escaped_and_absolute_outside_the_working_folder() -> None:
    def address(path: str) -> Any:
        result = sarif_of(report_of(BLOG, path))["runs"][0]["results"][0]
        return result["locations"][0]["physicalLocation"]["artifactLocation"]

    assert address("a b/ü.prisma") == {"uri": "a%20b/%C3%BC.prisma", "uriBaseId": "WORKINGFOLDER"}
    assert address("/else where.prisma") == {"uri": "file:///else%20where.prisma"}
    assert address("C:/else.prisma") == {"uri": "file:///C:/else.prisma"}


def fingerprints(report: Report) -> list[str]:
    results = sarif_of(report)["runs"][0]["results"]
    return [result["partialFingerprints"]["referee/v1"] for result in results]


def test_fingerprints_stay_when_lines_move_and_differ_between_findings() -> None:
    assert fingerprints(report_of("// a comment\n\n\n" + BLOG)) == fingerprints(report_of(BLOG))
    renamed = BLOG.replace("authorId", "writerId")
    assert fingerprints(report_of(renamed)) != fingerprints(report_of(BLOG))
    many = fingerprints(example_report())
    assert len(set(many)) == len(many)


def test_fingerprints_of_equal_mistakes_are_told_apart() -> None:
    found = fingerprints(report_of("model A {\n  id Int @id\n  oops\n  oops\n}\n"))
    assert len(set(found)) == len(found) == 2
