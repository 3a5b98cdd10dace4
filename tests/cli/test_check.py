from __future__ import annotations

import json
import os
import re
import stat
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import BLOG, CLEAN, DATASOURCE, Project, Referee

FIXED_BLOG = BLOG.replace("  authorId Int\n", "  authorId Int\n\n  @@index([authorId])\n")


# --- What is judged, and how it ends --------------------------------------------------------------


def test_the_folder_one_works_in_is_judged_unless_a_path_is_named(
    project: Project, referee: Referee
) -> None:
    project({"prisma/schema.prisma": DATASOURCE + BLOG})
    ended = referee("check")
    assert ended.code == 1
    assert "prisma/schema.prisma:11:27" in ended.out
    assert ended.out.endswith("2 models in 1 file: 1 warning; 1 fixable with --fix\n")
    assert ended.err == ""


def test_a_clean_schema_ends_with_0_and_says_how_much_was_judged(
    project: Project, referee: Referee
) -> None:
    project({"schema.prisma": DATASOURCE + CLEAN})
    ended = referee("check")
    assert (ended.code, ended.out) == (0, "1 model in 1 file: no findings\n")


def test_a_missing_path_ends_with_2_and_the_rest_is_judged(
    project: Project, referee: Referee
) -> None:
    project({"schema.prisma": DATASOURCE + BLOG})
    ended = referee("check", "schema.prisma", "shcema.prisma")
    assert ended.code == 2
    assert ended.err == "referee: there is no file or folder `shcema.prisma`.\n"
    assert "unindexed-foreign-key" in ended.out


def test_a_missing_path_alone_is_told_once(project: Project, referee: Referee) -> None:
    project({})
    ended = referee("check", "nowhere")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "referee: there is no file or folder `nowhere`.\n"


def test_nothing_to_judge_ends_with_2_and_says_where_it_looked(
    project: Project, referee: Referee
) -> None:
    project({"docs/notes.md": "", "src/index.ts": ""})
    ended = referee("check", "docs", "src")
    assert (ended.code, ended.out) == (2, "")
    assert "no schema was found in `docs` or `src`" in ended.err
    assert "referee check path/to/schema.prisma" in ended.err


def test_one_file_of_a_schema_is_judged_with_its_neighbours_and_reported_alone(
    project: Project, referee: Referee
) -> None:
    broken = "model Broken {\n  id Int @id\n  oops\n}\n"
    project({"s/schema.prisma": DATASOURCE, "s/blog.prisma": BLOG, "s/other.prisma": broken})
    ended = referee("check", "s/blog.prisma", "--format", "json")
    report = json.loads(ended.out)
    assert [finding["path"] for finding in report["findings"]] == ["s/blog.prisma"]
    assert report["schemas"][0]["files"] == ["s/blog.prisma", "s/other.prisma", "s/schema.prisma"]
    assert report["schemas"][0]["provider"] == "postgresql"


def test_a_folder_with_several_schemas_has_each_of_them_judged(
    project: Project, referee: Referee
) -> None:
    files = {"package.json": "{}", "schema.prisma": DATASOURCE + BLOG}
    project({f"apps/{app}/{name}": text for app in "ab" for name, text in files.items()})
    ended = referee("check", "apps")
    assert ended.code == 1
    assert "4 models in 2 files of 2 schemas: 2 warnings" in ended.out


@pytest.mark.parametrize("methods", [["spawn"], ["default"]])
def test_several_processes_say_the_same_as_one(
    project: Project,
    referee: Referee,
    monkeypatch: pytest.MonkeyPatch,
    methods: list[str],
) -> None:
    import multiprocessing

    from referee.cli import scheduling

    files = {"package.json": "{}", "schema.prisma": DATASOURCE + BLOG}
    project({f"apps/{app}/{name}": text for app in "abc" for name, text in files.items()})
    alone = referee("check", "--format", "json")
    monkeypatch.setattr(scheduling, "_processes", lambda assignments: 2)
    if methods == ["spawn"]:
        spawn = multiprocessing.get_context("spawn")
        monkeypatch.setattr(multiprocessing, "get_context", lambda method=None: spawn)
        monkeypatch.setattr("concurrent.futures.process.mp.get_context", lambda: spawn)
    together = referee("check", "--format", "json")
    assert together == alone


@pytest.mark.parametrize(
    ("level", "code"),
    [("error", 0), ("warning", 1), ("information", 1), ("hint", 1), ("never", 0)],
)
def test_the_level_decides_whether_a_warning_fails(
    project: Project, referee: Referee, level: str, code: int
) -> None:
    project({"schema.prisma": DATASOURCE + BLOG})
    assert referee("check", "--fail-on", level).code == code


def test_an_unreadable_file_is_an_error_and_the_rest_goes_on(
    project: Project, referee: Referee
) -> None:
    project({"s/schema.prisma": DATASOURCE + BLOG, "s/latin.prisma": b"// caf\xe9\nmodel X {\n}\n"})
    ended = referee("check", "--format", "concise")
    assert ended.code == 1
    first, second = ended.out.splitlines()
    assert first.startswith("s/latin.prisma:1:7: error unreadable-file The file is not ")
    assert "warning unindexed-foreign-key" in second


def test_verbose_tells_which_relations_nothing_was_concluded_from(
    project: Project, referee: Referee
) -> None:
    project({"schema.prisma": DATASOURCE + "model A {\n  id Int @id\n  b B @relation\n}\n"})
    ended = referee("check", "--verbose")
    assert (
        "`A.b` is left out of the relations of `schema.prisma`: `B` is not declared." in ended.err
    )


def test_relations_that_cannot_be_judged_are_counted_without_being_asked_and_those_of_views_not(
    project: Project, referee: Referee
) -> None:
    broken = BLOG.replace("references:", "refrences:")
    view = (
        "view Reader {\n  id Int @unique\n  userId Int\n"
        "  user User @relation(fields: [userId], references: [id])\n}\n"
    )
    viewed = BLOG.replace("posts Post[]", "posts Post[]\n  readers Reader[]") + view
    project({"a/schema.prisma": DATASOURCE + broken, "b/schema.prisma": DATASOURCE + viewed})
    ended = referee("check", "a", "--format", "json")
    assert ended.err == "referee: 1 relation field could not be judged; --verbose says why.\n"
    assert json.loads(ended.out)["schemas"][0]["fieldsNotJudged"] == 1
    ended = referee("check", "b", "--format", "json")
    assert ended.err == ""
    assert "fieldsNotJudged" not in json.loads(ended.out)["schemas"][0]


@pytest.mark.parametrize(
    ("written", "place", "said"),
    [
        ('"postgersql"', "2:14", "There is no provider `postgersql`, "),
        ('env("PROVIDER")', "2:14", "The datasource `db` names no provider, "),
    ],
)
def test_a_provider_that_does_not_exist_is_found_at_its_place(
    project: Project, referee: Referee, written: str, place: str, said: str
) -> None:
    project({"schema.prisma": DATASOURCE.replace('"postgresql"', written) + BLOG})
    ended = referee("check", "--format", "concise")
    assert ended.code == 1
    assert ended.out.startswith(f"schema.prisma:{place}: warning unknown-provider {said}")
    assert ("did you mean `postgresql`?" in ended.out) == ("postgersql" in written)
    assert "rules that depend on the database did not run" in ended.err


def test_a_datasource_without_a_provider_is_found_at_its_name(
    project: Project, referee: Referee
) -> None:
    project({"schema.prisma": "datasource db {\n}\n" + CLEAN})
    ended = referee("check", "--format", "concise")
    assert ended.out.startswith("schema.prisma:1:12: warning unknown-provider ")


def test_a_provider_on_a_line_that_cannot_be_read_is_not_called_missing(
    project: Project, referee: Referee
) -> None:
    project({"schema.prisma": 'datasource db {\n  provider "postgresql"\n}\n' + CLEAN})
    ended = referee("check", "--format", "concise")
    assert [line.split()[2] for line in ended.out.splitlines()] == ["syntax"]


@pytest.mark.parametrize("written", ["postgres", "mysql", "sqlite", "sqlserver", "mongodb"])
def test_a_provider_that_exists_is_no_finding(
    project: Project, referee: Referee, written: str
) -> None:
    project({"schema.prisma": DATASOURCE.replace("postgresql", written)})
    assert referee("check").out == "0 models in 1 file: no findings\n"


def test_beside_the_official_server_nothing_is_said_of_a_provider(
    project: Project, referee: Referee
) -> None:
    text = DATASOURCE.replace("postgresql", "postgersql") + BLOG
    project({"schema.prisma": text, "referee.toml": "beside-official-server = true\n"})
    assert referee("check", "--format", "concise").out == ""


def test_a_schema_without_a_datasource_does_not_look_clean(
    project: Project, referee: Referee
) -> None:
    project({"schema.prisma": BLOG})
    ended = referee("check")
    asked = re.fullmatch(
        r"2 models in 1 file: no findings, but (\d+) rules did not run without a known provider\n",
        ended.out,
    )
    assert asked is not None
    assert int(asked[1]) > 20
    assert ended.err == (
        "referee: in `schema.prisma` no datasource names a provider that Referee knows, so "
        f"{asked[1]} rules that depend on the database did not run.\n"
    )
    document = json.loads(referee("check", "--format", "json").out)
    assert document["schemas"][0]["rulesNotRun"] == int(asked[1])


def test_verbose_tells_what_was_passed_over(project: Project, referee: Referee) -> None:
    project({"schema.prisma": DATASOURCE + CLEAN, "node_modules/x/schema.prisma": CLEAN})
    assert "node_modules: Left out: installed packages." in referee("check", "--verbose").err
    assert referee("check").err == ""


# --- Choosing rules ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "is_found"),
    [
        (["--select", "missing-index"], True),
        (["--select", "unindexed-foreign-key"], True),
        (["--select", "cascade-risk"], False),
        (["--select", "cascade-risk,missing-index"], True),
        (["--select", "cascade-risk", "--select", "missing-index"], True),
        (["--ignore", "missing-index"], False),
        (["--ignore", "unindexed-foreign-key"], False),
        (["--ignore", "partly-indexed-foreign-key"], True),
        (["--select", "unindexed-foreign-key", "--ignore", "missing-index"], True),
        (["--select", "missing-index", "--ignore", "unindexed-foreign-key"], False),
        (["--select", "unindexed-foreign-key", "--ignore", "unindexed-foreign-key"], False),
    ],
)
def test_codes_and_families_are_selected_and_ignored(
    project: Project, referee: Referee, options: list[str], is_found: bool
) -> None:
    project({"schema.prisma": DATASOURCE + BLOG})
    ended = referee("check", "--format", "concise", *options)
    assert ("unindexed-foreign-key" in ended.out) is is_found
    assert ended.code == int(is_found)


def test_a_rule_that_is_off_by_default_is_switched_on_by_its_code_alone(
    project: Project, referee: Referee
) -> None:
    project({"schema.prisma": DATASOURCE + BLOG.replace(", onDelete: Cascade", "")})
    code = "implicit-referential-action"
    assert code in referee("check", "--select", code).out
    assert code not in referee("check", "--select", "cascade-risk").out


def test_a_selection_does_not_hide_that_a_line_could_not_be_read(
    project: Project, referee: Referee
) -> None:
    project({"schema.prisma": DATASOURCE + "model A {\n  id Int @id\n  oops\n}\n"})
    assert "syntax" in referee("check", "--select", "missing-index").out
    assert referee("check", "--ignore", "syntax").code == 0


def test_an_unknown_code_is_answered_with_the_nearest(project: Project, referee: Referee) -> None:
    project({"schema.prisma": DATASOURCE + BLOG})
    ended = referee("check", "--select", "unindexed-foreign-keys")
    assert ended.code == 2
    assert "did you mean `unindexed-foreign-key`?" in ended.err


# --- Fixing --------------------------------------------------------------------------------------


def test_fix_makes_what_is_safe_says_so_and_reports_the_rest(
    project: Project, referee: Referee
) -> None:
    folder = project({"s/schema.prisma": DATASOURCE, "s/blog.prisma": BLOG})
    ended = referee("check", "--fix")
    assert (folder / "s/blog.prisma").read_text() == FIXED_BLOG
    assert ended.code == 0
    assert ended.out == (
        "━━ Fixed ━━ 1 finding\n"
        "\n"
        "    1 fix  s/blog.prisma\n"
        "           `Post`: Add `@@index([authorId])`\n"
        "\n"
        "2 models in 2 files: no findings\n"
    )


def test_fix_tells_programs_nothing_and_people_all(project: Project, referee: Referee) -> None:
    project({"schema.prisma": DATASOURCE + BLOG})
    ended = referee("check", "--fix", "--format", "json")
    assert json.loads(ended.out)["findings"] == []
    assert ended.err == "1 finding in 1 file fixed; nothing left.\n"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_fix_keeps_line_ends_and_the_byte_order_mark(
    project: Project, referee: Referee, line_end: str, mark: bytes
) -> None:
    def on_disk(text: str) -> bytes:
        return mark + (DATASOURCE + "// à ñ 漢\n" + text).replace("\n", line_end).encode()

    folder = project({"schema.prisma": on_disk(BLOG)})
    assert referee("check", "--fix").code == 0
    assert (folder / "schema.prisma").read_bytes() == on_disk(FIXED_BLOG)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_fixes_of_one_model_stand_together_behind_one_blank_line(
    project: Project, referee: Referee, line_end: str
) -> None:
    def on_disk(text: str) -> bytes:
        return (DATASOURCE + text).replace("\n", line_end).encode()

    members = (
        "  id Int @id\n"
        '  above TwoParents? @relation("a", fields: [aboveId], references: [id])\n'
        "  aboveId Int?\n"
        '  below TwoParents[] @relation("a")\n'
        '  other TwoParents? @relation("b", fields: [otherId], references: [id])\n'
        "  otherId Int?\n"
        '  others TwoParents[] @relation("b")\n'
    )
    folder = project({"schema.prisma": on_disk(f"model TwoParents {{\n{members}}}\n")})
    assert referee("check", "--fix").out.count(": Add `@@index") == 2
    indexes = "\n  @@index([aboveId])\n  @@index([otherId])\n"
    expected = on_disk(f"model TwoParents {{\n{members}{indexes}}}\n")
    assert (folder / "schema.prisma").read_bytes() == expected


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_fix_keeps_permissions_and_leaves_nothing_behind(
    project: Project, referee: Referee
) -> None:
    folder = project({"schema.prisma": DATASOURCE + BLOG})
    (folder / "schema.prisma").chmod(0o640)
    referee("check", "--fix")
    assert stat.S_IMODE((folder / "schema.prisma").stat().st_mode) == 0o640
    assert sorted(path.name for path in folder.iterdir()) == ["package.json", "schema.prisma"]


@pytest.mark.skipif(os.name == "nt", reason="links need a right on Windows")
def test_fix_writes_through_a_link(project: Project, referee: Referee) -> None:
    folder = project({"real/blog.prisma": DATASOURCE + BLOG})
    (folder / "schema.prisma").symlink_to(folder / "real/blog.prisma")
    referee("check", "--fix", "schema.prisma")
    assert (folder / "schema.prisma").is_symlink()
    assert (folder / "real/blog.prisma").read_text() == DATASOURCE + FIXED_BLOG


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has other permissions")
def test_a_file_that_cannot_be_written_is_named_and_its_findings_stay(
    project: Project, referee: Referee, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project({"schema.prisma": DATASOURCE + BLOG})
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    ended = referee("check", "--fix", "--format", "concise")
    assert ended.code == 2
    assert "cannot be written: permission is denied." in ended.err
    assert "unindexed-foreign-key" in ended.out
    assert "Nothing was fixed; 1 warning left." in ended.err
    assert (folder / "schema.prisma").read_text() == DATASOURCE + BLOG


def test_fix_changes_only_files_that_were_named(project: Project, referee: Referee) -> None:
    other = BLOG.replace("User", "Reader").replace("Post", "Letter")
    folder = project(
        {"s/schema.prisma": DATASOURCE, "s/blog.prisma": BLOG, "s/other.prisma": other}
    )
    referee("check", "--fix", "s/blog.prisma")
    assert (folder / "s/blog.prisma").read_text() == FIXED_BLOG
    assert (folder / "s/other.prisma").read_text() == other


def test_diff_shows_what_fix_would_change_and_changes_nothing(
    project: Project, referee: Referee
) -> None:
    folder = project({"s/schema.prisma": DATASOURCE, "s/blog.prisma": BLOG})
    ended = referee("check", "--diff")
    assert ended.code == 1
    assert ended.out == (
        "--- a/s/blog.prisma\n"
        "+++ b/s/blog.prisma\n"
        "@@ -7,4 +7,6 @@\n"
        "   id       Int  @id\n"
        "   author   User @relation(fields: [authorId], references: [id], onDelete: Cascade)\n"
        "   authorId Int\n"
        "+\n"
        "+  @@index([authorId])\n"
        " }\n"
    )
    assert ended.err == "1 finding in 1 file would be fixed; 1 warning found.\n"
    assert (folder / "s/blog.prisma").read_text() == BLOG


# --- Standard input ------------------------------------------------------------------------------


def test_standard_input_is_judged_as_a_file_in_its_schema(
    project: Project, referee: Referee
) -> None:
    project({"s/schema.prisma": DATASOURCE, "s/blog.prisma": CLEAN, "s/other.prisma": "oops\n"})
    ended = referee(
        "check", "--stdin-filename", "s/blog.prisma", "-", "--format", "concise",
        stdin=BLOG.encode(),
    )  # fmt: skip
    assert ended.code == 1
    assert ended.out.startswith("s/blog.prisma:8:27: warning unindexed-foreign-key ")
    assert len(ended.out.splitlines()) == 1


def test_standard_input_may_be_a_file_that_does_not_exist_yet(
    project: Project, referee: Referee
) -> None:
    project({"s/schema.prisma": DATASOURCE})
    ended = referee("check", "--stdin-filename", "s/new.prisma", stdin=BLOG.encode())
    assert "s/new.prisma:8:27" in ended.out


def test_standard_input_without_a_name_is_judged_by_itself(
    project: Project, referee: Referee
) -> None:
    project({})
    ended = referee("check", "-", stdin=(DATASOURCE + BLOG).encode())
    assert ended.code == 1
    assert "stdin.prisma:11:27" in ended.out


def test_fixed_standard_input_goes_to_standard_output_and_the_report_elsewhere(
    project: Project, referee: Referee
) -> None:
    folder = project({"s/schema.prisma": DATASOURCE, "s/blog.prisma": CLEAN})
    ended = referee("check", "--fix", "--stdin-filename", "s/blog.prisma", "-", stdin=BLOG.encode())
    assert ended.out == FIXED_BLOG
    assert ended.err.endswith("2 models in 2 files: no findings\n")
    assert ended.code == 0
    assert (folder / "s/blog.prisma").read_text() == CLEAN


def test_standard_input_that_is_no_text_is_unreadable(project: Project, referee: Referee) -> None:
    project({})
    ended = referee("check", "-", "--format", "concise", stdin=b"model \xff")
    assert ended.code == 1
    assert "unreadable-file Standard input is not" in ended.out


# --- Configuration -------------------------------------------------------------------------------


def test_a_configuration_changes_severities_and_the_level(
    project: Project, referee: Referee
) -> None:
    configuration = 'fail-on = "error"\n[severity]\nmissing-index = "hint"\n'
    project({"schema.prisma": DATASOURCE + BLOG, "referee.toml": configuration})
    ended = referee("check", "--format", "concise")
    assert ended.code == 0
    assert ": hint unindexed-foreign-key " in ended.out
    assert referee("check", "--fail-on", "hint").code == 1
    assert referee("check", "--select", "unindexed-foreign-key").code == 0


def test_on_runs_a_rule_with_its_own_severities(project: Project, referee: Referee) -> None:
    configuration = '[severity]\nmissing-index = "hint"\nunindexed-foreign-key = "on"\n'
    folder = project({"schema.prisma": DATASOURCE + BLOG, "referee.toml": configuration})
    assert ": warning unindexed-foreign-key " in referee("check", "--format", "concise").out
    configuration = '[severity]\ncascade-risk = "on"\n'
    (folder / "referee.toml").write_text(configuration)
    assert "implicit-referential-action" not in referee("check").out
    (folder / "referee.toml").write_text(configuration + 'implicit-referential-action = "on"\n')
    (folder / "schema.prisma").write_text(DATASOURCE + BLOG.replace(", onDelete: Cascade", ""))
    assert "implicit-referential-action" in referee("check").out


def test_a_mistake_in_a_configuration_is_an_error_at_its_place_and_the_rest_counts(
    project: Project, referee: Referee
) -> None:
    configuration = '[severity]\nmissing-index = "hint"\nmissing-indexes = "hint"\n'
    project({"schema.prisma": DATASOURCE + BLOG, "referee.toml": configuration})
    ended = referee("check")
    assert ended.code == 1
    assert "bad-configuration ─ referee.toml:3:1" in ended.out
    assert '3 │  missing-indexes = "hint"' in ended.out
    assert "1 error, 1 hint" in ended.out
    finding = json.loads(referee("check", "--format", "json").out)["findings"][0]
    assert finding["code"] == "bad-configuration"
    assert "schema" not in finding


def test_a_named_configuration_counts_instead_of_the_nearest(
    project: Project, referee: Referee
) -> None:
    project(
        {
            "schema.prisma": DATASOURCE + BLOG,
            "referee.toml": '[severity]\nmissing-index = "error"\n',
            "strict/ci.toml": '[severity]\nmissing-index = "off"\n',
        }
    )
    assert referee("check").code == 1
    assert referee("check", "--config", "strict/ci.toml").code == 0
    ended = referee("check", "--config", "lost.toml")
    assert ended.code == 2
    assert "which is not there" in ended.err


def test_show_config_prints_what_counts_and_judges_nothing(
    project: Project, referee: Referee
) -> None:
    project({"schema.prisma": DATASOURCE + BLOG, "referee.toml": 'fail-on = "error"\n'})
    ended = referee("check", "--show-config", "--ignore", "missing-index")
    assert ended.code == 0
    assert "# settings from referee.toml" in ended.out
    assert 'fail-on = "error"\n' in ended.out
    assert 'unindexed-foreign-key = "off"\n' in ended.out
    assert 'syntax = "error"  # default\n' in ended.out


def test_show_config_tells_the_mistakes_of_the_configuration(
    project: Project, referee: Referee
) -> None:
    text = 'fail-onn = "error"\nbaseline = "gone.json"\n'
    project({"schema.prisma": DATASOURCE + BLOG, "referee.toml": text})
    ended = referee("check", "--show-config")
    assert ended.code == 1
    assert 'fail-on = "warning"  # default\n' in ended.out
    first, second = ended.err.splitlines()
    assert first.startswith("referee.toml:1:1: error bad-configuration ")
    assert second.startswith("referee.toml:2:1: error bad-configuration ")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="needs the TOML reader of Python 3.11")
def test_what_show_config_prints_is_a_configuration_that_changes_nothing(
    project: Project, referee: Referee
) -> None:
    lookup = BLOG.replace("User", "Status").replace("Post", "Ticket")
    folder = project({"schema.prisma": DATASOURCE + BLOG + lookup})
    before = referee("check").out
    assert "1 warning, 1 information;" in before
    shown = referee("check", "--show-config").out
    note = "# default: warning, information where the parent is a lookup"
    assert f'unindexed-foreign-key = "on"  {note}\n' in shown
    (folder / "referee.toml").write_text(shown, encoding="utf-8")
    assert referee("check").out == before


def test_the_schema_option_says_which_file_is_the_schema(
    project: Project, referee: Referee
) -> None:
    project({"a/schema.prisma": DATASOURCE + BLOG, "b/schema.prisma": DATASOURCE + CLEAN})
    assert referee("check", "--schema", "b/schema.prisma").code == 0
    assert referee("check", "--schema", "a/schema.prisma").code == 1


def test_no_other_schema_is_judged_where_the_schema_option_names_none(
    project: Project, referee: Referee
) -> None:
    project({"schema.prisma": DATASOURCE + BLOG, "docs/notes.md": ""})
    ended = referee("check", "--schema", "shcema.prisma")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "referee: there is no file or folder `shcema.prisma`.\n"
    ended = referee("check", "--schema", "docs")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "referee: `docs` holds no Prisma schema.\n"


def test_a_schema_that_the_configuration_names_and_that_is_not_there_is_a_mistake(
    project: Project, referee: Referee
) -> None:
    project({"schema.prisma": DATASOURCE + CLEAN, "referee.toml": '\nschema = "shcema.prisma"\n'})
    ended = referee("check", "--format", "concise")
    assert ended.code == 1
    assert ended.out == (
        "referee.toml:2:1: error bad-configuration The schema `shcema.prisma` is not there.\n"
    )
    assert referee("check", "--schema", "schema.prisma").code == 0
    ended = referee("check", "--config", "referee.toml")
    assert (ended.code, ended.out) == (2, "")


# --- Baselines -----------------------------------------------------------------------------------


def test_what_a_baseline_lists_is_not_counted_and_what_is_new_is(
    project: Project, referee: Referee
) -> None:
    folder = project({"schema.prisma": DATASOURCE + BLOG})
    written = referee("check", "--write-baseline", "known.json")
    assert (written.code, written.out) == (0, "")
    assert written.err == "1 finding known from now on; judge with --baseline known.json\n"
    (folder / "schema.prisma").write_text("// moved\n\n" + DATASOURCE + BLOG)
    ended = referee("check", "--baseline", "known.json")
    assert ended.code == 0
    assert ended.out == "2 models in 1 file: no findings; 1 known from the baseline\n"
    more = BLOG.replace("User", "Reader").replace("Post", "Letter")
    (folder / "schema.prisma").write_text(DATASOURCE + BLOG + more)
    ended = referee("check", "--baseline", "known.json", "--format", "concise")
    assert ended.code == 1
    assert "`Letter.authorId`" in ended.out
    assert "`Post.authorId`" not in ended.out


def test_a_baseline_in_the_configuration_counts_too(project: Project, referee: Referee) -> None:
    project({"schema.prisma": DATASOURCE + BLOG, "referee.toml": 'baseline = "known.json"\n'})
    ended = referee("check")
    assert ended.code == 1
    assert "bad-configuration ─ referee.toml:1:1" in ended.out
    assert referee("check", "--write-baseline", "known.json").code == 0
    assert referee("check").code == 0


def test_what_is_gone_is_told_so_that_the_baseline_shrinks(
    project: Project, referee: Referee
) -> None:
    folder = project({"schema.prisma": DATASOURCE + BLOG})
    referee("check", "--write-baseline", "known.json")
    (folder / "schema.prisma").write_text(DATASOURCE + FIXED_BLOG)
    ended = referee("check", "--baseline", "known.json", "--verbose")
    assert ended.code == 0
    assert "baseline is gone; --write-baseline takes it out of the file." in ended.err
    assert "schema.prisma: unindexed-foreign-key of `Post.[authorId]`" in ended.err
    ignoring = referee("check", "--baseline", "known.json", "--ignore", "missing-index")
    assert ignoring.err == ""


def test_a_baseline_written_anew_keeps_what_was_not_looked_at(
    project: Project, referee: Referee
) -> None:
    files = {"package.json": "{}", "schema.prisma": DATASOURCE + BLOG}
    folder = project({f"{app}/{name}": text for app in "ab" for name, text in files.items()})
    referee("check", "--write-baseline", "known.json")
    (folder / "a/schema.prisma").write_text(DATASOURCE + FIXED_BLOG)
    referee("check", "a", "--write-baseline", "known.json")
    entries = json.loads((folder / "known.json").read_text())["findings"]
    assert [entry["schema"] for entry in entries] == ["b/schema.prisma"]


def test_a_baseline_written_from_one_file_keeps_what_is_known_of_the_others(
    project: Project, referee: Referee
) -> None:
    author = "model Author {\n  id Int @id\n  books Book[]\n  pens Pen[]\n}\n"
    folder = project(
        {
            "schema/author.prisma": DATASOURCE + author,
            "schema/book.prisma": _owned("Book"),
            "schema/pen.prisma": _owned("Pen"),
        }
    )
    referee("check", "--write-baseline", "known.json")
    text = _owned("Pen") + "\n@@index([authorId])"
    (folder / "schema/pen.prisma").write_text(text.replace("}\n\n", "\n") + "\n}\n")
    referee("check", "schema/pen.prisma", "--write-baseline", "known.json")
    entries = json.loads((folder / "known.json").read_text())["findings"]
    assert [entry["model"] for entry in entries] == ["Book"]
    assert referee("check", "--baseline", "known.json").code == 0


def _owned(name: str) -> str:
    return (
        f"model {name} {{\n  id Int @id\n  authorId Int\n"
        "  author Author @relation(fields: [authorId], references: [id])\n}\n"
    )


def test_fix_leaves_alone_what_the_baseline_lists(project: Project, referee: Referee) -> None:
    folder = project({"schema.prisma": DATASOURCE + BLOG})
    referee("check", "--write-baseline", "known.json")
    referee("check", "--fix", "--baseline", "known.json")
    assert (folder / "schema.prisma").read_text() == DATASOURCE + BLOG


def test_a_baseline_written_anew_keeps_what_the_configuration_switches_off(
    project: Project, referee: Referee
) -> None:
    folder = project({"schema.prisma": DATASOURCE + BLOG})
    referee("check", "--write-baseline", "known.json")
    before = (folder / "known.json").read_text()
    assert "unindexed-foreign-key" in before
    (folder / "referee.toml").write_text('[severity]\nmissing-index = "off"\n')
    referee("check", "--write-baseline", "known.json")
    assert (folder / "known.json").read_text() == before


def test_a_baseline_that_cannot_be_used_ends_with_2(project: Project, referee: Referee) -> None:
    project({"schema.prisma": DATASOURCE + BLOG, "bad.json": "[]"})
    for name in ("bad.json", "lost.json"):
        ended = referee("check", "--baseline", name)
        assert ended.code == 2
        assert "cannot be used: " in ended.err


# --- Where the report goes -----------------------------------------------------------------------


def test_output_writes_the_report_to_a_file(project: Project, referee: Referee) -> None:
    folder = project({"schema.prisma": DATASOURCE + BLOG})
    ended = referee("check", "--format", "json", "--output", "report.json")
    assert (ended.code, ended.out, ended.err) == (1, "", "")
    assert json.loads((folder / "report.json").read_text("utf-8"))["summary"]["warning"] == 1
    lost = referee("check", "--output", "no/such/folder.txt")
    assert lost.code == 2
    assert "the report cannot be written to `no/such/folder.txt`" in lost.err


def test_colours_come_only_where_they_are_wanted(
    project: Project, referee: Referee, monkeypatch: pytest.MonkeyPatch
) -> None:
    project({"schema.prisma": DATASOURCE + BLOG})
    assert "\x1b[" not in referee("check").out
    assert "\x1b[" in referee("check", "--color", "always").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in referee("check").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in referee("check").out
    assert "\x1b[" in referee("check", "--color", "always").out


def test_paths_outside_the_working_folder_are_absolute(
    project: Project, referee: Referee, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project({"s/schema.prisma": DATASOURCE + BLOG, "here/notes.md": ""})
    monkeypatch.chdir(folder / "here")
    report = json.loads(referee("check", "../s/schema.prisma", "--format", "json").out)
    assert report["findings"][0]["path"] == (folder / "s/schema.prisma").as_posix()


def test_github_gets_paths_from_its_workspace_on(
    project: Project, referee: Referee, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project({"app/package.json": "{}", "app/schema.prisma": DATASOURCE + BLOG})
    monkeypatch.chdir(folder / "app")
    assert ",file=schema.prisma," in referee("check", "--format", "github").out
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    assert ",file=app/schema.prisma," in referee("check", "--format", "github").out


def test_the_example_of_the_documentation_is_what_is_written(
    project: Project, referee: Referee
) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "json.md"
    example = re.search(r"```json\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert example is not None
    project({"prisma/schema/blog.prisma": BLOG, "prisma/schema/schema.prisma": DATASOURCE})
    assert json.loads(example[1]) == json.loads(referee("check", "--format", "json").out)


def test_a_schema_that_package_json_names_and_nobody_finds_is_told_without_being_asked(
    project: Project, referee: Referee
) -> None:
    told = "package.json: Passed over: the schema it names, 'db/lost.prisma', is not there."
    package = '{"prisma": {"schema": "db/lost.prisma"}}'
    project({"package.json": package, "prisma/schema.prisma": DATASOURCE + BLOG})
    assert told in referee("check").err
    assert "--verbose" not in referee("check").err
    project({"db/lost.prisma": DATASOURCE + BLOG})
    assert told not in referee("check", "--verbose").err
