"""Mistakes say in a sentence what is wrong and what was expected, at the right place.

`mistakes.md` holds the cases: under each line with a mistake stands a comment with carets.
`UPDATE_FIXTURES=1` rewrites the carets.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from referee.syntax.blocks import LineMemo
from referee.syntax.source import read_source
from tests.support.official import OffsetIndex
from tests.syntax.reading import placed_mistakes, sentences

FILE = Path(__file__).with_name("mistakes.md")
FENCE = re.compile(r"(?<=```prisma\n).*?(?=```)", re.DOTALL)
NOTE = re.compile(r"//\s*\^+ .*\n")


def test_every_mistake_of_the_page_is_told_where_and_as_the_page_says() -> None:
    written = FILE.read_text("utf-8")
    told = FENCE.sub(lambda fence: annotated(NOTE.sub("", fence.group())), written)
    if os.environ.get("UPDATE_FIXTURES"):
        FILE.write_text(told, "utf-8")
    assert told == written


def test_the_page_has_many_different_mistakes_and_each_is_a_sentence() -> None:
    notes = {note.split("^ ", 1)[1].strip() for note in NOTE.findall(FILE.read_text("utf-8"))}
    assert len(notes) >= 60
    for note in notes:
        assert re.match(r"[A-Z`]", note), note
        assert note.endswith("."), note
        assert len(note) <= 140, note


@pytest.mark.parametrize("text", ["", "a", "@", '"', "/*", "x @x(", "é ²", "}", "{", "\x7f"])
def test_a_span_is_never_empty_where_there_is_text_and_never_outside(text: str) -> None:
    for keyword in ("model", "enum", "generator", "foo"):
        file = f"{keyword} A {{\n  {text}\n}}\n"
        source = read_source(file, LineMemo())
        for start, mistake in placed_mistakes(source):
            stretch = file[start + mistake.span.start : start + mistake.span.end]
            assert stretch
            assert stretch == stretch.strip("\r\n")


def test_a_mistake_quotes_long_text_shortened() -> None:
    (sentence,) = sentences(f"model A {{\n  a Int {'x' * 300}\n}}\n")
    assert len(sentence) < 140


def annotated(text: str) -> str:
    """Return a file with a note under each line that has mistakes."""
    index = OffsetIndex(text)
    notes: dict[int, list[str]] = {}
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    for start, mistake in placed_mistakes(read_source(text, LineMemo())):
        begin, end = start + mistake.span.start, start + mistake.span.end
        number = index.line(begin)
        column = begin - starts[number]
        carets = "^" * min(end - begin, len(lines[number]) - column)
        margin = "//" + " " * (column - 2) if column >= 2 else "//" + " "
        # A note cannot point left of its own slashes: one caret stands for the line's start.
        notes.setdefault(number, []).append(f"{margin}{carets} {mistake.message}")
    result: list[str] = []
    for number, line in enumerate(lines):
        result += [line, *notes.get(number, ())]
    return "\n".join(result)
