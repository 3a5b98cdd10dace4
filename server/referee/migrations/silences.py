"""Silencing comments in scripts: `-- referee-ignore code[, code]: reason`.

One reaches the statement, or the part of ALTER TABLE, on its line or on the line below. It counts
only in a migration that is not released: to write one into an applied script changes its checksum.
It deliberately does not know which migrations are released; the caller leaves the others out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import FilePlace, MigrationFinding
from referee.migrations.sql.statements import Span

_COMMENT = re.compile(
    r"(?:--|/\*|\#)\s*referee-ignore(?=[\s:,]|\Z)(?P<codes>[^:*]*)(?::\s*(?P<reason>.*?))?"
    r"\s*(?:\*/)?\s*\Z",
    re.DOTALL,
)
_CODE = re.compile(r"[^\s,]+")


@dataclass(frozen=True, slots=True)
class SqlSilence:
    """A silencing comment: where it stands, its codes with their places, and what it reaches."""

    span: Span
    codes: tuple[tuple[str, Span], ...]
    reason: str | None
    reached: tuple[Span, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The codes alone."""
        return tuple(code for code, _ in self.codes)


def silences_in(evidence: MigrationEvidence) -> tuple[SqlSilence, ...]:
    """Return the silencing comments of a migration, in order."""
    text = evidence.text
    if "referee-ignore" not in text:
        return ()
    stretches = [
        span for placed in evidence.script.statements for span in (placed.span, *placed.parts)
    ]
    found: list[SqlSilence] = []
    for comment in evidence.script.comments:
        match = _COMMENT.match(text[comment.start : comment.end])
        if match is None:
            continue
        at = comment.start + match.start("codes")
        codes = tuple(
            (each.group(), Span(at + each.start(), at + each.end()))
            for each in _CODE.finditer(match.group("codes"))
        )
        reached = tuple(_reached(text, comment, stretches))
        found.append(SqlSilence(comment, codes, match.group("reason") or None, reached))
    return tuple(found)


def without_silenced(
    findings: Iterable[MigrationFinding], silences: Iterable[SqlSilence]
) -> tuple[tuple[MigrationFinding, ...], frozenset[tuple[Span, str]]]:
    """Return the findings of one migration that no comment silences, and which codes were of use.

    A code of use is named by the span of its comment and its name.
    """
    known = tuple(silences)
    kept: list[MigrationFinding] = []
    used: set[tuple[Span, str]] = set()
    for finding in findings:
        place = finding.place
        span = place.span if isinstance(place, FilePlace) else None
        silencing = [
            silence
            for silence in known
            if finding.code in silence.names
            and span is not None
            and any(_is_at(span, reached) for reached in silence.reached)
        ]
        if silencing:
            used.update((silence.span, finding.code) for silence in silencing)
        else:
            kept.append(finding)
    return tuple(kept), frozenset(used)


def _reached(text: str, comment: Span, stretches: Iterable[Span]) -> Iterator[Span]:
    """Yield the statements and parts that begin on the comment's line or on the one below.

    Lines of further comments are passed over; a comment behind code reaches its own line alone.
    """
    line_start = text.rfind("\n", 0, comment.start) + 1
    is_behind_code = bool(text[line_start : comment.start].strip())
    line_end = text.find("\n", comment.end)
    line_end = len(text) if line_end < 0 else line_end
    begins, ends = line_start, line_end
    if not is_behind_code:
        begins = comment.end
        ends = line_end
        while ends < len(text):
            following = text.find("\n", ends + 1)
            following = len(text) if following < 0 else following
            line = text[ends + 1 : following].strip()
            ends = following
            if not line.startswith(("--", "#")):
                break
    for span in stretches:
        is_begun_here = begins <= span.start < ends
        is_ended_here = is_behind_code and line_start <= span.end - 1 < ends
        if is_begun_here or is_ended_here:
            yield span


def _is_at(span: Span, reached: Span) -> bool:
    return reached.start <= span.start and span.end <= reached.end
