"""The one way to read a script: statements with their places, whatever the dialect.

PostgreSQL is read by its own parser where the package `pgparse` is installed, and from tokens
elsewhere; both give equal statements.
"""

from __future__ import annotations

from referee.migrations.sql.statements import Script, Span, SqlMistake
from referee.migrations.sql.token_reader import cut_statements, read_statement
from referee.migrations.sql.tokens import tokenize
from referee.schema.providers import Provider


def parse_script(provider: Provider, text: str) -> Script:
    """Read a script with the best reader that is installed."""
    from referee.migrations.sql import postgres_reader  # noqa: PLC0415  imports a binary

    if provider in ("postgresql", "cockroachdb") and postgres_reader.is_installed():
        return postgres_reader.parse_with_postgres(provider, text)
    return parse_from_tokens(provider, text)


def parse_from_tokens(provider: Provider, text: str) -> Script:
    """Read a script from its tokens; only what does not end is a mistake of the syntax."""
    cut = tokenize(provider, text)
    mistakes: tuple[SqlMistake, ...] = ()
    if cut.unfinished is not None:
        at = cut.unfinished.start
        mistakes = (SqlMistake("something that begins here does not end", Span(at, len(text))),)
    return Script(
        tuple(
            read_statement(provider, text, tokens)
            for tokens in cut_statements(provider, cut.tokens)
        ),
        mistakes,
        tuple(Span(comment.start, comment.end) for comment in cut.comments),
    )
