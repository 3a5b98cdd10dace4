"""`referee migrations check`, and what `referee check` says of migrations."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from referee.cli.main import main
from referee.migrations.catalogue import MIGRATION_CODES
from referee.migrations.sql import postgres_reader
from referee.rules.catalogue import MIGRATION_CODE_NAMES
from tests.cli.conftest import BLOG, DATASOURCE, Project, Referee
from tests.project.test_migrations_released import commit, git
from tests.support.corpus import CORPUS, has_corpus
from tests.support.needs import need

INIT = """\
CREATE TABLE "User" (
    "id" INTEGER NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Post" (
    "id" INTEGER NOT NULL,
    "authorId" INTEGER NOT NULL,

    CONSTRAINT "Post_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
"""  # noqa: E501
FIRST = "prisma/migrations/20260101000000_init/migration.sql"
SECOND = "prisma/migrations/20260102000000_more/migration.sql"
LOCK = {"prisma/migrations/migration_lock.toml": 'provider = "postgresql"\n'}
IN_STEP = {"prisma/schema.prisma": DATASOURCE + BLOG, FIRST: INIT, **LOCK}
PHONE = 'ALTER TABLE "User" ADD COLUMN "phone" TEXT NOT NULL;\n'
INDEXED = BLOG.replace("  authorId Int\n", "  authorId Int\n\n  @@index([authorId])\n")
NAME = BLOG.replace("  posts Post[]\n", "  posts Post[]\n  phone String\n")


def codes(out: str) -> list[str]:
    return [each["code"] for each in json.loads(out)["findings"]]


# --- What is judged, and how it ends --------------------------------------------------------------


def test_migrations_in_step_end_with_0(project: Project, referee: Referee) -> None:
    project(IN_STEP)
    ended = referee("migrations", "check")
    assert ended.code == 0
    assert ended.out.endswith("1 migration for 2 models in 1 file: no findings\n")
    assert "1 of them not released: `20260101000000_init`" in ended.out


def test_what_no_migration_makes_is_told_where_the_schema_says_it(
    project: Project, referee: Referee
) -> None:
    project({**IN_STEP, "prisma/schema.prisma": DATASOURCE + NAME})
    ended = referee("migrations", "check", "--format", "json")
    assert ended.code == 1
    (found,) = json.loads(ended.out)["findings"]
    assert found["code"] == "unmigrated-change"
    assert found["path"] == "prisma/schema.prisma"
    assert found["range"]["start"] == {"line": 7, "column": 3}
    assert (found["table"], found["columns"]) == ("User", ["phone"])
    assert (found["model"], found["fields"]) == ("User", ["phone"])


def test_a_hazard_is_told_where_the_migration_is(project: Project, referee: Referee) -> None:
    project({**IN_STEP, "prisma/schema.prisma": DATASOURCE + NAME, SECOND: PHONE})
    ended = referee("migrations", "check", "--format", "json")
    (found,) = json.loads(ended.out)["findings"]
    assert found["code"] == "required-column-without-default"
    assert found["path"] == SECOND
    assert (found["table"], found["columns"]) == ("User", ["phone"])
    assert found["migration"] == "20260102000000_more"


def test_history_is_judged_only_when_asked(project: Project, referee: Referee) -> None:
    third = SECOND.replace("02000000_more", "03000000_index")
    index = 'CREATE INDEX "by_hand" ON "User"("phone") WHERE "phone" IS NOT NULL;\n'
    schema = {"prisma/schema.prisma": DATASOURCE + NAME}
    project({**IN_STEP, **schema, SECOND: PHONE, third: index})
    assert codes(referee("migrations", "check", "--format", "json").out) == ["blocking-index-build"]
    assert codes(referee("migrations", "check", "--all", "--format", "json").out) == [
        "required-column-without-default",
        "blocking-index-build",
    ]


def test_no_migrations_are_told_only_to_who_asks(project: Project, referee: Referee) -> None:
    project({"prisma/schema.prisma": DATASOURCE + BLOG})
    assert codes(referee("migrations", "check", "--format", "json").out) == ["no-migrations"]
    assert codes(referee("check", "--format", "json").out) == ["unindexed-foreign-key"]


def test_a_folder_without_a_schema_ends_with_2(project: Project, referee: Referee) -> None:
    project({"src/index.ts": ""})
    assert referee("migrations", "check").code == 2


def test_a_base_that_git_does_not_know_ends_with_2(project: Project, referee: Referee) -> None:
    project(IN_STEP)
    ended = referee("migrations", "check", "--base", "nowhere")
    assert (ended.code, ended.out) == (2, "")
    assert "`nowhere`" in ended.err


def test_hazards_are_those_of_the_branch(project: Project, referee: Referee) -> None:
    need("git", "install git", shutil.which("git") is not None)
    folder = project({**IN_STEP, "prisma/schema.prisma": DATASOURCE + NAME, SECOND: PHONE})
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)
    git(folder, "checkout", "--quiet", "-b", "work")
    ended = referee("migrations", "check", "--format", "json")
    assert (ended.code, codes(ended.out)) == (0, [])
    project({"prisma/migrations/3_drop/migration.sql": 'ALTER TABLE "User" DROP COLUMN "phone";\n'})
    ended = referee("migrations", "check", "--select", "drops-data", "--format", "json")
    assert (ended.code, codes(ended.out)) == (1, ["drops-data"])


def test_on_the_default_branch_the_newest_is_judged_in_full_only_where_that_is_asked(
    project: Project, referee: Referee
) -> None:
    need("git", "install git", shutil.which("git") is not None)
    files = {**IN_STEP, "prisma/schema.prisma": DATASOURCE + NAME, SECOND: PHONE}
    third = SECOND.replace("02000000_more", "03000000_broken")
    broken = 'ALTER TABLE "User" DROP COLUMN "phone", ADD COLUMN "phone" TEXT;\n' + (
        'ALTER TABLE "Nobody" DROP COLUMN "x";\n'
    )
    folder = project({**files, third: broken})
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)

    def told(*words: str) -> list[tuple[str, str]]:
        out = referee(*words, "--format", "json").out
        found = json.loads(out)["findings"]
        return [(each["code"], each["severity"]) for each in found if each["path"] == third]

    assert told("migrations", "check") == [
        ("drop-and-add-column", "warning"),
        ("broken-migration", "error"),
    ]
    # A broken migration is none the less broken where nobody asked.
    assert told("check") == [("drop-and-add-column", "information"), ("broken-migration", "error")]
    assert told("migrations", "check", "--base", "HEAD") == [("broken-migration", "error")]


# --- As part of `referee check` -------------------------------------------------------------------


def test_a_check_judges_migrations_along(project: Project, referee: Referee) -> None:
    project({**IN_STEP, "prisma/schema.prisma": DATASOURCE + NAME})
    assert codes(referee("check", "--format", "json").out) == [
        "unmigrated-change",
        "unindexed-foreign-key",
    ]


def test_a_check_tells_hazards_that_are_a_guess_as_information(
    project: Project, referee: Referee
) -> None:
    project({**IN_STEP, "prisma/schema.prisma": DATASOURCE + NAME, SECOND: PHONE})
    ended = referee("check", "--ignore", "missing-index", "--format", "json")
    (found,) = json.loads(ended.out)["findings"]
    assert (found["code"], found["severity"]) == ("required-column-without-default", "information")
    assert ended.code == 0


def test_a_check_leaves_migrations_out_where_the_configuration_says_so(
    project: Project, referee: Referee
) -> None:
    project(
        {
            **IN_STEP,
            "prisma/schema.prisma": DATASOURCE + NAME,
            "referee.toml": "[migrations]\ncheck = false\n",
        }
    )
    assert codes(referee("check", "--format", "json").out) == ["unindexed-foreign-key"]
    assert codes(referee("migrations", "check", "--format", "json").out) == ["unmigrated-change"]


def test_a_check_of_one_file_tells_what_is_in_it(project: Project, referee: Referee) -> None:
    project({**IN_STEP, "prisma/schema.prisma": DATASOURCE + NAME})
    found = codes(referee("check", "prisma/schema.prisma", "--format", "json").out)
    assert "unmigrated-change" in found


def test_an_index_that_only_a_migration_makes_serves_a_foreign_key(
    project: Project, referee: Referee
) -> None:
    index = 'CREATE INDEX "by_hand" ON "Post"("authorId") WHERE "authorId" IS NOT NULL;\n'
    project({**IN_STEP, SECOND: index})
    ended = referee("check", "--fail-on", "hint", "--format", "json")
    assert "unindexed-foreign-key" not in codes(ended.out)


def test_a_project_without_migrations_loads_nothing_for_them(project: Project) -> None:
    folder = project({"schema.prisma": DATASOURCE + BLOG})
    program = (
        "import sys\nfrom referee.cli.main import main\nmain(['check', '--fail-on', 'never'])\n"
        "print(*(name for name in sys.modules if name.startswith('referee.migrations')"
        " or name.startswith('referee.ddl')), file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True
    )
    assert ended.stderr.split() == []


# --- Settings, baseline, silences -----------------------------------------------------------------


def test_severities_count(project: Project, referee: Referee) -> None:
    project(
        {
            **IN_STEP,
            "prisma/schema.prisma": DATASOURCE + NAME,
            "referee.toml": '[severity]\nmigration = "hint"\n',
        }
    )
    ended = referee("migrations", "check", "--format", "json")
    assert ended.code == 0
    assert [each["severity"] for each in json.loads(ended.out)["findings"]] == ["hint"]


def test_a_finding_that_fits_an_entry_is_left_out(project: Project, referee: Referee) -> None:
    entry = '[[migrations.ignore]]\ncode = "unmigrated-*"\ntable = "User"\nreason = "by hand"\n'
    project({**IN_STEP, "prisma/schema.prisma": DATASOURCE + NAME, "referee.toml": entry})
    ended = referee("migrations", "check")
    assert (ended.code, ended.err) == (0, "")


def test_a_wrong_entry_is_a_mistake_in_the_configuration(
    project: Project, referee: Referee
) -> None:
    entry = '[[migrations.ignore]]\ncode = "unmigrated"\n'
    project({**IN_STEP, "referee.toml": entry})
    ended = referee("migrations", "check", "--format", "json")
    (found,) = json.loads(ended.out)["findings"]
    assert found["code"] == "bad-configuration"
    assert "`unmigrated-change`" in found["message"]


def test_external_tables_are_compared_with_nothing(project: Project, referee: Referee) -> None:
    more = 'CREATE TABLE "audit" ("id" INTEGER NOT NULL, PRIMARY KEY ("id"));\n'
    project({**IN_STEP, SECOND: more})
    assert codes(referee("migrations", "check", "--format", "json").out) == [
        "leftover-in-migrations"
    ]
    project({"referee.toml": '[migrations]\nexternal = ["audit"]\n'})
    assert codes(referee("migrations", "check", "--format", "json").out) == []


def test_a_baseline_knows_findings_by_their_names_in_the_database(
    project: Project, referee: Referee
) -> None:
    folder = project({**IN_STEP, "prisma/schema.prisma": DATASOURCE + NAME})
    assert referee("migrations", "check", "--write-baseline", "known.json").code == 0
    (entry,) = json.loads((folder / "known.json").read_text())["findings"]
    assert entry == {
        "schema": "prisma/schema.prisma",
        "code": "unmigrated-change",
        "table": "User",
        "columns": ["phone"],
    }
    ended = referee("migrations", "check", "--baseline", "known.json")
    assert ended.code == 0
    assert "1 known from the baseline" in ended.out


def test_a_comment_silences_in_a_script_that_is_not_released(
    project: Project, referee: Referee
) -> None:
    silent = f"-- referee-ignore required-column-without-default: empty as yet\n{PHONE}"
    schema = {"prisma/schema.prisma": DATASOURCE + NAME}
    project({**IN_STEP, **schema, SECOND: silent})
    assert codes(referee("migrations", "check", "--format", "json").out) == []
    third = SECOND.replace("02000000_more", "03000000_later")
    project({third: "SELECT 1;\n"})
    found = codes(referee("migrations", "check", "--all", "--format", "json").out)
    assert "required-column-without-default" not in found


def test_comments_that_silence_nothing_are_told_in_scripts_that_are_not_released(
    project: Project, referee: Referee
) -> None:
    comments = (
        "-- referee-ignore drops-data: none here\n"
        "-- referee-ignore required-column-without-defalt: misspelt\n"
        "-- referee-ignore migration: a family\n"
        "-- referee-ignore\n"
    )
    schema = {"prisma/schema.prisma": DATASOURCE + NAME}
    project({**IN_STEP, **schema, SECOND: comments + PHONE})
    told = json.loads(referee("migrations", "check", "--format", "json").out)["findings"]
    said = [(each["code"], each["severity"], each["message"]) for each in told[:4]]
    assert said == [
        ("unused-silence", "hint", "This comment silences no `drops-data`: there is none here."),
        (
            "unknown-code",
            "warning",
            "There is no code `required-column-without-defalt`, so this silences nothing; the "
            "nearest is `required-column-without-default`.",
        ),
        (
            "unknown-code",
            "warning",
            "`migration` is a family; a comment silences nothing but codes.",
        ),
        ("unused-silence", "hint", "This comment names no code, so it silences nothing."),
    ]
    assert [each["range"]["start"]["line"] for each in told[:4]] == [1, 2, 3, 4]
    third = SECOND.replace("02000000_more", "03000000_later")
    project({third: "SELECT 1;\n"})
    assert codes(referee("migrations", "check", "--format", "json").out) == []


def test_a_comment_without_a_reason_silences_nothing_where_reasons_are_required(
    project: Project, referee: Referee
) -> None:
    script = f"-- referee-ignore required-column-without-default\n{PHONE}"
    settings = {"referee.toml": "require-reasons = true\n"}
    schema = {"prisma/schema.prisma": DATASOURCE + NAME}
    project({**IN_STEP, **schema, **settings, SECOND: script})
    assert codes(referee("migrations", "check", "--format", "json").out) == [
        "unused-silence",
        "required-column-without-default",
    ]


def test_a_missing_lock_file_is_written_by_fix_and_shown_by_diff(
    project: Project, referee: Referee
) -> None:
    (lock,) = LOCK
    files = {name: text for name, text in IN_STEP.items() if name != lock}
    folder = project({**files, "prisma/schema.prisma": DATASOURCE + INDEXED})
    shown = referee("check", "--diff")
    assert shown.out.startswith(f"--- /dev/null\n+++ b/{lock}\n@@ -0,0 +1,3 @@\n")
    assert not (folder / lock).exists()
    if shutil.which("git") is not None:
        git(folder, "init", "--quiet")
        subprocess.run(["git", "apply", "--check", "-"], input=shown.out.encode(), check=True)
    ended = referee("check", "--fix")
    assert (folder / lock).read_text().endswith('provider = "postgresql"\n')
    assert "Write `migration_lock.toml` for postgresql" in ended.out
    assert codes(referee("check", "--format", "json").out) == ["unmigrated-change"]


def test_fix_writes_no_migration(project: Project, referee: Referee) -> None:
    folder = project({**IN_STEP, "prisma/schema.prisma": DATASOURCE + INDEXED})
    before = sorted(path for path in folder.rglob("*") if ".git" not in path.parts)
    assert referee("check", "--fix").code == 1
    assert sorted(path for path in folder.rglob("*") if ".git" not in path.parts) == before


def test_very_many_unmigrated_changes_are_told_as_one(project: Project, referee: Referee) -> None:
    models = "".join(f"model M{number} {{\n  id Int @id\n}}\n" for number in range(21))
    folder = project({**IN_STEP, "prisma/schema.prisma": DATASOURCE + BLOG + models})
    ended = referee("migrations", "check", "--format", "json")
    (found,) = json.loads(ended.out)["findings"]
    assert len(found["related"]) == 21
    assert {each["path"] for each in found["related"]} == {"prisma/schema.prisma"}
    assert referee("migrations", "check", "--write-baseline", "known.json").code == 0
    assert len(json.loads((folder / "known.json").read_text())["findings"]) == 21
    assert referee("migrations", "check", "--baseline", "known.json").code == 0


def test_a_line_that_cannot_be_read_is_not_taken_for_a_missing_field(
    project: Project, referee: Referee
) -> None:
    broken = BLOG.replace("  authorId Int\n", "  authorId Int ???\n")
    project({**IN_STEP, "prisma/schema.prisma": DATASOURCE + broken})
    assert codes(referee("migrations", "check", "--format", "json").out) == ["syntax"]


# --- What was not looked at ----------------------------------------------------------------------


def test_sql_server_is_said_not_to_be_replayed(project: Project, referee: Referee) -> None:
    datasource = DATASOURCE.replace("postgresql", "sqlserver")
    project(
        {
            "schema.prisma": datasource + BLOG,
            "migrations/1_init/migration.sql": "SELECT 1;\n",
            "migrations/migration_lock.toml": 'provider = "sqlserver"\n',
        }
    )
    ended = referee("migrations", "check")
    assert "Scripts for SQL Server are not replayed" in ended.out
    assert "unmigrated-change" not in ended.out
    (schema,) = json.loads(referee("migrations", "check", "--format", "json").out)["schemas"]
    assert any("not replayed" in remark for remark in schema["migrations"]["remarks"])


def test_without_a_parser_of_the_syntax_the_report_says_so(
    project: Project, referee: Referee, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(IN_STEP)
    monkeypatch.setattr(postgres_reader, "is_installed", lambda: False)
    ended = referee("migrations", "check")
    assert "syntax of the scripts was not checked" in ended.out


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("migrations/app/20260101T0900_init/ops.json", "Migrations of Prisma 8 are recognised"),
        ("migrations/001_users.sql", "not laid out as Prisma lays out migrations"),
    ],
)
def test_other_layouts_are_named_and_not_misread(
    project: Project, referee: Referee, file: str, said: str
) -> None:
    project({"schema.prisma": DATASOURCE + BLOG, file: "[]"})
    ended = referee("migrations", "check")
    assert (ended.code, said in ended.out) == (0, True)


@pytest.mark.parametrize("command", [("check",), ("migrations", "check")])
def test_migrations_of_prisma_8_are_a_notice_and_nothing_else(
    project: Project, referee: Referee, command: tuple[str, ...]
) -> None:
    folder = "migrations/app/20260101T0900_init"
    made = {f"{folder}/{name}": "{}" for name in ("ops.json", "migration.json", "migration.ts")}
    later = {"migrations/app/20260102T0900_more/ops.json": "[]"}
    project({"schema.prisma": DATASOURCE + "model A {\n  id Int @id\n}\n", **made, **later})
    ended = referee(*command, "--format", "json")
    (found,) = json.loads(ended.out)["findings"]
    assert (ended.code, found["code"], found["severity"]) == (0, "prisma-8-dialect", "information")
    assert found["path"] == "migrations"
    assert found["message"] == (
        "Here are 2 migrations in the format of Prisma 8 (`app/20260101T0900_init` and "
        "`app/20260102T0900_more`), which Referee recognises and does not judge."
    )


def test_mongodb_is_said_to_have_none(project: Project, referee: Referee) -> None:
    models = 'model A {\n  id String @id @map("_id")\n}\n'
    project({"schema.prisma": DATASOURCE.replace("postgresql", "mongodb") + models})
    ended = referee("migrations", "check")
    assert (ended.code, "MongoDB has no migrations" in ended.out) == (0, True)


# --- Formats and words ----------------------------------------------------------------------------


def test_junit_has_a_case_for_each_finding_and_quiet_file(
    project: Project, referee: Referee
) -> None:
    project({**IN_STEP, "prisma/schema.prisma": DATASOURCE + NAME, SECOND: PHONE})
    out = referee("migrations", "check", "--format", "junit").out
    suites = ElementTree.fromstring(out)
    (suite,) = suites
    assert (suites.get("tests"), suites.get("failures")) == ("2", "1")
    quiet, failed = suite.findall("testcase")
    assert quiet.get("name") == "prisma/schema.prisma"
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("type") == "required-column-without-default"


def test_sarif_knows_the_codes_and_the_names(project: Project, referee: Referee) -> None:
    project({**IN_STEP, "prisma/schema.prisma": DATASOURCE + NAME})
    (run,) = json.loads(referee("migrations", "check", "--format", "sarif").out)["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "unmigrated-change"
    assert result["properties"]["table"] == "User"


@pytest.mark.parametrize("form", ["concise", "github"])
def test_line_formats_tell_findings_alone(project: Project, referee: Referee, form: str) -> None:
    project({**IN_STEP, "prisma/schema.prisma": DATASOURCE + NAME})
    ended = referee("migrations", "check", "--format", form)
    assert len(ended.out.splitlines()) == 1
    assert "unmigrated-change" in ended.out
    assert "newest migration alone counts as not released" in ended.err


def test_help_shows_examples_and_exit_codes(referee: Referee) -> None:
    ended = referee("migrations", "check", "--help")
    assert ended.code == 0
    assert "referee migrations check --base origin/main" in ended.out
    assert "exit codes:" in ended.out
    assert "check" in referee("migrations", "--help").out
    assert "migrations" in referee("--help").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("chek",), "did you mean `check`?"),
        (("check", "--al"), "did you mean `--all`?"),
        (("check", "--format", "junti"), "did you mean `junit`?"),
    ],
)
def test_a_wrong_word_ends_with_2_and_names_the_nearest(
    referee: Referee, words: tuple[str, ...], said: str
) -> None:
    ended = referee("migrations", *words)
    assert (ended.code, said in ended.err) == (2, True)


def test_every_code_of_migrations_is_known_by_name() -> None:
    assert tuple(code.code for code in MIGRATION_CODES) == MIGRATION_CODE_NAMES


def test_the_codes_are_listed_and_explained(referee: Referee) -> None:
    listed = json.loads(referee("rules", "--format", "json").out)["rules"]
    assert {each["code"] for each in listed} >= set(MIGRATION_CODE_NAMES)
    assert referee("explain", "drops-data").out.startswith("# drops-data\n")


# --- Real projects --------------------------------------------------------------------------------


@pytest.mark.skipif(not has_corpus(), reason="the corpus of schemas is not here")
def test_a_missing_index_of_a_real_project_is_told_at_its_line(
    referee: Referee, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = CORPUS / "umami-software+umami" / "prisma"
    monkeypatch.chdir(folder)
    for words in (("migrations", "check"), ("check",)):
        out = referee(*words, "--select", "unmigrated-change", "--format", "json").out
        (found,) = json.loads(out)["findings"]
        line = (
            (folder / "schema.prisma").read_text().splitlines()[found["range"]["start"]["line"] - 1]
        )
        assert line.strip() == "@@index([visitId])"
        assert (found["table"], found["columns"]) == ("session_replay", ["visit_id"])


@pytest.mark.skipif(not has_corpus(), reason="the corpus of schemas is not here")
def test_the_foreign_keys_that_a_real_project_dropped_are_told_on_their_relations(
    referee: Referee, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = CORPUS / "triggerdotdev+trigger.dev" / "internal-packages" / "database" / "prisma"
    monkeypatch.chdir(folder)
    out = referee("migrations", "check", "--select", "unmigrated-change", "--format", "json").out
    (found,) = json.loads(out)["findings"]
    lines = (folder / "schema.prisma").read_text().splitlines()
    relations = [
        each
        for each in found["related"]
        if "@relation(" in lines[each["range"]["start"]["line"] - 1]
    ]
    assert len(relations) == 30


# --- While it works ------------------------------------------------------------------------------


class _Stream(io.StringIO):
    """Standard error as a program sees it: of a terminal, or of a pipe."""

    def __init__(self, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize("command", [("migrations", "check"), ("report", "--no-database")])
def test_a_terminal_is_told_how_far_the_reading_is_and_a_pipe_is_not(
    project: Project, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    project({**IN_STEP, SECOND: PHONE})
    monkeypatch.setenv("TERM", "xterm")
    terminal, pipe = _Stream(True), _Stream(False)
    for stream in (terminal, pipe):
        monkeypatch.setattr(sys, "stderr", stream)
        main(command)
    assert "[............" in terminal.getvalue()
    assert "0/2 reading 20260101000000_init" in terminal.getvalue()
    assert "1/2 reading 20260102000000_more" in terminal.getvalue()
    # The line is taken away again, and only then the rest is said.
    last = terminal.getvalue().rstrip("\r").rpartition("\r")[2]
    assert last.strip() == ""
    assert "reading" not in pipe.getvalue()


def test_on_the_default_branch_the_newest_migration_is_not_said_to_be_missing_there(
    project: Project, referee: Referee
) -> None:
    root = project({**IN_STEP, "prisma/schema.prisma": DATASOURCE + NAME, SECOND: PHONE})
    git(root, "init", "-q", "-b", "main")
    commit(root)
    ended = referee("migrations", "check", "--fail-on", "never")
    assert "1 of them not released: `20260102000000_more`" in ended.out
    assert "not released since" not in ended.out
    assert "note: This is the default branch, `main`, so the newest migration" in ended.out
    schema = json.loads(referee("migrations", "check", "--format", "json").out)["schemas"][0]
    assert "base" not in schema["migrations"]


# --- What the last line says ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {
                "prisma/schema.prisma": DATASOURCE.replace("postgresql", "sqlserver") + BLOG,
                FIRST: "SELECT 1;",
                "prisma/migrations/migration_lock.toml": 'provider = "mssql"\n',
            },
            "no findings, but what the scripts for SQL Server make was not compared with the "
            "schema\n",
        ),
        (
            {
                **IN_STEP,
                "prisma/migrations/migration_lock.toml": 'provider = "mysql"\n',
                FIRST: "SELECT 1;",
            },
            "1 error, but what the scripts for MySQL make was not compared with the schema\n",
        ),
        (
            {
                "prisma/schema.prisma": DATASOURCE + BLOG,
                "prisma/migrations/app/20260101T1200_init/ops.json": "[]",
            },
            "1 information, but migrations of Prisma 8 were not judged\n",
        ),
        (
            {"prisma/schema.prisma": DATASOURCE + BLOG, "prisma/migrations/first.sql": "SELECT 1;"},
            "no findings, but the folder of migrations was not read\n",
        ),
    ],
    ids=["SQL Server", "a lock for another database", "Prisma 8", "another layout"],
)
def test_the_last_line_says_what_was_not_judged(
    project: Project, referee: Referee, files: dict[str, str], said: str
) -> None:
    project(files)
    assert referee("migrations", "check").out.endswith(said)


def test_of_several_schemas_each_is_told_with_its_database_and_its_findings(
    project: Project, referee: Referee
) -> None:
    second = {
        f"b/{name.removeprefix('prisma/')}": text.replace('"postgresql"', '"sqlite"')
        for name, text in IN_STEP.items()
    }
    first = {f"a/{name.removeprefix('prisma/')}": text for name, text in IN_STEP.items()}
    project(
        {**first, **second, "b/schema.prisma": DATASOURCE.replace("postgresql", "sqlite") + NAME}
    )
    lines = referee("migrations", "check").out.splitlines()
    (one,) = [line for line in lines if line.startswith("a/migrations: ")]
    (other,) = [line for line in lines if line.startswith("b/migrations: ")]
    assert one.startswith("a/migrations: 1 migration for PostgreSQL, ")
    assert one.endswith("; no findings")
    assert other.startswith("b/migrations: 1 migration for SQLite, ")
    assert other.endswith((" warning", " warnings"))
    assert sum("counts as not released" in line for line in lines) == 1
