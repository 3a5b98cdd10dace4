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
# What goes into the package, or makes it.
SOURCES = (
    *(CLIENT / name for name in ("bundled/tool", "scripts", "snippets", "src", "syntaxes")),
    *(CLIENT / name for name in ("images", "webview", "package.json", "README.md")),
    CLIENT / "bundled" / "requirements.txt",
    ROOT / "server",
    ROOT / "grammar",
)


@pytest.fixture(scope="session")
def vsix() -> Path:
    """The extension as it is packaged for everybody."""
    needed_edition()
    need(
        "the tools that package the extension",
        "run `npm ci` in this repository",
        (ROOT / "node_modules" / "@vscode" / "vsce").is_dir(),
    )
    return packaged()


def packaged() -> Path:
    """Return the package, made anew unless it is newer than all that it is made from.

    Where several processes run tests, one makes it and the others wait.
    """
    named = json.loads((CLIENT / "package.json").read_bytes())
    package = CLIENT / f"{named['name']}-{named['version']}.vsix"
    with (CACHE / "packaging.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newest = max(path.stat().st_mtime for path in sources())
        if not package.is_file() or package.stat().st_mtime < newest:
            node = shutil.which("node")
            assert node is not None
            made = subprocess.run(
                [node, "scripts/package.mjs"],
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
    for source in SOURCES:
        found = source.rglob("*") if source.is_dir() else [source]
        yield from (
            path
            for path in found
            if path.is_file()
            and not {"__pycache__", "node_modules"} & set(path.parts[len(ROOT.parts) :])
            and ".egg-info" not in str(path)
        )
