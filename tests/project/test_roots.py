from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from referee.project import survey
from referee.project.configuration import Exclusion
from referee.project.roots import reason_left_out
from tests.project.folders import (
    DATASOURCE,
    POST,
    POST_OF_USER,
    USER,
    USER_OF_POSTS,
    discover,
    files_of,
    focus_of,
    found,
    reasons,
    write,
)

MODEL = "model %s {\n  id Int @id\n}\n"


def generator(output: str) -> str:
    return f'generator client {{\n  provider = "prisma-client-js"\n  output = "{output}"\n}}\n'


# --- One schema ----------------------------------------------------------------------------------


def test_a_single_file_is_a_schema(tmp_path: Path) -> None:
    write(tmp_path, {"prisma/schema.prisma": DATASOURCE + USER})
    (schema,) = discover(tmp_path, "prisma/schema.prisma").schemas
    assert schema.root == (tmp_path / "prisma").resolve()
    assert schema.place == schema.files[0] == (tmp_path / "prisma/schema.prisma").resolve()
    assert schema.found_by == "folder"
    assert schema.focus is None


def test_a_datasource_takes_the_files_below_it(tmp_path: Path) -> None:
    names = ["prisma/models/billing/invoice.prisma", "prisma/models/user.prisma"]
    write(tmp_path, {"prisma/schema.prisma": DATASOURCE, names[0]: POST, names[1]: USER})
    everything = [[*names, "prisma/schema.prisma"]]
    for named in (".", "prisma", *everything[0]):
        assert found(tmp_path, named) == everything, named


def test_the_folders_of_migrations_are_not_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = [f"prisma/migrations/2026010100{n:04}_step/migration.sql" for n in range(40)]
    lock = "prisma/migrations/migration_lock.toml"
    files = {"prisma/schema.prisma": DATASOURCE, lock: "", **dict.fromkeys(scripts, "")}
    write(tmp_path, files)
    scanned: list[str] = []
    scandir = os.scandir

    def counting(path: str) -> Iterator[os.DirEntry[str]]:
        scanned.append(str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", counting)
    assert found(tmp_path) == [["prisma/schema.prisma"]]
    assert not [path for path in scanned if path.endswith("_step")]


def test_a_file_that_an_editor_holds_in_the_folder_of_a_migration_is_found(tmp_path: Path) -> None:
    script = "prisma/migrations/20260101000000_init/migration.sql"
    held = tmp_path.resolve() / "prisma/migrations/20260101000000_init/before.prisma"
    write(tmp_path, {script: "", "prisma/migrations/migration_lock.toml": ""})
    expected = [["prisma/migrations/20260101000000_init/before.prisma"]]
    assert found(tmp_path, buffers={held: DATASOURCE}) == expected


def test_naming_one_file_of_a_schema_finds_all_and_reports_that_one(tmp_path: Path) -> None:
    write(tmp_path, {"prisma/schema.prisma": DATASOURCE, "prisma/models/user.prisma": USER})
    (schema,) = discover(tmp_path, "prisma/models/user.prisma").schemas
    assert files_of(schema, tmp_path) == ["prisma/models/user.prisma", "prisma/schema.prisma"]
    assert focus_of(schema, tmp_path) == ["prisma/models/user.prisma"]
    assert schema.place == schema.root == (tmp_path / "prisma").resolve()


def test_naming_a_folder_inside_a_schema_reports_what_is_in_it(tmp_path: Path) -> None:
    write(tmp_path, {"prisma/schema.prisma": DATASOURCE, "prisma/models/user.prisma": USER})
    (schema,) = discover(tmp_path, "prisma/models").schemas
    assert len(schema.files) == 2
    assert focus_of(schema, tmp_path) == ["prisma/models/user.prisma"]


def test_naming_every_file_one_by_one_is_naming_the_schema(tmp_path: Path) -> None:
    write(tmp_path, {"prisma/schema.prisma": DATASOURCE, "prisma/user.prisma": USER})
    (schema,) = discover(tmp_path, "prisma/schema.prisma", "prisma/user.prisma").schemas
    assert schema.focus is None


def test_naming_a_file_and_its_folder_reports_all(tmp_path: Path) -> None:
    write(tmp_path, {"prisma/schema.prisma": DATASOURCE, "prisma/user.prisma": USER})
    (schema,) = discover(tmp_path, "prisma/user.prisma", ".").schemas
    assert schema.focus is None


NESTED = {
    "package.json": "{}",
    "prisma/schema/base/datasource.prisma": DATASOURCE,
    "prisma/schema/models/x.prisma": USER,
    "prisma/schema/models/deep/y.prisma": POST,
}


def test_a_datasource_in_a_folder_beside_the_models_is_found(tmp_path: Path) -> None:
    write(tmp_path, NESTED)
    files = sorted(name for name in NESTED if name.endswith(".prisma"))
    for named in (".", "prisma", "prisma/schema", "prisma/schema/models", *files):
        (schema,) = discover(tmp_path, named).schemas
        assert files_of(schema, tmp_path) == files, named
        assert schema.root == (tmp_path / "prisma/schema").resolve()


def test_a_datasource_beside_the_models_is_found_from_inside_the_schema(tmp_path: Path) -> None:
    write(tmp_path, NESTED)
    assert len(found(tmp_path / "prisma/schema", "models/x.prisma")) == 1
    assert len(discover(tmp_path / "prisma/schema", "models/x.prisma").schemas[0].files) == 3


def test_a_datasource_with_models_takes_from_above_what_its_models_mention(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "package.json": "{}",
            "prisma/enums.prisma": POST_OF_USER,
            "prisma/base/schema.prisma": DATASOURCE + USER_OF_POSTS,
        },
    )
    both = [["prisma/base/schema.prisma", "prisma/enums.prisma"]]
    for named in (".", *both[0]):
        assert found(tmp_path, named) == both, named


def test_an_unrelated_file_in_a_parent_folder_is_no_part_of_a_schema(tmp_path: Path) -> None:
    write(tmp_path, {"notes.prisma": POST, "prisma/schema.prisma": DATASOURCE + USER})
    assert found(tmp_path, "prisma/schema.prisma") == [["prisma/schema.prisma"]]
    assert found(tmp_path, "notes.prisma") == [["notes.prisma"]]
    assert found(tmp_path) == [["notes.prisma"], ["prisma/schema.prisma"]]


def test_a_copy_of_models_in_a_parent_folder_is_no_part_of_a_schema(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "docs/sample.prisma": USER + MODEL % "Extra",
            "prisma/schema.prisma": DATASOURCE + USER + "model A {\n  x Extra\n}\n",
        },
    )
    assert len(found(tmp_path)) == 2


def test_an_outer_package_is_not_searched_for_what_a_schema_lacks(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "package.json": "{}",
            "docs/post.prisma": POST_OF_USER,
            "packages/db/package.json": "{}",
            "packages/db/prisma/schema.prisma": DATASOURCE + USER_OF_POSTS,
        },
    )
    assert len(found(tmp_path)) == 2


def test_a_package_inside_the_folder_of_a_datasource_is_not_taken(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "schema.prisma": DATASOURCE + USER,
            "packages/ui/package.json": "{}",
            "packages/ui/example.prisma": POST,
        },
    )
    assert found(tmp_path) == [["packages/ui/example.prisma"], ["schema.prisma"]]


# --- Several schemas -----------------------------------------------------------------------------


def test_a_folder_with_several_schemas_gives_each(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "apps/api/prisma/schema.prisma": DATASOURCE + USER,
            "apps/web/prisma/schema.prisma": DATASOURCE + USER,
            "apps/web/prisma/models/post.prisma": POST,
        },
    )
    assert found(tmp_path) == [
        ["apps/api/prisma/schema.prisma"],
        ["apps/web/prisma/models/post.prisma", "apps/web/prisma/schema.prisma"],
    ]


def test_a_nearer_datasource_takes_what_is_below_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "prisma/schema.prisma": DATASOURCE,
            "prisma/models/user.prisma": USER,
            "prisma/logs/schema.prisma": DATASOURCE,
            "prisma/logs/models/log.prisma": POST,
        },
    )
    outer = ["prisma/models/user.prisma", "prisma/schema.prisma"]
    inner = ["prisma/logs/models/log.prisma", "prisma/logs/schema.prisma"]
    assert found(tmp_path) == [outer, inner]
    assert found(tmp_path, inner[0]) == [inner]
    assert found(tmp_path, outer[0]) == [outer]


def test_two_datasources_beside_each_other_are_two_schemas(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "prisma/schema.full.prisma": DATASOURCE + USER + POST,
            "prisma/schema.prisma": DATASOURCE + USER,
        },
    )
    full, slim = ["prisma/schema.full.prisma"], ["prisma/schema.prisma"]
    assert found(tmp_path) == [full, slim]
    assert found(tmp_path, *slim) == [slim]


def test_files_beside_two_datasources_go_to_the_one_that_mentions_them(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "prisma/schema.prisma": DATASOURCE + USER,
            "prisma/shop.prisma": DATASOURCE + USER_OF_POSTS,
            "prisma/models/post.prisma": POST_OF_USER,
        },
    )
    shop = ["prisma/models/post.prisma", "prisma/shop.prisma"]
    assert found(tmp_path) == [shop, ["prisma/schema.prisma"]]
    assert found(tmp_path, "prisma/models/post.prisma") == [shop]


def test_files_beside_two_bare_datasources_go_to_schema_prisma(tmp_path: Path) -> None:
    names = {"a.prisma": DATASOURCE, "schema.prisma": DATASOURCE, "user.prisma": USER}
    write(tmp_path, names)
    assert found(tmp_path) == [["schema.prisma", "user.prisma"], ["a.prisma"]]


def test_files_beside_two_datasources_that_need_none_are_on_their_own(tmp_path: Path) -> None:
    names = {"a.prisma": DATASOURCE + USER, "b.prisma": DATASOURCE + USER, "c.prisma": POST}
    write(tmp_path, names)
    assert found(tmp_path) == [["a.prisma"], ["b.prisma"], ["c.prisma"]]
    assert discover(tmp_path, "c.prisma").schemas[0].found_by == "file"


# --- No datasource -------------------------------------------------------------------------------


def test_a_file_without_datasource_is_a_schema_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, {"user.prisma": USER})
    (schema,) = discover(tmp_path, "user.prisma").schemas
    assert schema.found_by == "file"
    assert files_of(schema, tmp_path) == ["user.prisma"]


def test_files_without_datasource_in_one_tree_are_one_schema(tmp_path: Path) -> None:
    write(tmp_path, {"models/a/user.prisma": USER, "models/b/post.prisma": POST})
    both = [["models/a/user.prisma", "models/b/post.prisma"]]
    for named in (".", "models", "models/a", *both[0]):
        assert found(tmp_path, named) == both, named


def test_trees_of_a_package_that_mention_each_other_are_one_schema(tmp_path: Path) -> None:
    files = {"a/user.prisma": USER_OF_POSTS, "b/post.prisma": POST_OF_USER}
    write(tmp_path, {"package.json": "{}", **files})
    assert found(tmp_path) == [["a/user.prisma", "b/post.prisma"]]
    assert found(tmp_path, "b/post.prisma") == [["a/user.prisma", "b/post.prisma"]]


def test_trees_that_declare_the_same_name_are_apart(tmp_path: Path) -> None:
    write(tmp_path, {"one/user.prisma": USER, "two/user.prisma": USER})
    assert found(tmp_path) == [["one/user.prisma"], ["two/user.prisma"]]


def test_a_datasource_in_a_comment_is_none(tmp_path: Path) -> None:
    hidden = f"/*\n{DATASOURCE}*/\n// {DATASOURCE.splitlines()[0]}\n"
    write(tmp_path, {"a.prisma": hidden + USER, "b.prisma": DATASOURCE})
    assert found(tmp_path) == [["a.prisma", "b.prisma"]]


def test_the_datasource_of_a_prisma_8_file_does_not_count(tmp_path: Path) -> None:
    write(tmp_path, {"a.prisma": "// use prisma-8\n" + DATASOURCE, "b.prisma": DATASOURCE + USER})
    assert found(tmp_path) == [["a.prisma", "b.prisma"]]
    assert found(tmp_path, "a.prisma") == [["a.prisma", "b.prisma"]]


def test_a_prisma_8_file_alone_is_still_found(tmp_path: Path) -> None:
    write(tmp_path, {"contract.prisma": "// use prisma-next\n" + DATASOURCE})
    assert found(tmp_path) == [["contract.prisma"]]


# --- Settings ------------------------------------------------------------------------------------

TWO = {
    "db/schema.prisma": DATASOURCE + USER,
    "db/models/post.prisma": POST,
    "other/schema.prisma": DATASOURCE + USER,
}


def test_a_setting_goes_before_everything_else(tmp_path: Path) -> None:
    write(tmp_path, {**TWO, "prisma.config.ts": 'export default { schema: "other" }'})
    (schema,) = discover(tmp_path, schema_setting=Path("db")).schemas
    assert files_of(schema, tmp_path) == ["db/models/post.prisma", "db/schema.prisma"]
    assert schema.found_by == "setting"


def test_a_setting_that_names_a_file_makes_that_file_the_schema(tmp_path: Path) -> None:
    write(tmp_path, TWO)
    assert found(tmp_path, schema_setting=Path("db/schema.prisma")) == [["db/schema.prisma"]]


def test_a_file_that_the_setting_does_not_cover_is_found_in_the_other_ways(tmp_path: Path) -> None:
    write(tmp_path, TWO)
    setting = Path("db/schema.prisma")
    assert found(tmp_path, "other/schema.prisma", schema_setting=setting) == [
        ["other/schema.prisma"]
    ]
    assert found(tmp_path, "db/models/post.prisma", schema_setting=setting) == [
        ["db/models/post.prisma"]
    ]


def test_a_setting_that_leads_nowhere_is_missing(tmp_path: Path) -> None:
    write(tmp_path, TWO)
    assert discover(tmp_path, schema_setting=Path("gone")).missing == (Path("gone"),)


def test_the_schema_of_referee_toml_is_a_setting(tmp_path: Path) -> None:
    write(tmp_path, {**TWO, "referee.toml": 'schema = "db"\n'})
    discovery = discover(tmp_path)
    (schema,) = discovery.schemas
    assert schema.found_by == "setting"
    assert files_of(schema, tmp_path) == ["db/models/post.prisma", "db/schema.prisma"]
    assert "another schema" in reasons(tmp_path, discovery)["other/schema.prisma"]


def test_the_prisma_config_names_a_folder_that_is_read_recursively(tmp_path: Path) -> None:
    config = 'import path from "node:path"\nexport default { schema: path.join("app", "db") }'
    write(
        tmp_path,
        {
            "prisma.config.ts": config,
            "app/db/a/x.prisma": DATASOURCE + USER,
            "app/db/b/y.prisma": POST,
        },
    )
    files = ["app/db/a/x.prisma", "app/db/b/y.prisma"]
    for named in (".", "app", *files):
        (schema,) = discover(tmp_path, named).schemas
        assert files_of(schema, tmp_path) == files, named
        assert schema.found_by == "prisma-config"
        assert schema.root == (tmp_path / "app/db").resolve()


@pytest.mark.parametrize("ending", ["ts", "js", "mjs", "cjs", "mts", "cts"])
@pytest.mark.parametrize("name", ["prisma.config.", ".config/prisma."])
def test_every_name_of_the_prisma_config_is_known(tmp_path: Path, name: str, ending: str) -> None:
    write(tmp_path, {**TWO, f"{name}{ending}": 'module.exports = { schema: "db/schema.prisma" }'})
    (schema,) = discover(tmp_path, "db/schema.prisma").schemas
    assert schema.found_by == "prisma-config"


def test_a_path_in_the_config_folder_may_start_from_that_folder(tmp_path: Path) -> None:
    write(tmp_path, {**TWO, ".config/prisma.ts": 'export default { schema: "../db" }'})
    assert discover(tmp_path, "db/schema.prisma").schemas[0].found_by == "prisma-config"


def test_the_config_above_a_folder_without_schemas_decides_for_it(tmp_path: Path) -> None:
    write(tmp_path, {**TWO, "prisma.config.ts": 'export default { schema: "db" }', "src/": ""})
    assert found(tmp_path / "src", ".") == []
    write(tmp_path, {".git/": ""})
    (schema,) = discover(tmp_path / "src", ".").schemas
    assert files_of(schema, tmp_path) == ["db/models/post.prisma", "db/schema.prisma"]


def test_the_nearest_prisma_config_with_a_file_decides(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            **TWO,
            "prisma.config.ts": 'export default { schema: "other" }',
            "db/prisma.config.ts": 'export default { schema: "schema.prisma" }',
        },
    )
    assert found(tmp_path, "db/schema.prisma") == [["db/schema.prisma"]]
    assert found(tmp_path) == [["db/schema.prisma"], ["other/schema.prisma"]]


def test_a_prisma_config_that_computes_its_path_is_passed_over(tmp_path: Path) -> None:
    config = 'export default { schema: process.env.SCHEMA ?? "x" }'
    write(
        tmp_path,
        {
            **TWO,
            "prisma.config.ts": config,
            "package.json": '{"prisma": {"schema": "db/schema.prisma"}}',
        },
    )
    discovery = discover(tmp_path, "db/schema.prisma")
    assert discovery.schemas[0].found_by == "package-json"
    assert "only running it can tell" in reasons(tmp_path, discovery)["prisma.config.ts"]


def test_a_prisma_config_that_names_what_is_not_there_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, {**TWO, "prisma.config.ts": 'export default { schema: "gone.prisma" }'})
    discovery = discover(tmp_path, "db/schema.prisma")
    assert discovery.schemas[0].found_by == "folder"
    assert "'gone.prisma'" in reasons(tmp_path, discovery)["prisma.config.ts"]


def test_package_json_names_the_schema(tmp_path: Path) -> None:
    write(tmp_path, {**TWO, "package.json": '{"prisma": {"schema": "./db/schema.prisma"}}'})
    (schema,) = discover(tmp_path, "db/schema.prisma").schemas
    assert schema.found_by == "package-json"
    assert files_of(schema, tmp_path) == ["db/schema.prisma"]


def test_a_broken_package_json_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, {**TWO, "package.json": '{"prisma": '})
    discovery = discover(tmp_path, "db/schema.prisma")
    assert discovery.schemas[0].found_by == "folder"
    assert "not JSON" in reasons(tmp_path, discovery)["package.json"]


def test_a_file_beside_the_only_file_that_settings_name_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, {**TWO, "package.json": '{"prisma": {"schema": "db/schema.prisma"}}'})
    discovery = discover(tmp_path)
    assert [files_of(schema, tmp_path) for schema in discovery.schemas] == [
        ["db/schema.prisma"],
        ["other/schema.prisma"],
    ]
    assert "without this file" in reasons(tmp_path, discovery)["db/models/post.prisma"]
    assert found(tmp_path, "db/models/post.prisma") == [["db/models/post.prisma"]]


def test_a_config_above_the_repository_does_not_count(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "prisma.config.ts": 'export default { schema: "repo/db/schema.prisma" }',
            "repo/.git/": "",
            "repo/db/schema.prisma": DATASOURCE,
            "repo/db/user.prisma": USER,
        },
    )
    assert found(tmp_path / "repo", "db/user.prisma") == [["db/schema.prisma", "db/user.prisma"]]


# --- What is no part of a schema -----------------------------------------------------------------


def test_installed_packages_and_dot_folders_are_left_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "schema.prisma": DATASOURCE + USER,
            "node_modules/.prisma/client/schema.prisma": DATASOURCE + USER,
            "node_modules/x/prisma/schema.prisma": DATASOURCE + USER,
            ".next/server/schema.prisma": DATASOURCE + USER,
            ".git/schema.prisma": DATASOURCE + USER,
        },
    )
    discovery = discover(tmp_path)
    assert [files_of(schema, tmp_path) for schema in discovery.schemas] == [["schema.prisma"]]
    assert reasons(tmp_path, discovery)["node_modules"] == "Left out: installed packages."


CLIENT = {"runtime/library.js": "", "index.js": "", "index.d.ts": ""}
CLIENTS = {
    "a run-time beside it": CLIENT,
    "a package name of a client": {"index.js": "", "package.json": '{"name": "prisma-client-12"}'},
    "code that loads the run-time": {"index.js": "const a = require('./runtime/library.js')"},
    "code that says it is generated": {"client.ts": "/* !!! This is code generated by Prisma. */"},
}


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_the_schema_beside_a_generated_client_is_left_out(
    tmp_path: Path, client: dict[str, str]
) -> None:
    copy = {f"prisma/generated/{name}": text for name, text in client.items()}
    write(
        tmp_path,
        {
            "prisma/schema.prisma": DATASOURCE + USER,
            "prisma/generated/schema.prisma": DATASOURCE + USER,
            **copy,
        },
    )
    assert found(tmp_path) == [["prisma/schema.prisma"]]
    assert found(tmp_path, "prisma/schema.prisma") == [["prisma/schema.prisma"]]


def test_a_copy_beside_two_script_files_is_left_out_if_the_original_is_there(
    tmp_path: Path,
) -> None:
    copy = {"out/schema.prisma": DATASOURCE + USER, "out/index.js": "", "out/index.d.ts": ""}
    write(tmp_path, copy)
    assert found(tmp_path) == [["out/schema.prisma"]]
    write(tmp_path, {"prisma/schema.prisma": DATASOURCE + USER})
    assert found(tmp_path) == [["prisma/schema.prisma"]]


def test_the_folder_that_a_generator_writes_into_is_left_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "prisma/schema.prisma": DATASOURCE + generator("../src/client") + USER,
            "src/client/schema.prisma": DATASOURCE + USER + POST,
        },
    )
    discovery = discover(tmp_path)
    assert [files_of(schema, tmp_path) for schema in discovery.schemas] == [
        ["prisma/schema.prisma"]
    ]
    assert "generator in schema.prisma" in reasons(tmp_path, discovery)["src/client/schema.prisma"]


def test_a_generator_that_writes_around_its_schema_leaves_out_nothing(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"prisma/schema.prisma": DATASOURCE + generator("..") + USER, "prisma/post.prisma": POST},
    )
    assert found(tmp_path) == [["prisma/post.prisma", "prisma/schema.prisma"]]


def test_a_schema_that_says_it_is_generated_counts_unless_its_source_is_there(
    tmp_path: Path,
) -> None:
    notice = "// This file is automatically generated. DO NOT MODIFY.\n"
    write(tmp_path, {"prisma/schema.prisma": notice + DATASOURCE + USER})
    assert found(tmp_path) == [["prisma/schema.prisma"]]
    write(tmp_path, {"source/schema.prisma": DATASOURCE + USER})
    assert found(tmp_path) == [["source/schema.prisma"]]


def test_a_named_copy_is_judged_alone(tmp_path: Path) -> None:
    copy = "prisma/generated/schema.prisma"
    client = {f"prisma/generated/{name}": text for name, text in CLIENT.items()}
    write(tmp_path, {"prisma/schema.prisma": DATASOURCE + USER, copy: DATASOURCE + USER, **client})
    assert found(tmp_path, copy) == [[copy]]


def test_an_editor_learns_why_a_file_would_be_left_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".git/": "",
            ".gitignore": "build/\n",
            "prisma/schema.prisma": DATASOURCE + generator("../src/client") + USER,
            "src/client/schema.prisma": DATASOURCE + USER,
            "node_modules/.prisma/client/schema.prisma": DATASOURCE + USER,
            "build/schema.prisma": DATASOURCE + USER,
        },
    )

    def reason(name: str) -> str | None:
        return reason_left_out(tmp_path / name, working_folder=tmp_path)

    assert reason("prisma/schema.prisma") is None
    assert "generator" in str(reason("src/client/schema.prisma"))
    assert "git ignores" in str(reason("build/schema.prisma"))
    assert "installed" in str(reason("node_modules/.prisma/client/schema.prisma")) or "dot" in str(
        reason("node_modules/.prisma/client/schema.prisma")
    )


# --- Paths ---------------------------------------------------------------------------------------


def test_paths_that_lead_to_nothing_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path, {"src/main.ts": "", "schema.prisma": DATASOURCE})
    discovery = discover(tmp_path, "gone", "src", "src/main.ts", "schema.prisma", "gone")
    assert discovery.missing == (Path("gone"),)
    assert discovery.empty == (Path("src"), Path("src/main.ts"))
    assert len(discovery.schemas) == 1


def test_a_file_that_is_not_text_still_belongs_to_its_schema(tmp_path: Path) -> None:
    write(tmp_path, {"schema.prisma": DATASOURCE})
    (tmp_path / "broken.prisma").write_bytes(b"model \xff {\n}\n")
    assert found(tmp_path) == [["broken.prisma", "schema.prisma"]]


def test_a_buffer_stands_in_for_the_disk(tmp_path: Path) -> None:
    write(tmp_path, {"prisma/schema.prisma": USER, "prisma/a/schema.prisma": DATASOURCE})
    buffers = {
        tmp_path / "prisma/schema.prisma": DATASOURCE + USER,
        tmp_path / "prisma/new/post.prisma": POST,
    }
    assert found(tmp_path, "prisma/new/post.prisma", buffers=buffers) == [
        ["prisma/new/post.prisma", "prisma/schema.prisma"]
    ]


def test_excluded_paths_are_in_no_schema(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            **TWO,
            "db/models/legacy.prisma": USER,
            "referee.toml": 'exclude = ["other/", "**/legacy.prisma"]\n',
        },
    )
    kept = ["db/models/post.prisma", "db/schema.prisma"]
    assert found(tmp_path) == [kept]
    assert found(tmp_path, "db/models/post.prisma") == [kept]


def test_an_excluded_file_is_not_judged_even_if_it_is_named(tmp_path: Path) -> None:
    write(tmp_path, {**TWO, "referee.toml": 'exclude = ["other"]\n'})
    discovery = discover(tmp_path, "other/schema.prisma")
    assert discovery.excluded == (Path("other/schema.prisma"),)
    assert not discovery.schemas


def test_the_caller_can_exclude_paths_too(tmp_path: Path) -> None:
    write(tmp_path, TWO)
    kept = [["db/models/post.prisma", "db/schema.prisma"]]
    assert found(tmp_path, exclude=[Exclusion(tmp_path, ("other",))]) == kept


def need_links(folder: Path) -> None:
    try:
        os.symlink(folder, folder / "probe")
    except OSError:
        pytest.skip("needs symbolic links, which this account may not make")
    (folder / "probe").unlink()


def test_a_link_to_a_file_is_that_file(tmp_path: Path) -> None:
    need_links(tmp_path)
    write(tmp_path, {"shared/user.prisma": USER, "prisma/schema.prisma": DATASOURCE})
    (tmp_path / "prisma/user.prisma").symlink_to(tmp_path / "shared/user.prisma")
    everything = ["prisma/schema.prisma", "shared/user.prisma"]
    assert found(tmp_path, "prisma") == [everything]
    assert found(tmp_path) == [everything]


def test_a_linked_folder_of_the_repository_is_part_of_the_schema(tmp_path: Path) -> None:
    need_links(tmp_path)
    write(tmp_path, {"shared/user.prisma": USER, "prisma/schema.prisma": DATASOURCE})
    (tmp_path / "prisma/models").symlink_to(tmp_path / "shared", target_is_directory=True)
    assert found(tmp_path, "prisma") == [["prisma/schema.prisma", "shared/user.prisma"]]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    need_links(tmp_path)
    write(tmp_path, {"a/schema.prisma": DATASOURCE + USER, "b/": ""})
    for link, target in (("a/up", "."), ("a/over", "b"), ("b/back", "a"), ("a/self", "a")):
        (tmp_path / link).symlink_to(tmp_path / target, target_is_directory=True)
    assert found(tmp_path) == [["a/schema.prisma"]]


def test_a_link_to_itself_is_missing_and_costs_nothing_else(tmp_path: Path) -> None:
    need_links(tmp_path)
    write(tmp_path, {"prisma/schema.prisma": DATASOURCE + USER})
    for link in ("loop", "loop.prisma", "prisma/loop.prisma"):
        (tmp_path / link).symlink_to(tmp_path / link)
    discovery = discover(tmp_path, "loop", "loop.prisma", ".")
    assert discovery.missing == (Path("loop"), Path("loop.prisma"))
    assert [files_of(each, tmp_path) for each in discovery.schemas] == [["prisma/schema.prisma"]]
    inside = tmp_path / "loop/new.prisma"
    assert len(discover(tmp_path, "loop/new.prisma", buffers={inside: USER}).schemas) == 1


def test_a_folder_nobody_may_enter_costs_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, {"prisma/schema.prisma": DATASOURCE + USER, "closed/x.prisma": POST})
    closed = tmp_path / "closed"
    closed.chmod(0)
    try:
        if os.access(closed, os.R_OK):
            pytest.skip("needs an account for which permissions count, and root is none")
        assert found(tmp_path) == [["prisma/schema.prisma"]]
        discovery = discover(tmp_path, "closed", "closed/x.prisma")
    finally:
        closed.chmod(0o755)
    assert (discovery.empty, discovery.missing) == ((Path("closed"),), (Path("closed/x.prisma"),))


def test_a_name_that_no_file_can_have_is_missing(tmp_path: Path) -> None:
    for name in ("x" * 300 + ".prisma", "nul\0.prisma"):
        written = json.dumps(name)
        write(tmp_path, {**TWO, "prisma.config.ts": f"export default {{ schema: {written} }}"})
        assert discover(tmp_path, name).missing == (Path(name),)
        assert len(discover(tmp_path).schemas) == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_what_is_neither_file_nor_folder_holds_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.prisma")
    discovery = discover(tmp_path, "pipe.prisma")
    assert (discovery.missing, discovery.empty) == ((), (Path("pipe.prisma"),))
    assert reasons(tmp_path, discovery)["pipe.prisma"] == "Passed over: this is no ordinary file."


def test_a_link_out_of_the_repository_is_left_out(tmp_path: Path) -> None:
    need_links(tmp_path)
    write(tmp_path, {"repo/.git/": "", "outside/x.prisma": POST, "repo/s.prisma": DATASOURCE})
    (tmp_path / "repo/out").symlink_to(tmp_path / "outside", target_is_directory=True)
    discovery = discover(tmp_path / "repo")
    assert files_of(discovery.schemas[0], tmp_path) == ["repo/s.prisma"]
    assert "out of the repository" in reasons(tmp_path, discovery)["repo/out"]


def test_the_order_of_paths_does_not_matter(tmp_path: Path) -> None:
    write(tmp_path, {**NESTED, "docs/z.prisma": MODEL % "Z", "old/schema.prisma": DATASOURCE})
    named = ["docs", "prisma/schema/models/x.prisma", "old/schema.prisma", "prisma/schema/base"]
    answers = {discover(tmp_path, *order).schemas for order in permutations(named)}
    assert len(answers) == 1


def test_every_file_finds_the_schema_that_the_whole_folder_gives(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            **NESTED,
            "apps/a/package.json": "{}",
            "apps/a/schema.prisma": DATASOURCE + USER_OF_POSTS,
            "apps/a/models/post.prisma": POST_OF_USER,
            "apps/a/models/other/schema.prisma": DATASOURCE + USER,
            "apps/b/one/user.prisma": USER_OF_POSTS,
            "apps/b/two/post.prisma": POST_OF_USER,
            "apps/b/three/user.prisma": USER,
        },
    )
    schemas = found(tmp_path)
    for files in schemas:
        for name in files:
            assert found(tmp_path, name) == [files], name


def calls_to_find(folder: Path, models: int) -> int:
    """Return how many Python functions are called to find a schema of so many files."""
    names = [f"prisma/models/m{index % 40}/model{index}.prisma" for index in range(models)]
    files = {name: MODEL % f"Model{index}" for index, name in enumerate(names)}
    write(folder, {"package.json": "{}", "prisma/schema.prisma": DATASOURCE, **files})
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        schemas = found(folder)
    finally:
        sys.setprofile(before)
    assert [len(files) for files in schemas] == [models + 1]
    return calls


def test_twice_as_many_files_are_twice_the_work(tmp_path: Path) -> None:
    few = calls_to_find(tmp_path / "few", 500)
    many = calls_to_find(tmp_path / "many", 1000)
    assert many < 2.2 * few


def test_outside_a_project_only_the_nearest_folders_are_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "MOST_FOLDERS_OUTSIDE_PROJECTS", 3)
    deep = "a/b/c/d/user.prisma"
    write(tmp_path, {"schema.prisma": DATASOURCE, "a/post.prisma": POST, deep: USER})
    assert found(tmp_path, "schema.prisma") == [["a/post.prisma", "schema.prisma"]]
    told = reasons(tmp_path, discover(tmp_path, "schema.prisma")).values()
    assert any("nearest folders" in reason for reason in told)
    write(tmp_path, {"package.json": "{}"})
    assert found(tmp_path, "schema.prisma") == [[deep, "a/post.prisma", "schema.prisma"]]
