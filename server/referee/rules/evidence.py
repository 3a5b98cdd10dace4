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
            Trials("sqlite", "SQLite 3.40.1", 30, 0, 0, 0, "feade5a2c692"),
            Trials("postgresql", "PostgreSQL 18.6", 59, 0, 0, 0, "d90e150dd5af"),
            Trials("mysql", "MariaDB 10.11.19", 20, 0, 0, 0, "b50181988122"),
        ),
    ),
    "unreadable-scripts": (
        "scripts that cannot be read",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "74b69cb2a4f2"),
            Trials("postgresql", "PostgreSQL 18.6", 3, 0, 0, 0, "ab53670af719"),
            Trials("mysql", "MariaDB 10.11.19", 3, 0, 0, 0, "9c75afe22021"),
        ),
    ),
    "new-enum-values": (
        "uses of an enum value beside its addition",
        (Trials("postgresql", "PostgreSQL 18.6", 5, 0, 0, 0, "489e7ef61bde"),),
    ),
    "concurrent-indexes": (
        "`CONCURRENTLY` alone and beside other statements",
        (Trials("postgresql", "PostgreSQL 18.6", 5, 0, 0, 0, "f3af6dd0c55c"),),
    ),
    "new-required-columns": (
        "required columns added to tables with rows",
        (
            Trials("sqlite", "SQLite 3.40.1", 5, 0, 0, 0, "c4b0e63bd19b"),
            Trials("postgresql", "PostgreSQL 18.6", 4, 0, 0, 0, "1e62c957c239"),
            Trials("mysql", "MariaDB 10.11.19", 19, 0, 0, 0, "3bd037edb84f"),
        ),
    ),
    "nulls-forbidden": (
        "columns that become required over NULLs",
        (
            Trials("sqlite", "SQLite 3.40.1", 3, 0, 0, 0, "5f1ca88a0410"),
            Trials("postgresql", "PostgreSQL 18.6", 3, 0, 0, 0, "3fa6f6b08604"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "2a974572c40d"),
        ),
    ),
    "new-unique-indexes": (
        "unique indexes over duplicates",
        (
            Trials("sqlite", "SQLite 3.40.1", 8, 0, 0, 0, "b5fc40ce88b0"),
            Trials("postgresql", "PostgreSQL 18.6", 10, 0, 0, 0, "06b40ebd1fe4"),
            Trials("mysql", "MariaDB 10.11.19", 6, 0, 0, 0, "7a51a7586adb"),
        ),
    ),
    "new-foreign-keys": (
        "foreign keys over rows without parents, and their locks",
        (
            Trials("postgresql", "PostgreSQL 18.6", 7, 0, 0, 0, "e11258970add"),
            Trials("mysql", "MariaDB 10.11.19", 5, 0, 0, 0, "956b106f7df5"),
        ),
    ),
    "new-checks": (
        "CHECK constraints over rows that fail them, and their lock",
        (
            Trials("postgresql", "PostgreSQL 18.6", 5, 0, 0, 0, "8797f9530228"),
            Trials("mysql", "MariaDB 10.11.19", 4, 0, 0, 0, "733ea778e632"),
        ),
    ),
    "removed-enum-values": (
        "enums that lose a value of a row",
        (
            Trials("postgresql", "PostgreSQL 18.6", 4, 0, 0, 0, "f7154fca7786"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "56caefbd8945"),
        ),
    ),
    "column-types": (
        "columns that change their type, with rows",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "9660b41a685c"),
            Trials("postgresql", "PostgreSQL 18.6", 40, 0, 0, 0, "40d0516db503"),
            Trials("mysql", "MariaDB 10.11.19", 7, 0, 0, 0, "cdf13c0ceaeb"),
        ),
    ),
    "replaced-columns": (
        "columns dropped beside new ones and columns renamed",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "7b1788e25b9d"),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "20524bbb937d"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "b683437c8e03"),
        ),
    ),
    "dropped-data": (
        "tables and columns dropped and made again",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "46debe1255e9"),
            Trials("postgresql", "PostgreSQL 18.6", 3, 0, 0, 0, "9b1df2f37e14"),
            Trials("mysql", "MariaDB 10.11.19", 3, 0, 0, 0, "03a759b04fc9"),
        ),
    ),
    "dropped-constraints": (
        "rows taken once a constraint is dropped",
        (
            Trials("sqlite", "SQLite 3.40.1", 5, 0, 0, 0, "c9a709957957"),
            Trials("postgresql", "PostgreSQL 18.6", 8, 0, 0, 0, "0e7c205aec6b"),
            Trials("mysql", "MariaDB 10.11.19", 6, 0, 0, 0, "2f216c68744b"),
        ),
    ),
    "changed-rows": (
        "rows before and after a script that writes them",
        (
            Trials("sqlite", "SQLite 3.40.1", 1, 0, 0, 0, "597d88e904d4"),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "2018be5a07d0"),
            Trials("mysql", "MariaDB 10.11.19", 1, 0, 0, 0, "05cc05339a3a"),
        ),
    ),
    "implicit-indexes": (
        "the index of a key before and after the key is dropped",
        (Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "11512978cf58"),),
    ),
    "index-builds": (
        "locks of index builds, and what a failed one leaves",
        (
            Trials("postgresql", "PostgreSQL 18.6", 6, 0, 0, 0, "e5d1e41d140b"),
            Trials("mysql", "MariaDB 10.11.19", 3, 0, 0, 0, "658e315f99ab"),
        ),
    ),
    "rewritten-tables": (
        "files and objects of tables before and after a rewrite",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "05e28c6d882f"),
            Trials("postgresql", "PostgreSQL 18.6", 21, 0, 0, 0, "288ae898db65"),
            Trials("mysql", "MariaDB 10.11.19", 15, 0, 0, 0, "2a9e9b0a486b"),
        ),
    ),
    "transactions": (
        "scripts with their own transaction that fail",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "c52ee46599f1"),
            Trials("postgresql", "PostgreSQL 18.6", 6, 0, 0, 0, "e6728416a67b"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "49a2ebefaa64"),
        ),
    ),
    "renamed-columns": (
        "queries for a column by its old name",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "6011a21fefa6"),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "a463537b3d7b"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "ae747469ab88"),
        ),
    ),
    "renamed-tables": (
        "queries for a table by its old name",
        (
            Trials("sqlite", "SQLite 3.40.1", 3, 0, 0, 0, "66f4e9e29047"),
            Trials("postgresql", "PostgreSQL 18.6", 3, 0, 0, 0, "3abb4ce6e5de"),
            Trials("mysql", "MariaDB 10.11.19", 3, 0, 0, 0, "fc61eb0b6cea"),
        ),
    ),
    "new-cascades": (
        "deletes before and after a key cascades",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "48607a8042c4"),
            Trials("postgresql", "PostgreSQL 18.6", 3, 0, 0, 0, "1354264a6f84"),
            Trials("mysql", "MariaDB 10.11.19", 3, 0, 0, 0, "6288dbb8802c"),
        ),
    ),
    "leftovers": (
        "inserts without a column that the schema lacks",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "cff0332ea9e3"),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "3314c7b2b4d7"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "26180adbe862"),
        ),
    ),
    "unmigrated": (
        "queries for a column that no migration makes",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0, "6f369d4ea85a"),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0, "695326ed9451"),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0, "6bb35322b426"),
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
