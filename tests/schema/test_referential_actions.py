"""What a referential action comes down to, one key at a time."""

from __future__ import annotations

import pytest

from referee.schema.referential_actions import can_refuse, refuses, writes_null_into_required
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView
from tests.support.views import view_of


def key_and_view(
    action: str, first: str, second: str, provider: str = "postgresql"
) -> tuple[ForeignKey, SchemaView]:
    view = view_of(
        f"""
datasource db {{
  provider = "{provider}"
}}

model User {{
  tenant Int
  number Int
  tasks  Task[]

  @@id([tenant, number])
}}

model Task {{
  id     Int   @id
  user   User? @relation(fields: [tenant, number], references: [tenant, number], onDelete: {action})
  tenant {first}
  number {second}
}}
"""
    )
    (key,) = view.keys_of("Task")
    return key, view


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("Int", "Int", True), ("Int", "Int?", True), ("Int?", "Int", True), ("Int?", "Int?", False)],
)
def test_set_null_fails_where_any_column_is_required(
    first: str, second: str, expected: bool
) -> None:
    key, view = key_and_view("SetNull", first, second)
    assert writes_null_into_required(key, "SetNull", view) is expected
    assert can_refuse(key, view) is expected
    assert not refuses(key, view.database)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("Int @default(1)", "Int @default(2)", False),
        ("Int @default(1)", "Int", True),
        ("Int", "Int?", True),
        ("Int @default(1)", "Int?", False),
        # Prisma Client's own defaults are not in the database.
        ("Int @default(autoincrement())", "Int?", False),
        ("String @default(cuid())", "Int?", True),
    ],
)
def test_set_default_fails_where_a_required_column_has_no_default_in_the_database(
    first: str, second: str, expected: bool
) -> None:
    key, view = key_and_view("SetDefault", first, second)
    assert writes_null_into_required(key, "SetDefault", view) is expected
    assert can_refuse(key, view) is expected


def test_set_default_refuses_on_mysql_whatever_the_defaults_are() -> None:
    key, view = key_and_view("SetDefault", "Int @default(1)", "Int @default(2)", "mysql")
    assert refuses(key, view.database)
