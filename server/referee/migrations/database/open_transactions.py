"""Refuses a script that leaves a transaction open: what the transaction holds is lost.

It deliberately does not know how a connection tells that one is open.
"""

from __future__ import annotations

from referee.migrations.database.connection import DatabaseError
from referee.migrations.database.statements import (
    Dialect,
    Statement,
    split_statements,
    tokens_of,
)

_BEGINNINGS = frozenset({"BEGIN", "START", "SAVEPOINT"})
_ENDS = frozenset({"COMMIT", "END", "ROLLBACK", "ABORT"})


class OpenTransaction(DatabaseError):
    """A script ran to its end and left a transaction open; the connection rolled it back."""


def open_transaction(script: str, dialect: Dialect) -> OpenTransaction:
    """Return what to raise about a script, with the place where its transaction begins."""
    # PostgreSQL makes one transaction of a BEGIN and of what stands before it in its message.
    lost = "of it" if dialect == "postgresql" else "behind its beginning"
    begin = _open_beginning(script, dialect)
    return OpenTransaction(
        f"it leaves a transaction open: nothing {lost} stays",
        statement=None if begin is None else begin.index,
        offset=None if begin is None else begin.start,
        line=None if begin is None else begin.line,
    )


def _open_beginning(script: str, dialect: Dialect) -> Statement | None:
    found: Statement | None = None
    for statement in split_statements(script, dialect):
        words = [token.word for token in tokens_of(statement.of(script), dialect)]
        if words[0] in _BEGINNINGS:
            found = found or statement
        elif words[0] in _ENDS and not {"TO", "CHAIN"} & set(words):
            found = None
    return found
