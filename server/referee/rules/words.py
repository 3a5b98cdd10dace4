"""Names as people write them: their words, and lists of them in sentences.

It deliberately knows no schema.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def name_words(name: str) -> list[str]:
    """Return the words of a camelCase, PascalCase or snake_case name, in lower case."""
    return list(_words(name))


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text as a set, for lists of words in rules."""
    return frozenset(text.split())


def head_noun(name: str) -> str:
    """Return the last word of a name in lower case and singular: `OrderStatuses` is "status"."""
    words = [word for word in name_words(name) if not word.isdigit()]
    return singular(words[-1]) if words else ""


def singular(word: str) -> str:
    """Return the singular of an English noun in lower case, by its regular endings."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "uses")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def listed(names: Sequence[str], most: int = 6, joint: str = "and") -> str:
    """Return names in backticks as a list in a sentence: "`A`, `B` and 3 more"."""
    quoted = [f"`{name}`" for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(quoted)} {joint} {len(names) - most} more"
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {joint} {quoted[-1]}"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun: "1 model", "3 models"."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def with_article(name: str) -> str:
    """Return a name in backticks with its article: "a `Team`", "an `Order`", "a `User`"."""
    first = name_words(name)[:1]
    is_vowel = bool(first) and first[0][0] in "aeiou" and not _CONSONANT_SOUND.match(first[0])
    return f"{'an' if is_vowel else 'a'} `{name}`"


# Words that begin with a vowel in writing only.
_CONSONANT_SOUND = re.compile(r"us|uni(?!n)|uti|eu|one|once|ur[ai]")


@lru_cache(maxsize=4_000)
def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD.findall(name))
