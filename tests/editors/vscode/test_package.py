"""What is in the packages of the extension: one for everybody, and one for a platform."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from tests.editors.vscode.conftest import need_packager, packaged

pytestmark = pytest.mark.slow

TARGET = "linux-x64"
IDENTITY = "{http://schemas.microsoft.com/developer/vsx-schema/2011}Identity"


def unpacked(package: Path, folder: Path) -> Path:
    with ZipFile(package) as archive:
        archive.extractall(folder)
    return folder


def target_of(folder: Path) -> str | None:
    """Return the platform that a package says it is for."""
    identity = ElementTree.parse(folder / "extension.vsixmanifest").find(f".//{IDENTITY}")
    assert identity is not None
    return identity.get("TargetPlatform")


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the Referee of a package with a Python that finds no other one."""
    tool = folder / "extension" / "bundled" / "tool" / "run.py"
    return subprocess.run(
        [sys.executable, "-I", "-S", str(tool), "useBundled", *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_universal_package_carries_all_that_runs_and_nothing_compiled(tmp_path: Path) -> None:
    need_packager()
    folder = unpacked(packaged(), tmp_path)
    assert target_of(folder) is None
    carried = folder / "extension"
    files = {path.relative_to(carried).as_posix() for path in carried.rglob("*.*")}
    assert {"dist/extension.js", "dist/webview/relation-map.js", "bundled/tool/run.py"} <= files
    compiled = {name for name in files if name.endswith((".so", ".pyd", ".dylib"))}
    assert compiled == set()
    sources = {name for name in files if name.startswith(("src/", "test/", "webview/"))}
    assert sources == set()
    said = run(folder, "--version")
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("referee ")


def test_the_package_for_a_platform_carries_a_compiled_parser_that_runs(tmp_path: Path) -> None:
    need_packager()
    folder = unpacked(packaged(TARGET), tmp_path)
    assert target_of(folder) == TARGET
    compiled = folder / "extension" / "bundled" / "compiled"
    assert list(compiled.rglob("*.so"))
    assert run(folder, "--version").returncode == 0
    is_here = (platform.system(), platform.machine()) == ("Linux", "x86_64")
    # Told apart as values: the type checker judges for Python 3.10 alone.
    if not is_here or tuple(sys.version_info) < (3, 11):
        return
    program = (
        f"import sys; sys.path.insert(0, {str(compiled)!r})\n"
        "import pgparse; print(pgparse.__file__)\n"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert said.stdout.startswith(str(compiled)), said.stderr
