"""The names that a configuration may use, and how a configuration becomes settings of rules.

It deliberately reads no file: what is configured comes as a value.
"""

from __future__ import annotations

from referee.project.configuration import Vocabulary
from referee.rules.catalogue import ALL_CODES, ALL_FAMILIES, ALL_RULES


def vocabulary() -> Vocabulary:
    """Return the names that a configuration may use."""
    return Vocabulary(
        codes=ALL_CODES,
        families=ALL_FAMILIES,
        options={rule.code: rule.options for rule in ALL_RULES},
    )
