"""What `--select` and `--ignore` leave of the rules; it deliberately reads no configuration."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from referee.cli.errors import UsageError, did_you_mean
from referee.rules.catalogue import ALL_CODES, ALL_RULES, TOOL_CODES, OtherCode, family_of
from referee.rules.rule import Rule

# A selection of rules does not hide that something could not be judged.
_ALWAYS_SELECTED = frozenset({"syntax", "unreadable-file", "bad-configuration"})


@dataclass(frozen=True, slots=True)
class Selection:
    """The codes that are asked for by their own names, and those that are left out."""

    switched_on: frozenset[str] = frozenset()
    switched_off: frozenset[str] = frozenset()


def select_codes(select: Collection[str], ignore: Collection[str]) -> Selection:
    """Return what two lists of codes and families mean; raises UsageError on an unknown name.

    A code goes before a family, and what is ignored before what is selected.
    """
    for option, names in (("--select", select), ("--ignore", ignore)):
        _refuse_unknown(option, names)
    off = {
        code
        for code in ALL_CODES
        if code in ignore
        or (
            code not in select
            and (
                family_of(code) in ignore
                or (select and family_of(code) not in select and code not in _ALWAYS_SELECTED)
            )
        )
    }
    named = {code for code in ALL_CODES if code in select}
    return Selection(frozenset(named - off), frozenset(off))


def whole_catalogue() -> tuple[Rule | OtherCode, ...]:
    """Return every code with all there is to tell about it; those about migrations come along."""
    from referee.migrations.catalogue import MIGRATION_CODES

    return (*ALL_RULES, *MIGRATION_CODES, *TOOL_CODES)


def known_names() -> list[str]:
    """Return every code and family, each once."""
    return list(dict.fromkeys([*ALL_CODES, *map(family_of, ALL_CODES)]))


def _refuse_unknown(option: str, names: Iterable[str]) -> None:
    known = known_names()
    for name in names:
        if name not in known:
            meant = did_you_mean(name, known, "; see: referee rules")
            raise UsageError(f"{option} names `{name}`, which is no code and no family{meant}")
