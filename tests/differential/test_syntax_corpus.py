"""Real schemas and the official validator's own cases: the same parse errors, the same members."""

from __future__ import annotations

from typing import Any

import pytest

from referee.syntax.tree import Block, EnumValue, Field
from tests.differential.syntax_reasons import explain
from tests.support.corpus import (
    CorpusUnit,
    OfficialCase,
    corpus_units,
    official_cases,
    require_corpus,
    require_official_cases,
)
from tests.support.official import (
    OfficialValidator,
    blank_urls,
    is_argument_error,
    is_parse_error,
    without_unknown_previews,
)
from tests.syntax.reading import mistakes_by_line, read

VALID_UNITS = [unit for unit in corpus_units() if unit.wasm_class.startswith("valid")]
CASES_WITH_RECORD = [case for case in official_cases() if case.record()["lint"] is not None]


def test_there_is_something_to_compare() -> None:
    require_corpus()
    require_official_cases()
    assert len(VALID_UNITS) >= 50
    assert len(CASES_WITH_RECORD) >= 800


@pytest.mark.parametrize("unit", VALID_UNITS, ids=lambda unit: unit.name)
def test_a_valid_schema_has_no_mistake(unit: CorpusUnit) -> None:
    for text in unit.files.values():
        assert mistakes_by_line(read(text)) == {}


def test_an_official_case_has_its_mistakes_on_the_lines_that_the_validator_blames() -> None:
    require_official_cases()
    reasons: dict[str, list[str]] = {}
    for case in CASES_WITH_RECORD:
        explained, left = compare(case)
        assert left == set(), f"{case.name}: line {min(left) + 1}"
        for name in explained:
            reasons.setdefault(name, []).append(case.name)
    assert reasons == {
        "run of stray lines": ["psl-rs/parsing/nice_errors/nice_error_missing_braces"],
        "setting without a value": ["psl/generator/missing_property_value"],
    }


def compare(case: OfficialCase) -> tuple[dict[str, set[int]], set[int]]:
    source = read(case.text)
    theirs = {
        each.line
        for each in case.recorded_lint()
        if is_parse_error(each.text) or is_argument_error(each.text)
    }
    return explain(source, set(mistakes_by_line(source)), theirs)


@pytest.mark.slow
def test_members_are_those_of_the_validators_data_model(official: OfficialValidator) -> None:
    require_corpus()
    compared = 0
    for unit in VALID_UNITS:
        files = {
            path: without_unknown_previews(blank_urls(text)) for path, text in unit.files.items()
        }
        if any(not each.is_warning for each in official.lint(files)):
            continue
        compared += 1
        data_model = official.data_model(files)["datamodel"]
        assert our_models(unit) == their_models(data_model), unit.name
        assert our_enums(unit) == {
            each["name"]: [value["name"] for value in each["values"]]
            for each in data_model["enums"]
        }, unit.name
    assert compared >= 50


def our_models(unit: CorpusUnit) -> dict[str, list[tuple[str, str, bool, bool]]]:
    """Return (name, type, is required, is list) of every field that the client would see."""
    return {
        block.name.text: [
            (
                member.name.text,
                member.type.name.text,
                member.type.arity != "optional",
                member.type.arity == "list",
            )
            for line in block.lines
            if isinstance(member := line.member, Field) and is_seen(member)
        ]
        for block in blocks(unit)
        if block.kind in ("model", "view", "type") and not is_ignored(block)
    }


def their_models(data_model: dict[str, Any]) -> dict[str, list[tuple[str, str, bool, bool]]]:
    return {
        model["name"]: [
            (field["name"], field["type"], field["isRequired"], field["isList"])
            for field in model["fields"]
        ]
        for model in [*data_model["models"], *data_model["types"]]
    }


def our_enums(unit: CorpusUnit) -> dict[str, list[str]]:
    return {
        block.name.text: [
            line.member.name.text for line in block.lines if isinstance(line.member, EnumValue)
        ]
        for block in blocks(unit)
        if block.kind == "enum"
    }


def blocks(unit: CorpusUnit) -> list[Block]:
    return [
        item for text in unit.files.values() for item in read(text).items if isinstance(item, Block)
    ]


def is_seen(field: Field) -> bool:
    names = {attribute.name.text for attribute in field.attributes}
    return "ignore" not in names and field.type.unsupported is None


def is_ignored(block: Block) -> bool:
    return any("@@ignore" in line.text for line in block.lines)
