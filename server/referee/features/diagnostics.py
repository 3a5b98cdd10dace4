"""Diagnostics: findings and mistakes placed on the text of a schema's files.

It deliberately knows no protocol; positions are zero-based lines and columns in code points.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from referee.engine.snapshot import Snapshot
from referee.features.placing import Placed, Placer
from referee.features.silencing import Complaint, Silencer
from referee.rules.catalogue import family_of
from referee.rules.rule import Family, Finding, Fix, Severity, Tag
from referee.rules.settings import RuleSettings, severity_setting
from referee.rules.words import listed
from referee.schema.facts import DatasourceFacts
from referee.schema.lowering import lower_block
from referee.schema.providers import PROVIDERS, provider_named
from referee.syntax.source import Source
from referee.syntax.tree import Block, Item, Mistake, Setting, Span
from referee.text.lines import Range


@dataclass(frozen=True, slots=True)
class RelatedDiagnostic:
    """Another place that belongs to a diagnostic, perhaps in another file."""

    path: str
    span: Span
    range: Range
    message: str


@dataclass(frozen=True, slots=True)
class MigrationSubject:
    """What a diagnostic about migrations is about, by its names in the database.

    `object` is an index, constraint or enum value, `type` an enum, `migration` a folder.
    """

    table: str | None = None
    columns: tuple[str, ...] = ()
    object: str | None = None
    type: str | None = None
    migration: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Something to tell about a stretch of a file.

    `span` holds offsets in code points from the start of the file, `range` the same as positions.
    `fixes` come best first; `features.fixing` turns them into edits of text.
    `model`, `fields` and `models` are those of the finding, absent where they do not apply;
    `migration` is there for findings about migrations alone; with `makes_file` the first fix makes
    a file that is not there.
    """

    code: str
    family: Family
    severity: Severity
    message: str
    path: str
    span: Span
    range: Range
    model: str | None = None
    fields: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    related: tuple[RelatedDiagnostic, ...] = ()
    fixes: tuple[Fix, ...] = ()
    tags: tuple[Tag, ...] = ()
    migration: MigrationSubject | None = None
    makes_file: bool = False


class Told(NamedTuple):
    """A diagnostic, with the finding that it tells of; None where it tells of no finding."""

    diagnostic: Diagnostic
    finding: Finding | None = None


def diagnostics_of(
    snapshot: Snapshot, path: str, placer: Placer | None = None
) -> tuple[Diagnostic, ...]:
    """Return what is to be told about one file of a schema, by line, column and code.

    Raises KeyError if the schema has no such file.
    """
    source = snapshot.sources[path]
    placer = placer or Placer(snapshot)
    return _sorted(_told(snapshot, placer, {path: source}))


def diagnostics_at(
    snapshot: Snapshot, path: str, span: Span, placer: Placer | None = None
) -> tuple[Diagnostic, ...]:
    """Return what is to be told about a stretch of a file; only blocks that it touches are placed.

    An empty stretch is touched by what begins or goes on there.
    Raises KeyError if the schema has no such file.
    """
    source = snapshot.sources[path]
    first, last = source.item_at(span.start), source.item_at(span.end)
    items = frozenset(source.items[max(first, 0) : last + 1])
    told = _told(snapshot, placer or Placer(snapshot), {path: source}, items)
    end = max(span.end, span.start + 1)
    return _sorted(
        each
        for each in told
        if each.span.start < end and span.start < max(each.span.end, each.span.start + 1)
    )


def all_diagnostics(snapshot: Snapshot) -> tuple[Diagnostic, ...]:
    """Return what is to be told about all files of a schema, by path, line, column and code."""
    return _sorted(_told(snapshot, Placer(snapshot), snapshot.sources))


def _told(
    snapshot: Snapshot,
    placer: Placer,
    sources: Mapping[str, Source],
    items: frozenset[Item] | None = None,
) -> Iterator[Diagnostic]:
    """Yield what is to be told about files; of their items, only about these if they are given."""
    for path, source in sources.items():
        if source.dialect != "prisma":
            yield from as_configured(snapshot.settings, diagnostic_of_dialect(path, placer))
        for span, mistake in mistakes_of(source, items):
            yield from as_configured(
                snapshot.settings, diagnostic_of_mistake(path, span, mistake, placer)
            )
        for item, start in zip(source.items, source.starts, strict=True):
            if items is None or item in items:
                yield from diagnostics_of_provider(path, item, start, placer)
    silencer = Silencer(placer)
    for finding in snapshot.findings():
        declared = snapshot.declared.get(finding.place.block)
        if declared is None or declared.path not in sources:
            continue
        if (items is not None and declared.block not in items) or silencer.is_silent(finding):
            continue
        placed = placer.place(finding.place)
        if placed is not None:
            yield from as_configured(
                snapshot.settings, diagnostic_of_finding(finding, placed, placer)
            )
    for complaint in silencer.complaints():
        if complaint.placed.path in sources:
            yield from as_configured(snapshot.settings, diagnostic_of_complaint(complaint, placer))


def diagnostic_of_complaint(complaint: Complaint, placer: Placer) -> Diagnostic:
    """Return a complaint about a silencing comment as a diagnostic."""
    is_unused = complaint.code == "unused-silence"
    return Diagnostic(
        complaint.code,
        "tool",
        "hint" if is_unused else "warning",
        complaint.message,
        complaint.placed.path,
        complaint.placed.span,
        placer.range(complaint.placed),
        fixes=complaint.fixes,
        tags=("unnecessary",) if is_unused else (),
    )


def mistakes_of(
    source: Source, items: frozenset[Item] | None = None
) -> Iterator[tuple[Span, Mistake]]:
    """Yield the mistakes of a file, or of some items, with their place in the file, in order."""
    for item, start in zip(source.items, source.starts, strict=True):
        if items is not None and item not in items:
            continue
        for mistake in item.mistakes:
            yield mistake.span.shifted(start), mistake
        if isinstance(item, Block):
            for line, offset in zip(item.lines, item.offsets, strict=True):
                for mistake in line.mistakes:
                    yield mistake.span.shifted(start + offset), mistake


def diagnostic_of_mistake(path: str, span: Span, mistake: Mistake, placer: Placer) -> Diagnostic:
    """Return a mistake of a file, at offsets in it, as a diagnostic."""
    placed = Placed(path, span)
    return Diagnostic(
        "syntax", "syntax", "error", mistake.message, path, span, placer.range(placed)
    )


def diagnostic_of_dialect(path: str, placer: Placer) -> Diagnostic:
    """Return what is said about a file that asks for another dialect."""
    text = placer.snapshot.sources[path].text
    start = text.index("//")
    span = Span(start, start + len(text[start:].splitlines()[0].rstrip()))
    return Diagnostic(
        "prisma-8-dialect",
        "tool",
        "information",
        "This file asks for the Prisma 8 language, which Referee does not judge yet.",
        path,
        span,
        placer.range(Placed(path, span)),
    )


def diagnostics_of_provider(
    path: str, item: Item, start: int, placer: Placer
) -> Iterator[Diagnostic]:
    """Yield what is said of a datasource whose provider does not exist, as it is configured.

    Prisma's own language server says the same, so beside it nothing is said.
    """
    settings = placer.snapshot.settings
    if not isinstance(item, Block) or item.kind != "datasource" or settings.beside_official_server:
        return
    facts = lower_block(item)
    if not isinstance(facts, DatasourceFacts) or provider_named(facts.provider) is not None:
        return
    if facts.provider is None:
        if any(line.mistakes for line in item.lines):
            # A line that cannot be read may well name one.
            return
        message = f"The datasource `{facts.name}` names no provider"
    else:
        message = f"There is no provider `{facts.provider}`"
    span = item.name.span.shifted(start)
    for line, offset in zip(item.lines, item.offsets, strict=True):
        member = line.member
        if isinstance(member, Setting) and member.name.text == "provider":
            stretch = member.span if member.value is None else member.value.span
            span = stretch.shifted(start + offset)
            break
    placed = Placed(path, span)
    yield from as_configured(
        settings,
        Diagnostic(
            "unknown-provider",
            "tool",
            "warning",
            f"{message}, so the rules that depend on the database do not run"
            f"{_nearest_provider(facts.provider)}",
            path,
            span,
            placer.range(placed),
        ),
    )


def _nearest_provider(written: str | None) -> str:
    """Return the end of the sentence: the provider that was meant, or those that there are."""
    import difflib  # noqa: PLC0415  only mistakes need it

    near = difflib.get_close_matches((written or "").lower(), PROVIDERS, n=1)
    if near:
        return f"; did you mean `{near[0]}`?"
    return f"; valid are {listed(PROVIDERS, most=len(PROVIDERS))}."


def diagnostic_of_finding(finding: Finding, placed: Placed, placer: Placer) -> Diagnostic:
    """Return a finding, placed, as a diagnostic with its own severity."""
    related: list[RelatedDiagnostic] = []
    for each in finding.related:
        where = placer.place(each.place)
        if where is not None:
            related.append(
                RelatedDiagnostic(where.path, where.span, placer.range(where), each.message)
            )
    return Diagnostic(
        finding.code,
        family_of(finding.code),
        finding.severity,
        finding.message,
        placed.path,
        placed.span,
        placer.range(placed),
        finding.model,
        finding.fields,
        finding.models,
        tuple(related),
        finding.fixes,
        finding.tags,
    )


def as_configured(settings: RuleSettings, diagnostic: Diagnostic) -> Iterator[Diagnostic]:
    """Yield a diagnostic with the severity that settings give it; nothing if they silence it."""
    setting = severity_setting(settings, diagnostic.code, diagnostic.family)
    if setting == "on":
        yield diagnostic
    elif setting != "off":
        yield replace(diagnostic, severity=setting)


def _sorted(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(
        sorted(diagnostics, key=lambda each: (each.path, each.range, each.code, each.message))
    )
