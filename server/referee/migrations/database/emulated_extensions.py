"""Stands in for the two extensions that migrations ask for most and that no wheel holds.

pgcrypto and uuid-ossp are linked with libraries that the wheels leave out. PostgreSQL finds
extensions in further folders since version 18 (`extension_control_path`), so that theirs can be
given in plain SQL: random bytes, UUIDs and the digests that the server has are real; everything
else exists, and says when it is called that it is not emulated.
It deliberately hides nothing: the server names what it emulates, and a report has to say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from referee.migrations.database.binaries import Installation

_FIRST_VERSION = (18,)


@dataclass(frozen=True, slots=True)
class _Extension:
    """An extension in plain SQL, of the version that it stands in for."""

    name: str
    version: str
    script: str


def write(folder: Path, installation: Installation) -> list[str]:
    """Write what the installation lacks into a new folder; return the names of what was written."""
    if installation.server.numbers < _FIRST_VERSION:
        return []
    lacking = [each for each in _EXTENSIONS if not _has(installation, each.name)]
    if lacking:
        place = folder / "extension"
        place.mkdir(parents=True)
        for extension in lacking:
            control = (
                f"comment = 'emulated in SQL'\ndefault_version = '{extension.version}'\n"
                "relocatable = true\ntrusted = true\n"
            )
            (place / f"{extension.name}.control").write_bytes(control.encode())
            script = place / f"{extension.name}--{extension.version}.sql"
            script.write_bytes(extension.script.encode())
        for path in (folder, place, *place.iterdir()):
            path.chmod(0o755 if path.is_dir() else 0o644)
    return [extension.name for extension in lacking]


def settings(folder: Path, names: Iterable[str]) -> Mapping[str, str]:
    """Return the settings with which a server finds the extensions written to the folder."""
    return {"extension_control_path": f"$system:{folder.as_posix()}"} if list(names) else {}


def _has(installation: Installation, name: str) -> bool:
    shared = installation.programs.parent / "share"
    if any(shared.glob(f"**/extension/{name}.control")):
        return True
    major = installation.server.numbers[0]
    return Path(f"/usr/share/postgresql/{major}/extension/{name}.control").is_file()


def _refusing(extension: str, signatures: str) -> str:
    """Return functions that only say that they are not emulated, one for each line."""
    made: list[str] = []
    for signature in signatures.strip().splitlines():
        name = signature.strip().partition("(")[0]
        made.append(
            f"CREATE FUNCTION {signature.strip()} LANGUAGE plpgsql VOLATILE AS $body$\n"
            f"BEGIN RAISE feature_not_supported USING MESSAGE = '{name}() of {extension} is not"
            " emulated', HINT = 'Use a PostgreSQL that has this extension.'; END $body$;"
        )
    return "\n".join(made)


_DIGEST = """CASE pg_catalog.lower($2)
        WHEN 'md5' THEN pg_catalog.decode(pg_catalog.md5({0}), 'hex')
        WHEN 'sha224' THEN pg_catalog.sha224({0})
        WHEN 'sha256' THEN pg_catalog.sha256({0})
        WHEN 'sha384' THEN pg_catalog.sha384({0})
        WHEN 'sha512' THEN pg_catalog.sha512({0}) END"""

# RFC 2104: a key longer than a block is its digest, and a shorter one is filled up with zeros.
_HMAC = f"""
DECLARE
    block int := CASE WHEN pg_catalog.lower($3) IN ('sha384', 'sha512') THEN 128 ELSE 64 END;
    known bytea := $2;
    inner_key bytea := ''; outer_key bytea := ''; byte int;
BEGIN
    IF pg_catalog.lower($3) NOT IN ('md5', 'sha224', 'sha256', 'sha384', 'sha512') THEN
        RAISE feature_not_supported USING MESSAGE = $3 || ' of pgcrypto is not emulated';
    END IF;
    IF pg_catalog.length(known) > block THEN
        known := {_DIGEST.format("known").replace("$2", "$3")};
    END IF;
    known := known || pg_catalog.decode(
        pg_catalog.repeat('00', block - pg_catalog.length(known)), 'hex');
    inner_key := known; outer_key := known;
    FOR place IN 0 .. block - 1 LOOP
        byte := pg_catalog.get_byte(known, place);
        inner_key := pg_catalog.set_byte(inner_key, place, byte # 54);
        outer_key := pg_catalog.set_byte(outer_key, place, byte # 92);
    END LOOP;
    inner_key := inner_key || $1;
    outer_key := outer_key || {_DIGEST.format("inner_key").replace("$2", "$3")};
    RETURN {_DIGEST.format("outer_key").replace("$2", "$3")};
END"""

_PGCRYPTO = f"""
CREATE FUNCTION gen_random_uuid() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
    AS $body$ SELECT pg_catalog.gen_random_uuid() $body$;
CREATE FUNCTION gen_random_bytes(int4) RETURNS bytea LANGUAGE plpgsql VOLATILE STRICT AS $body$
BEGIN
    IF $1 < 1 OR $1 > 1024 THEN
        RAISE external_routine_invocation_exception USING MESSAGE = 'Length not in range';
    END IF;
    RETURN (SELECT pg_catalog.substr(pg_catalog.string_agg(pg_catalog.sha256(
            pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
            || pg_catalog.uuid_send(pg_catalog.gen_random_uuid())), ''::bytea), 1, $1)
        FROM pg_catalog.generate_series(0, $1 / 32));
END $body$;
CREATE FUNCTION digest(bytea, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $body$
DECLARE found bytea := {_DIGEST.format("$1")};
BEGIN
    IF found IS NULL THEN
        RAISE feature_not_supported USING MESSAGE = $2 || ' of pgcrypto is not emulated';
    END IF;
    RETURN found;
END $body$;
CREATE FUNCTION digest(text, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $body$
DECLARE
    given bytea := pg_catalog.convert_to($1, pg_catalog.getdatabaseencoding());
    found bytea := {_DIGEST.format("given")};
BEGIN
    IF found IS NULL THEN
        RAISE feature_not_supported USING MESSAGE = $2 || ' of pgcrypto is not emulated';
    END IF;
    RETURN found;
END $body$;
CREATE FUNCTION hmac(bytea, bytea, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT
    AS $body${_HMAC} $body$;
CREATE FUNCTION hmac(text, text, text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT
    AS $body${
    _HMAC.replace("$2", "pg_catalog.convert_to($2, 'UTF8')").replace(
        "|| $1", "|| pg_catalog.convert_to($1, 'UTF8')"
    )
} $body$;
""" + _refusing(
    "pgcrypto",
    """
crypt(text, text) RETURNS text
gen_salt(text) RETURNS text
gen_salt(text, int4) RETURNS text
encrypt(bytea, bytea, text) RETURNS bytea
decrypt(bytea, bytea, text) RETURNS bytea
encrypt_iv(bytea, bytea, bytea, text) RETURNS bytea
decrypt_iv(bytea, bytea, bytea, text) RETURNS bytea
pgp_sym_encrypt(text, text) RETURNS bytea
pgp_sym_encrypt(text, text, text) RETURNS bytea
pgp_sym_encrypt_bytea(bytea, text) RETURNS bytea
pgp_sym_encrypt_bytea(bytea, text, text) RETURNS bytea
pgp_sym_decrypt(bytea, text) RETURNS text
pgp_sym_decrypt(bytea, text, text) RETURNS text
pgp_sym_decrypt_bytea(bytea, text) RETURNS bytea
pgp_sym_decrypt_bytea(bytea, text, text) RETURNS bytea
pgp_pub_encrypt(text, bytea) RETURNS bytea
pgp_pub_encrypt(text, bytea, text) RETURNS bytea
pgp_pub_encrypt_bytea(bytea, bytea) RETURNS bytea
pgp_pub_encrypt_bytea(bytea, bytea, text) RETURNS bytea
pgp_pub_decrypt(bytea, bytea) RETURNS text
pgp_pub_decrypt(bytea, bytea, text) RETURNS text
pgp_pub_decrypt(bytea, bytea, text, text) RETURNS text
pgp_pub_decrypt_bytea(bytea, bytea) RETURNS bytea
pgp_pub_decrypt_bytea(bytea, bytea, text) RETURNS bytea
pgp_pub_decrypt_bytea(bytea, bytea, text, text) RETURNS bytea
pgp_key_id(bytea) RETURNS text
armor(bytea) RETURNS text
armor(bytea, text[], text[]) RETURNS text
dearmor(text) RETURNS bytea
""",
)

# RFC 9562: version 3 is an MD5 with six bits set. Versions 1 hold a time and a place in reality.
_UUID_OSSP = """
CREATE FUNCTION uuid_nil() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $body$ SELECT '00000000-0000-0000-0000-000000000000'::uuid $body$;
CREATE FUNCTION uuid_ns_dns() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $body$ SELECT '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid $body$;
CREATE FUNCTION uuid_ns_url() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $body$ SELECT '6ba7b811-9dad-11d1-80b4-00c04fd430c8'::uuid $body$;
CREATE FUNCTION uuid_ns_oid() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $body$ SELECT '6ba7b812-9dad-11d1-80b4-00c04fd430c8'::uuid $body$;
CREATE FUNCTION uuid_ns_x500() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $body$ SELECT '6ba7b814-9dad-11d1-80b4-00c04fd430c8'::uuid $body$;
CREATE FUNCTION uuid_generate_v1() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
    AS $body$ SELECT pg_catalog.gen_random_uuid() $body$;
CREATE FUNCTION uuid_generate_v1mc() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
    AS $body$ SELECT pg_catalog.gen_random_uuid() $body$;
CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
    AS $body$ SELECT pg_catalog.gen_random_uuid() $body$;
CREATE FUNCTION uuid_generate_v3(namespace uuid, name text) RETURNS uuid
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE made bytea := pg_catalog.decode(pg_catalog.md5(
    pg_catalog.uuid_send(namespace) || pg_catalog.convert_to(name, 'UTF8')), 'hex');
BEGIN
    made := pg_catalog.set_byte(made, 6, pg_catalog.get_byte(made, 6) & 15 | 48);
    made := pg_catalog.set_byte(made, 8, pg_catalog.get_byte(made, 8) & 63 | 128);
    RETURN pg_catalog.encode(made, 'hex')::uuid;
END $body$;
""" + _refusing("uuid-ossp", "uuid_generate_v5(namespace uuid, name text) RETURNS uuid")

_EXTENSIONS = (
    _Extension("pgcrypto", "1.3", _PGCRYPTO),
    _Extension("uuid-ossp", "1.1", _UUID_OSSP),
)
