"""What extensions of PostgreSQL bring: others, types, and tables that no migration makes.

It deliberately knows a few that real projects use, and no version of theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from referee.ddl.model import DatabaseModel, Name

# Every database of PostgreSQL has it (PostgreSQL manual, "CREATE LANGUAGE").
ALWAYS_THERE = frozenset(["plpgsql"])

# Types that PostgreSQL has from an extension alone, and that no service or image brings along.
TYPES: Mapping[str, str] = MappingProxyType(
    {
        **{name: name for name in ("citext", "cube", "hstore", "ltree")},
        **dict.fromkeys(("halfvec", "sparsevec", "vector"), "vector"),
    }
)

# Functions that PostgreSQL has from an extension alone, in every version (appendix "Additional
# Supplied Modules" of its manual). `gen_random_uuid` is its own since version 13.
FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ("uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v3", "uuid_generate_v4"),
            "uuid-ossp",
        ),
        "uuid_generate_v5": "uuid-ossp",
        **dict.fromkeys(("crypt", "digest", "gen_random_bytes", "gen_salt", "hmac"), "pgcrypto"),
        **dict.fromkeys(("similarity", "word_similarity", "show_trgm"), "pg_trgm"),
        **dict.fromkeys(("levenshtein", "soundex", "metaphone", "dmetaphone"), "fuzzystrmatch"),
        "unaccent": "unaccent",
        **dict.fromkeys(("earth_distance", "ll_to_earth"), "earthdistance"),
    }
)
OPERATOR_CLASSES: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("gin_trgm_ops", "gist_trgm_ops"), "pg_trgm")
)

# Functions for triggers that come from an extension alone, by the same appendix.
TRIGGER_FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        "autoinc": "autoinc",
        "check_foreign_key": "refint",
        "check_primary_key": "refint",
        "insert_username": "insert_username",
        "lo_manage": "lo",
        "moddatetime": "moddatetime",
        "triggered_change_notification": "tcn",
    }
)

# Extensions that bring no other function for triggers.
WITHOUT_TRIGGER_FUNCTIONS = frozenset(
    [
        *ALWAYS_THERE,
        *TYPES.values(),
        *FUNCTIONS.values(),
        *TRIGGER_FUNCTIONS.values(),
        "btree_gin",
        "btree_gist",
        "intarray",
        "pg_stat_statements",
    ]
)

# What CASCADE makes with an extension: the line `requires` of its control file, of those in
# PostgreSQL's contrib, PostGIS and pgvectorscale.
NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "earthdistance": ("cube",),
        "postgis_raster": ("postgis",),
        "postgis_sfcgal": ("postgis",),
        "postgis_tiger_geocoder": ("postgis", "fuzzystrmatch"),
        "postgis_topology": ("postgis",),
        "vectorscale": ("vector",),
    }
)

# Schemas that belong to an extension alone, by its control file or the script that installs it.
# `FOREIGN_SCHEMAS` of rules/settings.py keeps rules about the schema from judging their models.
NAMESPACES: Mapping[str, str] = MappingProxyType(
    {
        "ag_catalog": "age",
        "cron": "pg_cron",
        "graphql": "pg_graphql",
        "net": "pg_net",
        "pgmq": "pgmq",
        "pgsodium": "pgsodium",
        "tiger": "postgis_tiger_geocoder",
        "tiger_data": "postgis_tiger_geocoder",
        "topology": "postgis_topology",
        "vault": "supabase_vault",
        "_timescaledb_cache": "timescaledb",
        "_timescaledb_catalog": "timescaledb",
        "_timescaledb_config": "timescaledb",
        "_timescaledb_internal": "timescaledb",
    }
)

# Prisma's schema engine passes over tables of these names, with PostGIS and without.
_OF_POSTGIS = frozenset(
    ["spatial_ref_sys", "geometry_columns", "geography_columns", "raster_columns"]
)


def extension_of(name: Name, *models: DatabaseModel) -> str | None:
    """Return the extension that a table or enum comes from; None if migrations have to make it.

    A schema of the database counts as an extension's where one of the databases has that one.
    """
    if not any(model.provider == "postgresql" for model in models):
        return None
    if name.name.lower() in _OF_POSTGIS:
        return "postgis"
    extension = None if name.namespace is None else NAMESPACES.get(name.namespace)
    if extension is not None and any(extension in model.extensions for model in models):
        return extension
    return None


def tables_of_extensions(made: DatabaseModel, meant: DatabaseModel) -> dict[str, tuple[str, ...]]:
    """Return the tables that come from extensions, by extension."""
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys((*meant.tables, *made.tables)):
        extension = extension_of(name, made, meant)
        if extension is not None:
            found.setdefault(extension, []).append(str(name))
    return {extension: tuple(names) for extension, names in found.items()}
