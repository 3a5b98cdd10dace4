from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.project.folders import DATASOURCE, POST, USER, discover, found, reasons, write
from tests.support.needs import need

SCHEMAS = {
    ".git/": "",
    "prisma/schema.prisma": DATASOURCE + USER,
    "build/schema.prisma": DATASOURCE + USER,
    "apps/web/out/schema.prisma": DATASOURCE + USER,
}
ALL = [["apps/web/out/schema.prisma"], ["build/schema.prisma"], ["prisma/schema.prisma"]]
OUT, BUILD, PRISMA = ALL

CASES = {
    "nothing": ({}, ALL),
    "a folder by name": ({".gitignore": "build/\n"}, [OUT, PRISMA]),
    "a folder anywhere": ({".gitignore": "out\n"}, [BUILD, PRISMA]),
    "a folder by its path": ({".gitignore": "/apps/web/out\n"}, [BUILD, PRISMA]),
    "a path that is not here": ({".gitignore": "/out\n"}, ALL),
    "a file below": ({"apps/web/.gitignore": "/out/\n"}, [BUILD, PRISMA]),
    "a file that is about another folder": ({"apps/.gitignore": "build\n"}, ALL),
    "two stars": ({".gitignore": "**/web/**\n"}, [BUILD, PRISMA]),
    "an exception": ({".gitignore": "out\nbuild\n!build\n"}, [BUILD, PRISMA]),
    "an exception below": ({".gitignore": "out\n", "apps/web/.gitignore": "!out\n"}, ALL),
    "an exception inside what is ignored": (
        {".gitignore": "out/\n", "apps/web/out/.gitignore": "!schema.prisma\n"},
        [BUILD, PRISMA],
    ),
    "everything but schemas": ({".gitignore": "*\n!*/\n!*.prisma\n"}, ALL),
    "all in a folder but one": (
        {".gitignore": "build/**\n!build/schema.prisma\n"},
        ALL,
    ),
    "a single file": ({"build/.gitignore": "schema.prisma\n"}, [OUT, PRISMA]),
    "the exclude file of git": ({".git/info/exclude": "build\nout\n"}, [PRISMA]),
    "comments, blanks and lines that are no pattern": (
        {".gitignore": "# build\n\n!\n///\nbuild\n"},
        [OUT, PRISMA],
    ),
}


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES)
def test_what_git_ignores_is_left_out(
    tmp_path: Path, files: dict[str, str], expected: list[list[str]]
) -> None:
    write(tmp_path, {**SCHEMAS, **files})
    assert found(tmp_path) == expected


def test_ignoring_files_above_the_folder_count(tmp_path: Path) -> None:
    write(tmp_path, {**SCHEMAS, ".gitignore": "out\n"})
    discovery = discover(tmp_path, "apps")
    assert not discovery.schemas
    assert reasons(tmp_path, discovery)["apps/web/out"] == "Left out: git ignores this folder."


def test_ignoring_files_above_the_repository_do_not_count(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "prisma\n"})
    repository = write(tmp_path / "repo", SCHEMAS)
    assert found(repository) == ALL


def test_a_worktree_has_the_exclude_file_of_its_repository(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "main/.git/info/exclude": "build\n",
            "main/.git/worktrees/tree/commondir": "../..\n",
            "tree/.git": f"gitdir: {tmp_path.as_posix()}/main/.git/worktrees/tree\n",
            "tree/build/schema.prisma": DATASOURCE + USER,
            "tree/prisma/schema.prisma": DATASOURCE + USER,
        },
    )
    assert found(tmp_path / "tree") == [["prisma/schema.prisma"]]


def test_a_named_path_is_judged_though_git_ignores_it(tmp_path: Path) -> None:
    write(tmp_path, {**SCHEMAS, ".gitignore": "build/\n", "build/models/post.prisma": POST})
    everything = ["build/models/post.prisma", "build/schema.prisma"]
    for named in ("build", "build/schema.prisma", "build/models/post.prisma", "build/models"):
        assert found(tmp_path, named) == [everything], named


def test_an_ignored_folder_inside_a_named_ignored_folder_stays_out(tmp_path: Path) -> None:
    ignoring = "build/\nold/\n"
    write(tmp_path, {**SCHEMAS, ".gitignore": ignoring, "build/old/schema.prisma": DATASOURCE})
    assert found(tmp_path, "build") == [BUILD]


def test_a_setting_may_name_what_git_ignores(tmp_path: Path) -> None:
    config = 'export default { schema: "build/schema.prisma" }'
    write(tmp_path, {**SCHEMAS, ".gitignore": "build/\n", "prisma.config.ts": config})
    assert found(tmp_path) == ALL
    assert discover(tmp_path).schemas[1].found_by == "prisma-config"


@pytest.mark.fuzz
def test_git_says_the_same_of_any_patterns(tmp_path: Path, fuzz_rounds: int) -> None:
    need("git", "install git", shutil.which("git") is not None)
    chance = random.Random(2)
    for turn in range(fuzz_rounds):
        folder = tmp_path / str(turn)
        write(folder, some_tree(chance))
        subprocess.run(["git", "init", "-q", folder], check=True)
        listing: list[str | Path] = [
            "git",
            "-C",
            folder,
            "ls-files",
            "-o",
            "--exclude-standard",
            "*.prisma",
        ]
        said = subprocess.run(listing, capture_output=True, text=True, check=True)
        seen = sorted(name for files in found(folder) for name in files)
        assert seen == sorted(said.stdout.split()), folder


def some_tree(chance: random.Random) -> dict[str, str]:
    """Return folders with a schema file in each, and `.gitignore` files in two of them."""
    folders = [""]
    for _ in range(6):
        folders.append(chance.choice(folders) + chance.choice(["a/", "b/", "build/", "out/"]))
    files = {f"{folder}{name}.prisma": "" for folder in folders for name in "xy"}
    for folder in chance.sample(sorted(set(folders)), 2):
        lines = [some_pattern(chance) for _ in range(chance.randint(1, 5))]
        files[f"{folder}.gitignore"] = "\n".join(lines) + "\n"
    return files


def some_pattern(chance: random.Random) -> str:
    words = ["a", "b", "build", "out", "*", "**", "x.prisma", "*.prisma", "?", "bui*", "[ab]"]
    path = "/".join(chance.choice(words) for _ in range(chance.choice([1, 1, 1, 2, 3])))
    before, after = chance.choice(["", "", "/"]), chance.choice(["", "", "/"])
    if path.count("**") > 1 or path.endswith("**"):
        # Git and pathspec read `**/**` and `a/**/` differently, and nobody writes them.
        path, after = path.replace("**/", ""), ""
    return chance.choice(["", "", "!"]) + before + path + after
