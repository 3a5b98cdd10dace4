"""Turns fixes, which speak of the structure of a schema, into edits of its text.

An edit touches what it must and nothing else: indentation, comments and line ends stay.
It deliberately decides nothing about which fix is good.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from referee.engine.snapshot import Snapshot
from referee.features.diagnostics import Diagnostic
from referee.features.placing import FoundMember, Placer
from referee.features.silencing import silence_change
from referee.rules.rule import (
    AddBlockAttribute,
    AddField,
    AddFieldAttribute,
    ChangeSilence,
    Fix,
    Place,
    RemoveArgument,
    RemoveFieldAttribute,
    RemoveMember,
    ReplaceBlockAttribute,
    ReplaceFieldAttribute,
    SetArgument,
    SetArity,
    SetType,
    StructureEdit,
)
from referee.syntax.tree import Attribute, Block, BlockAttribute, Field
from referee.text.edits import TextEdit
from referee.text.lines import dominant_line_end

_INDENTATION = re.compile(r"[^\S\r\n]*")
_LINE_END = r"(?:\r\n|\n|\r(?!\n))"
# The blank line at the start of a new line that stands apart.
_BLANK_BEFORE = re.compile(rf"{_LINE_END}(?={_LINE_END}|[^\r\n]+{_LINE_END}\Z)")
_ARITY_SUFFIXES = {"required": "", "optional": "?", "list": "[]"}


def fix_edits(
    snapshot: Snapshot, fix: Fix, placer: Placer | None = None
) -> dict[str, tuple[TextEdit, ...]]:
    """Return the edits of a fix by path; what a fix names and the text lacks is left alone."""
    placer = placer or Placer(snapshot)
    by_path: dict[str, list[TextEdit]] = {}
    for edit in fix.edits:
        for path, text_edit in _edits(edit, placer):
            found = by_path.setdefault(path, [])
            if text_edit not in found:
                found.append(text_edit)
    return {path: tuple(edits) for path, edits in by_path.items()}


def safe_edits(
    snapshot: Snapshot, diagnostics: Iterable[Diagnostic]
) -> dict[str, tuple[TextEdit, ...]]:
    """Return the edits of the best fixes of diagnostics, by path, as far as those are safe.

    A fix that another one already makes, that would touch what another one changes, or that makes
    an index of the same name, is left out; it can be made when the diagnostics are computed again.
    """
    placer = Placer(snapshot)
    chosen: dict[str, list[TextEdit]] = {}
    seen: set[tuple[StructureEdit, ...]] = set()
    names: set[str] = set()
    for diagnostic in diagnostics:
        if not diagnostic.fixes or not diagnostic.fixes[0].is_safe:
            continue
        fix = diagnostic.fixes[0]
        made = {each.makes for each in fix.edits if isinstance(each, AddBlockAttribute)} - {""}
        if fix.edits in seen or made & names:
            continue
        seen.add(fix.edits)
        names |= made
        edits = fix_edits(snapshot, fix, placer)
        if any(_touch(chosen.get(path, ()), new) for path, new in edits.items()):
            continue
        for path, new in edits.items():
            chosen.setdefault(path, []).extend(new)
    return {path: tuple(edits) for path, edits in chosen.items()}


def joined(edits: Iterable[TextEdit]) -> tuple[TextEdit, ...]:
    """Return edits as they are made together: of new lines at one place, one stands apart."""
    apart: set[int] = set()
    result: list[TextEdit] = []
    for edit in edits:
        blank = _BLANK_BEFORE.match(edit.new_text) if edit.start == edit.end else None
        if blank is not None and edit.start in apart:
            result.append(edit._replace(new_text=edit.new_text[blank.end() :]))
        else:
            result.append(edit)
        if blank is not None:
            apart.add(edit.start)
    return tuple(result)


def _touch(chosen: Sequence[TextEdit], new: Sequence[TextEdit]) -> bool:
    """Tell whether edits overlap; two insertions at one place do not."""
    return any(
        mine.start < other.end and other.start < mine.end
        for mine in new
        for other in chosen
        if not (mine.start == mine.end and other.start == other.end)
    )


def _edits(edit: StructureEdit, placer: Placer) -> list[tuple[str, TextEdit]]:
    if isinstance(edit, ChangeSilence):
        change = silence_change(placer.snapshot, edit)
        return [] if change is None else [(edit.path, change)]
    if isinstance(edit, AddBlockAttribute):
        return _add_block_attribute(edit, placer)
    if isinstance(edit, RemoveMember):
        member = placer.member(edit.place)
        return [] if member is None else [(member.path, _removal(member))]
    if isinstance(edit, AddField):
        return _add_field(edit, placer)
    if isinstance(edit, ReplaceBlockAttribute):
        member = placer.member(edit.place)
        if member is None or member.line.member is None:
            return []
        span = member.line.member.span.shifted(member.start)
        return [(member.path, TextEdit(span.start, span.end, edit.text))]
    if isinstance(edit, SetArgument | RemoveArgument):
        found = placer.attribute(edit.place)
        if found is None:
            return []
        member, attribute = found
        if isinstance(edit, SetArgument):
            return [(member.path, _set_argument(member, attribute, edit))]
        return [(member.path, each) for each in _remove_argument(member, attribute, edit.name)]
    member = placer.member(Place(edit.block, edit.field))
    if member is None or not isinstance(member.line.member, Field):
        return []
    return [(member.path, each) for each in _field_edits(edit, member, member.line.member)]


def _field_edits(
    edit: AddFieldAttribute | ReplaceFieldAttribute | RemoveFieldAttribute | SetArity | SetType,
    member: FoundMember,
    field: Field,
) -> list[TextEdit]:
    start = member.start
    if isinstance(edit, SetArity):
        # Where a longer type would push its attribute, a space of the alignment makes room.
        span, name = field.type.span, field.type
        base = name.name.text if name.unsupported is None else _without_arity(member, field)
        new = base + _ARITY_SUFFIXES[edit.arity]
        return [TextEdit(start + span.start, start + span.end, new)]
    if isinstance(edit, SetType):
        span = field.type.name.span
        return [TextEdit(start + span.start, start + span.end, edit.type)]
    if isinstance(edit, AddFieldAttribute):
        at = start + field.span.end
        return [TextEdit(at, at, f" {edit.text}")]
    attribute = _field_attribute(field, edit.attribute)
    if isinstance(edit, ReplaceFieldAttribute):
        if attribute is None:
            at = start + field.span.end
            return [TextEdit(at, at, f" {edit.text}")]
        span = attribute.span
        return [TextEdit(start + span.start, start + span.end, edit.text)]
    if attribute is None:
        return []
    before = member.line.text[: attribute.span.start]
    blank = len(before) - len(before.rstrip())
    return [TextEdit(start + attribute.span.start - blank, start + attribute.span.end, "")]


def _without_arity(member: FoundMember, field: Field) -> str:
    return member.line.text[field.type.span.start : field.type.span.end].rstrip("?[] ")


def _field_attribute(field: Field, name: str) -> Attribute | None:
    for attribute in field.attributes:
        written = attribute.name.text
        if written == name or (name == "db" and "." in written):
            return attribute
    return None


def _set_argument(member: FoundMember, attribute: Attribute, edit: SetArgument) -> TextEdit:
    start = member.start
    argument = attribute.argument(edit.name)
    if argument is not None:
        span = argument.value.span
        return TextEdit(start + span.start, start + span.end, edit.value)
    text = f"{edit.name}: {edit.value}"
    if attribute.arguments_span is None:
        at = start + attribute.span.end
        return TextEdit(at, at, f"({text})")
    if attribute.arguments:
        at = start + attribute.arguments[-1].span.end
        return TextEdit(at, at, f", {text}")
    at = start + attribute.arguments_span.end - 1
    return TextEdit(at, at, text)


def _remove_argument(member: FoundMember, attribute: Attribute, name: str) -> list[TextEdit]:
    start = member.start
    arguments = attribute.arguments
    for number, argument in enumerate(arguments):
        if argument.name is None or argument.name.text != name:
            continue
        if number > 0:
            first, last = arguments[number - 1].span.end, argument.span.end
        elif len(arguments) > 1:
            first, last = argument.span.start, arguments[1].span.start
        elif attribute.arguments_span is not None:
            first, last = attribute.arguments_span
        else:
            first, last = argument.span
        return [TextEdit(start + first, start + last, "")]
    return []


def _removal(member: FoundMember) -> TextEdit:
    """Return the edit that removes a member: its whole line, unless a comment stands there too."""
    line = member.line
    assert line.member is not None
    start = member.start
    span = line.member.span
    if line.comments:
        rest = line.text[span.end :]
        end = span.end + len(rest) - len(rest.lstrip(" \t"))
        return TextEdit(start + span.start, start + end, "")
    end = start + len(line.text)
    block, number = member.block, member.line_number
    is_last = number + 1 == len(block.lines)
    if is_last and number > 0 and _is_blank(block, number - 1):
        start -= len(block.lines[number - 1].text)
    return TextEdit(start, end, "")


def _is_blank(block: Block, number: int) -> bool:
    return not block.lines[number].text.strip()


def _add_block_attribute(edit: AddBlockAttribute, placer: Placer) -> list[tuple[str, TextEdit]]:
    found = placer.block(edit.block)
    if found is None:
        return []
    path, block, start = found
    text = placer.snapshot.sources[path].text
    attributes = [
        number
        for number, line in enumerate(block.lines)
        if isinstance(line.member, BlockAttribute) or line.text.lstrip().startswith("@@")
    ]
    members = [
        number
        for number, line in enumerate(block.lines)
        if line.member is not None or line.mistakes
    ]
    if attributes or members:
        number = attributes[-1] if attributes else members[-1]
        line = block.lines[number].text
        at = start + block.offsets[number] + len(line)
        indentation = _indentation_of(block, number)
    else:
        line = block.header
        at = start + len(line)
        indentation = "  "
    # The first block attribute stands apart from the fields by a blank line.
    is_apart = bool(members) and not attributes
    return [(path, _new_line(text, at, line, indentation + edit.text, is_apart))]


def _add_field(edit: AddField, placer: Placer) -> list[tuple[str, TextEdit]]:
    found = placer.block(edit.block)
    if found is None:
        return []
    path, block, start = found
    text = placer.snapshot.sources[path].text
    fields = [number for number, line in enumerate(block.lines) if isinstance(line.member, Field)]
    if fields:
        line = block.lines[fields[-1]].text
        at = start + block.offsets[fields[-1]] + len(line)
        return [(path, _new_line(text, at, line, _indentation_of(block, fields[-1]) + edit.text))]
    at = start + len(block.header)
    return [(path, _new_line(text, at, block.header, f"  {edit.text}"))]


def _new_line(text: str, at: int, above: str, line: str, is_apart: bool = False) -> TextEdit:
    """Return the edit that puts a line behind the one that ends at an offset."""
    line_end = _line_end_of(above) or dominant_line_end(text)
    new = (line_end if is_apart else "") + line
    new = new + line_end if _line_end_of(above) else line_end + new
    return TextEdit(at, at, new)


def _indentation_of(block: Block, number: int) -> str:
    """Return the white space before the member of a line, also behind comments before it."""
    line = block.lines[number]
    text = line.text if line.member is None else line.text[: line.member.span.start]
    last = re.split(r"[\r\n]", text)[-1] if line.member is not None else text
    match = _INDENTATION.match(last)
    return match.group() if match is not None else ""


def _line_end_of(line: str) -> str:
    if line.endswith("\r\n"):
        return "\r\n"
    return line[-1] if line.endswith(("\n", "\r")) else ""
