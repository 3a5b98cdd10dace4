"""What `referee ci` wrote, read and run as it will be: by YAML, a shell, git, pre-commit, npm."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from referee.features.ci_files import PRE_COMMIT_PATH, WORKFLOW_PATH, Wanted, scripts_of
from referee.schema.providers import Provider
from tests.cli.conftest import Project, Referee
from tests.support.needs import need

yaml = pytest.importorskip("yaml") if not os.environ.get("CI") else __import__("yaml")

HEAD = 'datasource db {\n  provider = "sqlite"\n}\n'
GOOD = HEAD + "model A {\n  id Int @id\n}\n"
BAD = HEAD + "model A {\n  id Int @id\n  b B @relation(fields: [bId], references: [id])\n"
BAD += "  bId Int\n}\nmodel B {\n  id Int @id\n  as A[]\n}\n"
# Names that mean something in YAML, in a shell, or in both.
FOLDERS = ("prisma", "my schema", "a: b", "x #1", "it's", '"so"', "- y", "$HOME", "a\\b", "{c}")


def project_at(folder: str, **more: str) -> dict[str, str]:
    """Return a repository whose only schema is in a folder."""
    return {f"{folder}/schema.prisma": GOOD, **more}


def loaded(root: Path, name: str) -> Any:
    return yaml.safe_load((root / name).read_text("utf-8"))


def environment() -> Mapping[str, str]:
    """Return our environment with our `referee` on the PATH, and none of the user's git."""
    programs = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": os.pathsep.join([programs, os.environ["PATH"]]),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **{f"GIT_{who}_NAME": "jo" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "jo@example.org" for who in ("AUTHOR", "COMMITTER")},
    }


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, cwd=root, env=environment(), capture_output=True, text=True, check=False
    )


def repository(root: Path) -> None:
    need("git", "install git", shutil.which("git") is not None)
    assert run(root, "git", "init", "--quiet", "--initial-branch", "main").returncode == 0


# ---- YAML ----


def test_the_workflow_is_yaml_that_says_what_it_is_to(referee: Referee, project: Project) -> None:
    root = project(project_at("prisma"))
    address = "git+https://example.org/o/r@v1.0"
    assert referee("ci", "--yes", "--only", "workflow", "--install-from", address).code == 0
    found = loaded(root, WORKFLOW_PATH)
    # YAML 1.1, which PyYAML reads, takes a bare `on` for true; GitHub does not.
    assert found[True] == {"pull_request": None, "push": {"branches": ["main"]}}
    assert found["permissions"] == {"contents": "read"}
    (job,) = found["jobs"].values()
    assert job["env"] == {"REFEREE_FROM": address}
    uses = [step["uses"] for step in job["steps"] if "uses" in step]
    assert [each.split("@")[0] for each in uses] == [
        "actions/checkout",
        "actions/setup-python",
        "actions/upload-artifact",
    ]
    assert job["steps"][0]["with"] == {"fetch-depth": 0}
    runs = [step["run"] for step in job["steps"] if "run" in step]
    assert runs[1:] == [
        "referee check --format github",
        "referee report -o referee-report.html --fail-on never",
    ]


@pytest.mark.parametrize("provider", ["postgresql", "mysql", "sqlite", "sqlserver"])
def test_what_the_workflow_installs_is_a_requirement_that_pip_reads(
    referee: Referee, project: Project, provider: Provider
) -> None:
    from packaging.requirements import Requirement

    schema = GOOD.replace("sqlite", provider)
    root = project({"schema.prisma": schema, "migrations/1_m/migration.sql": "SELECT 1;\n"})
    address = "git+https://example.org/o/r@v1.0"
    assert referee("ci", "--yes", "--only", "workflow", "--install-from", address).code == 0
    (job,) = loaded(root, WORKFLOW_PATH)["jobs"].values()
    script = next(step["run"] for step in job["steps"] if step.get("name") == "Install Referee")
    shell = f"pip() {{ printf '%s\\n' \"$@\"; }}\nREFEREE_FROM='{address}'\n{script}"
    ended = run(root, "sh", "-euc", shell)
    assert ended.returncode == 0
    word, written = ended.stdout.splitlines()
    requirement = Requirement(written)
    assert (word, requirement.name, requirement.url) == ("install", "prisma-referee", address)
    unfilled = run(root, "sh", "-euc", shell.replace(f"='{address}'", "=FILL-IN"))
    assert unfilled.returncode == 1
    assert "::error::" in unfilled.stdout


@pytest.mark.skipif(os.name == "nt", reason="such names are none there")
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_path_means_the_same_in_yaml_and_in_a_shell(
    referee: Referee, project: Project, folder: str
) -> None:
    """The words that a shell makes of the command lead to the schema."""
    root = project(project_at(folder, **{"other/schema.prisma": GOOD}))
    assert referee("ci", folder, "--yes").code in (0, 1)
    (job,) = loaded(root, WORKFLOW_PATH)["jobs"].values()
    commands = [step["run"] for step in job["steps"] if step.get("run", "").startswith("referee ")]
    (repo,) = loaded(root, PRE_COMMIT_PATH)["repos"]
    commands.append(repo["hooks"][0]["entry"])
    commands += json.loads((root / "package.json").read_text("utf-8"))["scripts"].values()
    assert len(commands) == 5
    for command in commands:
        shell = f'referee() {{ printf "%s\\n" "$2"; }}\n{command}'
        named = run(root, "sh", "-euc", shell).stdout.rstrip("\n")
        assert (root / named).resolve() in (root / folder, root / folder / "schema.prisma"), command


# ---- hooks ----


def test_the_hook_of_pre_commit_stops_a_commit_with_a_mistake(
    referee: Referee, project: Project
) -> None:
    need("pre-commit", "pip install pre-commit", find_spec("pre_commit") is not None)
    root = project(project_at("prisma"))
    repository(root)
    assert referee("ci", "--yes", "--only", "hook").code == 0
    installed = run(root, sys.executable, "-m", "pre_commit", "install")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    run(root, "git", "add", ".")
    first = run(root, "git", "commit", "--message", "first")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Judge the Prisma schema and its migrations" in first.stderr
    (root / "prisma" / "schema.prisma").write_text(BAD, "utf-8")
    stopped = run(root, "git", "commit", "--all", "--message", "second")
    assert stopped.returncode == 1
    assert "unindexed-foreign-key" in stopped.stderr
    (root / "notes.md").write_text("x\n", "utf-8")
    run(root, "git", "reset", "--quiet", "--hard")
    run(root, "git", "add", "notes.md")
    other = run(root, "git", "commit", "--message", "third")
    assert other.returncode == 0
    assert "Skipped" in other.stderr


def test_the_hook_stands_among_others_as_yaml_has_it(referee: Referee, project: Project) -> None:
    other = (
        "repos:\n- repo: https://example.org/r # ours\n  rev: v1\n  hooks:\n  - id: x\n\n"
        "# the end\nexclude: ^dist/\n"
    )
    root = project(project_at("prisma", **{PRE_COMMIT_PATH: other}))
    assert referee("ci", "--yes", "--only", "hook").code == 0
    found = loaded(root, PRE_COMMIT_PATH)
    assert [each["hooks"][0]["id"] for each in found["repos"]] == ["x", "referee"]
    assert found["exclude"] == "^dist/"
    assert "# ours" in (root / PRE_COMMIT_PATH).read_text("utf-8")


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_the_hook_of_husky_stops_a_commit_with_a_mistake(
    referee: Referee, project: Project
) -> None:
    root = project(project_at("prisma", **{".husky/pre-commit": "echo before\n"}))
    repository(root)
    assert referee("ci", "--yes", "--only", "hook").code == 0
    # As Husky 9 has it: git runs the files of a folder, and these run the user's with `sh -e`.
    hooks = root / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexec sh -e .husky/pre-commit\n", "utf-8")
    (hooks / "pre-commit").chmod(0o755)
    run(root, "git", "config", "core.hooksPath", "hooks")
    run(root, "git", "add", ".")
    first = run(root, "git", "commit", "--message", "first")
    assert first.returncode == 0, first.stderr
    assert "before" in first.stdout + first.stderr
    (root / "prisma" / "schema.prisma").write_text(BAD, "utf-8")
    stopped = run(root, "git", "commit", "--all", "--message", "second")
    assert stopped.returncode == 1
    assert "unindexed-foreign-key" in stopped.stdout + stopped.stderr


# ---- scripts ----


def test_npm_runs_the_scripts(referee: Referee, project: Project) -> None:
    need("npm", "install Node 20 or newer", shutil.which("npm") is not None)
    script = 'CREATE TABLE "A" ("id" INTEGER NOT NULL PRIMARY KEY);\n'
    root = project(
        project_at(
            "prisma",
            **{
                "prisma/migrations/migration_lock.toml": 'provider = "sqlite"\n',
                "prisma/migrations/20260101000000_init/migration.sql": script,
            },
        )
    )
    assert referee("ci", "--yes", "--only", "scripts").code == 0
    names = list(json.loads((root / "package.json").read_text("utf-8"))["scripts"])
    assert names == list(scripts_of(Wanted(has_migrations=True)))
    for name in names:
        ended = run(root, "npm", "run", "--silent", name)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "<title>" in (root / "referee-report.html").read_text("utf-8")
    (root / "prisma" / "schema.prisma").write_text(BAD, "utf-8")
    assert [run(root, "npm", "run", "--silent", name).returncode for name in names] == [1, 1, 1]
