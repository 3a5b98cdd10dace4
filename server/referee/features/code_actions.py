"""What can be done about findings: fixes, silencing comments, and all safe fixes of a file at once.

Everything is computed from the schema; what a client remembers of it is deliberately not asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from referee.engine.snapshot import Snapshot
from referee.features.diagnostics import Diagnostic, Told
from referee.features.fixing import fix_edits, joined, safe_edits
from referee.features.placing import Placer
from referee.features.silencing import silence_edit
from referee.rules.rule import Finding
from referee.syntax.tree import Span
from referee.text.edits import TextEdit

# Stands in a silencing comment until a person writes why.
REASON = "reason"

EditsByPath = Mapping[str, tuple[TextEdit, ...]]


@dataclass(frozen=True, slots=True)
class CodeAction:
    """Something to do about diagnostics: a title, edits by path, and what they do away with.

    The first fix of a finding is the preferred one. `blank` is the stretch of the new text of
    the only edit that a person will want to overwrite; None where there is none.
    `is_silence` tells a comment that silences from a fix.
    """

    title: str
    edits: EditsByPath
    diagnostics: tuple[Diagnostic, ...]
    is_preferred: bool = False
    blank: Span | None = None
    is_silence: bool = False


def code_actions(
    snapshot: Snapshot, told: Iterable[Told], placer: Placer | None = None
) -> tuple[CodeAction, ...]:
    """Return what can be done about diagnostics: preferred fixes, other fixes, then silences.

    What two diagnostics have in common is offered once.
    """
    placer = placer or Placer(snapshot)
    preferred: dict[tuple[str, _Frozen], CodeAction] = {}
    others: dict[tuple[str, _Frozen], CodeAction] = {}
    silences: dict[tuple[str, _Frozen], CodeAction] = {}
    for diagnostic, finding in told:
        for number, fix in enumerate(diagnostic.fixes):
            edits = fix_edits(snapshot, fix, placer)
            if edits:
                kind = preferred if number == 0 else others
                _offer(kind, CodeAction(fix.title, edits, (diagnostic,), number == 0))
        if finding is not None:
            silence = _silence(snapshot, finding, diagnostic, placer)
            if silence is not None:
                _offer(silences, silence)
    fixes = [*preferred.values(), *(others[key] for key in others if key not in preferred)]
    return (*fixes, *silences.values())


def touching(told: Sequence[Told], first_line: int, last_line: int) -> list[Told]:
    """Return what stands on some lines, from the first to the last."""
    return [
        each
        for each in told
        if each.diagnostic.range.start.line <= last_line
        and each.diagnostic.range.end.line >= first_line
    ]


def nearest_first(told: Iterable[Told], start: int, end: int) -> list[Told]:
    """Return diagnostics with those first that touch a stretch of the text, the rest in order."""
    return sorted(
        told,
        key=lambda each: (
            not (each.diagnostic.span.start <= end and each.diagnostic.span.end >= start)
        ),
    )


def fix_all(
    snapshot: Snapshot, path: str, diagnostics: Iterable[Diagnostic], placer: Placer | None = None
) -> tuple[TextEdit, ...]:
    """Return the edits that make all safe fixes of one file that change nothing else."""
    placer = placer or Placer(snapshot)
    own = [
        diagnostic
        for diagnostic in diagnostics
        if diagnostic.fixes
        and diagnostic.fixes[0].is_safe
        and fix_edits(snapshot, diagnostic.fixes[0], placer).keys() <= {path}
    ]
    return joined(safe_edits(snapshot, own).get(path, ()))


_Frozen = tuple[tuple[str, tuple[TextEdit, ...]], ...]


def _offer(actions: dict[tuple[str, _Frozen], CodeAction], action: CodeAction) -> None:
    key = (action.title, tuple(sorted(action.edits.items())))
    known = actions.get(key)
    if known is None:
        actions[key] = action
    elif action.diagnostics[0] not in known.diagnostics:
        actions[key] = replace(known, diagnostics=known.diagnostics + action.diagnostics)


def _silence(
    snapshot: Snapshot, finding: Finding, diagnostic: Diagnostic, placer: Placer
) -> CodeAction | None:
    found = silence_edit(snapshot, finding.code, finding.place, REASON, placer)
    if found is None:
        return None
    path, edit = found
    start = edit.new_text.rfind(f": {REASON}") + 2
    blank = Span(start, start + len(REASON)) if start > 1 else None
    title = f"Silence `{finding.code}` here"
    return CodeAction(title, {path: (edit,)}, (diagnostic,), blank=blank, is_silence=True)
