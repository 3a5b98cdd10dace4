"""Stands in for a Python: `interpreter.py NAME PYTHON LOGS VERSION WORDS...`.

Where the words start a language server, its messages are recorded in the folder LOGS, and a file
in `servers` there is named after the process and its parent. Where they ask with `-c` who it is,
it says that it is NAME, and of VERSION unless that is empty. All else is the business of the real
PYTHON.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

TEE = Path(__file__).resolve().parents[1] / "conformance" / "tee.py"


def write_interpreter(
    path: Path, logs: Path, version: str = "", *, note: Path | None = None
) -> Path:
    """Write a program that acts as a Python; each of its runs adds a line to the file `note`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    logs.mkdir(exist_ok=True)
    words = [sys.executable, "-I", __file__, path, plain_python(), logs, version]
    command = shlex.join(str(word) for word in words)
    noting = f"echo ran >>{shlex.quote(str(note))}\n" if note is not None else ""
    path.write_text(f'#!/bin/sh\n{noting}exec {command} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


def plain_python() -> Path:
    """Return the Python below our virtual environment: it has no package that the tests have."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    plain = Path(sys.base_prefix) / "bin" / name
    return plain if plain.is_file() else Path(sys.executable)


def main(name: str, python: str, logs: str, version: str, *words: str) -> None:
    """Become the real Python, or what records it."""
    if "--stdio" in words:
        (Path(logs) / "servers").mkdir(exist_ok=True)
        (Path(logs) / "servers" / f"{os.getppid()}-{os.getpid()}").touch()
        os.execv(sys.executable, [sys.executable, "-I", str(TEE), logs, python, *words])
    if "-c" in words:
        place = words.index("-c") + 1
        words = (*words[:place], pretence(name, version) + words[place], *words[place + 1 :])
    os.execv(python, [python, *words])


def pretence(name: str, version: str) -> str:
    lines = ["import platform, sys", f"sys.executable = {name!r}"]
    if version:
        numbers = tuple(int(number) for number in version.split("."))
        lines += [
            f"sys.version_info = ({', '.join(map(str, numbers))}, 'final', 0)",
            f"sys.version = '{version} (' + sys.version.partition('(')[2]",
            f"platform.python_version = lambda: {version!r}",
        ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main(*sys.argv[1:])
