"""What is kept of a schema from edit to edit is what a fresh look would find."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from referee.engine import kept_answers
from referee.engine.kept_answers import KeptAnswers
from referee.engine.session import Session
from referee.engine.snapshot import Snapshot
from referee.features.delete_tree import delete_report, delete_tree
from referee.features.report.paint import Look
from referee.rules.settings import RuleSettings
from referee.schema.view import SchemaView
from referee.text.edits import TextEdit

PATH = "schema.prisma"
SCHEMA = """
datasource db {
  provider = "PROVIDER"
}

model User {
  id    Int    @id
  name  String @unique
  posts Post[]
  teams Team[]
}

model Post {
  id       Int       @id
  authorId Int       @default(1)
  author   User      @relation(fields: [authorId], references: [id], onDelete: Cascade)
  comments Comment[]
}

model Comment {
  id     Int  @id
  postId Int?
  post   Post? @relation(fields: [postId], references: [id], onDelete: SetNull)
}

model Team {
  id      Int    @id
  ownerId Int
  owner   User   @relation(fields: [ownerId], references: [id], onDelete: Restrict)
}

model Apart {
  id   Int @id
  note String
}
"""
MODELS = ("User", "Post", "Comment", "Team", "Apart")


def schema(provider: str = "postgresql") -> str:
    return SCHEMA.replace("PROVIDER", provider)


def on_deletes(model: str) -> Callable[[SchemaView], str]:
    return lambda view: delete_report(delete_tree(view, model), Look()) if view.model(model) else ""


class Asking:
    """A session under edit, whose reports on deletes are kept."""

    def __init__(self, text: str) -> None:
        self.session = Session()
        self.session.put(PATH, text)
        self.kept = KeptAnswers()

    def snapshot(self) -> Snapshot:
        snapshot = self.session.snapshot()
        self.kept.follow(snapshot)
        return snapshot

    def report(self, model: str) -> str:
        return self.kept.answer(self.snapshot(), model, on_deletes(model))

    def replace(self, old: str, new: str) -> None:
        source = self.session.source(PATH)
        assert source is not None
        at = source.text.index(old)
        self.session.edit(PATH, TextEdit(at, at + len(old), new))
        self.snapshot()


def test_an_edit_of_what_was_not_asked_about_leaves_what_was_worked_out() -> None:
    asking = Asking(schema())
    before = asking.report("User")
    asking.replace("note String", "note String?")
    assert asking.report("User") == before
    assert asking.kept.worked_out == 1


def test_an_edit_that_is_undone_leaves_what_was_worked_out() -> None:
    asking = Asking(schema())
    before = asking.report("User")
    asking.replace("references: [id], onDelete: Cascade", "references: [")
    asking.replace("references: [", "references: [id], onDelete: Cascade")
    assert asking.report("User") == before
    assert asking.kept.worked_out == 1


def test_an_edit_of_what_was_asked_about_is_seen() -> None:
    asking = Asking(schema())
    assert "refuses: Restrict" in asking.report("User")
    asking.replace("onDelete: Restrict", "onDelete: Cascade")
    assert "refuses" not in asking.report("User")
    assert asking.kept.worked_out == 2


def test_another_database_is_seen() -> None:
    asking = Asking(schema())
    asking.replace("onDelete: SetNull", "onDelete: SetDefault")
    before = asking.report("Post")
    asking.replace("postgresql", "mysql")
    assert asking.report("Post") != before


def test_settings_that_change_let_nothing_be_kept() -> None:
    asking = Asking(schema())
    asking.report("User")
    asking.session.configure(RuleSettings(reports_ignored=True))
    asking.report("User")
    assert asking.kept.worked_out == 2


def test_nothing_is_kept_over_a_snapshot_that_was_not_followed() -> None:
    asking = Asking(schema())
    asking.report("User")
    asking.session.edit(PATH, TextEdit(0, 0, "// one\n"))
    asking.session.snapshot()
    asking.session.edit(PATH, TextEdit(0, 0, "// two\n"))
    asking.report("User")
    assert asking.kept.worked_out == 2


def test_what_asks_for_all_keys_is_not_kept() -> None:
    asking = Asking(schema())
    for number in (1, 2):
        keys = asking.kept.answer(asking.snapshot(), "all", lambda view: len(view.all_keys()))
        assert (keys, asking.kept.worked_out) == (3, number)


def test_only_so_much_is_kept_and_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Asking(schema())
    monkeypatch.setattr(kept_answers, "_MOST_NOTED", 1)
    for model in ("User", "Post", "Post", "User"):
        asking.report(model)
    assert asking.kept.worked_out == 3


def test_many_changes_let_nothing_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Asking(schema())
    monkeypatch.setattr(kept_answers, "_MOST_CHANGED", 1)
    before = asking.report("User")
    asking.replace("model Apart", "model Aside")
    assert asking.report("User") == before
    assert asking.kept.worked_out == 2


@pytest.mark.parametrize("provider", ["postgresql", "mysql", "sqlite", "sqlserver", "mongodb"])
def test_under_random_edits_what_is_kept_is_what_a_fresh_look_finds(provider: str) -> None:
    choose = Random(provider)
    asking = Asking(schema(provider))
    asked = 0
    undo: list[tuple[str, str]] = []
    edits = [
        *[(f"onDelete: {old}", f"onDelete: {new}") for old in ACTIONS for new in ACTIONS],
        ("Int?", "Int"),
        ("@default(1)", "@unique"),
        ("@unique", ""),
        ("onDelete: Cascade", "onDele: Cascade"),
        ("references: [id]", "references: [nothing]"),
        ("model Post {", "model Entry {"),
        ("note String", "post Post[]\n  note String"),
        ("model Comment {", "model Post {\n  id Int @id\n}\n\nmodel Comment {"),
    ]
    for _ in range(120):
        old, new = undo.pop() if undo and choose.random() < 0.4 else choose.choice(edits)
        source = asking.session.source(PATH)
        assert source is not None
        if old == new or old not in source.text or not new:
            continue
        asking.replace(old, new)
        undo.append((new, old))
        for model in MODELS:
            asked += 1
            assert asking.report(model) == on_deletes(model)(asking.snapshot().view)
    assert asking.kept.worked_out < asked / 2


ACTIONS = ("Cascade", "SetNull", "SetDefault", "Restrict", "NoAction")
