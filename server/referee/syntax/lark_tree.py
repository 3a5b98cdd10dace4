"""The lark grammar, loaded once, and the builder that turns its matches into the syntax tree.

It deliberately does not know about blocks: a match is one line.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from typing import Any, TypeAlias

from lark import Lark, Token, Transformer

from referee.syntax.tree import (
    Argument,
    ArrayLiteral,
    Attribute,
    BlockAttribute,
    Comment,
    EnumValue,
    Expression,
    Field,
    FieldType,
    FunctionCall,
    Member,
    Mistake,
    Name,
    NameLiteral,
    NumberLiteral,
    ObjectLiteral,
    Setting,
    Span,
    StringLiteral,
)

START_SYMBOLS = ("schema", "model_line", "enum_line", "config_line")

Children: TypeAlias = list[Any]


def grammar_text() -> str:
    """Return the text of `grammar/prisma.lark`."""
    return resources.files("referee.grammar").joinpath("prisma.lark").read_bytes().decode()


@lru_cache(maxsize=1)
def line_parser() -> tuple[Lark, TreeBuilder]:
    """Return the parser of single lines and its builder, which notes the mistakes it sees."""
    builder = TreeBuilder()
    parser = Lark(
        grammar_text(),
        parser="lalr",
        lexer="contextual",
        start=list(START_SYMBOLS[1:]),
        keep_all_tokens=True,
        transformer=builder,
    )
    return parser, builder


class TreeBuilder(Transformer[Token, Any]):
    """One method for every rule and alias of the grammar that can match inside a line."""

    def __init__(self) -> None:
        super().__init__()
        self.mistakes: list[Mistake] = []

    # ---- lines ----

    def model_line(self, children: Children) -> tuple[Member | None, tuple[Comment, ...]]:
        member: Member | None = None
        comments: list[Comment] = []
        for child in children:
            if isinstance(child, Token):
                comments.append(Comment(_span(child), str(child)))
            else:
                member = child
        return member, tuple(comments)

    enum_line = model_line
    config_line = model_line

    # ---- members ----

    def field(self, children: Children) -> Field:
        name, field_type, *attributes = children
        last = attributes[-1] if attributes else field_type
        return Field(
            _name(name), field_type, tuple(attributes), Span(name.start_pos, last.span.end)
        )

    def required_type(self, children: Children) -> FieldType:
        name, unsupported, span = children[0]
        return FieldType(name, "required", unsupported, span)

    def optional_type(self, children: Children) -> FieldType:
        name, unsupported, span = children[0]
        return FieldType(name, "optional", unsupported, Span(span.start, children[1].end_pos))

    def list_type(self, children: Children) -> FieldType:
        name, unsupported, span = children[0]
        return FieldType(name, "list", unsupported, Span(span.start, children[2].end_pos))

    def base_type(self, children: Children) -> tuple[Name, str | None, Span]:
        name = _name(children[0])
        return name, None, name.span

    def unsupported_type(self, children: Children) -> tuple[Name, str | None, Span]:
        word, _, text, close = children
        return _name(word), self._unescape(text), Span(word.start_pos, close.end_pos)

    def enum_value(self, children: Children) -> EnumValue:
        name, *attributes = children
        end = attributes[-1].span.end if attributes else name.end_pos
        return EnumValue(_name(name), tuple(attributes), Span(name.start_pos, end))

    def setting(self, children: Children) -> Setting:
        name, equals, *values = children
        value = values[0] if values else None
        end = value.span.end if value is not None else equals.end_pos
        return Setting(_name(name), value, Span(name.start_pos, end))

    # ---- attributes ----

    def attribute(self, children: Children) -> Attribute:
        at, name, *rest = children
        arguments: tuple[Argument, ...] = ()
        arguments_span: Span | None = None
        end = name.span.end
        if rest:
            arguments, arguments_span = rest[0]
            end = rest[0][1].end
        return Attribute(name, arguments, arguments_span, Span(at.start_pos, end))

    def block_attribute(self, children: Children) -> BlockAttribute:
        attribute = self.attribute(children)
        return BlockAttribute(attribute, attribute.span)

    def path(self, children: Children) -> Name:
        if len(children) == 1:
            return _name(children[0])
        text = "".join(children)
        return Name(text, Span(children[0].start_pos, children[-1].end_pos))

    def arguments(self, children: Children) -> tuple[tuple[Argument, ...], Span]:
        found = tuple(child for child in children if not isinstance(child, Token))
        return found, Span(children[0].start_pos, children[-1].end_pos)

    def named_argument(self, children: Children) -> Argument:
        name, _, value = children
        return Argument(_name(name), value, Span(name.start_pos, value.span.end))

    def unnamed_argument(self, children: Children) -> Argument:
        value: Expression = children[0]
        return Argument(None, value, value.span)

    # ---- expressions ----

    def string(self, children: Children) -> StringLiteral:
        return StringLiteral(self._unescape(children[0]), _span(children[0]))

    def number(self, children: Children) -> NumberLiteral:
        return NumberLiteral(str(children[0]), _span(children[0]))

    def name(self, children: Children) -> NameLiteral:
        return NameLiteral(children[0].text, children[0].span)

    def call(self, children: Children) -> FunctionCall:
        name, (arguments, arguments_span) = children
        return FunctionCall(name.text, arguments, Span(name.span.start, arguments_span.end))

    def array(self, children: Children) -> ArrayLiteral:
        items = tuple(child for child in children if not isinstance(child, Token))
        return ArrayLiteral(items, Span(children[0].start_pos, children[-1].end_pos))

    def object(self, children: Children) -> ObjectLiteral:
        entries = tuple(child for child in children if not isinstance(child, Token))
        return ObjectLiteral(entries, Span(children[0].start_pos, children[-1].end_pos))

    def entry(self, children: Children) -> tuple[Name, Expression]:
        name, _, value = children
        return _name(name), value

    # ---- strings ----

    def _unescape(self, token: Token) -> str:
        if "\\" not in token:
            return str(token[1:-1])
        try:
            return str(json.loads(token, strict=False))
        except ValueError as error:
            position = getattr(error, "pos", 0)
            start = (token.start_pos or 0) + position
            self.mistakes.append(
                Mistake(
                    Span(start, start + 2),
                    "This is not an escape Prisma knows; write a backslash as `\\\\`.",
                )
            )
            return str(token[1:-1])


def _name(token: Token) -> Name:
    return Name(str(token), _span(token))


def _span(token: Token) -> Span:
    return Span(token.start_pos or 0, token.end_pos or 0)

