"""What a command raises when somebody asked for something that cannot be done."""

from __future__ import annotations

from collections.abc import Collection

# The exit codes that docs/cli.md promises.
CLEAN = 0
FOUND = 1
FAILED = 2
INTERRUPTED = 130

# How alike two words are at least for one to be what was meant by the other. At 0.5, which is
# half of their letters, `--schema` would be offered for `--watch`.
NEAR = 0.6


class UsageError(Exception):
    """The command was called in a way that makes no sense; the text is a sentence that says why."""


def nearest(word: str, valid: Collection[str]) -> str | None:
    """Return the valid word that somebody most likely meant; None if none comes near.

    The beginning of one word alone means that word.
    """
    import difflib

    meant = word.lower().replace("_", "-")
    begun = [each for each in valid if len(meant) > 2 and each.lower().startswith(meant)]
    found = begun if len(begun) == 1 else difflib.get_close_matches(meant, valid, 1, NEAR)
    return found[0] if found else None


def did_you_mean(word: str, valid: Collection[str], otherwise: str = "") -> str:
    """Return the end of a sentence that names the nearest valid word, or `otherwise`."""
    found = nearest(word, valid)
    return f"; did you mean `{found}`?" if found else otherwise or "."
