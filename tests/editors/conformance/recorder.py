"""Puts a `referee` on the PATH that is this checkout's and writes down its conversations.

It deliberately knows no editor: each of them is told to start `referee`, as its user would.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TEE = Path(__file__).with_name("tee.py")


def write_referee(commands: Path, log: Path) -> Path:
    """Write a program `referee` into a folder; its conversations are recorded in `log`."""
    commands.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, str(TEE), str(log), sys.executable, "-m", "referee"]
    program = commands / "referee"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return program


def environment(folder: Path, *commands: Path) -> Mapping[str, str]:
    """Return an environment in which an editor has none of a person's own configuration.

    Programs are looked for in `commands` first.
    """
    home = folder / "home"
    home.mkdir(exist_ok=True)
    homes = {
        name: str(home)
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    }
    path = os.pathsep.join([*map(str, commands), os.environ.get("PATH", "")])
    return {
        **os.environ,
        **homes,
        "PATH": path,
        "PYTHONPATH": str(ROOT / "server"),
        "REFEREE_PARANOID": "1",
        "LC_ALL": "C.UTF-8",
    }
