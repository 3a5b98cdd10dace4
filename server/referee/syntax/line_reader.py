"""One line that parses, from its text to what it holds: by a recipe, or by lark the first time.

The shape of a line is the sequence of its tokens without what stands in words, strings and
comments, of which the grammar sees nothing either. What lark makes of one line of a shape is a
recipe for every line of that shape. The recipes of common shapes come with the grammar
(`grammar/recipes.json`), so that lark is loaded only by who writes an uncommon line.
It deliberately does not know what is wrong with a line that does not parse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import TypeAlias

from referee.syntax.characters import plain
from referee.syntax.recipes import (
    LineKind,
    ReadyRecipe,
    Recipe,
    build,
    common_recipes,
    read_recipe,
    ready,
)
from referee.syntax.tree import Comment, Member, Mistake
from referee.syntax.tree_builder import TreeBuilder

# A member if there is one, the comments around it, and what Prisma refuses although it reads it.
LineContent: TypeAlias = tuple["Member | None", tuple[Comment, ...], tuple[Mistake, ...]]


@lru_cache(maxsize=1)
def line_reader() -> LineReader:
    """Return the reader of single lines that the whole process shares."""
    return LineReader(common_recipes())


class LineReader:
    """Reads lines that parse, with one parse for all lines of a shape that is not yet known."""

    __slots__ = ("_builder", "_common", "_ready", "limit")

    def __init__(
        self, common: Mapping[LineKind, Mapping[str, str]] | None = None, limit: int = 20_000
    ) -> None:
        self._builder = TreeBuilder()
        self._common = common or {}
        self._ready: dict[tuple[LineKind, str], ReadyRecipe] = {}
        self.limit = limit

    @property
    def shapes(self) -> int:
        """How many shapes of lines are remembered."""
        return len(self._ready)

    def read(self, kind: LineKind, text: str) -> LineContent:
        """Return what a line without its line end holds; raise `DoesNotParse` if it is broken."""
        if len(text) > _LONGEST_LINE_WITH_SHAPE:
            return self.read_without_shapes(kind, text)
        tokens = tokens_of(text)
        shape = shape_of(tokens)
        if shape is None:
            return self.read_without_shapes(kind, text)
        offsets = list(accumulate(map(len, tokens), initial=0))
        known = self._ready.get((kind, shape))
        if known is None:
            common = self._common.get(kind, _NO_RECIPES).get(shape)
            if common is not None:
                recipe = read_recipe(common)
            else:
                bounds = {offset: index for index, offset in enumerate(offsets)}
                recipe = _recipe_by_lark(kind, text, bounds)
            if len(self._ready) >= self.limit:
                self._ready.clear()
            known = self._ready[kind, shape] = ready(recipe, self._builder)
        return self._build(known, text, offsets)

    def read_without_shapes(self, kind: LineKind, text: str) -> LineContent:
        """Return the same by a parse of this very line: what `read` is compared with."""
        return self._build(ready(_recipe_by_lark(kind, text), self._builder), text)

    def _build(
        self, recipe: ReadyRecipe, text: str, offsets: Sequence[int] | None = None
    ) -> LineContent:
        builder = self._builder
        builder.notes.clear()
        member, comments = build(recipe, text, offsets)
        return member, comments, tuple([mistake for _, mistake in builder.notes])


def tokens_of(text: str) -> list[str]:
    """Return the tokens of a line, of which a shape is made."""
    return _TOKEN.findall(plain(text))


def shape_of(tokens: list[str]) -> str | None:
    """Return a text that is equal for lines the grammar cannot tell apart; None for broken ones."""
    shape = "".join([token[0] for token in tokens]).translate(_CLASSES)
    if "/" in shape:
        # Tells `//` from `/*`; of both, only what kind it is matters.
        shape += "".join([token[:2] for token in tokens if token[0] == "/"])
    if "Unsupported" in tokens:
        shape += " ".join(str(i) for i, token in enumerate(tokens) if token == "Unsupported")
    return None if '"' in tokens or "/" in tokens else shape


# ---- shapes ------------------------------------------------------------------------------------

_LONGEST_LINE_WITH_SHAPE = 2_000

# Finer than the terminals of the grammar: each of those is a run of these.
_TOKEN = re.compile(
    r"""[ \t]+|[A-Za-z][0-9A-Za-z_-]*|[0-9]+"""
    r"""|"[^"\\\x00-\x1f]*(?:\\[^\r\n][^"\\\x00-\x1f]*)*"|//[^\r\n]*"""
    r"""|/\*[^*]*\*+(?:[^*/][^*]*\*+)*/|.""",
    re.DOTALL,
)
_CLASSES = str.maketrans(
    {
        **dict.fromkeys("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "a"),
        **dict.fromkeys("0123456789", "0"),
        "\t": " ",
    }
)

_NO_RECIPES: Mapping[str, str] = {}


def _recipe_by_lark(kind: LineKind, text: str, bounds: Mapping[int, int] | None = None) -> Recipe:
    # Lark and the grammar take longer to load than most schemas to read.
    from referee.syntax.lark_tree import parse, recipe_of  # noqa: PLC0415

    return recipe_of(parse(kind, text), bounds)
