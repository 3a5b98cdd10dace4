"""What is said of a refusal for which MySQL and MariaDB name no table, or a copy of one."""

from __future__ import annotations

import pytest

from referee.ddl.model import DatabaseModel
from referee.migrations.database.connection import DatabaseError
from referee.migrations.database.rehearsal import failure_of
from referee.migrations.replay import empty_database, replay
from referee.migrations.sql.reading import parse_script

BEFORE = """CREATE TABLE `Plan` (`id` VARCHAR(9) NOT NULL, `next` VARCHAR(9) NULL,
    `size` SMALLINT UNSIGNED NOT NULL,
    `status` ENUM('ON', 'OFF') NOT NULL, `mode` ENUM('A', 'B') NULL, PRIMARY KEY (`id`));
"""


def database() -> DatabaseModel:
    return replay(empty_database("mysql"), parse_script("mysql", BEFORE).statements).model


def test_the_copy_of_an_altered_table_is_called_by_the_name_of_the_table() -> None:
    script = """SELECT 1;
ALTER TABLE `Plan` ADD CONSTRAINT `Plan_next_fkey` FOREIGN KEY (`next`) REFERENCES `Plan`(`id`);
"""
    error = DatabaseError(
        "Cannot add or update a child row: a foreign key constraint fails "
        "(`referee_1`.`#sql-alter-3e9d-d2`, CONSTRAINT `Plan_next_fkey` FOREIGN KEY (`next`))",
        sqlstate="23000",
        code="1452",
        statement=1,
        line=2,
        table="#sql-alter-3e9d-d2",
    )
    failure = failure_of(error, script, "2_next", "MariaDB", database())
    assert failure.table == "Plan"
    assert "(`Plan`, CONSTRAINT" in failure.message
    assert failure.advice.startswith("Delete the rows of `Plan` that refer to nothing")


@pytest.mark.parametrize(
    ("statement", "column", "advice"),
    [
        (
            "ALTER TABLE `Plan` MODIFY `next` VARCHAR(9) NOT NULL",
            "next",
            "Fill `next` of `Plan` where it is NULL",
        ),
        (
            "ALTER TABLE `Plan` MODIFY `status` ENUM('ON') NOT NULL",
            "status",
            "Change the rows that hold a value which `status` of `Plan` no longer has, before",
        ),
        (
            "alter table Plan MODIFY `mode` ENUM('A') NOT NULL",
            "mode",
            "Change the rows that hold a value which `mode` of `Plan` no longer has, and fill",
        ),
        (
            "ALTER TABLE `mine`.`Plan` MODIFY `size` TINYINT NOT NULL",
            "size",
            "Change the values that the new type does not take",
        ),
    ],
)
def test_what_is_called_truncated_is_a_null_or_a_value_that_goes(
    statement: str, column: str, advice: str
) -> None:
    error = DatabaseError(
        f"Data truncated for column '{column}' at row 3",
        sqlstate="01000",
        code="1265",
        statement=0,
        line=1,
        column=column,
    )
    assert failure_of(error, statement, "2_next", "MySQL", database()).advice.startswith(advice)


def test_rows_that_are_the_same_are_looked_for_in_the_table_of_the_index() -> None:
    error = DatabaseError(
        "Duplicate entry '1' for key 'Plan_next_key'",
        sqlstate="23000",
        code="1062",
        statement=0,
        line=1,
        constraint="Plan_next_key",
    )
    script = "CREATE UNIQUE INDEX `Plan_next_key` ON `Plan`(`next`);"
    failure = failure_of(error, script, "2_next", "MariaDB", database())
    assert failure.table == "Plan"
    assert failure.advice.startswith("Merge or remove the rows of `Plan`")
