"""What a drawn map of the relations shows: models in groups, keys, findings, and deletes.

Everything here is plain data that becomes JSON; the picture is drawn elsewhere, from this alone.
It deliberately knows no picture and no protocol, and it decides nothing about deletes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from referee.engine.snapshot import Snapshot
from referee.features.delete_tree import DeleteTree, Twig, constraint_of, refusing_constraint
from referee.features.delete_tree import refusal_sentence as sentence_of
from referee.features.delete_tree import summary as summary_of
from referee.features.diagnostics import Diagnostic
from referee.features.placing import Placed, Placer
from referee.features.relation_graph import RelationGraph, relation_graph
from referee.features.relation_map_groups import map_groups
from referee.rules.rule import Place
from referee.schema.relations import ForeignKey
from referee.syntax.tree import Span

VERSION = 1

_Object = dict[str, object]
# A word of a delete: the word itself, or what stands for it where deletes are many.
_Word = TypeVar("_Word")


def relation_map(
    snapshot: Snapshot,
    diagnostics: Iterable[Diagnostic],
    shown_path: Callable[[str], str] = lambda path: path,
    placer: Placer | None = None,
) -> _Object:
    """Return what a map of a schema shows, without what deletes do.

    `diagnostics` are what is told about the schema; those that name a model are marked on it, and
    on the relation that they are about. Places are a number of `files`, and a line and a column
    in code points that count from 0.
    """
    placer = placer or Placer(snapshot)
    graph = relation_graph(snapshot, shown_path)
    groups = map_groups(graph)
    group_of = {name: number for number, group in enumerate(groups) for name in group.models}
    files = {path: number for number, path in enumerate(snapshot.sources)}
    database = graph.database
    return {
        "version": VERSION,
        "provider": database.provider,
        "database": database.title if database.provider else None,
        "relationMode": None if database.provider is None else database.relation_mode,
        "files": [shown_path(path) for path in files],
        "groups": [{"title": group.title, "isFile": group.is_file} for group in groups],
        "models": [
            {
                "name": model.name,
                "table": model.table,
                "group": group_of[model.name],
                "referredToBy": len(graph.view.keys_to(model.name)),
                "at": _place(Place(model.name), placer, files),
            }
            for model in graph.models
        ],
        "keys": [_key(key, graph, placer, files) for key in graph.keys],
        "joins": [
            {
                "table": join.table,
                "from": join.first,
                "fromField": join.first_field,
                "to": join.second,
                "toField": join.second_field,
                "at": _place(Place(join.first, join.first_field), placer, files),
            }
            for join in graph.joins
        ],
        "fouls": list(_fouls(diagnostics, graph, placer, files)),
        "rings": [list(ring) for ring in graph.rings],
        "leftOut": [
            {"relation": f"{each.model}.{each.field}", "reason": each.reason}
            for each in graph.left_out
        ],
    }


def _key(
    key: ForeignKey, graph: RelationGraph, placer: Placer, files: Mapping[str, int]
) -> _Object:
    return {
        "name": str(key),
        "from": key.child,
        "to": key.parent,
        "field": key.field,
        "columns": list(key.columns),
        "action": key.on_delete.action,
        "isDefault": not key.on_delete.is_written,
        "isRequired": not key.is_optional_relation,
        "isOneToOne": key.is_one_to_one,
        "constraint": constraint_of(key, graph.database),
        "at": _place(Place(key.child, key.field), placer, files),
    }


def _fouls(
    diagnostics: Iterable[Diagnostic],
    graph: RelationGraph,
    placer: Placer,
    files: Mapping[str, int],
) -> Iterable[_Object]:
    """Yield what is told about models; what is wrong with a file alone has no place on a map."""
    known = {model.name for model in graph.models}
    for each in diagnostics:
        named = (each.model, *each.models) if each.model is not None else each.models
        models = list(dict.fromkeys(name for name in named if name in known))
        if not models:
            continue
        key = None if each.model is None else _key_meant(each, graph)
        yield {
            "code": each.code,
            "family": each.family,
            "severity": each.severity,
            "message": each.message,
            "models": models,
            "relation": None if key is None else str(key),
            "at": _at(Placed(each.path, each.span), placer, files),
        }


def _key_meant(diagnostic: Diagnostic, graph: RelationGraph) -> ForeignKey | None:
    """Return the key that a finding is about: the one with its fields, or the one it names."""
    assert diagnostic.model is not None
    fields = diagnostic.fields
    for key in graph.view.keys_of(diagnostic.model):
        if fields and (key.columns == fields or key.field in fields):
            return key
    return None


def _place(place: Place, placer: Placer, files: Mapping[str, int]) -> list[int]:
    placed = placer.place(place)
    return [0, 0, 0] if placed is None else _at(placed, placer, files)


def _at(placed: Placed, placer: Placer, files: Mapping[str, int]) -> list[int]:
    start = Placed(placed.path, Span(placed.span.start, placed.span.start))
    position = placer.range(start).start
    return [files[placed.path], position.line, position.column]


# --- Deletes -------------------------------------------------------------------------------------


def delete_on_map(tree: DeleteTree, word: Callable[[str], _Word]) -> dict[str, object]:
    """Return what deleting a row does, flat, so that a long chain of cascades nests nothing.

    Each twig is `[number of the twig it grows from, effect, subject, key, other keys]`, the root
    first, and each refusal `[number of its twig, verdict, reason, constraint, explanation]`.
    `word` turns words into what is written for them.
    """
    twigs: list[list[object]] = []
    refusals: list[list[object]] = []
    work: list[tuple[int | None, Twig]] = [(None, tree.trunk)]
    while work:
        parent, twig = work.pop()
        number = len(twigs)
        key = None if twig.key is None else word(str(twig.key))
        also = [word(str(each)) for each in twig.also]
        twigs.append([parent, word(twig.effect), word(twig.subject), key, also])
        if twig.edge is not None:
            edge = twig.edge
            constraint = refusing_constraint(edge, tree.database)
            refusals.append(
                [
                    number,
                    word(edge.verdict),
                    word(edge.reason),
                    None if constraint is None else word(constraint),
                    word(sentence_of(edge, tree)),
                ]
            )
        work += [(number, each) for each in reversed(twig.twigs)]
    return {
        "root": word(tree.root),
        "summary": word(summary_of(tree)),
        "removes": tree.removed_models,
        "levels": tree.outcome.depth,
        "twigs": twigs,
        "refusals": refusals,
    }


class Words:
    """A table of words, each written once and then called by its number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, word: str) -> int:
        """Return the number of a word, which is put into the table if it is new."""
        return self._numbers.setdefault(word, len(self._numbers))

    def listed(self) -> list[str]:
        """Return all words by their numbers."""
        return list(self._numbers)
