"""`referee ci` as a person calls it: what it writes, what it leaves alone, when it asks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import CLEAN, DATASOURCE, Project, Referee

SCHEMA = {"prisma/schema.prisma": DATASOURCE + CLEAN, ".git/HEAD": "ref: refs/heads/trunk\n"}
MIGRATION = {"prisma/migrations/1_initial/migration.sql": "SELECT 1;\n"}
WORKFLOW = ".github/workflows/referee.yml"
HOOKS = ".pre-commit-config.yaml"


def text_of(root: Path, name: str) -> str:
    return (root / name).read_bytes().decode()


def test_nothing_is_written_before_somebody_agrees(referee: Referee, project: Project) -> None:
    root = project(SCHEMA)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    ended = referee("ci")
    assert ended.code == 1
    assert "--- a/package.json" in ended.out
    assert '+    "referee": "referee check"' not in ended.err
    assert "--yes writes without asking" in ended.err
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_what_was_written_is_as_it_should_be_from_then_on(
    referee: Referee, project: Project
) -> None:
    root = project({**SCHEMA, **MIGRATION})
    assert referee("ci", "--check").code == 1
    assert referee("ci", "--yes").code == 0
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    ended = referee("ci", "--check")
    assert (ended.code, ended.out) == (0, "")
    assert referee("ci", "--yes").code == 0
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    assert set(json.loads(text_of(root, "package.json"))["scripts"]) == {
        "referee",
        "referee:migrations",
        "referee:report",
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}", '{\n  "scripts": {\n    "referee": "referee check",\n    "referee:report": '
         '"referee report -o referee-report.html"\n  }\n}'),
        (
            '{\r\n\t"files": ["a", "b"],\r\n\t"scripts": {\r\n\t\t"dev": "x"\r\n\t}\r\n}\r\n',
            '{\r\n\t"files": ["a", "b"],\r\n\t"scripts": {\r\n\t\t"dev": "x",\r\n\t\t"referee": '
            '"referee check",\r\n\t\t"referee:report": "referee report -o referee-report.html"'
            "\r\n\t}\r\n}\r\n",
        ),
        (
            '{"scripts": {"dev": "x"}, "a": 1}\n',
            '{"scripts": {"dev": "x", "referee": "referee check", "referee:report": "referee '
            'report -o referee-report.html"}, "a": 1}\n',
        ),
        (
            '{\n    "a": 1,\n    "scripts": {}\n}\n',
            '{\n    "a": 1,\n    "scripts": {\n        "referee": "referee check",\n        '
            '"referee:report": "referee report -o referee-report.html"\n    }\n}\n',
        ),
    ],
)  # fmt: skip
def test_package_json_keeps_its_form(
    referee: Referee, project: Project, before: str, after: str
) -> None:
    root = project({**SCHEMA, "package.json": before})
    assert referee("ci", "--yes", "--only", "scripts").code == 0
    assert text_of(root, "package.json") == after
    json.loads(after)


def test_a_script_of_the_name_that_runs_referee_in_another_way_stays(
    referee: Referee, project: Project
) -> None:
    package = '{"scripts": {"referee": "npx dotenv -- referee check --fail-on error"}}'
    root = project({**SCHEMA, "package.json": package})
    referee("ci", "--yes", "--only", "scripts")
    scripts = json.loads(text_of(root, "package.json"))["scripts"]
    assert scripts["referee"] == "npx dotenv -- referee check --fail-on error"
    assert "referee:report" in scripts


def test_a_script_of_the_name_that_does_something_else_is_never_replaced(
    referee: Referee, project: Project
) -> None:
    package = '{"scripts": {"referee": "node whistle.js"}}'
    root = project({**SCHEMA, "package.json": package})
    assert referee("ci", "--check", "--only", "scripts").code == 1
    ended = referee("ci", "--yes", "--only", "scripts")
    assert ended.code == 0
    assert "has a script `referee` that does not run Referee" in ended.err
    assert json.loads(text_of(root, "package.json"))["scripts"] == {
        "referee": "node whistle.js",
        "referee:report": "referee report -o referee-report.html",
    }
    checked = referee("ci", "--check", "--only", "scripts")
    assert checked.code == 0
    assert "has a script `referee` that does not run Referee" in checked.err


def test_a_file_that_cannot_be_added_to_is_no_success_in_either_way(
    referee: Referee, project: Project
) -> None:
    root = project({**SCHEMA, "package.json": "[]"})
    assert referee("ci", "--yes").code == 1
    assert text_of(root, "package.json") == "[]"
    assert referee("ci", "--check").code == 1
    assert referee("ci", "--yes").code == 1


def test_a_project_without_package_json_is_as_it_should_be_once_the_rest_is_written(
    referee: Referee, project: Project
) -> None:
    project(SCHEMA)
    assert referee("ci", "--yes").code == 0
    assert referee("ci", "--check").code == 0


def test_the_workflow_says_what_to_fill_in_and_keeps_what_was_filled_in(
    referee: Referee, project: Project
) -> None:
    root = project({**SCHEMA, **MIGRATION})
    ended = referee("ci", "--yes", "--only", "workflow")
    written = text_of(root, WORKFLOW)
    assert "Fill in REFEREE_FROM" in ended.err
    assert 'REFEREE_FROM: "FILL-IN"' in written
    assert 'branches: ["trunk"]' in written
    assert "prisma-referee[postgres,pgparse] @ $REFEREE_FROM" in written
    filled = written.replace('FROM: "FILL-IN"', 'FROM: "git+https://example.org/r@v1"')
    (root / WORKFLOW).write_text(filled)
    (root / ".git/HEAD").write_text("0123456789abcdef\n")
    assert referee("ci", "--check", "--only", "workflow").code == 0


def test_the_address_can_be_given(referee: Referee, project: Project) -> None:
    root = project(SCHEMA)
    referee("ci", "--yes", "--install-from", "git+https://example.org/me/referee@v1")
    assert 'REFEREE_FROM: "git+https://example.org/me/referee@v1"' in text_of(root, WORKFLOW)


@pytest.mark.parametrize("address", ["git+https://me:pass@example.org/r", 'x"; rm -rf', "a b"])
def test_an_address_that_is_unsafe_in_a_file_is_refused(
    referee: Referee, project: Project, address: str
) -> None:
    root = project(SCHEMA)
    ended = referee("ci", "--yes", "--install-from", address)
    assert ended.code == 2
    assert "pass@" not in ended.err
    assert not (root / WORKFLOW).exists()


def test_a_hook_is_added_behind_those_that_are_there(referee: Referee, project: Project) -> None:
    list_of_one = "repos:\n- repo: https://example.org/x\n  rev: v1\n  hooks:\n  - id: x\n"
    before = list_of_one + "\nci:\n  skip: [x]\n"
    root = project({**SCHEMA, HOOKS: before})
    assert referee("ci", "--yes", "--only", "hook").code == 0
    written = text_of(root, HOOKS)
    assert written.startswith(list_of_one + "- repo: local\n")
    assert written.endswith("pass_filenames: false\n\nci:\n  skip: [x]\n")
    assert referee("ci", "--check", "--only", "hook").code == 0


def test_a_list_of_hooks_in_another_form_is_left_alone_with_a_sentence(
    referee: Referee, project: Project
) -> None:
    before = "repos: [{repo: local, hooks: []}]\n"
    root = project({**SCHEMA, HOOKS: before})
    ended = referee("ci", "--yes", "--only", "hook")
    assert "by hand" in ended.err
    assert text_of(root, HOOKS) == before


def test_husky_gets_a_line(referee: Referee, project: Project) -> None:
    root = project({**SCHEMA, ".husky/pre-commit": "npm test"})
    referee("ci", "--yes", "--only", "hook")
    assert text_of(root, ".husky/pre-commit") == (
        "npm test\n# Judges the Prisma schema and its migrations before each commit.\n"
        "referee check\n"
    )
    assert not (root / HOOKS).exists()
    assert referee("ci", "--check", "--only", "hook").code == 0


def test_in_a_repository_of_several_projects_the_files_name_the_one_that_is_meant(
    referee: Referee, project: Project
) -> None:
    root = project(
        {
            ".git/HEAD": "ref: refs/heads/main\n",
            "packages/db/package.json": "{}\n",
            "packages/db/schema.prisma": DATASOURCE + CLEAN,
        }
    )
    assert referee("ci", "packages/db", "--yes").code == 0
    assert "run: referee check packages/db --format github" in text_of(root, WORKFLOW)
    scripts = json.loads(text_of(root, "packages/db/package.json"))["scripts"]
    assert scripts["referee"] == "referee check"
    assert text_of(root, "package.json") == "{}"


def test_a_project_without_a_schema_is_refused(referee: Referee, project: Project) -> None:
    project({"a.txt": "x"})
    ended = referee("ci")
    assert ended.code == 2
    assert "there is no Prisma schema" in ended.err
