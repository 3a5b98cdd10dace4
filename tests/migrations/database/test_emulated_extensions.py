from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Iterator

import pytest

from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import DatabaseError
from referee.migrations.database.postgresql import PostgresqlConnection
from tests.support.databases import fresh_postgresql, shared_postgresql


@pytest.fixture
def connection() -> Iterator[PostgresqlConnection]:
    if shared_postgresql().emulated_extensions != {"pgcrypto", "uuid-ossp"}:
        pytest.skip("this PostgreSQL has the extensions, or is too old for others to be given")
    with fresh_postgresql('CREATE EXTENSION "uuid-ossp"; CREATE EXTENSION pgcrypto') as fresh:
        yield fresh


@pytest.mark.parametrize("algorithm", ["md5", "sha224", "sha256", "sha384", "SHA512"])
@pytest.mark.parametrize("key", ["k", "k" * 200])
def test_digests_are_those_of_the_standard(
    connection: PostgresqlConnection, algorithm: str, key: str
) -> None:
    text, name = "däta", algorithm.lower()
    asked = "SELECT digest(%s::text, %s), digest(%s::bytea, %s), hmac(%s::text, %s::text, %s)"
    made = hashlib.new(name, text.encode()).digest()
    signed = hmac.new(key.encode(), text.encode(), name).digest()
    parameters = (text, algorithm, text.encode(), algorithm, text, key, algorithm)
    assert connection.query(asked, parameters) == [(made, made, signed)]


def test_uuids_are_of_the_version_asked_for(connection: PostgresqlConnection) -> None:
    asked = "SELECT uuid_generate_v3(uuid_ns_url(), 'ä'), uuid_generate_v4(), uuid_nil()"
    (named, random, nothing) = connection.query(asked)[0]
    assert named == uuid.uuid3(uuid.NAMESPACE_URL, "ä")
    assert random.version == 4
    assert nothing.int == 0


def test_random_bytes_have_the_length_asked_for(connection: PostgresqlConnection) -> None:
    lengths = [1, 31, 32, 33, 1024]
    asked = "SELECT length(gen_random_bytes(n)) FROM unnest(%s) AS n"
    assert connection.query(asked, (lengths,)) == [(length,) for length in lengths]
    with pytest.raises(DatabaseError, match="Length not in range"):
        connection.query("SELECT gen_random_bytes(1025)")


@pytest.mark.parametrize(
    "call",
    [
        "crypt('a', gen_salt('bf'))",
        "digest('a', 'sha1')",
        "hmac('a', 'b', 'sha1')",
        "pgp_sym_encrypt('a', 'b')",
        "uuid_generate_v5(uuid_nil(), 'a')",
    ],
)
def test_what_is_not_emulated_says_so_when_it_is_called(
    connection: PostgresqlConnection, call: str
) -> None:
    connection.run_script(f"CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$SELECT {call}$$")
    with pytest.raises(DatabaseError, match="not emulated") as refused:
        connection.query("SELECT f()")
    assert refused.value.sqlstate == "0A000"


def test_emulated_extensions_are_extensions_in_the_catalog(
    connection: PostgresqlConnection,
) -> None:
    model = catalog_of(connection)
    assert model.extensions == {"pgcrypto", "uuid-ossp"}
    assert model.tables == {}
    connection.run_script(
        "CREATE SCHEMA extensions; DROP EXTENSION pgcrypto;"
        "CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA extensions VERSION '1.3';"
        'ALTER EXTENSION "uuid-ossp" SET SCHEMA extensions'
    )
    assert len(connection.query("SELECT extensions.gen_random_bytes(4)")[0][0]) == 4


def test_extensions_of_the_wheel_work(connection: PostgresqlConnection) -> None:
    for name in ("citext", "pg_trgm", "vector", "btree_gist", "unaccent", "ltree", "hstore"):
        connection.execute(f"CREATE EXTENSION {name}")
    assert connection.query("SELECT 'A'::citext = 'a'") == [(True,)]
