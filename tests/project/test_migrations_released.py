"""Which migrations are not released, as git tells it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from referee.project.migrations_released import NoSuchBase, unreleased_migrations
from tests.project.folders import write
from tests.support.needs import need

NAMES = ("1_init", "2_users", "3_posts")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a repository whose default branch has the first two migrations."""
    need("git", "install git", shutil.which("git") is not None)
    for name in [name for name in os.environ if name.startswith(("GIT_", "GITHUB_", "CI_"))]:
        monkeypatch.delenv(name)
    write(tmp_path, {f"migrations/{name}/migration.sql": f"-- {name}\n" for name in NAMES[:2]})
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    commit(tmp_path)
    return tmp_path


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=Referee", "-c", "user.email=referee@example.org")
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-verify", "--message", "Change")


def add_third(folder: Path) -> None:
    write(folder, {"migrations/3_posts/migration.sql": "-- 3\n"})


def test_what_a_branch_adds_is_not_released(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "-b", "work")
    add_third(repository)
    commit(repository)
    found = unreleased_migrations(repository / "migrations", NAMES)
    assert (found.names, found.is_guess, found.base) == (frozenset(["3_posts"]), False, "main")


def test_what_is_not_even_committed_is_not_released(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "-b", "work")
    add_third(repository)
    write(repository, {"migrations/1_init/migration.sql": "-- another\n"})
    found = unreleased_migrations(repository / "migrations", NAMES)
    assert found.names == {"1_init", "3_posts"}


def test_a_branch_that_adds_none_has_none(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "-b", "work")
    found = unreleased_migrations(repository / "migrations", NAMES[:2])
    assert (found.names, found.is_guess) == (frozenset(), False)


def test_on_the_default_branch_the_newest_is_taken_for_it(repository: Path) -> None:
    found = unreleased_migrations(repository / "migrations", NAMES[:2])
    assert (found.names, found.is_guess) == (frozenset(["2_users"]), True)


def test_a_base_is_compared_with_where_the_work_left_it(repository: Path) -> None:
    git(repository, "tag", "released")
    add_third(repository)
    commit(repository)
    found = unreleased_migrations(repository / "migrations", NAMES, base="released")
    assert (found.names, found.is_guess, found.base) == (frozenset(["3_posts"]), False, "released")


@pytest.mark.parametrize("base", ["nowhere", "--output=x", "-h"])
def test_a_base_that_git_does_not_know_is_refused(repository: Path, base: str) -> None:
    with pytest.raises(NoSuchBase, match="git finds nothing"):
        unreleased_migrations(repository / "migrations", NAMES, base=base)
    assert not (repository / "migrations" / "x").exists()


def test_without_git_the_newest_is_taken_for_it(tmp_path: Path) -> None:
    write(tmp_path, {"1/migration.sql": ""})
    found = unreleased_migrations(tmp_path, ["1", "2"])
    assert (found.names, found.is_guess) == (frozenset(["2"]), True)
    assert found.doubt is not None
    with pytest.raises(NoSuchBase):
        unreleased_migrations(tmp_path, ["1", "2"], base="main")


def test_a_repository_without_a_commit_is_as_good_as_none(tmp_path: Path) -> None:
    need("git", "install git", shutil.which("git") is not None)
    git(tmp_path, "init", "--quiet")
    assert unreleased_migrations(tmp_path, ["1"]).is_guess


def test_work_counts_from_where_it_left_a_default_branch_that_went_on(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "-b", "work")
    add_third(repository)
    commit(repository)
    git(repository, "checkout", "--quiet", "main")
    write(
        repository,
        {
            "migrations/1_init/migration.sql": "-- edited on main\n",
            "migrations/4_main/migration.sql": "-- 4\n",
        },
    )
    commit(repository)
    git(repository, "checkout", "--quiet", "work")
    found = unreleased_migrations(repository / "migrations", NAMES)
    assert (found.names, found.is_guess) == (frozenset(["3_posts"]), False)


def test_what_a_branch_changes_is_not_released_again(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "-b", "work")
    write(repository, {"migrations/1_init/migration.sql": "-- another\n"})
    commit(repository)
    found = unreleased_migrations(repository / "migrations", NAMES[:2])
    assert (found.names, found.is_guess) == (frozenset(["1_init"]), False)


def test_the_branch_that_the_remote_calls_its_default_counts_first(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    copy = tmp_path_factory.mktemp("copy") / "copy"
    git(repository, "checkout", "--quiet", "-b", "trunk")
    git(repository, "clone", "--quiet", str(repository), str(copy))
    add_third(copy)
    commit(copy)
    found = unreleased_migrations(copy / "migrations", NAMES)
    # What was committed on the default branch and not pushed yet is no guess.
    assert (found.names, found.is_guess) == (frozenset(["3_posts"]), False)
    assert found.base == "origin/HEAD"
    git(copy, "push", "--quiet", "origin", "HEAD:trunk2")
    git(copy, "update-ref", "refs/remotes/origin/trunk", "HEAD")
    assert unreleased_migrations(copy / "migrations", NAMES).is_guess


def test_a_checkout_of_no_branch_at_the_default_branch_is_that_branch(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "--detach")
    found = unreleased_migrations(repository / "migrations", NAMES[:2])
    assert (found.names, found.is_guess) == (frozenset(["2_users"]), True)


def test_the_target_of_a_pull_request_counts_before_the_default_branch(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository, "checkout", "--quiet", "-b", "next")
    add_third(repository)
    commit(repository)
    git(repository, "update-ref", "refs/remotes/origin/next", "HEAD")
    git(repository, "checkout", "--quiet", "-b", "work")
    write(repository, {"migrations/4_more/migration.sql": "-- 4\n"})
    commit(repository)
    names = (*NAMES, "4_more")
    assert unreleased_migrations(repository / "migrations", names).names == {"3_posts", "4_more"}
    monkeypatch.setenv("GITHUB_BASE_REF", "next")
    assert unreleased_migrations(repository / "migrations", names).names == {"4_more"}


def test_where_git_is_not_installed_the_newest_is_taken_for_it(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    git(repository, "checkout", "--quiet", "-b", "work")
    monkeypatch.setenv("PATH", str(tmp_path_factory.mktemp("nothing")))
    found = unreleased_migrations(repository / "migrations", NAMES[:2])
    assert (found.names, found.is_guess) == (frozenset(["2_users"]), True)
