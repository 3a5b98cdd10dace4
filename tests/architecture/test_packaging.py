"""What is installed: the grammar inside `referee`, nothing beside it, nothing left out."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

BUILT_FROM = ("pyproject.toml", "setup.py", "LICENSE", "README.md", "server", "grammar")

WHERE_IS_THE_GRAMMAR = """
import importlib.util, json, pkgutil
import referee, referee.grammar
print(json.dumps({
    "folder": referee.grammar.__path__[0],
    "version": referee.__version__,
    "top_level": importlib.util.find_spec("grammar") is not None,
    "grammar": pkgutil.get_data("referee.grammar", "prisma.lark").decode("utf-8"),
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build from a copy, because setuptools leaves its traces in the folder that it builds."""
    copy = tmp_path_factory.mktemp("source")
    for name in BUILT_FROM:
        if (ROOT / name).is_dir():
            leftovers = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(ROOT / name, copy / name, ignore=leftovers)
        elif (ROOT / name).is_file():
            shutil.copy(ROOT / name, copy / name)
    target = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check"]
    run(sys.executable, "-m", "pip", "wheel", *options, "-w", str(target), str(copy), cwd=target)
    (built,) = target.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_product(wheel: Path) -> None:
    sources = {
        path.relative_to(ROOT / "server").as_posix()
        for path in (ROOT / "server" / "referee").rglob("*")
        if path.suffix in {".py", ".md", ".json"} and "__pycache__" not in path.parts
    }
    missing = sources - set(files_in(wheel))
    assert not missing, (
        f"The wheel lacks {sorted(missing)}: a folder of modules needs an __init__.py, and other "
        "kinds of files a line in [tool.setuptools.package-data]."
    )


@pytest.mark.slow
def test_the_wheel_holds_the_grammar_inside_the_package(wheel: Path) -> None:
    assert {"referee/grammar/__init__.py", "referee/grammar/prisma.lark"} <= set(files_in(wheel))


@pytest.mark.slow
def test_the_wheel_installs_one_top_level_package(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in files_in(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"referee"}


@pytest.mark.slow
def test_a_program_finds_the_grammar_of_an_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # -S keeps the installation in place, which this test runs in, out of the way.
    program = f"import sys; sys.path.insert(0, {str(site)!r})\n{WHERE_IS_THE_GRAMMAR}"
    found = json.loads(run(sys.executable, "-I", "-S", "-c", program, cwd=tmp_path))
    assert Path(found["folder"]) == site / "referee" / "grammar"
    assert found["grammar"] == (ROOT / "grammar" / "prisma.lark").read_text(encoding="utf-8")
    assert wheel.name.startswith(f"prisma_referee-{found['version']}-")
    assert not found["top_level"]


def test_an_installation_in_place_reads_the_grammar_of_the_checkout(tmp_path: Path) -> None:
    found = json.loads(run(sys.executable, "-I", "-c", WHERE_IS_THE_GRAMMAR, cwd=tmp_path))
    assert Path(found["folder"]) == ROOT / "grammar"
    assert not found["top_level"]


def files_in(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def run(*words: str, cwd: Path) -> str:
    """Run a command outside the checkout, and give what it printed."""
    ended = subprocess.run(words, check=False, cwd=cwd, capture_output=True, text=True)
    assert ended.returncode == 0, f"{' '.join(words)}\n{ended.stdout}{ended.stderr}"
    return ended.stdout
