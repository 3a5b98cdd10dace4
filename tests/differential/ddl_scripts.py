"""Schemas of all sources, with the scripts that the official engine and Referee write for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from referee.ddl.of_schema import SchemaDatabase, database_of
from referee.ddl.sql import create_script
from referee.engine.session import judge
from referee.schema.providers import Provider
from tests.ddl.every_form import every_form
from tests.ddl.hand_made import hand_made
from tests.support.corpus import corpus_units
from tests.support.official import ROOT
from tests.support.official_ddl import official_ddl

ORCHARD = ROOT / "examples" / "orchard" / "prisma" / "schema"

_VIEW = re.compile(r"^view [^{]*\{.*?^\}", re.MULTILINE | re.DOTALL)
_KEY_OF_VIEW = re.compile(r"^[^\S\n]*@@id\b.*$|[^\S\n]@id\b", re.MULTILINE)


class Scripts(NamedTuple):
    """A schema, what the engine writes for it, and what Referee makes of it."""

    name: str
    official: str
    database: SchemaDatabase

    @property
    def own(self) -> str:
        """The script that Referee writes."""
        return script_of(self.database)


def script_of(database: SchemaDatabase) -> str:
    """Return the script of a schema's database."""
    return create_script(database.model, database.extensions, database.search_path)


def schema_database(files: Mapping[str, str]) -> SchemaDatabase:
    """Return the database that files mean."""
    found = database_of(judge(files).view)
    assert found is not None, "the schema is for no database"
    return found


@cache
def made_scripts(provider: Provider) -> tuple[Scripts, ...]:
    """Return the scripts of the schemas that are made for the tests."""
    made = {"every form": every_form(provider), **hand_made(provider)}
    files = {f"{provider}: {name}": {"schema.prisma": text} for name, text in made.items()}
    return _scripts({name: (provider, each) for name, each in files.items()})


@cache
def real_scripts() -> tuple[Scripts, ...]:
    """Return the scripts of the example and of every schema of the corpus that is here."""
    schemas: dict[str, tuple[str, Mapping[str, str]]] = {
        "orchard": (
            "postgresql",
            {path.name: path.read_text("utf-8") for path in sorted(ORCHARD.glob("*.prisma"))},
        )
    }
    for unit in corpus_units():
        if unit.provider in ("postgresql", "cockroachdb", "sqlite"):
            files = {path: without_keys_of_views(text) for path, text in unit.files.items()}
            schemas[unit.name] = (unit.provider, files)
    return _scripts(schemas)


def without_keys_of_views(text: str) -> str:
    """Return a schema without `@id` in views: earlier versions of Prisma took it."""
    return _VIEW.sub(lambda view: _KEY_OF_VIEW.sub("", view.group()), text)


def _scripts(schemas: Mapping[str, tuple[str, Mapping[str, str]]]) -> tuple[Scripts, ...]:
    official = official_ddl(schemas)
    refused = sorted(schemas.keys() - official.keys())
    assert not refused, f"the engine refuses {refused}"
    return tuple(
        Scripts(name, official[name], schema_database(files))
        for name, (_, files) in schemas.items()
    )
