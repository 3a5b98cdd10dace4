"""The package that the tests install, made from the sources as they are."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.vscode.install import CACHE
from tests.editors.vscode.workbench import ROOT, needed_edition
from tests.support.needs import need

CLIENT = ROOT / "vscode-client"
# What the wheel of the server is made of, which is in the package; of the extension, everything.
OF_THE_SERVER = ("server", "grammar", "pyproject.toml", "setup.py", "README.md", "LICENSE")


@pytest.fixture(scope="session")
def vsix() -> Path:
    """The extension as it is packaged for everybody."""
    needed_edition()
    need_packager()
    return packaged()


def need_packager() -> None:
    """Skip the test where the tools are not there that package the extension; fail on CI."""
    need(
        "the tools that package the extension",
        "run `npm ci` in this repository",
        (ROOT / "node_modules" / "@vscode" / "vsce").is_dir(),
    )


def packaged(target: str = "") -> Path:
    """Return the package, made anew unless it is newer than all that it is made from.

    Where several processes run tests, one makes it and the others wait. With a target, it is the
    package for that alone.
    """
    named = json.loads((CLIENT / "package.json").read_bytes())
    words = [named["name"], *([target] if target else []), named["version"]]
    package = CLIENT / f"{'-'.join(words)}.vsix"
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "packaging.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newest = max(path.stat().st_mtime for path in sources())
        if not package.is_file() or package.stat().st_mtime < newest:
            node = shutil.which("node")
            assert node is not None
            made = subprocess.run(
                [node, "scripts/package.mjs", *(["--target", target] if target else [])],
                cwd=CLIENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            assert made.returncode == 0, made.stdout
    return package


def sources() -> Iterator[Path]:
    """Yield what the package is made from: what is in git, and not only made from that."""
    made = [CLIENT / name for name in (CLIENT / ".gitignore").read_text("utf-8").split()]
    for source in (CLIENT, *(ROOT / name for name in OF_THE_SERVER)):
        found = source.rglob("*") if source.is_dir() else [source]
        yield from (
            path
            for path in found
            if path.is_file()
            and not {"__pycache__", "node_modules"} & set(path.parts[len(ROOT.parts) :])
            and not any(path.is_relative_to(folder) for folder in made)
            and path.suffix not in (".vsix", ".pyc")
            and ".egg-info" not in str(path)
        )
