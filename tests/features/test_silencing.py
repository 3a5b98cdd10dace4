"""Silencing comments: what they reach, what is said about useless ones, and how they are made."""

from __future__ import annotations

import pytest

from referee.features.diagnostics import all_diagnostics
from referee.features.fixing import fix_edits
from referee.features.silencing import silence_edit
from referee.rules.rule import Place
from referee.rules.settings import RuleSettings
from referee.text.edits import apply_edits
from tests.support.judging import codes, diagnostics, snapshot_of

AUTHOR = "model Author {\n  id Int @id\n  books Book[]\n}\n"
BOOK = """\
model Book {
  id       Int    @id
  author   Author @relation(fields: [authorId], references: [id])
  authorId Int
}
"""
RELATION = "  author   Author"
SILENCE = "// referee-ignore unindexed-foreign-key"


def books(book: str) -> str:
    return AUTHOR + book


def test_without_a_comment_there_is_something_to_silence() -> None:
    assert codes(books(BOOK)) == ["unindexed-foreign-key"]


@pytest.mark.parametrize(
    "book",
    [
        BOOK.replace("references: [id])", f"references: [id]) {SILENCE}: small table"),
        BOOK.replace(RELATION, f"  {SILENCE}\n{RELATION}"),
        BOOK.replace(RELATION, f"  {SILENCE}: why\n  // another comment\n{RELATION}"),
        BOOK.replace("model Book {", f"model Book {{ {SILENCE}"),
        f"{SILENCE}: archived\n{BOOK}",
        f"{SILENCE}\n/// The books.\n{BOOK}",
        f"// referee-ignore-file unindexed-foreign-key: imported\n\n{BOOK}",
        f"{BOOK}\n// referee-ignore-file unindexed-foreign-key\n",
        BOOK.replace("authorId Int", "authorId Int // referee-ignore-file unindexed-foreign-key"),
        BOOK.replace("model Book {", "model Book {\n  /// prisma-lint-ignore-model"),
        BOOK.replace(
            "model Book {", "model Book {\n  /// prisma-lint-ignore-model require-field-index"
        ),
        BOOK.replace(
            "model Book {",
            "model Book {\n  /// prisma-lint-ignore-model require-field-index authorId, x",
        ),
        BOOK.replace("model Book {", "model Book {\n  /// prisma-lint-ignore-model\n"),
        BOOK.replace("\n}", "\n\n  /// prisma-lint-ignore-model require-field-index\n}"),
        BOOK.replace(RELATION, f"  /// prisma-lint-ignore-field require-field-index\n{RELATION}"),
        BOOK.replace(
            "  authorId Int", "  /// prisma-lint-ignore-field require-field-index\n  authorId Int"
        ),
    ],
)
def test_a_comment_silences_what_it_reaches(book: str) -> None:
    assert codes(books(book)) == []


@pytest.mark.parametrize(
    "book",
    [
        BOOK.replace("authorId Int", f"authorId Int {SILENCE}"),
        BOOK.replace(RELATION, f"  {SILENCE}\n\n{RELATION}"),
        f"{SILENCE}\n\n{BOOK}",
        BOOK.replace("authorId Int\n", f"authorId Int\n  {SILENCE}\n"),
    ],
)
def test_a_comment_elsewhere_silences_nothing_and_is_told_so(book: str) -> None:
    assert sorted(codes(books(book))) == ["unindexed-foreign-key", "unused-silence"]


@pytest.mark.parametrize(
    "book",
    [
        BOOK.replace("model Book {", "model Book {\n  /// Let the referee ignore this."),
        BOOK.replace("model Book {", "model Book {\n  // Let it be: referee ignore this."),
        BOOK.replace("model Book {", "model Book {\n  // referee ignore this"),
        BOOK.replace(
            "authorId Int", 'authorId Int @map("// referee-ignore unindexed-foreign-key")'
        ),
        BOOK.replace(
            "model Book {", "model Book {\n  /// prisma-lint-ignore-model require-field-index other"
        ),
    ],
)
def test_documentation_strings_and_other_fields_are_no_silence(book: str) -> None:
    assert codes(books(book)) == ["unindexed-foreign-key"]


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        (f"/{SILENCE}", "Three slashes make this documentation"),
        (f"/{SILENCE}: a reason", "Three slashes make this documentation"),
        ("// referee ignore unindexed-foreign-key", "it says `referee ignore`"),
        ("// referee ignore-file unindexed-foreign-key", "it says `referee ignore`"),
    ],
)
def test_what_only_looks_like_a_silence_is_told_at_the_comment_and_left_to_its_author(
    comment: str, said: str
) -> None:
    text = books(BOOK.replace(RELATION, f"  {comment}\n{RELATION}"))
    found = diagnostics(text)
    assert sorted(each.code for each in found) == ["unindexed-foreign-key", "unused-silence"]
    told = next(each for each in found if each.code == "unused-silence")
    assert said in told.message
    assert text[told.span.start : told.span.end] == comment
    assert told.fixes == ()


def test_a_family_in_a_comment_is_called_one_and_no_other_code_is_guessed() -> None:
    text = books(BOOK.replace(RELATION, f"  // referee-ignore missing-index: why\n{RELATION}"))
    found = [each for each in diagnostics(text) if each.code == "unknown-code"]
    assert [each.message for each in found] == [
        "`missing-index` is a family; a comment silences nothing but codes."
    ]
    assert not found[0].fixes


def test_one_comment_may_name_several_codes_and_each_is_looked_at() -> None:
    both = f"{SILENCE}, money-as-flot: legacy"
    book = BOOK.replace(RELATION, f"  {both}\n{RELATION}")
    found = diagnostics(books(book))
    assert [each.code for each in found] == ["unknown-code"]
    assert "`money-as-float`" in found[0].message
    fixed = apply_all(books(book))
    assert "// referee-ignore unindexed-foreign-key, money-as-float: legacy\n" in fixed


def test_an_unused_code_is_taken_out_of_its_comment() -> None:
    book = BOOK.replace(RELATION, f"  {SILENCE}, partly-indexed-foreign-key\n{RELATION}")
    assert codes(books(book)) == ["unused-silence"]
    assert f"  {SILENCE}\n{RELATION}" in apply_all(books(book))


def test_an_unused_comment_goes_with_its_line() -> None:
    book = BOOK.replace("  id       Int    @id\n", f"  {SILENCE}\n  id       Int    @id\n")
    fixed = apply_all(books(book))
    assert fixed.count("referee-ignore") == 0
    assert "model Book {\n  id       Int    @id\n" in fixed


def test_where_reasons_are_required_a_comment_without_one_silences_nothing() -> None:
    settings = RuleSettings(requires_reasons=True)
    bare = BOOK.replace(RELATION, f"  {SILENCE}\n{RELATION}")
    reasoned = BOOK.replace(RELATION, f"  {SILENCE}: never deleted\n{RELATION}")
    assert codes(books(bare), settings) == ["unused-silence", "unindexed-foreign-key"]
    assert codes(books(reasoned), settings) == []


def test_a_code_that_is_switched_off_is_not_called_unused() -> None:
    settings = RuleSettings(severities={"missing-index": "off"})
    book = BOOK.replace(RELATION, f"  {SILENCE}\n{RELATION}")
    assert codes(books(book), settings) == []


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_silence_is_put_above_the_member_and_silences_it(line_end: str) -> None:
    text = books(BOOK).replace("\n", line_end)
    snapshot = snapshot_of(text)
    (found,) = all_diagnostics(snapshot)
    place = Place("Book", "author", attribute="relation")
    made = silence_edit(snapshot, found.code, place, "small table")
    assert made is not None
    path, edit = made
    after = apply_edits(snapshot.sources[path].text, [edit])
    assert f"  {SILENCE}: small table{line_end}{RELATION}" in after
    assert codes(after) == []


def test_a_second_silence_joins_the_first() -> None:
    text = books(BOOK.replace(RELATION, f"  // referee-ignore relation-cycle: seen\n{RELATION}"))
    snapshot = snapshot_of(text)
    made = silence_edit(snapshot, "unindexed-foreign-key", Place("Book", "author"), "x")
    assert made is not None
    after = apply_edits(text, [made[1]])
    assert "  // referee-ignore relation-cycle, unindexed-foreign-key: seen\n" in after


def apply_all(text: str) -> str:
    snapshot = snapshot_of(text)
    (found,) = [each for each in all_diagnostics(snapshot) if each.family == "tool"]
    edits = fix_edits(snapshot, found.fixes[0])
    return apply_edits(text, edits["schema.prisma"])
