"""Which database `referee migrations status` takes an address for, and what it says without one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from referee.cli.migrations_status import URL_VARIABLE
from tests.cli.conftest import Project, Referee
from tests.cli.test_migrations_status import SCRIPTS, apply, files_of_project

CONFIG = "import { defineConfig } from 'prisma/config'\nexport default defineConfig({%s})\n"


def package(version: str) -> str:
    return json.dumps({"devDependencies": {"prisma": version}})


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    monkeypatch.setenv("REFEREE_CACHE_DIR", "")


def make(project: Project, version: str | None, more: Mapping[str, str] | None = None) -> Path:
    """Make a project in `app`, whose config and package are there, to be called from above."""
    files = {f"app/{name}": text for name, text in files_of_project().items()}
    if version is not None:
        files["app/package.json"] = package(version)
    files["app/prisma.config.ts"] = CONFIG % "schema: 'prisma/schema.prisma'"
    return project({**files, **(more or {})})


@pytest.mark.parametrize(
    ("version", "taken"),
    [
        ("^6.1.0", "app/prisma/dev.db"),
        ("5.22.0", "app/prisma/dev.db"),
        ("^7.0.0", "app/dev.db"),
        (None, "dev.db"),
    ],
)
def test_of_several_files_the_one_is_taken_that_the_version_of_prisma_means(
    project: Project, referee: Referee, version: str | None, taken: str
) -> None:
    root = make(project, version)
    everywhere = ["dev.db", "app/dev.db", "app/prisma/dev.db"]
    for name in everywhere:
        apply(root / name, *SCRIPTS)
    ended = referee("migrations", "status", "app", "--url", "file:./dev.db")
    assert ended.code == 0, ended.err
    assert f"Database    `{taken}`" in ended.out
    assert f"The address names more than one file; this is `{taken}`" in " ".join(ended.out.split())
    assert all(f"`{name}`" in ended.out for name in everywhere)
    told = json.loads(
        referee("migrations", "status", "app", "--url", "file:./dev.db", "--format", "json").out
    )
    assert taken in told["notJudged"][0]["why"]


def test_a_file_elsewhere_than_prisma_takes_it_is_taken_and_told(
    project: Project, referee: Referee
) -> None:
    root = make(project, "^7.0.0")
    apply(root / "app/prisma/dev.db", *SCRIPTS)
    ended = referee("migrations", "status", "app", "--url", "file:./dev.db")
    assert ended.code == 0
    assert (
        "This is `app/prisma/dev.db`; Prisma 7 would take `app/dev.db`, which is not there."
        in ended.out
    )


def test_without_a_file_every_place_that_was_looked_at_is_named(
    project: Project, referee: Referee
) -> None:
    make(project, "^6.0.0")
    ended = referee("migrations", "status", "app", "--url", "file:./dev.db")
    assert ended.code == 2
    assert "there is no file `app/prisma/dev.db`, `dev.db` or `app/dev.db`." in ended.err


def test_the_datasource_of_several_files_says_where_prisma_6_starts(
    project: Project, referee: Referee
) -> None:
    files = files_of_project()
    schema = str(files.pop("prisma/schema.prisma"))
    datasource, model = schema.split("\n\n", 1)
    root = project(
        {
            **files,
            "package.json": package("^6.0.0"),
            "prisma/base/datasource.prisma": datasource,
            "prisma/user.prisma": model,
        }
    )
    apply(root / "prisma/base/dev.db", *SCRIPTS)
    ended = referee("migrations", "status", "prisma", "--url", "file:./dev.db")
    assert (ended.code, "`prisma/base/dev.db`" in ended.out) == (0, True), ended.err
    assert "would take" not in ended.out


@pytest.mark.parametrize(
    ("config", "datasource", "said"),
    [
        (
            "datasource: {\n url: env('DATABASE_URL') }",
            "",
            'prisma.config.ts takes it from DATABASE_URL, as in: REFEREE_DATABASE_URL="$DATABASE_'
            'URL" referee migrations status (a .env file is not read)',
        ),
        (
            "datasource: {\n url: process.env.DB! }",
            "",
            'REFEREE_DATABASE_URL="$DB" referee migrations status',
        ),
        ("", 'url = env("DIRECT")', "prisma/schema.prisma takes it from DIRECT"),
        ("", 'url = "file:./dev.db"', "referee migrations status --url file:./dev.db"),
        (
            "",
            'url = "postgresql://me:sesame@host/app"',
            "the one in prisma/schema.prisma is not taken unasked",
        ),
        ("", "", "as in: referee migrations status --url postgresql://user:password@"),
    ],
)
def test_without_an_address_it_is_said_where_the_project_has_one_and_how_to_hand_it_over(
    project: Project, referee: Referee, config: str, datasource: str, said: str
) -> None:
    files = files_of_project()
    schema = str(files["prisma/schema.prisma"]).replace('sqlite"\n', f'sqlite"\n  {datasource}\n')
    project({**files, "prisma/schema.prisma": schema, "prisma.config.ts": CONFIG % config})
    ended = referee("migrations", "status")
    assert ended.code == 2
    assert said in " ".join(ended.err.split())
    assert "sesame" not in ended.err


def test_a_provider_that_does_not_exist_is_told_whatever_the_lock_file_says(
    project: Project, referee: Referee
) -> None:
    files = files_of_project()
    schema = str(files["prisma/schema.prisma"]).replace("sqlite", "sqlit")
    project({**files, "prisma/schema.prisma": schema})
    ended = referee("migrations", "status", "--url", "file:dev.db")
    assert ended.code == 2
    assert "there is no provider `sqlit`; did you mean `sqlite`?" in ended.err
