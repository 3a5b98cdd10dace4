"""The server's answers for the map: they follow every edit, and survive every question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lsp.editor import Editor, Refused
from tests.lsp.schemas import INDEXED_POSTS, ONE_FINDING, POSTS, USERS
from tests.project.folders import DATASOURCE, write

MAP = "referee/relationMap"
DELETE = "referee/relationMapDelete"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path, {"package.json": "{}", "schema.prisma": ONE_FINDING})


def document(uri: str, **more: object) -> dict[str, object]:
    return {"textDocument": {"uri": uri}, **more}


def test_the_map_of_a_document_is_that_of_its_schema(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "package.json": '{"prisma": {"schema": "db"}}',
            "db/base.prisma": DATASOURCE,
            "db/users/users.prisma": USERS,
            "db/posts.prisma": POSTS,
        },
    )
    editor = Editor(tmp_path)
    uri = editor.open(tmp_path / "db" / "posts.prisma")
    answer = editor.ask(MAP, document(uri))
    assert answer["map"]["files"] == ["base.prisma", "posts.prisma", "users/users.prisma"]
    assert [Path(each).name for each in answer["uris"]] == [
        "base.prisma",
        "posts.prisma",
        "users.prisma",
    ]
    assert answer["uris"][1] == uri
    assert [each["title"] for each in answer["map"]["groups"]] == [
        "posts.prisma",
        "users/users.prisma",
    ]
    assert answer["title"].endswith("/db")


def test_the_map_follows_edits_that_came_just_before(folder: Path) -> None:
    editor = Editor(folder)
    uri = editor.open(folder / "schema.prisma")
    before = editor.ask(MAP, document(uri))["map"]
    assert [each["code"] for each in before["fouls"]] == ["unindexed-foreign-key"]
    editor.change(uri, {"text": ONE_FINDING.replace(POSTS, INDEXED_POSTS).replace("Post", "Note")})
    after = editor.ask(MAP, document(uri))["map"]
    assert [each["name"] for each in after["models"]] == ["User", "Note"]
    assert after["fouls"] == []


def test_the_findings_of_the_map_are_those_that_are_told(folder: Path) -> None:
    editor = Editor(folder)
    text = ONE_FINDING.replace("  author ", "  // referee-ignore unindexed-foreign-key\n  author ")
    uri = editor.open(folder / "schema.prisma", text)
    assert editor.codes(uri) == []
    assert editor.ask(MAP, document(uri))["map"]["fouls"] == []


def test_a_delete_is_that_of_the_newest_text(folder: Path) -> None:
    editor = Editor(folder)
    uri = editor.open(folder / "schema.prisma")
    asked = document(uri, model="User")
    assert editor.ask(DELETE, asked)["twigs"][1] == [0, "removes", "Post", "Post.author", []]
    editor.change(uri, {"text": ONE_FINDING.replace("Cascade", "Restrict")})
    answer = editor.ask(DELETE, asked)
    assert answer["removes"] == 0
    assert [each[1] for each in answer["refusals"]] == ["blocked"]


def test_places_are_found_behind_characters_of_two_units(folder: Path) -> None:
    editor = Editor(folder)
    text = ONE_FINDING.replace("  author ", "  /* \U0001f600 */ author ")
    uri = editor.open(folder / "schema.prisma", text)
    (key,) = editor.ask(MAP, document(uri))["map"]["keys"]
    _, line, column = key["at"]
    assert text.split("\n")[line][column:].startswith("author ")


def test_what_is_not_there_is_answered_with_nothing(folder: Path) -> None:
    editor = Editor(folder)
    uri = editor.open(folder / "schema.prisma", ONE_FINDING + "view Seen {\n  id Int @unique\n}\n")
    assert editor.ask(MAP, document("file:///nowhere/schema.prisma")) is None
    assert editor.ask(DELETE, document("file:///nowhere/schema.prisma", model="User")) is None
    assert editor.ask(DELETE, document(uri, model="Nobody")) is None
    assert editor.ask(DELETE, document(uri, model="Seen")) is None


@pytest.mark.parametrize("params", [None, {}, [], {"textDocument": None}, {"textDocument": {}}])
@pytest.mark.parametrize("method", [MAP, DELETE])
def test_a_question_without_its_parameters_is_refused(
    folder: Path, method: str, params: object
) -> None:
    editor = Editor(folder)
    with pytest.raises(Refused) as refused:
        editor.ask(method, params)
    assert refused.value.code == -32602


def test_a_failure_is_answered_told_and_survived(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = Editor(folder)
    uri = editor.open(folder / "schema.prisma")

    def fail(*arguments: object) -> object:
        raise RuntimeError("a planted failure")

    with monkeypatch.context() as patch:
        patch.setattr("referee.lsp.relation_map.relation_map", fail)
        with pytest.raises(Refused) as refused:
            editor.ask(MAP, document(uri))
    assert refused.value.code == -32603
    (complaint,) = editor.complaints()
    assert "a planted failure" in complaint
    assert editor.ask(MAP, document(uri))["map"]["models"]


def test_an_untitled_document_has_a_map() -> None:
    editor = Editor()
    uri = "untitled:Untitled-1"
    editor.notify(
        "textDocument/didOpen",
        {"textDocument": {"uri": uri, "languageId": "prisma", "version": 1, "text": ONE_FINDING}},
    )
    answer = editor.ask(MAP, document(uri))
    assert answer["uris"] == [uri]
    assert json.dumps(answer["map"]["models"])
