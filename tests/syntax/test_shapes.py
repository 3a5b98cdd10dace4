"""A line built from a remembered shape is what lark makes of that very line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from referee.syntax.line_reader import LineReader, line_reader, shape_of, tokens_of
from referee.syntax.lines import LINE_KINDS, parse_line
from referee.syntax.recipes import LINE_SYMBOLS, DoesNotParse, LineKind, common_recipes
from referee.syntax.tree import Block, Setting
from tests.support.corpus import corpus_units, require_corpus
from tests.support.mutations import mutations
from tests.syntax.reading import read

COMMON: list[tuple[LineKind, str]] = [
    ("model_line", "id String @id @default(cuid()) // c"),
    ("model_line", 'a String? @default("x") @map("a_a") @db.VarChar(10)'),
    ("model_line", 'b Bar? @relation("X", fields: [c, d], references: [e, f], onDelete: Cascade)'),
    ("model_line", "bs Bar[]"),
    ("model_line", 'g Unsupported("point")?'),
    ("model_line", '@@index([a, b(sort: Desc)], map: "x")'),
    ("enum_line", 'A @map("a")'),
    ("config_line", 'url = env("URL")'),
]

ALIKE = [
    ("  a Int", "\tlonger_name   Type9"),
    ('  a String @map("x")', '  b Other  @default("// no comment")'),
    ('  a Unsupported("x")', '  Unsupported Unsupported("x y")?'),
    ("  Unsupported Int", "  a Int"),
    ("  a Unsupported", "  a Int"),
    ("  1 Int", "  a Int"),
    ("  a Int @default(1)", "  a Int @default(x)"),
    ("  a Int @default(12abc())", "  a Int @default(1.x())"),
    ("  a Int @x(1a: 1)", "  a Int @x(1: 1)"),
    ("  a Int // c", "  a Int /* c */"),
    ("  é Int", "  日本 Ünt // é"),
    ('  a Int @x("\\q")', '  a Int @x("\\n")'),
    ("  a Int[ ]", "  a Int[]"),
    ("  a Int @x([ ])", "  a Int @x([])"),
    ('  a Int @x("")', '  a Int @x("\\"")'),
    ("  @ id", "  @@ id"),
    ("  a = -1.5", "  a = [f(x: 1,), { b: c }]"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_lines_that_look_alike_do_not_disturb_each_other(one: str, other: str) -> None:
    for first, second in ((one, other), (other, one)):
        reader = LineReader()
        for kind in LINE_SYMBOLS:
            for text in (first, second, first):
                check(reader, kind, text)


@pytest.mark.slow
def test_every_line_of_the_corpus_is_what_lark_makes_of_it() -> None:
    require_corpus()
    seen = {key for unit in corpus_units() for text in unit.files.values() for key in lines(text)}
    for kind, text in sorted(seen):
        check(line_reader(), kind, text.rstrip("\r\n"))
    assert len(seen) > 10_000


@pytest.mark.slow
def test_every_line_of_the_mutations_is_what_lark_makes_of_it() -> None:
    require_corpus()
    known = {key for unit in corpus_units() for text in unit.files.values() for key in lines(text)}
    damaged = {key for each in mutations(3, 400) for key in lines(each.text)} - known
    for kind, text in sorted(damaged):
        check(line_reader(), kind, text.rstrip("\r\n"))
    assert len(damaged) > 200


def test_few_shapes_are_learned_from_many_lines() -> None:
    reader = LineReader()
    for number in range(100):
        reader.read("model_line", f'  field{number}  Type{number}[] @map("f{number}") // {number}')
    assert reader.shapes == 1


def test_shapes_are_forgotten_when_there_are_too_many() -> None:
    reader = LineReader(limit=5)
    for number in range(50):
        reader.read("model_line", "  a Int" + " @id" * number)
        assert reader.shapes <= 5


def test_a_line_with_very_many_tokens_is_read_without_a_shape() -> None:
    line = parse_line("config_line", f"  a = [{', '.join('x' * 5_000)}]\n")
    assert isinstance(line.member, Setting)
    assert line.mistakes == ()


def test_common_lines_are_read_without_lark_and_as_lark_would() -> None:
    recipes = common_recipes()
    reader = LineReader(recipes)
    for kind, content in COMMON:
        assert shape_of(tokens_of(f"  {content}")) in recipes[kind]
        check(reader, kind, f"  {content}")
    assert "lark" not in loaded_by("  id String @id @default(cuid()) // c", "  owner User?")
    assert "lark" in loaded_by("  id: String")


def loaded_by(*members: str) -> set[str]:
    """Return the modules that a process has loaded once it has read a model of such members."""
    program = (
        "import sys; from referee.syntax.blocks import LineMemo; "
        "from referee.syntax.source import read_source; "
        "read_source(sys.argv[1], LineMemo()); print(*sys.modules)"
    )
    text = "\n".join(["model A {", *members, "}", ""])
    ran = subprocess.run(
        [sys.executable, "-c", program, text], check=True, capture_output=True, text=True
    )
    return set(ran.stdout.split())


def lines(text: str) -> Iterator[tuple[LineKind, str]]:
    for item in read(text).items:
        if isinstance(item, Block) and item.kind != "unknown":
            for line in item.lines:
                yield LINE_KINDS[item.kind], line.text


def check(reader: LineReader, kind: LineKind, text: str) -> None:
    try:
        expected = reader.read_without_shapes(kind, text)
    except DoesNotParse:
        with pytest.raises(DoesNotParse):
            reader.read(kind, text)
        return
    assert reader.read(kind, text) == expected, text
