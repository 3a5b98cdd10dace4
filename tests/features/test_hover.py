"""Hover texts, as the files in `hover/` show them, and that no word of the language lacks one.

In those files `<|>` marks the cursor, the carets under its line what the hover covers, and each
block behind it what is shown on the database (and in the relation mode) that it is marked with.
`UPDATE_FIXTURES=1` writes carets and texts as they are now.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from referee.engine.snapshot import Snapshot
from referee.features.hover import HoverText, hover_at, lead_of
from referee.features.hover_parts import (
    Bullets,
    Code,
    Part,
    Prose,
    Rule,
    markdown_of,
    plain_of,
    quoted,
)
from referee.features.language.actions import Event, Parties, action_sentence
from referee.features.language.attributes import (
    ARGUMENTS,
    ATTRIBUTES,
    INDEX_TYPES,
    SORT_ORDERS,
)
from referee.features.language.entry import Entry, entry_text
from referee.features.language.functions import FUNCTION_ARGUMENTS, FUNCTIONS
from referee.features.language.keywords import KEYWORDS
from referee.features.language.native_type_texts import native_type_text
from referee.features.language.properties import (
    CLIENTS,
    DATABASES,
    DATASOURCE_PROPERTIES,
    EXTENSION_ARGUMENTS,
    GENERATOR_PROPERTIES,
    PREVIEW_FEATURES,
    RELATION_MODES,
)
from referee.features.language.scalars import SCALARS
from referee.rules.catalogue import ALL_FAMILIES
from referee.rules.settings import RuleSettings
from referee.schema.facts import ACTIONS
from referee.schema.facts import SCALARS as ALL_SCALARS
from referee.schema.native_types import native_types
from referee.schema.providers import (
    PROVIDER_TITLES,
    PROVIDERS,
    UNKNOWN_DATABASE,
    Database,
    Provider,
)
from tests.support.judging import datasource, snapshot_of
from tests.support.official import KNOWN_PREVIEW_FEATURES, OfficialValidator

FOLDER = Path(__file__).with_name("hover")
CURSOR = "<|>"
_CASE = re.compile(
    r"^```prisma\n(?P<schema>.*?)^```\n(?P<expected>(?:\s*^````markdown [^\n]*\n.*?^````\n)+)",
    re.MULTILINE | re.DOTALL,
)
_EXPECTED = re.compile(r"^````markdown (?P<mark>[^\n]*)\n(?P<text>.*?)^````\n", re.M | re.S)
_CARETS = re.compile(r"^//[ ]*\^+\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Case:
    """One schema with a cursor, and what is shown there, by database."""

    file: str
    line: int
    schema: str
    expected: dict[str, str]


def read_cases(path: Path) -> Iterator[Case]:
    markdown = path.read_text("utf-8")
    for match in _CASE.finditer(markdown):
        expected = {each["mark"]: each["text"] for each in _EXPECTED.finditer(match["expected"])}
        line = markdown.count("\n", 0, match.start()) + 1
        yield Case(path.name, line, match["schema"], expected)


def hover_of(schema: str, mark: str) -> tuple[str, str]:
    """Return the schema with carets under what the hover covers, and the hover's Markdown."""
    bare = _CARETS.sub("", schema)
    offset = bare.index(CURSOR)
    text = bare.replace(CURSOR, "")
    hover = hover_at(judged(text, mark), "schema.prisma", offset)
    if hover is None:
        return bare, "nothing\n"
    start = text.rfind("\n", 0, hover.span.start) + 1
    end = text.index("\n", hover.span.end)
    assert "\n" not in text[hover.span.start : hover.span.end], "a hover covers one line at most"
    indent = " " * (hover.span.start - start - 2)
    carets = f"//{indent}{'^' * (hover.span.end - hover.span.start)}\n"
    marked_end = end + len(CURSOR) + 1
    return bare[:marked_end] + carets + bare[marked_end:], hover.markdown + "\n"


def judged(text: str, mark: str) -> Snapshot:
    """Return the snapshot of a schema for a database, without findings."""
    provider, _, mode = mark.partition(" ")
    files = {"schema.prisma": text}
    if provider == "none":
        files["other.prisma"] = "// no datasource\n"
    elif "datasource " not in text:
        files["datasource.prisma"] = datasource(provider, mode or None)
    return snapshot_of(files, RuleSettings(severities=dict.fromkeys(ALL_FAMILIES, "off")))


def all_cases() -> list[Case]:
    return [case for path in sorted(FOLDER.glob("*.md")) for case in read_cases(path)]


def all_hovers() -> Iterator[tuple[Case, str]]:
    for case in all_cases():
        for mark in case.expected:
            yield case, mark


@pytest.mark.parametrize(
    ("case", "mark"),
    [pytest.param(case, mark, id=f"{case.file}:{case.line} {mark}") for case, mark in all_hovers()],
)
def test_a_hover_shows_what_the_fixture_says(case: Case, mark: str) -> None:
    if os.environ.get("UPDATE_FIXTURES"):
        pytest.skip("the fixtures are being written")
    assert hover_of(case.schema, mark) == (case.schema, case.expected[mark])


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.name)
def test_fixture_files_are_as_they_would_be_written(path: Path) -> None:
    def rewritten(match: re.Match[str]) -> str:
        schema = match["schema"]

        def text(expected: re.Match[str]) -> str:
            nonlocal schema
            schema, markdown = hover_of(match["schema"], expected["mark"])
            return f"````markdown {expected['mark']}\n{markdown}````\n"

        expected = _EXPECTED.sub(text, match["expected"])
        return f"```prisma\n{schema}```\n{expected}"

    markdown = path.read_text("utf-8")
    written = _CASE.sub(rewritten, markdown)
    if os.environ.get("UPDATE_FIXTURES"):
        path.write_text(written, "utf-8", newline="\n")
    else:
        assert written == markdown


def test_every_fixture_file_has_cases() -> None:
    for path in FOLDER.glob("*.md"):
        markdown = path.read_text("utf-8")
        cases = list(read_cases(path))
        assert markdown.count(CURSOR) == len(cases) > 0, f"{path.name} has a cursor too many"


# --- Around the cursor ---------------------------------------------------------------------------


SCHEMA = """\
// A comment about Int.
model User {
  id    Int    @id // the Int of a User
  posts Post[]
}

model Post {
  id       Int  @id
  author   User @relation(fields: [authorId], references: [id])
  authorId Int
}
"""


def at(text: str, needle: str, inside: int = 0) -> HoverText | None:
    return hover_at(snapshot_of(text), "schema.prisma", text.index(needle) + inside)


def test_comments_and_empty_space_have_no_hover() -> None:
    assert at(SCHEMA, "about Int", 7) is None
    assert at(SCHEMA, "the Int of", 5) is None
    assert at(SCHEMA, "   @id //") is None
    assert at(SCHEMA, "\nmodel Post") is None
    assert at(SCHEMA, "}\n") is None


def test_a_cursor_behind_a_word_means_the_word() -> None:
    hover = at(SCHEMA, "User {", 4)
    assert hover is not None
    assert hover.markdown.startswith("```prisma\nmodel User\n```")


def test_no_offset_of_a_file_breaks_a_hover() -> None:
    broken = SCHEMA + "\nmodel Bad {\n  x Foo @relation(fields: [nope], onDelete: Wat)\n  = 3\n"
    broken += "  y Int @db.Nope(1) @default(foo(bar: 1))\n  @@index([a.b, c(sort: Up)], type: X)\n"
    broken += '\nenum E {\n  A @map("a`b")\n}\n\nwhat Is {\n}\n\ngenerator g {\n  provider = \n}\n'
    for mark in ("postgresql", "mongodb", "none"):
        snapshot = judged(broken, mark)
        for offset in range(len(broken) + 1):
            hover = hover_at(snapshot, "schema.prisma", offset)
            assert hover is None or hover.span.start <= offset <= hover.span.end


def test_a_hover_in_an_empty_file_and_at_the_end_is_none() -> None:
    assert hover_at(snapshot_of({"schema.prisma": ""}), "schema.prisma", 0) is None
    assert hover_at(snapshot_of(SCHEMA), "schema.prisma", len(SCHEMA)) is None


def test_findings_come_below_what_was_asked() -> None:
    hover = at(SCHEMA, "fields:")
    assert hover is not None
    told, _, finding = hover.markdown.partition("\n\n---\n\n")
    assert told.startswith("```prisma\nfields: [a, b]\n```")
    assert finding.startswith("`unindexed-foreign-key` (warning): ")
    assert "No index answers the question" in finding


def test_a_mistake_in_the_syntax_has_a_hover_of_its_own() -> None:
    text = "model User {\n  id Int @id\n  = what\n}\n"
    hover = at(text, "=")
    assert hover is not None
    assert hover.markdown.startswith("`syntax` (error): ")


def test_plain_text_goes_without_marks() -> None:
    hover = at(SCHEMA, "author   User")
    assert hover is not None
    assert "`" not in hover.plain
    assert "Post.authorId refers to User.id" in hover.plain
    assert "- onDelete: Restrict (Prisma's default" in hover.plain


def test_a_model_in_another_file_is_shown_with_its_comment() -> None:
    files = {
        "a.prisma": "/// Who logs in.\n/// By mail.\nmodel User {\n  id Int @id\n}\n",
        "b.prisma": "model Post {\n  id Int @id\n  u User\n}\n",
    }
    hover = hover_at(snapshot_of(files), "b.prisma", files["b.prisma"].index("User"))
    assert hover is not None
    assert "Who logs in.\nBy mail." in hover.plain


# --- Parts ---------------------------------------------------------------------------------------


def test_parts_are_shown_in_both_forms() -> None:
    parts: list[Part] = [
        Code("a `b`"),
        Prose("the `x` of ``y`z``"),
        Rule(),
        Bullets(("`one`", "two")),
    ]
    assert markdown_of(parts) == (
        "```prisma\na `b`\n```\n\nthe `x` of ``y`z``\n\n---\n\n- `one`\n- two"
    )
    assert plain_of(parts) == "a `b`\n\nthe x of y`z\n\n---\n\n- one\n- two"


def test_any_text_can_be_quoted() -> None:
    assert quoted("plain") == "`plain`"
    assert quoted("a`b") == "`` a`b ``"
    assert quoted("two\nlines") == "`two lines`"


def test_the_lead_of_a_rule_ends_before_its_example() -> None:
    documentation = "One.\nStill one.\n\nTwo.\n\nThree.\n\n```prisma\n```\n\nFour.\n"
    assert lead_of(documentation, 2) == "One. Still one.\n\nTwo."
    assert lead_of(documentation, 9) == "One. Still one.\n\nTwo.\n\nThree."


# --- Every word has its text ---------------------------------------------------------------------

DATABASES_AND_MODES = [
    *(Database(each, "prisma" if each == "mongodb" else "foreignKeys") for each in PROVIDERS),
    *(Database(each, "prisma", True) for each in PROVIDERS if each != "mongodb"),
    UNKNOWN_DATABASE,
]
TABLES: dict[str, dict[str, Entry]] = {
    "keyword": dict(KEYWORDS),
    "scalar": dict(SCALARS),
    "attribute": dict(ATTRIBUTES),
    "function": dict(FUNCTIONS),
    "sort": dict(SORT_ORDERS),
    "type": dict(INDEX_TYPES),
    "datasource": dict(DATASOURCE_PROPERTIES),
    "generator": dict(GENERATOR_PROPERTIES),
    "extension": dict(EXTENSION_ARGUMENTS),
    "relationMode": dict(RELATION_MODES),
    "database": dict(DATABASES),
    "client": dict(CLIENTS),
    "previewFeature": dict(PREVIEW_FEATURES),
    **{f"argument of {name}": dict(entries) for name, entries in ARGUMENTS.items()},
    **{f"argument of {name}()": dict(entries) for name, entries in FUNCTION_ARGUMENTS.items()},
}
ENTRIES = {f"{table}: {word}": e for table, words in TABLES.items() for word, e in words.items()}

# A schema for each word that Prisma's validator is asked about, with the cursor on the word.
# `ID` stands for an id, `KEY` for the type of a key that refers to one.
ID = "  ID"
SAMPLES = {
    "attribute: @id": "model A {\n  IDFIELD <|>@idIDREST\n}\n",
    "attribute: @unique": f"model A {{\n{ID}\n  a Int <|>@unique\n}}\n",
    "attribute: @default": f"model A {{\n{ID}\n  a Int <|>@default(1)\n}}\n",
    "attribute: @relation": (
        f"model A {{\n{ID}\n  b B <|>@relation(fields: [bId], references: [id])\n  bId KEY\n}}\n"
        f"model B {{\n{ID}\n  as A[]\n}}\n"
    ),
    "attribute: @map": f'model A {{\n{ID}\n  a Int <|>@map("b")\n}}\n',
    "attribute: @updatedAt": f"model A {{\n{ID}\n  a DateTime <|>@updatedAt\n}}\n",
    "attribute: @ignore": f"model A {{\n{ID}\n  a Int? <|>@ignore\n}}\n",
    "attribute: @shardKey": f"model A {{\n{ID}\n  a Int <|>@shardKey\n}}\n",
    "attribute: @@id": "model A {\n  a Int\n  b Int\n  <|>@@id([a, b])\n}\n",
    "attribute: @@unique": f"model A {{\n{ID}\n  a Int\n  <|>@@unique([a])\n}}\n",
    "attribute: @@index": f"model A {{\n{ID}\n  a Int\n  <|>@@index([a])\n}}\n",
    "attribute: @@fulltext": f"model A {{\n{ID}\n  a String\n  <|>@@fulltext([a])\n}}\n",
    "attribute: @@map": f'model A {{\n{ID}\n  <|>@@map("b")\n}}\n',
    "attribute: @@schema": f'model A {{\n{ID}\n  <|>@@schema("public")\n}}\n',
    "attribute: @@ignore": f"model A {{\n{ID}\n  <|>@@ignore\n}}\n",
    "attribute: @@shardKey": f"model A {{\n{ID}\n  a Int\n  <|>@@shardKey([a])\n}}\n",
    "argument of @id: map": 'model A {\n  IDFIELD @id(<|>map: "x")IDREST\n}\n',
    "argument of @id: length": "model A {\n  id String @id(<|>length: 9)\n}\n",
    "argument of @id: sort": "model A {\n  IDFIELD @id(<|>sort: Desc)IDREST\n}\n",
    "argument of @id: clustered": "model A {\n  IDFIELD @id(<|>clustered: true)IDREST\n}\n",
    "argument of @unique: map": f'model A {{\n{ID}\n  a Int @unique(<|>map: "x")\n}}\n',
    "argument of @unique: length": f"model A {{\n{ID}\n  a String @unique(<|>length: 9)\n}}\n",
    "argument of @unique: sort": f"model A {{\n{ID}\n  a Int @unique(<|>sort: Desc)\n}}\n",
    "argument of @unique: clustered": (
        f"model A {{\n{ID}\n  a Int @unique(<|>clustered: false)\n}}\n"
    ),
    "argument of @unique: where": f"model A {{\n{ID}\n  a Int @unique(<|>where: {{ a: 1 }})\n}}\n",
    "argument of @default: map": f'model A {{\n{ID}\n  a Int @default(1, <|>map: "x")\n}}\n',
    "argument of @relation: map": (
        f'model A {{\n{ID}\n  b B @relation(fields: [bId], references: [id], <|>map: "x")\n'
        f"  bId KEY\n}}\nmodel B {{\n{ID}\n  as A[]\n}}\n"
    ),
    "argument of @@id: map": 'model A {\n  a Int\n  b Int\n  @@id([a, b], <|>map: "x")\n}\n',
    "argument of @@id: clustered": (
        "model A {\n  a Int\n  b Int\n  @@id([a, b], <|>clustered: true)\n}\n"
    ),
    "argument of @@unique: map": f'model A {{\n{ID}\n  a Int\n  @@unique([a], <|>map: "x")\n}}\n',
    "argument of @@unique: name": f'model A {{\n{ID}\n  a Int\n  @@unique([a], <|>name: "x")\n}}\n',
    "argument of @@unique: clustered": (
        f"model A {{\n{ID}\n  a Int\n  @@unique([a], <|>clustered: false)\n}}\n"
    ),
    "argument of @@unique: where": (
        f'model A {{\n{ID}\n  a Int\n  @@unique([a], <|>where: raw("x"))\n}}\n'
    ),
    "argument of @@unique: length": (
        f"model A {{\n{ID}\n  a String\n  @@unique([a(<|>length: 9)])\n}}\n"
    ),
    "argument of @@unique: sort": (
        f"model A {{\n{ID}\n  a Int\n  @@unique([a(<|>sort: Desc)])\n}}\n"
    ),
    "argument of @@index: map": f'model A {{\n{ID}\n  a Int\n  @@index([a], <|>map: "x")\n}}\n',
    "argument of @@index: name": f'model A {{\n{ID}\n  a Int\n  @@index([a], <|>name: "x")\n}}\n',
    "argument of @@index: type": f"model A {{\n{ID}\n  a Int\n  @@index([a], <|>type: BTree)\n}}\n",
    "argument of @@index: clustered": (
        f"model A {{\n{ID}\n  a Int\n  @@index([a], <|>clustered: false)\n}}\n"
    ),
    "argument of @@index: where": (
        f"model A {{\n{ID}\n  a Int\n  @@index([a], <|>where: {{ a: 1 }})\n}}\n"
    ),
    "argument of @@index: length": (
        f"model A {{\n{ID}\n  a String\n  @@index([a(<|>length: 9)])\n}}\n"
    ),
    "argument of @@index: sort": f"model A {{\n{ID}\n  a Int\n  @@index([a(<|>sort: Desc)])\n}}\n",
    "argument of @@index: ops": (
        f'model A {{\n{ID}\n  a String\n  @@index([a(<|>ops: raw("x"))], type: Gin)\n}}\n'
    ),
    "argument of @@fulltext: map": (
        f'model A {{\n{ID}\n  a String\n  @@fulltext([a], <|>map: "x")\n}}\n'
    ),
    "function: autoincrement": "model A {\n  id BigInt @id @default(<|>autoincrement())\n}\n",
    "function: sequence": "model A {\n  id Int @id @default(<|>sequence())\n}\n",
    "function: now": f"model A {{\n{ID}\n  a DateTime @default(<|>now())\n}}\n",
    "function: uuid": f"model A {{\n{ID}\n  a String @default(<|>uuid(7))\n}}\n",
    "function: cuid": f"model A {{\n{ID}\n  a String @default(<|>cuid(2))\n}}\n",
    "function: ulid": f"model A {{\n{ID}\n  a String @default(<|>ulid())\n}}\n",
    "function: nanoid": f"model A {{\n{ID}\n  a String @default(<|>nanoid(9))\n}}\n",
    "function: dbgenerated": f'model A {{\n{ID}\n  a Int @default(<|>dbgenerated("1"))\n}}\n',
    "function: auto": (
        'model A {\n  id String @id @default(<|>auto()) @map("_id") @db.ObjectId\n}\n'
    ),
    "function: raw": f'model A {{\n{ID}\n  a Int\n  @@index([a], where: <|>raw("x"))\n}}\n',
    "argument of sequence(): virtual": (
        "model A {\n  id Int @id @default(sequence(<|>virtual: true))\n}\n"
    ),
    **{
        f"argument of sequence(): {name}": (
            f"model A {{\n  id Int @id @default(sequence(<|>{name}: 1))\n}}\n"
        )
        for name in ("start", "increment", "minValue", "maxValue", "cache")
    },
    **{
        f"scalar: {scalar}": f"model A {{\n{ID}\n  a <|>{scalar}?\n}}\n"
        for scalar in sorted(ALL_SCALARS)
    },
    "scalar: Unsupported": f'model A {{\n{ID}\n  a <|>Unsupported("x")?\n}}\n',
    "keyword: model": f"<|>model A {{\n{ID}\n}}\n",
    "keyword: view": "<|>view A {\n  a Int @unique\n}\n",
    "keyword: type": f"model A {{\n{ID}\n  t T\n}}\n<|>type T {{\n  a Int\n}}\n",
    "keyword: enum": f"model A {{\n{ID}\n  e E\n}}\n<|>enum E {{\n  X\n}}\n",
    "sort: Desc": f"model A {{\n{ID}\n  a Int\n  @@index([a(sort: <|>Desc)])\n}}\n",
    "sort: Asc": f"model A {{\n{ID}\n  a Int\n  @@index([a(sort: <|>Asc)])\n}}\n",
    "type: BTree": f"model A {{\n{ID}\n  a Int\n  @@index([a], type: <|>BTree)\n}}\n",
    "type: Hash": f"model A {{\n{ID}\n  a Int\n  @@index([a], type: <|>Hash)\n}}\n",
    "type: Gin": f"model A {{\n{ID}\n  a Json\n  @@index([a], type: <|>Gin)\n}}\n",
    "type: Gist": (
        f"model A {{\n{ID}\n  a String @db.Inet\n  @@index([a(ops: InetOps)], type: <|>Gist)\n}}\n"
    ),
    "type: SpGist": f"model A {{\n{ID}\n  a String\n  @@index([a], type: <|>SpGist)\n}}\n",
    "type: Brin": f"model A {{\n{ID}\n  a Int\n  @@index([a], type: <|>Brin)\n}}\n",
}
# No schema is needed for these: they are in every language version, or the validator takes any.
UNASKED = re.compile(
    r"(datasource|generator|client|database|previewFeature|extension|relationMode): "
    r"|keyword: (datasource|generator)|function: env"
    r"|argument of [@\w]+: (fields|references|name|value|onDelete|onUpdate)"
    r"|argument of (@@map|@map|@@schema|@@shardKey): |argument of @@id: (length|sort)"
)


def sample_for(word: str, provider: Provider) -> str:
    sample = SAMPLES[word]
    is_mongodb = provider == "mongodb"
    sample = sample.replace("IDFIELD", "id String" if is_mongodb else "id Int")
    sample = sample.replace("IDREST", ' @map("_id") @db.ObjectId' if is_mongodb else "")
    sample = sample.replace(
        "  ID\n", '  id String @id @map("_id") @db.ObjectId\n' if is_mongodb else "  id Int @id\n"
    )
    sample = sample.replace("KEY", "String @db.ObjectId" if is_mongodb else "Int")
    settings = '  schemas = ["public"]\n' if "@@schema" in sample else ""
    mode = '  relationMode = "prisma"\n' if "hardKey" in sample else ""
    return (
        f'{sample}\ndatasource db {{\n  provider = "{provider}"\n{settings}{mode}}}\n'
        'generator client {\n  provider = "prisma-client"\n  output = "x"\n'
        '  previewFeatures = ["partialIndexes", "shardKeys", "views"]\n}\n'
    )


def test_every_word_is_either_asked_about_or_needs_no_asking() -> None:
    assert {word for word in ENTRIES if not UNASKED.match(word)} <= set(SAMPLES) <= set(ENTRIES)
    assert set(SCALARS) - {"Unsupported"} == ALL_SCALARS


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_texts_agree_with_the_validator_on_what_a_database_has(
    provider: Provider, official: OfficialValidator
) -> None:
    words = list(SAMPLES)
    samples = [sample_for(word, provider) for word in words]
    outcomes = official.lint_many([{"s.prisma": each.replace(CURSOR, "")} for each in samples])
    wrong: list[str] = []
    for word, sample, outcome in zip(words, samples, outcomes, strict=True):
        assert isinstance(outcome, list), word
        errors = [each.text for each in outcome if not each.is_warning]
        hover = hover_at(
            judged(sample.replace(CURSOR, ""), provider), "schema.prisma", sample.index(CURSOR)
        )
        assert hover is not None, f"{word} has no hover on {provider}"
        if ("does not have it" in hover.markdown) != bool(errors):
            wrong.append(f"{word}: {errors or 'the validator takes it'}")
    assert not wrong


def test_every_preview_feature_of_the_validator_has_a_text(official: OfficialValidator) -> None:
    for provider in PROVIDERS:
        schema = datasource(provider) + (
            'generator c {\n  provider = "x"\n  previewFeatures = ["nothing"]\n}\n'
        )
        told = [each.text for each in official.lint({"s.prisma": schema})]
        listed = next(text for text in told if "Expected one of: " in text)
        names = listed.partition("Expected one of: ")[2].split(", ")
        assert set(names) <= set(PREVIEW_FEATURES), provider
    assert set(PREVIEW_FEATURES) >= KNOWN_PREVIEW_FEATURES


def test_every_native_type_has_a_text_on_its_database() -> None:
    for provider in PROVIDERS:
        database = Database(provider, "foreignKeys")
        for name, native in native_types(provider).items():
            paragraphs = native_type_text(name, (), database)
            assert len(paragraphs) == 2, name
            assert paragraphs[1].startswith(f"In {PROVIDER_TITLES[provider]} "), name
            assert all(f"`{scalar}`" in paragraphs[1] for scalar in native.scalars), name


def test_every_scalar_tells_its_column_on_each_database_that_has_it() -> None:
    for provider in PROVIDERS:
        for scalar in ALL_SCALARS:
            if not SCALARS[scalar].is_in(provider):
                continue
            text = f"model A {{\n  id Int @id\n  a {scalar}\n}}\n"
            hover = hover_at(judged(text, provider), "schema.prisma", text.index(f"a {scalar}") + 2)
            assert hover is not None
            assert f"In {PROVIDER_TITLES[provider]} it is " in hover.markdown, scalar


@pytest.mark.parametrize("word", ENTRIES)
def test_the_texts_about_a_word_are_sentences_about_the_right_database(word: str) -> None:
    entry = ENTRIES[word]
    for database in DATABASES_AND_MODES:
        text = entry_text(entry, database)
        assert text[0].isupper() or text[0] in "`", text
        assert text.endswith("."), text
        assert text.count("`") % 2 == 0, text
        assert len(text) < 520, f"{word} is too long for a hover on {database.title}"
    for provider, note in entry.notes.items():
        assert entry.is_in(provider)
        others = {title for other, title in PROVIDER_TITLES.items() if other != provider}
        if not word.startswith("relationMode"):
            assert not any(re.search(rf"\b{title}\b", note) for title in others), note


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("event", ["delete", "update"])
def test_every_action_has_a_sentence_everywhere(action: str, event: Event) -> None:
    known = next(each for each in ACTIONS if each == action)
    parties = Parties("`Post`", "`User`", "`Post.userId`", "`User.id`", False, True)
    for database in DATABASES_AND_MODES:
        text = action_sentence(known, event, database, parties)
        assert "{" not in text
        assert text.endswith(".")
        others = {title for other, title in PROVIDER_TITLES.items() if other != database.provider}
        assert not any(title in text for title in others - {"SQL"}), text
        if database.provider == "mongodb":
            assert "SQL" not in text
        if database.provider is not None:
            names = ("Prisma", database.title, "InnoDB")
            assert any(name in text for name in names), text
        if database.provider is not None and not database.allows(known):
            assert "Prisma refuses" in text, text
