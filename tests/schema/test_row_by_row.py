"""In which order SQLite and InnoDB look at the keys of a row that they delete."""

from __future__ import annotations

import pytest

from referee.schema.delete import delete_outcome
from tests.support.views import view_of


def verdicts(provider: str, models: str, root: str) -> dict[str, tuple[str, str]]:
    """Return what is said of each key that refuses or may."""
    view = view_of(f'datasource db {{\n  provider = "{provider}"\n}}\n\n{models}')
    return {
        str(edge.key): (edge.verdict, edge.reason) for edge in delete_outcome(view, root).blocking
    }


# `Alias` comes first by name; which comes first in InnoDB depends on the index it refers to.
TWO_INDEXES = """
model Person {
  id      Int      @id
  code    Int
  INDEX
  aliases Alias[]
  notes   Note[]
}

model Alias {
  id     Int    @id
  person Person @relation(fields: [of], references: [REFERENCE], onDelete: Cascade)
  of     Int
  notes  Note[]
}

model Note {
  id      Int    @id
  person  Person @relation(fields: [personId], references: [id], onDelete: Cascade)
  personId Int
  alias   Alias  @relation(fields: [aliasId], references: [id], onDelete: Restrict)
  aliasId Int
}
"""


@pytest.mark.parametrize(
    ("reference", "expected"),
    [("id", ("blocked", "checked-first")), ("code", ("ok", "gone-before"))],
)
def test_innodb_looks_at_keys_to_the_primary_key_before_those_to_other_indexes(
    reference: str, expected: tuple[str, str]
) -> None:
    models = TWO_INDEXES.replace("INDEX", "@@unique([code])").replace("REFERENCE", reference)
    assert verdicts("mysql", models, "Person") == {"Note.alias": expected}


def test_unique_indexes_without_nullable_columns_come_before_those_with() -> None:
    # Both keys refer to indexes behind the primary key; MySQL sorts these anew.
    models = """
model Person {
  id      Int      @id
  code    Int?     @unique
  number  Int      @unique
  aliases Alias[]
  notes   Note[]
}

model Alias {
  id     Int     @id
  person Person? @relation(fields: [of], references: [code], onDelete: Cascade)
  of     Int?
  notes  Note[]
}

model Note {
  id       Int    @id
  person   Person @relation(fields: [personId], references: [number], onDelete: Cascade)
  personId Int
  alias    Alias  @relation(fields: [aliasId], references: [id], onDelete: Restrict)
  aliasId  Int
}
"""
    assert verdicts("mysql", models, "Person") == {"Note.alias": ("ok", "gone-before")}
    swapped = (
        models.replace("[code]", "[x]").replace("[number]", "[code]").replace("[x]", "[number]")
    )
    assert verdicts("mysql", swapped, "Person") == {"Note.alias": ("blocked", "checked-first")}


IN_PROGRESS = """
model Album {
  id      Int     @id
  coverId COVER
  cover   Photo?  @relation("Cover", fields: [coverId], references: [id], onDelete: Restrict)
  photos  Photo[] @relation("Photos")
}

model Photo {
  id      Int     @id
  album   Album   @relation("Photos", fields: [albumId], references: [id], onDelete: Cascade)
  albumId Int
  covers  Album[] @relation("Cover")
}
"""


@pytest.mark.parametrize("cover", ["Int?", "Int? @unique"])
def test_a_row_whose_delete_is_in_progress_still_stands_in_its_secondary_indexes(
    cover: str,
) -> None:
    models = IN_PROGRESS.replace("COVER", cover)
    assert verdicts("mysql", models, "Album") == {"Album.cover": ("blocked", "checked-first")}
    assert verdicts("sqlite", models, "Album") == {"Album.cover": ("ok", "gone-before")}


def test_a_row_whose_delete_is_in_progress_is_gone_from_its_primary_key() -> None:
    models = """
model Album {
  id     Int     @id
  cover  Photo   @relation("Cover", fields: [id], references: [id], onDelete: Restrict)
  photos Photo[] @relation("Photos")
}

model Photo {
  id      Int    @id
  album   Album  @relation("Photos", fields: [albumId], references: [id], onDelete: Cascade)
  albumId Int
  covered Album? @relation("Cover")
}
"""
    assert verdicts("mysql", models, "Album") == {"Album.cover": ("ok", "gone-before")}


def test_sqlite_goes_from_the_newest_table_to_the_oldest_which_a_migration_may_change() -> None:
    models = TWO_INDEXES.replace("INDEX", "@@unique([code])").replace("REFERENCE", "id")
    # Note is newer than Alias, so its rows are gone before; the other way round they are not.
    expected = {"Note.alias": ("depends-on-order", "table-order")}
    assert verdicts("sqlite", models, "Person") == expected
    parts = models.split("model ")
    reordered = "model ".join([parts[0], parts[1], parts[3], parts[2]])
    assert verdicts("sqlite", reordered, "Person") == {"Note.alias": ("blocked", "table-order")}
