"""Names and referential actions against the SQL that Prisma's own schema engine makes."""

from __future__ import annotations

import pytest

from referee.engine.session import judge
from referee.schema.facts import Action, ModelFacts
from referee.schema.names import foreign_key_name, index_name
from referee.schema.view import SchemaView
from tests.support.corpus import corpus_units, has_corpus, require_corpus
from tests.support.official_ddl import (
    PROVIDERS,
    OfficialIndex,
    OfficialKey,
    indexes_in,
    keys_in,
    official_ddl,
    require_engine,
)

SQL_ACTIONS: dict[Action, str] = {
    "Cascade": "CASCADE",
    "Restrict": "RESTRICT",
    "NoAction": "NO ACTION",
    "SetNull": "SET NULL",
    "SetDefault": "SET DEFAULT",
}

HAND_MADE = """\
model Person {{
  id        Int      @id @default(autoincrement())
  email     String   @unique
  boss      Person?  @relation("Boss", fields: [bossId], references: [id])
  bossId    Int?     @map("boss_id")
  staff     Person[] @relation("Boss")
  friends   Person[] @relation("Friends")
  friendOf  Person[] @relation("Friends")
  badges    Badge[]
  zones     Zone[]
  profile   Profile?
  seats     Seat[]
  {long}    LongName[]
}}

model Badge {{
  id      Int      @id
  holders Person[]
}}

model Zone {{
  id     Int      @id
  people Person[] @relation("zone_people")
}}

model Profile {{
  person   Person @relation(fields: [personId], references: [id], onDelete: NoAction, map: "own")
  personId Int    @id
}}

model Row {{
  hall   Int
  number Int
  seats  Seat[]

  @@id([hall, number])
  @@map("rows")
}}

model Seat {{
  hall    Int
  number  Int?
  place   Int
  row     Row?    @relation(fields: [hall, number], references: [hall, number])
  person  Person? @relation(fields: [email], references: [email], onUpdate: NoAction)
  email   String?

  @@id([hall, place])
  @@index([email, place(sort: Desc)])
  @@unique([number, email], map: "seat_unique")
}}

model LongName {{
  id Int @id
  {long}Person   Person @relation(fields: [{long}PersonId], references: [id])
  {long}PersonId Int

  @@index([{long}PersonId])
  @@unique([{long}PersonId, id])
  @@map("table_with_a_name_that_alone_is_already_rather_long")
}}
"""


def hand_made(provider: str) -> dict[str, str]:
    text = HAND_MADE.format(long="columnWhoseNameGoesOnAndOn")
    text = text.replace("zones     Zone[]", 'zones     Zone[] @relation("zone_people")')
    if provider == "sqlite":
        text = text.replace(', map: "own"', "")
    if provider == "cockroachdb":
        text = text.replace("autoincrement()", "sequence()")
    return {"schema.prisma": f'datasource db {{\n  provider = "{provider}"\n}}\n\n{text}'}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_names_and_actions_of_every_form_are_those_of_the_engine(provider: str) -> None:
    require_engine()
    files = hand_made(provider)
    sql = official_ddl({"it": (provider, files)})["it"]
    view = judge(files).view
    assert keys_of(view) == keys_in(sql)
    assert indexes_of(view) <= indexes_in(sql)
    assert len(keys_in(sql)) == 11


@pytest.mark.slow
def test_names_and_actions_on_real_schemas_are_those_of_the_engine() -> None:
    require_engine()
    require_corpus()
    assert has_corpus()
    units = {
        unit.name: unit
        for unit in corpus_units()
        if unit.provider in PROVIDERS and unit.relation_mode != "prisma"
    }
    scripts = official_ddl({name: (unit.provider, unit.files) for name, unit in units.items()})
    assert len(scripts) > 50, "the engine takes most of the corpus"
    keys = 0
    for name, sql in scripts.items():
        view = judge(units[name].files).view
        official = keys_in(sql)
        keys += len(official)
        assert keys_of(view) == official, name
        missing = {index for index in indexes_of(view) if index not in indexes_in(sql)}
        assert not missing, name
    assert keys > 1000


def keys_of(view: SchemaView) -> set[OfficialKey]:
    """Return the foreign keys of a schema, those of join tables included."""
    found: set[OfficialKey] = set()
    for name in view.model_names():
        child = model(view, name)
        for key in view.keys_of(name):
            parent = model(view, key.parent)
            found.add(
                OfficialKey(
                    child.table,
                    key.constraint_name,
                    columns(child, key.columns),
                    parent.table,
                    columns(parent, key.references),
                    SQL_ACTIONS[key.on_delete.action],
                    SQL_ACTIONS[key.on_update.action],
                )
            )
        for join in view.many_to_many(name):
            for letter, end in (("A", join.first), ("B", join.second)):
                parent = model(view, end)
                primary = parent.primary_key
                assert primary is not None
                found.add(
                    OfficialKey(
                        join.table,
                        foreign_key_name(join.table, [letter], view.database),
                        (letter,),
                        parent.table,
                        columns(parent, primary.column_names),
                        "CASCADE",
                        "CASCADE",
                    )
                )
    return found


def indexes_of(view: SchemaView) -> set[OfficialIndex]:
    """Return the indexes of a schema; SQLite's single integer keys have no name of their own."""
    found: set[OfficialIndex] = set()
    for name in view.model_names():
        facts = model(view, name)
        if facts.kind == "view":
            continue
        for index in facts.indexes:
            if index.kind == "fulltext":
                continue
            if index.kind == "id" and view.database.provider == "sqlite":
                continue
            found.add(
                OfficialIndex(
                    facts.table,
                    index_name(facts, index, view.database),
                    columns(facts, index.column_names),
                    index.kind,
                )
            )
    return found


def model(view: SchemaView, name: str) -> ModelFacts:
    found = view.model(name)
    assert found is not None
    return found


def columns(facts: ModelFacts, names: tuple[str, ...]) -> tuple[str, ...]:
    found = [facts.field(name) for name in names]
    return tuple(field.column for field in found if field is not None)
