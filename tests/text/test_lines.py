"""Positions count lines as Prisma and the protocol do, in whatever units are asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referee.text.lines import (
    LineIndex,
    Position,
    PositionEncoding,
    column_from_units,
    count_line_ends,
    dominant_line_end,
    line_starts,
    units_from_column,
)

TEXTS = st.text(st.sampled_from("ab\n\r\x0c\x85\u2028é😀"), max_size=30)


def test_only_lf_crlf_and_cr_end_a_line() -> None:
    assert line_starts("a\nb\r\nc\rd\x0ce\x85f\u2028g\x0bh") == [0, 2, 5, 7]
    assert line_starts("") == [0]
    assert line_starts("\r\r\n\n") == [0, 1, 3, 4]


@given(TEXTS)
def test_line_ends_are_counted_as_lines_are(text: str) -> None:
    assert count_line_ends(text) == len(line_starts(text)) - 1


@given(TEXTS)
def test_an_offset_is_the_offset_of_its_position(text: str) -> None:
    index = LineIndex(text)
    for offset in range(len(text) + 1):
        position = index.position(offset)
        inside_crlf = text[offset - 1 : offset + 1] == "\r\n"
        assert index.offset(position) == (offset - 1 if inside_crlf else offset)


def test_positions_outside_are_those_at_the_nearest_end() -> None:
    index = LineIndex("ab\ncd")
    assert index.position(-1) == Position(0, 0)
    assert index.position(99) == Position(1, 2)
    assert index.offset(Position(-1, 5)) == 0
    assert index.offset(Position(0, 99)) == 2
    assert index.offset(Position(9, 0)) == 5
    assert [index.line(0), index.line(1)] == ["ab", "cd"]


@pytest.mark.parametrize(
    ("text", "line_end"),
    [("", "\n"), ("a\r\nb\r\nc\n", "\r\n"), ("a\rb\rc\n", "\r"), ("a\nb\r\n", "\n")],
)
def test_the_line_end_of_new_lines_is_the_most_frequent(text: str, line_end: str) -> None:
    assert dominant_line_end(text) == line_end


@given(st.text(max_size=20), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_columns_in_units_come_back(line: str, encoding: PositionEncoding) -> None:
    for column in range(len(line) + 1):
        units = units_from_column(line, column, encoding)
        width = len(
            line[:column].encode(encoding + ("-le" if encoding != "utf-8" else ""), "surrogatepass")
        )
        assert units == width // {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
        assert column_from_units(line, units, encoding) == column


def test_a_column_inside_a_character_is_that_of_the_character() -> None:
    assert column_from_units("a😀b", 2, "utf-16") == 1
    assert column_from_units("a😀b", 3, "utf-16") == 2
    assert column_from_units("aéb", 2, "utf-8") == 1
    assert column_from_units("aéb", 99, "utf-16") == 3
