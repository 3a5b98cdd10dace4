from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referee.features.report.visible import show_line, visible, width_of


def marked(line: str, start: int, end: int, width: int = 80) -> tuple[str, str]:
    window = show_line(line, start, end, width)
    return window.text, " " * window.start + "^" * (window.end - window.start)


def test_indentation_is_left_out() -> None:
    assert marked("    id Int @id", 7, 10) == ("id Int @id", "   ^^^")


def test_tabs_reach_to_the_next_stop_and_the_mark_follows() -> None:
    assert marked("\tid\tInt", 4, 7) == ("id  Int", "    ^^^")


def test_wide_characters_take_two_cells() -> None:
    assert marked('漢字 Int @map("x")', 3, 6) == ('漢字 Int @map("x")', "     ^^^")
    assert width_of("漢字e\N{COMBINING ACUTE ACCENT}") == 5


def test_alignment_gives_way_before_code_does() -> None:
    line = 'name      String      @map("a    b")'
    assert marked(line, 22, 26, 28) == ('name String @map("a    b")', "            ^^^^")


def test_of_a_very_long_line_the_stretch_around_the_mark_is_shown() -> None:
    text, mark = marked("a" * 300 + "target" + "b" * 300, 300, 306, 40)
    assert len(text) == 40
    assert text[0] == text[-1] == "…"
    assert text[mark.index("^") : mark.rindex("^") + 1] == "target"


def test_a_mark_wider_than_the_window_is_cut() -> None:
    text, mark = marked("x" * 200, 10, 190, 30)
    assert len(text) <= 30
    assert len(mark) <= 30


@pytest.mark.parametrize("character", ["\x1b", "\x00", "\x07", "\x9b", "\u202e", "\u2028", "\r"])
def test_what_a_terminal_would_obey_is_made_visible(character: str) -> None:
    shown = visible(f"a{character}b")
    assert character not in shown
    assert len(shown) == 3


@given(
    st.text(alphabet=st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])),
    st.integers(0, 50),
    st.integers(0, 50),
    st.integers(10, 60),
)
def test_no_line_ever_breaks_the_window(line: str, start: int, length: int, width: int) -> None:
    window = show_line(line, start, start + length, width)
    assert 0 <= window.start <= window.end <= width_of(window.text)
    assert "\x1b" not in window.text
    if width_of(visible(line.expandtabs(4))) <= width:
        assert width_of(window.text) <= width
