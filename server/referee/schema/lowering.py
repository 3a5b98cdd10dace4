"""From a block's syntax to its facts.

It is total: what makes no sense is left out, since saying so is the official validator's part.
It deliberately resolves no names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal, cast

from referee.schema.facts import (
    ACTIONS,
    Action,
    BlockFacts,
    CompositeFacts,
    Condition,
    DatasourceFacts,
    Default,
    EnumFacts,
    EnumValueFacts,
    Extension,
    FieldFacts,
    GeneratorFacts,
    IndexColumn,
    IndexFacts,
    IndexKind,
    ModelFacts,
    NativeType,
    Predicate,
    RelationAttribute,
)
from referee.syntax.tree import (
    Argument,
    ArrayLiteral,
    Attribute,
    Block,
    BlockAttribute,
    EnumValue,
    Expression,
    Field,
    FunctionCall,
    NameLiteral,
    NumberLiteral,
    ObjectLiteral,
    Setting,
    StringLiteral,
)

_WORDS = re.compile(r"\w+")
_BLOCK_ATTRIBUTES = frozenset(
    ["id", "unique", "index", "fulltext", "map", "ignore", "schema", "shardKey"]
)


class KnownFields:
    """What fields are known to say, so that it is worked out once for each.

    A field counts as itself alone, whatever it equals: lines with the same text share theirs.
    """

    __slots__ = ("_facts", "_fields")

    def __init__(self) -> None:
        self._facts: dict[int, FieldFacts] = {}
        # They must not go while their identities are in use.
        self._fields: list[Field] = []

    def take_from(self, block: Block, facts: ModelFacts) -> None:
        """Take over what the fields of a model say."""
        fields = _unique_fields(block)
        self._facts.update(zip(map(id, fields), facts.fields, strict=True))
        self._fields += fields

    def facts_of(self, field: Field) -> FieldFacts:
        """Return what a field says."""
        facts = self._facts.get(id(field))
        if facts is None:
            facts = self._facts[id(field)] = _lower_field(field)
            self._fields.append(field)
        return facts


_ACTIONS: Mapping[str, Action] = {action: action for action in ACTIONS}


def lower_block(block: Block, known: KnownFields | None = None) -> BlockFacts | None:
    """Return the facts of a block; None if Prisma knows no such block."""
    if block.kind in ("model", "view"):
        kind: Literal["model", "view"] = "view" if block.kind == "view" else "model"
        return _lower_model(block, kind, known or KnownFields())
    if block.kind == "type":
        fields = _unique_fields(block)
        return CompositeFacts(block.name.text, tuple(_lower_field(field) for field in fields))
    if block.kind == "enum":
        return _lower_enum(block)
    if block.kind == "datasource":
        return _lower_datasource(block)
    if block.kind == "generator":
        return _lower_generator(block)
    return None


def expression_text(value: Expression) -> str:
    """Return an expression as normalised text, the same however it is spaced."""
    if isinstance(value, StringLiteral):
        escaped = value.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, NumberLiteral | NameLiteral):
        return value.text
    if isinstance(value, ArrayLiteral):
        return "[" + ", ".join(expression_text(item) for item in value.items) + "]"
    if isinstance(value, ObjectLiteral):
        entries = (f"{name.text}: {expression_text(entry)}" for name, entry in value.entries)
        return "{ " + ", ".join(entries) + " }"
    return f"{value.name}({', '.join(_argument_text(each) for each in value.arguments)})"


def _argument_text(argument: Argument) -> str:
    value = expression_text(argument.value)
    return value if argument.name is None else f"{argument.name.text}: {value}"


# ---- models ----


def _lower_model(block: Block, kind: Literal["model", "view"], known: KnownFields) -> ModelFacts:
    fields: list[FieldFacts] = []
    indexes: list[IndexFacts] = []
    for field in _unique_fields(block):
        fields.append(known.facts_of(field))
        if field.attributes:
            indexes += _field_indexes(field)
    mapped_name: str | None = None
    database_schema: str | None = None
    is_ignored = False
    for ordinal, attribute in enumerate(block_attributes(block)):
        name = attribute.name.text
        if name == "map":
            mapped_name = _string(attribute.argument("name", 0)) or mapped_name
        elif name == "schema":
            database_schema = _string(attribute.argument("map", 0)) or database_schema
        elif name == "ignore":
            is_ignored = True
        elif name in ("id", "unique", "index", "fulltext"):
            indexes.append(_lower_index(attribute, cast(IndexKind, name), ordinal))
    return ModelFacts(
        block.name.text,
        kind,
        tuple(fields),
        tuple(indexes),
        mapped_name,
        database_schema,
        is_ignored,
        _broken_words(block),
    )


def block_attributes(block: Block) -> list[Attribute]:
    """Return the block attributes that parsed, in order; facts refer to them by position."""
    return [
        line.member.attribute for line in block.lines if isinstance(line.member, BlockAttribute)
    ]


def _unique_fields(block: Block) -> list[Field]:
    seen: dict[str, Field] = {}
    for line in block.lines:
        if isinstance(line.member, Field):
            seen.setdefault(line.member.name.text, line.member)
    return list(seen.values())


def _broken_words(block: Block) -> frozenset[str]:
    """Return the words of lines whose meaning is not known: broken, or of an unknown attribute.

    A misspelt `@@index` may have been meant as one.
    """
    broken = [
        line.text
        for line in block.lines
        if (line.mistakes and line.member is None)
        or (
            isinstance(line.member, BlockAttribute)
            and line.member.attribute.name.text not in _BLOCK_ATTRIBUTES
        )
    ]
    if not broken:
        return frozenset()
    return frozenset(word for text in broken for word in _WORDS.findall(text))


def _lower_field(field: Field) -> FieldFacts:
    mapped_name: str | None = None
    default: Default | None = None
    native_type: NativeType | None = None
    relation: RelationAttribute | None = None
    flags = {"id": False, "unique": False, "updatedAt": False, "ignore": False}
    for attribute in field.attributes:
        name = attribute.name.text
        if name in flags:
            flags[name] = True
        elif name == "map":
            mapped_name = _string(attribute.argument("name", 0)) or mapped_name
        elif name == "default":
            default = _lower_default(attribute) or default
        elif name == "relation":
            relation = relation or _lower_relation(attribute)
        elif "." in name:
            native_type = native_type or NativeType(
                name.split(".", 1)[1],
                tuple(_argument_text(each) for each in attribute.arguments),
            )
    return FieldFacts(
        field.name.text,
        field.type.name.text,
        field.type.arity,
        field.type.unsupported,
        mapped_name,
        default,
        native_type,
        relation,
        flags["id"],
        flags["unique"],
        flags["updatedAt"],
        flags["ignore"],
    )


def _lower_default(attribute: Attribute) -> Default | None:
    argument = attribute.argument("value", 0)
    if argument is None:
        return None
    constraint_name = _string(attribute.argument("map"))
    value = argument.value
    text = expression_text(value)
    if isinstance(value, FunctionCall):
        arguments = tuple(_argument_text(each) for each in value.arguments)
        return Default(text, value.name, arguments, constraint_name)
    return Default(text, None, (), constraint_name)


def _lower_relation(attribute: Attribute) -> RelationAttribute:
    named = _named(attribute)
    return RelationAttribute(
        _string(named.get("name") or attribute.argument("name", 0)),
        _names(named.get("fields")),
        _names(named.get("references")),
        _action(named.get("onDelete")),
        _action(named.get("onUpdate")),
        _string(named.get("map")),
    )


def _action(argument: Argument | None) -> Action | None:
    if argument is None or not isinstance(argument.value, NameLiteral):
        return None
    return _ACTIONS.get(argument.value.text)


# ---- indexes ----


def _field_indexes(field: Field) -> Iterable[IndexFacts]:
    for attribute in field.attributes:
        name = attribute.name.text
        if name not in ("id", "unique"):
            continue
        named = _named(attribute)
        column = IndexColumn(
            field.name.text, _word(named.get("sort")), _number(named.get("length"))
        )
        yield IndexFacts(
            cast(IndexKind, name),
            (column,),
            None,
            _predicate(named.get("where")),
            _string(named.get("map")),
            None,
            field.name.text,
            None,
            _boolean(named.get("clustered")),
        )


def _lower_index(attribute: Attribute, kind: IndexKind, ordinal: int) -> IndexFacts:
    fields = attribute.argument("fields", 0)
    columns: tuple[IndexColumn, ...] = ()
    if fields is not None:
        # One column may stand without brackets, as `@@index(title)`.
        value = fields.value
        items = value.items if isinstance(value, ArrayLiteral) else (value,)
        columns = tuple(column for item in items if (column := _index_column(item)) is not None)
    named = _named(attribute)
    constraint_name = _string(named.get("map"))
    if kind in ("index", "fulltext"):
        # Before `map` there was `name`, and the schema engine still takes it (seen in its SQL).
        constraint_name = constraint_name or _string(named.get("name"))
    return IndexFacts(
        kind,
        columns,
        _word(named.get("type")),
        _predicate(named.get("where")),
        constraint_name,
        _string(named.get("name")),
        None,
        ordinal,
        _boolean(named.get("clustered")),
    )


def _index_column(item: Expression) -> IndexColumn | None:
    if isinstance(item, NameLiteral):
        return IndexColumn(item.text)
    if not isinstance(item, FunctionCall):
        return None
    arguments = {each.name.text: each for each in item.arguments if each.name is not None}
    operator_class = arguments.get("ops")
    return IndexColumn(
        item.name,
        _word(arguments.get("sort")),
        _number(arguments.get("length")),
        expression_text(operator_class.value) if operator_class is not None else None,
    )


def _predicate(argument: Argument | None) -> Predicate | None:
    if argument is None:
        return None
    value = argument.value
    if isinstance(value, FunctionCall) and value.name == "raw" and value.arguments:
        text = value.arguments[0].value
        return Predicate(raw=text.value if isinstance(text, StringLiteral) else "")
    if isinstance(value, ObjectLiteral):
        return Predicate(conditions=tuple(_condition(n.text, e) for n, e in value.entries))
    return Predicate(raw=expression_text(value))


def _condition(field: str, value: Expression) -> Condition:
    if isinstance(value, ObjectLiteral) and len(value.entries) == 1:
        name, inner = value.entries[0]
        if name.text == "not":
            return Condition(field, True, expression_text(inner))
    return Condition(field, False, expression_text(value))


# ---- enums, datasource, generator ----


def _lower_enum(block: Block) -> EnumFacts:
    values: dict[str, EnumValueFacts] = {}
    for line in block.lines:
        if isinstance(line.member, EnumValue):
            mapped = None
            for attribute in line.member.attributes:
                if attribute.name.text == "map":
                    mapped = _string(attribute.argument("name", 0))
            name = line.member.name.text
            values.setdefault(name, EnumValueFacts(name, mapped))
    mapped_name: str | None = None
    database_schema: str | None = None
    for attribute in block_attributes(block):
        if attribute.name.text == "map":
            mapped_name = _string(attribute.argument("name", 0))
        elif attribute.name.text == "schema":
            database_schema = _string(attribute.argument("map", 0))
    return EnumFacts(block.name.text, tuple(values.values()), mapped_name, database_schema)


def _settings(block: Block) -> dict[str, Expression]:
    found: dict[str, Expression] = {}
    for line in block.lines:
        if isinstance(line.member, Setting) and line.member.value is not None:
            found.setdefault(line.member.name.text, line.member.value)
    return found


def _lower_datasource(block: Block) -> DatasourceFacts:
    settings = _settings(block)
    mode = settings.get("relationMode") or settings.get("referentialIntegrity")
    return DatasourceFacts(
        block.name.text,
        _text(settings.get("provider")),
        _text(mode),
        _texts(settings.get("schemas")),
        _extensions(settings.get("extensions")),
    )


def _extensions(value: Expression | None) -> tuple[Extension, ...]:
    if not isinstance(value, ArrayLiteral):
        return ()
    found: dict[str, Extension] = {}
    for item in value.items:
        if isinstance(item, NameLiteral):
            found[item.text] = Extension(item.text)
        elif isinstance(item, FunctionCall):
            written = {
                each.name.text: _text(each.value)
                for each in item.arguments
                if each.name is not None
            }
            name = written.get("map") or item.name
            found[item.name] = Extension(name, written.get("schema"), written.get("version"))
    # In the order of the names they are written under, as the schema engine makes them.
    return tuple(found[name] for name in sorted(found))


def _lower_generator(block: Block) -> GeneratorFacts:
    settings = _settings(block)
    return GeneratorFacts(
        block.name.text,
        _text(settings.get("provider")),
        _texts(settings.get("previewFeatures")),
        _text(settings.get("output")),
    )


# ---- values of arguments ----


def _named(attribute: Attribute) -> dict[str, Argument]:
    """Return the arguments that have a name by it, of equal names the first."""
    arguments = reversed(attribute.arguments)
    return {each.name.text: each for each in arguments if each.name is not None}


def _text(value: Expression | None) -> str | None:
    return value.value if isinstance(value, StringLiteral) else None


def _texts(value: Expression | None) -> tuple[str, ...]:
    if isinstance(value, ArrayLiteral):
        return tuple(item.value for item in value.items if isinstance(item, StringLiteral))
    text = _text(value)
    return () if text is None else (text,)


def _string(argument: Argument | None) -> str | None:
    return None if argument is None else _text(argument.value)


def _word(argument: Argument | None) -> str | None:
    if argument is None or not isinstance(argument.value, NameLiteral):
        return None
    return argument.value.text


def _number(argument: Argument | None) -> int | None:
    if argument is None or not isinstance(argument.value, NumberLiteral):
        return None
    return int(argument.value.text) if argument.value.text.lstrip("-").isdigit() else None


def _boolean(argument: Argument | None) -> bool | None:
    word = _word(argument)
    return None if word is None else word == "true"


def _names(argument: Argument | None) -> tuple[str, ...] | None:
    if argument is None:
        return None
    if isinstance(argument.value, ArrayLiteral):
        items = argument.value.items
        return tuple(item.text for item in items if isinstance(item, NameLiteral))
    if isinstance(argument.value, NameLiteral):
        return (argument.value.text,)
    return ()
