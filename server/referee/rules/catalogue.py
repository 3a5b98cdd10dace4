"""The list of all rules, and the codes that come from elsewhere than a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from referee.rules import (
    blocked_delete,
    cascade_cycle,
    cascade_into_records,
    cascade_past_soft_delete,
    cascade_to_owner,
    cascade_too_deep,
    cascading_natural_key,
    duplicate_index,
    duplicate_relation,
    emulated_referential_action,
    foreign_key_to_partial_unique,
    foreign_key_type_mismatch,
    half_optional_relation,
    identifier_length,
    ignored_required_field,
    implicit_referential_action,
    index_on_boolean,
    join_table_without_unique,
    missing_primary_key,
    missing_timestamps,
    money_as_float,
    multiple_cascade_paths,
    narrow_foreign_key,
    nullable_unique,
    one_to_one_on_partial_unique,
    partly_indexed_foreign_key,
    redundant_index,
    redundant_unique,
    referential_action_cycle,
    relation_cycle,
    required_cycle,
    required_self_relation,
    self_cascade,
    set_default_without_default,
    set_null_on_required,
    set_null_on_shared_column,
    timestamp_without_timezone,
    unbounded_string_index,
    unindexed_foreign_key,
    unindexed_polymorphic_pair,
    updated_at_without_attribute,
    uuid_stored_as_text,
    wide_cascade,
)
from referee.rules.rule import Family, FixSafety, Rule, Severity

ALL_RULES: tuple[Rule, ...] = (
    unindexed_foreign_key.RULE,
    partly_indexed_foreign_key.RULE,
    unindexed_polymorphic_pair.RULE,
    blocked_delete.RULE,
    set_null_on_required.RULE,
    set_null_on_shared_column.RULE,
    set_default_without_default.RULE,
    multiple_cascade_paths.RULE,
    cascade_too_deep.RULE,
    cascade_into_records.RULE,
    cascade_to_owner.RULE,
    cascading_natural_key.RULE,
    half_optional_relation.RULE,
    cascade_past_soft_delete.RULE,
    wide_cascade.RULE,
    implicit_referential_action.RULE,
    emulated_referential_action.RULE,
    self_cascade.RULE,
    required_cycle.RULE,
    required_self_relation.RULE,
    cascade_cycle.RULE,
    referential_action_cycle.RULE,
    relation_cycle.RULE,
    foreign_key_to_partial_unique.RULE,
    foreign_key_type_mismatch.RULE,
    narrow_foreign_key.RULE,
    one_to_one_on_partial_unique.RULE,
    duplicate_relation.RULE,
    redundant_index.RULE,
    duplicate_index.RULE,
    redundant_unique.RULE,
    nullable_unique.RULE,
    join_table_without_unique.RULE,
    index_on_boolean.RULE,
    missing_primary_key.RULE,
    identifier_length.RULE,
    unbounded_string_index.RULE,
    money_as_float.RULE,
    updated_at_without_attribute.RULE,
    ignored_required_field.RULE,
    uuid_stored_as_text.RULE,
    missing_timestamps.RULE,
    timestamp_without_timezone.RULE,
)


@dataclass(frozen=True, slots=True)
class OtherCode:
    """A code that no rule reports, with the same description that a rule has."""

    code: str
    family: Family
    severity: Severity
    summary: str
    documentation: str
    fix_safety: FixSafety = "none"
    severity_note: str = ""
    is_on: bool = True
    claims: tuple[str, ...] = ()
    documented: tuple[str, ...] = ()


TOOL_CODES: tuple[OtherCode, ...] = (
    OtherCode(
        "syntax",
        "syntax",
        "error",
        "A line that is not Prisma's language",
        """A line that is not Prisma's language.

Prisma reads a schema line by line: an attribute and its arguments stand on one line, and `}`
closes a block only as the first thing on its line.
The line is left out; the rest of the file and of the schema is judged as before.
Nothing is concluded from what the broken line may have said.
""",
    ),
    OtherCode(
        "unreadable-file",
        "tool",
        "error",
        "A file that cannot be read",
        """A file that cannot be read, or that is not UTF-8.

The other files of the schema are judged without it, so relations into it are left out.
""",
    ),
    OtherCode(
        "bad-configuration",
        "tool",
        "error",
        "A mistake in the configuration",
        """A mistake in `referee.toml`, in the `referee` key of `package.json` or in the editor's settings.

The message names the key and the nearest valid one.
The rest of the configuration works as if the mistake were not there.
""",
    ),
    OtherCode(
        "unknown-code",
        "tool",
        "warning",
        "A silencing comment that names no rule",
        """A silencing comment names a code that does not exist, so it silences nothing.

The fix writes the nearest code instead; it is unsafe, since it is a guess.
""",
        fix_safety="unsafe",
    ),
    OtherCode(
        "unused-silence",
        "tool",
        "hint",
        "A silencing comment that silences nothing",
        """A silencing comment silences nothing (any more).

The fix removes the code, or the comment where it is the only one, and is safe.
""",
        fix_safety="safe",
    ),
    OtherCode(
        "unknown-provider",
        "tool",
        "warning",
        "A datasource without a provider that exists",
        """A datasource names a provider that does not exist, or none at all.

The rules that depend on the database do not run, so a schema may look clean that is not.
Prisma reads the name as it is written, between quotes: `env()` cannot stand there.
`referee check` says how many rules did not run, also where the schema has no datasource.

Prisma's own validator refuses such a schema, so nothing is said beside its language server.
""",
    ),
    OtherCode(
        "prisma-8-dialect",
        "tool",
        "information",
        "A file in the Prisma 8 language, or migrations in its format",
        """The first line of the file asks for another dialect (`// use prisma-8` or `// use prisma-next`).

Referee reads the language of Prisma 6 and 7 and says nothing else about this file.

The same is said of a folder of migrations in the format of Prisma 8 (`ops.json`, `migration.json`
and `migration.ts` in folders such as `app/20260101T0900_init`), which is neither replayed nor
compared with the schema.
""",
    ),
)

# What the rules about migrations are called. They are told in whole by `migrations.catalogue`,
# which this layer cannot see and which few runs need; a test holds the two together.
MIGRATION_CODE_NAMES: tuple[str, ...] = (
    "migration-syntax-error",
    "broken-migration",
    "missing-migration-file",
    "migration-lock-mismatch",
    "unsafe-enum-value-use",
    "concurrent-index-with-others",
    "unmigrated-change",
    "no-migrations",
    "missing-migration-lock",
    "leftover-in-migrations",
    "required-column-without-default",
    "not-null-on-existing-data",
    "unique-index-on-existing-data",
    "enum-value-removed",
    "changes-column-type",
    "drop-and-add-column",
    "drops-data",
    "foreign-key-on-existing-data",
    "check-on-existing-data",
    "blocking-index-build",
    "drops-constraint",
    "renames-column",
    "renames-table",
    "changes-rows",
    "rebuilds-table",
    "explicit-transaction",
    "drops-implicit-indexes",
    "cascade-added",
)

_FAMILIES: dict[str, Family] = {
    **{rule.code: rule.family for rule in ALL_RULES},
    **{other.code: other.family for other in TOOL_CODES},
    **dict.fromkeys(MIGRATION_CODE_NAMES, "migration"),
}
ALL_CODES: tuple[str, ...] = tuple(_FAMILIES)
ALL_FAMILIES: tuple[Family, ...] = tuple(dict.fromkeys(_FAMILIES.values()))
# What people read in place of the name of a family.
FAMILY_TITLES: Mapping[Family, str] = {
    "missing-index": "Missing indexes",
    "cascade-risk": "Cascade risks",
    "cyclic-relation": "Cyclic relations",
    "foreign-key": "Foreign keys",
    "index": "Indexes",
    "type": "Types",
    "migration": "Migrations",
    "syntax": "Syntax",
    "tool": "The tool itself",
}


def family_of(code: str) -> Family:
    """Return the family of a code; raises KeyError if there is no such code."""
    return _FAMILIES[code]
