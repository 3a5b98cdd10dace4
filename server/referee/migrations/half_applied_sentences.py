"""Says what a migration that did not end left in a database, and how it is undone.

It deliberately does not find that out, and knows no database but for what its provider does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from referee.ddl.model import Index
from referee.migrations.drift import subject_of
from referee.migrations.half_applied import HalfApplied
from referee.rules.words import counted
from referee.schema.providers import Provider

_DONE = {"drop": "made", "add": "dropped", "alter": "changed"}
_UNDONE = {"drop": "drop", "add": "make again", "alter": "change back"}
_MOST_LEFT = 6
_MOST_LINES = 5


def sentence_of_half(half: HalfApplied, namespace: str | None) -> str:
    """Say which statements of a migration ran, and what stands of them."""
    if half.is_undone:
        return "Nothing of it stands in the database."
    told = _ran(half)
    if half.left:
        told += f", and it {_listed(list(_left(half, namespace)))}"
    if half.unsure:
        lines = ", ".join(map(str, half.unsure[:_MOST_LINES]))
        lines += ", ..." if len(half.unsure) > _MOST_LINES else ""
        word = "line" if len(half.unsure) == 1 else "lines"
        told += f"; whether rows were changed by {word} {lines} cannot be told"
    return f"{told}."


def how_to_undo(half: HalfApplied, namespace: str | None) -> str:
    """Say what undoes what stands of a migration, without a full stop."""
    words = _listed(
        [f"{_UNDONE[each.kind]} {subject_of(each, namespace)}" for each in reversed(half.left)]
    )
    if words:
        return f"Undo by hand what stands of it: {words}"
    return "Undo by hand what it changed in rows"


def how_to_go_back(half: HalfApplied | None, provider: Provider, namespace: str | None) -> str:
    """Say how a failed migration is undone and tried again; `half` is None where unknown."""
    if half is not None and half.is_undone:
        return "Say that it is rolled back, mend its script, and deploy again."
    if half is not None:
        undo = how_to_undo(half, namespace)
        return f"{undo}. Then say that it is rolled back, mend its script, and deploy again."
    if provider in ("postgresql", "cockroachdb"):
        return (
            "PostgreSQL undoes a script that fails, unless it commits by itself: say that it "
            "is rolled back, mend it, and deploy again."
        )
    return (
        "Undo by hand what it did before it failed, say that it is rolled back, mend it, "
        "and deploy again."
    )


def _ran(half: HalfApplied) -> str:
    number = counted(half.statements, "statement")
    if half.has_run_whole:
        return "Its statement ran" if half.statements == 1 else f"All of its {number} ran"
    if not half.ran:
        return "None of its statements ended" if half.left else "Nothing of it stands in the tables"
    ran = f"first {half.ran}" if half.ran > 1 else "first"
    return f"The {ran} of its {number} ran, to line {half.until_line}"


def _left(half: HalfApplied, namespace: str | None) -> Iterator[str]:
    """Yield what stands, as the ends of a sentence: "made the table `Post`"."""
    for change in half.left:
        made = change.made
        is_broken = isinstance(made, Index) and not made.is_valid
        broken = ", which is not valid" if is_broken else ""
        yield f"{_DONE[change.kind]} {subject_of(change, namespace)}{broken}"


def _listed(words: Sequence[str]) -> str:
    """Return the first of some words as one sentence has them."""
    if len(words) > _MOST_LEFT:
        return f"{', '.join(words[:_MOST_LEFT])} and {len(words) - _MOST_LEFT} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
