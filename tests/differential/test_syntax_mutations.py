"""Damaged schemas: the lines with mistakes are those that the official validator blames.

Every difference needs a reason in `syntax_reasons.py`; which mutation differs for which reason is
listed in `syntax_differences.toml`, which `UPDATE_DIFFERENCES=1` writes anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.differential.syntax_reasons import REASONS, explain
from tests.support.corpus import require_corpus
from tests.support.mutations import Mutation, mutations
from tests.support.official import (
    OfficialPanic,
    OfficialValidator,
    is_argument_error,
    is_parse_error,
)
from tests.syntax.reading import mistakes_by_line, read

LIST = Path(__file__).with_name("syntax_differences.toml")
SEED = 2026
MUTATIONS_TO_COMPARE = 2_000

pytestmark = pytest.mark.slow


def test_every_difference_from_the_validator_has_a_reason(official: OfficialValidator) -> None:
    require_corpus()
    unexplained: list[str] = []
    by_reason: dict[str, list[str]] = {reason.name: [] for reason in REASONS}
    for mutation, explained, left in differences(official, SEED, MUTATIONS_TO_COMPARE):
        for name in explained:
            by_reason[name].append(mutation.id)
        unexplained += [f"{mutation.id}: line {line + 1}" for line in sorted(left)]
    assert unexplained == []
    listed = as_toml(by_reason)
    if os.environ.get("UPDATE_DIFFERENCES"):
        LIST.write_text(listed, "utf-8")
    assert LIST.read_text("utf-8") == listed, (
        "the differences changed: run with UPDATE_DIFFERENCES=1 and review the list"
    )


EXAMPLES = {
    "unclosed block": "model A {\n  id Int @id\nmodel B {\n  id Int @id\n}\n",
    "broken header": "model A B {\n  id Int @id\n}\n",
    "stray brace inside a block": "model A {\n  id Int @id\n  }\n  b Int\n}\n",
    "run of stray lines": "x\ny\n",
    "arguments nobody looks at": 'model A {\n  id Int @id\n  b Unknown @map("x",)\n}\n',
    "setting without a value": 'generator g {\n  provider = "x"\n  a =\n}\n',
    "comment behind a broken line": "model A {\n  id Int @id\n  ?? /* c\n d\n */\n}\n",
    "byte order mark": "\ufeffmodel A {\n  id Int @id\n}\n",
    "string over two lines": 'model A {\n  id Int @id @map("x\\\ny")\n}\n',
}


@pytest.mark.parametrize("reason", [reason.name for reason in REASONS])
def test_every_reason_has_an_example_that_differs_for_it_alone(
    official: OfficialValidator, reason: str
) -> None:
    text = EXAMPLES[reason]
    theirs = {
        each.line
        for each in official.lint({"schema.prisma": text})
        if is_refusal_of_form(each.text)
    }
    explained, left = explain(read(text), set(mistakes_by_line(read(text))), theirs)
    assert list(explained) == [reason]
    assert left == set()


@pytest.mark.fuzz
def test_other_mutations_differ_for_the_same_reasons_only(
    official: OfficialValidator, fuzz_rounds: int
) -> None:
    require_corpus()
    for mutation, _, left in differences(official, SEED + 1, 10 * fuzz_rounds):
        assert left == set(), f"{mutation.id}: line {min(left) + 1}"


def differences(
    official: OfficialValidator, seed: int, count: int
) -> Iterator[tuple[Mutation, dict[str, set[int]], set[int]]]:
    damaged = mutated(seed, count)
    outcomes = official.lint_each({each.file: each.text} for each in damaged)
    for mutation, outcome in zip(damaged, outcomes, strict=True):
        if isinstance(outcome, OfficialPanic):
            continue
        source = read(mutation.text)
        theirs = {each.line for each in outcome if is_refusal_of_form(each.text)}
        explained, left = explain(source, set(mistakes_by_line(source)), theirs)
        yield mutation, explained, left


def is_refusal_of_form(text: str) -> bool:
    return is_parse_error(text) or is_argument_error(text)


@cache
def mutated(seed: int, count: int) -> tuple[Mutation, ...]:
    return tuple(mutations(seed, count))


def as_toml(by_reason: dict[str, list[str]]) -> str:
    pieces = [
        "# Mutations of which Referee and the official validator blame different lines.\n"
        "# Written by test_syntax_mutations.py with UPDATE_DIFFERENCES=1; the conditions are in\n"
        "# syntax_reasons.py.\n"
    ]
    for reason in REASONS:
        names = sorted(by_reason[reason.name], key=natural)
        pieces.append(f'\n["{reason.name}"]\nwhy = "{quoted(reason.why)}"\ncount = {len(names)}\n')
        pieces.append("mutations = [\n")
        pieces += [f'    "{quoted(name)}",\n' for name in names]
        pieces.append("]\n")
    return "".join(pieces)


def natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
