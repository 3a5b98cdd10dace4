"""The command as a process of its own: what only the system at large can show."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import BLOG, DATASOURCE, Project


def run(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_COLOR")}
    return subprocess.run(
        [sys.executable, "-m", "referee", *words],
        cwd=cwd,
        env={**kept, **environment},
        capture_output=True,
        check=False,
    )


def test_the_exit_code_reaches_the_system(project: Project) -> None:
    folder = project({"schema.prisma": DATASOURCE + BLOG, "empty/notes.md": ""})
    assert run("check", cwd=folder).returncode == 1
    assert run("check", "--fail-on", "never", cwd=folder).returncode == 0
    assert run("check", "nowhere", cwd=folder).returncode == 2


def test_output_is_in_one_encoding_whatever_the_locale(project: Project) -> None:
    folder = project({"schema.prisma": DATASOURCE + BLOG.replace("posts ", "größe ")})
    ended = run("check", cwd=folder, LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="latin-1")
    assert "━━ schema.prisma" in ended.stdout.decode("utf-8")


def test_line_ends_are_the_same_on_every_system(project: Project) -> None:
    folder = project({"schema.prisma": DATASOURCE + BLOG})
    assert b"\r" not in run("check", "--format", "json", cwd=folder).stdout


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.parametrize("words", [["check"], ["rules"]])
def test_a_full_disk_is_told_in_a_sentence(project: Project, words: list[str]) -> None:
    folder = project({"schema.prisma": DATASOURCE + BLOG})
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "referee", *words],
            cwd=folder, stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr.startswith(b"referee: standard output cannot be written: no space left")
    assert ended.stderr.count(b"\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_a_reader_that_stops_early_is_no_mistake(project: Project) -> None:
    models = "".join(
        BLOG.replace("User", f"User{number}").replace("Post", f"Post{number}")
        for number in range(300)
    )
    folder = project({"schema.prisma": DATASOURCE + models})
    command = f"{sys.executable} -m referee check | head -n 1; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, check=True, text=True
    )
    assert ended.stdout.splitlines() == ["━━ schema.prisma ━━ 300 warnings", "1"]
    assert ended.stderr == ""


def test_only_what_a_command_needs_is_loaded(project: Project) -> None:
    folder = project({"schema.prisma": DATASOURCE + BLOG})
    program = (
        "import sys\n"
        "from referee.cli.main import main\n"
        "main(sys.argv[1:])\n"
        "print('loaded', *sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )

    def loaded(*words: str) -> set[str]:
        ended = subprocess.run(
            [sys.executable, "-c", program, *words], cwd=folder, capture_output=True, check=True
        )
        return set(ended.stdout.decode("utf-8").splitlines()[-1].split()[1:])

    checking = loaded("check", "--fail-on", "never")
    assert not checking & {"pygls", "lsprotocol", "asyncio", "multiprocessing", "concurrent"}
    assert not loaded("--help") & {"lark", "pathspec", "json", "tomllib"}
