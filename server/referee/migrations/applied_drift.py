"""What a database has in another form than its migrations make it, as findings of its status.

It deliberately knows no rows of `_prisma_migrations`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from referee.ddl.model import Column, DatabaseModel, ForeignKeyConstraint, Index, PrimaryKey
from referee.migrations.applied import NextStep, StatusFinding
from referee.migrations.difference import Change
from referee.migrations.drift import drift_of, drift_sentence
from referee.migrations.evidence import HistoryEvidence, Maker, object_key, shown_name


def drift_findings(
    catalog: DatabaseModel,
    made: DatabaseModel,
    replayed: HistoryEvidence,
    external: Iterable[str],
) -> Iterator[StatusFinding]:
    """Yield how a database differs from what its migrations make, a finding for each thing.

    `made` is what those make that ended, and what stands of those that did not.
    """
    namespace = replayed.default_namespace
    for change in drift_of(catalog, made, tuple(external)):
        is_of_enum = change.part in ("enum", "enum value")
        owner = shown_name(change.owner, namespace)
        is_named = change.part in _NAMED_PARTS
        yield StatusFinding(
            "drift",
            drift_sentence(change, namespace),
            None,
            _maker_of(change, replayed.makers),
            None if is_of_enum else owner,
            _columns_of(change),
            change.name or None if is_named else None,
            owner if is_of_enum else None,
            _AFTER_DRIFT[change.kind],
        )


_NAMED_PARTS = frozenset(["primary key", "index", "foreign key", "check", "enum value"])
_AFTER_DRIFT: Mapping[str, tuple[NextStep, ...]] = {
    "add": (
        NextStep(
            "Make it again in the database; if it is gone for good, take it out of the schema and "
            "write a migration that drops it only where it exists."
        ),
    ),
    "drop": (
        NextStep(
            "If it is wanted, write a migration that makes it, and say that it is applied here; "
            "if not, drop it."
        ),
    ),
    "alter": (
        NextStep(
            "If the database is right, write a migration that makes the change, and say that it is "
            "applied here; if not, change it back."
        ),
    ),
}


def _maker_of(change: Change, makers: Mapping[str, Maker]) -> str | None:
    found = makers.get(object_key(change.part, change.owner, change.name))
    return None if found is None else found.migration


def _columns_of(change: Change) -> tuple[str, ...]:
    thing = change.meant if change.meant is not None else change.made
    if isinstance(thing, Column):
        return (thing.name,)
    if isinstance(thing, Index):
        return thing.columns or ()
    return thing.columns if isinstance(thing, PrimaryKey | ForeignKeyConstraint) else ()
