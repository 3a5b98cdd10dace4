"""Inlay hints: the referential actions that a relation has without saying so.

It deliberately knows no protocol; offsets count code points from the start of the file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from referee.engine.snapshot import Snapshot
from referee.features.hover_relations import parties_of
from referee.features.language.actions import Event, action_sentence, reason_words
from referee.features.placing import Placer, attribute_of
from referee.rules.rule import Place
from referee.schema.relations import EffectiveAction, ForeignKey
from referee.syntax.tree import Block, Field, Span
from referee.text.edits import TextEdit
from referee.text.lines import Position

ALL_EVENTS: frozenset[Event] = frozenset(["delete", "update"])
_ARGUMENTS: dict[Event, str] = {"delete": "onDelete", "update": "onUpdate"}


@dataclass(frozen=True, slots=True)
class Hint:
    """A piece of text shown where it could be written.

    `label` starts with the comma that goes before it, `edit` writes it.
    """

    offset: int
    position: Position
    label: str
    tooltip: str
    edit: TextEdit


def hints_of(
    snapshot: Snapshot,
    path: str,
    span: Span | None = None,
    events: Collection[Event] = frozenset(["delete"]),
    placer: Placer | None = None,
) -> tuple[Hint, ...]:
    """Return the hints of one file, or of a stretch of it, in order.

    Raises KeyError if the schema has no such file.
    """
    placer = placer or Placer(snapshot)
    source = snapshot.sources[path]
    hints: list[Hint] = []
    for item, start in zip(source.items, source.starts, strict=True):
        if not isinstance(item, Block) or item.kind != "model":
            continue
        if span is not None and (start >= span.end or start + item.closing_offset < span.start):
            continue
        declared = snapshot.declared.get(item.name.text)
        if declared is not None and declared.block is item:
            hints += _of_block(snapshot, path, item, start, events, placer)
    return tuple(each for each in hints if span is None or span.start <= each.offset <= span.end)


def _of_block(
    snapshot: Snapshot,
    path: str,
    block: Block,
    start: int,
    events: Collection[Event],
    placer: Placer,
) -> Iterator[Hint]:
    keys = {key.field: key for key in snapshot.view.keys_of(block.name.text)}
    for line, line_start in zip(block.lines, block.offsets, strict=True):
        member = line.member
        key = keys.pop(member.name.text, None) if isinstance(member, Field) else None
        if key is None:
            continue
        attribute = attribute_of(line, Place(block.name.text, key.field, attribute="relation"))
        if attribute is None or attribute.arguments_span is None or not attribute.arguments:
            continue
        offset = start + line_start + attribute.arguments[-1].span.end
        effective_actions: dict[Event, EffectiveAction] = {
            "delete": key.on_delete,
            "update": key.on_update,
        }
        for event, effective in effective_actions.items():
            if event not in events or effective.is_written:
                continue
            # An argument that says nothing valid is still there, and would be there twice.
            if attribute.argument(_ARGUMENTS[event]) is None:
                yield _hint(snapshot, path, key, event, effective, offset, placer)


def _hint(
    snapshot: Snapshot,
    path: str,
    key: ForeignKey,
    event: Event,
    effective: EffectiveAction,
    offset: int,
    placer: Placer,
) -> Hint:
    database = snapshot.view.database
    label = f", {_ARGUMENTS[event]}: {effective}"
    reason = reason_words(effective, database)
    sentence = action_sentence(effective.action, event, database, parties_of(key))
    return Hint(
        offset,
        placer.line_index(path).position(offset),
        label,
        f"{reason}. {sentence}",
        TextEdit(offset, offset, label),
    )
