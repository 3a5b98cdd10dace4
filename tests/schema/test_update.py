"""What changing a referenced value does, and which keys refuse it, database by database."""

from __future__ import annotations

import pytest

from referee.schema.update import UpdateOutcome, update_outcome
from tests.support.views import view_of

MODELS = """
model Team {
  name   String   @id
  people Person[]
  badges Badge[]
}

model Person {
  team     String
  number   Int
  of       Team      @relation(fields: [team], references: [name], onUpdate: ACTION)
  comments Comment[]

  @@id([team, number])
}

model Comment {
  id     Int     @id
  team   String?
  number Int?
  by     Person? @relation(fields: [team, number], references: [team, number])
}

model Badge {
  id   Int    @id
  team String DEFAULT
  of   Team   @relation(fields: [team], references: [name], onUpdate: SetDefault)
}
"""


def outcome_of(
    provider: str,
    action: str = "Cascade",
    default: str = '@default("none")',
    relation_mode: str = "foreignKeys",
    field: str = "name",
) -> UpdateOutcome:
    datasource = (
        f'datasource db {{\n  provider = "{provider}"\n  relationMode = "{relation_mode}"\n}}\n'
    )
    models = MODELS.replace("ACTION", action).replace("DEFAULT", default)
    return update_outcome(view_of(datasource + models), "Team", frozenset([field]))


def refusals(outcome: UpdateOutcome) -> dict[str, tuple[str, str]]:
    return {str(each.key): (each.verdict, each.reason) for each in outcome.refusals}


def test_a_new_value_goes_on_to_whatever_refers_to_those_that_change_with_it() -> None:
    outcome = outcome_of("postgresql")
    assert refusals(outcome) == {}
    assert [str(key) for key in outcome.cascaded] == ["Person.of", "Comment.by"]
    assert [str(key) for key in outcome.defaulted] == ["Badge.of"]
    assert outcome.changed == {
        "Team": frozenset(["name"]),
        "Person": frozenset(["team"]),
        "Badge": frozenset(["team"]),
        # Of the key to a person only the team changes.
        "Comment": frozenset(["team"]),
    }


def test_a_field_that_nothing_refers_to_changes_alone() -> None:
    outcome = outcome_of("postgresql", field="other")
    assert outcome.changed == {"Team": frozenset(["other"])}
    assert (*outcome.cascaded, *outcome.defaulted, *outcome.nulled) == ()
    assert outcome.refusals == ()


@pytest.mark.parametrize("action", ["Restrict", "NoAction"])
def test_a_key_that_refuses_keeps_the_old_value(action: str) -> None:
    outcome = outcome_of("postgresql", action)
    assert refusals(outcome) == {"Person.of": ("blocked", "refers")}
    assert outcome.cascaded == ()


def test_a_column_that_cannot_be_null_is_neither_cleared_nor_reset_without_default() -> None:
    not_null = ("blocked", "not-null")
    assert refusals(outcome_of("postgresql", "SetNull")) == {"Person.of": not_null}
    assert refusals(outcome_of("postgresql", default="")) == {"Badge.of": not_null}
    # Only Prisma Client makes this default; the column has none.
    assert refusals(outcome_of("sqlite", default="@default(uuid())")) == {"Badge.of": not_null}


def test_innodb_does_not_carry_out_set_default() -> None:
    assert refusals(outcome_of("mysql")) == {"Badge.of": ("blocked", "refers")}


@pytest.mark.parametrize("action", ["Cascade", "SetNull"])
def test_innodb_does_not_update_a_table_that_the_update_comes_from(action: str) -> None:
    models = f"""
model Page {{
  id       Int    @id
  slug     String @unique
  above    String?
  parent   Page?  @relation("Tree", fields: [above], references: [slug], onUpdate: {action})
  children Page[] @relation("Tree")
}}
"""
    for provider, expected in (
        ("mysql", {"Page.parent": ("blocked", "same-table")}),
        ("postgresql", {}),
        ("sqlite", {}),
    ):
        view = view_of(f'datasource db {{\n  provider = "{provider}"\n}}\n{models}')
        assert refusals(update_outcome(view, "Page", frozenset(["slug"]))) == expected


TWO_KEYS = """
datasource db {
  provider = "PROVIDER"
}

model User {
  id      Int      @id
  profile Profile? @relation("Of")
  edited  Profile[] @relation("EDITOR")
  tags    Tag[]
}

model Profile {
  id       Int  @id
  user     User @relation("Of", fields: [id], references: [id], map: "FIRST")
  editorId Int
  editor   User @relation("EDITOR", fields: [editorId], references: [id], map: "SECOND")
  tags     Tag[]
}

model Tag {
  id       Int       @id
  users    User[]
  profiles Profile[]
}
"""


@pytest.mark.parametrize(
    ("provider", "first", "second", "expected"),
    [
        # The profile's primary key follows first, while its editor still has the old value.
        ("mysql", "a", "b", {"Profile.editor": ("blocked", "moved")}),
        # By the time it follows, the editor has the new value.
        ("mysql", "b", "a", {}),
        ("postgresql", "a", "b", {}),
        ("sqlite", "a", "b", {}),
    ],
)
def test_innodb_checks_the_other_keys_of_a_row_whose_primary_key_changes(
    provider: str, first: str, second: str, expected: dict[str, tuple[str, str]]
) -> None:
    text = TWO_KEYS.replace("PROVIDER", provider).replace("FIRST", first).replace("SECOND", second)
    assert refusals(update_outcome(view_of(text), "User", frozenset(["id"]))) == expected


def test_innodb_checks_a_link_whose_one_side_follows_before_the_other() -> None:
    # A profile and its user are both linked to each other; names decide that the profile is first.
    text = """
datasource db {
  provider = "mysql"
}

model User {
  id      Int       @id
  profile Profile?  @relation("Of")
  follows Profile[]
}

model Profile {
  id        Int    @id
  user      User   @relation("Of", fields: [id], references: [id])
  followers User[]
}
"""
    outcome = update_outcome(view_of(text), "User", frozenset(["id"]))
    assert refusals(outcome) == {"_ProfileToUser.B": ("blocked", "moved")}


def test_prisma_client_looks_before_it_updates_and_does_nothing_for_no_action() -> None:
    emulated = outcome_of("mysql", "Restrict", relation_mode="prisma")
    assert refusals(emulated) == {"Person.of": ("may-fail", "emulated")}
    nothing = outcome_of("mysql", "NoAction", relation_mode="prisma")
    assert refusals(nothing) == {}
    assert "Person" not in nothing.changed


SHARED = """
model Team {
  name   String   @id
  people Person[]
}

model Office {
  name   String   @id
  people Person[]
}

model Person {
  id     Int    @id
  place  String
  team   Team   @relation(fields: [place], references: [name], map: "to_team")
  office Office @relation(fields: [place], references: [name], map: "to_office")
}
"""


def test_a_column_of_two_keys_follows_one_and_may_lack_the_row_of_the_other() -> None:
    datasource = 'datasource db {\n  provider = "postgresql"\n}\n'
    outcome = update_outcome(view_of(datasource + SHARED), "Team", frozenset(["name"]))
    assert [str(key) for key in outcome.cascaded] == ["Person.team"]
    assert refusals(outcome) == {"Person.office": ("may-fail", "shared")}
