"""`referee graph` as a person calls it: what it prints, what it refuses, and its exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import BLOG, CLEAN, DATASOURCE, Project, Referee

ORCHARD = Path(__file__).parents[2] / "examples" / "orchard"


def test_the_relations_are_shown_without_colours_in_a_pipe(
    referee: Referee, project: Project
) -> None:
    project({"prisma/schema.prisma": DATASOURCE + BLOG})
    ended = referee("graph")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "━━ around User ━━ 2 models\n"
        "\n"
        "User  ← 1\n"
        "Post\n"
        "  author → User  Cascade\n"
        "\n"
        "2 models, 1 foreign key, 1 connected area\n"
        "most referred to   User (1)\n"
    )
    assert "\x1b[31mCascade" in referee("graph", "--color", "always").out


def test_files_of_a_schema_are_named_as_seen_from_the_working_folder(
    referee: Referee, project: Project
) -> None:
    project({"prisma/schema/a.prisma": DATASOURCE + BLOG, "prisma/schema/b.prisma": CLEAN})
    out = referee("graph", "prisma/schema/b.prisma").out
    assert "━━ prisma/schema/a.prisma ━━ 2 models\n" in out
    assert "━━ prisma/schema/b.prisma ━━ 1 model\n" in out


def test_the_tree_of_a_delete_is_shown(referee: Referee, project: Project) -> None:
    project({"schema.prisma": DATASOURCE + BLOG})
    ended = referee("graph", "--delete", "User")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "Deleting a row of `User` removes rows of 1 other model.\n"
        "\n"
        "User     one row deleted\n"
        "└─ Post  removed  author\n"
    )


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("Usr", "there is no model `Usr`; did you mean `User`?"),
        ("users", "there is no model `users`; did you mean `User`?"),
        ("POST", "there is no model `POST`; did you mean `Post`?"),
        ("Qqqq", "there is no model `Qqqq`; see all of them with: referee graph"),
        ("Report", "`Report` is a view: it has no rows of its own to delete."),
        ("Color", "there is no model `Color`"),
    ],
)
def test_an_unknown_model_is_answered_with_the_nearest_name(
    referee: Referee, project: Project, name: str, answer: str
) -> None:
    more = "view Report {\n  id Int @unique\n}\nenum Color {\n  RED\n}\n"
    project({"schema.prisma": DATASOURCE + BLOG + more})
    ended = referee("graph", "--delete", name)
    assert (ended.code, ended.out) == (2, "")
    assert answer in ended.err


def test_json_is_json_on_both_sides(referee: Referee, project: Project) -> None:
    project({"schema.prisma": DATASOURCE + BLOG})
    graph = json.loads(referee("graph", "--format", "json", "--color", "always").out)
    assert graph["kind"] == "relations"
    assert [relation["name"] for relation in graph["relations"]] == ["Post.author"]
    tree = json.loads(referee("graph", "--delete", "User", "--format", "json").out)
    assert tree["kind"] == "delete"
    assert tree["tree"]["children"][0]["model"] == "Post"


@pytest.mark.parametrize(
    ("words", "start"),
    [
        (["--format", "mermaid"], "erDiagram\n"),
        (["--format", "dot"], "digraph relations {\n"),
        (["--format", "mermaid", "--delete", "User"], "flowchart LR\n"),
        (["--format", "dot", "--delete", "User"], "digraph delete {\n"),
    ],
)
def test_pictures_are_drawn_in_two_languages(
    referee: Referee, project: Project, words: list[str], start: str
) -> None:
    project({"schema.prisma": DATASOURCE + BLOG})
    ended = referee("graph", *words)
    assert ended.code == 0
    assert ended.out.startswith(start)


def test_a_map_is_one_page_with_findings_and_deletes(referee: Referee, project: Project) -> None:
    folder = project({"schema.prisma": DATASOURCE + BLOG})
    ended = referee("graph", "--format", "html", "-o", "map.html")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    page = (folder / "map.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    shown = map_in(page)
    assert (shown["title"], shown["selected"]) == ("schema.prisma", None)
    assert shown["files"] == ["schema.prisma"]
    assert [each["code"] for each in shown["fouls"]] == ["unindexed-foreign-key"]
    assert set(shown["deletes"]) == {"User", "Post"}
    # Everything is inside: no element asks for anything.
    assert re.findall(r"<(?:link|img|iframe|script) [^>]*(?:src|href)=", page) == []
    assert referee("graph", "--format", "html").out == page
    chosen = map_in(referee("graph", "--format", "html", "--delete", "User").out)
    assert chosen["selected"] == "User"


def test_the_findings_of_a_map_are_those_that_the_configuration_lets_through(
    referee: Referee, project: Project
) -> None:
    project(
        {
            "schema.prisma": DATASOURCE + BLOG,
            "referee.toml": '[severity]\nunindexed-foreign-key = "hint"\n',
        }
    )
    (foul,) = map_in(referee("graph", "--format", "html").out)["fouls"]
    assert foul["severity"] == "hint"
    project({"referee.toml": '[severity]\nunindexed-foreign-key = "off"\n'})
    assert map_in(referee("graph", "--format", "html").out)["fouls"] == []
    project({"referee.toml": '[severity]\nunindexed-foreign-kex = "off"\n'})
    ended = referee("graph", "--format", "html")
    assert ended.code == 0
    assert "unindexed-foreign-kex" in ended.err


def test_a_map_is_not_poured_into_a_terminal(
    referee: Referee, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project({"schema.prisma": DATASOURCE + BLOG})
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    ended = referee("graph", "--format", "html")
    assert (ended.code, ended.out) == (2, "")
    assert "name a file for it with --output" in ended.err


@pytest.mark.parametrize("form", ["text", "mermaid", "dot", "json"])
def test_every_form_can_be_written_to_a_file(referee: Referee, project: Project, form: str) -> None:
    folder = project({"schema.prisma": DATASOURCE + BLOG})
    printed = referee("graph", "--format", form).out
    ended = referee("graph", "--format", form, "--output", "out.txt")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert (folder / "out.txt").read_text(encoding="utf-8") == printed
    assert referee("graph", "--format", form, "--output", "-").out == printed


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("map.html", "<!doctype html>"),
        ("map.HTM", "<!doctype html>"),
        ("map.json", "{\n"),
        ("map.dot", "digraph "),
        ("map.mmd", "erDiagram\n"),
        ("map.txt", "━━ "),
        ("map", "━━ "),
    ],
)
def test_the_ending_of_the_file_says_the_form(
    referee: Referee, project: Project, name: str, start: str
) -> None:
    folder = project({"schema.prisma": DATASOURCE + BLOG})
    assert referee("graph", "-o", name).code == 0
    assert (folder / name).read_text(encoding="utf-8").lower().startswith(start.lower())
    assert referee("graph", "--format", "text", "-o", name).code == 0
    assert (folder / name).read_text(encoding="utf-8").startswith("━━ ")


def test_a_file_that_cannot_be_written_is_said(referee: Referee, project: Project) -> None:
    project({"schema.prisma": DATASOURCE + BLOG})
    ended = referee("graph", "--format", "html", "-o", "gone/map.html")
    assert (ended.code, ended.out) == (2, "")
    assert "`gone/map.html` cannot be written: no such file or directory." in ended.err


def map_in(page: str) -> Any:
    """Return what a page knows of its schema."""
    (found,) = re.findall(r'id="relation-map-data">(.*?)</script>', page, re.DOTALL)
    return json.loads(found)


def test_several_schemas_are_shown_in_turn_but_only_as_text(
    referee: Referee, project: Project
) -> None:
    project(
        {
            "a/package.json": "{}",
            "a/schema.prisma": DATASOURCE + BLOG,
            "b/package.json": "{}",
            "b/schema.prisma": DATASOURCE + CLEAN,
        }
    )
    out = referee("graph").out
    assert out.startswith("a/schema.prisma\n\n━━ around User ━━")
    assert "\n\nb/schema.prisma\n\n━━ without relations ━━ 1 model\n" in out
    ended = referee("graph", "--format", "json")
    assert ended.code == 2
    assert "there are 2 schemas here, and json shows one" in ended.err
    assert referee("graph", "--format", "json", "--delete", "User").code == 0


def test_what_cannot_be_read_is_said(referee: Referee, project: Project) -> None:
    project({"schema.prisma": DATASOURCE + BLOG + "model Bad {\n  = 1\n}\n"})
    ended = referee("graph")
    assert ended.code == 0
    assert "schema.prisma has 1 mistake in its syntax" in ended.err
    project({"schema.prisma": b"model A {\n  id Int @id // \xff\n}\n"})
    ended = referee("graph", "schema.prisma")
    assert ended.code == 2
    assert "is left out: The file is not " in ended.err


def test_paths_that_lead_nowhere_are_refused(referee: Referee, project: Project) -> None:
    project({"readme.txt": "nothing"})
    assert "there is no file or folder `gone`" in referee("graph", "gone").err
    ended = referee("graph")
    assert ended.code == 2
    assert "there is no Prisma schema in this folder" in ended.err
    assert "one word too many" in referee("graph", "a", "b").err
    assert "--format does not take `svg`" in referee("graph", "--format", "svg").err


def test_help_has_examples(referee: Referee) -> None:
    ended = referee("graph", "--help")
    assert ended.code == 0
    assert "referee graph --delete User" in ended.out


def test_the_example_is_shown_whole(referee: Referee) -> None:
    ended = referee("graph", str(ORCHARD))
    assert ended.code == 0
    assert re.search(r"^147 models, \d+ foreign keys, \d+ join tables", ended.out, re.MULTILINE)
    tree = referee("graph", str(ORCHARD), "--delete", "Workspace").out
    assert re.search(r"removes rows of \d+ other models, \d levels deep", tree)
    assert "✗ `Workspace > LearningPath > Certificate.path` by `Certificate_pathId_fkey`" in tree
