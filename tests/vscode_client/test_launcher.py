"""The file through which the extension starts everything runs the Referee that was asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).parents[2] / "vscode-client" / "bundled" / "tool" / "run.py"

# A Referee that says whose it is and what it was told, and which libraries it was given.
SPEAKING = """\
import sys

def main(words):
    from whose_library import NAME
    print({name!r}, NAME, *words)
    return len(words)
"""


@pytest.fixture
def extension(tmp_path: Path) -> Path:
    """Return the launcher of an extension whose libraries say that they are bundled."""
    launcher = tmp_path / "extension" / "bundled" / "tool" / "run.py"
    launcher.parent.mkdir(parents=True)
    shutil.copy(LAUNCHER, launcher)
    install(tmp_path / "extension" / "bundled" / "libs", "bundled")
    return launcher


def install(folder: Path, name: str, *, distribution: str = "prisma_referee-1.0.0") -> None:
    package = folder / "referee" / "cli"
    package.mkdir(parents=True)
    (folder / "referee" / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "main.py").write_text(SPEAKING.format(name=name))
    (folder / "whose_library.py").write_text(f"NAME = '{name}'\n")
    metadata = folder / f"{distribution}.dist-info"
    metadata.mkdir()
    project, _, version = distribution.partition("-")
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n"
    )


def run(
    launcher: Path, *words: str, environment: Path | None = None, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the launcher with a Python that has nothing installed but what is in `environment`."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if environment is not None:
        variables["PYTHONPATH"] = str(environment)
    # Without its site packages, this Python knows no Referee of its own.
    isolation = ["-I", "-S"] if words[0] == "useBundled" else ["-S"]
    return subprocess.run(
        [sys.executable, *isolation, str(launcher), *words],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_words_reach_referee_and_its_exit_code_comes_back(extension: Path) -> None:
    done = run(extension, "useBundled", "serve", "--stdio")
    assert done.stdout == "bundled bundled serve --stdio\n"
    assert done.returncode == 2


def test_what_the_environment_has_is_not_used_unless_it_is_asked_for(
    extension: Path, tmp_path: Path
) -> None:
    install(tmp_path / "environment", "installed")
    done = run(extension, "useBundled", "rules", environment=tmp_path / "environment")
    assert done.stdout == "bundled bundled rules\n"


def test_the_environments_own_referee_runs_with_its_own_libraries(
    extension: Path, tmp_path: Path
) -> None:
    install(tmp_path / "environment", "installed")
    done = run(extension, "fromEnvironment", "rules", environment=tmp_path / "environment")
    assert done.stdout == "installed installed rules\n"
    assert done.stderr == ""


def test_without_one_in_the_environment_the_bundled_one_runs_and_says_so(
    extension: Path, tmp_path: Path
) -> None:
    # A package of the same name that is not ours, and an older library that ours needs.
    install(tmp_path / "environment", "other", distribution="other_referee-1.0.0")
    done = run(extension, "fromEnvironment", "rules", environment=tmp_path / "environment")
    assert done.stdout == "bundled bundled rules\n"
    assert "no prisma-referee in the environment" in done.stderr


@pytest.mark.parametrize("strategy", ["useBundled", "fromEnvironment"])
def test_nothing_of_the_folder_it_is_started_in_is_imported(
    extension: Path, tmp_path: Path, strategy: str
) -> None:
    folder = tmp_path / "workspace"
    install(folder, "planted")
    marker = tmp_path / "imported"
    for name in ("importlib", "pathlib", "sitecustomize"):
        (folder / f"{name}.py").write_text(f"open({str(marker)!r}, 'w').close()\n")
    done = run(extension, strategy, "rules", folder=folder)
    assert done.stdout == "bundled bundled rules\n"
    assert not marker.exists()


def test_compiled_libraries_are_given_to_pythons_that_can_load_them(
    extension: Path, tmp_path: Path
) -> None:
    compiled = tmp_path / "extension" / "bundled" / "compiled"
    compiled.mkdir()
    (compiled / "parser_of_sql.py").write_text("")
    main = tmp_path / "extension" / "bundled" / "libs" / "referee" / "cli" / "main.py"
    main.write_text(
        "import importlib.util\n"
        "def main(words):\n"
        "    print(importlib.util.find_spec('parser_of_sql') is not None)\n"
        "    return 0\n"
    )
    done = run(extension, "useBundled", "rules")
    assert done.stdout == f"{sys.version_info >= (3, 11)}\n"
