"""The notation of fixtures about migrations: Markdown whose sections are cases.

Under a heading stand a schema (`prisma`, for PostgreSQL if there is none), migrations in order
(`sql NAME`; the last one is not released), a lock file (`toml`, `toml none` for its absence), and
what is found outside the scripts (`text`, a line each: place, code and message).
A note in a script is a comment under the line, its carets under what is reported:
`-- ^^^^ code: message`; of a stretch of several lines the first one is marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from referee.ddl.of_schema import SchemaDatabase, database_of
from referee.engine.session import Session
from referee.migrations.evidence import HistoryEvidence, read_history
from referee.migrations.findings import FilePlace, MigrationFinding
from referee.migrations.history import LOCK_FILE, History, history_of
from referee.migrations.judging import compared, judge
from referee.schema.providers import Provider
from referee.schema.view import SchemaView

FOLDER = "prisma/migrations"
_SECTION = re.compile(r"^## .*$", re.MULTILINE)
_BLOCK = re.compile(
    r"^```(?P<kind>prisma|sql|toml|text)(?: (?P<name>\S+))?\n(?P<text>.*?)^```$", re.M | re.S
)
_NOTE = re.compile(r"^--( *)(\^+) ([\w-]+): (.*)$")


@dataclass(frozen=True, slots=True)
class Noted:
    """A finding in a script as a fixture states it: line and columns count from 0."""

    migration: str
    line: int
    start: int
    end: int
    code: str
    message: str


@dataclass(slots=True)
class Case:
    """A section of a fixture: what is judged, and what it says is found."""

    title: str
    schema: str | None = None
    lock: str | None = "default"
    scripts: dict[str, str] = field(default_factory=dict)
    notes: list[Noted] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def read_cases(markdown: str) -> Iterator[Case]:
    """Yield the cases of a fixture."""
    starts = [match.start() for match in _SECTION.finditer(markdown)]
    for start, end in zip(starts, [*starts[1:], len(markdown)], strict=True):
        yield _read_case(markdown[start:end])


def _read_case(section: str) -> Case:
    case = Case(section.partition("\n")[0].removeprefix("## "))
    for match in _BLOCK.finditer(section):
        kind, name, text = match.group("kind", "name", "text")
        if kind == "prisma":
            case.schema = text
        elif kind == "toml":
            case.lock = None if name == "none" else text
        elif kind == "text":
            case.others = text.splitlines()
        else:
            case.scripts[name], notes = without_notes(name, text)
            case.notes.extend(notes)
    return case


def without_notes(name: str, text: str) -> tuple[str, list[Noted]]:
    """Return a script without its notes, and these."""
    kept: list[str] = []
    notes: list[Noted] = []
    for line in text.split("\n"):
        match = _NOTE.match(line)
        if match is None:
            kept.append(line)
            continue
        start = 2 + len(match[1])
        end = start + len(match[2])
        notes.append(Noted(name, len(kept) - 1, start, end, match[3], match[4]))
    return "\n".join(kept), notes


def found_in(case: Case) -> tuple[list[Noted], list[str]]:
    """Return what is found in a case: in its scripts, and elsewhere."""
    notes: list[Noted] = []
    others: list[str] = []
    for finding in findings_of(case):
        place = finding.place
        if isinstance(place, FilePlace) and place.span is not None and place.path.endswith(".sql"):
            notes.append(_as_note(finding, place, case))
        else:
            others.append(f"{_place_text(finding)} {finding.code}: {finding.message}")
    return notes, others


def findings_of(case: Case) -> tuple[MigrationFinding, ...]:
    """Judge a case; its last migration is not released."""
    last = list(case.scripts)[-1:]
    return judge(evidence_of(case), unreleased=frozenset(last), is_asked_for=True)


def evidence_of(case: Case) -> HistoryEvidence:
    """Return what is known of a case."""
    view = view_of(case.schema) if case.schema is not None else None
    provider: Provider = "postgresql"
    meant: SchemaDatabase | None = None
    if view is not None:
        provider = view.database.provider or provider
        meant = database_of(view) if view.model_names() else None
    return compared(read_history(history_in(case, provider), provider), meant)


def history_in(case: Case, provider: Provider) -> History:
    """Return the history of a case."""
    files = {
        (f"{name}/migration.sql" if not name.endswith("/") else f"{name}README.md"): text.encode()
        for name, text in case.scripts.items()
    }
    if case.lock == "default":
        files[LOCK_FILE] = f'provider = "{provider}"\n'.encode()
    elif case.lock is not None:
        files[LOCK_FILE] = case.lock.encode()
    return history_of(FOLDER, files)


def view_of(schema: str) -> SchemaView:
    """Return a schema as rules see it; PostgreSQL is added if it names no database."""
    session = Session()
    if "datasource" not in schema:
        session.put("datasource.prisma", 'datasource db {\n  provider = "postgresql"\n}\n')
    session.put("schema.prisma", schema)
    return session.snapshot().view


def written(case_markdown: str, case: Case) -> str:
    """Return the Markdown of a case with its notes and other findings as they are now."""
    notes, others = found_in(case)

    def block(match: re.Match[str]) -> str:
        kind, name = match.group("kind", "name")
        if kind == "text":
            return "```text\n" + "".join(f"{line}\n" for line in others) + "```"
        if kind != "sql":
            return match.group()
        lines: list[str] = []
        for number, line in enumerate(case.scripts[name].split("\n")[:-1]):
            lines.append(line)
            for note in notes:
                if note.migration == name and note.line == number:
                    gap = " " * max(0, note.start - 2)
                    lines.append(
                        f"--{gap}{'^' * (note.end - note.start)} {note.code}: {note.message}"
                    )
        return f"```sql {name}\n" + "".join(f"{line}\n" for line in lines) + "```"

    return _BLOCK.sub(block, case_markdown)


def rewritten(markdown: str) -> str:
    """Return a fixture with everything that is found noted as it is now."""
    starts = [match.start() for match in _SECTION.finditer(markdown)]
    pieces = [markdown[: starts[0]]]
    for start, end in zip(starts, [*starts[1:], len(markdown)], strict=True):
        section = markdown[start:end]
        pieces.append(written(section, _read_case(section)))
    return "".join(pieces)


def _as_note(finding: MigrationFinding, place: FilePlace, case: Case) -> Noted:
    name = finding.migration or ""
    text = case.scripts[name]
    assert place.span is not None
    start, end = place.span.start, place.span.end
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    end = min(end, line_end if line_end >= 0 else len(text))
    line = text.count("\n", 0, start)
    # Carets cannot stand under the two dashes that begin a note.
    first = max(2, start - line_start)
    return Noted(name, line, first, max(first + 1, end - line_start), finding.code, finding.message)


def _place_text(finding: MigrationFinding) -> str:
    place = finding.place
    if isinstance(place, FilePlace):
        return place.path
    text = place.block
    if place.field is not None:
        text += f".{place.field}"
    if place.ordinal is not None:
        text += f" @@{place.ordinal}"
    if place.attribute is not None:
        text += f" @{place.attribute}"
    return text if place.part != "type" else f"{text} (type)"
