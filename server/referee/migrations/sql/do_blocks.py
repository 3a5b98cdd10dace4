"""Reads the body of a DO block: the statements that it runs, taken as run whatever guards them.

It follows IF and CASE as far as to tell which statements run instead of others, and deliberately
knows no variable of the body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from referee.migrations.sql.cutting import cut_statements
from referee.migrations.sql.statements import DoBlock, Opaque, PlacedStatement, Span
from referee.migrations.sql.tokens import Token, split_at, tokenize
from referee.schema.providers import Provider

_DEFINING = frozenset(
    ["create", "alter", "drop", "truncate", "insert", "update", "delete", "comment", "with"]
)
_OPENING = frozenset(["begin", "then", "else", "loop", "declare"])

# Reads one statement of a text from its tokens.
ReadStatement: TypeAlias = Callable[[str, Sequence[Token]], PlacedStatement]


def read_do_block(
    provider: Provider,
    text: str,
    tokens: Sequence[Token],
    read: ReadStatement,
) -> DoBlock:
    """Read a DO block: the statements that its body runs, taken as run whatever guards them.

    A static string that is executed counts; SQL that the
    block puts together itself makes it dynamic.
    """
    body = next((token for token in tokens if token.kind == "string"), None)
    if body is None or text[body.start] != "$":
        return DoBlock(is_dynamic=True)
    opening = text.index("$", body.start + 1) + 1
    inner = tokenize(provider, text, opening, body.end - (opening - body.start)).tokens
    found: list[PlacedStatement] = []
    within: list[tuple[_Choice, ...]] = []
    choices: list[_Choice] = []
    is_dynamic = False
    for piece in split_at(inner, ";"):
        command = _command_in(piece)
        _follow_choices(choices, piece[: len(piece) - len(command)])
        if not command:
            continue
        if not command[0].is_word("execute"):
            placed = read(text, command)
            if not isinstance(placed.statement, Opaque):
                found.append(placed)
        elif (sql := _executed_sql(command)) is not None:
            found.extend(_executed(provider, sql, command, read))
        else:
            is_dynamic = True
        within += [tuple(choices)] * (len(found) - len(within))
    alternatives = frozenset(
        number for number, each in enumerate(within) if any(choice.has_others for choice in each)
    )
    return DoBlock(tuple(found), is_dynamic, alternatives)


@dataclass(slots=True)
class _Choice:
    """An IF or CASE of a body while it is read; `has_others` tells that it has several branches."""

    word: str
    has_others: bool = False


def _follow_choices(choices: list[_Choice], opening: Sequence[Token]) -> None:
    """Follow the IFs and CASEs that a piece of a body opens, goes on with and ends.

    `opening` is what stands in front of the piece's command, or all of it.
    """
    is_start = True
    inner_cases = depth = 0
    for number, token in enumerate(opening):
        if token.is_mark("("):
            depth += 1
        elif token.is_mark(")"):
            depth -= 1
        if depth or token.kind != "word":
            is_start = False
            continue
        behind_end = number > 0 and opening[number - 1].is_word("end")
        if behind_end and token.is_word("if", "case"):
            while choices and choices.pop().word != token.value:
                pass
        elif token.is_word("end"):
            inner_cases = max(0, inner_cases - 1)
        elif is_start and token.is_word("if", "case"):
            choices.append(_Choice(token.value, token.value == "case"))
        elif token.is_word("case"):
            inner_cases += 1
        elif not inner_cases and choices and token.is_word("else", "elsif", "elseif"):
            choices[-1].has_others = True
        is_start = token.value in _OPENING


def _executed_sql(command: Sequence[Token]) -> str | None:
    """Return the SQL of EXECUTE 'sql', or of EXECUTE format('sql', ...).

    Of the arguments of a format, strings are known; a variable in front of a dot is taken for the
    usual namespace, and any other makes the SQL unknown.
    """
    if len(command) == 2 and command[1].kind == "string":
        return command[1].value
    is_format = len(command) > 3 and command[1].is_word("format") and command[2].is_mark("(")
    if not is_format or command[3].kind != "string" or not command[-1].is_mark(")"):
        return None
    arguments = [
        piece[0].value if len(piece) == 1 and piece[0].kind == "string" else None
        for piece in list(split_at(command[3:-1], ","))[1:]
    ]
    pieces = re.split(r"(%[IsL]\.?)", command[3].value.replace("%%", "%"))
    for number in range(1, len(pieces), 2):
        argument = arguments.pop(0) if arguments else None
        is_namespace = pieces[number].endswith(".")
        if argument is None:
            if not is_namespace:
                return None
            pieces[number] = ""
        elif pieces[number][1] == "I":
            pieces[number] = '"' + argument.replace('"', '""') + '"' + "." * is_namespace
        elif pieces[number][1] == "L":
            pieces[number] = "'" + argument.replace("'", "''") + "'"
        else:
            pieces[number] = argument + "." * is_namespace
    return "".join(pieces)


def _executed(
    provider: Provider,
    sql: str,
    command: Sequence[Token],
    read: ReadStatement,
) -> Iterator[PlacedStatement]:
    span = Span(command[0].start, command[-1].end)
    for tokens in cut_statements(provider, tokenize(provider, sql).tokens):
        placed = read(sql, tokens)
        if not isinstance(placed.statement, Opaque):
            yield replace(placed, span=span, parts=tuple(span for _ in placed.parts))


def _command_in(piece: Sequence[Token]) -> Sequence[Token]:
    """Return the command at the end of a piece of a body, behind what opens the block it is in."""
    begun, depth = 0, 0
    for number, token in enumerate(piece):
        if token.is_mark("("):
            depth += 1
        elif token.is_mark(")"):
            depth -= 1
        elif depth == 0 and token.kind == "word" and token.value in _OPENING:
            begun = number + 1
    command = piece[begun:]
    if command and command[0].kind == "word" and command[0].value in (_DEFINING | {"execute"}):
        return command
    return ()
