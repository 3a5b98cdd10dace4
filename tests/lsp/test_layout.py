"""The lines of a file under edit are those of a line index made from scratch."""

from __future__ import annotations

import random
from typing import get_args

import pytest

from referee.lsp.layout import Layout
from referee.syntax.blocks import LineMemo
from referee.syntax.source import edit_source, read_source
from referee.text.edits import TextEdit
from referee.text.lines import LineIndex, PositionEncoding, column_from_units, units_from_column

ENCODINGS: tuple[PositionEncoding, ...] = get_args(PositionEncoding)
PIECES = [
    "model A {\n", "  id Int @id\n", "}\n", "}", "\r\n", "\r", "\n", "// ü𝒳\n", "enum E { A }\n",
    "/* x\n y */", "  s String // 😀\r\n", "x", " ", "model B {", "é",
]  # fmt: skip


def assert_same(layout: Layout) -> None:
    text = layout.source.text
    index = LineIndex(text)
    for offset in range(len(text) + 1):
        assert layout.position(offset) == index.position(offset), offset
        is_inside_line_end = offset > 0 and text[offset - 1 : offset + 1] == "\r\n"
        for encoding in ENCODINGS:
            line, column = index.position(offset)
            units = units_from_column(index.line(line), column, encoding)
            assert layout.units(offset, encoding) == (line, units)
            assert layout.offset(line, units, encoding) == offset - is_inside_line_end
    for line in range(len(index.starts) + 2):
        for units in (0, 3, 1000):
            expected = len(text)
            if line < len(index.starts):
                here = index.line(line)
                expected = index.starts[line] + column_from_units(here, units, ENCODINGS[1])
            assert layout.offset(line, units, ENCODINGS[1]) == expected


@pytest.mark.parametrize("seed", range(12))
def test_lines_under_random_edits_are_those_of_a_fresh_index(seed: int) -> None:
    choose = random.Random(seed)
    memo = LineMemo()
    source = read_source("".join(choose.choices(PIECES, k=20)), memo)
    layout = Layout(source)
    assert_same(layout)
    for _ in range(40):
        start = choose.randint(0, len(source.text))
        end = min(len(source.text), start + choose.choice([0, 0, 1, 5, 30]))
        new = "".join(choose.choices(PIECES, k=choose.choice([0, 1, 1, 3])))
        source = edit_source(source, TextEdit(start, end, new), memo).source
        layout.update(source)
        assert_same(layout)
        assert [layout.number(item) for item in source.items] == list(range(len(source.items)))
        assert [layout.start(item) for item in source.items] == list(source.starts)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_lines_of_a_long_block_are_those_of_a_fresh_index(end: str) -> None:
    memo = LineMemo()
    fields = "".join(f"  f{number} Int // é{end}" for number in range(100))
    source = read_source(f"model A {{{end}{fields}}} /* c */ enum B {{{end}  X{end}}}{end}", memo)
    layout = Layout(source)
    assert_same(layout)
    at = source.text.index("f50")
    for edit in (TextEdit(at, at, end), TextEdit(at, at + len(end), ""), TextEdit(0, 0, end)):
        source = edit_source(source, edit, memo).source
        layout.update(source)
        assert_same(layout)


def test_an_update_tells_what_came_and_from_where_the_rest_moved() -> None:
    memo = LineMemo()
    source = read_source("model A {\n}\n\nmodel B {\n}\n\nmodel C {\n}\n", memo)
    layout = Layout(source)
    longer = edit_source(source, TextEdit(23, 23, "  id Int\n"), memo).source
    changed = layout.update(longer)
    assert longer.items[2] in changed.come
    assert source.items[2] in changed.gone
    assert 3 <= changed.moved_from <= 4
    same_lines = edit_source(longer, TextEdit(24, 24, " "), memo).source
    assert layout.update(same_lines).moved_from == len(same_lines.items)


def test_only_line_feed_and_carriage_return_end_a_line() -> None:
    source = read_source("// a \u2028 b \f c \x85 d\nmodel A {\n}\n", LineMemo())
    assert_same(Layout(source))


def test_a_file_of_another_dialect_has_lines_too() -> None:
    source = read_source("// use prisma-8\nmodel A {\n}\n", LineMemo())
    layout = Layout(source)
    assert_same(layout)
    layout.update(read_source("model A {\n}\n", LineMemo()))
    assert_same(layout)
    layout.update(source)
    assert_same(layout)
