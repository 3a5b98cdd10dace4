"""Code lenses: over each model that others point at, what deleting one of its rows does.

It deliberately knows no protocol and no place: a block has one, and what a lens says takes longer
to work out than where it stands.
"""

from __future__ import annotations

from referee.engine.snapshot import Snapshot
from referee.features.delete_tree import DeleteTree, summary
from referee.rules.words import counted
from referee.syntax.tree import Block


def blocks_with_lens(snapshot: Snapshot, path: str) -> tuple[Block, ...]:
    """Return the blocks of one file over which a lens stands: models that keys point at.

    Of a model that is declared twice only the declaration that counts has one.
    Raises KeyError if the schema has no such file.
    """
    return tuple(
        item
        for item in snapshot.sources[path].items
        if isinstance(item, Block)
        and item.kind == "model"
        and (declared := snapshot.declared.get(item.name.text)) is not None
        and declared.block is item
        and snapshot.view.keys_to(item.name.text)
    )


def lens_title(tree: DeleteTree) -> str:
    """Return what a lens says: which models a delete takes along and who refuses it, or neither."""
    parts: list[str] = []
    if tree.removed_models:
        parts.append(f"removes rows of {counted(tree.removed_models, 'model')}")
    certain = sum(edge.verdict == "blocked" for edge in tree.refusals)
    if certain:
        parts.append(f"is refused by {counted(certain, 'relation')}")
    elif tree.refusals:
        parts.append(f"may be refused by {counted(len(tree.refusals), 'relation')}")
    if not parts:
        return summary(tree).replace("`", "").rstrip(".")
    return f"deleting one {' and '.join(parts)}"
