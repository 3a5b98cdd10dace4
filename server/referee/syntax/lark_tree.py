"""The lark grammar, loaded once, and the builder that turns its matches into the syntax tree.

It deliberately does not know about blocks: a match is one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import resources
from itertools import accumulate
from typing import Any, Literal, NamedTuple, TypeAlias

from lark import Lark, Token, Tree

from referee.syntax.characters import plain
from referee.syntax.strings import unescape
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

LineKind = Literal["model_line", "enum_line", "config_line"]
LINE_SYMBOLS: tuple[LineKind, ...] = ("model_line", "enum_line", "config_line")

# What a mistake is about: a form of the language that is not accepted anywhere, a trailing comma,
# or another thing about arguments. Prisma does not look at the arguments of everything.
NoteKind = Literal["form", "comma", "argument"]

Children: TypeAlias = list[Any]
# A member if there is one, the comments around it, and what Prisma refuses although it reads it.
LineContent: TypeAlias = tuple["Member | None", tuple[Comment, ...], tuple[Mistake, ...]]


def grammar_text() -> str:
    """Return the text of `grammar/prisma.lark`."""
    return resources.files("referee.grammar").joinpath("prisma.lark").read_bytes().decode()


@lru_cache(maxsize=1)
def line_reader() -> LineReader:
    """Return the reader of single lines; making it reads the grammar, once in a process."""
    return LineReader()


class LineReader:
    """Reads lines that parse, with one parse for all lines of the same shape.

    The shape of a line is the sequence of its tokens without what stands in words, strings and
    comments, of which the grammar sees nothing either. What lark makes of the first line of a
    shape is kept as a recipe, and every line of the shape is built by that recipe.
    """

    __slots__ = ("_builder", "_lark", "_recipes", "limit")

    def __init__(self, limit: int = 20_000) -> None:
        self._lark = Lark(
            grammar_text(),
            parser="lalr",
            lexer="contextual",
            start=list(LINE_SYMBOLS),
            keep_all_tokens=True,
        )
        self._builder = TreeBuilder()
        self._recipes: dict[tuple[LineKind, str], Recipe] = {}
        self.limit = limit

    @property
    def shapes(self) -> int:
        """How many shapes of lines are remembered."""
        return len(self._recipes)

    def read(self, kind: LineKind, text: str) -> LineContent:
        """Return what a line without its line end holds; raise lark's UnexpectedInput if broken."""
        if len(text) > _LONGEST_LINE_WITH_SHAPE:
            return self.read_without_shapes(kind, text)
        tokens = _TOKEN.findall(plain(text))
        shape = shape_of(tokens)
        if shape is None:
            return self.read_without_shapes(kind, text)
        offsets = list(accumulate(map(len, tokens), initial=0))
        recipe = self._recipes.get((kind, shape))
        if recipe is None:
            if len(self._recipes) >= self.limit:
                self._recipes.clear()
            bounds = {offset: index for index, offset in enumerate(offsets)}
            recipe = recipe_of(self.parse(kind, text), self._builder, bounds)
            self._recipes[kind, shape] = recipe
        return self._build(recipe, text, offsets)

    def read_without_shapes(self, kind: LineKind, text: str) -> LineContent:
        """Return the same by a parse of this very line: what `read` is compared with."""
        return self._build(recipe_of(self.parse(kind, text), self._builder), text)

    def parse(self, kind: LineKind, text: str) -> Tree[Token]:
        """Return lark's own tree of a line."""
        return self._lark.parse(plain(text), start=kind)

    def _build(
        self, recipe: Recipe, text: str, offsets: Sequence[int] | None = None
    ) -> LineContent:
        builder = self._builder
        builder.notes.clear()
        member, comments = build(recipe, text, offsets)
        return member, comments, tuple(mistake for _, mistake in builder.notes)


# ---- shapes ------------------------------------------------------------------------------------

_LONGEST_LINE_WITH_SHAPE = 2_000

# Finer than the terminals of the grammar: each of those is a run of these.
_TOKEN = re.compile(
    r"""[ \t]+|[A-Za-z][0-9A-Za-z_-]*|[0-9]+"""
    r"""|"[^"\\\x00-\x1f]*(?:\\[^\r\n][^"\\\x00-\x1f]*)*"|//[^\r\n]*"""
    r"""|/\*[^*]*\*+(?:[^*/][^*]*\*+)*/|.""",
    re.DOTALL,
)
_CLASSES = {chr(code): chr(code) for code in range(128)}
_CLASSES.update(dict.fromkeys("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "a"))
_CLASSES.update(dict.fromkeys("0123456789", "0"))
_CLASSES["\t"] = " "


def shape_of(tokens: list[str]) -> str | None:
    """Return a text that is equal for lines the grammar cannot tell apart; None for broken ones."""
    shape = "".join([_CLASSES[token[0]] for token in tokens])
    if "/" in shape:
        # Tells `//` from `/*`; of both, only what kind it is matters.
        shape += "".join([token[:2] for token in tokens if token[0] == "/"])
    if "Unsupported" in tokens:
        shape += " ".join(str(i) for i, token in enumerate(tokens) if token == "Unsupported")
    return None if '"' in tokens or "/" in tokens else shape


# Punctuation that no method of the builder looks at.
_ALWAYS_IDLE = frozenset({"COMMA", "COLON", "EQUAL"})
_IDLE_TOKENS = {
    "arguments_with_trailing_comma": frozenset[str](),
    "argument_without_value": frozenset[str](),
    "field_with_colon": frozenset[str](),
    "setting_without_value": frozenset[str](),
}
_IDLE = Name("", Span(0, 0))
new_tuple: Callable[[type, tuple[Any, ...]], Any] = tuple.__new__


class Recipe(NamedTuple):
    """How to build the tree of a line from its tokens.

    `leaves` are the bounds of the tokens, counted in tokens of the shape (or in characters);
    a step is a method of the builder and the numbers of its children: 0 is a token of no
    interest, then come the leaves, then the results of the steps before.
    """

    leaves: tuple[tuple[int, int], ...]
    steps: tuple[tuple[Callable[[Children], Any], tuple[int, ...]], ...]


def recipe_of(
    tree: Tree[Token], builder: TreeBuilder, bounds: dict[int, int] | None = None
) -> Recipe:
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
    steps: list[tuple[Callable[[Children], Any], list[int]]] = []
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
        steps.append((getattr(builder, node.data), children))
    count = len(leaves)
    return Recipe(
        tuple(leaves),
        tuple(
            (method, tuple(child if child >= 0 else count - child for child in children))
            for method, children in steps
        ),
    )


def build(recipe: Recipe, text: str, offsets: Sequence[int] | None = None) -> Any:
    """Return what the last step of a recipe makes of a text."""
    leaves, steps = recipe
    values: Children = [_IDLE]
    if offsets is None:
        values += [Name(text[start:end], Span(start, end)) for start, end in leaves]
    else:
        # The same as above with less ceremony: this is where reading a file spends its time.
        for i, j in leaves:
            start, end = offsets[i], offsets[j]
            span = new_tuple(Span, (start, end))
            values.append(new_tuple(Name, (text[start:end], span)))
    for method, children in steps:
        values.append(method([values[child] for child in children]))
    return values[-1]


# ---- the tree ----------------------------------------------------------------------------------


class TreeBuilder:
    """One method for every rule and alias of the grammar; a token is given as a Name.

    `notes` collects what parses and yet is refused.
    """

    def __init__(self) -> None:
        self.notes: list[tuple[NoteKind, Mistake]] = []

    # ---- a whole file ----

    def schema(self, children: Children) -> Children:
        return [child for child in children if type(child) is not Name]

    def model_block(self, children: Children) -> tuple[Name, Name, Children]:
        lines = [child for child in children[2:] if type(child) is not Name]
        return children[0], children[1], lines

    enum_block = model_block
    config_block = model_block

    # ---- lines ----

    def model_line(self, children: Children) -> tuple[Member | None, tuple[Comment, ...]]:
        if len(children) == 1 and type(children[0]) is not Name:
            return children[0], ()
        member: Member | None = None
        comments: list[Comment] = []
        for child in children:
            if type(child) is Name:
                comments.append(Comment(child.span, child.text))
            else:
                member = child
        return member, tuple(comments)

    enum_line = model_line
    config_line = model_line

    # ---- members ----

    def field(self, children: Children) -> Field:
        name, field_type, *attributes = children
        last = attributes[-1] if attributes else field_type
        return Field(name, field_type, tuple(attributes), Span(name.span[0], last.span[1]))

    def field_with_colon(self, children: Children) -> Field:
        name, colon, *rest = children
        field = self.field([name, *rest])
        # Prisma looks at nothing else in such a field.
        self._forget("form", "comma", "argument", within=field.span)
        self._note(
            colon.span,
            f"A field is written without a colon; expected `{name.text} {field.type.name.text}`.",
        )
        return field

    def required_type(self, children: Children) -> FieldType:
        name, unsupported, span = children[0]
        return FieldType(name, "required", unsupported, span)

    def optional_type(self, children: Children) -> FieldType:
        name, unsupported, span = children[0]
        return FieldType(name, "optional", unsupported, Span(span[0], children[1].span[1]))

    def list_type(self, children: Children) -> FieldType:
        name, unsupported, span = children[0]
        return FieldType(name, "list", unsupported, Span(span[0], children[1].span[1]))

    def legacy_required_type(self, children: Children) -> FieldType:
        name, unsupported, span = children[0]
        mark = children[1].span
        self._note(mark, f"A field is required without any mark; expected `{name.text}` alone.")
        return FieldType(name, "required", unsupported, Span(span[0], mark[1]))

    def legacy_list_type(self, children: Children) -> FieldType:
        opening, (name, unsupported, _), closing = children
        span = Span(opening.span[0], closing.span[1])
        self._note(span, f"A list has its brackets behind the type; expected `{name.text}[]`.")
        return FieldType(name, "list", unsupported, span)

    def optional_list_type(self, children: Children) -> FieldType:
        (name, unsupported, span), _, mark = children
        self._note(
            mark.span,
            f"A list cannot be optional; expected `{name.text}[]` or `{name.text}?`.",
        )
        return FieldType(name, "list", unsupported, Span(span[0], mark.span[1]))

    def base_type(self, children: Children) -> tuple[Name, str | None, Span]:
        name = children[0]
        return name, None, name.span

    def unsupported_type(self, children: Children) -> tuple[Name, str | None, Span]:
        word, _, text, close = children
        return word, self._unescape(text), Span(word.span[0], close.span[1])

    def enum_value(self, children: Children) -> EnumValue:
        name, *attributes = children
        end = attributes[-1].span[1] if attributes else name.span[1]
        return EnumValue(name, tuple(attributes), Span(name.span[0], end))

    def setting(self, children: Children) -> Setting:
        name, _, value = children
        if self.notes:
            # Nor at those of functions in settings.
            self._forget("comma", "argument", within=value.span)
        return Setting(name, value, Span(name.span[0], value.span[1]))

    def setting_without_value(self, children: Children) -> Setting:
        name, equals = children
        span = Span(name.span[0], equals.span[1])
        self._note(span, f"The setting `{name.text}` has no value; expected one after `=`.")
        return Setting(name, None, span)

    # ---- attributes ----

    def attribute(self, children: Children) -> Attribute:
        at = children[0].span[0]
        name = children[1]
        if len(children) == 2:
            return Attribute(name, (), None, Span(at, name.span[1]))
        arguments, arguments_span = children[2]
        span = Span(at, arguments_span[1])
        if "." in name.text:
            # A native type: Prisma never looks at the form of its arguments.
            if self.notes:
                self._forget("comma", "argument", within=arguments_span)
        else:
            unnamed = [argument for argument in arguments if argument.name is None]
            if len(unnamed) > 1:
                self._note(
                    unnamed[1].span,
                    "Only one argument can go without a name; expected `name: value`, "
                    "or a list in brackets.",
                    "argument",
                )
        return Attribute(name, arguments, arguments_span, span)

    def block_attribute(self, children: Children) -> BlockAttribute:
        attribute = self.attribute(children)
        return BlockAttribute(attribute, attribute.span)

    def arguments(self, children: Children) -> tuple[tuple[Argument, ...], Span]:
        found = tuple([child for child in children if type(child) is Argument])
        return found, Span(children[0].span[0], children[-1].span[1])

    def arguments_with_trailing_comma(
        self, children: Children
    ) -> tuple[tuple[Argument, ...], Span]:
        self._note(
            children[-2].span,
            "The last argument has a comma behind it; expected `)` without one.",
            "comma",
        )
        return self.arguments(children)

    def named_argument(self, children: Children) -> Argument:
        name, _, value = children
        return Argument(name, value, Span(name.span[0], value.span[1]))

    def argument_without_value(self, children: Children) -> None:
        name, colon = children
        self._note(
            Span(name.span[0], colon.span[1]),
            f"The argument `{name.text}` has no value; expected one after the colon.",
            "argument",
        )

    def unnamed_argument(self, children: Children) -> Argument:
        value: Expression = children[0]
        return Argument(None, value, value.span)

    # ---- expressions ----

    def string(self, children: Children) -> StringLiteral:
        token = children[0]
        if "\\" in token.text:
            return StringLiteral(self._unescape(token), token.span)
        return StringLiteral(token.text[1:-1], token.span)

    def number(self, children: Children) -> NumberLiteral:
        return NumberLiteral(*children[0])

    def constant(self, children: Children) -> NameLiteral:
        return NameLiteral(*children[0])

    def call(self, children: Children) -> FunctionCall:
        name, (arguments, arguments_span) = children
        return FunctionCall(name.text, arguments, Span(name.span[0], arguments_span[1]))

    def array(self, children: Children) -> ArrayLiteral:
        items = tuple([child for child in children if type(child) is not Name])
        span = Span(children[0].span[0], children[-1].span[1])
        if self.notes:
            # `@@index([id(sort: Desc,)])` is accepted by Prisma.
            self._forget("comma", within=span)
        return ArrayLiteral(items, span)

    def object(self, children: Children) -> ObjectLiteral:
        entries = tuple([child for child in children if type(child) is not Name])
        return ObjectLiteral(entries, Span(children[0].span[0], children[-1].span[1]))

    def entry(self, children: Children) -> tuple[Name, Expression]:
        name, _, value = children
        return name, value

    # ---- mistakes ----

    def _note(self, span: Span, message: str, about: NoteKind = "form") -> None:
        self.notes.append((about, Mistake(span, message)))

    def _forget(self, *kinds: NoteKind, within: Span) -> None:
        self.notes = [
            note
            for note in self.notes
            if note[0] not in kinds or not within.start <= note[1].span.start < within.end
        ]

    def _unescape(self, token: Name) -> str:
        value, meaningless = unescape(token.text[1:-1])
        start = token.span.start + 1
        for span in meaningless:
            written = token.text[1:-1][span.start : span.end]
            if written.startswith("\\u"):
                sentence = (
                    f"`{written}` is no character; expected four hexadecimal digits behind `\\u`, "
                    "or a pair of surrogates."
                )
            else:
                shown = f"`{written}`" if written.isprintable() else "This"
                sentence = f"{shown} is no escape; expected `\\\\` for a backslash."
            self._note(span.shifted(start), sentence)
        return value
