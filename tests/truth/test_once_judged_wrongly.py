"""Schemas that random trials were shrunk to where Referee was wrong, and what databases do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from referee.engine.session import judge
from referee.rules.blocked_delete import CODE
from referee.schema.delete import delete_outcome
from referee.schema.providers import Provider
from referee.schema.update import update_outcome
from tests.support.databases import fresh_mysql, fresh_postgresql
from tests.truth.cases import NO_PARENT, Case, Refuses, Takes
from tests.truth.claims import (
    Bench,
    DeleteTrial,
    Trial,
    UpdateTrial,
    mariadb_bench,
    postgresql_bench,
    sqlite_bench,
)
from tests.truth.graphs import Graph, Join, Key

# InnoDB looks at keys index by index: T2 refers to the primary key of T0, T1 to the unique index
# behind it, so T2 goes first, although the name of T1's constraint comes first.
PRIMARY_KEY_FIRST = Graph(
    (0, 1, 2),
    (
        Key(0, 1, 0, "Cascade", None, "pair"),
        Key(1, 2, 0, "Cascade", None),
        Key(2, 2, 1, "Restrict", None),
    ),
)
# Where both refer to the primary key, names decide.
BY_NAME = Graph(
    (0, 1, 2),
    (
        Key(0, 1, 0, "Cascade", None),
        Key(1, 2, 0, "Cascade", None),
        Key(2, 2, 1, "Restrict", None),
    ),
)
# A row of T0 whose delete is in progress still stands in its secondary index over the key to T1.
IN_PROGRESS = Graph((0, 1), (Key(0, 1, 0, "Cascade", None), Key(1, 0, 1, "Restrict", None)))
# The entry of the primary key goes first, so a key that is one is gone by then.
IN_PROGRESS_BY_ID = Graph(
    (0, 1),
    (
        Key(0, 1, 0, "Cascade", None),
        Key(1, 0, 1, "Restrict", None, "own-id", is_required=True, is_unique=True),
    ),
)
# T3 is cleared of T0 and then of T1, so PostgreSQL looks at its key to T2 once more, whose row is
# gone; whether T3 is cleared of T2 before that, the order of the constraints decides.
RECHECKED = Graph(
    (0, 1, 2, 3),
    (
        Key(0, 1, 0, "Cascade", None),
        Key(1, 2, 1, "Cascade", None),
        Key(2, 3, 0, "SetNull", None),
        Key(3, 3, 1, "SetNull", None),
        Key(4, 3, 2, "SetNull", None),
    ),
)
# One required column of a key is enough to refuse SetNull, which Prisma allows on PostgreSQL.
HALF_REQUIRED = Graph((0, 1), (Key(0, 1, 0, "SetNull", "SetNull", "half-optional-pair"),))
# A default that the database does not have is NULL.
NO_DEFAULT = Graph((0, 1), (Key(0, 1, 0, "SetDefault", "SetDefault", is_required=True),))
# InnoDB does not cascade an update into a table that the update has come from.
UPDATED_TREE = Graph((0,), (Key(0, 0, 0, "NoAction", "Cascade"),))
# The primary key of T1 follows first, by name; InnoDB then writes the row anew and finds the other
# key with the old value.
MOVED = Graph(
    (0, 1),
    (
        Key(0, 1, 0, "Cascade", None, is_required=True),
        Key(1, 1, 0, "Cascade", "Cascade", "own-id", is_required=True, is_unique=True),
    ),
)
# So is a link, whose primary key is both of its columns.
MOVED_LINK = Graph(
    (0, 1),
    (Key(1, 1, 0, "Cascade", "Cascade", "own-id", is_required=True, is_unique=True),),
    (Join(0, 0, 1),),
)
EVERYWHERE: tuple[Provider, ...] = ("sqlite", "postgresql", "mysql")

# The trial, the databases that refuse it, and of those that depend on an order all.
FOUND: dict[str, tuple[Trial, tuple[Provider, ...], tuple[Provider, ...]]] = {
    "the index that is referred to": (
        DeleteTrial(PRIMARY_KEY_FIRST, 0),
        (),
        ("sqlite",),
    ),
    "the name of the constraint": (DeleteTrial(BY_NAME, 0), ("mysql",), ("sqlite",)),
    "a row whose delete is in progress": (DeleteTrial(IN_PROGRESS, 0), ("mysql",), ()),
    "one that refers by its id": (DeleteTrial(IN_PROGRESS_BY_ID, 0), (), ()),
    "a row written twice": (DeleteTrial(RECHECKED, 0), (), ("postgresql",)),
    "one required column": (DeleteTrial(HALF_REQUIRED, 0), ("postgresql",), ()),
    "an update into one required column": (
        UpdateTrial(HALF_REQUIRED, 0, "id"),
        ("postgresql",),
        (),
    ),
    "no default to reset to": (DeleteTrial(NO_DEFAULT, 0), EVERYWHERE, ()),
    "a row whose primary key changes": (UpdateTrial(MOVED, 0, "id"), ("mysql",), ()),
    "a link whose primary key changes": (UpdateTrial(MOVED_LINK, 0, "id"), ("mysql",), ()),
    "an update of a tree": (UpdateTrial(UPDATED_TREE, 0, "id"), ("mysql",), ()),
}


@pytest.fixture(scope="module")
def sqlite() -> Bench:
    return sqlite_bench()


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Bench]:
    with fresh_postgresql() as connection:
        yield postgresql_bench(connection)


@pytest.fixture(scope="module")
def mysql() -> Iterator[Bench]:
    with fresh_mysql() as connection:
        yield mariadb_bench(connection)


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        (name, provider)
        for name in FOUND
        for provider in EVERYWHERE
        # Elsewhere Prisma refuses to clear a required column.
        if provider == "postgresql" or "required column" not in name
    ],
)
def test_what_was_judged_wrongly_is_judged_rightly(
    name: str, provider: Provider, request: pytest.FixtureRequest
) -> None:
    trial, refusing, undecided = FOUND[name]
    verdict = trial.verdict(request.getfixturevalue(provider))
    assert verdict.complaint is None
    assert (verdict.undecided, verdict.both) == ((1, 1) if provider in undecided else (0, 0))
    if provider not in undecided:
        assert verdict.refused == (provider in refusing)


# A delete of a user takes one employee, and another one who refers to that one stays.
STAFF = """model User {{
  id       Int       @id
  employee Employee?
}}

model Employee {{
  id        Int        @id
  user      User?      @relation(fields: [userId], references: [id], onDelete: Cascade)
  userId    Int?       @unique
  manager   Employee   @relation("Reports", fields: [managerId], references: [id]{action})
  managerId Int
  reports   Employee[] @relation("Reports")
}}
"""
STAFF_STEPS = (
    Takes('INSERT INTO "User" ("id") VALUES (1)'),
    Takes('INSERT INTO "Employee" ("id", "userId", "managerId") VALUES (1, 1, 1)'),
    Takes('INSERT INTO "Employee" ("id", "userId", "managerId") VALUES (2, NULL, 1)'),
)


@pytest.mark.parametrize("action", ["", ", onDelete: NoAction, onUpdate: NoAction"])
@pytest.mark.parametrize("provider", EVERYWHERE)
def test_one_row_that_goes_while_others_refer_to_it_is_refused(
    provider: Provider, action: str, request: pytest.FixtureRequest
) -> None:
    code = {
        "sqlite": "SQLITE_CONSTRAINT_FOREIGNKEY" if action else "SQLITE_CONSTRAINT_TRIGGER",
        "postgresql": "23503" if action else "23001",
        "mysql": "1451",
    }[provider]
    steps = (*STAFF_STEPS, Refuses('DELETE FROM "User" WHERE "id" = 1', code))
    # Whoever writes that an employee with reports is not to go knows it.
    case = Case("staff", provider, STAFF.format(action=action), CODE, not action, steps)
    assert case.complaint(request.getfixturevalue(provider).server) is None
    (edge,) = delete_outcome(judge({"schema.prisma": case.text()}).view, "User").blocking
    assert (edge.verdict, edge.reason) == ("blocked", "stays")


# A new name of the team goes on to the place of the person, where there is no such office.
PLACE = """model Team {
  name   String   @id @db.VarChar(9)
  people Person[]
}

model Office {
  name   String   @id @db.VarChar(9)
  people Person[]
}

model Person {
  id     Int    @id
  place  String @db.VarChar(9)
  team   Team   @relation(fields: [place], references: [name], map: "to_team")
  office Office @relation(fields: [place], references: [name], map: "to_office")
}
"""


@pytest.mark.parametrize("provider", EVERYWHERE)
def test_a_column_of_two_keys_cannot_follow_one_alone(
    provider: Provider, request: pytest.FixtureRequest
) -> None:
    schema = PLACE if provider != "sqlite" else PLACE.replace(" @db.VarChar(9)", "")
    rename = """UPDATE "Team" SET "name" = 'b' WHERE "name" = 'a'"""
    steps = (
        Takes("""INSERT INTO "Team" ("name") VALUES ('a')"""),
        Takes("""INSERT INTO "Office" ("name") VALUES ('a')"""),
        Takes("""INSERT INTO "Person" ("id", "place") VALUES (1, 'a')"""),
        Refuses(rename, NO_PARENT[provider]),
        Takes("""INSERT INTO "Office" ("name") VALUES ('b')"""),
        Takes(rename),
    )
    case = Case("place", provider, schema, "set-null-on-shared-column", False, steps)
    assert case.complaint(request.getfixturevalue(provider).server) is None
    outcome = update_outcome(
        judge({"schema.prisma": case.text()}).view, "Team", frozenset(["name"])
    )
    (refusal,) = outcome.refusals
    assert (str(refusal.key), refusal.verdict) == ("Person.office", "may-fail")
