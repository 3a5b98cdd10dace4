"""What changed between two looks at a database, and how that is told to who keeps looking.

A look that did not reach the database is told once, and so is the first that reaches it again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from referee.features.report.paint import BOLD, DIM, GREEN, RED, Look
from referee.features.report.status_as_json import (
    VERSION,
    finding_object,
    status_object,
    summary_object,
    written_time,
)
from referee.features.report.status_as_text import finding_line, status_as_text
from referee.features.report.status_report import (
    StatusReport,
    ToldStatus,
    counts_in_words,
    findings_in_words,
)
from referee.features.report.visible import visible
from referee.migrations.applied import State

EventKind = Literal["status", "change", "unreachable", "reachable"]


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A look that told nothing, and the reason as the end of a sentence."""

    at: datetime
    reason: str


Looked: TypeAlias = StatusReport | Unreachable


@dataclass(frozen=True, slots=True)
class StateChange:
    """A migration whose state changed; None on the side on which nobody knows it."""

    name: str
    before: State | None
    after: State | None


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """What there is to tell after a look."""

    kind: EventKind
    at: datetime
    report: StatusReport | None = None
    reason: str = ""
    states: tuple[StateChange, ...] = ()
    appeared: tuple[ToldStatus, ...] = ()
    gone: tuple[ToldStatus, ...] = ()


class Changes:
    """Compares each look with those before it."""

    def __init__(self) -> None:
        self._last: Looked | None = None
        self._known: StatusReport | None = None

    def after(self, looked: Looked) -> StatusEvent | None:
        """Return what a look tells that those before it did not; None if nothing."""
        last, self._last = self._last, looked
        if isinstance(looked, Unreachable):
            if isinstance(last, Unreachable):
                return None
            return StatusEvent("unreachable", looked.at, reason=looked.reason)
        known, self._known = self._known, looked
        if known is None:
            return StatusEvent("status", looked.at, looked)
        kind: EventKind = "reachable" if isinstance(last, Unreachable) else "change"
        event = StatusEvent(
            kind,
            looked.at,
            looked,
            states=tuple(_state_changes(known, looked)),
            appeared=_only_in(looked, known),
            gone=_only_in(known, looked),
        )
        is_worth_telling = event.states or event.appeared or event.gone or kind == "reachable"
        return event if is_worth_telling else None


def event_as_json(event: StatusEvent) -> str:
    """Return an event as one line of JSON."""
    value: dict[str, object] = {
        "version": VERSION,
        "event": event.kind,
        "at": written_time(event.at),
    }
    if event.kind == "unreachable":
        value["reason"] = event.reason
    elif event.report is not None and event.kind == "status":
        value = {**value, **status_object(event.report)}
    elif event.report is not None:
        value["migrations"] = [_state_change(change) for change in event.states]
        value["appeared"] = [finding_object(told) for told in event.appeared]
        value["gone"] = [finding_object(told) for told in event.gone]
        value["summary"] = summary_object(event.report)
    return json.dumps(value, ensure_ascii=False) + "\n"


def event_as_text(event: StatusEvent, look: Look) -> str:
    """Return an event as lines for people, each of a change with its time."""
    if event.kind == "status" and event.report is not None:
        return status_as_text(event.report, look)
    time = look.painted(f"{event.at:%Y-%m-%d %H:%M:%S} UTC", DIM)
    return "".join(f"{time}  {line}\n" for line in _lines(event, look))


def _lines(event: StatusEvent, look: Look) -> Iterator[str]:
    if event.kind == "unreachable":
        yield f"{look.painted('✗', RED)} {visible(event.reason)}"
        return
    if event.kind == "reachable":
        yield f"{look.painted('✓', GREEN)} the database answers again"
    for change in event.states:
        after = look.painted(change.after or "gone", BOLD)
        yield f"· `{visible(change.name)}` {change.before or 'new'} → {after}"
    for told in event.appeared:
        yield f"{look.painted('+', RED)} {finding_line(told, look)}"
    for told in event.gone:
        yield f"{look.painted('-', GREEN)} {finding_line(told, look)}"
    if event.report is not None:
        number = len(event.report.findings)
        yield f"{counts_in_words(event.report)}: {findings_in_words(number)}"


def _only_in(one: StatusReport, other: StatusReport) -> tuple[ToldStatus, ...]:
    """Return the findings that only one of two looks told; where they stand makes no difference."""
    there = {told.finding.identity for told in other.findings}
    return tuple(told for told in one.findings if told.finding.identity not in there)


def _state_changes(before: StatusReport, after: StatusReport) -> Iterator[StateChange]:
    old = {each.name: each.state for each in before.status.migrations}
    new = {each.name: each.state for each in after.status.migrations}
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield StateChange(name, old.get(name), new.get(name))


def _state_change(change: StateChange) -> dict[str, object]:
    sides = {"from": change.before, "to": change.after}
    return {"name": change.name, **{key: side for key, side in sides.items() if side is not None}}
