"""What was executed on real databases to prove the rules, made by `make truth`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from referee.schema.providers import Provider


class Trials(NamedTuple):
    """Trials of one claim on one server, all of which went as Referee says.

    `number` counts them, and `refused` those that the database refused. Of `undecided`
    Referee says that the outcome depends on an order; of `both` of them both were seen.
    `digest` stands for the code of the trials: a test tells when that has changed since.
    """

    provider: Provider
    server: str
    number: int
    refused: int
    undecided: int
    both: int
    digest: str


# By claim: what was executed, and where.
EVIDENCE: Mapping[str, tuple[str, tuple[Trials, ...]]] = {
    "deletes": (
        "deletes in random schemas",
        (
            Trials("sqlite", "SQLite 3.40.1", 2000, 809, 17, 17, "04504266a25d"),
            Trials("postgresql", "PostgreSQL 18.6", 1000, 455, 17, 17, "09f873e6b558"),
            Trials("mysql", "MariaDB 10.11.19", 500, 258, 0, 0, "45018d017338"),
        ),
    ),
    "updates": (
        "changes of referenced values in random schemas",
        (
            Trials("sqlite", "SQLite 3.40.1", 1000, 397, 0, 0, "f0bd7eac001c"),
            Trials("postgresql", "PostgreSQL 18.6", 500, 270, 0, 0, "0c852aa40d49"),
            Trials("mysql", "MariaDB 10.11.19", 250, 159, 0, 0, "fc828eb74faa"),
        ),
    ),
    "clearing": (
        "deletes and changes that clear or reset a key",
        (
            Trials("sqlite", "SQLite 3.40.1", 62, 16, 0, 0, "8e9db41009bf"),
            Trials("postgresql", "PostgreSQL 18.6", 62, 16, 0, 0, "987072ec3830"),
            Trials("mysql", "MariaDB 10.11.19", 62, 55, 0, 0, "4274def64bb1"),
        ),
    ),
    "required-columns": (
        "SetNull on required columns",
        (Trials("postgresql", "PostgreSQL 18.6", 16, 16, 0, 0, "32084b0b87d7"),),
    ),
    "rings": (
        "first rows of random schemas with rings, one by one and all together",
        (
            Trials("sqlite", "SQLite 3.40.1", 500, 61, 0, 0, "ae7f1b89f8f5"),
            Trials("postgresql", "PostgreSQL 18.6", 200, 23, 0, 0, "7725cf7c865d"),
            Trials("mysql", "MariaDB 10.11.19", 100, 12, 0, 0, "1827c60e4848"),
        ),
    ),
    "look-ups": (
        "plans of look-ups in 50,000 rows",
        (
            Trials("sqlite", "SQLite 3.40.1", 126, 0, 0, 0, "60f115413d8c"),
            Trials("postgresql", "PostgreSQL 18.6", 89, 0, 0, 0, "2c657fe97397"),
            Trials("mysql", "MariaDB 10.11.19", 46, 0, 0, 0, "21ec511e4e44"),
        ),
    ),
    "automatic-indexes": (
        "indexes that InnoDB makes by itself",
        (Trials("mysql", "MariaDB 10.11.19", 66, 0, 0, 0, "0c3e61ca13fc"),),
    ),
    "types": (
        "keys between every two native types",
        (
            Trials("sqlite", "SQLite 3.40.1", 1, 0, 0, 0, "378253927e71"),
            Trials("postgresql", "PostgreSQL 18.6", 676, 613, 0, 0, "3bae44b7b7c6"),
            Trials("mysql", "MariaDB 10.11.19", 1024, 953, 0, 0, "c6a0c8d46cdd"),
        ),
    ),
    "narrow-keys": (
        "values that a key cannot hold",
        (Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "178002f9df84"),),
    ),
    "depth": (
        "cascades of 14 and 15 levels",
        (
            Trials("sqlite", "SQLite 3.40.1", 4, 0, 0, 0, "644acb6c7ba9"),
            Trials("postgresql", "PostgreSQL 18.6", 4, 0, 0, 0, "8f7e7c921565"),
            Trials("mysql", "MariaDB 10.11.19", 4, 0, 0, 0, "8bbf761ed2ba"),
        ),
    ),
    "shared-columns": (
        "a key that shares a column cleared",
        (
            Trials("sqlite", "SQLite 3.40.1", 1, 0, 0, 0, "2486f2b2b912"),
            Trials("postgresql", "PostgreSQL 18.6", 1, 0, 0, 0, "f6d42f39f0c5"),
            Trials("mysql", "MariaDB 10.11.19", 1, 0, 0, 0, "ff11db9563bd"),
        ),
    ),
    "partial-targets": (
        "keys to a partial unique index",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "2d6128324bf9"),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "8fa8955872de"),
        ),
    ),
    "partial-relations": (
        "one-to-one keys in a partial index",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "a5b1ee1f4495"),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "54578c81da7b"),
        ),
    ),
    "nulls": (
        "NULLs under a unique constraint",
        (
            Trials("sqlite", "SQLite 3.40.1", 1, 0, 0, 0, "8e12c090a9f2"),
            Trials("postgresql", "PostgreSQL 18.6", 1, 0, 0, 0, "8cb59c926998"),
            Trials("mysql", "MariaDB 10.11.19", 1, 0, 0, 0, "aa72e60b91c4"),
        ),
    ),
    "names": (
        "names longer than the limit",
        (
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "9dbe304130fa"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "4320937ab3dd"),
        ),
    ),
    "text-indexes": (
        "indexes over long text",
        (Trials("mysql", "MariaDB 10.11.19", 4, 0, 0, 0, "8491959c52e9"),),
    ),
    "join-tables": (
        "the same pair twice in a join table",
        (
            Trials("sqlite", "SQLite 3.40.1", 3, 0, 0, 0, "3b3a0e852669"),
            Trials("postgresql", "PostgreSQL 18.6", 3, 0, 0, 0, "0054d4ac85ac"),
            Trials("mysql", "MariaDB 10.11.19", 3, 0, 0, 0, "3f87bf257c6f"),
        ),
    ),
    "uuid-size": (
        "the size of a UUID in a row",
        (Trials("postgresql", "PostgreSQL 18.6", 1, 0, 0, 0, "e7d8337ddf9a"),),
    ),
    "replication": (
        "a publication of a table without primary key",
        (Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "42f6ade252ae"),),
    ),
    "boolean-indexes": (
        "plans of look-ups by a Boolean",
        (
            Trials("sqlite", "SQLite 3.40.1", 1, 0, 0, 0, "bbc603d5e7a4"),
            Trials("postgresql", "PostgreSQL 18.6", 1, 0, 0, 0, "5aae3b54a022"),
            Trials("mysql", "MariaDB 10.11.19", 1, 0, 0, 0, "fb0f1a928e62"),
        ),
    ),
    "time-zones": (
        "a moment read in another time zone",
        (Trials("postgresql", "PostgreSQL 18.6", 1, 0, 0, 0, "327e6bee8a41"),),
    ),
    "broken-scripts": (
        "statements about what is not there, there already or in use",
        (
            Trials("sqlite", "SQLite 3.40.1", 13, 0, 0, 0, "a70cbc87de07"),
            Trials("postgresql", "PostgreSQL 18.6", 28, 0, 0, 0, "049f67b1bfef"),
            Trials("mysql", "MariaDB 10.11.19", 12, 0, 0, 0, "84a4dc6d409f"),
        ),
    ),
    "unreadable-scripts": (
        "scripts that cannot be read",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "5b0d1ff3f5fc"),
            Trials("postgresql", "PostgreSQL 18.6", 3, 0, 0, 0, "10e35d1c85e5"),
            Trials("mysql", "MariaDB 10.11.19", 3, 0, 0, 0, "8c1710b53afd"),
        ),
    ),
    "new-enum-values": (
        "uses of an enum value beside its addition",
        (Trials("postgresql", "PostgreSQL 18.6", 5, 0, 0, 0, "b2f29d26e8f8"),),
    ),
    "concurrent-indexes": (
        "`CONCURRENTLY` alone and beside other statements",
        (Trials("postgresql", "PostgreSQL 18.6", 5, 0, 0, 0, "f4709552b31a"),),
    ),
    "new-required-columns": (
        "required columns added to tables with rows",
        (
            Trials("sqlite", "SQLite 3.40.1", 5, 0, 0, 0, "6afb293b3fcb"),
            Trials("postgresql", "PostgreSQL 18.6", 4, 0, 0, 0, "70d47843190f"),
            Trials("mysql", "MariaDB 10.11.19", 4, 0, 0, 0, "a8df5018b98f"),
        ),
    ),
    "nulls-forbidden": (
        "columns that become required over NULLs",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "be8e4b562e68"),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "701b145026f4"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "88c92233f7d1"),
        ),
    ),
    "new-unique-indexes": (
        "unique indexes over duplicates",
        (
            Trials("sqlite", "SQLite 3.40.1", 4, 0, 0, 0, "8a87adfa17e0"),
            Trials("postgresql", "PostgreSQL 18.6", 7, 0, 0, 0, "7b99255782c9"),
            Trials("mysql", "MariaDB 10.11.19", 4, 0, 0, 0, "c7cdf48d1009"),
        ),
    ),
    "new-foreign-keys": (
        "foreign keys over rows without parents, and their locks",
        (
            Trials("postgresql", "PostgreSQL 18.6", 4, 0, 0, 0, "3cd2448c1a9f"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "3b9c0d3a1272"),
        ),
    ),
    "new-checks": (
        "CHECK constraints over rows that fail them, and their lock",
        (
            Trials("postgresql", "PostgreSQL 18.6", 3, 0, 0, 0, "9fc0e7d27452"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "9972bbebf5b8"),
        ),
    ),
    "removed-enum-values": (
        "enums that lose a value of a row",
        (
            Trials("postgresql", "PostgreSQL 18.6", 3, 0, 0, 0, "6e6c67d32844"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "09b38b32a6bd"),
        ),
    ),
    "column-types": (
        "columns that change their type, with rows",
        (
            Trials("postgresql", "PostgreSQL 18.6", 4, 0, 0, 0, "f13424f2aa08"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "a76a2b430dc7"),
        ),
    ),
    "replaced-columns": (
        "columns dropped beside new ones and columns renamed",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "9ecb73f69057"),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "7b9c4084b508"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "b84ae0b93319"),
        ),
    ),
    "dropped-data": (
        "tables and columns dropped and made again",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "82b9c6092405"),
            Trials("postgresql", "PostgreSQL 18.6", 3, 0, 0, 0, "2df685eb6dc3"),
            Trials("mysql", "MariaDB 10.11.19", 3, 0, 0, 0, "57bfc94d2b70"),
        ),
    ),
    "dropped-constraints": (
        "rows taken once a constraint is dropped",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "c0d2172c85c1"),
            Trials("postgresql", "PostgreSQL 18.6", 4, 0, 0, 0, "50b49068a4d2"),
            Trials("mysql", "MariaDB 10.11.19", 3, 0, 0, 0, "050fdde6e4a7"),
        ),
    ),
    "changed-rows": (
        "rows before and after a script that writes them",
        (
            Trials("sqlite", "SQLite 3.40.1", 1, 0, 0, 0, "dca34c0da235"),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "24b72337e264"),
            Trials("mysql", "MariaDB 10.11.19", 1, 0, 0, 0, "6e2129563145"),
        ),
    ),
    "implicit-indexes": (
        "the index of a key before and after the key is dropped",
        (Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "775607d2b9bd"),),
    ),
    "index-builds": (
        "locks of index builds, and what a failed one leaves",
        (Trials("postgresql", "PostgreSQL 18.6", 3, 0, 0, 0, "5d2d1d2980ba"),),
    ),
    "rewritten-tables": (
        "files and objects of tables before and after a rewrite",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "0d76e36c2677"),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "71d351abb633"),
        ),
    ),
    "transactions": (
        "scripts with their own transaction that fail",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "84992464789a"),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "9b0c345375a6"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "ac089988ffb9"),
        ),
    ),
    "renamed-columns": (
        "queries for a column by its old name",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "1a03e107194c"),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "270f8ff2c787"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "33834ccb0370"),
        ),
    ),
    "renamed-tables": (
        "queries for a table by its old name",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "fe3c21879f02"),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "aa945346ecb3"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "a8de39793dbd"),
        ),
    ),
    "new-cascades": (
        "deletes before and after a key cascades",
        (
            Trials("postgresql", "PostgreSQL 18.6", 3, 0, 0, 0, "f1f7c7c7f99a"),
            Trials("mysql", "MariaDB 10.11.19", 3, 0, 0, 0, "88c655f6be7a"),
        ),
    ),
    "leftovers": (
        "inserts without a column that the schema lacks",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "d6f6080b027f"),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "d6ddacaf572c"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "2736e4527d65"),
        ),
    ),
    "unmigrated": (
        "queries for a column that no migration makes",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "c79504be0f2a"),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "23e1ad2e18d5"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "268c5f4115c0"),
        ),
    ),
}

# By claim: what its trials never have.
LEFT_OUT: Mapping[str, str] = {
    "deletes": (
        "a column that two relations share and one of them clears, and a one-to-one relation "
        "of a model that refers to itself"
    ),
    "updates": (
        "a column that two relations share, and a one-to-one relation of a model that refers "
        "to itself"
    ),
}
