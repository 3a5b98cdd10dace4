"""The TypeScript of the extension: its own tests, its types, and its generated pictures."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.needs import need

ROOT = Path(__file__).parents[2]


def run(*words: str) -> None:
    need("node", "install Node 20 or newer", shutil.which("node") is not None)
    is_installed = (ROOT / "node_modules" / "esbuild").is_dir()
    need("the extension's libraries", "run `npm ci` in this repository", is_installed)
    done = subprocess.run(
        words, cwd=ROOT / "vscode-client", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_its_own_tests_pass() -> None:
    run("npm", "test")


@pytest.mark.slow
def test_its_types_hold() -> None:
    run("npm", "run", "typecheck")


def test_its_icon_is_what_the_script_draws() -> None:
    run("node", "scripts/icon.mjs", "--check")
