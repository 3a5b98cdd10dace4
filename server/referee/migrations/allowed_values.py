"""Finds values that constraints and partitions may allow, from the words they are written in.

A constraint is not understood: its literals, and the values next to them, are candidates, and the
database says which of them it takes. It deliberately runs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import combinations, product

from referee.ddl.model import Column, DatabaseModel, Table
from referee.ddl.quoting import quote_text
from referee.migrations.rows import (
    Row,
    checks_to_satisfy,
    is_moment,
    is_text,
    retyped_texts,
    rows_beside,
    value_of,
)
from referee.migrations.sql.tokens import Token, tokenize
from referee.schema.providers import Provider

# How many columns of a row are changed at once, and how long a text is made to please a length.
_MOST_COLUMNS = 3
_LONGEST = 2000
_MOST_OUTSIDE = 30
_PATTERN_WORDS = ("like", "ilike", "glob", "regexp", "rlike", "similar", "regexp_like")
# What patterns ask for most: words, codes, addresses, colours, numbers.
_SHAPES = ("a", "A", "abc", "ABC", "a-b", "a1", "a@b.co", "https://a.co", "#aabbcc", "/a",
           "+491511234567", "1.0.0", "2001-01-01")  # fmt: skip
# Texts that are no number, no moment, no JSON and mostly no value of an enum.
_OF_NO_TYPE = ("a", "")
_REPETITION = re.compile(r"\{(\d+)")


@dataclass(frozen=True, slots=True)
class Constraint:
    """A CHECK constraint, or that of a domain or partition, by the text it is written in."""

    text: str
    name: str | None = None


def variations(
    provider: Provider, table: Table, constraints: Sequence[Constraint], row: Row
) -> Iterator[Row]:
    """Yield rows that differ in few columns from a forbidden one, the likeliest first."""
    old = dict(row.values)
    choices: dict[str, tuple[str, ...]] = {}
    for column in table.columns:
        if column.name not in old or column.is_generated:
            continue
        found = candidates(provider, column, constraints, row.number)
        different = tuple(each for each in found if each != old[column.name])
        if different:
            choices[column.name] = different
    for count in range(1, min(_MOST_COLUMNS, len(choices)) + 1):
        for columns in combinations(choices, count):
            for values in product(*(choices[column] for column in columns)):
                yield changed(row, dict(zip(columns, values, strict=True)))


def rows_outside(before: DatabaseModel, after: DatabaseModel) -> Iterator[Row]:
    """Yield rows with every value that the checks of a migration name, and those next to it.

    Columns of texts that get another type have texts besides that are no value of most types.
    """
    for table in before:
        later = after.tables.get(table.name)
        if later is None or later is table:
            continue
        constraints = [Constraint(check.text) for check in checks_to_satisfy(table, later)]
        choices = [
            (column.name, value)
            for column in table.columns
            for value in candidates(before.provider, column, constraints, 0)[:_MOST_OUTSIDE]
        ]
        choices += [
            (column.name, _text_in(before.provider, column, text))
            for column in retyped_texts(table, later)
            for text in _OF_NO_TYPE
        ]
        rows = rows_beside(before, table.name, len(choices), after)
        for row, (column_name, value) in zip(rows, choices, strict=False):
            yield changed(row, {column_name: value})


def _text_in(provider: Provider, column: Column, text: str) -> str:
    quoted = quote_text(provider, text)
    if not column.type.is_array:
        return quoted
    return f"ARRAY[{quoted}]::{str(value_of(provider, column.type, 0)).rpartition('::')[2]}"


def changed(row: Row, values: Mapping[str, str]) -> Row:
    """Return a row with other values in some columns."""
    return replace(row, values=tuple((name, values.get(name, value)) for name, value in row.values))


def candidates(
    provider: Provider, column: Column, constraints: Iterable[Constraint], number: int
) -> tuple[str, ...]:
    """Return values as SQL that constraints may allow a column, none if they do not name it."""
    texts: list[str] = []
    numbers: list[str] = []
    has_pattern = is_mentioned = False
    for constraint in constraints:
        tokens = _tokens(provider, constraint.text)
        if not any(_is_column(token, column.name) for token in tokens):
            continue
        is_mentioned = True
        texts += [token.value for token in tokens if token.kind == "string"]
        numbers += [token.value for token in tokens if token.kind == "number"]
        has_pattern |= any(
            token.is_word(*_PATTERN_WORDS) or token.is_mark("~", "~*", "~~", "~~*", "!~")
            for token in tokens
        )
    if not is_mentioned:
        return ()
    found = list(_of_type(provider, column, texts, numbers, has_pattern, number))
    if column.is_nullable:
        found.append("NULL")
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=512)
def _tokens(provider: Provider, text: str) -> tuple[Token, ...]:
    return tokenize(provider, text).tokens


def _is_column(token: Token, column: str) -> bool:
    if token.kind == "word":
        return token.value == column.lower()
    return token.kind == "name" and token.value == column


def _of_type(
    provider: Provider,
    column: Column,
    texts: Sequence[str],
    numbers: Sequence[str],
    has_pattern: bool,
    number: int,
) -> Iterator[str]:
    type = column.type
    name = type.name.partition(" unsigned")[0]
    if type.is_array:
        element = replace(column, type=replace(type, is_array=False), is_nullable=False)
        name_of_type = str(value_of(provider, type, number)).rpartition("::")[2]
        yield from (
            f"ARRAY[{one}]::{name_of_type}"
            for one in _of_type(provider, element, texts, numbers, has_pattern, number)
        )
        yield f"ARRAY[]::{name_of_type}"
    elif type.enum is not None or type.values:
        yield from (quote_text(provider, text) for text in texts)
    elif name in ("boolean", "bool"):
        yield from ("true", "false")
    elif name in ("json", "jsonb"):
        yield from (quote_text(provider, each) for each in ("[]", "{}", '"a"', "1", "[1]"))
    elif is_moment(name):
        yield from (quote_text(provider, each) for each in _moments(texts, numbers))
    elif is_text(name):
        yield from (
            quote_text(provider, each) for each in _texts(texts, numbers, has_pattern, number)
        )
    elif name == "uuid":
        yield from (quote_text(provider, text) for text in texts if len(text) == 36)
    else:
        yield from _numbers(texts, numbers, number)


def _texts(
    texts: Sequence[str], numbers: Sequence[str], has_pattern: bool, number: int
) -> Iterator[str]:
    for text in texts:
        yield text
        if "%" in text:
            bare = text.strip("%").replace("%", "").replace("_", "a")
            yield bare
            yield f"{bare}{number}"
    lengths = [int(each) for each in numbers if each.isdigit()]
    lengths += [int(each) for text in texts for each in _REPETITION.findall(text)]
    digits = str(number)
    for length in (each + more for each in lengths for more in (0, 1, -1)):
        if 0 < length <= _LONGEST:
            yield digits.rjust(length, "1")[-length:]
            if has_pattern:
                yield "a" * length
                yield "A" * length
    yield from numbers
    if has_pattern:
        yield from _SHAPES
    yield from (digits.lower(), "a", "")


def _numbers(texts: Sequence[str], numbers: Sequence[str], number: int) -> Iterator[str]:
    # PostgreSQL writes negative numbers and those of other types as '-1'::integer.
    for text in (*numbers, *texts):
        try:
            value = float(text)
        except ValueError:
            continue
        whole = int(value) if value.is_integer() else value
        yield from (str(whole), f"{whole + 1}", f"{whole - 1}", f"{-whole}")
        yield from (f"{whole + number}", f"{whole - number}") if number else ()
    yield from ("1", "0", "-1")


def _moments(texts: Sequence[str], numbers: Sequence[str]) -> Iterator[str]:
    for text in texts:
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            continue
        yield text
        yield from ((day + timedelta(days=more)).isoformat() for more in (-1, 1))
    for year in (int(each) for each in numbers if each.isdigit() and len(each) == 4):
        yield from (f"{year}-06-01", f"{year - 1}-06-01", f"{year + 1}-06-01")
