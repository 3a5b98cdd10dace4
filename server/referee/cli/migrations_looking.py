"""Looks at a project and at one of its databases, and brings together what the status is judged by.

Nothing is written anywhere: the connection is one that the database itself keeps from changing
anything. What is judged is decided in `migrations/applied_judging.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from referee.cli.configuring import Configurations
from referee.cli.errors import UsageError
from referee.cli.judging import shown_path
from referee.cli.migrations_address import FoundAddress, address_elsewhere, find_address
from referee.cli.migrations_project import refuse_unknown_provider
from referee.cli.migrations_status import URL_VARIABLE
from referee.ddl.of_schema import DEFAULT_NAMESPACES
from referee.engine.session import Session
from referee.engine.snapshot import Snapshot
from referee.features.diagnostics import mistakes_of
from referee.features.migration_diagnostics import migration_diagnostics
from referee.features.migration_judging import judge_migrations, provider_of_scripts
from referee.features.placing import Placer
from referee.features.report.status_changes import Looked, Unreachable
from referee.features.report.status_report import DatabaseTitle, StatusReport, ToldStatus
from referee.migrations.applied import (
    DatabaseState,
    MigrationStatus,
    StatusFinding,
    history_to_replay,
    is_without_history,
)
from referee.migrations.applied_judging import judge_status
from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import (
    CannotConnect,
    Connection,
    DatabaseError,
    NoDriver,
)
from referee.migrations.database.opening import connect
from referee.migrations.database.prisma_migrations import is_migrating, one_moment, read_rows
from referee.migrations.database.urls import Address, BadUrl
from referee.migrations.evidence import NOT_REPLAYED, HistoryEvidence, read_history
from referee.migrations.findings import AnyPlace, FilePlace, MigrationFinding
from referee.migrations.history import History
from referee.migrations.rules import leftover_in_migrations, unmigrated_change
from referee.project.configuration import MigrationSettings
from referee.project.migrations import MigrationsPlace, find_migrations
from referee.project.migrations_loading import (
    LoadedMigrations,
    MigrationsAsked,
    load_migrations,
    replay_loaded,
)
from referee.project.migrations_released import Unreleased
from referee.project.reading import Unreadable, read_source
from referee.project.roots import SchemaFiles, find_schemas
from referee.project.vocabulary import rule_settings
from referee.schema.providers import PROVIDER_TITLES, Provider
from referee.text.lines import Range

_IN_SCHEMA = frozenset([unmigrated_change.CODE, leftover_in_migrations.CODE])
# SQLSTATE of PostgreSQL and the numbers of MySQL for a table, a column and a command.
_NO_RIGHT = frozenset(["42501", "1142", "1143", "1370"])
_DIALECTS: Mapping[Provider, str] = {
    "postgresql": "postgresql",
    "cockroachdb": "postgresql",
    "mysql": "mysql",
    "sqlite": "sqlite",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which schema and which database are looked at, and from where paths are shown."""

    paths: tuple[str, ...]
    url: str
    folder: Path


@dataclass(frozen=True, slots=True)
class _Project:
    """What the disk says."""

    schema: SchemaFiles
    snapshot: Snapshot
    loaded: LoadedMigrations
    provider: Provider
    findings: tuple[MigrationFinding, ...]
    places: Mapping[AnyPlace, tuple[str, Range]]
    made: HistoryEvidence | None
    remarks: tuple[str, ...]


class Looker:
    """Looks at one database as often as it is asked to; a replay is kept for the next look."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._replayed: tuple[tuple[object, ...], HistoryEvidence] | None = None

    def look(self) -> Looked:
        """Return what there is to see now; raises UsageError where the project makes no sense."""
        project = _read_project(self._asked)
        found = _address(self._asked, project)
        address = found.address
        at = datetime.now(timezone.utc)
        if found.missing is not None:
            return Unreachable(at, f"the database cannot be reached: {found.missing}.")
        try:
            with connect(address, read_only=True) as connection:
                state = self._read(connection, address, project)
                server = str(connection.server)
        except NoDriver as failure:
            return Unreachable(at, f"{_one_line(str(failure))}.")
        except CannotConnect as failure:
            return Unreachable(at, f"the database cannot be reached: {_one_line(str(failure))}.")
        except DatabaseError as failure:
            said = _one_line(address.redact(str(failure)))
            if failure.sqlstate in _NO_RIGHT or failure.code in _NO_RIGHT:
                said += "; the user must be allowed to SELECT from `_prisma_migrations`"
            return Unreachable(at, f"the database could not be read: {said}.")
        status = self._judge(project, address, state)
        return StatusReport(
            at,
            self._title(address, state.catalog.provider, server),
            shown_path(project.schema.place, self._asked.folder),
            shown_path(project.loaded.place.path, self._asked.folder),
            status,
            tuple(self._told(each, project) for each in status.findings),
            (*found.remarks, *project.remarks),
        )

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the schema, as they are shown."""
        schema = _find_schema(self._asked)
        return tuple(shown_path(path, self._asked.folder) for path in schema.files)

    def schema(self) -> str:
        """Return what the schema is called."""
        return shown_path(_find_schema(self._asked).place, self._asked.folder)

    def _read(self, connection: Connection, address: Address, project: _Project) -> DatabaseState:
        own = _namespace(address, project)
        names = {own} if own else set()
        if project.made is not None:
            made = project.made.made
            if own != project.made.default_namespace:
                # What scripts make without a namespace is in the one of the address.
                history = project.loaded.history
                made = read_history(history, project.provider, default_namespace=own).made
            names |= made.namespaces | {name.namespace or "" for name in made.tables}
        # Asked first: where it may not be asked, the refusal would end what is of one moment.
        migrating = is_migrating(connection)
        with one_moment(connection):
            rows = read_rows(connection, address.namespace or "public")
            catalog = catalog_of(connection, sorted(names - {""}))
        if rows is not None:
            rows = tuple(replace(row, logs=address.redact(row.logs)) for row in rows)
        return DatabaseState(rows, catalog, migrating)

    def _judge(self, project: _Project, address: Address, state: DatabaseState) -> MigrationStatus:
        history = project.loaded.history
        provider = project.provider
        why = ""
        if history.layout not in ("prisma", "empty"):
            why = "the folder is not laid out as Prisma 7 lays out migrations."
        elif provider in NOT_REPLAYED:
            why = f"scripts for {PROVIDER_TITLES[provider]} are not replayed."
        elif state.catalog.provider != provider:
            why = (
                f"the scripts are for {PROVIDER_TITLES[provider]}, and the database is "
                f"{PROVIDER_TITLES[state.catalog.provider]}."
            )
        replayed = None
        if not why:
            wanted = history_to_replay(history, state)
            replayed = self._replay(wanted, provider, _namespace(address, project), state, project)
        return judge_status(
            history,
            state,
            replayed=replayed,
            why_not_replayed=why,
            schema_findings=project.findings,
            external=project.loaded.options.external,
        )

    def _replay(
        self,
        history: History,
        provider: Provider,
        namespace: str | None,
        state: DatabaseState,
        project: _Project,
    ) -> HistoryEvidence:
        """Replay some of the migrations, or take a replay that is known."""
        made = project.made
        needs_each = is_without_history(state)
        if (
            made is not None
            and not needs_each
            and history == project.loaded.history
            and namespace == made.default_namespace
        ):
            return made
        key = (*history.chain(), provider, namespace)
        if self._replayed is None or self._replayed[0] != key:
            self._replayed = key, read_history(history, provider, default_namespace=namespace)
        return self._replayed[1]

    def _told(self, finding: StatusFinding, project: _Project) -> ToldStatus:
        place = finding.place
        if place is None:
            return ToldStatus(finding)
        known = project.places.get(place)
        if known is not None:
            path, span = known
            return ToldStatus(finding, shown_path(Path(path), self._asked.folder), span)
        path = place.path if isinstance(place, FilePlace) else ""
        return ToldStatus(finding, shown_path(Path(path), self._asked.folder))

    def _title(self, address: Address, provider: Provider, server: str) -> DatabaseTitle:
        if address.dialect == "sqlite":
            name = shown_path(address.file or Path(), self._asked.folder)
            return DatabaseTitle(provider, server, name)
        place = address.socket or f"{address.host}:{address.port}"
        return DatabaseTitle(provider, server, address.database, place, address.namespace)


# ---- the disk ----


def _read_project(asked: Asked) -> _Project:
    schema = _find_schema(asked)
    configurations = Configurations(asked.folder)
    configuration = configurations.of(schema.root)
    settings = rule_settings(configuration)
    session = Session(settings)
    is_whole = True
    for path in schema.files:
        source = read_source(path)
        if isinstance(source, Unreadable):
            is_whole = False
        else:
            session.put(path.as_posix(), source.text)
    snapshot = session.snapshot()
    remarks: list[str] = []
    has_mistakes = any(True for each in snapshot.sources.values() for _ in mistakes_of(each))
    if has_mistakes or not is_whole:
        remarks.append(
            "The schema holds lines or files that cannot be read; what they may say was not looked "
            "at. See: referee check."
        )
    place = find_migrations(
        schema, working_folder=asked.folder, configured=configuration.migrations.path
    )
    if place.doubt is not None:
        remarks.append(place.doubt)
    loaded = _load(place, schema, configuration.migrations, asked)
    in_schema = snapshot.view.database.provider
    if in_schema == "mongodb":
        raise UsageError("MongoDB has no migrations, so there is no status of them.")
    if in_schema is None:
        refuse_unknown_provider(snapshot)
    provider = provider_of_scripts(loaded.history, in_schema)
    if provider is None:
        raise UsageError(
            f"neither the schema nor the lock file of {shown_path(place.path, asked.folder)} says "
            "which database the migrations are for."
        )
    replayed = replay_loaded(loaded, in_schema)
    verdict = judge_migrations(
        loaded.history,
        replayed,
        snapshot.view,
        loaded.options,
        is_whole=is_whole and not has_mistakes,
    )
    told = [
        each
        for each in migration_diagnostics(
            (found for found in verdict.findings if found.code in _IN_SCHEMA),
            loaded.history,
            Placer(snapshot),
            settings,
            loaded.options,
        )
        if each.finding is not None
    ]
    if loaded.history.layout not in ("prisma", "empty"):
        remarks += verdict.remarks
    return _Project(
        schema,
        snapshot,
        loaded,
        provider,
        tuple(each.finding for each in told if each.finding is not None),
        {
            each.finding.place: (each.diagnostic.path, each.diagnostic.range)
            for each in told
            if each.finding is not None
        },
        None if replayed is None else replayed.evidence,
        tuple(remarks),
    )


def no_address(asked: Asked) -> str:
    """Say that no database is named, and how to name the one that the project's files do."""
    said = f"no database is named; put its address into {URL_VARIABLE} or give it with --url"
    elsewhere = _address_in_files(asked)
    if elsewhere is not None:
        return f"{said}; {elsewhere}"
    example = "referee migrations status --url postgresql://user:password@localhost:5432/app"
    return f"{said}, as in: {example}"


def _address_in_files(asked: Asked) -> str | None:
    try:
        schema = _find_schema(asked)
    except UsageError:
        return None  # which schema it is does not matter while there is no database
    configured = Configurations(asked.folder).of(schema.root).migrations.path
    place = find_migrations(schema, working_folder=asked.folder, configured=configured)
    return address_elsewhere(schema, place, asked.folder)


def _find_schema(asked: Asked) -> SchemaFiles:
    """Return the one schema that is meant; raises UsageError where there is none, or more."""
    paths = asked.paths or (".",)
    discovery = find_schemas([asked.folder / path for path in paths], working_folder=asked.folder)
    for path in discovery.missing:
        raise UsageError(f"there is no file or folder `{shown_path(path, asked.folder)}`.")
    if not discovery.schemas:
        raise UsageError(
            "there is no Prisma schema here; name a schema or its folder, as in: "
            "referee migrations status path/to/schema.prisma"
        )
    if len(discovery.schemas) > 1:
        first = shown_path(discovery.schemas[0].place, asked.folder)
        raise UsageError(
            f"there are {len(discovery.schemas)} schemas here, and a database belongs to one; name "
            f"it, as in: referee migrations status {first}"
        )
    return discovery.schemas[0]


def _load(
    place: MigrationsPlace, schema: SchemaFiles, settings: MigrationSettings, asked: Asked
) -> LoadedMigrations:
    """Return the migrations; which of them are released is told by the database, not by git."""
    loaded = load_migrations(
        place,
        schema.root,
        MigrationsAsked(settings, asked.folder, is_asked_for=True, judges_all=True),
    )
    options = replace(loaded.options, unreleased=frozenset(), judges_all=False)
    return replace(loaded, unreleased=Unreleased(frozenset()), options=options)


# ---- the address ----


def _address(asked: Asked, project: _Project) -> FoundAddress:
    """Return where the database is; raises UsageError where the address cannot be of this one."""
    try:
        found = find_address(asked.url, project.schema, project.loaded.place, asked.folder)
    except BadUrl as failure:
        raise UsageError(f"the address of the database is of no use: {failure}.") from failure
    address = found.address
    wanted = _DIALECTS.get(project.provider)
    if wanted is None:
        raise UsageError(
            f"the status of a database of {PROVIDER_TITLES[project.provider]} cannot be read; it "
            "can of PostgreSQL, CockroachDB, MySQL, MariaDB and SQLite."
        )
    if wanted != address.dialect:
        raise UsageError(
            f"the migrations are for {PROVIDER_TITLES[project.provider]}, and the address is one "
            f"of {_TITLES[address.dialect]}."
        )
    return found


_TITLES: Mapping[str, str] = {"postgresql": "PostgreSQL", "mysql": "MySQL", "sqlite": "SQLite"}


def _namespace(address: Address, project: _Project) -> str | None:
    """Return where names without a namespace are: what the address says, else the settings."""
    if address.namespace is not None:
        return address.namespace
    return project.loaded.options.namespace or DEFAULT_NAMESPACES.get(project.provider)


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
