"""The list of all rules about migrations, and how they are told to those who list codes."""

from __future__ import annotations

from referee.migrations.rules import (
    blocking_index_build,
    broken_migration,
    cascade_added,
    changes_column_type,
    changes_rows,
    check_on_existing_data,
    concurrent_index_with_others,
    drop_and_add_column,
    drops_constraint,
    drops_data,
    drops_implicit_indexes,
    enum_value_removed,
    explicit_transaction,
    foreign_key_on_existing_data,
    leftover_in_migrations,
    migration_lock_mismatch,
    migration_syntax_error,
    missing_migration_file,
    missing_migration_lock,
    no_migrations,
    not_null_on_existing_data,
    rebuilds_table,
    renames_column,
    renames_table,
    required_column_without_default,
    unique_index_on_existing_data,
    unmigrated_change,
    unsafe_enum_value_use,
)
from referee.migrations.rules.rule import MigrationRule
from referee.rules.catalogue import OtherCode

ALL_MIGRATION_RULES: tuple[MigrationRule, ...] = (
    migration_syntax_error.RULE,
    broken_migration.RULE,
    missing_migration_file.RULE,
    migration_lock_mismatch.RULE,
    unsafe_enum_value_use.RULE,
    concurrent_index_with_others.RULE,
    unmigrated_change.RULE,
    no_migrations.RULE,
    missing_migration_lock.RULE,
    leftover_in_migrations.RULE,
    required_column_without_default.RULE,
    not_null_on_existing_data.RULE,
    unique_index_on_existing_data.RULE,
    enum_value_removed.RULE,
    changes_column_type.RULE,
    drop_and_add_column.RULE,
    drops_data.RULE,
    foreign_key_on_existing_data.RULE,
    check_on_existing_data.RULE,
    blocking_index_build.RULE,
    drops_constraint.RULE,
    renames_column.RULE,
    renames_table.RULE,
    changes_rows.RULE,
    rebuilds_table.RULE,
    explicit_transaction.RULE,
    drops_implicit_indexes.RULE,
    cascade_added.RULE,
)

MIGRATION_CODES: tuple[OtherCode, ...] = tuple(
    OtherCode(
        rule.code,
        "migration",
        rule.severity,
        rule.summary,
        rule.documentation,
        rule.fix_safety,
        "only in migrations that are not released" if rule.is_hazard else "",
        claims=rule.claims,
        documented=rule.documented,
    )
    for rule in ALL_MIGRATION_RULES
)
