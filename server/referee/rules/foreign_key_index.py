"""What the rules of the family missing-index share: when a key needs an index, and the fixes.

It deliberately decides no severity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from referee.rules.coverage import Coverage, coverage_of
from referee.rules.index_forms import free_index_name
from referee.rules.rule import SEVERITIES, Finding, Fix, Place, Related, add_index, index_place
from referee.rules.settings import RuleSettings
from referee.rules.words import head_noun, singular, with_article
from referee.schema.facts import IndexColumn, IndexFacts, KeyTarget, ModelFacts
from referee.schema.names import index_name
from referee.schema.native_types import column_type
from referee.schema.providers import Database
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

# MySQL indexes long columns only with a length; Prisma's validator says so. 191 characters of
# utf8mb4 are the longest prefix that every row format takes (MySQL manual, "Limits on InnoDB").
_MYSQL_PREFIX = 191


def needs_index(database: Database) -> bool:
    """Tell whether a database makes no indexes of foreign keys by itself."""
    return database.provider is not None and not database.indexes_foreign_keys


def said_once(
    key: ForeignKey,
    view: SchemaView,
    settings: RuleSettings,
    judge: Callable[[ForeignKey, SchemaView, RuleSettings], Finding | None],
) -> Iterator[Finding]:
    """Yield the finding that a judge has on a key, unless another key's stands for it.

    One index would serve all keys over the same columns, so one finding stands for them: the
    gravest, and of equally grave ones the first.
    """
    mine = judge(key, view, settings)
    if mine is None:
        return
    columns = sorted(key.columns)
    rivals = [
        mine if other is key or other == key else judge(other, view, settings)
        for other in view.keys_of(key.child)
        if len(other.columns) == len(columns)
        and sorted(other.columns) == columns
        and (settings.reports_ignored or not other.is_ignored)
    ]
    found = [rival for rival in rivals if rival is not None]
    gravest = min(found, key=lambda finding: SEVERITIES.index(finding.severity), default=mine)
    if gravest is mine or gravest == mine:
        yield mine


def is_lookup(model: str, settings: RuleSettings) -> bool:
    """Tell whether a model's name says that it is a small fixed list."""
    return head_noun(model) in _nouns(settings.lookup_words)


@lru_cache(maxsize=8)
def _nouns(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(singular(word.lower()) for word in words)


def is_reported_officially(key: ForeignKey, child: ModelFacts, view: SchemaView) -> bool:
    """Tell whether Prisma's validator warns of this key as well.

    It does with `relationMode = "prisma"`, written out, where no index of any type and condition
    starts with the columns of the key in their order.
    """
    database = view.database
    if not (database.is_relation_mode_written and database.is_emulated):
        return False
    if database.provider == "mongodb":
        return False
    width = len(key.columns)
    return all(index.column_names[:width] != key.columns for index in child.indexes)


def columns_text(key: ForeignKey) -> str:
    """Return the key's columns for a message: "`Book.authorId`" or "`Seat.[row, number]`"."""
    if len(key.columns) == 1:
        return f"`{key.child}.{key.columns[0]}`"
    return f"`{key.child}.[{', '.join(key.columns)}]`"


def delete_text(key: ForeignKey) -> str:
    """Return what happens on a delete for a message; "by default" where the schema does not say."""
    return f"`onDelete: {key.on_delete}`" + ("" if key.on_delete.is_written else " by default")


def consequence(key: ForeignKey, view: SchemaView) -> str:
    """Return what the missing index costs, as the second half of a sentence without its stop."""
    database = view.database
    acts = key.on_delete.action != "NoAction"
    if database.provider == "mongodb":
        loading = f"loading the `{key.child}` of {with_article(key.parent)}"
        if acts:
            loading += f", or deleting one ({delete_text(key)}),"
        return f"{loading} is a collection scan"
    if database.is_emulated:
        readers = f"loads and emulated actions ({delete_text(key)}) scan" if acts else "loads scan"
        return (
            'with `relationMode = "prisma"` no constraint exists, so no index is created; '
            f"{readers} `{key.child}`"
        )
    if key.on_delete.action in ("Cascade", "SetNull", "SetDefault"):
        return (
            f"each deleted `{key.parent}` scans `{key.child}` and holds its locks meanwhile "
            f"({delete_text(key)})"
        )
    return (
        f"deleting or re-keying {with_article(key.parent)} scans `{key.child}` to look for references "
        f"({delete_text(key)})"
    )


def related_places(key: ForeignKey, coverage: Coverage) -> tuple[Related, ...]:
    """Return the index that almost covers the key, where there is one, and the parent model."""
    found: list[Related] = []
    index = coverage.index
    if index is not None and (index.field is not None or index.ordinal is not None):
        place = index_place(key.child, index)
        found.append(Related(place, f"`{index}` does not answer the look-up by itself"))
    found.append(Related(Place(key.parent), f"`{key.parent}` is the model the key refers to"))
    return tuple(found)


def index_fixes(
    key: ForeignKey, child: ModelFacts, parent: KeyTarget, view: SchemaView
) -> tuple[Fix, ...]:
    """Return the fixes that add an index for a key, the best first; none where none can stand."""
    columns = _shared_order(key, child, view)
    choices = [columns]
    if columns != key.columns and frozenset(columns) != frozenset(key.columns):
        choices.append(key.columns)
    primary_key = child.primary_key
    if primary_key is not None and len(primary_key.columns) == 2 and len(key.columns) == 1:
        first, second = primary_key.column_names
        if second == key.columns[0]:
            choices.append((second, first))
    fixes: list[Fix] = []
    for choice in choices:
        fix = new_index(choice, child, view.database)
        if fix is not None and fix not in fixes:
            fixes.append(fix)
    return tuple(fixes)


def _shared_order(key: ForeignKey, child: ModelFacts, view: SchemaView) -> tuple[str, ...]:
    """Return the columns of one index that serves this key and other uncovered ones with it.

    Of two keys of which one is part of the other, the shorter one's columns come first.
    """
    wanted = frozenset(key.columns)
    order = key.columns
    widest = wanted
    for other in view.keys_of(child.name):
        columns = frozenset(other.columns)
        if not (columns < wanted or wanted < columns) or not _is_uncovered(other, child, view):
            continue
        if columns < wanted and order == key.columns:
            order = (*other.columns, *(name for name in key.columns if name not in columns))
        elif wanted < columns and len(columns) > len(widest):
            widest = columns
            order = (*key.columns, *(name for name in other.columns if name not in wanted))
    return order


def _is_uncovered(key: ForeignKey, child: ModelFacts, view: SchemaView) -> bool:
    parent = view.target(key.parent)
    if parent is None:
        return False
    known = view.indexes_known_elsewhere(key.child)
    return coverage_of(key, child, parent, known).state == "none"


def new_index(columns: tuple[str, ...], child: ModelFacts, database: Database) -> Fix | None:
    """Return the fix that adds an index over fields of a model; None where it cannot stand."""
    written = columns_written(columns, child, database)
    if written is None:
        return None
    note = ""
    if database.provider == "sqlserver" and any(
        (field := child.field(name)) is not None
        and field.type == "String"
        and field.native_type is None
        for name in columns
    ):
        note = " (NVARCHAR(1000) can exceed the 1,700 bytes of an index key)"
    name = free_index_name(child, "index", columns, database)
    map_argument = "" if name is None else f', map: "{name}"'
    index = IndexFacts("index", tuple(IndexColumn(each) for each in columns))
    makes = name or index_name(child, index, database)
    return add_index(child.name, written, makes, map_argument, note)


def columns_written(
    columns: Sequence[str], model: ModelFacts, database: Database
) -> list[str] | None:
    """Return fields as columns of a new index; None where one of them can stand in no index."""
    written: list[str] = []
    for name in columns:
        field = model.field(name)
        if field is None:
            return None
        found = column_type(field, database.provider)
        if found is not None and (found.type.is_long or "Max" in found.arguments):
            if database.provider != "mysql":
                return None
            written.append(f"{name}(length: {_MYSQL_PREFIX})")
            continue
        written.append(name)
    return written
