"""A file after an edit is the file read from scratch, and only what was touched is read again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from random import Random
from types import FrameType
from typing import Any

import pytest

from referee.syntax import split
from referee.syntax.blocks import LineMemo
from referee.syntax.source import Source, check_source, edit_source, read_source, replaced
from referee.text.edits import TextEdit
from tests.support.mutations import Source as CorpusFile
from tests.support.mutations import corpus_sources, mutations
from tests.syntax.reading import MEMO, as_values

FILE = """\
datasource db {
  provider = "postgresql"
}

// Users.
model User {
  id    Int    @id
  posts Post[] /* many */
}

model Post { // with an author
  id       Int  @id
  author   User @relation(fields: [authorId], references: [id])
  authorId Int

  @@index([authorId])
}

enum Role { /* c
  A
  B
  /* }
  */ }
enum Late {
  C
}
"""

PASTES = (
    *("{", "}", "\n", "\r\n", "\r", "/*", "*/", "//", '"', "\\", "@", "[", "(", ",", " ", "é"),
    *("model X {", "\n}\n", "model X {\n  id Int @id\n}\n", "enum E {\n", "  }\n", "\n  }\n"),
    *("foo {", "model", "{\n", "model X\n", "/* c\n */", "/*\n", "\n*/\n", "} enum Z {\n  A\n}"),
    *("  a Int\n", "type X = Int\n", "\ufeff", "// use prisma-8\n", "x", "  model Y {\n", "// }\n"),
)


@pytest.mark.fuzz
def test_edits_of_a_small_file_give_what_reading_from_scratch_gives(fuzz_rounds: int) -> None:
    for seed in range(10 * fuzz_rounds):
        random = Random(f"small {seed}")
        check_edits(FILE, [random_edit(random) for _ in range(12)])


@pytest.mark.fuzz
def test_edits_of_real_files_give_what_reading_from_scratch_gives(fuzz_rounds: int) -> None:
    files = [file for file in corpus_sources() if len(file.text) < 40_000]
    for seed in range(4 * fuzz_rounds if files else 0):
        random = Random(f"real {seed}")
        check_edits(random.choice(files).text, [random_edit(random) for _ in range(8)])


@pytest.mark.fuzz
def test_damage_undone_gives_the_file_again(fuzz_rounds: int) -> None:
    files = [file for file in corpus_sources() if len(file.text) < 40_000]
    for mutation in mutations(11, 10 * fuzz_rounds, files):
        text = next(each.text for each in files if names(each) == (mutation.unit, mutation.file))
        source = read_source(text, MEMO)
        edit = difference(text, mutation.text)
        damaged = check_edit(source, edit)
        check_edit(damaged, difference(mutation.text, text))


def test_a_comment_that_closes_far_behind_is_seen_by_edits_there() -> None:
    text = "model A {\n  a Int /* c\n}\n\nmodel B {\n  b Int\n}\n"
    source = read_source(text, LineMemo())
    source = check_edit(source, TextEdit(text.index("  b"), text.index("  b"), "*/\n"))
    source = check_edit(
        source, TextEdit(source.text.index("*/") + 2, source.text.index("*/") + 2, " x")
    )
    check_edit(source, TextEdit(source.text.index("*/"), source.text.index("*/") + 2, ""))


def test_a_damaged_header_sees_an_edit_behind_a_header_in_the_middle_of_a_line() -> None:
    text = "enum A\n/**/}enum B {\n  C\n}\n"
    source = read_source(text, MEMO)
    assert [item.text for item in source.items][1] == "enum B {\n  C\n}"
    brace = text.rindex("}")
    check_edit(source, TextEdit(brace, brace + 1, ""))


def test_a_damaged_header_sees_an_edit_behind_a_block_whose_header_is_damaged_too() -> None:
    text = "model A {\n}\n\nenum R\nole {\n  /* */ }\nenum B {\n}\n"
    for at in range(len(text)):
        for new in ("(", "\n", "}"):
            check_edit(read_source(text, MEMO), TextEdit(at, at, new))


LARGE_PIECES = [
    "model A {\n  id Int @id\n  b B[]\n}\n\n", "enum E {\r\n A\r\n}\r\n", "// c\n", "\n",
    "type T { }\n", "model B { \n a /* x\n y */ Int\n } \n", "enum R\nole {\n  /* */ }\n",
]  # fmt: skip
MARKS = ["/*", "*/", "}", "{", "\n", "model X {\n", "/* c\n"]


@pytest.mark.parametrize("seed", range(12))
def test_a_file_of_many_runs_is_what_reading_it_anew_gives(seed: int) -> None:
    random = Random(seed)
    pieces = random.choices(LARGE_PIECES, k=random.choice([70, 150, 300]))
    source = read_source("".join(pieces), MEMO)
    assert len(source.runs.runs) > 1
    for _ in range(15):
        edit = edit_of(random, source.text)
        if random.random() < 0.3:
            at = random.randint(0, len(source.text))
            edit = TextEdit(at, at, random.choice(MARKS))
        source = check_edit(source, edit)
        assert len(set(source.items)) == len(source.items), "an item stands in one place"


def test_an_edit_makes_the_runs_around_it_anew_and_no_others() -> None:
    source = read_source("model A {\n  id Int @id\n}\n\n" * 400, LineMemo())
    at = source.text.index("id", len(source.text) // 2)
    edited = edit_source(source, TextEdit(at, at, "x"), LineMemo()).source
    changed = [
        number
        for number, (old, new) in enumerate(zip(source.runs.runs, edited.runs.runs, strict=True))
        if old is not new
    ]
    assert 1 <= len(changed) <= 2


def test_items_outside_the_touched_window_stay_the_same_objects() -> None:
    source = read_source(FILE, LineMemo())
    at = FILE.index("posts Post")
    edited = edit_source(source, TextEdit(at, at, "x"), LineMemo())
    old, new = source.items, edited.source.items
    touched = source.item_at(at)
    assert all(a is b for a, b in zip(old[:touched], new[:touched], strict=True))
    assert all(a is b for a, b in zip(old[touched + 1 :], new[touched + 1 :], strict=True))
    assert new[touched] is not old[touched]


def test_a_keystroke_in_a_line_parses_that_line_alone() -> None:
    memo = LineMemo()
    source = read_source(FILE, memo)
    for text in ("a", "b", " ", "@"):
        before = memo.parsed
        at = source.text.index("\n  author") + len("\n  author")
        source = edit_source(source, TextEdit(at, at, text), memo).source
        assert memo.parsed == before + 1


def test_a_keystroke_in_a_block_cuts_that_block_alone() -> None:
    source = read_source("model A {\n  id Int @id\n  a Int\n}\n\n" * 100, MEMO)
    start = source.starts[source.item_at(source.length // 2)]
    inside = source.text.index("id", start)
    assert blocks_cut_by(lambda: edit_source(source, TextEdit(inside, inside, "x"), MEMO)) == 1
    # A change of the header may concern the block before, too.
    header = inside - len(" {\n  ")
    assert blocks_cut_by(lambda: edit_source(source, TextEdit(header, header, "x"), MEMO)) == 2


def blocks_cut_by(computation: Callable[[], object]) -> int:
    """Return how many blocks a computation looks through."""
    count = 0

    def count_call(frame: FrameType, event: str, _: Any) -> None:
        nonlocal count
        count += event == "call" and frame.f_code is split._cut_block.__code__

    before = sys.getprofile()
    sys.setprofile(count_call)
    try:
        computation()
    finally:
        sys.setprofile(before)
    return count


def test_moving_a_block_parses_nothing() -> None:
    memo = LineMemo()
    source = read_source(FILE, memo)
    before = memo.parsed
    edit_source(source, TextEdit(0, 0, "\n\n"), memo)
    edit_source(source, TextEdit(0, len(FILE), FILE + FILE), memo)
    assert memo.parsed == before


def test_a_blank_line_and_a_line_again_are_not_parsed() -> None:
    memo = LineMemo()
    read_source("model A {\n  id Int @id\n}\nmodel B {\n  id Int @id\n}\n", memo)
    assert memo.parsed == 1


def test_a_full_memo_starts_anew() -> None:
    memo = LineMemo(limit=3)
    for number in range(10):
        memo.line("model_line", f"  a{number} Int\n")
    assert memo.parsed == 10
    assert memo.line("model_line", "  a9 Int\n") is memo.line("model_line", "  a9 Int\n")


def check_edits(text: str, edits: list[Random]) -> None:
    source = read_source(text, MEMO)
    for random in edits:
        source = check_edit(source, edit_of(random, source.text))


def check_edit(source: Source, edit: TextEdit) -> Source:
    """Make an edit, and compare all there is with reading the text from scratch."""
    edited = edit_source(source, edit, MEMO)
    new = edited.source
    assert new.text == source.text[: edit.start] + edit.new_text + source.text[edit.end :]
    assert as_values(new) == as_values(read_source(new.text, MEMO))
    check_source(new)
    for old_items, new_items in (
        (source.items[: edited.first], new.items[: edited.first]),
        (source.items[edited.old_end :], new.items[edited.new_end :]),
    ):
        assert len(old_items) == len(new_items)
        assert all(a is b for a, b in zip(old_items, new_items, strict=True))
    assert replaced(None, new).new_end == len(new.items)
    return new


def random_edit(random: Random) -> Random:
    return Random(random.random())


def edit_of(random: Random, text: str) -> TextEdit:
    """Return an edit: characters, tokens, pastes, lines, or stretches of the text itself."""
    kind = random.randrange(7)
    at = random.randint(0, len(text))
    if kind == 0:
        return TextEdit(at, at, random.choice(PASTES))
    if kind == 1:
        return TextEdit(at, min(len(text), at + 1), "")
    if kind == 2:
        return TextEdit(at, min(len(text), at + random.randint(1, 200)), random.choice(PASTES))
    if kind == 3:
        start = random.randint(0, len(text))
        return TextEdit(at, at, text[start : start + random.randint(1, 300)])
    marks = list(marked(text))
    if not marks:
        return TextEdit(at, at, random.choice(PASTES))
    start = random.choice(marks)
    if kind == 4:
        return TextEdit(start, start + 1, "")
    if kind == 5:
        return TextEdit(start, start + 1, random.choice(PASTES))
    return TextEdit(start, start, random.choice(PASTES))


def marked(text: str) -> Iterator[int]:
    """Yield where the characters stand that decide how a text is cut."""
    return (index for index, character in enumerate(text) if character in '{}\n\r/*"\\')


def difference(before: str, after: str) -> TextEdit:
    """Return the edit that makes one text of another."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    most = min(len(before), len(after)) - start
    while end < most and before[-1 - end] == after[-1 - end]:
        end += 1
    return TextEdit(start, len(before) - end, after[start : len(after) - end])


def names(file: CorpusFile) -> tuple[str, str]:
    return file.unit, file.file
