"""Lark and the grammar: from a line to lark's tree, and from that tree to a recipe.

It deliberately does not know about blocks, and is loaded only for a line of an uncommon shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from referee.syntax.characters import SPACES, plain
from referee.syntax.recipes import LINE_SYMBOLS, DoesNotParse, LineKind, Recipe


def grammar_text() -> str:
    """Return the text of `grammar/prisma.lark`."""
    return resources.files("referee.grammar").joinpath("prisma.lark").read_bytes().decode()


@lru_cache(maxsize=1)
def line_grammar() -> Lark:
    """Return the parser of single lines; making it reads the grammar, once in a process."""
    return Lark(
        grammar_text(),
        parser="lalr",
        lexer="contextual",
        start=list(LINE_SYMBOLS),
        keep_all_tokens=True,
    )


def parse(kind: LineKind, text: str) -> Tree[Token]:
    """Return lark's own tree of a line; raise `DoesNotParse` if it is broken."""
    try:
        return line_grammar().parse(plain(text), start=kind)
    except UnexpectedInput as error:
        raise _refusal(error, text) from error


def recipe_of(tree: Tree[Token], bounds: Mapping[int, int] | None = None) -> Recipe:
    """Return the recipe of lark's tree; without bounds it holds for this one line only."""
    leaves: list[tuple[int, int]] = []
    order: list[Tree[Token]] = []
    pending = [tree]
    while pending:
        node = pending.pop()
        order.append(node)
        pending += [child for child in node.children if isinstance(child, Tree)]
    order.reverse()
    numbers: dict[int, int] = {}
    steps: list[tuple[str, list[int]]] = []
    for number, node in enumerate(order):
        numbers[id(node)] = number
        children: list[int] = []
        idle = _IDLE_TOKENS.get(node.data, _ALWAYS_IDLE)
        for child in node.children:
            if isinstance(child, Tree):
                children.append(-1 - numbers[id(child)])
            elif child.type in idle:
                children.append(0)
            else:
                children.append(1 + len(leaves))
                start, end = child.start_pos or 0, child.end_pos or 0
                leaves.append((start, end) if bounds is None else (bounds[start], bounds[end]))
        steps.append((str(node.data), children))
    count = len(leaves)
    return Recipe(
        tuple(leaves),
        tuple(
            (name, tuple(child if child >= 0 else count - child for child in children))
            for name, children in steps
        ),
    )


# Punctuation that no method of the builder looks at.
_ALWAYS_IDLE = frozenset({"COMMA", "COLON", "EQUAL"})
_IDLE_TOKENS = {
    "arguments_with_trailing_comma": frozenset[str](),
    "argument_without_value": frozenset[str](),
    "field_with_colon": frozenset[str](),
    "setting_without_value": frozenset[str](),
}


def _refusal(error: UnexpectedInput, content: str) -> DoesNotParse:
    if isinstance(error, UnexpectedCharacters):
        # Lark declares this one as None.
        position: Any = error.pos_in_stream
        return DoesNotParse(int(position), frozenset(error.allowed))
    if isinstance(error, UnexpectedToken):
        expected = frozenset(error.accepts)
        if error.token.type == "$END":
            return DoesNotParse(len(content.rstrip(SPACES)), expected)
        return DoesNotParse(error.token.start_pos or 0, expected)
    return DoesNotParse(0, frozenset())
