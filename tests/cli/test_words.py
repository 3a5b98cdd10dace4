from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from referee import __version__
from referee.cli.arguments import read_arguments
from referee.migrations.applied import STATUS_CODES
from referee.rules.catalogue import ALL_FAMILIES, FAMILY_TITLES, MIGRATION_CODE_NAMES
from tests.cli.conftest import BLOG, DATASOURCE, Project, Referee


def test_the_version_is_printed(referee: Referee) -> None:
    ended = referee("--version")
    assert (ended.code, ended.out) == (0, f"referee {__version__}\n")


@pytest.mark.parametrize("words", [["--help"], ["check", "-h"], ["explain", "-h"], ["rules", "-h"]])
def test_help_has_examples(referee: Referee, words: list[str]) -> None:
    ended = referee(*words)
    assert ended.code == 0
    assert "\nexamples:\n  referee " in ended.out
    assert ended.err == ""


@pytest.mark.parametrize("page", ["README.md", "docs/cli.md", "docs/json.md"])
def test_the_command_lines_in_the_documents_make_sense(page: str) -> None:
    text = (Path(__file__).parents[2] / page).read_text("utf-8")
    lines = re.findall(r"^(?:\S*/)?referee (.*)$", text, re.MULTILINE)
    lines += re.findall(r"`referee ([^`]+)`", text)
    written = [line.split(" #")[0].split() for line in lines if "COMMAND" not in line]
    assert written
    for words in written:
        # Words in capitals stand for what people put there.
        read_arguments([word.strip("[].") for word in words if not word.endswith("...]")])


def test_no_words_at_all_are_answered_with_help(referee: Referee) -> None:
    ended = referee()
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("usage: referee ")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["chek"], "there is no command `chek`; did you mean `check`?"),
        (["xyz"], "there is no command `xyz`; the commands are check, explain"),
        (["schema.prisma"], "to judge a path, say: referee check schema.prisma"),
        (["check", "--formt", "json"], "there is no option `--formt`; did you mean `--format`?"),
        (["check", "--fixx"], "there is no option `--fixx`; did you mean `--fix`?"),
        (["check", "--format", "jsn"], "--format does not take `jsn`; did you mean `json`?"),
        (["check", "--fail-on", "all"], "--fail-on does not take `all`"),
        (["check", "--color", "sometimes"], "--color does not take `sometimes`"),
        (["check", "--select", ","], "--select needs the code or family of a rule"),
        (["check", "--format"], "see: referee check --help"),
        (["check", "--fix", "--diff"], "choose one of them"),
        (["check", "--diff", "--format", "json"], "leave out --format json"),
        (["check", "-", "a.prisma"], "no other path can be judged beside it"),
        (["check", "a.prisma", "--stdin-filename", "b.prisma"], "leave out the paths or say `-`"),
        (["explain"], "see: referee explain --help"),
        (["explain", "a", "b"], "`b` is one word too many"),
        (["explain", "blocked-deletes"], "did you mean `blocked-delete`?"),
        (["check", "--watch"], "there is no option `--watch`; see: referee check --help"),
        (["explain", "zzz"], "referee rules lists all codes."),
        (["rules", "--format", "sarif"], "--format does not take `sarif`"),
    ],
)
def test_words_that_make_no_sense_are_answered_with_a_sentence(
    referee: Referee, words: list[str], answer: str
) -> None:
    ended = referee(*words)
    assert (ended.code, ended.out) == (2, "")
    assert answer in ended.err
    assert ended.err.startswith("referee: ")


def test_a_mistake_in_referee_is_one_sentence_unless_a_trace_is_wanted(
    project: Project, referee: Referee, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(assignments: object) -> None:
        raise ZeroDivisionError("seven by nought")

    project({"schema.prisma": DATASOURCE + BLOG})
    monkeypatch.setattr("referee.cli.check.judge_schemas", fail)
    ended = referee("check")
    assert ended.code == 2
    assert ended.err == (
        "referee: this is a mistake in Referee (ZeroDivisionError: seven by nought); "
        "REFEREE_TRACE=1 shows where.\n"
    )
    assert "Traceback" in referee("check", "--verbose").err


def test_an_interrupt_ends_quietly(
    project: Project, referee: Referee, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(assignments: object) -> None:
        raise KeyboardInterrupt

    project({"schema.prisma": DATASOURCE + BLOG})
    monkeypatch.setattr("referee.cli.check.judge_schemas", interrupt)
    ended = referee("check")
    assert (ended.code, ended.out, ended.err) == (130, "", "")


# --- explain and rules ---------------------------------------------------------------------------


def test_explain_gives_a_pipe_the_page_as_markdown(referee: Referee) -> None:
    ended = referee("explain", "unindexed-foreign-key")
    assert ended.code == 0
    assert ended.out.startswith("# unindexed-foreign-key\n\nFamily `missing-index`; warning")
    assert "\n```prisma bad\n" in ended.out


@pytest.mark.parametrize("name", ["missing-index", "Missing indexes", "missing-indexes"])
def test_explain_lists_the_codes_of_a_family(referee: Referee, name: str) -> None:
    ended = referee("explain", name)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("# Missing indexes\n\nThe family `missing-index`.\n")
    listed = [line for line in ended.out.splitlines() if line.startswith("- ")]
    assert [line.split("`")[1] for line in listed] == [
        "unindexed-foreign-key", "partly-indexed-foreign-key", "unindexed-polymorphic-pair",
    ]  # fmt: skip


def test_every_family_has_a_title() -> None:
    assert set(FAMILY_TITLES) == set(ALL_FAMILIES)


@pytest.mark.parametrize("state", STATUS_CODES)
def test_explain_names_the_page_of_a_state_of_a_database(referee: Referee, state: str) -> None:
    ended = referee("explain", state)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"# {state}\n")
    is_rule = state in MIGRATION_CODE_NAMES
    assert ("docs/migrations-status.md" in ended.out) != is_rule


def test_explain_shows_a_terminal_something_readable(referee: Referee) -> None:
    ended = referee("explain", "unindexed-foreign-key", "--color", "always")
    plain = re.sub("\x1b\\[[0-9;]*m", "", ended.out)
    assert "```" not in plain
    assert "  │   authorId Int\n" in plain
    assert max(map(len, plain.split("\n"))) <= 100


@pytest.mark.parametrize("code", ["syntax", "unreadable-file", "bad-configuration"])
def test_codes_that_are_no_rules_are_explained_too(referee: Referee, code: str) -> None:
    assert referee("explain", code).out.startswith(f"# {code}\n")


def test_rules_lists_every_code_once(referee: Referee) -> None:
    from referee.rules.catalogue import ALL_CODES

    listed = json.loads(referee("rules", "--format", "json").out)
    assert listed["version"] == 1
    assert sorted(rule["code"] for rule in listed["rules"]) == sorted(ALL_CODES)
    for rule in listed["rules"]:
        assert set(rule) >= {"code", "family", "severity", "on", "fix", "summary"}


def test_rules_shows_a_line_for_each_code_below_its_family(referee: Referee) -> None:
    lines = referee("rules").out.splitlines()
    assert lines[0] == "missing-index"
    assert re.fullmatch(r"  unindexed-foreign-key +warning +safe fix +A foreign key .*", lines[1])
