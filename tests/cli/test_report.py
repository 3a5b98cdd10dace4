"""`referee report` as a person calls it: formats, what is run, what is kept secret, exit codes."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import jsonschema
import pytest

import referee.features.whole_report as package
from referee.migrations.database.statements import Dialect
from tests.cli.conftest import BLOG, CLEAN, DATASOURCE, Project, Referee
from tests.support.databases import shared_mysql, shared_postgresql
from tests.support.prisma_history import apply_as_prisma

JSON_SCHEMA = Path(package.__file__).with_name("whole_report.schema.json")
ORCHARD = Path(__file__).parents[2] / "examples" / "orchard"
SQLITE = 'datasource db {\n  provider = "sqlite"\n}\n'
COUNTRY = "model Country {\n  code String @id\n}\n"
CREATE = 'CREATE TABLE "Country" (\n    "code" TEXT NOT NULL PRIMARY KEY\n);\n'
LOCK = 'provider = "sqlite"\n'
MIGRATED = {
    "prisma/schema.prisma": SQLITE + COUNTRY,
    "prisma/migrations/migration_lock.toml": LOCK,
    "prisma/migrations/20260101000000_initial/migration.sql": CREATE,
}


def test_the_report_is_markdown_and_findings_end_with_one(
    referee: Referee, project: Project
) -> None:
    project({"prisma/schema.prisma": DATASOURCE + BLOG})
    ended = referee("report")
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.startswith("# Verification of the Prisma schema `prisma/schema.prisma`\n")
    assert "0 of 1 foreign keys have an index that finds their rows." in ended.out
    assert "`prisma/schema.prisma:11`" in ended.out
    assert referee("report", "--fail-on", "never").code == 0
    assert referee("report", "--fail-on", "error").code == 0


def test_without_migrations_the_first_one_is_recommended_and_nothing_has_failed(
    referee: Referee, project: Project
) -> None:
    project({"prisma/schema.prisma": DATASOURCE + CLEAN})
    ended = referee("report", "--format", "json")
    (schema,) = json.loads(ended.out)["schemas"]
    assert ended.code == 1
    assert schema["verdict"] == "attention"
    assert {each["state"] for each in schema["readiness"]} == {"holds", "not-run"}
    (step,) = [each for each in schema["recommendations"] if each["code"] == "no-migrations"]
    assert step["command"] == "referee migrations new init prisma/schema.prisma"
    # The folder is not there, so there is no line of it to look at.
    assert step["evidence"] == []
    assert referee(*step["command"].split()[1:]).code == 0
    assert referee("report").code == 0


def test_what_is_released_is_not_said_where_git_cannot_know(
    referee: Referee, project: Project
) -> None:
    script = 'ALTER TABLE "Country" ADD COLUMN "note" TEXT;\n'
    project({**MIGRATED, "prisma/migrations/20260102000000_note/migration.sql": script})
    out = referee("report", "--no-database").out
    assert "which of them are released is not known" in out
    assert "| released |" not in out
    assert "| `20260101000000_initial` | not known |" in out
    assert "| `20260102000000_note` | counts as not released |" in out


def test_json_fits_its_json_schema(referee: Referee, project: Project) -> None:
    schema = json.loads(JSON_SCHEMA.read_text("utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    project(MIGRATED)
    jsonschema.validate(json.loads(referee("report", "--format", "json").out), schema)
    found = json.loads(referee("report", ORCHARD.as_posix(), "--format", "json").out)
    jsonschema.validate(found, schema)
    (orchard,) = found["schemas"]
    assert orchard["counts"]["models"] == 147
    keys = [row for row in orchard["indexes"] if row["subject"] == "foreign-key"]
    assert len(keys) == orchard["counts"]["foreign-keys"]


def test_migrations_are_tried_on_a_database_that_is_thrown_away(
    referee: Referee, project: Project
) -> None:
    root = project(MIGRATED)
    before = sorted(root.rglob("*"))
    ended = referee("report", "--format", "json")
    (schema,) = json.loads(ended.out)["schemas"]
    states = {each["id"]: each["state"] for each in schema["results"]}
    assert states["applied-on-empty"] == states["equals-schema"] == states["replayed"] == "holds"
    assert schema["migrations"]["history"][0]["seconds"] is not None
    assert ended.code == 0
    assert sorted(root.rglob("*")) == before


def test_the_newest_migration_is_tried_on_rows_and_taken_back(
    referee: Referee, project: Project
) -> None:
    more = 'ALTER TABLE "Country" ADD COLUMN "note" TEXT;\n'
    project(
        {
            **MIGRATED,
            "prisma/schema.prisma": SQLITE + COUNTRY.replace("}", "  note String?\n}"),
            "prisma/migrations/20260102000000_note/migration.sql": more,
        }
    )
    (schema,) = json.loads(referee("report", "--format", "json").out)["schemas"]
    found = {each["id"]: each for each in schema["results"]}
    assert found["applied-on-rows"]["state"] == "holds"
    assert "`20260102000000_note`" in found["applied-on-rows"]["sentence"]
    assert found["down-and-up"]["state"] in ("holds", "attention")


def test_a_migration_that_fails_is_told_with_its_line(referee: Referee, project: Project) -> None:
    script = "prisma/migrations/20260102000000_broken/migration.sql"
    project({**MIGRATED, script: '-- first\nINSERT INTO "Nowhere" VALUES (1);\n'})
    ended = referee("report", "--format", "json")
    (schema,) = json.loads(ended.out)["schemas"]
    (applied,) = [each for each in schema["results"] if each["id"] == "applied-on-empty"]
    assert (ended.code, applied["state"]) == (1, "fails")
    assert (applied["evidence"][0]["path"], applied["evidence"][0]["line"]) == (script, 2)


def test_without_a_database_the_report_says_what_was_not_run(
    referee: Referee, project: Project
) -> None:
    project(MIGRATED)
    out = referee("report", "--no-database").out
    assert "The migrations were not tried on a database: `--no-database` was given." in out
    assert "apply to an empty database" not in out


def test_the_format_is_that_of_the_ending(referee: Referee, project: Project) -> None:
    root = project({"schema.prisma": DATASOURCE + CLEAN})
    for name, start in (("r.html", "<!doctype html>"), ("r.json", "{"), ("r.md", "# Verif")):
        ended = referee("report", "-o", name)
        assert (ended.code, ended.out) == (1, "")
        assert (root / name).read_text("utf-8").startswith(start)


def test_a_format_that_is_named_counts_whatever_the_ending(
    referee: Referee, project: Project
) -> None:
    root = project({"schema.prisma": DATASOURCE + CLEAN})
    assert referee("report", "--format", "html", "-o", "r.txt").code == 1
    assert (root / "r.txt").read_text("utf-8").startswith("<!doctype html>")
    assert referee("report", "-o", "report").code == 1
    assert (root / "report").read_text("utf-8").startswith("# Verif")


def test_the_date_can_be_given_for_reports_that_are_compared(
    referee: Referee, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project({"schema.prisma": DATASOURCE + CLEAN})
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert "1970-01-01 00:00 UTC" in referee("report").out


def test_the_database_of_an_address_is_read_and_its_drift_is_told(
    referee: Referee, project: Project
) -> None:
    root = project(MIGRATED)
    with sqlite3.connect(root / "app.db") as database:
        database.executescript(CREATE + 'ALTER TABLE "Country" ADD COLUMN "extra" TEXT;')
    database.close()
    data = (root / "app.db").read_bytes()
    ended = referee("report", "--url", "file:./app.db")
    assert ended.code == 1
    assert "`app.db`" in ended.out
    assert "It was only read" in ended.out
    assert (root / "app.db").read_bytes() == data


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_a_server_of_an_address_is_read_and_what_to_do_about_it_is_recommended(
    referee: Referee, project: Project, dialect: Dialect
) -> None:
    quote = "`" if dialect == "mysql" else '"'
    text = "VARCHAR(191)" if dialect == "mysql" else "TEXT"
    scripts = {
        "1_init": f"CREATE TABLE 'Country' ('code' {text} NOT NULL, PRIMARY KEY ('code'));\n",
        "2_name": f"ALTER TABLE 'Country' ADD COLUMN 'name' {text};\n",
        "3_note": f"ALTER TABLE 'Country' ADD COLUMN 'note' {text};\n",
    }
    scripts = {name: script.replace("'", quote) for name, script in scripts.items()}
    fields = "  code String @id\n  name String?\n  note String?\n"
    head = f'datasource db {{\n  provider = "{dialect}"\n}}\n'
    project(
        {
            "prisma/schema.prisma": f"{head}model Country {{\n{fields}}}\n",
            "prisma/migrations/migration_lock.toml": f'provider = "{dialect}"\n',
            **{f"prisma/migrations/{n}/migration.sql": script for n, script in scripts.items()},
        }
    )
    server = shared_postgresql() if dialect == "postgresql" else shared_mysql()
    database = server.create_database()
    try:
        with database.connect() as connection:
            apply_as_prisma(connection, {n: scripts[n] for n in ("1_init", "2_name")})
            connection.run_script(f"ALTER TABLE {quote}Country{quote} ADD COLUMN extra INT")
        url = database.address.url
        ended = referee("report", "--url", url, "--format", "json")
        markdown = referee("report", "--url", url).out
        page = referee("report", "--url", url, "--format", "html").out
    finally:
        server.drop_database(database.name)
    (schema,) = json.loads(ended.out)["schemas"]
    assert ended.code == 1
    states = {each["id"]: each["state"] for each in schema["database"]["statements"]}
    assert states == {"applied-migrations": "noted", "drift": "fails", "pending-migration": "fails"}
    (drift,) = [each for each in schema["database"]["statements"] if each["id"] == "drift"]
    assert "the column `extra` of `Country`" in drift["evidence"][0]["text"]
    steps = {each["code"]: each for each in schema["recommendations"]}
    assert steps["pending-migration"]["command"] == "npx prisma migrate deploy"
    assert steps["drift"]["fix"].startswith("If it is wanted, write a migration")
    name = schema["database"]["name"]
    assert name.startswith(f"`{database.name}` at ")
    assert f"The database is `{database.name}` at " in markdown
    assert "\\`" not in markdown
    assert f"The database is <code>{database.name}</code> at " in page


def test_what_only_a_database_says_differs_is_named_in_the_list_before_migrating(
    referee: Referee, project: Project
) -> None:
    schema = SQLITE + COUNTRY.replace("}", "  note String?\n}")
    project({**MIGRATED, "prisma/schema.prisma": schema})
    ended = referee("report")
    assert "The schema says what no migration makes: 1 place.\n" in ended.out
    assert "1 difference, named in the list before migrating.\n" in ended.out
    (found,) = json.loads(referee("report", "--format", "json").out)["schemas"]
    (equals,) = [each for each in found["results"] if each["id"] == "equals-schema"]
    assert (equals["state"], len(equals["evidence"])) == ("fails", 1)


def test_a_difference_that_somebody_silenced_is_none_on_the_database_either(
    referee: Referee, project: Project
) -> None:
    field = "  // referee-ignore unmigrated-change: comes later\n  note String?\n}"
    project({**MIGRATED, "prisma/schema.prisma": SQLITE + COUNTRY.replace("}", field)})
    (found,) = json.loads(referee("report", "--format", "json").out)["schemas"]
    states = {each["id"]: each["state"] for each in found["results"]}
    assert (states["replayed"], states["equals-schema"]) == ("holds", "holds")


@pytest.mark.parametrize("how", ["comment", "baseline"])
def test_what_somebody_said_is_known_is_not_told_as_holding(
    referee: Referee, project: Project, how: str
) -> None:
    silence = " // referee-ignore money-as-float: rounded" if how == "comment" else ""
    schema = SQLITE + COUNTRY.replace("}", f"  price Float{silence}\n}}")
    project({"prisma/schema.prisma": schema})
    words = ["report", "--format", "json"]
    if how == "baseline":
        assert referee("check", "--write-baseline", "known.json").code == 0
        words += ["--baseline", "known.json"]
    (found,) = json.loads(referee(*words).out)["schemas"]
    (money,) = [each for each in found["areas"]["schema-design"] if each["id"] == "exact-money"]
    assert money["state"] == "noted"
    assert money["sentence"].endswith(
        "1 place, which the configuration, a comment or the baseline says is known."
    )
    assert money["evidence"][0]["line"] == 6
    assert not any(each["code"] == "money-as-float" for each in found["recommendations"])


@pytest.mark.parametrize("how", ["comment", "configuration"])
def test_a_hazard_that_is_silenced_is_not_told_as_absent(
    referee: Referee, project: Project, how: str
) -> None:
    create, drop = 'CREATE TABLE "Old" ("id" INTEGER);\n', 'DROP TABLE "Old";\n'
    files = {
        **MIGRATED,
        "prisma/migrations/20260101000001_old/migration.sql": create,
        "prisma/migrations/20260102000000_drop/migration.sql": (
            f"-- referee-ignore drops-data: empty\n{drop}" if how == "comment" else drop
        ),
    }
    if how == "configuration":
        files["referee.toml"] = '[[migrations.ignore]]\ncode = "drops-data"\n'
    project(files)
    (found,) = json.loads(referee("report", "--no-database", "--format", "json").out)["schemas"]
    (kept,) = [each for each in found["readiness"] if each["id"] == "kept-data"]
    assert kept["state"] == "noted"
    assert "`Old`" in kept["evidence"][0]["text"]
    assert kept["evidence"][0]["path"] == "prisma/migrations/20260102000000_drop/migration.sql"


def test_what_another_server_would_say_is_told_in_the_report_too(
    referee: Referee, project: Project
) -> None:
    text = SQLITE.replace('"sqlite"', '"postgresql"\n  relationMode = "prisma"') + BLOG
    project({"prisma/schema.prisma": text, "referee.toml": "beside-official-server = true\n"})
    (found,) = json.loads(referee("report", "--format", "json").out)["schemas"]
    steps = {each["code"] for each in found["recommendations"]}
    assert "unindexed-foreign-key" in steps


def test_what_fails_on_a_database_is_recommended_first(referee: Referee, project: Project) -> None:
    script = "prisma/migrations/20260102000000_broken/migration.sql"
    project({**MIGRATED, script: 'INSERT INTO "Nowhere" VALUES (1);\n'})
    (found,) = json.loads(referee("report", "--format", "json").out)["schemas"]
    step = next(each for each in found["recommendations"] if each["code"] is None)
    assert (step["priority"], step["title"]) == (
        1,
        "Mend `20260102000000_broken`: it applies to no database",
    )
    assert (step["evidence"][0]["path"], step["evidence"][0]["line"]) == (script, 1)


@pytest.mark.parametrize(
    ("provider", "lock", "verify"),
    [
        ("sqlserver", "sqlserver", None),
        (
            "cockroachdb",
            "cockroachdb",
            "referee migrations verify prisma/schema.prisma --scratch-url URL",
        ),
    ],
)
def test_nothing_is_recommended_that_cannot_be_done(
    referee: Referee, project: Project, provider: str, lock: str, verify: str | None
) -> None:
    project(
        {
            "prisma/schema.prisma": SQLITE.replace("sqlite", provider) + COUNTRY,
            "prisma/migrations/migration_lock.toml": f'provider = "{lock}"\n',
            "prisma/migrations/1_init/migration.sql": "BEGIN TRY\nBEGIN TRAN;\n"
            "CREATE TABLE [dbo].[Country] ([code] NVARCHAR(1000) NOT NULL);\nCOMMIT TRAN;\n"
            "END TRY\nBEGIN CATCH\nIF @@TRANCOUNT > 0\nBEGIN\n    ROLLBACK TRAN;\nEND;\nTHROW\n"
            "END CATCH\n"
            if provider == "sqlserver"
            else 'CREATE TABLE "Country" ("code" STRING NOT NULL);\n',
        }
    )
    (found,) = json.loads(referee("report", "--format", "json").out)["schemas"]
    commands = {each["command"] for each in found["recommendations"]}
    assert (verify in commands) == (verify is not None)
    assert any("--url" in each for each in commands) == (provider == "cockroachdb")
    sentences = [each["sentence"] for each in (*found["readiness"], *found["results"])]
    assert len(set(sentences)) == len(sentences)
    # Nobody judged the syntax, so nobody says that it is right.
    states = {each["id"]: each["state"] for each in found["readiness"]}
    idle = {code for each in found["rulesNotRun"] for code in each["codes"]}
    assert states["syntax"] == "not-run"
    assert "migration-syntax-error" in idle
    (entry,) = found["migrations"]["history"]
    assert [each["text"] for each in entry["changes"]] == ["creates table `Country` with 1 column"]
    if provider == "sqlserver":
        markdown = referee("report").out
        assert "Referee cannot look at a database of SQL Server." in markdown
        assert "Every statement finds what it uses" not in markdown


@pytest.mark.parametrize("given", [["--url", "{}"], ["--url={}"]])
def test_a_password_stands_nowhere(referee: Referee, project: Project, given: list[str]) -> None:
    project(MIGRATED)
    address = "postgresql://me:s3cret-pass@localhost:1/app"
    ended = referee("report", *(word.format(address) for word in given))
    assert ended.code == 2
    assert "s3cret" not in ended.out + ended.err


def test_the_call_is_told_without_the_address(referee: Referee, project: Project) -> None:
    root = project(MIGRATED)
    sqlite3.connect(root / "s3cret.db").close()
    out = referee("report", "--url", "file:./s3cret.db", "--format", "json").out
    assert json.loads(out)["command"] == "referee report --url URL --format json"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["nowhere"], "there is no file or folder `nowhere`."),
        (["--format", "pdf"], "--format does not take `pdf`"),
        (["--fromat", "json"], "there is no option `--fromat`"),
        (["-o", "no/such/folder/r.md"], "cannot be written"),
        (["-o", "r.pdf"], "`r.pdf` does not say how the report is written: end it with .md, .html"),
    ],
)
def test_a_call_that_makes_no_sense_ends_with_two(
    referee: Referee, project: Project, words: list[str], answer: str
) -> None:
    project({"schema.prisma": DATASOURCE + CLEAN})
    ended = referee("report", *words)
    assert (ended.code, ended.out) == (2, "")
    assert answer in ended.err


def test_several_schemas_are_parts_of_one_report_and_a_database_belongs_to_one(
    referee: Referee, project: Project
) -> None:
    package = {"a/package.json": "{}", "b/package.json": "{}"}
    project({**package, "a/schema.prisma": DATASOURCE + CLEAN, "b/schema.prisma": SQLITE + COUNTRY})
    out = referee("report").out
    assert "## `a/schema.prisma`" in out
    assert "## `b/schema.prisma`" in out
    ended = referee("report", "--url", "file:./x.db")
    assert ended.code == 2
    assert "a database belongs to one" in ended.err


def test_a_schema_without_a_provider_is_not_called_by_the_lack_of_its_name(
    project: Project, referee: Referee
) -> None:
    project({"schema.prisma": BLOG})
    ended = referee("report", "--no-database")
    assert "not named:" not in ended.out
    assert "No known provider: 2 models" in ended.out
    assert "a database of not named" not in ended.out
