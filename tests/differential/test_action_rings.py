"""Rings and several paths of referential actions, against the official validator."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest

from referee.features.diagnostics import Diagnostic
from referee.rules.settings import RuleSettings
from tests.support.judging import diagnostics, fixed_files, snapshot_of
from tests.support.official import OfficialDiagnostic, OfficialPanic, OfficialValidator

pytestmark = pytest.mark.fuzz

RING = "referential-action-cycle"
PATHS = "multiple-cascade-paths"
# What each place takes that checks for rings, and what changes nothing there.
PLACES: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {
    ("sqlserver", "foreignKeys"): (("Cascade", "NoAction", "SetNull", "SetDefault"), "NoAction"),
    ("mongodb", "prisma"): (("Cascade", "Restrict", "NoAction", "SetNull"), "NoAction"),
    ("mysql", "prisma"): (("Cascade", "Restrict", "NoAction", "SetNull"), "NoAction"),
    ("postgresql", "prisma"): (("Cascade", "Restrict", "SetNull"), "Restrict"),
}
FAMILIES = RuleSettings(
    severities=dict.fromkeys(("missing-index", "foreign-key", "index", "type", "tool"), "off")
)


@pytest.mark.parametrize("place", PLACES, ids="-".join)
def test_a_ring_is_found_exactly_where_the_validator_finds_one(
    place: tuple[str, str], official: OfficialValidator, fuzz_rounds: int
) -> None:
    random = Random(" ".join(place))
    schemas = [random_schema(random, place) for _ in range(fuzz_rounds * 10)]
    found = 0
    for text, told in zip(schemas, told_by(official, schemas), strict=True):
        refused = fields_refused_for_rings(text, told)
        mine = ours(text, RING)
        assert bool(mine) == bool(refused), text
        # A finding stands at one field of its ring; the validator names also those that lead to it.
        fields = {each.fields[0].removesuffix("Id") for each in mine}
        assert fields <= refused, text
        found += bool(mine)
    assert found > fuzz_rounds


@pytest.mark.parametrize("place", PLACES, ids="-".join)
def test_the_preferred_fixes_end_every_ring_the_validator_refuses(
    place: tuple[str, str], official: OfficialValidator, fuzz_rounds: int
) -> None:
    random = Random("fixes " + " ".join(place))
    fixed = []
    for _ in range(fuzz_rounds):
        files: Mapping[str, str] = {"schema.prisma": random_schema(random, place)}
        for _ in range(20):
            rings = [each for each in diagnostics(files, FAMILIES) if each.code in (RING, PATHS)]
            if not rings:
                break
            files = fixed_files(snapshot_of(files, FAMILIES), rings[0].fixes[0])
        fixed.append(files["schema.prisma"])
    for text, told in zip(fixed, told_by(official, fixed), strict=True):
        assert not [each.text for each in told if not each.is_warning], text


def test_several_paths_are_found_exactly_where_the_validator_finds_them(
    official: OfficialValidator, fuzz_rounds: int
) -> None:
    random = Random("paths")
    place = ("sqlserver", "foreignKeys")
    schemas = [random_schema(random, place, has_rings=False) for _ in range(fuzz_rounds * 10)]
    found = 0
    for text, told in zip(schemas, told_by(official, schemas), strict=True):
        errors = [each.text for each in told if not each.is_warning]
        assert all("multiple paths" in each for each in errors), errors
        mine = ours(text, PATHS)
        assert bool(mine) == bool(errors), text
        found += bool(mine)
    assert found > fuzz_rounds


def ours(text: str, code: str) -> list[Diagnostic]:
    return [each for each in diagnostics(text, FAMILIES) if each.code == code]


def told_by(official: OfficialValidator, schemas: list[str]) -> list[list[OfficialDiagnostic]]:
    found = []
    for outcome in official.lint_many([{"schema.prisma": text} for text in schemas]):
        assert not isinstance(outcome, OfficialPanic)
        found.append(outcome)
    return found


def fields_refused_for_rings(text: str, told: list[OfficialDiagnostic]) -> set[str]:
    """Return the relation fields that the validator refuses for a ring or a self relation."""
    lines = text.split("\n")
    return {
        lines[each.line].split()[0]
        for each in told
        if "Reference causes a cycle" in each.text or "A self-relation must have" in each.text
    }


def random_schema(random: Random, place: tuple[str, str], has_rings: bool = True) -> str:
    """Return a valid schema but for its rings: a few models, and keys with and without actions."""
    provider, mode = place
    actions, idle = PLACES[place]
    size = random.randint(2, 5) if not has_rings else random.randint(1, 5)
    members: list[list[str]] = [[] for _ in range(size)]
    indexes: list[list[str]] = [[] for _ in range(size)]
    for number in range(random.randint(1, size * 2)):
        child, parent = random.randrange(size), random.randrange(size)
        if not has_rings:
            if child == parent:
                continue
            child, parent = max(child, parent), min(child, parent)
        mark = random.choice(["", "?"])
        written = ""
        for argument in ("onDelete", "onUpdate"):
            if random.random() < 0.6:
                action = random.choice([*actions, idle, idle])
                if action == "SetNull" and not mark:
                    action = "Cascade"
                written += f", {argument}: {action}"
        key = f"r{number}"
        members[child].append(
            f'  {key} M{parent}{mark} @relation("{key}", fields: [{key}Id], '
            f"references: [id]{written})\n  {key}Id Int{mark}"
        )
        members[parent].append(f'  b{number} M{child}[] @relation("{key}")')
        indexes[child].append(f"  @@index([{key}Id])")
    column = '  id Int @id @map("_id")' if provider == "mongodb" else "  id Int @id"
    blocks = [f'datasource db {{\n  provider = "{provider}"\n  relationMode = "{mode}"\n}}']
    if provider == "mongodb":
        blocks = ['datasource db {\n  provider = "mongodb"\n}']
    for model in range(size):
        lines = [f"model M{model} {{", column, *members[model], *indexes[model], "}"]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"
