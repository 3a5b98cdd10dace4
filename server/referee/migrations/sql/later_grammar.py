"""What PostgreSQL's grammar gained after the version whose parser reads scripts here.

The parser of `pgparse` is that of PostgreSQL 17. Where it stops at a form that a later version
takes, nothing is known of the syntax, so the script counts as none that cannot be read. It
deliberately does not read these forms: that is for the reader of tokens.

Source: the release notes of PostgreSQL 18; a test runs the statements there.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from referee.migrations.sql.tokens import Token

# What the parser says, without a place, of `ALTER CONSTRAINT ... NO INHERIT`.
_NO_INHERIT = "FOREIGN KEY constraints cannot be marked NO INHERIT"


def is_of_a_later_version(message: str, tokens: Sequence[Token], number: int) -> bool:
    """Tell whether a later PostgreSQL may take what the parser refused with a message.

    `tokens` are those of a script, `number` the place among them of the one it stopped at.
    """
    return message.startswith(_NO_INHERIT) or (
        number < len(tokens) and _is_of_a_later_form(tokens, number)
    )


def _is_of_a_later_form(tokens: Sequence[Token], number: int) -> bool:
    here = tokens[number]
    before = tokens[number - 1] if number else here
    after = tokens[number + 1] if number + 1 < len(tokens) else here
    begun = next(
        (at + 1 for at in range(number - 1, -1, -1) if tokens[at].is_mark(";")),
        0,
    )
    statement = tokens[begun:number]
    return (
        # Columns that are computed when they are read, which is also what no word at all means.
        (before.is_mark(")") and _is_of_a_generated_column(statement))
        # Constraints that nothing checks, and `ALTER CONSTRAINT ... INHERIT`.
        or here.is_word("enforced")
        or (here.is_word("inherit") and _has(statement, "alter", "constraint"))
        # `ADD CONSTRAINT name NOT NULL column`
        or (here.is_word("not") and after.is_word("null") and _names_a_constraint(statement))
        # Keys over time.
        or (here.is_word("without") and after.is_word("overlaps"))
        or (before.is_word("period") and here.kind in ("word", "name"))
        # `RETURNING WITH (OLD AS o)`
        or (before.is_word("returning") and here.is_word("with"))
        # `VACUUM ONLY`, `ANALYZE ONLY`
        or (here.is_word("only") and bool(statement) and statement[0].is_word("vacuum", "analyze"))
    )


def _is_of_a_generated_column(statement: Sequence[Token]) -> bool:
    """Tell whether the parenthesis that ends here is that of GENERATED ALWAYS AS (...)."""
    depth = 0
    for at in range(len(statement) - 1, -1, -1):
        if statement[at].is_mark(")"):
            depth += 1
        elif statement[at].is_mark("("):
            depth -= 1
            if depth == 0:
                words = ("generated", "always", "as")
                return at >= len(words) and all(
                    token.is_word(word)
                    for token, word in zip(statement[at - len(words) : at], words, strict=True)
                )
    return False


def _names_a_constraint(statement: Sequence[Token]) -> bool:
    return len(statement) > 1 and statement[-2].is_word("constraint")


def _has(statement: Sequence[Token], first: str, second: str) -> bool:
    return any(
        token.is_word(first) and following.is_word(second)
        for token, following in pairwise(statement)
    )
