"""The list of all rules, and the codes that come from elsewhere than a rule."""

from __future__ import annotations

from dataclasses import dataclass

from referee.rules import partly_indexed_foreign_key, unindexed_foreign_key
from referee.rules.rule import Family, FixSafety, Rule, Severity

ALL_RULES: tuple[Rule, ...] = (
    unindexed_foreign_key.RULE,
    partly_indexed_foreign_key.RULE,
)


@dataclass(frozen=True, slots=True)
class OtherCode:
    """A code that no rule reports, with the same description that a rule has."""

    code: str
    family: Family
    severity: Severity
    summary: str
    documentation: str
    fix_safety: FixSafety = "none"
    severity_note: str = ""
    is_on: bool = True


TOOL_CODES: tuple[OtherCode, ...] = (
    OtherCode(
        "syntax",
        "syntax",
        "error",
        "A line that is not Prisma's language",
        """A line that is not Prisma's language.

Prisma reads a schema line by line: an attribute and its arguments stand on one line, and `}`
closes a block only as the first thing on its line.
The line is left out; the rest of the file and of the schema is judged as before.
Nothing is concluded from what the broken line may have said.
""",
    ),
    OtherCode(
        "unreadable-file",
        "tool",
        "error",
        "A file that cannot be read",
        """A file that cannot be read, or that is not UTF-8.

The other files of the schema are judged without it, so relations into it are left out.
""",
    ),
    OtherCode(
        "bad-configuration",
        "tool",
        "error",
        "A mistake in the configuration",
        """A mistake in `referee.toml`, in the `referee` key of `package.json` or in the editor's settings.

The message names the key and the nearest valid one.
The rest of the configuration works as if the mistake were not there.
""",
    ),
    OtherCode(
        "unknown-code",
        "tool",
        "warning",
        "A silencing comment that names no rule",
        """A silencing comment names a code that does not exist, so it silences nothing.

The fix writes the nearest code instead; it is unsafe, since it is a guess.
""",
        fix_safety="unsafe",
    ),
    OtherCode(
        "unused-silence",
        "tool",
        "hint",
        "A silencing comment that silences nothing",
        """A silencing comment silences nothing (any more).

The fix removes the code, or the comment where it is the only one, and is safe.
""",
        fix_safety="safe",
    ),
    OtherCode(
        "prisma-8-dialect",
        "tool",
        "information",
        "A file in the Prisma 8 language",
        """The first line of the file asks for another dialect (`// use prisma-8` or `// use prisma-next`).

Referee reads the language of Prisma 6 and 7 and says nothing else about this file.
""",
    ),
)

_FAMILIES: dict[str, Family] = {
    **{rule.code: rule.family for rule in ALL_RULES},
    **{other.code: other.family for other in TOOL_CODES},
}
ALL_CODES: tuple[str, ...] = tuple(_FAMILIES)
ALL_FAMILIES: tuple[Family, ...] = tuple(dict.fromkeys(_FAMILIES.values()))


def family_of(code: str) -> Family:
    """Return the family of a code; raises KeyError if there is no such code."""
    return _FAMILIES[code]
