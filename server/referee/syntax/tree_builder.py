"""What each rule of the grammar means: from the parts of a line to a value of the syntax tree.

It deliberately knows neither lark nor how the parts were found.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

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

# What a mistake is about: a form of the language that is not accepted anywhere, a trailing comma,
# or another thing about arguments. Prisma does not look at the arguments of everything.
NoteKind = Literal["form", "comma", "argument"]

Children: TypeAlias = tuple[Any, ...]


class TreeBuilder:
    """One method for every rule and alias of the grammar, which is given its children.

    A token is given as a Name, and as any Name where its text does not matter. `notes` collects
    what parses and yet is refused.
    """

    def __init__(self) -> None:
        self.notes: list[tuple[NoteKind, Mistake]] = []

    # ---- a whole file ----

    def schema(self, children: Children) -> list[Any]:
        return [child for child in children if type(child) is not Name]

    def model_block(self, children: Children) -> tuple[Name, Name, list[Any]]:
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
        field = self.field((name, *rest))
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
