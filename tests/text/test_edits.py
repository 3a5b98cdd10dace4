"""Edits change exactly what they name, and show as a difference that git would apply."""

from __future__ import annotations

import pytest

from referee.text.edits import OverlappingEdits, TextEdit, apply_edits, unified_difference


def test_edits_count_offsets_in_the_text_before_any_of_them() -> None:
    edits = [TextEdit(4, 5, "FIVE"), TextEdit(0, 1, ""), TextEdit(2, 2, "+")]
    assert apply_edits("abcdef", edits) == "b+cdFIVEf"


def test_insertions_at_one_place_keep_their_order() -> None:
    assert apply_edits("ab", [TextEdit(1, 1, "x"), TextEdit(1, 1, "y")]) == "axyb"


def test_edits_that_touch_are_fine_and_edits_that_overlap_are_not() -> None:
    assert apply_edits("abcd", [TextEdit(0, 2, "x"), TextEdit(2, 4, "y")]) == "xy"
    with pytest.raises(OverlappingEdits):
        apply_edits("abcd", [TextEdit(0, 3, ""), TextEdit(2, 4, "")])


def test_a_difference_is_a_unified_diff() -> None:
    assert unified_difference("a\nb\n", "a\nc\n", "x.prisma").splitlines() == [
        "--- a/x.prisma",
        "+++ b/x.prisma",
        "@@ -1,2 +1,2 @@",
        " a",
        "-b",
        "+c",
    ]
    assert unified_difference("a", "a", "x.prisma") == ""


def test_a_difference_keeps_line_ends_and_says_where_one_is_missing() -> None:
    assert unified_difference("a\r\nb", "a\r\nb\r\n", "x").endswith(
        " a\r\n-b\n\\ No newline at end of file\n+b\r\n"
    )
