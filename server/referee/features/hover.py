"""What to show beside the cursor: the thing at an offset of a file, and what is to be told of it.

It deliberately knows no protocol; offsets count code points from the start of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from referee.engine.snapshot import Snapshot
from referee.features.diagnostics import Diagnostic, diagnostics_at
from referee.features.hover_declarations import (
    Keeper,
    about_composite,
    about_enum,
    about_enum_value,
    about_model,
    about_scalar_field,
)
from referee.features.hover_parts import Code, Part, Prose, Rule, markdown_of, plain_of, quoted
from referee.features.hover_relations import about_relation, key_of_field, parties_of
from referee.features.language.actions import ANYBODY, Event, action_sentence
from referee.features.language.attributes import (
    ARGUMENTS,
    ATTRIBUTES,
    INDEX_TYPES,
    NATIVE_TYPE,
    SORT_ORDERS,
)
from referee.features.language.entry import Entry, entry_text
from referee.features.language.functions import FUNCTION_ARGUMENTS, FUNCTIONS
from referee.features.language.keywords import KEYWORDS
from referee.features.language.native_type_texts import native_type_text
from referee.features.language.properties import (
    CLIENTS,
    DATABASES,
    DATASOURCE_PROPERTIES,
    EXTENSION_ARGUMENTS,
    GENERATOR_PROPERTIES,
    PREVIEW_FEATURES,
    RELATION_MODES,
)
from referee.features.language.scalars import SCALARS, scalar_text
from referee.features.placing import Placer, place_of_offset
from referee.rules.catalogue import ALL_RULES, MIGRATION_CODE_NAMES, TOOL_CODES
from referee.rules.executed import executed_here
from referee.schema.facts import ACTIONS, CompositeFacts, EnumFacts, FieldFacts, ModelFacts
from referee.schema.names import index_name
from referee.schema.providers import Database
from referee.schema.view import SchemaView
from referee.syntax.source import Source
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
    Gap,
    Line,
    NameLiteral,
    ObjectLiteral,
    Setting,
    Span,
    StringLiteral,
)

_SPACES = re.compile(r"[ \t]{2,}")
_DOC_COMMENT = re.compile(r"[ \t]*///[ \t]?(?P<text>[^\r\n]*)(?:\r\n|\r|\n)?\Z")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
# A comment of the schema's own is shown up to this many lines.
_COMMENT_LINES = 8


@dataclass(frozen=True, slots=True)
class HoverText:
    """What to show, and the stretch of the file that it is about."""

    parts: tuple[Part, ...]
    span: Span

    @property
    def markdown(self) -> str:
        """The text as Markdown."""
        return markdown_of(self.parts)

    @property
    def plain(self) -> str:
        """The text for clients that show it as it is."""
        return plain_of(self.parts)


class _Found(NamedTuple):
    """What stands at an offset: its place in the file, and what is to be told of it."""

    span: Span
    parts: Iterable[Part]


def hover_at(
    snapshot: Snapshot,
    path: str,
    offset: int,
    placer: Placer | None = None,
    told: Iterable[Diagnostic] | None = None,
    keeper: Keeper | None = None,
) -> HoverText | None:
    """Return what to show at an offset of a file; None where there is nothing to tell.

    `told` are the diagnostics of the file, or at least those near the offset, for a caller that
    has them; `keeper` keeps what hovers of earlier snapshots worked out.
    Raises KeyError if the schema has no such file.
    """
    source = snapshot.sources[path]
    placer = placer or Placer(snapshot)
    found = _Finder(snapshot, source, offset, placer, keeper).found()
    if found is None and offset > 0:
        # A cursor behind the last character of a word means that word.
        found = _Finder(snapshot, source, offset - 1, placer, keeper).found()
        found = found if found is not None and found.span.end == offset else None
    findings = [
        each
        for each in (
            diagnostics_at(snapshot, path, Span(offset, offset), placer) if told is None else told
        )
        if each.span.start <= offset < max(each.span.end, each.span.start + 1)
    ]
    parts = [] if found is None else list(found.parts)
    for finding in findings:
        # Where several findings meet, each is told in short.
        is_alone = len(findings) == 1
        about = _about_finding(finding, snapshot.view.database, is_alone)
        parts += [*([Rule()] if parts else []), *about]
    if not parts:
        return None
    span = found.span if found is not None else min((f.span for f in findings), key=_length)
    return HoverText(tuple(parts), span)


def _length(span: Span) -> int:
    return span.end - span.start


# --- Findings ------------------------------------------------------------------------------------


def _about_finding(finding: Diagnostic, database: Database, is_alone: bool) -> Iterator[Part]:
    yield Prose(f"`{finding.code}` ({finding.severity}): {finding.message}")
    lead = lead_of(_documentation(finding.code), 2 if is_alone else 1)
    if lead:
        yield Prose(lead)
    rule = next((rule for rule in ALL_RULES if rule.code == finding.code), None)
    if rule is not None and is_alone and (executed := executed_here(rule, database)):
        yield Prose(executed)


def _documentation(code: str) -> str:
    texts = {rule.code: rule.documentation for rule in ALL_RULES}
    texts.update({other.code: other.documentation for other in TOOL_CODES})
    if code in MIGRATION_CODE_NAMES:
        from referee.migrations.catalogue import MIGRATION_CODES  # noqa: PLC0415  few need it

        texts.update({other.code: other.documentation for other in MIGRATION_CODES})
    return texts.get(code, "")


def lead_of(documentation: str, most: int) -> str:
    """Return the first paragraphs of a rule's text, as far as they come before its example."""
    prose = documentation.partition("```")[0]
    paragraphs = [" ".join(each.split()) for each in re.split(r"\n\s*\n", prose) if each.strip()]
    return "\n\n".join(paragraphs[:most])


# --- Finding what stands at an offset ------------------------------------------------------------


class _Finder:
    """Looks for what stands at one offset of one file."""

    def __init__(
        self,
        snapshot: Snapshot,
        source: Source,
        offset: int,
        placer: Placer,
        keeper: Keeper | None,
    ) -> None:
        self.snapshot = snapshot
        self.placer = placer
        self.keeper = keeper
        self.view: SchemaView = snapshot.view
        self.database = snapshot.view.database
        self.source = source
        self.place = place_of_offset(source, offset)
        self.offset = offset
        self.block: Block | None = self.place.block
        # Where spans count from: the block's start in its header, the line's start in a line.
        self.base = self.place.block_start
        self.text = ""

    def found(self) -> _Found | None:
        """Return what stands there."""
        block = self.block
        if block is None or block.kind == "unknown":
            return None
        if self.place.line_number is None:
            return self._in_header(block)
        line = block.lines[self.place.line_number]
        self.base = self.place.block_start + block.offsets[self.place.line_number]
        self.text = line.text
        member = line.member
        if isinstance(member, Field):
            return self._in_field(block, member)
        if isinstance(member, EnumValue):
            return self._in_enum_value(block, member)
        if isinstance(member, Setting):
            return self._in_setting(block, member)
        if isinstance(member, BlockAttribute):
            return self._in_attribute(block, member.attribute, "@@", None)
        return None

    def _is_at(self, span: Span) -> bool:
        return span.start <= self.offset - self.base < span.end

    def _tell(self, span: Span, parts: Iterable[Part]) -> _Found:
        return _Found(span.shifted(self.base), parts)

    def _entry(self, span: Span, entry: Entry | None, more: Iterable[Part] = ()) -> _Found | None:
        if entry is None:
            return None
        return self._tell(span, (Code(entry.form), Prose(entry_text(entry, self.database)), *more))

    # --- Headers ---

    def _in_header(self, block: Block) -> _Found | None:
        if self._is_at(block.keyword.span):
            return self._entry(block.keyword.span, KEYWORDS.get(block.keyword.text))
        if not self._is_at(block.name.span):
            return None
        if block.kind == "datasource":
            return self._tell(block.name.span, self._about_datasource(block))
        if block.kind == "generator":
            return self._entry(block.name.span, KEYWORDS["generator"])
        return self._declaration(block.name.text, block.name.span)

    def _about_datasource(self, block: Block) -> Iterator[Part]:
        yield Code(f"datasource {block.name.text}")
        provider = self.database.provider
        if provider is None:
            yield Prose("It names no database that Prisma knows.")
            return
        yield Prose(entry_text(DATABASES[provider], self.database))
        mode = self.database.relation_mode
        written = "written" if self.database.is_relation_mode_written else "by default"
        yield Prose(f"`relationMode` is `{mode}`, {written}. {RELATION_MODES[mode].text}")

    def _declaration(self, name: str, span: Span) -> _Found | None:
        declared = self.snapshot.declared.get(name)
        comment = ""
        if declared is not None:
            start = self.placer.block_start(declared.path, declared.block)
            comment = _comment_above(self.snapshot.sources[declared.path], start)
        found = self.view.declaration(name)
        if isinstance(found, ModelFacts):
            return self._tell(span, about_model(found, self.view, comment, self.keeper))
        if isinstance(found, EnumFacts):
            return self._tell(span, about_enum(found, self.view, comment))
        if isinstance(found, CompositeFacts):
            return self._tell(span, about_composite(found, self.view, comment))
        return None

    # --- Members ---

    def _in_field(self, block: Block, field: Field) -> _Found | None:
        if self._is_at(field.name.span):
            return self._field(block.name.text, field.name.text, field.name.span)
        if self._is_at(field.type.span):
            name = field.type.name.text
            if name in SCALARS:
                form = self.text[field.type.span.start : field.type.span.end]
                paragraphs = scalar_text(name, self.database)
                return self._tell(field.type.span, (Code(form), *map(Prose, paragraphs)))
            return self._declaration(name, field.type.span)
        for attribute in field.attributes:
            if self._is_at(attribute.span):
                return self._in_attribute(block, attribute, "@", field.name.text)
        return None

    def _field(self, holder: str, name: str, span: Span) -> _Found | None:
        """Return what is to be told about a field, wherever it is mentioned."""
        declaration = self.view.declaration(holder)
        if isinstance(declaration, ModelFacts):
            facts = declaration.field(name)
        elif isinstance(declaration, CompositeFacts):
            facts = next((each for each in declaration.fields if each.name == name), None)
        else:
            return None
        if facts is None:
            return None
        written, comment = self._as_written(holder, facts)
        if isinstance(declaration, ModelFacts) and self.view.model(facts.type) is not None:
            parts = about_relation(declaration, name, self.view, written, comment)
            return self._tell(span, parts)
        parts = about_scalar_field(declaration, facts, self.view, written, comment, self.keeper)
        return self._tell(span, parts)

    def _as_written(self, holder: str, field: FieldFacts) -> tuple[str, str]:
        """Return the text of a field, and the comments above and behind it."""
        declared = self.snapshot.declared.get(holder)
        if declared is not None:
            lines = declared.block.lines
            for number, line in enumerate(lines):
                member = line.member
                if isinstance(member, Field) and member.name.text == field.name:
                    text = line.text[member.span.start : member.span.end]
                    return _SPACES.sub(" ", text), _member_comment(lines, number)
        return f"{field.name} {field.type}", ""

    def _in_enum_value(self, block: Block, value: EnumValue) -> _Found | None:
        if self._is_at(value.name.span):
            return self._enum_value(block.name.text, value.name.text, value.name.span)
        for attribute in value.attributes:
            if self._is_at(attribute.span):
                return self._in_attribute(block, attribute, "@", value.name.text)
        return None

    def _enum_value(self, enum: str, name: str, span: Span) -> _Found | None:
        facts = self.view.enum(enum)
        declared = self.snapshot.declared.get(enum)
        if facts is None or declared is None:
            return None
        value = next((each for each in facts.values if each.name == name), None)
        if value is None:
            return None
        comment = ""
        for number, line in enumerate(declared.block.lines):
            if isinstance(line.member, EnumValue) and line.member.name.text == name:
                comment = _member_comment(declared.block.lines, number)
                break
        return self._tell(span, about_enum_value(facts, value, self.view, comment))

    # --- Settings ---

    def _in_setting(self, block: Block, setting: Setting) -> _Found | None:
        is_datasource = block.kind == "datasource"
        entries = DATASOURCE_PROPERTIES if is_datasource else GENERATOR_PROPERTIES
        if self._is_at(setting.name.span):
            return self._entry(setting.name.span, entries.get(setting.name.text))
        values: Mapping[str, Entry] = {}
        if setting.name.text == "provider":
            values = DATABASES if is_datasource else CLIENTS
        elif setting.name.text in ("relationMode", "referentialIntegrity"):
            values = RELATION_MODES
        elif setting.name.text == "previewFeatures":
            values = PREVIEW_FEATURES
        return None if setting.value is None else self._in_setting_value(setting.value, values)

    def _in_setting_value(self, value: Expression, values: Mapping[str, Entry]) -> _Found | None:
        if not self._is_at(value.span):
            return None
        if isinstance(value, StringLiteral):
            return self._entry(value.span, values.get(value.value))
        if isinstance(value, FunctionCall):
            if self._is_at(_name_span(value)):
                return self._entry(_name_span(value), FUNCTIONS.get(value.name))
            for argument in value.arguments:
                if argument.name is not None and self._is_at(argument.name.span):
                    return self._entry(
                        argument.name.span, EXTENSION_ARGUMENTS.get(argument.name.text)
                    )
            return None
        if isinstance(value, ArrayLiteral):
            for item in value.items:
                if (found := self._in_setting_value(item, values)) is not None:
                    return found
        return None

    # --- Attributes ---

    def _in_attribute(
        self, block: Block, attribute: Attribute, signs: str, member: str | None
    ) -> _Found | None:
        name = signs + attribute.name.text
        head = Span(attribute.span.start, attribute.name.span.end)
        if self._is_at(head):
            if "." in attribute.name.text:
                return self._native_type(block, attribute, head)
            entry = ATTRIBUTES.get(name)
            is_known = entry is not None and entry.is_in(self.database.provider)
            more = self._index_name(block, attribute, member) if is_known else ()
            return self._entry(head, entry, more)
        arguments = ARGUMENTS.get(name, {})
        for argument in attribute.arguments:
            if not self._is_at(argument.span):
                continue
            if argument.name is not None and self._is_at(argument.name.span):
                return self._entry(argument.name.span, arguments.get(argument.name.text))
            where = _Where(block.name.text, member, name, _argument_name(name, argument))
            return self._in_value(argument.value, where)
        return None

    def _native_type(self, block: Block, attribute: Attribute, head: Span) -> _Found | None:
        written = self.text[attribute.span.start : attribute.span.end]
        arguments = tuple(
            self.text[each.span.start : each.span.end] for each in attribute.arguments
        )
        paragraphs = native_type_text(
            attribute.name.text.split(".", 1)[1], arguments, self.database
        )
        if not paragraphs:
            return self._entry(head, NATIVE_TYPE)
        return self._tell(head, (Code(written), *map(Prose, paragraphs)))

    def _index_name(self, block: Block, attribute: Attribute, member: str | None) -> Iterator[Part]:
        """Yield the name in the database of the index that an attribute makes."""
        model = self.view.model(block.name.text)
        if model is None:
            return
        ordinal = -1
        for line in block.lines:
            if isinstance(line.member, BlockAttribute):
                ordinal += 1
                if line.member.attribute is attribute:
                    break
        for index in model.indexes:
            is_meant = (
                index.ordinal == ordinal
                if member is None
                else (index.field, index.kind) == (member, attribute.name.text)
            )
            if is_meant and not (index.kind == "id" and self.database.provider == "mongodb"):
                name = index_name(model, index, self.database)
                yield Prose(f"Its name in the database is {quoted(name)}.")

    # --- Values of arguments ---

    def _in_value(self, value: Expression, where: _Where) -> _Found | None:
        if not self._is_at(value.span):
            return None
        if isinstance(value, NameLiteral):
            return self._word(value, where)
        if isinstance(value, FunctionCall):
            return self._in_call(value, where)
        if isinstance(value, ArrayLiteral):
            for item in value.items:
                if (found := self._in_value(item, where)) is not None:
                    return found
        if isinstance(value, ObjectLiteral):
            for name, inner in value.entries:
                if self._is_at(name.span):
                    return self._field(where.block, name.text, name.span)
                if (found := self._in_value(inner, where._replace(argument=""))) is not None:
                    return found
        return None

    def _in_call(self, call: FunctionCall, where: _Where) -> _Found | None:
        is_column = where.argument == "fields" and where.attribute.startswith("@@")
        if self._is_at(_name_span(call)):
            if is_column:
                return self._mentioned_field(where.block, call.name, _name_span(call))
            return self._entry(_name_span(call), FUNCTIONS.get(call.name))
        arguments = FUNCTION_ARGUMENTS.get(call.name, {})
        if is_column:
            arguments = ARGUMENTS.get(where.attribute, {})
        for argument in call.arguments:
            if argument.name is None:
                continue
            if self._is_at(argument.name.span):
                return self._entry(argument.name.span, arguments.get(argument.name.text))
            inside = where._replace(argument=argument.name.text)
            if (found := self._in_value(argument.value, inside)) is not None:
                return found
        return None

    def _word(self, word: NameLiteral, where: _Where) -> _Found | None:
        """Return what is to be told about a bare word, which means what its argument says."""
        argument = where.argument
        if argument in ("onDelete", "onUpdate"):
            return self._action(word, where)
        if argument == "sort":
            return self._entry(word.span, SORT_ORDERS.get(word.text))
        if argument == "type":
            return self._entry(word.span, INDEX_TYPES.get(word.text))
        if argument == "ops":
            operators = ARGUMENTS["@@index"]["ops"]
            return self._entry(word.span, operators)
        if argument == "fields":
            return self._mentioned_field(where.block, word.text, word.span)
        model = self.view.model(where.block)
        field = None if model is None or where.member is None else model.field(where.member)
        if field is None:
            return None
        if argument == "references":
            return self._mentioned_field(field.type, word.text, word.span)
        if argument == "value":
            return self._enum_value(field.type, word.text, word.span)
        return None

    def _mentioned_field(self, holder: str, path: str, span: Span) -> _Found | None:
        """Return what is to be told about a field, or a path into composite types."""
        *outer, name = path.split(".")
        for step in outer:
            found = self.view.declaration(holder)
            if not isinstance(found, ModelFacts | CompositeFacts):
                return None
            field = next((each for each in found.fields if each.name == step), None)
            if field is None:
                return None
            holder = field.type
        return self._field(holder, name, span)

    def _action(self, word: NameLiteral, where: _Where) -> _Found | None:
        action = next((each for each in ACTIONS if each == word.text), None)
        if action is None:
            return None
        key = None
        if where.member is not None:
            key = key_of_field(where.block, where.member, self.view)
        parties = ANYBODY if key is None else parties_of(key)
        event: Event = "delete" if where.argument == "onDelete" else "update"
        text = action_sentence(action, event, self.database, parties)
        return self._tell(word.span, (Code(f"{where.argument}: {action}"), Prose(text)))


class _Where(NamedTuple):
    """Which argument a value belongs to."""

    block: str
    member: str | None
    attribute: str
    argument: str


_FIRST_ARGUMENTS = {
    "@relation": "name",
    "@default": "value",
    "@map": "name",
    "@@map": "name",
    "@@schema": "map",
    "@@id": "fields",
    "@@unique": "fields",
    "@@index": "fields",
    "@@fulltext": "fields",
    "@@shardKey": "fields",
}


def _argument_name(attribute: str, argument: Argument) -> str:
    if argument.name is not None:
        return argument.name.text
    return _FIRST_ARGUMENTS.get(attribute, "")


def _name_span(call: FunctionCall) -> Span:
    return Span(call.span.start, call.span.start + len(call.name))


# --- Comments ------------------------------------------------------------------------------------


def _comment_above(source: Source, start: int) -> str:
    """Return the documentation comment that stands right above the block at an offset."""
    index = source.item_at(start)
    above = source.items[index - 1] if index > 0 else None
    if not isinstance(above, Gap):
        return ""
    return _joined(_trailing_comments(_LINE.findall(above.text)))


def _member_comment(lines: tuple[Line, ...], number: int) -> str:
    """Return the documentation comments above a member and behind it."""
    above = _trailing_comments([line.text for line in lines[:number]])
    comments = [comment.text for comment in lines[number].comments]
    behind = [text[3:].strip() for text in comments if text.startswith("///")]
    return _joined([*above, *behind])


def _trailing_comments(lines: Sequence[str]) -> list[str]:
    """Return the texts of the `///` lines that a run of lines ends with."""
    found: list[str] = []
    for line in reversed(lines):
        match = _DOC_COMMENT.match(line)
        if match is None:
            break
        found.append(match["text"].rstrip())
    found.reverse()
    return found


def _joined(lines: list[str]) -> str:
    if len(lines) > _COMMENT_LINES:
        lines = [*lines[:_COMMENT_LINES], "…"]
    return "\n".join(lines).strip()
