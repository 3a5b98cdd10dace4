"""What a schema means as a database, beside what the comparisons with the engine show."""

from __future__ import annotations

import pytest

from referee.ddl.model import DatabaseModel, Name
from referee.ddl.of_schema import Element, Origin, SchemaDatabase, database_of
from referee.engine.session import judge

TEXT = """\
datasource db {
  provider = "postgresql"
}

model User {
  id    Int    @id
  email String @unique @map("mail")
  posts Post[]
  tags  Tag[]

  @@map("users")
}

model Post {
  id     Int  @id
  title  String
  user   User @relation(fields: [userId], references: [id])
  userId Int

  @@index([title])
  @@index([userId], map: "by_user")
}

model Tag {
  id    Int    @id
  users User[]
  kind  Kind
}

enum Kind {
  A @map("first kind")
  B
}
"""


def database(text: str = TEXT) -> SchemaDatabase:
    found = database_of(judge({"schema.prisma": text}).view)
    assert found is not None
    return found


def elements_of(model: DatabaseModel) -> set[tuple[str, Name, str]]:
    found: set[tuple[str, Name, str]] = set()
    for table in model:
        name = table.name
        found.add(("table", name, ""))
        found |= {("column", name, column.name) for column in table.columns}
        found |= {("index", name, index.name) for index in table.indexes}
        found |= {("foreign key", name, key.name or "") for key in table.foreign_keys}
        if table.primary_key is not None:
            found.add(("primary key", name, table.primary_key.name or ""))
    for enum in model.enums.values():
        found.add(("enum", enum.name, ""))
        found |= {("enum value", enum.name, value) for value in enum.values}
    return found


def test_every_part_has_its_origin_and_every_origin_its_part() -> None:
    found = database()
    assert {tuple(each) for each in found.origins} == elements_of(found.model)


def test_origins_name_the_place_in_the_schema() -> None:
    origins = database().origins
    users, posts = Name("public", "users"), Name("public", "Post")
    join, kind = Name("public", "_TagToUser"), Name("public", "Kind")
    assert origins[Element("table", users)] == Origin("User")
    assert origins[Element("column", users, "mail")] == Origin("User", "email")
    assert origins[Element("index", users, "users_mail_key")] == Origin(
        "User", "email", attribute="unique"
    )
    assert origins[Element("index", posts, "by_user")] == Origin("Post", ordinal=1)
    assert origins[Element("primary key", posts, "Post_pkey")] == Origin(
        "Post", "id", attribute="id"
    )
    assert origins[Element("foreign key", posts, "Post_userId_fkey")] == Origin(
        "Post", "user", attribute="relation"
    )
    assert origins[Element("index", join, "_TagToUser_B_index")] == Origin("Tag", "users")
    assert origins[Element("enum value", kind, "first kind")] == Origin("Kind", "A")


def test_a_foreign_key_without_a_name_goes_by_its_columns() -> None:
    found = database(TEXT.replace("postgresql", "sqlite").replace(', map: "by_user"', ""))
    origin = found.origins[Element("foreign key", Name(None, "Post"), "userId")]
    assert origin == Origin("Post", "user", attribute="relation")


def test_the_join_table_had_a_unique_index_before_prisma_6() -> None:
    view = judge({"schema.prisma": TEXT}).view
    now, then = database_of(view), database_of(view, join_table_form="unique-index")
    assert now is not None
    assert then is not None
    new, old = now.model.table("_TagToUser"), then.model.table("_TagToUser")
    assert new is not None
    assert old is not None
    assert new.primary_key is not None
    assert new.primary_key.name == "_TagToUser_AB_pkey"
    assert old.primary_key is None
    assert [index.name for index in old.indexes if index.is_unique] == ["_TagToUser_AB_unique"]


def test_tables_without_a_namespace_live_where_the_connection_says() -> None:
    found = database_of(judge({"schema.prisma": TEXT}).view, default_namespace="tenant")
    assert found is not None
    assert {name.namespace for name in found.model.tables} == {"tenant"}


@pytest.mark.parametrize("head", ["", 'datasource db {\n  provider = "mongodb"\n}\n'])
def test_no_provider_or_one_without_tables_has_no_database(head: str) -> None:
    assert database_of(judge({"s.prisma": head + "model M {\n  id Int @id\n}\n"}).view) is None


def test_a_schema_with_mistakes_still_means_a_database() -> None:
    broken = TEXT + "\nmodel Bad {\n  id Int @id\n  x Nowhere\n  y Int @relation(\n  z String\n}\n"
    table = database(broken).model.table("Bad")
    assert table is not None
    assert [column.name for column in table.columns] == ["id", "z"]


def test_mysql_has_no_literal_as_the_default_of_json_and_bytes() -> None:
    head = 'datasource db {\n  provider = "mysql"\n}\n\n'
    fields = '  a Json @default("{}")\n  b Bytes @default("aGk=")\n  c String @default("x")\n'
    (table,) = database(f"{head}model T {{\n  id Int @id\n{fields}}}\n").model.tables.values()
    assert [each.name for each in table.columns if each.default is not None] == ["c"]
