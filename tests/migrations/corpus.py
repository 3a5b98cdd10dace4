"""The migrations of the corpus as histories, and what its schemas mean."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from referee.ddl.of_schema import SchemaDatabase, database_of
from referee.engine.session import Session
from referee.migrations.evidence import HistoryEvidence, read_history
from referee.migrations.history import LOCK_FILE, History, history_of, provider_named
from referee.migrations.judging import compared
from referee.schema.providers import Provider
from tests.support.corpus import CorpusUnit, corpus_units


def units_with_migrations(*providers: Provider) -> tuple[CorpusUnit, ...]:
    """Return the units of some providers that have migrations."""
    return tuple(
        unit
        for unit in corpus_units()
        if unit.migrations is not None and unit.provider in providers
    )


def unit_named(name: str) -> CorpusUnit:
    """Return the first unit whose name begins so."""
    return next(unit for unit in corpus_units() if unit.name.startswith(name))


def provider_of(unit: CorpusUnit) -> Provider:
    """Return the provider of a unit."""
    provider = provider_named(unit.provider)
    assert provider is not None
    return provider


@cache
def history_of_unit(unit_name: str) -> History:
    """Return the history of a unit."""
    unit = next(each for each in corpus_units() if each.name == unit_name)
    assert unit.migrations is not None
    folder = unit.migrations
    if not (folder / LOCK_FILE).exists() and (folder / "migrations" / LOCK_FILE).exists():
        folder = folder / "migrations"
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files_in(folder)}
    return history_of("migrations", files)


def _files_in(folder: Path) -> list[Path]:
    lock = folder / LOCK_FILE
    return [*folder.glob("*/migration.sql"), *([lock] if lock.exists() else [])]


@cache
def evidence_of_unit(unit_name: str) -> HistoryEvidence:
    """Return the evidence of a unit's history, compared with its schema."""
    unit = next(each for each in corpus_units() if each.name == unit_name)
    return compared(read_history(history_of_unit(unit_name), provider_of(unit)), meant_by(unit))


def meant_by(unit: CorpusUnit) -> SchemaDatabase:
    """Return the database that a unit's schema means."""
    session = Session()
    for path, text in unit.files.items():
        session.put(path, text)
    meant = database_of(session.snapshot().view)
    assert meant is not None
    return meant
