"""What is read of a file: names, comments, line ends, recovery, and texts that nobody writes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from referee.syntax.blocks import LineMemo
from referee.syntax.lines import DEEPEST_NESTING
from referee.syntax.source import check_source, read_source
from referee.syntax.tree import (
    ArrayLiteral,
    Block,
    BlockAttribute,
    EnumValue,
    Field,
    FunctionCall,
    Gap,
    NameLiteral,
    NumberLiteral,
    ObjectLiteral,
    Setting,
    StringLiteral,
)
from tests.fuzz.growth import assert_grows_linearly
from tests.support.corpus import require_corpus
from tests.support.mutations import corpus_sources
from tests.syntax.reading import mistakes_by_line, read, read_line, sentences

# ---- members -----------------------------------------------------------------------------------


def test_a_field_has_name_type_and_attributes() -> None:
    member = read_line('  a B? @x("y") @db.VarChar(1)').member
    assert isinstance(member, Field)
    assert (member.name.text, member.type.name.text, member.type.arity) == ("a", "B", "optional")
    assert [attribute.name.text for attribute in member.attributes] == ["x", "db.VarChar"]
    assert member.span == (2, 29)


@pytest.mark.parametrize(
    ("written", "name", "arity", "unsupported"),
    [
        ("Int", "Int", "required", None),
        ("Int ?", "Int", "optional", None),
        ("Int []", "Int", "list", None),
        ("Unsupported", "Unsupported", "required", None),
        ('Unsupported( "a b" )[]', "Unsupported", "list", "a b"),
        ("Int!", "Int", "required", None),
        ("[ Int ]", "Int", "list", None),
        ("Int[]?", "Int", "list", None),
    ],
)
def test_a_type_is_read_also_in_its_legacy_forms(
    written: str, name: str, arity: str, unsupported: str | None
) -> None:
    line = read_line(f"  a {written} @id")
    assert isinstance(line.member, Field)
    assert line.member.type.name.text == name
    assert line.member.type.arity == arity
    assert line.member.type.unsupported == unsupported
    assert line.text[slice(*line.member.type.span)] == written
    assert len(line.member.attributes) == 1


@pytest.mark.parametrize(
    "written",
    ["a: Int", "a Int!", "a [Int]", 'a Int @map("x",)', "a Int @map(name:)", 'a Int @map("\\q")'],
)
def test_what_prisma_reads_and_refuses_is_a_mistake_that_keeps_the_member(written: str) -> None:
    line = read_line(f"  {written}")
    assert len(line.mistakes) == 1
    assert isinstance(line.member, Field)


def test_every_expression_has_its_value() -> None:
    line = read_line(
        '  a = [1, -1.5, "s\\n\\u00e9", x.y, f(a: 1, b), { c: { d: null } }, []]', "generator"
    )
    assert line.mistakes == ()
    assert isinstance(line.member, Setting)
    assert isinstance(line.member.value, ArrayLiteral)
    one, float_, string, path, call, obj, empty = line.member.value.items
    assert isinstance(one, NumberLiteral)
    assert isinstance(float_, NumberLiteral)
    assert (one.text, float_.text) == ("1", "-1.5")
    assert isinstance(string, StringLiteral)
    assert string.value == "s\né"
    assert isinstance(path, NameLiteral)
    assert path.text == "x.y"
    assert isinstance(call, FunctionCall)
    assert call.name == "f"
    assert [argument.name and argument.name.text for argument in call.arguments] == ["a", None]
    assert isinstance(obj, ObjectLiteral)
    assert obj.entries[0][0].text == "c"
    assert isinstance(empty, ArrayLiteral)
    assert len(empty.items) == 0


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r"\"\\\/\b\f\n\r\t", '"\\/\b\f\n\r\t'),
        (r"\u0041\u00e9", "Aé"),
        (r"\uD83D\uDE00", "😀"),
        (r"a\\b", r"a\b"),
        ("// no /* comment", "// no /* comment"),
    ],
)
def test_escapes_are_those_of_json(written: str, value: str) -> None:
    line = read_line(f'  a = "{written}"', "generator")
    assert isinstance(line.member, Setting)
    assert isinstance(line.member.value, StringLiteral)
    assert line.member.value.value == value
    assert line.mistakes == ()


@pytest.mark.parametrize("written", [r"\q", r"\u12", r"\uD83D", r"\uDE00", r"\u{41}", r"\x41"])
def test_another_escape_is_a_mistake_and_stays_as_written(written: str) -> None:
    line = read_line(f'  a = "x{written}y"', "generator")
    assert isinstance(line.member, Setting)
    assert isinstance(line.member.value, StringLiteral)
    assert line.member.value.value == f"x{written}y"
    assert len(line.mistakes) == 1


def test_trailing_commas_that_prisma_accepts_are_no_mistake() -> None:
    for written in (
        "  @@index([id(sort: Desc,)])",
        "  a String @db.VarChar(10,)",
    ):
        assert read_line(written).mistakes == ()
    assert read_line('  extensions = [x(version: "1",)]', "datasource").mistakes == ()


def test_no_word_is_reserved() -> None:
    for word in ("model", "enum", "type", "true", "null", "Unsupported", "datasource", "1"):
        assert isinstance(read_line(f"  {word} {word}").member, Field)
        assert isinstance(read_line(f"  {word}", "enum").member, EnumValue)
        assert isinstance(read_line(f"  {word} = {word}", "generator").member, Setting)


# ---- comments, line ends, characters -----------------------------------------------------------


def test_comments_of_all_kinds_are_found_where_they_may_stand() -> None:
    text = (
        "/* a\n b */ // c\n/// d\nmodel A { // e\n  /* f\n  } */ /* g */ id Int /* h\n */\n"
        "  x Int /// i\n  // j\n  /* k */\n  /* l */ } // m\n"
    )
    assert sentences(text) == []
    gap, block, rest = read(text).items
    assert isinstance(block, Block)
    found = [comment.text for item in (gap, block, rest) for comment in item.comments]
    assert found == ["/* a\n b */", "// c", "/// d", "// e", "/* l */", "// m"]
    in_lines = [[comment.text for comment in line.comments] for line in block.lines]
    assert in_lines == [
        ["/* f\n  } */", "/* g */", "/* h\n */"],
        ["/// i"],
        ["// j"],
        ["/* k */"],
    ]
    assert [line.member is not None for line in block.lines] == [True, True, False, False]
    for comment in block.comments:
        assert block.text[slice(*comment.span)] == comment.text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_line_ends_give_the_same_members(end: str) -> None:
    text = "model A {\n  id Int @id // c\n\n  /* d */\n  b Int\n}\n// e\nenum B {\n  C\n}"
    source = read(text.replace("\n", end))
    check_source(source)
    assert sentences(source.text) == []
    blocks = [item for item in source.items if isinstance(item, Block)]
    assert [[type(line.member).__name__ for line in block.lines] for block in blocks] == [
        ["Field", "NoneType", "NoneType", "Field"],
        ["EnumValue"],
    ]


def test_line_ends_may_be_mixed() -> None:
    source = read("model A {\r  id Int\r\n  b Int\n\r}\r\n")
    check_source(source)
    block = source.items[0]
    assert isinstance(block, Block)
    assert [line.text for line in block.lines] == ["  id Int\r\n", "  b Int\n", "\r"]


@pytest.mark.parametrize("character", ["\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1a", "\x00"])
def test_other_line_ends_are_ordinary_characters_that_cost_their_line(character: str) -> None:
    text = f"model A {{\n  id Int{character}  b Int\n  c Int // {character}\n}}\n"
    assert list(mistakes_by_line(read(text))) == [1]


@pytest.mark.parametrize("space", ["\t", "\xa0", "\u1680", "\u2003", "\u202f", "\u205f", "\u3000"])
def test_every_space_separates(space: str) -> None:
    text = "~model~A~{~\n~id~Int~@~id~@~default~(~1~)~\n~}~\n".replace("~", space)
    assert sentences(text) == []
    assert len([item for item in read(text).items if isinstance(item, Block)]) == 1


def test_a_byte_order_mark_costs_nothing_at_the_start_and_its_line_elsewhere() -> None:
    assert sentences("\ufeffmodel A {\n  id Int\n}\n") == []
    assert list(mistakes_by_line(read("model A {\n  \ufeffid Int\n}\n"))) == [1]
    assert list(mistakes_by_line(read("\n\ufeffmodel A {\n}\n"))) == [1]


@pytest.mark.parametrize("name", ["é", "日本", "Ⴀ", "aⁿ", "ñ_-1", "𝒳", "1é"])
def test_letters_of_any_script_make_names(name: str) -> None:
    line = read_line(f"  {name} {name}? @{name}({name}: {name}())")
    assert isinstance(line.member, Field)
    assert line.member.name.text == line.member.type.name.text == name
    assert line.text[slice(*line.member.type.span)] == f"{name}?"


@pytest.mark.parametrize("name", ["²", "Ⅷ", "٣", "a\u0301", "a‿b", "a\u200d", "a$", "a·b", "_a"])
def test_other_characters_make_no_names(name: str) -> None:
    line = read_line(f"  {name} Int")
    assert line.member is None
    assert len(line.mistakes) == 1


# ---- recovery ----------------------------------------------------------------------------------


def test_keywords_need_no_space_before_the_name() -> None:
    source = read("modelA {\n}\nenumB{\n}\nmodels {\n}\n")
    blocks = [item for item in source.items if isinstance(item, Block)]
    assert [(block.kind, block.name.text) for block in blocks] == [
        ("model", "A"),
        ("enum", "B"),
        ("model", "s"),
    ]
    assert sentences(source.text) == []


def test_what_follows_the_brace_of_a_header_is_ignored() -> None:
    for rest in ("??", "}", "id Int @id", "{{", "// }", "/* c"):
        text = f"model A {{ {rest}\n  id Int\n}}\n"
        assert sentences(text) == []


def test_text_behind_the_end_of_a_block_is_read_at_top_level() -> None:
    source = read("model A {\n} enum B {\n  C\n} /* c */ x\n")
    kinds = [item.kind for item in source.items if isinstance(item, Block)]
    assert kinds == ["model", "enum"]
    assert list(mistakes_by_line(source)) == [3]


def test_a_block_attribute_is_no_field_attribute() -> None:
    line = read_line('  @@index([a, b(sort: Desc)], map: "x")')
    assert isinstance(line.member, BlockAttribute)
    argument = line.member.attribute.argument("map")
    assert argument is not None
    assert isinstance(argument.value, StringLiteral)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("model A {\n  id Int\n", [0]),
        ("model A {\n  id Int\nmodel B {\n  id Int\n}\n", [0]),
        ("model A {}\nmodel B {\n  id Int\n}\n", [0]),
        ("model A {\n  id Int\n  model B {\n  b Int\n}\n", [2]),
        ("model A {\n  id Int\n  }\n  b Int\n}\n", [2]),
        ("model A {\n  id Int\n}\n}\n", [3]),
        ("foo A {\n  id Int what ever\n}\n", [0]),
        ("foo {\n  id Int\n}\n", [0]),
        ("Model A {\n  id Int\n}\n", [0]),
        ("model A B {\n  id Int\n}\n", [0]),
        ("model A\n  id Int\n}\n", [0]),
        ("model A\n{\n  id Int\n}\n", [0]),
        ('model "A" {\n  id Int\n  ?\n}\n', [0, 2]),
        ("x\ny\nz\n\nmodel A {\n}\nu\n", [0, 6]),
        ("/* open\nmodel A {\n  id Int\n}\n", [0]),
        ("model A {\n  /* open\n  id Int\n}\n", [1]),
        ("model A {\n  id Int /* open\n  b Int\n}\n", [1]),
        ("type X = Int\nmodel A {\n}\n", [0]),
        ("model A {\n  @@index([\n  id\n  ])\n  b Int\n}\n", [1, 2, 3]),
    ],
)
def test_a_mistake_costs_its_line_and_no_more(text: str, lines: list[int]) -> None:
    assert sorted(mistakes_by_line(read(text))) == lines


def test_a_damaged_header_keeps_its_members() -> None:
    for header in ('model "A" {', "model A B {", "model A", "model A\n{", "model A(", "model _A {"):
        source = read(f"{header}\n  id Int @id\n}}\n")
        block = source.items[0]
        assert isinstance(block, Block), header
        assert block.kind == "model"
        assert block.name.text in ("A", "_A")
        assert [type(line.member) for line in block.lines] == [Field], header


def test_breaking_any_member_line_leaves_all_other_members_as_they_were() -> None:
    require_corpus()
    for file in corpus_sources()[::2]:
        if len(file.text) > 30_000:
            continue
        source = read(file.text)
        for item, start in zip(source.items, source.starts, strict=True):
            if not isinstance(item, Block) or len(item.lines) < 3:
                continue
            number = len(item.lines) // 2
            if item.lines[number].member is None:
                continue
            at = start + item.offsets[number]
            broken = read(f"{file.text[:at]}  ?? {file.text[at:]}")
            index = source.items.index(item)
            assert len(broken.items) == len(source.items)
            assert all(
                a.text == b.text and a.mistakes == b.mistakes
                for other, (a, b) in enumerate(zip(broken.items, source.items, strict=True))
                if other != index
            )
            block = broken.items[index]
            assert isinstance(block, Block)
            assert block.lines[:number] == item.lines[:number]
            assert block.lines[number + 1 :] == item.lines[number + 1 :]
            assert len(block.lines[number].mistakes) == 1


def test_valid_text_behind_a_block_is_never_taken_for_its_members() -> None:
    for rest in (
        "  // c\n  model B {\n  }\n",
        "  /* model B {\n  } */\n",
        "  /* c */ enum B {\n  }\n",
    ):
        text = f"  model A {{\n    id Int\n  }}\n{rest}"
        assert sentences(text) == []


# ---- texts that nobody writes ------------------------------------------------------------------


@pytest.mark.parametrize("opening", ["[", "(", "{", "{a:", "f(", "[["])
@pytest.mark.parametrize("keyword", ["model", "generator", "enum"])
def test_very_deep_nesting_is_one_mistake(opening: str, keyword: str) -> None:
    start = "  a = " if keyword == "generator" else "  @@index("
    for text in (start + opening * 20_000, start + opening * 20_000 + "]" * 20_000):
        line = read_line(text, keyword)
        assert line.member is None
        assert len(line.mistakes) == 1


def test_nesting_up_to_the_limit_is_read() -> None:
    depth = DEEPEST_NESTING
    line = read_line(f"  a = {'[' * depth}{']' * depth}", "generator")
    assert isinstance(line.member, Setting)
    assert (
        len(read_line(f"  a = {'[' * (depth + 1)}{']' * (depth + 1)}", "generator").mistakes) == 1
    )
    assert read_line(f'  a = "{"[" * 500}" // {"(" * 500}', "generator").mistakes == ()


@pytest.mark.parametrize(
    "line",
    [
        '  a String @map("' + "x" * 5_000_000 + '")',
        "  a Int // " + "x" * 5_000_000,
        "  a Int /* " + "*" * 5_000_000 + "*/",
        "  " + "a" * 5_000_000,
        "  a " + "?" * 1_000_000,
        '  a "' + "\\" * 1_000_000,
        "  a Int @" + "." * 500_000 + "(",
        "  a Int @x" + "." * 500_000 + " 1",
        "  a Int @default(x" + "." * 1_000_000 + ")",
        "x" * 5_000_000,
        " " * 5_000_000,
    ],
    ids=lambda line: line[:20],
)
def test_a_line_of_millions_of_characters_is_read(line: str) -> None:
    # Quadratic work would take hours, and no clock is needed to notice that.
    check_source(read_source(f"model A {{\n{line}\n}}\n", LineMemo()))
    check_source(read_source(f"{line}\n", LineMemo()))


@pytest.mark.parametrize(
    "line",
    [
        "/*",
        "}",
        "{",
        "model x",
        "model A {",
        "  a Int /*",
        "x",
        "foo {",
        "/* c */",
        '"',
        "model x\n{",
    ],
)
def test_very_many_lines_of_a_kind_are_read_in_linear_time(line: str) -> None:
    def cost(n: int) -> Callable[[], object]:
        texts = f"{line}\n" * n, "model A {\n" + f"{line}\n" * n

        def read_both() -> None:
            for text in texts:
                check_source(read_source(text, LineMemo()))

        return read_both

    assert_grows_linearly(cost, 200)
    cost(20_000)()


@pytest.mark.parametrize("text", ["", "\n", "{", "}", "model", "model A", "model A {", "/*", '"'])
def test_the_pieces_of_any_text_are_the_text(text: str) -> None:
    source = read_source(text, LineMemo())
    check_source(source)
    assert all(isinstance(item, Block | Gap) for item in source.items)


@pytest.mark.parametrize(
    ("first_line", "is_read"),
    [
        ("// use prisma-8", False),
        ("  //use  prisma-next ", False),
        ("// use prisma-9", True),
        ("/// use prisma-8", True),
        ("// please use prisma-8", True),
    ],
)
def test_a_file_of_another_dialect_is_left_alone(first_line: str, is_read: bool) -> None:
    source = read(f"{first_line}\nmodel A {{\n  ??\n}}\n")
    assert bool(source.items) == is_read
    assert (source.dialect == "prisma") == is_read
