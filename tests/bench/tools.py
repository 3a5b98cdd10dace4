"""The tools that are measured, and how each is started; absent ones are left out with a reason."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.official import ROOT

NODE_MODULES = ROOT / "node_modules"
OFFICIAL_SERVER = NODE_MODULES / "@prisma" / "language-server" / "dist" / "bin.js"
PRISMA_LINT = NODE_MODULES / "prisma-lint" / "dist" / "cli.js"
VALIDATOR = ROOT / "tests" / "support" / "official.mjs"
AS_INSTALLED = Path(__file__).with_name("as_installed")
# What tests switch on; and without bytecode, which pip makes when it installs a package, every
# start would compile the whole product first.
_ONLY_HERE = frozenset({"REFEREE_PARANOID", "PYTHONDONTWRITEBYTECODE"})
LINT_RULES = {"rules": {"require-field-index": ["error", {"forAllRelations": True}]}}


@dataclass(frozen=True, slots=True)
class Server:
    """A language server and the command that starts it."""

    name: str
    command: tuple[str, ...]


REFEREE = Server("Referee", (sys.executable, "-m", "referee", "serve", "--stdio"))


@cache
def official_server() -> Server:
    """Return the official server; raises SystemExit with a sentence if it is not installed."""
    return Server("official", (node(), str(_installed(OFFICIAL_SERVER)), "--stdio"))


def environment() -> dict[str, str]:
    """Return the variables to start a tool with: as users have it, not as the tests do."""
    variables = {name: value for name, value in os.environ.items() if name not in _ONLY_HERE}
    paths = [str(AS_INSTALLED), *filter(None, [variables.get("PYTHONPATH")])]
    return {**variables, "PYTHONPATH": os.pathsep.join(paths)}


def node() -> str:
    """Return the path of Node; raises SystemExit with a sentence if it is not here."""
    found = shutil.which("node")
    if found is None:
        raise SystemExit("The tools to compare with need Node 20 or newer, which is not here.")
    return found


def check_command(schema: Path) -> Sequence[str]:
    """Return Referee's command line on one schema."""
    return (
        *(sys.executable, "-m", "referee", "check", str(schema)),
        *("--fail-on", "never", "--format", "concise"),
    )


def migrations_check_command(folder: Path) -> Sequence[str]:
    """Return Referee's command line on the migrations of a project."""
    return (
        *(sys.executable, "-m", "referee", "migrations", "check", str(folder)),
        *("--fail-on", "never", "--format", "concise"),
    )


def new_command(name: str, folder: Path) -> Sequence[str]:
    """Return Referee's command line that writes the migration that a project lacks."""
    return (sys.executable, "-m", "referee", "migrations", "new", name, str(folder))


def verify_command(folder: Path, *options: str) -> Sequence[str]:
    """Return Referee's command line that tries the migrations of a project."""
    return (sys.executable, "-m", "referee", "migrations", "verify", str(folder), *options)


def report_command(folder: Path, *options: str) -> Sequence[str]:
    """Return Referee's command line that reports on a project."""
    return (sys.executable, "-m", "referee", "report", str(folder), *options)


def lint_command(schema: Path) -> Sequence[str]:
    """Return prisma-lint's command line on one schema, with the rule that is comparable."""
    configuration = schema.parent / ".prismalintrc.json"
    configuration.write_text(json.dumps(LINT_RULES), encoding="utf-8")
    return (
        *(node(), str(_installed(PRISMA_LINT)), str(schema)),
        *("-c", str(configuration), "-o", "simple"),
    )


def validator_command() -> Sequence[str]:
    """Return the command that lints what `validator_question` is sent to it."""
    return (node(), str(VALIDATOR))


def validator_question(schema: Path) -> bytes:
    """Return the one question to the official validator, for its standard input."""
    files = json.dumps([[schema.name, schema.read_text("utf-8")]])
    return json.dumps([["lint", files]]).encode() + b"\n"


def versions() -> dict[str, str]:
    """Return the versions of what is measured, by name."""
    found = {}
    for name in (
        *("@prisma/language-server", "@prisma/prisma-schema-wasm", "@prisma/schema-engine-wasm"),
        "prisma-lint",
    ):
        package = NODE_MODULES / name / "package.json"
        if package.is_file():
            found[name] = str(json.loads(package.read_text("utf-8"))["version"])
    return found


def _installed(path: Path) -> Path:
    if not path.is_file():
        raise SystemExit(f"{path.relative_to(ROOT)} is not here; run `npm ci` in the repository.")
    return path
