"""Puts the report on a schema together from everything that was read, judged and run."""

from __future__ import annotations

from referee.features.relation_graph import relation_graph
from referee.features.relation_map_groups import map_groups
from referee.features.report.report import count_severities
from referee.features.whole_report.checklists import readiness_of, results_of
from referee.features.whole_report.counting import (
    counts_of,
    features_of,
    generators_of,
)
from referee.features.whole_report.deletes import actions_of, circles_of, deletes_of
from referee.features.whole_report.history import history_entries
from referee.features.whole_report.index_rows import index_rows_of
from referee.features.whole_report.reading import Asked, MigrationsRead, Reader
from referee.features.whole_report.recommendations import recommendations_of
from referee.features.whole_report.statements import statements_of
from referee.features.whole_report.values import (
    Category,
    MigrationsReport,
    Picture,
    PictureEdge,
    SchemaReport,
)
from referee.rules.catalogue import ALL_RULES, MIGRATION_CODE_NAMES
from referee.rules.words import listed


def schema_report(asked: Asked) -> SchemaReport:
    """Return the report on a schema."""
    reader = Reader(asked)
    database = reader.view.database
    graph = relation_graph(asked.snapshot, asked.shown)
    groups = map_groups(graph)
    index_rows = index_rows_of(reader)
    edges = [
        PictureEdge(
            key.child, key.parent, key.field, key.on_delete.action, key.is_optional_relation
        )
        for key in graph.keys
    ]
    edges += [
        PictureEdge(join.first, join.second, join.table, "Join", True) for join in graph.joins
    ]
    return SchemaReport(
        title=asked.title,
        files=asked.files,
        provider=database.provider,
        provider_title="not named" if database.provider is None else database.title,
        relation_mode=None if database.provider is None else database.relation_mode,
        configuration=(*asked.configuration, *_configuration(reader)),
        counts=counts_of(reader),
        features=features_of(reader),
        categories=tuple(Category(each.title, each.is_file, each.models) for each in groups),
        areas=statements_of(reader, index_rows),
        index_rows=index_rows,
        actions=actions_of(reader),
        deletes=deletes_of(reader),
        circles=circles_of(reader),
        migrations=_migrations(asked),
        readiness=readiness_of(reader),
        results=results_of(reader),
        database=asked.database,
        recommendations=recommendations_of(reader),
        severities=count_severities(asked.diagnostics),
        known=asked.known,
        rules=len(ALL_RULES) + len(MIGRATION_CODE_NAMES),
        rules_not_run=reader.rules_not_run(),
        not_run=asked.not_run,
        picture=Picture(tuple((each.title, each.models) for each in groups), tuple(edges)),
    )


def _configuration(reader: Reader) -> tuple[tuple[str, str], ...]:
    view = reader.view
    said = [
        *((f"Generator `{name}`", f"`{provider}`") for name, provider in generators_of(reader)),
        ("Preview features", listed(sorted(view.preview_features), most=20)),
        ("Database schemas", listed(view.database.schemas, most=20)),
        ("Extensions", listed([each.name for each in view.database.extensions], most=20)),
    ]
    return tuple((name, value) for name, value in said if value)


def _migrations(asked: Asked) -> MigrationsReport:
    read = asked.migrations
    shown = {each.path: asked.shown(each.path) for each in read.history.migrations}
    seconds = {} if asked.trial is None else asked.trial.seconds
    return MigrationsReport(
        read.folder,
        read.is_there,
        len(read.history.migrations),
        tuple(
            each.name for each in read.history.migrations if each.name in read.options.unreleased
        ),
        _released_by(read),
        None if read.history.lock is None else read.history.lock.written_provider,
        history_entries(read, asked.diagnostics, shown, seconds),
        read.absence,
    )


def _released_by(read: MigrationsRead) -> str:
    if read.base is not None:
        known = f"Git tells which are released: those that `{read.base}` has."
        if not read.is_guess:
            return known
        return (
            f"{known} That is the branch that is checked out, so the newest one counts as not "
            "released, too, and its hazards are judged."
        )
    why = read.doubt or "Nothing was compared"
    return (
        f"{why.rstrip('.')}, so which of them are released is not known. The newest one counts as "
        "not released, and its hazards are judged."
    )
