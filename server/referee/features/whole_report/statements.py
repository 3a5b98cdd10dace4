"""What holds of a schema and what does not: its design, its relations, its data, its indexes.

Each statement comes from facts that are counted here, or from what rules found; every rule has its
place in exactly one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from referee.features.diagnostics import Diagnostic
from referee.features.whole_report.counting import list_joins_of
from referee.features.whole_report.reading import Reader, evidence_of
from referee.features.whole_report.values import Area, Evidence, IndexRow, State, Statement
from referee.rules.words import counted, listed, name_words
from referee.schema.facts import SCALARS, EnumFacts, ModelFacts
from referee.schema.relations import ForeignKey


@dataclass(frozen=True, slots=True)
class _Judged:
    """A statement that rules decide: the sentence where they find nothing, and what they find."""

    id: str
    area: Area
    codes: tuple[str, ...]
    good: str
    bad: str


def statements_of(
    reader: Reader, index_rows: Sequence[IndexRow]
) -> Mapping[Area, tuple[Statement, ...]]:
    """Return what holds and what does not, by area."""
    found: dict[Area, list[Statement]] = {
        "schema-design": list(_schema_design(reader)),
        "relationship-design": list(_relationship_design(reader)),
        "data-integrity": list(_data_integrity(reader)),
        "index-coverage": list(_index_coverage(reader, index_rows)),
    }
    for judged in JUDGED:
        statement = _judged(judged, reader)
        if statement is not None:
            found[judged.area].append(statement)
    for area, statements in found.items():
        statements += _not_looked_at(area, reader)
    return {area: tuple(statements) for area, statements in found.items()}


def state_of(found: Iterable[Diagnostic]) -> State:
    """Return what findings say: a warning or worse fails, anything less asks for attention."""
    severities = {each.severity for each in found}
    if severities & {"error", "warning"}:
        return "fails"
    return "attention" if severities else "holds"


def known_words(bad: str, number: int) -> str:
    """Return the sentence about what somebody said is known, so that nothing else is said of it."""
    are = "is" if number == 1 else "are"
    return (
        f"{bad}: {counted(number, 'place')}, which the configuration, a comment or the baseline "
        f"says {are} known."
    )


# --- What rules decide ---------------------------------------------------------------------------

JUDGED: tuple[_Judged, ...] = (
    _Judged(
        "exact-money", "schema-design", ("money-as-float",),
        "No amount of money is stored as a floating-point number.",
        "Amounts of money are stored as floating-point numbers",
    ),
    _Judged(
        "names-fit", "schema-design", ("identifier-length",),
        "Every name of a table, constraint and index fits into the database.",
        "Names are too long for the database",
    ),
    _Judged(
        "bounded-index-columns", "schema-design", ("unbounded-string-index",),
        "No index stands on a column of unbounded text.",
        "Indexes stand on columns of unbounded text",
    ),
    _Judged(
        "ids-as-uuid", "schema-design", ("uuid-stored-as-text",),
        "No UUID is stored as text.",
        "UUIDs are stored as text",
    ),
    _Judged(
        "updated-at", "schema-design", ("updated-at-without-attribute",),
        "Every field that says when a row changed is kept up to date.",
        "Fields say when a row changed, and nobody keeps them up to date",
    ),
    _Judged(
        "ignored-fields", "schema-design", ("ignored-required-field",),
        "No field that rows need is left out of Prisma Client.",
        "Prisma Client leaves out fields that rows need",
    ),
    _Judged(
        "timestamps", "schema-design", ("missing-timestamps", "timestamp-without-timezone"),
        "Every model says when its rows were made, in a type with a time zone.",
        "Models have no times, or times that know no time zone",
    ),
    _Judged(
        "key-types", "relationship-design", ("foreign-key-type-mismatch", "narrow-foreign-key"),
        "Every key has the type of what it refers to.",
        "Keys have another type than what they refer to",
    ),
    _Judged(
        "key-targets", "relationship-design",
        ("foreign-key-to-partial-unique", "one-to-one-on-partial-unique"),
        "Every key refers to something that is unique in all rows.",
        "Keys rest on a constraint that holds in some rows only",
    ),
    _Judged(
        "single-relations", "relationship-design", ("duplicate-relation",),
        "No relation is there twice.",
        "Relations say the same as another one",
    ),
    _Judged(
        "join-models", "relationship-design", ("join-table-without-unique",),
        "No model that joins two others lets a pair stand twice.",
        "Models that join two others let a pair stand twice",
    ),
    _Judged(
        "optional-relations", "relationship-design", ("half-optional-relation",),
        "Every relation is optional as a whole or required as a whole.",
        "Relations are optional by half",
    ),
    _Judged(
        "enterable-rings", "relationship-design", ("required-cycle", "required-self-relation"),
        "Every table can get its first row: no ring of keys is required throughout.",
        "Required keys stand in the way of the first row of a table",
    ),
    _Judged(
        "rings", "relationship-design",
        ("cascade-cycle", "referential-action-cycle", "relation-cycle"),
        "No relations go in a circle.",
        "Relations go in a circle",
    ),
    _Judged(
        "possible-deletes", "data-integrity", ("blocked-delete",),
        "No cascade runs into a constraint that refuses it.",
        "A constraint refuses a delete that cascades",
    ),
    _Judged(
        "possible-actions", "data-integrity",
        ("set-null-on-required", "set-null-on-shared-column", "set-default-without-default"),
        "Every referential action can be carried out.",
        "A referential action fails or harms when it is carried out",
    ),
    _Judged(
        "accepted-cascades", "data-integrity", ("multiple-cascade-paths",),
        "The database accepts every path that a cascade takes.",
        "The database refuses several cascades that lead to one table",
    ),
    _Judged(
        "cascade-reach", "data-integrity",
        ("cascade-too-deep", "cascade-into-records", "cascade-to-owner", "wide-cascade",
         "self-cascade", "cascade-past-soft-delete"),
        "No cascade reaches rows that are to stay, or deeper than can be overseen.",
        "A cascade reaches further than it should",
    ),
    _Judged(
        "stable-keys", "data-integrity", ("cascading-natural-key",),
        "No change of a key runs on into other tables.",
        "A change of a key runs on into other tables",
    ),
    _Judged(
        "uniqueness", "data-integrity", ("nullable-unique",),
        "No unique constraint is undone by a field that may be NULL.",
        "A NULL undoes a unique constraint",
    ),
    _Judged(
        "written-actions", "data-integrity",
        ("implicit-referential-action", "emulated-referential-action"),
        "Every relation says itself what a delete does.",
        "What a delete does is left to a default, or to Prisma Client",
    ),
    _Judged(
        "distinct-indexes", "index-coverage",
        ("redundant-index", "duplicate-index", "redundant-unique"),
        "No index does what another one does already.",
        "Indexes do what another one does already",
    ),
    _Judged(
        "useful-indexes", "index-coverage", ("index-on-boolean",),
        "No index stands on a field with two values.",
        "Indexes stand on fields with two values",
    ),
)  # fmt: skip

# Codes that the counted statements below answer for, by their area.
COUNTED: Mapping[str, Area] = {
    "missing-primary-key": "schema-design",
    "unindexed-foreign-key": "index-coverage",
    "partly-indexed-foreign-key": "index-coverage",
    "unindexed-polymorphic-pair": "index-coverage",
}


def _judged(judged: _Judged, reader: Reader) -> Statement | None:
    idle = {code: reader.why_not_run(code) for code in judged.codes}
    codes = tuple(code for code, why in idle.items() if why is None)
    if not codes:
        return None
    found = reader.found(codes)
    if not found and any(why is not None and not why.is_wanted for why in idle.values()):
        # Half of an answer is none: what could not be looked at is told below, with its reason.
        return None
    quiet = reader.quiet(codes)
    if not found and quiet:
        return Statement(judged.id, "noted", known_words(judged.bad, len(quiet)), quiet, codes)
    if not found:
        return Statement(judged.id, "holds", judged.good, codes=codes)
    sentence = f"{judged.bad}: {counted(len(found), 'place')}."
    return Statement(judged.id, state_of(found), sentence, evidence_of(found), codes)


def _not_looked_at(area: Area, reader: Reader) -> Iterator[Statement]:
    """Yield the rules of an area that did not run, a statement for each reason."""
    here = {code for judged in JUDGED if judged.area == area for code in judged.codes}
    here |= {code for code, of in COUNTED.items() if of == area}
    for idle in reader.rules_not_run():
        codes = tuple(code for code in idle.codes if code in here)
        if codes:
            sentence = (
                f"{counted(len(codes), 'rule')} did not run: {listed(codes, most=len(codes))}. "
                f"{idle.why}"
            )
            yield Statement(f"{area}-not-looked-at", "not-run", sentence, codes=codes)


# --- What is counted -----------------------------------------------------------------------------


def _share(
    id: str,
    all_of: int,
    without: Sequence[Evidence],
    sentence: str,
    otherwise: str,
    found: Sequence[Diagnostic] = (),
    codes: tuple[str, ...] = (),
) -> Iterator[Statement]:
    """Yield how many of some things are as they should be; nothing where there are none.

    `{n}`, `{all}` and `{rest}` in the sentences are numbers. Where no rule found anything, a rest
    is a fact and no fault.
    """
    if not all_of:
        return
    rest = len(without)
    if not rest:
        if all_of <= 2:
            sentence = sentence.replace("All {all}", "{n} of {all}")
        yield Statement(id, "holds", sentence.format(n=all_of, all=all_of, rest=0), codes=codes)
        return
    state: State = state_of(found) if found else "noted"
    text = otherwise.format(n=all_of - rest, all=all_of, rest=rest)
    yield Statement(id, state, text, tuple(without), codes)


def _schema_design(reader: Reader) -> Iterator[Statement]:
    syntax = reader.found(("syntax", "unreadable-file", "prisma-8-dialect"))
    if syntax:
        sentence = (
            f"{counted(len(syntax), 'place')} cannot be read; nothing is concluded from them."
        )
        yield Statement("readable", state_of(syntax), sentence, evidence_of(syntax))
    else:
        files = counted(len(reader.asked.files), "file")
        yield Statement("readable", "holds", f"Every line of {files} can be read.")
    models = reader.models
    yield from _share(
        "primary-keys",
        len(models),
        [_model(model, reader) for model in models if model.primary_key is None],
        "All {all} models have a primary key.",
        "{n} of {all} models have a primary key.",
        reader.found(("missing-primary-key",)),
        ("missing-primary-key",),
    )
    yield from _share(
        "creation-times",
        len(models),
        [_model(model, reader) for model in models if not _has_creation_time(model)],
        "All {all} models say when a row was made.",
        "{n} of {all} models say when a row was made.",
    )
    declarations = reader.view.declarations_in_order()
    enums = [each for each in declarations if isinstance(each, EnumFacts)]
    used = {
        field.type
        for each in declarations
        if not isinstance(each, EnumFacts)
        for field in each.fields
    }
    yield from _share(
        "used-enums",
        len(enums),
        [Evidence(f"`{e.name}`", reader.at(e.name)) for e in enums if e.name not in used],
        "All {all} enums are the type of a field.",
        "{n} of {all} enums are the type of a field.",
    )


def _model(model: ModelFacts, reader: Reader) -> Evidence:
    return Evidence(f"`{model.name}`", reader.at(model.name))


def _has_creation_time(model: ModelFacts) -> bool:
    return any(
        field.type == "DateTime"
        and (
            (field.default is not None and field.default.function == "now")
            or name_words(field.name)[:1] in (["created"], ["inserted"])
        )
        for field in model.fields
    )


def _relationship_design(reader: Reader) -> Iterator[Statement]:
    view = reader.view
    left_out = left_out_of(reader)
    joins = {join for model in reader.models for join in view.many_to_many(model.name)}
    for each in _share(
        "whole-relations",
        len(reader.keys) + len(joins) + len(list_joins_of(reader)) + len(left_out),
        left_out,
        "All {all} relations have two ends that fit together.",
        "{n} of {all} relations have two ends that fit together; nothing was concluded from the "
        "rest.",
    ):
        yield each if each.state == "holds" else replace(each, state="attention")
    alone = [
        model
        for model in reader.models
        if not view.keys_of(model.name)
        and not view.keys_to(model.name)
        and not view.many_to_many(model.name)
        and not any(_names_model(field.type, reader) for field in model.fields)
    ]
    yield from _share(
        "connected-models",
        len(reader.models),
        [_model(model, reader) for model in alone],
        "All {all} models are connected with others.",
        "{n} of {all} models are connected with others.",
    )
    yield from _share(
        "written-deletes",
        len(reader.keys),
        [_key(key, reader) for key in reader.keys if not key.on_delete.is_written],
        "All {all} relations write what a delete does.",
        "{n} of {all} relations write what a delete does; the default counts for the rest.",
    )


def left_out_of(reader: Reader) -> list[Evidence]:
    """Return the relations from which nothing can be concluded; those of views are no mistake."""
    view = reader.view
    found: list[Evidence] = []
    for model in reader.models:
        relations = view.relations.get(model.name)
        for each in () if relations is None else relations.left_out:
            field = model.field(each.field)
            other = None if field is None else view.model(field.type)
            if other is None or other.kind == "model":
                at = reader.at(each.model, each.field)
                found.append(Evidence(f"`{each.model}.{each.field}`: {each.reason}", at))
    return found


def _names_model(type_name: str, reader: Reader) -> bool:
    return type_name not in SCALARS and reader.view.model(type_name) is not None


def _key(key: ForeignKey, reader: Reader) -> Evidence:
    by_default = "" if key.on_delete.is_written else " by default"
    return Evidence(f"`{key}`: {key.on_delete}{by_default}", reader.at(key.child, key.field))


def _data_integrity(reader: Reader) -> Iterator[Statement]:
    database = reader.view.database
    number = len(reader.keys)
    if database.provider is None:
        sentence = "No datasource names a provider, so what the database enforces is not known."
        yield Statement("enforced-relations", "not-run", sentence)
    elif database.has_foreign_keys and number:
        keys = "relation by a foreign key" if number == 1 else f"{number} relations by foreign keys"
        sentence = f"{database.title} enforces the {keys}."
        yield Statement("enforced-relations", "holds", sentence)
    elif number:
        sentence = (
            f"No foreign key exists in {database.title}: Prisma Client plays the actions of "
            f"{counted(number, 'relation')}, and what other programs write is not checked."
        )
        yield Statement("enforced-relations", "attention", sentence)


def _index_coverage(reader: Reader, rows: Sequence[IndexRow]) -> Iterator[Statement]:
    codes = ("unindexed-foreign-key", "partly-indexed-foreign-key")
    plural = "keys of relations" if reader.view.database.is_emulated else "foreign keys"
    keys = [row for row in rows if row.subject == "foreign-key"]
    unsure = sum(row.state == "unknown" for row in keys)
    note = f" Of {unsure} it is not known." if unsure else ""
    yield from _share(
        "indexed-foreign-keys",
        len(keys),
        [_row(row) for row in keys if row.state in ("none", "partly")],
        f"All {{all}} {plural} have an index that finds their rows.{note}",
        f"{{n}} of {{all}} {plural} have an index that finds their rows.{note}",
        reader.found(codes),
        codes,
    )
    yield from _rows_statement(
        "indexed-search-fields", "search-field", rows,
        "All {all} fields with the name of something to search by have an index.",
        "{n} of {all} fields with the name of something to search by have an index.",
    )  # fmt: skip
    pairs = ("unindexed-polymorphic-pair",)
    found = reader.found(pairs)
    yield from _rows_statement(
        "indexed-pairs", "pair", rows,
        "All {all} pairs of fields that may be asked for together have an index over both.",
        "{n} of {all} pairs of fields that may be asked for together have an index over both.",
        found, pairs,
    )  # fmt: skip
    yield from _rows_statement(
        "indexed-timestamps", "timestamp", rows,
        "All {all} timestamps lead an index.",
        "{n} of {all} timestamps lead an index.",
    )  # fmt: skip


def _rows_statement(
    id: str,
    subject: str,
    rows: Sequence[IndexRow],
    sentence: str,
    otherwise: str,
    found: Sequence[Diagnostic] = (),
    codes: tuple[str, ...] = (),
) -> Iterator[Statement]:
    of = [row for row in rows if row.subject == subject]
    without = [_row(row) for row in of if row.state != "indexed"]
    behind = sum(row.state == "partly" for row in of)
    more = (
        f" {counted(behind, 'more is', 'more are')} part of an index, behind other fields."
        if behind
        else ""
    )
    for each in _share(id, len(of), without, sentence, otherwise, found, codes):
        # What is no fault is listed once, in the table of what has an index.
        evidence = evidence_of(found) if each.state != "noted" else ()
        text = each.sentence + (more if each.state != "holds" else "")
        yield replace(each, sentence=text, evidence=evidence)


def _row(row: IndexRow) -> Evidence:
    names = ", ".join(row.fields)
    name = f"`{row.model}.{names}`" if len(row.fields) == 1 else f"`{row.model}.[{names}]`"
    nearest = f" (nearest: {row.index})" if row.index else ""
    return Evidence(f"{name}{nearest}", row.at)
