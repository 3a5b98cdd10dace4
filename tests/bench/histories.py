"""Projects with migrations to measure on: a generated one, and those of the corpus.

Each is written into a folder of its own as `prisma/schema.prisma` beside `prisma/migrations`.
It deliberately leaves to others what is measured.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.client import ServerFailed
from tests.bench.schemas import schema
from tests.bench.tools import environment, new_command
from tests.support.corpus import CORPUS, CorpusUnit, corpus_units, has_corpus

MODELS = 147
# The generated history: everything but some columns and indexes first, which later ones add.
GENERATED_MIGRATIONS = 6
# The three longest histories of PostgreSQL, a short one, and two of SQLite.
FROM_CORPUS = (
    "triggerdotdev+trigger.dev/internal-packages/database",
    "civitai+civitai",
    "stackernews+stacker.news",
    "umami-software+umami/prisma",
    "coollabsio+coolify",
    "stumpapp+stump",
)

_BLOCK = re.compile(r"^model \w+ \{\n.*?^\}", re.M | re.S)
_ADDED_LATER = re.compile(r"^  (?:@@index\(|(?P<name>notes|color|score|endsAt|archivedAt) )")
_NATIVE_TYPE = re.compile(r" @db\.\w+(?:\([\d, ]+\))?")


@dataclass(frozen=True, slots=True)
class Project:
    """A project on disk; `scripts` are its migrations by name, in order."""

    title: str
    folder: Path
    provider: str
    scripts: tuple[tuple[str, str], ...]

    @property
    def schema(self) -> Path:
        """The file of the schema."""
        return self.folder / "prisma" / "schema.prisma"


def generated_schema(provider: str) -> str:
    """Return the schema of the generated project."""
    text = schema(MODELS)
    if provider == "sqlite":
        text = _NATIVE_TYPE.sub("", text).replace('"postgresql"', '"sqlite"')
    return text


def write_generated(folder: Path, provider: str) -> Project:
    """Write the generated project; Referee writes its migrations, one step after another."""
    whole = generated_schema(provider)
    project = Project("", folder, provider, ())
    project.schema.parent.mkdir(parents=True)
    for step in range(GENERATED_MIGRATIONS):
        project.schema.write_text(_at_step(whole, step), encoding="utf-8")
        command = new_command(f"step_{step + 1}", folder)
        done = subprocess.run(command, capture_output=True, env=environment(), check=False)
        if done.returncode != 0:
            raise ServerFailed(f"{' '.join(command)} said: {done.stderr.decode()[-2000:]}")
    scripts = _scripts_in(folder)
    if len(scripts) != GENERATED_MIGRATIONS or project.schema.read_text("utf-8") != whole:
        raise ServerFailed(f"the generated history has {len(scripts)} migrations")
    title = f"{MODELS} models, generated, {provider}, {len(scripts)} migrations"
    return Project(title, folder, provider, scripts)


def write_corpus(folder: Path) -> Iterator[Project]:
    """Write those projects of the corpus that are here, each below the folder."""
    for start in FROM_CORPUS:
        unit = next((unit for unit in corpus_units() if unit.name.startswith(start)), None)
        if unit is not None and unit.migrations is not None:
            yield _written(unit, unit.migrations, folder / start.replace("/", "+"))


def corpus_is_missing() -> str | None:
    """Return a sentence if there is no corpus."""
    if has_corpus():
        return None
    return (
        f"Without projects of the corpus, which is not in {CORPUS}; "
        "REFEREE_CORPUS names another folder."
    )


def _written(unit: CorpusUnit, migrations: Path, folder: Path) -> Project:
    project = Project("", folder, unit.provider, ())
    project.schema.parent.mkdir(parents=True)
    project.schema.write_text(unit.text, encoding="utf-8", newline="")
    shutil.copytree(migrations, folder / "prisma" / "migrations")
    scripts = _scripts_in(folder)
    name = unit.name.partition("/")[0].replace("+", "/")
    title = f"{name}, {unit.provider}, {len(scripts)} migrations"
    return Project(title, folder, unit.provider, scripts)


def _scripts_in(folder: Path) -> tuple[tuple[str, str], ...]:
    found = sorted((folder / "prisma" / "migrations").glob("*/migration.sql"))
    return tuple((path.parent.name, path.read_bytes().decode("utf-8-sig")) for path in found)


def _at_step(text: str, step: int) -> str:
    """Return the schema as it was at a step; at the last one nothing is left out."""
    number = 0

    def earlier(block: re.Match[str]) -> str:
        nonlocal number
        number += 1
        if number % (GENERATED_MIGRATIONS - 1) < step:
            return block[0]
        lines = block[0].split("\n")
        return "\n".join(line for line in lines if not _is_added_later(line, block[0]))

    return _BLOCK.sub(earlier, text)


def _is_added_later(line: str, block: str) -> bool:
    found = _ADDED_LATER.match(line)
    if found is None:
        return False
    # A column in a unique constraint stays; one in an index goes together with it.
    return found["name"] is None or not re.search(rf"@@(?!index)\w+\(.*\b{found['name']}\b", block)
