"""Inlay hints: where they stand, what they say, and that accepting one changes nothing."""

from __future__ import annotations

import pytest

from referee.features.hints import ALL_EVENTS, hints_of
from referee.syntax.tree import Span
from referee.text.edits import apply_edits
from tests.support.judging import datasource, snapshot_of

SCHEMA = """\
model User {
  id     Int    @id
  posts  Post[]
  drafts Post[] @relation("drafts")
}

model Post {
  id       Int   @id
  author   User  @relation(fields: [authorId], references: [id])
  authorId Int
  editor   User? @relation("drafts", fields: [editorId], references: [id], )
  editorId Int?
}
"""


def with_hints(schema: str, provider: str = "postgresql", mode: str | None = None) -> list[str]:
    """Return the lines that have hints, with the hints in them in angle brackets."""
    files = {"a.prisma": datasource(provider, mode), "b.prisma": schema}
    shown = schema
    for hint in reversed(hints_of(snapshot_of(files), "b.prisma", events=ALL_EVENTS)):
        shown = f"{shown[: hint.offset]}<{hint.label}>{shown[hint.offset :]}"
    return [line.strip() for line in shown.splitlines() if "<" in line]


def test_hints_stand_where_the_actions_would_be_written() -> None:
    assert with_hints(SCHEMA.replace(", )", ")")) == [
        "author   User  @relation(fields: [authorId], references: [id]"
        "<, onDelete: Restrict><, onUpdate: Cascade>)",
        'editor   User? @relation("drafts", fields: [editorId], references: [id]'
        "<, onDelete: SetNull><, onUpdate: Cascade>)",
    ]


@pytest.mark.parametrize(
    ("provider", "mode", "action"),
    [
        ("postgresql", None, "Restrict"),
        ("mysql", None, "Restrict"),
        ("sqlserver", None, "NoAction"),
        ("sqlserver", "prisma", "Restrict"),
        ("mongodb", None, "Restrict"),
    ],
)
def test_hints_are_the_defaults_of_the_database(
    provider: str, mode: str | None, action: str
) -> None:
    assert f"<, onDelete: {action}>" in with_hints(SCHEMA, provider, mode)[0]


def test_only_deletes_are_hinted_at_unless_asked_for_more() -> None:
    hints = hints_of(snapshot_of(SCHEMA), "schema.prisma")
    assert {hint.label for hint in hints} <= {", onDelete: Restrict", ", onDelete: SetNull"}


def test_written_and_mistaken_actions_have_no_hint() -> None:
    written = SCHEMA.replace("references: [id])", "references: [id], onDelete: Cascade)")
    assert "onDelete: Cascade<, onUpdate" in with_hints(written)[0]
    mistaken = SCHEMA.replace("references: [id])", "references: [id], onDelete: Nothing)")
    assert "<, onDelete" not in with_hints(mistaken)[0]


def test_the_tooltip_says_why_and_what_it_does() -> None:
    hint = hints_of(snapshot_of(SCHEMA), "schema.prisma")[0]
    assert hint.tooltip == (
        "Prisma's default where the relation or a column of its key is required. PostgreSQL "
        "refuses to delete a row of `User` while a row of `Post` refers to it. Inside a cascade "
        "it checks level by level, just as for NoAction."
    )


def test_accepting_a_hint_leaves_the_relations_as_they_are() -> None:
    text = SCHEMA.replace(", )", ")")
    snapshot = snapshot_of(text)
    edits = [hint.edit for hint in hints_of(snapshot, "schema.prisma", events=ALL_EVENTS)]
    after = snapshot_of(apply_edits(text, edits))
    assert hints_of(after, "schema.prisma", events=ALL_EVENTS) == ()
    before_and_after = [
        [(key.on_delete.action, key.on_update.action) for key in each.view.keys_of("Post")]
        for each in (snapshot, after)
    ]
    assert before_and_after[0] == before_and_after[1]


def test_a_stretch_of_a_file_has_only_its_own_hints() -> None:
    snapshot = snapshot_of(SCHEMA.replace(", )", ")"))
    whole = hints_of(snapshot, "schema.prisma")
    assert len(whole) == 2
    line = Span(whole[1].offset - 10, whole[1].offset + 1)
    assert hints_of(snapshot, "schema.prisma", line) == whole[1:]
    assert hints_of(snapshot, "schema.prisma", Span(0, 20)) == ()


def test_the_end_without_a_key_has_no_hint() -> None:
    hints = hints_of(snapshot_of(SCHEMA), "schema.prisma")
    assert all(hint.offset > SCHEMA.index("model Post") for hint in hints)
