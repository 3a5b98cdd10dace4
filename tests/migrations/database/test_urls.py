from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from referee.migrations.database.connection import CannotConnect
from referee.migrations.database.mysql import connect_mysql
from referee.migrations.database.postgresql import connect_postgresql, libpq_parameters
from referee.migrations.database.urls import BadUrl, parse_url, redact

SECRET = "p@s/s:w#rd"
WRITTEN = "p%40s%2Fs%3Aw%23rd"


def test_an_address_of_postgresql_is_read_in_all_its_parts() -> None:
    address = parse_url(
        f"postgresql://jo%40x:{WRITTEN}@db.example:6543/my%20db?schema=shop&sslmode=require"
    )
    assert (address.dialect, address.host, address.port) == ("postgresql", "db.example", 6543)
    assert (address.user, address.password, address.database) == ("jo@x", SECRET, "my db")
    assert (address.namespace, address.options) == ("shop", {"sslmode": "require"})


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "POSTGRESQL"])
def test_both_schemes_mean_postgresql_and_its_usual_port(scheme: str) -> None:
    assert parse_url(f"{scheme}://localhost/x").port == 5432


def test_a_socket_takes_the_place_of_host_and_port() -> None:
    address = parse_url("postgresql://jo@localhost/x?host=/run/postgresql&port=6000")
    assert (address.socket, address.port, dict(address.options)) == ("/run/postgresql", 6000, {})
    assert parse_url("postgresql://jo@%2Frun%2Fpg/x").socket == "/run/pg"
    assert parse_url("mysql://root@localhost/x?socket=/run/m.sock").socket == "/run/m.sock"


def test_an_address_of_version_6_is_read() -> None:
    address = parse_url("mysql://root:a@[::1]:3307/x")
    assert (address.host, address.port) == ("::1", 3307)
    assert parse_url(address.url) == address


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("file:./dev.db", "base/dev.db"),
        ("file:dev.db?connection_limit=1", "base/dev.db"),
        ("sqlite:dev.db", "base/dev.db"),
        ("sqlite://dev.db", "base/dev.db"),
        ("file:///var/dev.db", "/var/dev.db"),
        ("file:/var/a%20b.db", "/var/a b.db"),
        ("file:../x/dev.db", "base/../x/dev.db"),
    ],
)
def test_a_file_of_sqlite_is_taken_from_the_folder_given(text: str, file: str) -> None:
    assert parse_url(text, Path("base")).file == Path(file)


@pytest.mark.parametrize("text", ["file::memory:", "sqlite::memory:", "file:x?mode=memory"])
def test_a_database_in_memory_has_no_file(text: str) -> None:
    assert parse_url(text).file is None


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://jo:{WRITTEN}@localhost/x?schema=s&sslmode=disable",
        f"postgresql://jo:{WRITTEN}@localhost:99/x?host=/run/pg&port=98",
        f"mysql://jo:{WRITTEN}@localhost/x%2Fy?socket=/run/m.sock",
        "file:x.db",
        "file::memory:",
    ],
)
def test_an_address_is_written_so_that_it_reads_the_same(text: str) -> None:
    assert parse_url(parse_url(text).url) == parse_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "sqlserver://localhost:1433;password=hush",
        "mongodb+srv://jo:hush@x/y",
        "prisma+postgres://x/?api_key=hush",
        "postgresql://jo:hush#hush@localhost/x",
        "postgresql://jo:hush@localhost:hush/x",
        "postgresql://jo:hush@[hush/x",
        "hush:hush",
    ],
)
def test_what_cannot_be_used_is_refused_without_saying_a_password(text: str) -> None:
    with pytest.raises(BadUrl) as refused:
        parse_url(text)
    assert "hush" not in str(refused.value) or text.startswith("hush:")
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://jo:{WRITTEN}@localhost/x",
        f"postgresql://jo:{WRITTEN}@localhost/x?sslpassword=other{WRITTEN}",
        f"mysql://jo:{WRITTEN}@localhost/x",
    ],
)
def test_a_password_is_in_no_text_of_an_address(text: str) -> None:
    address = parse_url(text)
    for shown in (str(address), repr(address), f"{address}"):
        assert SECRET not in shown
        assert WRITTEN not in shown
    assert "****" in str(address)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("at postgresql://jo:hush@h/x failed", "at postgresql://jo:****@h/x failed"),
        ("postgresql://jo:hu@sh@h/x", "postgresql://jo:****@h/x"),
        ("mysql://jo:hu/sh@h", "mysql://jo:****@h"),
        ("host=h password=hush user=jo", "host=h password=**** user=jo"),
        ("password='hu sh' user=jo", "password=**** user=jo"),
        ("prisma+postgres://h/?api_key=hush&x=1", "prisma+postgres://h/?api_key=****&x=1"),
        ("postgresql://jo@h/x", "postgresql://jo@h/x"),
        ("https://example.com:8080/a@b", "https://example.com:8080/a@b"),
        ("https://jo:hush@example.com/a", "https://jo:****@example.com/a"),
        ("postgres://postgres:postgres@h/postgres", "postgres://postgres:****@h/postgres"),
        ("postgresql://jo:hu@sh/x@h/d", "postgresql://jo:****@h/d"),
        ("postgresql://jo:hu?sh@h/d", "postgresql://jo:****@h/d"),
        ("postgresql://jo:hush@h/d?email=a@b.c", "postgresql://jo:****@h/d?email=a@b.c"),
        (
            "postgresql://jo:hush@h/d?sslpassword=x&a=1",
            "postgresql://jo:****@h/d?sslpassword=****&a=1",
        ),
        ("mysql://:hush@h/d and mysql://b:hush@h/e", "mysql://:****@h/d and mysql://b:****@h/e"),
        ("CREATE ROLE jo PASSWORD 'hu''sh' LOGIN", "CREATE ROLE jo PASSWORD **** LOGIN"),
        ("CREATE USER jo IDENTIFIED BY 'hush'", "CREATE USER jo IDENTIFIED BY ****"),
        (
            'password authentication failed for user "jo"',
            'password authentication failed for user "jo"',
        ),
        ("plain text", "plain text"),
    ],
)
def test_passwords_are_taken_out_of_any_text(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_a_known_secret_is_taken_out_however_it_is_written() -> None:
    assert redact(f"{SECRET} and {WRITTEN}", [SECRET]) == "**** and ****"


@pytest.mark.parametrize("encoded", [quote, quote_plus, partial(quote, safe="")])
def test_a_secret_is_taken_out_in_every_encoding(encoded: Callable[[str], str]) -> None:
    secret = "a b/c%d@é"
    for written in (encoded(secret), re.sub(r"%..", lambda m: m[0].lower(), encoded(secret))):
        assert redact(f"invalid value <{written}>", [secret]) == "invalid value <****>"


def test_a_secret_is_no_part_of_another_word() -> None:
    text = 'relation "test_runs" of latest, "test" and test.'
    assert redact(text, ["test"]) == 'relation "test_runs" of latest, "****" and ****.'


@pytest.mark.parametrize("word", ["postgres", "postgresql", "localhost", "shop", "app", "5433"])
def test_a_password_that_is_a_name_of_the_address_is_hidden_in_its_place_alone(word: str) -> None:
    address = parse_url(f"postgres://postgres:{word}@localhost:5433/shop?schema=app")
    assert str(address) == "postgresql://postgres:****@localhost:5433/shop?schema=app"
    said = 'postgres://postgres:{}@localhost:5433/shop: role "postgres" of "shop" (app), localhost'
    assert address.redact(said.format(word)) == said.format("****")
    assert address.redact(f"user=postgres password={word} dbname=shop") == (
        "user=postgres password=**** dbname=shop"
    )


def test_secrets_in_parameters_are_hidden_one_by_one() -> None:
    text = "postgresql://jo@h:1/d?sslpassword=jo&sslmode=disable&sslidentity=x.p12"
    shown = "postgresql://jo@h:1/d?sslpassword=****&sslmode=disable&sslidentity=****"
    assert str(parse_url(text)) == shown
    assert parse_url(text).redact("cannot decrypt with hush") == "cannot decrypt with hush"


def test_no_password_is_said_where_nobody_answers() -> None:
    pytest.importorskip("psycopg")
    pytest.importorskip("pymysql")
    for connect, scheme in ((connect_postgresql, "postgresql"), (connect_mysql, "mysql")):
        address = parse_url(f"{scheme}://jo:{WRITTEN}@127.0.0.1:1/x")
        with pytest.raises(CannotConnect) as refused:
            connect(address)
        assert SECRET not in str(refused.value)
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("sslmode=require&sslcert=ca.pem", {"sslmode": "require"}),
        (
            "sslcert=ca.pem&sslaccept=strict",
            {"sslmode": "verify-full", "sslrootcert": "ca.pem"},
        ),
        ("sslcert=me.pem&sslkey=me.key", {"sslcert": "me.pem", "sslkey": "me.key"}),
        ("pgbouncer=true&connection_limit=1&sslidentity=x.p12&schema=s", {}),
    ],
)
def test_libpq_is_told_what_the_parameters_mean_to_prisma(asked: str, told: dict[str, str]) -> None:
    assert libpq_parameters(parse_url(f"postgresql://a@b/c?{asked}").options) == told


def test_a_certificate_that_is_not_there_is_named() -> None:
    with pytest.raises(
        CannotConnect, match=r"there is no certificate nowhere\.pem, as sslcert says"
    ):
        connect_mysql(parse_url("mysql://a:b@127.0.0.1:1/c?sslcert=nowhere.pem"))


@pytest.mark.parametrize("scheme", ["prisma", "prisma+postgres"])
def test_the_address_of_a_proxy_says_which_one_is_wanted(scheme: str) -> None:
    with pytest.raises(BadUrl, match="give that of the database itself") as refusal:
        parse_url(f"{scheme}://accelerate.prisma-data.net/?api_key={SECRET}")
    assert SECRET not in str(refusal.value)
