"""What INSERT and UPDATE put where, as far as it is plain: tokens by column, and conditions.

What is not plain is left out: a reader may trust what is there and conclude nothing from the rest.
It deliberately knows no table and no type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from referee.migrations.sql.tokens import Token, split_at, word_outside

# What ends the assignments of SET, the list of SELECT, and a condition.
_ENDS = ("from", "where", "returning", "on", "order", "limit", "group", "union", "having", "as")
_CLAUSES = ("returning", "order", "limit", "group", "having", "union", "on", "for")


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of a column with texts: with `=` and IN it holds for these values alone."""

    column: str
    values: tuple[str, ...]
    is_equality: bool


def assignments(tokens: Sequence[Token]) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """Yield the columns that SET writes one by one, with what each gets."""
    start = word_outside(tokens, 0, "set")
    if start is None:
        return
    end = word_outside(tokens, start + 1, *_ENDS)
    for part in split_at(tokens[start + 1 : end], ","):
        target = next((at for at, token in enumerate(part) if token.is_mark("=")), None)
        if target is None or target == 0 or not all(map(_is_name_part, part[:target])):
            continue
        yield part[target - 1].value, part[target + 1 :]


def inserted(
    tokens: Sequence[Token], columns: Sequence[str]
) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """Yield what the rows of VALUES, or the list of a SELECT, have for each column."""
    start = word_outside(tokens, 0, "values", "value")
    if start is not None:
        for row in split_at(tokens[start + 1 :], ","):
            end = _closing(row)
            if end is None:
                continue
            values = list(split_at(row[1:end], ","))
            if len(values) == len(columns):
                yield from zip(columns, values, strict=True)
            if end + 1 < len(row):
                return  # ON CONFLICT, or whatever stands behind the rows
        return
    selected = selected_parts(tokens)
    if len(selected) == len(columns):
        yield from zip(columns, selected, strict=True)


def selected_parts(tokens: Sequence[Token]) -> list[tuple[Token, ...]]:
    """Return the list of the one SELECT of a statement; nothing where it is not a plain one."""
    start = word_outside(tokens, 0, "select")
    if start is None or any(token.is_word("union", "distinct", "with") for token in tokens):
        return []
    return list(
        split_at(tokens[start + 1 : word_outside(tokens, start + 1, "from", *_CLAUSES)], ",")
    )


def selected_table(tokens: Sequence[Token]) -> str | None:
    """Return the name of the table of which a SELECT takes all rows; None if it leaves out some."""
    words = ("where", "limit", "join", "union", "distinct", "group", "having", "offset", "using")
    start = word_outside(tokens, 0, "from")
    if start is None or any(token.is_word(*words) for token in tokens):
        return None
    end = word_outside(tokens, start + 1, "order", "on", "returning")
    name = list(tokens[start + 1 : end])
    while name and name[-1].is_mark(";"):
        name.pop()
    dotted = [token.value for token in name if not token.is_mark(".")]
    is_plain = all(_is_name_part(token) for token in name) and len(name) == 2 * len(dotted) - 1
    return dotted[-1] if dotted and is_plain else None


def condition_of(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Return what stands behind WHERE; empty without one."""
    start = word_outside(tokens, 0, "where")
    if start is None:
        return ()
    found = tuple(tokens[start + 1 : word_outside(tokens, start + 1, *_CLAUSES)])
    return tuple(token for token in found if not token.is_mark(";"))


@dataclass(frozen=True, slots=True)
class Restriction:
    """The rows that WHERE names: those with certain values in columns, or with or without NULL.

    `names` and `values` are empty where the condition is of another form.
    """

    names: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    is_null_test: bool = False


def values_said(tokens: Sequence[Token]) -> Restriction | None:
    """Return what WHERE restricts a statement to; None without one."""
    condition = list(condition_of(tokens))
    if not condition:
        return None
    while len(condition) > 2 and _closing(condition) == len(condition) - 1:
        condition = condition[1:-1]
    if any(token.is_word("and", "or", "xor") for token in condition):
        return Restriction()
    is_plain = all(map(_is_name_part, condition))
    words = [token.value for token in condition]
    name = next((at for at, word in enumerate(words) if word in ("is", "in", "=", "::")), 0)
    column = words[name - 1] if name else ""
    if is_plain and words[-3:] == ["is", "not", "null"] and len(words) in (4, 6):
        return Restriction(frozenset([words[-4]]), is_null_test=True)
    if is_plain and words[-2:] == ["is", "null"] and len(words) in (3, 5):
        return Restriction(frozenset([words[-3]]), is_null_test=True)
    without_cast = [*condition]
    if "::" in words:
        cast = words.index("::")
        if words[cast + 1 : cast + 2] != ["text"]:
            return Restriction()
        without_cast = condition[:cast] + condition[cast + 2 :]
    found = list(comparisons(without_cast))
    if len(found) == 1 and found[0].is_equality and found[0].column == column:
        return Restriction(frozenset([column]), frozenset(found[0].values))
    return Restriction()


def comparisons(tokens: Sequence[Token]) -> Iterator[Condition]:
    """Yield the comparisons of a column, as it is, with texts; not those of a cast column."""
    for at, token in enumerate(tokens):
        if token.kind not in ("word", "name"):
            continue
        before = tokens[at - 1] if at else None
        following = tokens[at + 1 :]
        if _begins(before) and following:
            yield from _compared(token.value, following)
        elif before is not None and before.is_mark("=", "<>", "!=") and at >= 2:
            text = tokens[at - 2]
            after = following[0] if following else None
            begins = _begins(tokens[at - 3] if at >= 3 else None)
            if text.kind == "string" and begins and _ends(after):
                yield Condition(token.value, (text.value,), before.is_mark("="))


def _compared(column: str, following: Sequence[Token]) -> Iterator[Condition]:
    first = following[0]
    if first.is_mark("=", "<>", "!=") and len(following) > 1:
        after = following[2] if len(following) > 2 else None
        if following[1].kind == "string" and _ends(after):
            yield Condition(column, (following[1].value,), first.is_mark("="))
        return
    is_negated = first.is_word("not")
    rest = following[1:] if is_negated else following
    if len(rest) > 2 and rest[0].is_word("in") and rest[1].is_mark("("):
        end = _closing(rest[1:])
        parts = [] if end is None else list(split_at(rest[2 : 1 + end], ","))
        if parts and all(len(part) == 1 and part[0].kind == "string" for part in parts):
            yield Condition(column, tuple(part[0].value for part in parts), not is_negated)


def is_column(tokens: Sequence[Token], column: str) -> bool:
    """Tell whether an expression is a column, at most with its table in front or a cast behind."""
    parts = list(tokens)
    while len(parts) > 2 and parts[0].is_mark("(") and _closing(parts) == len(parts) - 1:
        parts = parts[1:-1]
    if len(parts) > 3 and parts[0].is_word("cast") and parts[1].is_mark("("):
        parts = parts[2:3]
    cast = next((at for at, token in enumerate(parts) if token.is_mark("::", ":")), len(parts))
    parts, behind = parts[:cast], parts[cast:]
    if any(not (_is_name_part(token) or token.is_mark("::", ":")) for token in behind):
        return False
    if len(parts) == 3 and _is_name_part(parts[0]) and parts[1].is_mark("."):
        parts = parts[2:]
    return len(parts) == 1 and parts[0].kind in ("word", "name") and parts[0].value == column


def _closing(tokens: Sequence[Token]) -> int | None:
    """Return where the parenthesis ends that the tokens begin with."""
    if not tokens or not tokens[0].is_mark("("):
        return None
    depth = 0
    for at, token in enumerate(tokens):
        depth += token.is_mark("(") - token.is_mark(")")
        if depth == 0:
            return at
    return None


def _is_name_part(token: Token) -> bool:
    return token.kind in ("word", "name") or token.is_mark(".")


def _begins(token: Token | None) -> bool:
    """Tell whether what follows a token begins an operand of its own."""
    return (
        token is None
        or token.is_mark("(", ".")
        or token.is_word("where", "and", "or", "not", "when", "on", "check")
    )


def _ends(token: Token | None) -> bool:
    """Tell whether an operand ends in front of a token: no cast or operator goes on with it."""
    return (
        token is None
        or token.is_mark(")", ";", ",")
        or token.is_word("and", "or", "then", "returning", "order", "limit", "on")
    )
