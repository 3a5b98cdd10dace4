"""A recipe: how the tree of a line comes from its tokens, as a value that can be written down.

It deliberately does not know where recipes come from, nor what a token is.
"""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from referee.syntax.tree import Name, Span
from referee.syntax.tree_builder import Children, TreeBuilder

LineKind = Literal["model_line", "enum_line", "config_line"]
LINE_SYMBOLS: tuple[LineKind, ...] = ("model_line", "enum_line", "config_line")


class DoesNotParse(ValueError):
    """A line is broken: where, and which terminals of the grammar could stand there."""

    def __init__(self, offset: int, expected: frozenset[str]) -> None:
        super().__init__(offset, expected)
        self.offset = offset
        self.expected = expected


class Recipe(NamedTuple):
    """How to build the tree of a line from its tokens.

    `leaves` are the bounds of the tokens, counted in tokens of the shape (or in characters);
    a step is the name of a method of the builder and the numbers of its children: 0 is a token of
    no interest, then come the leaves, then the results of the steps before.
    """

    leaves: tuple[tuple[int, int], ...]
    steps: tuple[tuple[str, tuple[int, ...]], ...]


class ReadyRecipe(NamedTuple):
    """A recipe whose steps are bound to a builder."""

    leaves: tuple[tuple[int, int], ...]
    steps: tuple[tuple[Callable[[Children], Any], Callable[[Sequence[Any]], Children]], ...]


def common_recipes() -> Mapping[LineKind, Mapping[str, str]]:
    """Return the written recipes that come with the grammar, by kind of line and shape."""
    data = pkgutil.get_data("referee.grammar", "recipes.json")
    recipes: Mapping[LineKind, Mapping[str, str]] = json.loads(data or "{}")
    return recipes


def written(recipe: Recipe) -> str:
    """Return a recipe as text: `3-4 1-2; base_type 1; required_type 3; field 2 4`."""
    leaves = " ".join(f"{start}-{end}" for start, end in recipe.leaves)
    return "; ".join([leaves, *(" ".join([name, *map(str, each)]) for name, each in recipe.steps)])


def read_recipe(text: str) -> Recipe:
    """Return the recipe of a text that `written` has made."""
    leaves, *steps = text.split("; ")
    words = [step.split(" ") for step in steps]
    bounds = [leaf.split("-") for leaf in leaves.split(" ")]
    return Recipe(
        tuple([(int(start), int(end)) for start, end in bounds]),
        tuple([(name, tuple(map(int, children))) for name, *children in words]),
    )


def ready(recipe: Recipe, builder: TreeBuilder) -> ReadyRecipe:
    """Return a recipe with its steps bound to a builder."""
    return ReadyRecipe(
        recipe.leaves,
        tuple([(getattr(builder, name), _chooser(children)) for name, children in recipe.steps]),
    )


def build(recipe: ReadyRecipe, text: str, offsets: Sequence[int] | None = None) -> Any:
    """Return what the last step makes of a text; the offsets are those of its tokens.

    Without offsets the recipe counts in characters.
    """
    leaves, steps = recipe
    values: list[Any] = [_IDLE]
    if offsets is None:
        values += [Name(text[start:end], Span(start, end)) for start, end in leaves]
    else:
        # The same as above with less ceremony: this is where reading a file spends its time.
        for i, j in leaves:
            start, end = offsets[i], offsets[j]
            span = _new_tuple(Span, (start, end))
            values.append(_new_tuple(Name, (text[start:end], span)))
    for method, choose in steps:
        values.append(method(choose(values)))
    return values[-1]


def _chooser(children: tuple[int, ...]) -> Callable[[Sequence[Any]], Children]:
    """Return what takes some of many values; `itemgetter` is quick, and gives no tuple of one."""
    if len(children) > 1:
        return itemgetter(*children)
    return lambda values: tuple([values[child] for child in children])


_IDLE = Name("", Span(0, 0))
_new_tuple: Callable[[type, tuple[Any, ...]], Any] = tuple.__new__
