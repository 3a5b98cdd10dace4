"""Walks over the tokens of one statement: names, types, expressions, lists in parentheses.

It deliberately knows no statement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from referee.ddl.model import IndexMethod, IndexPart, Name
from referee.migrations.sql.tokens import Token, source_text
from referee.schema.providers import Provider

T = TypeVar("T")

END = Token("mark", "", -1, -1)

# What ends the expression of a DEFAULT, outside parentheses.
COLUMN_WORDS = frozenset(
    [
        "not",
        "null",
        "constraint",
        "primary",
        "unique",
        "check",
        "references",
        "generated",
        "collate",
        "default",
        "deferrable",
        "initially",
        "on",
        "comment",
        "auto_increment",
        "autoincrement",
        "after",
        "first",
        "as",
        "key",
        "invisible",
        "visible",
    ]
)
# Words that go on with a type after its first word.
_TYPE_WORDS: dict[str, frozenset[str]] = {
    "double": frozenset(["precision"]),
    "character": frozenset(["varying", "set"]),
    "char": frozenset(["varying"]),
    "national": frozenset(["character", "char", "varchar", "varying"]),
    "bit": frozenset(["varying"]),
    "long": frozenset(["varchar", "varbinary"]),
    "varying": frozenset(["character"]),
    "native": frozenset(["character"]),
    "unsigned": frozenset(["big", "int"]),
    "interval": frozenset(["year", "month", "day", "hour", "minute", "second", "to"]),
}
_METHODS: dict[str, IndexMethod] = {
    "btree": "btree",
    "hash": "hash",
    "gist": "gist",
    "gin": "gin",
    "spgist": "spgist",
    "brin": "brin",
}


class Unreadable(Exception):
    """The statement is not of the form that was expected."""


POSTGRESQL_FAMILY = ("postgresql", "cockroachdb")
TEMPORARY_WORDS = ("temp", "temporary")


class Cursor:
    """A place in the tokens of a statement.

    `has_gaps` tells that something was passed over which should have been understood.
    """

    __slots__ = ("at", "has_gaps", "provider", "text", "tokens")

    def __init__(self, provider: Provider, text: str, tokens: Sequence[Token]) -> None:
        self.provider = provider
        self.text = text
        self.tokens = tokens
        self.at = 0
        self.has_gaps = False

    # ---- looking ----

    @property
    def is_at_end(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.tokens)

    def peek(self, ahead: int = 0) -> Token:
        """Return a coming token, or the end."""
        number = self.at + ahead
        return self.tokens[number] if number < len(self.tokens) else END

    def sees(self, *words: str) -> bool:
        """Tell whether these words come next."""
        return all(self.peek(number).is_word(word) for number, word in enumerate(words))

    # ---- taking ----

    def next(self) -> Token:
        """Take a token."""
        token = self.peek()
        if token is END:
            raise Unreadable
        self.at += 1
        return token

    def take(self, *words: str) -> bool:
        """Take these words if they come next."""
        if not self.sees(*words):
            return False
        self.at += len(words)
        return True

    def take_one_of(self, *words: str) -> str | None:
        """Take one of some words if it comes next."""
        token = self.peek()
        if not token.is_word(*words):
            return None
        self.at += 1
        return token.value

    def take_mark(self, mark: str) -> bool:
        """Take a mark if it comes next."""
        if not self.peek().is_mark(mark):
            return False
        self.at += 1
        return True

    def expect(self, *words: str) -> None:
        """Take words that must come next."""
        if not self.take(*words):
            raise Unreadable

    def take_if_exists(self) -> bool:
        """Take IF EXISTS."""
        return self.take("if", "exists")

    def take_if_not_exists(self) -> bool:
        """Take IF NOT EXISTS."""
        return self.take("if", "not", "exists")

    def identifier(self) -> str:
        """Take one identifier, folded as the database folds it."""
        token = self.next()
        is_postgres = self.provider in ("postgresql", "cockroachdb")
        if token.kind == "name":
            return cut_identifier(token.value) if is_postgres else token.value
        if token.kind == "string" and self.provider == "sqlite":
            return token.value  # SQLite takes a string for a name where only a name can stand
        if token.kind != "word":
            raise Unreadable
        if is_postgres:
            return cut_identifier(token.value)
        return self.text[token.start : token.end]

    def name(self) -> Name:
        """Take a name that may be qualified; only the last two parts count."""
        parts = [self.identifier()]
        while self.take_mark("."):
            parts.append(self.identifier())
        return Name(parts[-2] if len(parts) > 1 else None, parts[-1])

    def string(self) -> str:
        """Take a string."""
        token = self.next()
        if token.kind != "string":
            raise Unreadable
        return token.value

    def group(self) -> tuple[Token, ...]:
        """Take what stands in parentheses."""
        if not self.take_mark("("):
            raise Unreadable
        begun, depth = self.at, 1
        while depth:
            token = self.next()
            if token.is_mark("("):
                depth += 1
            elif token.is_mark(")"):
                depth -= 1
        return tuple(self.tokens[begun : self.at - 1])

    def inside(self, tokens: Sequence[Token]) -> Cursor:
        """Return a cursor over some tokens of the same text."""
        return Cursor(self.provider, self.text, tokens)

    def list_of(self, read: Callable[[Cursor], T]) -> tuple[T, ...]:
        """Take a list in parentheses, each entry read by a function."""
        inner = self.inside(self.group())
        found: list[T] = []
        while not inner.is_at_end:
            found.append(read(inner))
            if not inner.take_mark(",") and not inner.is_at_end:
                raise Unreadable
        return tuple(found)

    def separated(self, read: Callable[[Cursor], T]) -> tuple[T, ...]:
        """Take entries between commas."""
        found = [read(self)]
        while self.take_mark(","):
            found.append(read(self))
        return tuple(found)

    def column_list(self) -> tuple[str, ...]:
        """Take a list of columns in parentheses; MySQL's prefix lengths and orders are passed."""
        return self.list_of(_listed_column)

    def rest(self) -> tuple[Token, ...]:
        """Take all that is left."""
        begun, self.at = self.at, len(self.tokens)
        return tuple(self.tokens[begun:])

    def sql(self, tokens: Sequence[Token]) -> str:
        """Return tokens as SQL."""
        return source_text(self.text, tokens)

    def expression(self, stops: frozenset[str] = COLUMN_WORDS) -> str:
        """Take an expression up to a comma or one of some words outside parentheses."""
        begun, depth = self.at, 0
        while not self.is_at_end:
            token = self.peek()
            if token.is_mark("(", "["):
                depth += 1
            elif token.is_mark(")", "]"):
                if depth == 0:
                    break
                depth -= 1
            elif depth == 0 and self.at > begun:
                if token.is_mark(","):
                    break
                if token.kind == "word" and token.value in stops:
                    break
            self.at += 1
        if self.at == begun:
            raise Unreadable
        return self.sql(self.tokens[begun : self.at])

    def type(self) -> str:
        """Take a type and return its SQL."""
        begun = self.at
        first = self.next()
        if first.kind not in ("word", "name") and (first.kind, self.provider) != (
            "string",
            "sqlite",
        ):
            raise Unreadable
        while self.take_mark("."):
            first = self.next()
        if first.kind == "word":
            more = _TYPE_WORDS.get(first.value, frozenset())
            while self.peek().kind == "word" and self.peek().value in more:
                self.at += 1
        if self.peek().is_mark("("):
            self.group()
        if first.is_word("timestamp", "time"):
            if self.sees("with", "time", "zone") or self.sees("without", "time", "zone"):
                self.at += 3
        elif first.is_word("interval"):
            while self.peek().kind == "word" and self.peek().value in _TYPE_WORDS["interval"]:
                self.at += 1
        if self.provider == "mysql":
            while self.take_one_of("unsigned", "signed", "zerofill", "binary"):
                pass
        while self.peek().is_mark("["):
            self.at += 1
            while not self.next().is_mark("]"):
                pass
        if self.take("array") and self.peek().is_mark("["):
            while not self.next().is_mark("]"):
                pass
        return self.sql(self.tokens[begun : self.at])

    def index_part(self) -> IndexPart:
        """Take one column or expression of an index."""
        column: str | None = None
        expression: str | None = None
        length: int | None = None
        if self.peek().is_mark("("):
            inside = self.group()
            # A column in parentheses is a column (PostgreSQL's ComputeIndexAttrs, SQLite's
            # `pragma index_info`); MySQL refuses it.
            is_column = len(inside) == 1 and inside[0].kind in ("word", "name")
            if is_column and self.provider != "mysql":
                column = self.inside(inside).identifier()
            else:
                expression = self.sql(inside)
        elif self.peek().kind in ("word", "name") and not self.peek(1).is_mark("(", ".", "::"):
            column = self.identifier()
        elif self.provider == "mysql" and self.peek().kind in ("word", "name"):
            column = self.identifier()
            length = int(self.sql(self.group()))
        else:
            expression = self._call()
        if self.take("collate"):
            self.name()
        operator_class: str | None = None
        is_postgres = self.provider in ("postgresql", "cockroachdb")
        if (
            is_postgres
            and self.peek().kind in ("word", "name")
            and not self.peek().is_word("asc", "desc", "nulls", "with")
        ):
            operator_class = self.name().name
            if self.peek().is_mark("("):
                self.group()
        is_descending = self.take_one_of("asc", "desc") == "desc"
        if self.take("nulls"):
            self.next()
        return IndexPart(column, expression, is_descending, length, operator_class)

    def _call(self) -> str:
        begun = self.at
        self.name()
        if not self.peek().is_mark("("):
            raise Unreadable
        self.group()
        return self.sql(self.tokens[begun : self.at])

    def method(self) -> IndexMethod:
        """Take the name of an access method."""
        return _METHODS.get(self.identifier().lower(), "other")


def cut_identifier(name: str) -> str:
    """Return a name as PostgreSQL keeps it: no longer than 63 bytes."""
    encoded = name.encode()
    return name if len(encoded) <= 63 else encoded[:63].decode(errors="ignore")


def _listed_column(cursor: Cursor) -> str:
    column = cursor.identifier()
    if cursor.peek().is_mark("("):
        cursor.group()
    cursor.take_one_of("asc", "desc")
    return column
