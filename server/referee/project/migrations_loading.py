"""Brings together what judging the migrations of a schema takes: their files, what is released,
the version of Prisma, and a replay that was kept from an earlier run.

What comes out are values; the judging itself is done in `features`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from referee.features.migration_judging import (
    MigrationOptions,
    ReplayedHistory,
    Telling,
    first_judged,
    provider_of_scripts,
    replay_history,
)
from referee.migrations.history import History
from referee.migrations.snapshot import Snapshot, fitting
from referee.project.configuration import MigrationSettings
from referee.project.migrations import MigrationsPlace, read_migrations
from referee.project.migrations_cache import keep_replay, kept_replay
from referee.project.migrations_released import Unreleased, unreleased_migrations
from referee.project.migrations_version import join_table_form, prisma_major
from referee.schema.providers import Provider
from referee.text.decoding import ENCODING


@dataclass(frozen=True, slots=True)
class MigrationsAsked:
    """How the migrations of a schema are to be judged.

    `is_asked_for` tells that they are what is asked about, `judges_all` that history is, too.
    `base` is what git compares with, where the settings are not to say it.
    """

    settings: MigrationSettings
    working_folder: Path
    is_asked_for: bool = False
    judges_all: bool = False
    base: str | None = None
    requires_reasons: bool = False


@dataclass(frozen=True, slots=True)
class LoadedMigrations:
    """The migrations of a schema as they are on disk, and what to judge them by."""

    place: MigrationsPlace
    history: History
    unreleased: Unreleased
    options: MigrationOptions


def load_migrations(
    place: MigrationsPlace,
    root: Path,
    asked: MigrationsAsked,
) -> LoadedMigrations:
    """Read the migrations in a place; raises NoSuchBase where git knows no base.

    `root` is the folder of the schema.
    """
    history = read_migrations(place.path)
    names = [migration.name for migration in history.migrations]
    unreleased = Unreleased(frozenset(names) if asked.judges_all else frozenset())
    if names and not asked.judges_all:
        base = asked.base or asked.settings.base
        unreleased = unreleased_migrations(place.path, names, base=base)
    options = MigrationOptions(
        unreleased=unreleased.names,
        is_guess=unreleased.is_guess,
        judges_all=asked.judges_all,
        is_asked_for=asked.is_asked_for,
        external=(*place.external, *(asked.settings.external or ())),
        namespace=asked.settings.namespace,
        join_table_form=join_table_form(prisma_major(root, working_folder=asked.working_folder)),
        ignored=asked.settings.ignore,
        requires_reasons=asked.requires_reasons,
    )
    return LoadedMigrations(place, history, unreleased, options)


def with_texts(loaded: LoadedMigrations, texts: Mapping[str, str]) -> LoadedMigrations:
    """Return migrations in which texts stand in for what the disk holds, as in an editor.

    The evidence of those is wanted, too: somebody looks at them.
    """
    open_now = [each for each in loaded.history.migrations if each.path in texts]
    if not open_now:
        return loaded
    migrations = tuple(
        replace(each, data=texts[each.path].encode(ENCODING, "replace"))
        if each.path in texts and each.text != texts[each.path]
        else each
        for each in loaded.history.migrations
    )
    names = frozenset(each.name for each in open_now)
    options = replace(loaded.options, looked_at=names)
    return replace(loaded, history=replace(loaded.history, migrations=migrations), options=options)


def replay_loaded(
    loaded: LoadedMigrations,
    provider_of_schema: Provider | None,
    known: Snapshot | None = None,
    tell: Telling = lambda what, number, of: None,
) -> ReplayedHistory | None:
    """Replay migrations, from where an earlier run ended; None if nothing is to be replayed.

    `provider_of_schema` counts where the lock file names none. `known` is a state that is at hand;
    without one that fits, one is looked for on disk. `tell` hears what is being read.
    """
    history, options = loaded.history, loaded.options
    provider = provider_of_scripts(history, provider_of_schema)
    if provider is None or provider == "mongodb" or history.layout not in ("prisma", "empty"):
        return None
    first = first_judged(history, options)
    if known is None or known.count > first or not fitting(known, history):
        known = kept_replay(history, provider, options.namespace, first)
    replayed = replay_history(history, provider, options, known, tell)
    if replayed.snapshot is not None and (known is None or known.key != replayed.snapshot.key):
        keep_replay(replayed.snapshot, history, provider, options.namespace)
    return replayed
