"""Turns failures of a database that a command works on into sentences for people.

It deliberately does not know which of them a command goes on after.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from referee.cli.errors import UsageError


@contextmanager
def told_failures() -> Iterator[None]:
    """Raise UsageError for what a database refuses or cannot do, without passwords."""
    from referee.cli.writing import reason_of
    from referee.migrations.database.connection import CannotConnect, DatabaseError, NoDriver
    from referee.migrations.database.urls import redact

    def shown(failure: Exception) -> str:
        text = redact(str(failure)).encode(errors="backslashreplace").decode()
        return " ".join(text.split()).rstrip(".")

    try:
        yield
    except NoDriver as failure:
        raise UsageError(f"{shown(failure)}.") from None
    except CannotConnect as failure:
        raise UsageError(f"the database cannot be used: {shown(failure)}.") from None
    except DatabaseError as failure:
        raise UsageError(
            f"the database refused what a verification needs: {shown(failure)}."
        ) from None
    except OSError as failure:
        raise UsageError(f"a throwaway database failed: {reason_of(failure)}.") from failure
