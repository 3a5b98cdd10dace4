"""Tells what a scratch database holds, and drops everything in it.

What stands in a new database stays: the schema `public` of PostgreSQL with its owner and grants,
and the extensions that were there. It deliberately does not decide whose database is emptied.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from referee.ddl.quoting import quote_name, quote_path
from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import Connection, DatabaseError


@dataclass(frozen=True, slots=True)
class Furniture:
    """What was in a PostgreSQL database that holds nothing, and is there again when it is emptied.

    `grants` on the schema `public` are grantee, privilege and whether it may be handed on;
    `owner` is None where there is no such schema.
    """

    extensions: frozenset[str] = frozenset()
    owner: str | None = None
    grants: frozenset[tuple[str, str, bool]] = frozenset()


def first_held(connection: Connection) -> str | None:
    """Return something that a database holds, in words, and None if it holds nothing."""
    if connection.dialect == "mysql":
        found = connection.query(_HELD_BY_MYSQL)
    elif connection.server.product == "PostgreSQL":
        found = connection.query(_HELD_BY_POSTGRESQL) or connection.query(_IN_PUBLIC)
    else:
        model = catalog_of(connection)
        held = [("table", each) for each in (*model.tables, *model.views)]
        held += [("type", each) for each in model.enums]
        found = [(kind, str(each)) for kind, each in held] or connection.query(_HELD_BY_COCKROACH)
    if not found:
        return None
    kind, name = found[0]
    return f"the {str(kind).lower()} `{name}`"


def furniture_of(connection: Connection) -> Furniture:
    """Return what is to stay in a database that holds nothing."""
    if connection.dialect != "postgresql" or connection.server.product != "PostgreSQL":
        return Furniture()
    extensions = connection.query("SELECT extname FROM pg_catalog.pg_extension")
    owners = connection.query(_OWNER_OF_PUBLIC)
    return Furniture(
        frozenset(str(row[0]) for row in extensions),
        str(owners[0][0]) if owners else None,
        _grants(connection),
    )


def empty_database(connection: Connection, furniture: Furniture) -> None:
    """Drop everything in a database but its furniture."""
    if connection.dialect == "mysql":
        _empty_mysql(connection)
    elif connection.server.product == "PostgreSQL":
        _empty_postgresql(connection, furniture)
    else:
        _empty_cockroach(connection)


# ---- PostgreSQL ----

_NAMESPACES = (
    "SELECT 'schema', nspname FROM pg_catalog.pg_namespace n WHERE nspname !~ '^pg_'"
    " AND nspname NOT IN ('information_schema', 'public') AND NOT EXISTS (SELECT FROM"
    " pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_namespace'::regclass"
    " AND d.objid = n.oid AND d.deptype = 'e')"
)
_BESIDES = (
    "SELECT 'EVENT TRIGGER', evtname FROM pg_catalog.pg_event_trigger e WHERE NOT EXISTS (SELECT"
    " FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_event_trigger'::regclass"
    " AND d.objid = e.oid AND d.deptype = 'e')"
    " UNION ALL SELECT 'PUBLICATION', pubname FROM pg_catalog.pg_publication"
)
_LARGE_OBJECTS = "SELECT 'large object', oid::text FROM pg_catalog.pg_largeobject_metadata"
_HELD_BY_POSTGRESQL = (
    f"{_NAMESPACES} UNION ALL {_BESIDES} UNION ALL {_LARGE_OBJECTS}"
    " UNION ALL SELECT 'foreign server', srvname FROM pg_catalog.pg_foreign_server"
    " UNION ALL SELECT 'foreign data wrapper', fdwname FROM pg_catalog.pg_foreign_data_wrapper f"
    " WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid ="
    " 'pg_catalog.pg_foreign_data_wrapper'::regclass AND d.objid = f.oid AND d.deptype = 'e')"
)
# What lies in a schema depends on it; what belongs to something else does not by itself.
_IN_PUBLIC = (
    "SELECT o.type, o.identity FROM pg_catalog.pg_depend d CROSS JOIN LATERAL"
    " pg_catalog.pg_identify_object(d.classid, d.objid, 0) o"
    " WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.deptype = 'n'"
    " AND d.refobjid = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'public')"
    " AND d.classid <> 'pg_catalog.pg_extension'::regclass AND NOT EXISTS (SELECT FROM"
    " pg_catalog.pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid"
    " AND e.deptype = 'e') ORDER BY 1, 2"
)
_OWNER_OF_PUBLIC = (
    "SELECT pg_catalog.pg_get_userbyid(nspowner) FROM pg_catalog.pg_namespace"
    " WHERE nspname = 'public'"
)
_GRANTS_ON_PUBLIC = (
    "SELECT CASE a.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantee) END,"
    " a.privilege_type, a.is_grantable FROM pg_catalog.pg_namespace n CROSS JOIN LATERAL"
    " pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a"
    " WHERE n.nspname = 'public'"
)


def _grants(connection: Connection) -> frozenset[tuple[str, str, bool]]:
    return frozenset(
        (str(grantee), str(privilege), bool(is_grantable))
        for grantee, privilege, is_grantable in connection.query(_GRANTS_ON_PUBLIC)
    )


def _empty_postgresql(connection: Connection, furniture: Furniture) -> None:
    for kind, name in connection.query(_BESIDES):
        connection.run_script(f"DROP {kind} {_quoted(name)}")
    for _, name in connection.query(_NAMESPACES):
        connection.run_script(f"DROP SCHEMA {_quoted(name)} CASCADE")
    for (name,) in connection.query("SELECT extname FROM pg_catalog.pg_extension"):
        if name not in furniture.extensions:
            connection.run_script(f"DROP EXTENSION IF EXISTS {_quoted(name)} CASCADE")
    for kind, identity in connection.query(_IN_PUBLIC):
        connection.run_script(f"DROP {_dropped_as(connection, kind)} IF EXISTS {identity} CASCADE")
    for _, oid in connection.query(_LARGE_OBJECTS):
        connection.query("SELECT pg_catalog.lo_unlink(%s::oid)", (oid,))
    _restore_public(connection, furniture)


def _dropped_as(connection: Connection, kind: str) -> str:
    if kind in ("function", "procedure", "aggregate") and connection.server.numbers >= (11,):
        return "ROUTINE"  # Takes the identity of an aggregate without arguments, too.
    return kind.upper()


def _restore_public(connection: Connection, furniture: Furniture) -> None:
    """Give the schema `public` back what migrations took from it."""
    owners = connection.query(_OWNER_OF_PUBLIC)
    if furniture.owner is None:
        if owners:
            connection.run_script("DROP SCHEMA public CASCADE")
        return
    if not owners:
        connection.run_script("CREATE SCHEMA public")
    # A plain user may not give a schema to another; it is the user's own then.
    if connection.query(_OWNER_OF_PUBLIC)[0][0] != furniture.owner:
        with suppress(DatabaseError):
            connection.run_script(f"ALTER SCHEMA public OWNER TO {_quoted(furniture.owner)}")
    here = _grants(connection)
    for grantee, privilege, _ in sorted(here - furniture.grants):
        with suppress(DatabaseError):
            connection.run_script(f"REVOKE {privilege} ON SCHEMA public FROM {_grantee(grantee)}")
    for grantee, privilege, is_grantable in sorted(furniture.grants - here):
        option = " WITH GRANT OPTION" if is_grantable else ""
        with suppress(DatabaseError):
            connection.run_script(
                f"GRANT {privilege} ON SCHEMA public TO {_grantee(grantee)}{option}"
            )


def _grantee(name: str) -> str:
    return _quoted(name) if name else "PUBLIC"


def _quoted(name: object) -> str:
    return quote_name("postgresql", str(name))


# ---- CockroachDB ----

_NAMESPACES_OF_COCKROACH = (
    "SELECT 'schema', schema_name FROM information_schema.schemata WHERE schema_name NOT IN"
    " ('public', 'information_schema', 'crdb_internal', 'pg_catalog', 'pg_extension')"
)
_SEQUENCES_OF_COCKROACH = "SELECT 'sequence', sequence_name FROM information_schema.sequences"
_HELD_BY_COCKROACH = f"{_NAMESPACES_OF_COCKROACH} UNION ALL {_SEQUENCES_OF_COCKROACH}"


def _empty_cockroach(connection: Connection) -> None:
    model = catalog_of(connection)
    kinds = (("VIEW", model.views), ("TABLE", model.tables), ("TYPE", model.enums))
    for kind, names in kinds:
        option = "" if kind == "TYPE" else " CASCADE"
        for name in names:
            path = quote_path(model.provider, name, True)
            connection.run_script(f"DROP {kind} IF EXISTS {path}{option}")
    for _, name in connection.query(_NAMESPACES_OF_COCKROACH):
        connection.run_script(f"DROP SCHEMA {_quoted(name)} CASCADE")
    for _, name in connection.query(_SEQUENCES_OF_COCKROACH):
        connection.run_script(f"DROP SEQUENCE IF EXISTS {_quoted(name)} CASCADE")


# ---- MySQL ----

_TABLES = (
    "SELECT CASE table_type WHEN 'VIEW' THEN 'VIEW' ELSE 'TABLE' END, table_name"
    " FROM information_schema.tables WHERE table_schema = DATABASE()"
)
_ROUTINES = (
    "SELECT routine_type, routine_name FROM information_schema.routines"
    " WHERE routine_schema = DATABASE()"
)
_EVENTS = (
    "SELECT 'EVENT', event_name FROM information_schema.events WHERE event_schema = DATABASE()"
)
_HELD_BY_MYSQL = f"{_TABLES} UNION ALL {_ROUTINES} UNION ALL {_EVENTS}"


def _empty_mysql(connection: Connection) -> None:
    connection.execute("SET FOREIGN_KEY_CHECKS = 0")
    for listing in (_EVENTS, _TABLES, _ROUTINES):
        for kind, name in connection.query(listing):
            connection.execute(f"DROP {kind} IF EXISTS {quote_name('mysql', str(name))}")
    connection.execute("SET FOREIGN_KEY_CHECKS = 1")
