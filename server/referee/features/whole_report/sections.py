"""From the values of a report to its sections: headings, tables and lists, without any markup.

Texts hold names in backticks, as sentences of findings do. How a section looks is decided by the
formats; what is folded or cut where it is long is said here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from referee.features.whole_report.recommendations import PRIORITY_TITLES
from referee.features.whole_report.values import (
    AREA_TITLES,
    LOOKED_AT,
    STATES,
    Area,
    Evidence,
    IndexRow,
    IndexSubject,
    MigrationEntry,
    Picture,
    Recommendation,
    SchemaReport,
    State,
    Statement,
    WholeReport,
)
from referee.rules.rule import Severity
from referee.rules.words import counted, listed

Cell: TypeAlias = str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `nouns` are what its rows are. Markdown shows at most so many of them."""

    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    nouns: str
    most: int = 30


@dataclass(frozen=True, slots=True)
class Statements:
    """Statements with their states and their evidence."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """Recommendations of one priority."""

    title: str
    steps: tuple[Recommendation, ...]


@dataclass(frozen=True, slots=True)
class Drawings:
    """Trees drawn in letters, each folded under its title; Markdown shows the first ones."""

    trees: tuple[tuple[str, tuple[str, ...]], ...]
    most: int = 3


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks under a title that are seen when somebody opens them."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Relations:
    """The picture of the relations."""

    picture: Picture


Block: TypeAlias = Text | Table | Statements | Steps | Drawings | Fold | Relations


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a report; `id` is its address in a page."""

    id: str
    title: str
    blocks: tuple[Block, ...]


STATE_WORDS: dict[State, str] = {
    "holds": "holds",
    "fails": "fails",
    "attention": "attention",
    "noted": "noted",
    "not-run": "not run",
}
_VERDICTS: dict[State, str] = {
    "holds": "Nothing was found that stands in the way.",
    "attention": "Nothing was found that cannot work, and there are things to look at.",
    "fails": "There is something to mend before this schema and its migrations can be relied on.",
    "noted": "Nothing was found that stands in the way.",
    "not-run": "Nothing could be looked at.",
}
# Information is no noun that can be counted.
_SEVERITY_NOUNS: dict[Severity, str] = {"information": "informational finding"}
_MOST_FEATURES_NAMED = 3
_SUBJECTS: tuple[tuple[IndexSubject, str], ...] = (
    ("foreign-key", "Foreign keys"),
    ("search-field", "Search fields"),
    ("pair", "Composite pairs"),
    ("timestamp", "Timestamps"),
)
_SUBJECT_NOTES: dict[IndexSubject, str] = {
    "foreign-key": "A foreign key is looked up whenever a row that it refers to is deleted or read "
    "with its children.",
    "search-field": "These are fields whose names say that rows are looked up or filtered by them "
    "(`email`, `slug`, `status`, `type` and the like). Whether a program does so is not in the "
    "schema, so a missing index here is a question and no fault.",
    "pair": "These are a type and an id that point at any row, and a key with the state or the "
    "creation time of its rows. Whether a program asks for both together is not in the schema.",
    "timestamp": "A timestamp needs an index only where rows are sorted or cut by it; behind the "
    "key of a parent it serves the rows of one parent.",
}  # fmt: skip
_STATE_OF_INDEX = {
    "indexed": "yes",
    "partly": "in part",
    "none": "no",
    "unknown": "not known",
}


def title_of(report: WholeReport) -> str:
    """Return the title of a report."""
    if len(report.schemas) == 1:
        return f"Verification of the Prisma schema `{report.schemas[0].title}`"
    return f"Verification of {len(report.schemas)} Prisma schemas"


def sections_of(schema: SchemaReport, report: WholeReport) -> tuple[Section, ...]:
    """Return the sections of the report on a schema, in their order."""
    return (
        Section("summary", "Summary", tuple(_summary(schema))),
        Section("objective", "Objective and scope", tuple(_objective(schema, report))),
        Section("glance", "The schema at a glance", tuple(_glance(schema))),
        Section("models", "Models by category", tuple(_models(schema))),
        *(
            Section(area, AREA_TITLES[area], tuple(_area(schema, area, statements)))
            for area, statements in schema.areas.items()
        ),
        Section("deletes", "What deletes do", tuple(_deletes(schema))),
        Section("circles", "Circular dependencies", tuple(_circles(schema))),
        Section("readiness", "Readiness: before migrating", tuple(_readiness(schema))),
        Section("results", "Results: after migrating", tuple(_results(schema))),
        Section("history", "History of migrations", tuple(_history(schema))),
        Section("drift", "Drift of the database in use", tuple(_drift(schema))),
        Section("recommendations", "Recommendations", tuple(_recommendations(schema))),
    )


# --- What is this, and how does it stand ---------------------------------------------------------


def _summary(schema: SchemaReport) -> Iterator[Block]:
    yield Text(f"{verdict_words(schema)} {_severity_sentence(schema)}")
    yield Text(_size_sentence(schema))
    if schema.rules_not_run:
        yield Text(
            f"{schema.rules - _number_not_run(schema)} of {schema.rules} rules ran; why the others "
            "did not stands under “Objective and scope”."
        )
    rows = [
        (AREA_TITLES[area], _state_counts(statements)) for area, statements in schema.areas.items()
    ]
    rows.append(("Readiness: before migrating", _state_counts(schema.readiness)))
    rows.append(("Results: after migrating", _state_counts(schema.results)))
    if schema.database is not None:
        rows.append(("Drift of the database in use", _state_counts(schema.database.statements)))
    yield Table(("What was looked at", "What came of it"), tuple(rows), "areas")
    first = schema.recommendations[:5]
    if first:
        yield Text("What to do first:")
        yield Table(
            ("Priority", "What", "Where"),
            tuple((str(each.priority), each.title, _where(each.evidence)) for each in first),
            "recommendations",
        )


def verdict_words(schema: SchemaReport) -> str:
    """Return the verdict on a schema, and how much of it could not be looked at."""
    idle = sum(each.state == "not-run" for each in (*schema.readiness, *schema.results))
    if not idle or not schema.migrations.count:
        return _VERDICTS[schema.verdict]
    checks = counted(idle, "check of the migrations was", "checks of the migrations were")
    return f"{_VERDICTS[schema.verdict]} {checks} not run."


def _size_sentence(schema: SchemaReport) -> str:
    numbers = {each.id: each.number for each in schema.counts}
    parts = [counted(numbers["models"], "model"), counted(numbers["relations"], "relation")]
    keys = [row for row in schema.index_rows if row.subject == "foreign-key"]
    if keys:
        has = sum(row.state == "indexed" for row in keys)
        # Where relations are played by Prisma Client, or the database has none, they are only keys.
        is_key = schema.relation_mode == "foreignKeys"
        noun = "foreign keys" if is_key or schema.provider is None else "keys of relations"
        parts.append(f"{has} of {len(keys)} {noun} with an index")
    parts.append(counted(schema.migrations.count, "migration"))
    title = "No known provider" if schema.provider is None else schema.provider_title
    return f"{title}: {', '.join(parts)}."


def _severity_sentence(schema: SchemaReport) -> str:
    said = [
        counted(number, _SEVERITY_NOUNS.get(severity, severity))
        for severity, number in schema.severities.items()
        if number
    ]
    known = (
        f" {counted(schema.known, 'more is', 'more are')} known from the baseline."
        if schema.known
        else ""
    )
    return (f"Found: {', '.join(said)}." if said else "No rule found anything.") + known


def _state_counts(statements: Sequence[Statement]) -> str:
    numbers = Counter(each.state for each in statements)
    words: dict[State, str] = {
        "fails": "fail", "attention": "ask for attention", "holds": "hold", "noted": "noted",
        "not-run": "not run",
    }  # fmt: skip
    singular: dict[State, str] = {
        "fails": "fails", "attention": "asks for attention", "holds": "holds", "noted": "noted",
        "not-run": "not run",
    }  # fmt: skip
    said = [
        f"{numbers[state]} {(singular if numbers[state] == 1 else words)[state]}"
        for state in words
        if numbers[state]
    ]
    return ", ".join(said) or "there is nothing to look at"


def _where(evidence: Sequence[Evidence]) -> str:
    places = [f"`{each.at}`" for each in evidence if each.at is not None]
    if not places:
        return ""
    return places[0] + (f" and {len(places) - 1} more" if len(places) > 1 else "")


def _objective(schema: SchemaReport, report: WholeReport) -> Iterator[Block]:
    yield Text(
        "This report says how the schema and its migrations stand: what was looked at, what holds, "
        "what does not, and where. Every line was computed from the files named here, and each "
        "statement stands with its evidence: the places, the numbers, or, where it holds, the "
        "rules that looked and found nothing (`referee explain CODE` says what a rule looks for). "
        "“Holds” is said where the thing was looked at and is so, “fails” where a finding of "
        "warning or worse says otherwise, “attention” where a lesser finding does, “noted” is a "
        "fact that is no fault by itself, and “not run” is what nobody looked at, with the reason."
    )
    migrations = schema.migrations
    rows = [
        ("Date", report.date),
        ("Made by", f"{report.tool}, with `{report.command}`"),
        ("Schema", f"`{schema.title}`, {counted(len(schema.files), 'file')}"),
        ("Provider", schema.provider_title),
        ("Relation mode", f"`{schema.relation_mode}`" if schema.relation_mode else "not known"),
        *schema.configuration,
        ("Migrations", f"`{migrations.folder}`, {counted(migrations.count, 'migration')}"
         if migrations.is_there else f"none: there is no folder `{migrations.folder}`"),
        ("Rules", _rules_words(schema)),
    ]  # fmt: skip
    yield Table(("Subject", "What it is"), tuple(rows), "subjects")
    if schema.rules_not_run:
        idle = tuple(
            (each.why, str(len(each.codes)), listed(each.codes, most=len(each.codes)))
            for each in schema.rules_not_run
        )
        title = f"Rules that did not run, and why: {_number_not_run(schema)}"
        yield Fold(title, (Table(("Why", "Rules", "Which"), idle, "reasons"),))
    if len(schema.files) > 1:
        files = tuple((f"`{path}`",) for path in schema.files)
        yield Fold("All files of the schema", (Table(("File",), files, "files"),))
    for each in schema.not_run:
        yield Text(f"**Not run**: {each.what}. {each.why}")


def _rules_words(schema: SchemaReport) -> str:
    idle = _number_not_run(schema)
    if not idle:
        return f"all {schema.rules} ran"
    return f"{schema.rules - idle} of {schema.rules} ran, {idle} did not, for the reasons below"


def _number_not_run(schema: SchemaReport) -> int:
    return sum(len(each.codes) for each in schema.rules_not_run)


def _glance(schema: SchemaReport) -> Iterator[Block]:
    counts = tuple((each.name, str(each.number), each.detail) for each in schema.counts)
    yield Table(("What", "How many", "Of these"), counts, "counts")
    if schema.features:
        rows = tuple(
            (
                each.name,
                str(each.number),
                listed(each.examples, most=_MOST_FEATURES_NAMED).replace(" and ", ", ")
                + (", …" if each.number > len(each.examples) else ""),
            )
            for each in schema.features
        )
        yield Fold(
            f"What of Prisma's language it uses: {counted(len(rows), 'feature')}",
            (Table(("Feature", "How often", "Where, for example"), rows, "features"),),
        )


def _models(schema: SchemaReport) -> Iterator[Block]:
    is_file = bool(schema.categories) and schema.categories[0].is_file
    how = "by the file that declares them" if is_file else "by the relations that connect them"
    yield Text(f"Models are grouped {how}.")
    rows = tuple(
        (
            f"`{each.title}`" if each.is_file else each.title,
            str(len(each.models)),
            ", ".join(f"`{name}`" for name in each.models),
        )
        for each in schema.categories
    )
    yield Table(("Category", "Models", "Which"), rows, "categories")
    yield Relations(schema.picture)


def _area(schema: SchemaReport, area: Area, statements: tuple[Statement, ...]) -> Iterator[Block]:
    yield Statements(worst_first(statements))
    if area == "index-coverage":
        yield from _indexes(schema)


def looked_words(statement: Statement) -> str:
    """Return the rules that looked where a statement holds and has no other evidence."""
    if statement.state != "holds" or statement.evidence:
        return ""
    return listed(statement.codes, most=len(statement.codes))


def worst_first(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """Return statements with those that fail first, and those that were not run last."""
    return tuple(sorted(statements, key=lambda each: STATES.index(each.state)))


# --- Indexes, deletes, circles -------------------------------------------------------------------


def _indexes(schema: SchemaReport) -> Iterator[Block]:
    for subject, title in _SUBJECTS:
        rows = [row for row in schema.index_rows if row.subject == subject]
        if not rows:
            continue
        has = [row for row in rows if row.state == "indexed"]
        has_not = [row for row in rows if row.state != "indexed"]
        yield Text(
            f"**{title}**: {len(has)} of {len(rows)} have an index. {_SUBJECT_NOTES[subject]}"
        )
        if has_not:
            yield _index_table(
                f"{title} without an index that answers: {len(has_not)}", has_not, 30
            )
        if has:
            yield _index_table(f"{title} with an index: {len(has)}", has, 8)


def _index_table(title: str, rows: Sequence[IndexRow], most: int) -> Fold:
    written = tuple(
        (
            f"`{row.model}.{row.fields[0]}`"
            if len(row.fields) == 1
            else f"`{row.model}.[{', '.join(row.fields)}]`",
            _STATE_OF_INDEX[row.state],
            row.index or "",
            row.why,
            f"`{row.at}`" if row.at is not None else "",
        )
        for row in rows
    )
    head = ("Fields", "Answered", "Index", "Why it matters", "Where")
    return Fold(title, (_filled(Table(head, written, "rows", most)),))


def _filled(table: Table) -> Table:
    """Return a table without columns in which nothing stands."""
    kept = [number for number in range(len(table.head)) if any(row[number] for row in table.rows)]
    return replace(
        table,
        head=tuple(table.head[number] for number in kept),
        rows=tuple(tuple(row[number] for number in kept) for row in table.rows),
    )


def _deletes(schema: SchemaReport) -> Iterator[Block]:
    if not schema.actions:
        yield Text("No model refers to another, so a delete touches no other row.")
        return
    yield Table(
        ("On delete", "Relations", "Of these by default"),
        tuple((f"`{a.action}`", str(a.number), str(a.by_default)) for a in schema.actions),
        "actions",
    )
    removing = [each for each in schema.deletes if each.removes]
    refused = [each for each in schema.deletes if each.refusals]
    removes = f"Deleting a row of {counted(len(removing), 'model')} removes rows of others"
    refuses = f"of {counted(len(refused), 'model')} it is refused, or may be, while rows of others"
    yield Text(
        f"{removes if removing else 'No delete removes rows of other models'}"
        f"{f', and {refuses} are in the way' if refused else ', and none is refused'}. "
        "This is what each delete does where every table has rows that refer to each other:"
    )
    rows = tuple(
        (
            f"`{each.model}`",
            f"{each.removes}, {counted(each.levels, 'level')} deep" if each.removes else "",
            listed(each.clears, most=3),
            listed(each.resets, most=3),
            str(len(each.refusals)) if each.refusals else "",
            f"`{each.at}`" if each.at is not None else "",
        )
        for each in schema.deletes
    )
    head = ("Model", "Removes rows of models", "Sets to NULL", "Resets", "Refusals", "Where")
    yield _filled(Table(head, rows, "models"))
    yield Drawings(tuple((each.summary, each.tree) for each in removing))
    if refused:
        sentences = tuple(
            (f"`{each.model}`", f"`{refusal.relation}`", "yes" if refusal.is_sure else "may",
             f"`{refusal.constraint}`" if refusal.constraint else "", refusal.sentence)
            for each in refused
            for refusal in each.refusals
        )  # fmt: skip
        words = ("Deleting a row of", "Refused by", "Is refused", "Constraint", "Why")
        title = f"Where deletes are refused: {counted(len(sentences), 'place')}"
        yield Fold(title, (_filled(Table(words, sentences, "places", 12)),))


def _circles(schema: SchemaReport) -> Iterator[Block]:
    if not schema.circles:
        yield Text("There are none: the tables can be filled, emptied and restored in one order.")
        return
    yield Text(f"Relations go in {counted(len(schema.circles), 'circle')}.")
    states: dict[str, State] = {"required": "fails", "cascading": "attention", "open": "holds"}
    yield Statements(
        tuple(
            Statement(
                f"circle-{each.models[0]}",
                states[each.kind],
                f"{' → '.join(f'`{key}`' for key in each.path)}: {each.sentence}",
                (Evidence(f"models: {listed(each.models, most=12)}", each.at),),
            )
            for each in schema.circles
        )
    )


# --- Migrations ----------------------------------------------------------------------------------


def _readiness(schema: SchemaReport) -> Iterator[Block]:
    yield Text("What should be so before the migrations are applied to a database with rows.")
    yield Statements(schema.readiness)


def _results(schema: SchemaReport) -> Iterator[Block]:
    if not schema.results:
        yield Text("There is nothing to run.")
        return
    yield Text("What applying the migrations gave, as far as it was tried.")
    yield Statements(_without_repeats(schema.results, schema.readiness))


def _without_repeats(
    statements: Sequence[Statement], told: Sequence[Statement]
) -> tuple[Statement, ...]:
    """Return statements without the evidence that stands in the list before migrating."""
    there = {each for statement in told for each in statement.evidence}
    found: list[Statement] = []
    for statement in statements:
        kept = tuple(each for each in statement.evidence if each not in there)
        sentence = statement.sentence
        if statement.evidence and not kept and statement.state == "fails":
            sentence = f"{sentence.rstrip('.')}, named in the list before migrating."
        found.append(replace(statement, evidence=kept, sentence=sentence))
    return tuple(found)


def _history(schema: SchemaReport) -> Iterator[Block]:
    migrations = schema.migrations
    if migrations.absence:
        yield Text(f"{migrations.absence}.")
        return
    number = counted(migrations.count, "migration")
    yield Text(f"{number}, the newest first. {migrations.released_by}")
    times = any(entry.seconds is not None for entry in migrations.history)
    head = ("Migration", "State", "Statements", "What it changes", "Findings")
    rows = tuple(_history_row(entry, schema, times) for entry in reversed(migrations.history))
    yield _filled(Table((*head, "Time") if times else head, rows, "migrations", 25))


def _history_row(entry: MigrationEntry, schema: SchemaReport, has_times: bool) -> tuple[Cell, ...]:
    row = (
        f"`{entry.name}`",
        _released_words(entry, schema),
        str(entry.statements),
        changes_words(entry),
        str(len(entry.findings)) if entry.findings else "",
    )
    if not has_times:
        return row
    return (*row, "" if entry.seconds is None else f"{entry.seconds * 1000:.0f} ms")


def _released_words(entry: MigrationEntry, schema: SchemaReport) -> str:
    if entry.is_released is not None:
        return "released" if entry.is_released else "not released"
    counts = entry.name in schema.migrations.unreleased
    return "counts as not released" if counts else "not known"


# Changes of a migration that are named one by one; more are summed up by what they do.
_MOST_CHANGES = 6


def changes_words(entry: MigrationEntry) -> str:
    """Return what a migration changes in one cell: each change, or how many of each kind."""
    changes = [each.text for each in entry.changes]
    if len(changes) <= _MOST_CHANGES:
        return "; ".join(changes) or "nothing that the model shows"
    kinds: dict[str, list[str]] = {}
    for change in entry.changes:
        kind = " ".join(change.text.split("`")[0].split()[:3])
        kinds.setdefault(kind, []).append(change.subject or "")
    return "; ".join(_kind_words(kind, subjects) for kind, subjects in kinds.items())


def _kind_words(kind: str, subjects: Sequence[str]) -> str:
    """Return how often something is done, and on what: "creates table (4: `A`, `B` and 2 more)"."""
    names = [name for name in dict.fromkeys(subjects) if name]
    said = [str(len(subjects))] if len(subjects) > 1 else []
    said += [listed(names, most=3)] if names else []
    return f"{kind} ({': '.join(said)})" if said else kind


def _drift(schema: SchemaReport) -> Iterator[Block]:
    if schema.database is None and schema.provider not in LOOKED_AT:
        title = "an unknown provider" if schema.provider is None else schema.provider_title
        yield Text(f"Not run: Referee cannot look at a database of {title}.")
        return
    if schema.database is None:
        yield Text(
            "Not run: no address of a database was given. With `--url` this section says what is "
            "applied there, what was edited afterwards, and what drifted, column by column; it "
            "only reads."
        )
        return
    yield Text(f"The database is {schema.database.address}. It was only read.")
    yield Statements(_without_repeats(schema.database.statements, schema.readiness))


def _recommendations(schema: SchemaReport) -> Iterator[Block]:
    if not schema.recommendations:
        yield Text("There is nothing to do.")
        return
    for priority, title in PRIORITY_TITLES.items():
        steps = tuple(each for each in schema.recommendations if each.priority == priority)
        if steps:
            yield Steps(f"Priority {priority}: {title.lower()}", steps)
