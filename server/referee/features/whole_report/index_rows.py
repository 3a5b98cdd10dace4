"""Which fields rows are looked up by, and whether an index answers: keys, names, pairs, times.

A foreign key is looked up whenever its parent is read or deleted. That a schema's other fields are
looked up is only likely: their names say so, and the report says which names count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from referee.features.whole_report.reading import Reader
from referee.features.whole_report.values import IndexRow, IndexState
from referee.rules.coverage import coverage_of, implies_presence
from referee.rules.words import listed, name_words, word_set
from referee.schema.facts import FieldFacts, IndexFacts, ModelFacts

# Last words of names of fields that one row is looked up by, and of those that many are.
LOOKUP_NAMES = word_set("""
    email slug username login handle sku token domain subdomain hostname phone barcode isbn code
    """)
FILTER_NAMES = word_set("status state stage type kind")
# Words before these that say that it is something else: a secret to send on, the type of a content.
_OTHER_THINGS = word_set("""
    refresh access sync next page csrf push reset id mime content media file grant token country
    currency language time zip postal area error exit color qr hash
    """)
_TEXT = frozenset(["String"])
_WITHOUT_ORDER = frozenset(["Gin", "Gist", "SpGist", "Brin"])
_CREATED = frozenset(["created", "inserted"])


def index_rows_of(reader: Reader) -> tuple[IndexRow, ...]:
    """Return all fields that rows are looked up by, with the index of each."""
    return (
        *_foreign_keys(reader),
        *(row for model in reader.models for row in _search_fields(model, reader)),
        *(row for model in reader.models for row in _pairs(model, reader)),
        *(row for model in reader.models for row in _timestamps(model, reader)),
    )


def _foreign_keys(reader: Reader) -> Iterator[IndexRow]:
    view = reader.view
    for key in reader.keys:
        child, parent = view.model(key.child), view.model(key.parent)
        if child is None or parent is None:
            continue
        at = reader.at(key.child, key.field)
        refers = f"refers to `{key.parent}`"
        if view.database.indexes_foreign_keys:
            index = "made by the database for the constraint"
            yield IndexRow("foreign-key", key.child, key.columns, "indexed", index, refers, at)
            continue
        known = view.indexes_known_elsewhere(key.child)
        coverage = coverage_of(key, child, parent, known)
        states: dict[str, IndexState] = {
            "covered": "indexed", "unknown": "unknown", "partly": "partly", "none": "none"
        }  # fmt: skip
        yield IndexRow(
            "foreign-key",
            key.child,
            key.columns,
            states[coverage.state],
            None if coverage.index is None else index_words(coverage.index),
            refers,
            at,
        )


def _search_fields(model: ModelFacts, reader: Reader) -> Iterator[IndexRow]:
    for field in model.fields:
        words = name_words(field.name)
        if not words or field.arity == "list" or _is_key_column(model, field.name, reader):
            continue
        if set(words[:-1]) & _OTHER_THINGS or _has_partner(words, model):
            continue
        is_enum = reader.view.enum(field.type) is not None
        if field.type in _TEXT and words[-1] in LOOKUP_NAMES:
            why = "one row is looked up by it"
        elif (field.type in _TEXT or is_enum) and words[-1] in FILTER_NAMES:
            why = "rows are filtered by it"
        else:
            continue
        state, index = _best((field.name,), model, reader)
        at = reader.at(model.name, field.name)
        yield IndexRow("search-field", model.name, (field.name,), state, index, why, at)


def _has_partner(words: Sequence[str], model: ModelFacts) -> bool:
    """Tell whether a field is the type of a type and an id, which are looked up as a pair."""
    wanted = [*words[:-1], "id"]
    return words[-1] == "type" and any(name_words(each.name) == wanted for each in model.fields)


def _pairs(model: ModelFacts, reader: Reader) -> Iterator[IndexRow]:
    """Yield pairs that are looked up together: a type and an id, a key with a state or a time."""
    by_words = {tuple(name_words(field.name)): field for field in model.fields}
    for words, field in by_words.items():
        kind = by_words.get((*words[:-1], "type"))
        is_pair = words[-1:] == ("id",) and len(words) > 1 and kind is not None
        if is_pair and kind is not None and not _is_key_column(model, field.name, reader):
            why = "together they point at a row of any model"
            yield _pair_row(model, (kind.name, field.name), why, True, reader)
    owners = [
        key.columns[0]
        for key in reader.view.keys_of(model.name)
        if len(key.columns) == 1 and key.is_required and not key.is_one_to_one
    ]
    for owner in dict.fromkeys(owners):
        for field in model.fields:
            if field.name == owner or field.arity == "list":
                continue
            words = tuple(name_words(field.name))
            is_state = words[-1:] and words[-1] in ("status", "state", "stage")
            if is_state and (field.type == "String" or reader.view.enum(field.type) is not None):
                yield _pair_row(
                    model, (owner, field.name), "rows of one parent by state", True, reader
                )
            elif field.type == "DateTime" and words[:1] and words[0] in _CREATED:
                yield _pair_row(
                    model, (owner, field.name), "rows of one parent by time", False, reader
                )


def _pair_row(
    model: ModelFacts, pair: tuple[str, str], why: str, is_set: bool, reader: Reader
) -> IndexRow:
    """Return the row of a pair; of one that is no set, the order of its fields counts."""
    wanted = set(pair)
    state: IndexState = "none"
    found: str | None = None
    for index in _indexes(model, reader):
        names = index.column_names
        if index.is_unique and len(names) == 1 and names[0] in pair and index.predicate is None:
            state, found = "indexed", index_words(index)
            break
        if names[:2] == pair or (is_set and set(names[:2]) == wanted):
            state, found = "indexed", index_words(index)
            break
        if names[:1] in ((pair[0],), (pair[1],)) and state == "none":
            state, found = "partly", index_words(index)
    return IndexRow("pair", model.name, pair, state, found, why, reader.at(model.name, pair[1]))


def _timestamps(model: ModelFacts, reader: Reader) -> Iterator[IndexRow]:
    for field in model.fields:
        if field.type != "DateTime" or field.arity == "list":
            continue
        state, index = _best((field.name,), model, reader)
        why = _time_words(field)
        at = reader.at(model.name, field.name)
        yield IndexRow("timestamp", model.name, (field.name,), state, index, why, at)


def _time_words(field: FieldFacts) -> str:
    if field.is_updated_at:
        return "set by Prisma on each change"
    if field.default is not None and field.default.function == "now":
        return "set when a row is made"
    return ""


def _best(
    fields: Sequence[str], model: ModelFacts, reader: Reader
) -> tuple[IndexState, str | None]:
    """Return how well indexes answer a look-up by fields, and the one that answers best."""
    width = len(fields)
    behind: IndexFacts | None = None
    partial: IndexFacts | None = None
    for index in _indexes(model, reader):
        names = index.column_names
        if set(names[:width]) == set(fields):
            if index.predicate is None or implies_presence(index, model, frozenset(fields)):
                return "indexed", index_words(index)
            partial = partial or index
        elif set(fields) <= set(names):
            behind = behind or index
    nearest = partial or behind
    return ("none", None) if nearest is None else ("partly", index_words(nearest))


def _indexes(model: ModelFacts, reader: Reader) -> Iterator[IndexFacts]:
    """Yield the indexes of a model that answer look-ups by equality and by order."""
    for index in (*model.indexes, *reader.view.indexes_known_elsewhere(model.name)):
        if index.columns and index.kind != "fulltext" and index.algorithm not in _WITHOUT_ORDER:
            yield index


def index_words(index: IndexFacts) -> str:
    """Return an index as the schema writes it; one that only migrations make by its name."""
    if index.field is None and index.ordinal is None:
        maker = f"the migration `{index.migration}`" if index.migration else "a migration"
        return f"index `{index.constraint_name}` of {maker} over {listed(index.column_names)}"
    if index.field is not None:
        return f"`@{index.kind}` on `{index.field}`"
    return f"`{index}`" + (" (partial)" if index.predicate is not None else "")


def _is_key_column(model: ModelFacts, name: str, reader: Reader) -> bool:
    return any(name in key.columns for key in reader.view.keys_of(model.name))
