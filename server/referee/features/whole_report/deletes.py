"""What deletes do, model by model, and which models refer to each other in a circle.

What a delete does is decided in the schema layer; here it is summed up.
"""

from __future__ import annotations

from collections import Counter

from referee.features.delete_tree import (
    DeleteTree,
    delete_tree,
    refusal_sentence,
    refusing_constraint,
    summary,
    tree_text,
)
from referee.features.report.paint import Look
from referee.features.whole_report.reading import Reader
from referee.features.whole_report.values import ActionCount, Circle, Delete, Refusal
from referee.rules.required_cycle import first_row_words, is_required
from referee.rules.rings import rings
from referee.rules.words import listed
from referee.schema.facts import ACTIONS
from referee.schema.referential_actions import cascades
from referee.schema.relations import ForeignKey

# A drawn tree of more lines is cut, with what is left out counted where it would stand.
_MOST_LINES = 40


def actions_of(reader: Reader) -> tuple[ActionCount, ...]:
    """Return how many relations do what on a delete."""
    numbers = Counter(key.on_delete.action for key in reader.keys)
    by_default = Counter(
        key.on_delete.action for key in reader.keys if not key.on_delete.is_written
    )
    return tuple(
        ActionCount(action, numbers[action], by_default[action])
        for action in ACTIONS
        if numbers[action]
    )


def deletes_of(reader: Reader) -> tuple[Delete, ...]:
    """Return what deleting a row does, for each model whose rows others hang on; most first."""
    found: list[Delete] = []
    for model in reader.models:
        tree = delete_tree(reader.view, model.name)
        if tree.does_anything:
            found.append(_delete(tree, reader))
    return tuple(sorted(found, key=lambda each: (-each.removes, not each.refusals, each.model)))


def _delete(tree: DeleteTree, reader: Reader) -> Delete:
    return Delete(
        tree.root,
        summary(tree),
        tree.removed_models,
        tree.outcome.depth,
        tuple(str(key) for key in tree.clears),
        tuple(str(key) for key in tree.resets),
        tuple(
            Refusal(
                str(edge.key),
                edge.verdict == "blocked",
                refusing_constraint(edge, tree.database),
                refusal_sentence(edge, tree),
            )
            for edge in tree.refusals
        ),
        tuple(tree_text(tree, Look(), _MOST_LINES)),
        reader.at(tree.root),
    )


def circles_of(reader: Reader) -> tuple[Circle, ...]:
    """Return the circles of relations, those that are worst first."""
    view = reader.view
    required = {name for ring in rings(view, is_required) for name in ring.members}
    cascading = {name for ring in rings(view, cascades) for name in ring.members}
    found: list[Circle] = []
    for ring in rings(view, lambda key: True):
        members = set(ring.members)
        path = tuple(str(key) for key in ring.keys)
        at = reader.at(ring.anchor.child, ring.anchor.field)
        if members & required:
            stuck = first_row_words(view.database, len(members & required))
            sentence = (
                "Every key of a ring in it is required, and nothing checks the keys."
                if view.database.is_emulated
                else f"Every key of a ring in it is required, so {stuck}."
            )
            found.append(Circle(ring.members, path, "required", sentence, at))
        elif members & cascading:
            sentence = "A delete runs round the ring: every key of it cascades."
            found.append(Circle(ring.members, path, "cascading", sentence, at))
        else:
            found.append(Circle(ring.members, path, "open", _open_words(ring.all_keys), at))
    order = ("required", "cascading", "open")
    return tuple(sorted(found, key=lambda each: order.index(each.kind)))


def _open_words(keys: tuple[ForeignKey, ...]) -> str:
    free = [str(key) for key in keys if not is_required(key)]
    return (
        f"Rows are inserted by leaving {listed(free, most=3, joint='or')} NULL at first and "
        "filling it in afterwards; deletes, restores and imports need the same."
    )
