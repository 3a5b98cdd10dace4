"""The one way to read a script: statements with their places, whatever the dialect.

PostgreSQL is read by its own parser where the package `pgparse` is installed, and from tokens
elsewhere; both give equal statements. Whatever reads a script, what it says is the same.
"""

from __future__ import annotations

from dataclasses import replace

from referee.migrations.sql import second_reader
from referee.migrations.sql.cutting import cut_renames, cut_statements
from referee.migrations.sql.statements import PlacedStatement, Script, Span, SqlMistake
from referee.migrations.sql.token_reader import mistake_of_form, read_closely
from referee.migrations.sql.tokens import tokenize
from referee.schema.providers import Provider


def parse_script(provider: Provider, text: str) -> Script:
    """Read a script with the best reader that is installed."""
    from referee.migrations.sql import postgres_reader  # noqa: PLC0415  imports a binary

    if provider in ("postgresql", "cockroachdb") and postgres_reader.is_installed():
        return postgres_reader.parse_with_postgres(provider, text)
    return parse_from_tokens(provider, text)


def parse_from_tokens(provider: Provider, text: str) -> Script:
    """Read a script from its tokens.

    Of the mistakes in its syntax those are found that no dialect allows, and in SQLite and MySQL
    those that two readers stumble over.
    """
    cut = tokenize(provider, text)
    comments = tuple(Span(comment.start, comment.end) for comment in cut.comments)
    statements: list[PlacedStatement] = []
    mistakes: list[SqlMistake] = []
    for tokens in cut_statements(provider, cut.tokens):
        read = [(read_closely(provider, text, part), span) for part, span in cut_renames(tokens)]
        statements += [replace(placed, span=span) for (placed, _), span in read]
        placed, is_understood = statements[-1], all(each for (_, each), _ in read)
        mistake = second_reader.mistake_of_beginning(provider, text, tokens)
        if mistake is None and (is_understood or provider not in second_reader.JUDGED):
            continue
        if cut.unfinished is not None and cut.unfinished.start >= placed.span.end:
            continue  # what does not end is the mistake
        mistake = (
            mistake
            or mistake_of_form(tokens)
            or second_reader.mistake_in(provider, text, placed, tokens)
        )
        if mistake is not None:
            mistakes.append(mistake)
    if cut.unfinished is not None:
        at = cut.unfinished.start
        mistakes.append(SqlMistake("something that begins here does not end", Span(at, len(text))))
    return Script(tuple(statements), tuple(mistakes), comments)
