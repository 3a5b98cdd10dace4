from __future__ import annotations

import pytest

from referee.project.outline import Outline, mentioned_in, outline

SCHEMA = """\
/// The shop.
datasource db {
  provider = "postgresql"
  url      = env("URL") // not a comment: "/*"
}

generator client {
  provider = "prisma-client-js"
  output   = "../a \\"b\\""
}

generator other {
  provider = "x"
  output   = env("OUT")
}

model User {
  id      Int      @id
  role    Role
  posts   Post[]   // model Commented {
  address Address?
  output  String   @default("model Quoted {")
  @@index([role])
}

type Address {
  street String
  town   Town
}

view Seen { // no more
  user User
}

enum Role {
  ADMIN Ignored
}
"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_an_outline_says_what_is_declared_mentioned_and_generated(line_end: str) -> None:
    text = SCHEMA.replace("\n", line_end)
    assert outline(text) == Outline(
        has_datasource=True,
        declared=frozenset({"User", "Address", "Seen", "Role"}),
        outputs=('../a "b"',),
    )
    assert mentioned_in(text) == {"Role", "Post", "Address", "Town", "User"}


@pytest.mark.parametrize(
    "text",
    [
        "datasource db {\n}",
        "  datasource\tdb{ // comment\n",
        "/* before */ datasource db {\n}",
        "/* one\n two */\ndatasource db {",
        '// "\ndatasource db {\n}\n// " /*',
        'generator x {\n  a = "src/**/*.ts"\n}\ndatasource db {\n  b = "*/"\n}',
        "// /*\ndatasource db {\n}\n// */",
        "datasource größe-1 {",
        "model Broken {\n  id @@@ \ndatasource db {",
    ],
)
def test_a_header_line_is_a_datasource(text: str) -> None:
    assert outline(text).has_datasource


@pytest.mark.parametrize(
    "text",
    [
        "",
        "// datasource db {\n}",
        "/// datasource db {\n}",
        "/* datasource db {\n}\n*/",
        "/*\ndatasource db {\n}",
        'model A {\n  a String @default("\\" /*")\n}\n/*\ndatasource db {\n*/',
        "model datasource {\n  datasource Int\n}",
        "datasource db\n{",
        "mydatasource db {",
        "// use prisma-8\ndatasource db {",
        "\n\n  //  use  prisma-next  \ndatasource db {",
    ],
)
def test_anything_else_is_no_datasource(text: str) -> None:
    assert not outline(text).has_datasource


def test_only_the_first_line_can_ask_for_prisma_8() -> None:
    assert outline("datasource db {\n}\n// use prisma-8\n").has_datasource
    assert outline("// use prisma-80\ndatasource db {\n}").has_datasource


def test_only_leading_comments_say_that_a_file_is_generated() -> None:
    assert outline("////\n// DO NOT MODIFY THIS FILE //\n\nmodel A {\n}").says_generated
    assert outline("/* Auto-generated */ model A {\n}").says_generated
    assert not outline("model A {\n}\n// generated\n").says_generated
    assert not outline("// The shop.\nmodel A {\n}").says_generated
