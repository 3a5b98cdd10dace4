"""Code lenses: which models have one, what it says, and what it opens."""

from __future__ import annotations

import pytest

from referee.features.delete_tree import delete_tree
from referee.features.lenses import blocks_with_lens, lens_title
from tests.support.judging import datasource, snapshot_of

SCHEMA = """\
model Country {
  code String @id
  orgs Org[]
}

model Org {
  id          Int     @id
  country     Country @relation(fields: [countryCode], references: [code])
  countryCode String
  teams       Team[]
}

model Team {
  id    Int    @id
  org   Org    @relation(fields: [orgId], references: [id], onDelete: Cascade)
  orgId Int
  desks Desk[]
}

model Desk {
  id     Int   @id
  team   Team? @relation(fields: [teamId], references: [id], onDelete: SetNull)
  teamId Int?
}
"""

# Desk.team holds a team back that is about to lose its rooms, and their desks, by a cascade.
DIAMOND = """\
model Team {
  id    Int    @id
  rooms Room[]
  desks Desk[]
}

model Room {
  id     Int    @id
  team   Team   @relation(fields: [teamId], references: [id], onDelete: Cascade)
  teamId Int
  desks  Desk[]
}

model Desk {
  id     Int  @id
  room   Room @relation(fields: [roomId], references: [id], onDelete: Cascade)
  roomId Int
  team   Team @relation(fields: [teamId], references: [id], onDelete: NoAction)
  teamId Int
}
"""


def titles(schema: str, provider: str = "postgresql", mode: str | None = None) -> dict[str, str]:
    snapshot = snapshot_of({"a.prisma": datasource(provider, mode), "b.prisma": schema})
    return {
        block.name.text: lens_title(delete_tree(snapshot.view, block.name.text))
        for block in blocks_with_lens(snapshot, "b.prisma")
    }


def test_a_lens_tells_what_else_is_removed_and_who_refuses() -> None:
    assert titles(SCHEMA) == {
        "Country": "deleting one is refused by 1 relation",
        "Org": "deleting one removes rows of 1 model",
        "Team": "Deleting a row of Team sets 1 key to NULL",
    }


def test_models_that_nothing_points_at_have_no_lens() -> None:
    assert "Desk" not in titles(SCHEMA)


@pytest.mark.parametrize(
    ("provider", "mode", "title"),
    [
        ("postgresql", None, "deleting one removes rows of 2 models and is refused by 1 relation"),
        ("mysql", None, "deleting one removes rows of 2 models and is refused by 1 relation"),
        ("sqlserver", None, "deleting one removes rows of 2 models"),
        ("cockroachdb", None, "deleting one removes rows of 2 models"),
        ("mongodb", None, "deleting one removes rows of 2 models"),
        ("sqlite", None, "deleting one removes rows of 2 models"),
        ("postgresql", "prisma", "deleting one removes rows of 2 models"),
    ],
)
def test_a_lens_tells_what_this_database_does(provider: str, mode: str | None, title: str) -> None:
    assert titles(DIAMOND, provider, mode)["Team"] == title


def test_a_model_declared_twice_has_one_lens() -> None:
    snapshot = snapshot_of({"a.prisma": SCHEMA, "b.prisma": "model Org {\n  id Int @id\n}\n"})
    blocks = blocks_with_lens(snapshot, "a.prisma")
    assert [block.name.text for block in blocks] == ["Country", "Org", "Team"]
    assert blocks_with_lens(snapshot, "b.prisma") == ()
