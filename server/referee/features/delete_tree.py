"""The tree of what a delete of one row removes, clears and resets, and of what refuses it.

Each model that loses rows stands once, where a cascade first reaches it. What a delete does is
decided in the schema layer; here it becomes a tree, and the tree becomes text.
It deliberately knows no terminal: how text looks is a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from referee.features.report.paint import BLUE, BOLD, DIM, Look
from referee.features.report.visible import width_of
from referee.rules.words import counted, listed
from referee.schema.delete import (
    BlockingEdge,
    DeleteOutcome,
    Reason,
    delete_outcome,
)
from referee.schema.providers import Database
from referee.schema.referential_actions import cascades
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

Effect = Literal["deletes", "removes", "clears", "resets", "unlinks", "refuses", "may-refuse"]


class Twig(NamedTuple):
    """What a delete does to one model through one key, and what follows from that.

    "deletes" stands for the root alone. `subject` is a model, or the join table that "unlinks"
    takes rows from. `also` are further keys by which the same model loses rows; `models_below`
    counts the models that lose rows because this one does, `refusals_below` what refuses that.
    """

    effect: Effect
    subject: str
    key: ForeignKey | None = None
    edge: BlockingEdge | None = None
    also: tuple[ForeignKey, ...] = ()
    twigs: tuple[Twig, ...] = ()
    models_below: int = 0
    refusals_below: int = 0

    @property
    def is_refusal(self) -> bool:
        """Whether the delete fails, or may fail, here."""
        return self.effect in ("refuses", "may-refuse")


@dataclass(frozen=True, slots=True)
class DeleteTree:
    """What deleting a row of a model does, as a tree and as lists.

    `clears` and `resets` are the keys whose columns are overwritten in rows that stay,
    `refusals` the keys that refuse the delete or may refuse it.
    """

    trunk: Twig
    outcome: DeleteOutcome
    database: Database
    clears: tuple[ForeignKey, ...]
    resets: tuple[ForeignKey, ...]
    refusals: tuple[BlockingEdge, ...]

    @property
    def root(self) -> str:
        """The model that a row is deleted of."""
        return self.trunk.subject

    @property
    def removed_models(self) -> int:
        """How many other models lose rows."""
        return self.trunk.models_below

    @property
    def does_anything(self) -> bool:
        """Whether there is anything to tell beyond the row itself."""
        return bool(self.trunk.twigs)


def delete_tree(view: SchemaView, root: str) -> DeleteTree:
    """Return the tree of what deleting a row of a model does."""
    outcome = delete_outcome(view, root)
    refusals = tuple(edge for edge in outcome.blocking if edge.verdict != "ok")
    clears = tuple(_staying(outcome.nulled, outcome))
    resets = tuple(_staying(outcome.defaulted, outcome))
    below: dict[str, list[Twig]] = {model: [] for model in outcome.levels}
    for edge in refusals:
        effect: Effect = "refuses" if edge.verdict == "blocked" else "may-refuse"
        below[edge.key.parent].append(Twig(effect, edge.key.child, edge.key, edge))
    for key in outcome.self_relations:
        if cascades(key):
            below[key.parent].append(Twig("removes", key.child, key))
    branches: dict[str, list[Twig]] = {model: [] for model in outcome.levels}
    leaves: dict[str, list[Twig]] = {model: [] for model in outcome.levels}
    for key in clears:
        leaves[key.parent].append(Twig("clears", key.child, key))
    for key in resets:
        leaves[key.parent].append(Twig("resets", key.child, key))
    for join in outcome.join_tables:
        model = join.first if join.first in outcome.levels else join.second
        leaves[model].append(Twig("unlinks", join.table))
    trunk = Twig("deletes", root)
    # Models come nearest first, so that backwards each one is made before what it hangs on.
    for model in reversed(list(outcome.levels)):
        twigs = (*below[model], *reversed(branches[model]), *leaves[model])
        models_below = sum([1 + twig.models_below for twig in branches[model]])
        refusals_below = sum([twig.is_refusal for twig in below[model]]) + sum(
            [twig.refusals_below for twig in branches[model]]
        )
        if model == root:
            trunk = Twig("deletes", root, None, None, (), twigs, models_below, refusals_below)
            continue
        key = outcome.reached_by[model]
        branches[key.parent].append(
            Twig(
                "removes",
                model,
                key,
                None,
                tuple(_other_ways(view, key, outcome)),
                twigs,
                models_below,
                refusals_below,
            )
        )
    return DeleteTree(trunk, outcome, view.database, clears, resets, refusals)


def _staying(keys: Iterable[ForeignKey], outcome: DeleteOutcome) -> Iterator[ForeignKey]:
    """Yield the keys that are overwritten in rows of which it is likely that they stay.

    A row that points at the deleted row itself may stay whatever its model. Further down, rows
    of a model that the cascade reaches go with it as a rule, as those of one tenant do.
    """
    for key in keys:
        if key.parent == outcome.root or key.child not in outcome.levels:
            yield key


def _other_ways(view: SchemaView, key: ForeignKey, outcome: DeleteOutcome) -> list[ForeignKey]:
    return [
        other
        for other in view.keys_of(key.child)
        if other is not key
        and other.on_delete.action == "Cascade"
        and other.parent in outcome.levels
        and not other.is_self_relation
        and other != key
    ]


# --- Sentences -----------------------------------------------------------------------------------


def removal_words(tree: DeleteTree) -> str:
    """Return how much goes: "removes rows of 12 models, 4 levels deep"; empty if nothing does."""
    number = tree.removed_models
    if not number:
        return ""
    depth = tree.outcome.depth
    deep = f", {counted(depth, 'level')} deep" if depth > 1 else ""
    return f"removes rows of {counted(number, 'other model')}{deep}"


def summary(tree: DeleteTree) -> str:
    """Return one sentence about all that deleting a row does."""
    parts = [
        removal_words(tree),
        f"sets {counted(len(tree.clears), 'key')} to NULL" if tree.clears else "",
        f"resets {counted(len(tree.resets), 'key')} to the default" if tree.resets else "",
        refusal_words(tree.refusals),
    ]
    said = [part for part in parts if part]
    if not said and tree.outcome.join_tables:
        said = [f"removes links from {counted(len(tree.outcome.join_tables), 'join table')}"]
    if not said:
        return f"Deleting a row of `{tree.root}` touches no other row."
    joint = " and " if len(said) == 2 else ", and "
    joined = said[0] if len(said) == 1 else f"{', '.join(said[:-1])}{joint}{said[-1]}"
    return f"Deleting a row of `{tree.root}` {joined}."


def refusal_words(refusals: Iterable[BlockingEdge]) -> str:
    """Return who refuses: "fails while a row of `Invoice` refers to it"; empty if nobody does."""
    edges = list(refusals)
    certain = [edge for edge in edges if edge.verdict == "blocked"]
    said: list[str] = []
    for verb, found in (("fails", certain), ("may fail", [e for e in edges if e not in certain])):
        if found:
            models = list(dict.fromkeys(edge.key.child for edge in found))
            said.append(f"{verb} while rows of {listed(models, most=3, joint='or')} are in the way")
    return " and ".join(said)


def refusal_sentence(edge: BlockingEdge, tree: DeleteTree) -> str:
    """Return one sentence that says why a key refuses the delete, or may refuse it."""
    key = edge.key
    is_surely_late = edge.reason == "table-order" and edge.verdict == "blocked"
    why = (_IN_ORDER_OF_SCHEMA if is_surely_late else _WHYS[edge.reason]).format(
        child=key.child, parent=key.parent, database=tree.database.title
    )
    by_default = "" if key.on_delete.is_written else " by default"
    return f"`{key}` has `onDelete: {key.on_delete}`{by_default}, and {why}."


_WHYS: dict[Reason, str] = {
    "direct": "its rows refer to the deleted row itself",
    "outside": "the cascade deletes rows of `{parent}` but none of `{child}`",
    "stays": "other rows of `{child}` refer to the one that the cascade deletes, and stay",
    "tree": "{database} checks it row by row, while rows of `{child}` still refer to each other",
    "checked-first": "{database} checks it before the cascade has removed the rows of `{child}`",
    "same-round": (
        "{database} checks it in the round that removes the rows of `{child}`: whichever "
        "constraint was made first comes first"
    ),
    "table-order": (
        "whether {database} checks it before the rows of `{child}` are gone depends on the order "
        "in which the tables were made"
    ),
    "gone-before": "the rows of `{child}` are gone before {database} checks it",
    "checked-last": "{database} checks it when all cascades have run",
    "not-null": "its columns cannot be NULL",
    "rechecked": (
        "{database} checks it once more, with the rows of `{parent}` gone, when two other keys of "
        "one row of `{child}` are cleared"
    ),
    "emulated": "Prisma Client may look for rows of `{child}` before it has deleted them",
}


_IN_ORDER_OF_SCHEMA = (
    "{database} checks it before the rows of `{child}` are gone, where the tables were made in the "
    "order of the schema"
)


def constraint_of(key: ForeignKey, database: Database) -> str | None:
    """Return the name of a key's constraint; None where the database has or names none."""
    return key.constraint_name if names_constraints(database) else None


def refusing_constraint(edge: BlockingEdge, database: Database) -> str | None:
    """Return the name of the constraint that refuses a delete; NOT NULL has none."""
    return None if edge.reason == "not-null" else constraint_of(edge.key, database)


def names_constraints(database: Database) -> bool:
    """Tell whether the database knows foreign keys, by names that it tells when it refuses."""
    return database.has_foreign_keys and database.provider != "sqlite"


def path_words(edge: BlockingEdge, tree: DeleteTree) -> str:
    """Return the way from the root to the refusing key: "`Org > Team > Membership.team`"."""
    steps = [tree.root, *(key.child for key in tree.outcome.path_to(edge.key.parent))]
    return f"`{' > '.join([*steps, str(edge.key)])}`"


# --- Text ----------------------------------------------------------------------------------------

_STYLES: dict[Effect, str] = {
    "deletes": BOLD,
    "removes": "31",
    "clears": "33",
    "resets": "33",
    "unlinks": "33",
    "refuses": "1;35",
    "may-refuse": "35",
}


class _Row(NamedTuple):
    """One line of a drawn tree: its branches, whom it is about, what happens, and through what."""

    lead: str
    subject: str
    effect: str
    style: str
    detail: str


def tree_text(tree: DeleteTree, look: Look, most_lines: int | None = None) -> list[str]:
    """Return the lines of the tree; with `most_lines`, of as many levels of it as fit.

    What is left out is counted where it would stand.
    """
    # One line more than are shown tells that they are too many.
    rows = list(islice(_rows(tree, None, None), None if most_lines is None else most_lines + 1))
    if most_lines is not None and len(rows) > most_lines:
        rows = _fitting_rows(tree, most_lines)
    subjects = max(len(row.lead) + width_of(row.subject) for row in rows)
    effects = max((width_of(row.effect) for row in rows if row.detail), default=0)
    lines: list[str] = []
    for row in rows:
        gap = " " * (subjects - len(row.lead) - width_of(row.subject) + 2)
        after = " " * max(0, effects - width_of(row.effect)) + "  " if row.detail else ""
        name = look.painted(row.subject, BOLD) if row.style == BOLD else row.subject
        line = (
            f"{look.painted(row.lead, BLUE)}{name}{gap}{look.painted(row.effect, row.style)}"
            f"{after}{look.painted(row.detail, DIM)}"
        )
        lines.append(line.rstrip())
    return lines


def _fitting_rows(tree: DeleteTree, most_lines: int) -> list[_Row]:
    """Return the rows of as many whole levels as fit, and of the last one as many twigs as fit."""
    best = list(_rows(tree, 1, most_lines - 2))
    for depth in range(2, tree.outcome.depth + 2):
        rows = list(islice(_rows(tree, depth, None), most_lines + 1))
        if len(rows) > most_lines:
            break
        best = rows
    return best


def _rows(tree: DeleteTree, deepest: int | None, widest: int | None) -> Iterator[_Row]:
    """Yield the rows of a tree down to a level, and of the root's twigs no more than `widest`."""
    yield _Row("", tree.root, "one row deleted", BOLD, "")
    twigs = tree.trunk.twigs
    shown = twigs if widest is None else _chosen(twigs, widest)
    rest = len(twigs) - len(shown)
    # Twigs still to be drawn, and what stands in front of them.
    work = [(iter(shown), len(shown) + (rest > 0), "")]
    while work:
        level = len(work)
        waiting, number, lead = work[-1]
        twig = next(waiting, None)
        if twig is None:
            work.pop()
            continue
        work[-1] = (waiting, number - 1, lead)
        branch, inner = ("├─ ", "│  ") if number > 1 else ("└─ ", "   ")
        is_cut = deepest is not None and level >= deepest
        yield _row(lead + branch, twig, tree.database, is_cut)
        if not is_cut:
            work.append((iter(twig.twigs), len(twig.twigs), lead + inner))
    if rest:
        yield _Row("└─ ", "…", f"{rest} more", DIM, "")


def _chosen(twigs: tuple[Twig, ...], number: int) -> tuple[Twig, ...]:
    """Return the twigs most worth showing, in their order: refusals, then what most hangs on."""
    if len(twigs) <= number + 1:
        return twigs

    def rank(place: int) -> tuple[bool, bool, int]:
        twig = twigs[place]
        return not twig.is_refusal, not twig.refusals_below, -twig.models_below

    ranked = sorted(range(len(twigs)), key=rank)[:number]
    return tuple(twigs[place] for place in sorted(ranked))


def _row(lead: str, twig: Twig, database: Database, is_cut: bool) -> _Row:
    effect = effect_words(twig)
    if is_cut and twig.models_below:
        effect += f", with {twig.models_below} below"
    if is_cut and twig.refusals_below:
        effect += f", {counted(twig.refusals_below, 'refusal')}"
    return _Row(lead, twig.subject, effect, _STYLES[twig.effect], _detail(twig, database))


def effect_words(twig: Twig) -> str:
    """Return in a few words what happens to the rows of a twig."""
    key = twig.key
    if twig.effect == "deletes":
        return "one row deleted"
    if twig.effect == "unlinks":
        return "links removed"
    assert key is not None
    if twig.effect == "removes":
        return "removed, however deep" if key.is_self_relation else "removed"
    columns = ", ".join(key.columns)
    if twig.effect == "clears":
        return f"{columns} to NULL"
    if twig.effect == "resets":
        return f"{columns} to default"
    verb = "refuses" if twig.effect == "refuses" else "may refuse"
    return f"{verb}: {key.on_delete}" + ("" if key.on_delete.is_written else " by default")


def _detail(twig: Twig, database: Database) -> str:
    """Return what it happens through: the relation field, and the constraint of a refusal."""
    if twig.key is None:
        return ""
    if twig.edge is not None and (constraint := refusing_constraint(twig.edge, database)):
        return f"{twig.key.field} ({constraint})"
    return ", ".join([twig.key.field, *(key.field for key in twig.also)])


def delete_report(tree: DeleteTree, look: Look) -> str:
    """Return the whole tree with its summary, and a section that says who refuses it and why."""
    lines = [look.prose(line) for line in look.wrapped(summary(tree), 0)]
    if tree.does_anything:
        lines += ["", *tree_text(tree, look)]
    if tree.refusals:
        lines += ["", look.painted("Where it is refused", BOLD)]
    for edge in tree.refusals:
        constraint = refusing_constraint(edge, tree.database)
        where = path_words(edge, tree) + ("" if constraint is None else f" by `{constraint}`")
        if edge.verdict == "blocked":
            mark = look.painted("✗", _STYLES["refuses"])
        else:
            mark = look.painted("?", _STYLES["may-refuse"])
        lines.append(f"  {mark} {look.prose(where)}")
        sentence = refusal_sentence(edge, tree)
        lines += [f"    {look.prose(line)}" for line in look.wrapped(sentence, 4)]
    return "\n".join(lines) + "\n"


# --- JSON ----------------------------------------------------------------------------------------


def tree_as_json(tree: DeleteTree) -> dict[str, object]:
    """Return the tree in the form that docs/graph.md describes."""
    return {
        "root": tree.root,
        "summary": summary(tree),
        "removes": {"models": tree.removed_models, "levels": tree.outcome.depth},
        "clears": [str(key) for key in tree.clears],
        "resets": [str(key) for key in tree.resets],
        "unlinks": [join.table for join in tree.outcome.join_tables],
        "refusals": [
            {
                "relation": str(edge.key),
                "constraint": refusing_constraint(edge, tree.database),
                "verdict": edge.verdict,
                "reason": edge.reason,
                "path": [str(key) for key in tree.outcome.path_to(edge.key.parent)],
                "explanation": refusal_sentence(edge, tree),
            }
            for edge in tree.refusals
        ],
        "tree": _twig_as_json(tree.trunk, tree.database),
    }


def _twig_as_json(trunk: Twig, database: Database) -> dict[str, object]:
    """Turn twigs into objects without recursion, for a chain of cascades may be long."""
    made = _plain_twig(trunk, database)
    work = [(trunk, made)]
    while work:
        twig, written = work.pop()
        inner = [(each, _plain_twig(each, database)) for each in twig.twigs]
        written["children"] = [each for _, each in inner]
        work += inner
    return made


def _plain_twig(twig: Twig, database: Database) -> dict[str, object]:
    key = twig.key
    return {
        "effect": twig.effect,
        "model" if twig.effect != "unlinks" else "table": twig.subject,
        "relation": None if key is None else str(key),
        "columns": [] if key is None else list(key.columns),
        "action": None if key is None else key.on_delete.action,
        "isDefault": key is not None and not key.on_delete.is_written,
        "constraint": None if key is None else constraint_of(key, database),
        "also": [str(each) for each in twig.also],
    }
