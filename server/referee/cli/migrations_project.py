"""The one schema a command about migrations is about: its files, its migrations, and their replay.

What is wrong with them is for `check` to say; here it is only refused where nothing could be done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from referee.cli.configuring import Configurations
from referee.cli.errors import UsageError, did_you_mean
from referee.cli.judging import shown_path
from referee.ddl.of_schema import SchemaDatabase
from referee.engine.session import Session
from referee.engine.snapshot import Snapshot
from referee.features.diagnostics import mistakes_of
from referee.features.migration_judging import meant_by, provider_of_scripts
from referee.migrations.evidence import HistoryEvidence, read_history
from referee.migrations.history import LOCK_FILE
from referee.migrations.judging import compared
from referee.migrations.reverse import FILE as DOWN_FILE
from referee.project.migrations import find_migrations
from referee.project.migrations_loading import LoadedMigrations, MigrationsAsked, load_migrations
from referee.project.migrations_released import NoSuchBase
from referee.project.reading import Unreadable, read_source
from referee.project.roots import SchemaFiles, find_schemas
from referee.project.vocabulary import rule_settings
from referee.rules.settings import RuleSettings
from referee.schema.facts import DatasourceFacts
from referee.schema.lowering import lower_block
from referee.schema.providers import PROVIDER_TITLES, PROVIDERS, Provider
from referee.syntax.tree import Block
from referee.text.decoding import ENCODING


@dataclass(frozen=True, slots=True)
class MigrationsProject:
    """A schema and its migrations; `evidence` holds all of them, compared with the schema.

    `unreadable` says, as a sentence, why the schema is not known whole.
    """

    folder: Path
    schema: SchemaFiles
    settings: RuleSettings
    snapshot: Snapshot
    loaded: LoadedMigrations
    provider: Provider
    evidence: HistoryEvidence
    meant: SchemaDatabase | None
    unreadable: str | None = None

    def shown(self, path: Path) -> str:
        """Return a path as people see it."""
        return shown_path(path, self.folder)


def read_project(
    command: str,
    path: str | None,
    *,
    base: str | None = None,
    chooses_all: bool = False,
    schema: SchemaFiles | None = None,
    tell: Callable[[str, int, int], None] = lambda what, number, of: None,
) -> MigrationsProject:
    """Read the one project that a command is about; raises UsageError where there is none.

    It is that of `schema`, if one is given. `tell` hears what is being read, and how far it is.
    """
    folder = Path.cwd().resolve()
    configurations = Configurations(folder)
    if schema is None:
        schema = _find_schema(command, path, folder, configurations)
    configuration = configurations.of(schema.root)
    settings = rule_settings(configuration)
    session = Session(settings)
    unreadable: str | None = None
    for file in schema.files:
        source = read_source(file)
        if isinstance(source, Unreadable):
            unreadable = f"{shown_path(file, folder)} cannot be read: {source.reason}"
        else:
            session.put(file.as_posix(), source.text)
    snapshot = session.snapshot()
    for path, parsed in snapshot.sources.items():
        first = next(mistakes_of(parsed), None)
        if first is not None:
            span, mistake = first
            line = parsed.text.count("\n", 0, span.start) + 1
            at = f"{shown_path(Path(path), folder)}:{line}"
            said = mistake.message.rstrip(".")
            unreadable = f"the schema has a mistake in its syntax at {at}: {said}"
            break
    place = find_migrations(schema, working_folder=folder, configured=configuration.migrations.path)
    asked = MigrationsAsked(configuration.migrations, folder, True, chooses_all, base)
    try:
        loaded = load_migrations(place, schema.root, asked)
    except NoSuchBase as failure:
        raise UsageError(str(failure)) from failure
    provider = _provider(loaded, snapshot, folder)
    meant = meant_by(snapshot.view, loaded.options)
    options = loaded.options
    evidence = compared(
        read_history(loaded.history, provider, default_namespace=options.namespace, tell=tell),
        meant,
        external=options.external,
        join_table_form=options.join_table_form,
    )
    return MigrationsProject(
        folder, schema, settings, snapshot, loaded, provider, evidence, meant, unreadable
    )


def schemas_with_migrations(path: str | None) -> tuple[SchemaFiles, ...]:
    """Return the schemas at a path; of several those that have migrations."""
    folder = Path.cwd().resolve()
    found = find_schemas([folder / (path or ".")], working_folder=folder).schemas
    return _with_migrations(found, folder, Configurations(folder)) if len(found) > 1 else found


def refuse_other_layouts(project: MigrationsProject) -> None:
    """Raise UsageError for migrations that are not those of Prisma 7 and earlier."""
    history = project.loaded.history
    where = project.shown(project.loaded.place.path)
    if history.layout == "prisma-8":
        raise UsageError(
            f"{where} holds migrations of Prisma 8 (ops.json), which are recognised and not run."
        )
    if history.layout == "other":
        raise UsageError(f"{where} is not laid out as Prisma lays out migrations.")


def own_downs(loaded: LoadedMigrations) -> dict[str, str]:
    """Return the project's own scripts for the way back, by migration."""
    found: dict[str, str] = {}
    for migration in loaded.history.migrations:
        path = loaded.place.path / migration.name / DOWN_FILE
        if path.is_file():
            found[migration.name] = path.read_bytes().decode(ENCODING, errors="surrogateescape")
    return found


def _provider(loaded: LoadedMigrations, snapshot: Snapshot, folder: Path) -> Provider:
    in_schema = snapshot.view.database.provider
    if in_schema == "mongodb":
        raise UsageError("MongoDB has no migrations.")
    if in_schema is None:
        refuse_unknown_provider(snapshot)
    provider = provider_of_scripts(loaded.history, in_schema)
    if provider is None:
        raise UsageError(
            f"neither the schema nor {LOCK_FILE} in {shown_path(loaded.place.path, folder)} says "
            "which database the migrations are for; write it into the datasource, as in: "
            'provider = "postgresql"'
        )
    lock = loaded.history.lock
    if lock is not None and lock.provider is None:
        written = lock.written_provider
        says = f"says `{written}`" if written else "names no provider"
        raise UsageError(
            f"{shown_path(Path(lock.path), folder)} {says}, and Prisma refuses to deploy with that "
            f'(P3019); it has to hold: provider = "{provider}"'
        )
    if in_schema is not None and provider != in_schema:
        raise UsageError(
            f"the schema is for {PROVIDER_TITLES[in_schema]} and {LOCK_FILE} says "
            f"{PROVIDER_TITLES[provider]}; Prisma refuses that as well (P3019)."
        )
    return provider


def refuse_unknown_provider(snapshot: Snapshot) -> None:
    """Raise UsageError for a datasource whose provider does not exist, whatever the lock says."""
    for source in snapshot.sources.values():
        for item in source.items:
            facts = lower_block(item) if isinstance(item, Block) else None
            if isinstance(facts, DatasourceFacts) and facts.provider is not None:
                near = did_you_mean(facts.provider, PROVIDERS)
                raise UsageError(f"there is no provider `{facts.provider}`{near}")


# What the commands take in front of the path.
_NAMED = frozenset(["new", "down"])


def _find_schema(
    command: str, path: str | None, folder: Path, configurations: Configurations
) -> SchemaFiles:
    """Return the schema that is meant; of several in a folder the one that has migrations.

    A first migration may be meant for one that has none, so `new` wants to be told which.
    """
    words = f"{command} NAME" if command in _NAMED else command
    discovery = find_schemas([folder / (path or ".")], working_folder=folder)
    for missing in discovery.missing:
        raise UsageError(f"there is no file or folder `{shown_path(missing, folder)}`.")
    found = discovery.schemas
    if not found:
        raise UsageError(
            "there is no Prisma schema here; name a schema or its folder, as in: "
            f"referee migrations {words} path/to/schema.prisma"
        )
    if len(found) > 1 and command != "new":
        found = _with_migrations(found, folder, configurations)
    if len(found) != 1:
        schemas = found or discovery.schemas
        first = shown_path(schemas[0].place, folder)
        has = "with migrations " if found and found != discovery.schemas else ""
        raise UsageError(
            f"there are {len(schemas)} schemas {has}here; name one, as in: "
            f"referee migrations {words} {first}"
        )
    return found[0]


def _with_migrations(
    schemas: tuple[SchemaFiles, ...], folder: Path, configurations: Configurations
) -> tuple[SchemaFiles, ...]:
    return tuple(
        schema
        for schema in schemas
        if find_migrations(
            schema,
            working_folder=folder,
            configured=configurations.of(schema.root).migrations.path,
        ).is_there
    )
