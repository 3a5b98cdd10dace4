"""What hover tells about a relation, from either of its ends.

It deliberately knows no offset.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.features.delete_tree import constraint_of
from referee.features.hover_parts import Bullets, Code, Part, Prose, quoted
from referee.features.language.actions import Event, Parties, action_sentence, reason_words
from referee.rules.coverage import Coverage, coverage_of
from referee.rules.words import listed
from referee.schema.facts import ModelFacts
from referee.schema.providers import Database, Provider
from referee.schema.relations import NO_RELATIONS, EffectiveAction, ForeignKey, ManyToMany
from referee.schema.view import SchemaView


def key_of_field(model: str, field: str, view: SchemaView) -> ForeignKey | None:
    """Return the key of a relation field, whether it is the end that holds it or the other one."""
    for key in view.keys_of(model):
        if key.field == field:
            return key
    # The other end is held by the type of the field; many more may point at the model.
    holder = view.model(model)
    other = None if holder is None else holder.field(field)
    for key in () if other is None else view.keys_of(other.type):
        if key.parent == model and key.back_field == field:
            return key
    return None


def parties_of(key: ForeignKey) -> Parties:
    """Return what sentences about a key's actions name and depend on."""
    return Parties(
        f"`{key.child}`",
        f"`{key.parent}`",
        listed([f"{key.child}.{column}" for column in key.columns]),
        listed([f"{key.parent}.{reference}" for reference in key.references]),
        key.is_self_relation,
        key.is_required or key.is_partly_required,
    )


def about_relation(
    model: ModelFacts, field: str, view: SchemaView, written: str, comment: str = ""
) -> Iterator[Part]:
    """Yield what is to be told about a relation field."""
    yield Code(written)
    if comment:
        yield Prose(comment, is_users=True)
    key = key_of_field(model.name, field, view)
    if key is not None:
        yield Prose(_ends(key, is_owner=(model.name, field) == (key.child, key.field)))
        yield Bullets(tuple(_key_items(key, view)))
        return
    for join in view.many_to_many(model.name):
        if (model.name, field) in (
            (join.first, join.first_field),
            (join.second, join.second_field),
        ):
            yield from _join_parts(join, view.database)
            return
    for left_out in view.relations.get(model.name, NO_RELATIONS).left_out:
        if left_out.field == field:
            yield Prose(f"Nothing is concluded from this relation: {left_out.reason}.")
            return
    found = model.field(field)
    if found is not None:
        yield Prose(f"A relation to `{found.type}`.")


def _ends(key: ForeignKey, is_owner: bool) -> str:
    columns = listed([f"{key.child}.{column}" for column in key.columns])
    references = listed([f"{key.parent}.{reference}" for reference in key.references])
    if key.is_one_to_one:
        shape = f"One `{key.child}` to one `{key.parent}`"
    else:
        shape = f"Many `{key.child}` to one `{key.parent}`"
    presence = ", optional" if key.is_optional_relation else ""
    here, there = f"{key.child}.{key.field}", f"{key.parent}.{key.back_field}"
    other = there if is_owner else here
    refer = "refers" if len(key.columns) == 1 else "refer"
    return f"{shape}{presence}. {columns} {refer} to {references}; the other end is `{other}`."


def _key_items(key: ForeignKey, view: SchemaView) -> Iterator[str]:
    database = view.database
    actions: tuple[tuple[str, Event, EffectiveAction], ...] = (
        ("onDelete", "delete", key.on_delete),
        ("onUpdate", "update", key.on_update),
    )
    for name, event, effective in actions:
        sentence = action_sentence(effective.action, event, database, parties_of(key))
        yield f"`{name}: {effective}` ({reason_words(effective, database)}): {sentence}"
    yield index_sentence(key, view)
    constraint = constraint_of(key, database)
    if constraint is not None:
        yield f"Constraint {quoted(constraint)}."
    elif database.is_emulated:
        yield f"No constraint: {database.title} does not know of this relation."


def index_sentence(key: ForeignKey, view: SchemaView) -> str:
    """Return one sentence that says whether the key is indexed, and by what."""
    child, parent = view.model(key.child), view.model(key.parent)
    if child is None or parent is None:
        return "Whether the key is indexed is not known."
    coverage = coverage_of(key, child, parent, view.indexes_known_elsewhere(key.child))
    columns = listed([f"{key.child}.{column}" for column in key.columns])
    if coverage.state == "covered":
        assert coverage.index is not None
        return f"Indexed: {_index(coverage)} answers which rows of `{key.child}` refer to a row."
    if view.database.indexes_foreign_keys:
        return f"Indexed: InnoDB makes an index over {columns} by itself."
    if coverage.state == "unknown":
        perhaps = _index(coverage) or "a line that cannot be read"
        return f"Perhaps indexed: {perhaps} may answer the look-up."
    if coverage.state == "partly":
        return f"Not well indexed: {_index(coverage)} {_shortcoming(coverage)}."
    if view.database.provider is None:
        return f"Not indexed by the schema: nothing leads with {columns}."
    cost = f"each delete of a row of `{key.parent}`"
    if view.database.is_emulated:
        cost = f"each look-up of the rows that refer to a `{key.parent}`"
    return f"Not indexed: {cost} reads all of `{key.child}`."


_SHORTCOMINGS = {
    "leads": "starts with a column that many rows share, and leaves the rest to be filtered",
    "partial": "leaves out rows that may refer, so it is of no use here",
    "brin": "is a BRIN index, which does not answer such look-ups",
    "fulltext": "is a full-text index, which does not answer such look-ups",
}


def _index(coverage: Coverage) -> str:
    if coverage.index is None:
        return ""
    index = coverage.index
    if index.migration is not None:
        maker = f"the migration {quoted(index.migration)}" if index.migration else "a migration"
        return f"the index {quoted(index.constraint_name or '')}, which only {maker} makes,"
    return f"`{index.field} {index}`" if index.field is not None else f"`{index}`"


def _shortcoming(coverage: Coverage) -> str:
    why, index = coverage.why or "leads", coverage.index
    if why == "partial" and index is not None and index.migration is not None and index.predicate:
        condition = quoted(index.predicate.raw or "")
        return f"holds only rows with {condition}, and others may refer, so it is of no use here"
    return _SHORTCOMINGS[why]


# What the join table's own indexes are (DDL of Prisma's schema engine).
_JOIN_KEYS: dict[Provider, str] = {
    "postgresql": "its primary key is `(A, B)`, with an index on `B`",
    "mysql": "it is unique over `(A, B)`, with an index on `B`",
    "sqlite": "it is unique over `(A, B)`, with an index on `B`",
    "sqlserver": "it is unique over `(A, B)`, with an index on `B`",
    "cockroachdb": "it is unique over `(A, B)`, with an index on `B`",
}


def _join_parts(join: ManyToMany, database: Database) -> Iterator[Part]:
    yield Prose(
        f"Many `{join.first}` to many `{join.second}`, between `{join.first}.{join.first_field}` "
        f"and `{join.second}.{join.second_field}`."
    )
    table = (
        f"Prisma keeps it in a join table {quoted(join.table)}: column `A` is `{join.first}`, "
        f"`B` is `{join.second}`"
    )
    keys = "" if database.provider is None else _JOIN_KEYS.get(database.provider, "")
    items = [f"{table}; {keys}." if keys else f"{table}."]
    if database.has_foreign_keys:
        items.append(
            "Deleting a row of either side removes its links (both keys cascade), and no row of "
            "the other side."
        )
    elif database.is_emulated:
        items.append(f"{database.title} does not check the links; only Prisma Client removes them.")
    yield Bullets(tuple(items))
