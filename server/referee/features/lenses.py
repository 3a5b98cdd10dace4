"""Code lenses: over each model whose rows hang together with others, what deleting one does.

It deliberately knows no protocol; what a lens opens is a value.
"""

from __future__ import annotations

from dataclasses import dataclass

from referee.engine.snapshot import Snapshot
from referee.features.delete_tree import DeleteTree, delete_tree, summary
from referee.features.placing import Placed, Placer
from referee.rules.words import counted
from referee.schema.referential_actions import cascades
from referee.syntax.tree import Block, Span
from referee.text.lines import Range

SHOW_DELETE_TREE = "referee.showDeleteTree"


@dataclass(frozen=True, slots=True)
class Lens:
    """A line of text over a model.

    `command` opens the tree of `model`; `message` says the same in one sentence, for clients
    that can only show a message.
    """

    path: str
    span: Span
    range: Range
    title: str
    command: str
    model: str
    message: str


def lenses_of(snapshot: Snapshot, path: str, placer: Placer | None = None) -> tuple[Lens, ...]:
    """Return the lenses of one file, in order.

    Raises KeyError if the schema has no such file.
    """
    placer = placer or Placer(snapshot)
    source = snapshot.sources[path]
    lenses: list[Lens] = []
    for item, start in zip(source.items, source.starts, strict=True):
        if not isinstance(item, Block) or item.kind != "model":
            continue
        name = item.name.text
        declared = snapshot.declared.get(name)
        if declared is None or declared.block is not item or not _is_referred_to(snapshot, name):
            continue
        tree = delete_tree(snapshot.view, name)
        title = lens_title(tree)
        if title:
            span = item.name.span.shifted(start)
            lenses.append(
                Lens(
                    path,
                    span,
                    placer.range(Placed(path, span)),
                    title,
                    SHOW_DELETE_TREE,
                    name,
                    summary(tree).replace("`", ""),
                )
            )
    return tuple(lenses)


def lens_title(tree: DeleteTree) -> str:
    """Return what a lens says; empty where a delete takes no other model and nothing refuses it."""
    parts: list[str] = []
    if tree.removed_models:
        parts.append(f"removes rows of {counted(tree.removed_models, 'model')}")
    certain = sum(edge.verdict == "blocked" for edge in tree.refusals)
    if certain:
        parts.append(f"is refused by {counted(certain, 'relation')}")
    elif tree.refusals:
        parts.append(f"may be refused by {counted(len(tree.refusals), 'relation')}")
    return f"deleting one {' and '.join(parts)}" if parts else ""


def _is_referred_to(snapshot: Snapshot, model: str) -> bool:
    """Tell whether a delete can do anything to other rows, which most models save us asking."""
    keys = snapshot.view.keys_to(model)
    return any(cascades(key) or key.on_delete.action in _REFUSING for key in keys)


_REFUSING = frozenset(["Restrict", "NoAction", "SetDefault"])
