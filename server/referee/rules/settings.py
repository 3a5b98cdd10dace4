"""What a user may set about rules, as plain values; it deliberately reads no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SeveritySetting = Literal["error", "warning", "information", "hint", "on", "off"]

# Schemas that services such as Supabase, or extensions of PostgreSQL such as pg_cron, own: their
# models are in the graph but not judged.
FOREIGN_SCHEMAS = (
    "auth",
    "storage",
    "realtime",
    "vault",
    "extensions",
    "graphql*",
    "ag_catalog",
    "cron",
    "net",
    "pgmq",
    "pgsodium",
    "tiger",
    "tiger_data",
    "topology",
    "_timescaledb_*",
)
# Last words of names of small fixed tables.
LOOKUP_WORDS = (
    "Type",
    "Status",
    "Kind",
    "Role",
    "Country",
    "Currency",
    "Language",
    "Locale",
    "Timezone",
    "Unit",
)


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """Settings that judging a schema depends on.

    `severities` holds a setting by code or family; the code's wins. "on" runs a rule with its
    own severities, "off" not at all, a severity replaces the rule's own.
    `options` are values of rules' own options by code and name.
    `beside_official_server` keeps silent what Prisma's own language server says too.
    """

    severities: Mapping[str, SeveritySetting] = field(default_factory=dict)
    foreign_schemas: tuple[str, ...] = FOREIGN_SCHEMAS
    lookup_words: tuple[str, ...] = LOOKUP_WORDS
    reports_ignored: bool = False
    requires_reasons: bool = False
    beside_official_server: bool = False
    options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    def option(self, code: str, name: str, default: object) -> object:
        """Return the value of a rule's option, or its default."""
        return self.options.get(code, {}).get(name, default)


DEFAULT_SETTINGS = RuleSettings()


def severity_setting(
    settings: RuleSettings, code: str, family: str, is_on: bool = True
) -> SeveritySetting:
    """Return what is set for a code: its own setting, its family's, or "on"/"off" by default.

    A family's setting does not switch on a rule that is off by default; only its code does.
    """
    own = settings.severities.get(code)
    if own is not None:
        return own
    shared = settings.severities.get(family)
    if shared is None or (not is_on and shared != "off"):
        return "on" if is_on else "off"
    return shared


@dataclass(frozen=True, slots=True)
class IgnoredMigrationFinding:
    """Findings about migrations that somebody knows and wants no more of: those that fit all of it.

    Each part is a pattern as of a shell; None fits everything. `column` fits where one of the
    columns does.
    """

    code: str | None = None
    table: str | None = None
    column: str | None = None
    object: str | None = None
    type: str | None = None
    migration: str | None = None
