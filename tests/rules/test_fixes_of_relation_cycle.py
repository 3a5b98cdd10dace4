"""When `relation-cycle` offers to give a relation up, and when it leaves the ring alone."""

from __future__ import annotations

import pytest

from tests.support.judging import diagnostics

RING = """\
model Document {
  id        Int        @id
  current   Revision?  @relation("Current", fields: [currentId], references: [id])
  currentId Int?       @unique
  revisions Revision[] @relation("Revisions")
}

model Revision {
  id         Int       @id
  document   Document  @relation("Revisions", fields: [documentId], references: [id])
  documentId Int
  currentOf  Document? @relation("Current")

  @@index([documentId])
}
"""
BOTH_OPTIONAL = RING.replace("document   Document ", "document   Document?").replace(
    "documentId Int\n", "documentId Int?\n"
)
TWO_RINGS = (
    RING.replace(
        "  current ",
        '  first Revision? @relation("First", fields: [firstId], references: [id])\n  current ',
    )
    .replace("  currentId ", "  firstId Int? @unique\n  currentId ")
    .replace("  currentOf ", '  firstOf Document? @relation("First")\n  currentOf ')
)


def titles(schema: str) -> list[str]:
    (found,) = (each for each in diagnostics(schema) if each.code == "relation-cycle")
    return [fix.title for fix in found.fixes]


def test_the_one_optional_relation_of_a_ring_can_be_given_up() -> None:
    assert titles(RING) == [
        "Give up the relation `Document.current`: the database then checks `Document.currentId` "
        "no longer"
    ]


@pytest.mark.parametrize("schema", [BOTH_OPTIONAL, TWO_RINGS])
def test_where_several_could_go_none_is_named(schema: str) -> None:
    assert titles(schema) == []
