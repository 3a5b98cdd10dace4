"""The grammar is sound, and its two uses agree: whole files, and line by line."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lark import Lark
from lark.exceptions import UnexpectedInput

from referee.syntax.characters import plain
from referee.syntax.lark_tree import grammar_text, recipe_of
from referee.syntax.recipes import build, ready
from referee.syntax.source import Source
from referee.syntax.tree import Block, Comment, Span
from referee.syntax.tree_builder import TreeBuilder
from tests.support.corpus import (
    corpus_units,
    official_cases,
    require_corpus,
    require_official_cases,
)
from tests.support.mutations import mutations
from tests.support.needs import need
from tests.syntax.reading import mistakes_by_line, read


@pytest.mark.slow
def test_the_grammar_builds_without_a_conflict(tmp_path: Path) -> None:
    # What lark needs to look for conflicts slows down every start of it, so it is no dependency
    # of the environment: this test installs it for a process of its own.
    install = [sys.executable, "-m", "pip", "install", "-q", "--target", str(tmp_path)]
    installed = subprocess.run([*install, "interegular==0.3.3"], check=False, capture_output=True)
    need("interegular", "let pip reach a package index", installed.returncode == 0)
    program = (
        "from lark import Lark; import interegular; from referee.syntax.lark_tree import *; "
        'Lark(grammar_text(), parser="lalr", start=["schema", *LINE_SYMBOLS], strict=True)'
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment, timeout=120)


def test_the_builder_has_one_method_for_every_rule_and_none_besides() -> None:
    rules = {
        str(rule.alias or rule.origin.name)
        for rule in whole_file_parser().rules
        if not rule.origin.name.startswith("_") and not rule.options.expand1
    } | {str(rule.alias) for rule in whole_file_parser().rules if rule.alias}
    methods = {
        name
        for name, _ in inspect.getmembers(TreeBuilder, inspect.isfunction)
        if not name.startswith("_")
    }
    assert methods == rules


def test_names_are_ascii_in_the_grammar_and_any_letters_in_a_file() -> None:
    source = read("model Größe {\n  日本 Šíře² @id\n  名 Int\n}\n")
    block = source.items[0]
    assert isinstance(block, Block)
    assert block.name.text == "Größe"
    assert [line.member is None for line in block.lines] == [True, False]


@pytest.mark.slow
def test_both_ways_accept_the_corpus_with_the_same_members() -> None:
    require_corpus()
    for unit in corpus_units():
        for path, text in unit.files.items():
            check_both_ways(text, f"{unit.name}: {path}")


def test_both_ways_accept_the_same_official_cases_with_the_same_members() -> None:
    require_official_cases()
    for case in official_cases():
        check_both_ways(case.text, case.name)


@pytest.mark.slow
def test_both_ways_accept_the_same_mutations_with_the_same_members() -> None:
    require_corpus()
    accepted = 0
    for mutation in mutations(7, 600):
        if len(mutation.text) < 6_000:
            accepted += check_both_ways(mutation.text, mutation.id)
    assert accepted >= 30


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "// c",
        "/* c\n */ // d",
        "model A {\n}",
        "modelA{ what ever }\n}enum B{\nC\n}",
        "model A {\n  /* c */ }",
        "model A {\n  /* c\n */ /* d */ id Int /* e\n */\n  // f\n}",
        'type T {\n\n  a Unsupported("x")?\n}\r\ngenerator g {\r  a = { b: [f(x: 1), -1.5] }\r\n}',
        "model A {\n  id Int @id /* c */ // d\n}",
        "model A {\n  id: Int\n}",
        "model A {\n  id Int\n} x",
        "model A {}",
        "x",
    ],
)
def test_both_ways_agree_on_small_files(text: str) -> None:
    check_both_ways(text, text)


def check_both_ways(text: str, name: str) -> bool:
    """Compare both ways to read a file, and tell whether they accept it."""
    source = read(text)
    is_accepted = not mistakes_by_line(source)
    if text.startswith("\ufeff"):
        # Read at the start of a file, it costs nothing; the grammar does not know it.
        return is_accepted
    whole = read_whole(text)
    assert (whole is not None) == is_accepted, name
    if whole is not None:
        assert whole == read_by_lines(source), name
    return is_accepted


def read_whole(text: str) -> list[Any] | None:
    """Return keyword, name and lines of every block as the start symbol `schema` reads them."""
    try:
        tree = whole_file_parser().parse(plain(text))
    except UnexpectedInput:
        return None
    builder = TreeBuilder()
    blocks: list[Any] = build(ready(recipe_of(tree), builder), text)
    return None if builder.notes else [(*block[:2], list(block[2])) for block in blocks]


def read_by_lines(source: Source) -> list[Any]:
    return [
        (
            shifted(item.keyword, start),
            shifted(item.name, start),
            [
                (shifted(line.member, start + offset), shifted(line.comments, start + offset))
                for line, offset in zip(item.lines, item.offsets, strict=True)
            ],
        )
        for item, start in zip(source.items, source.starts, strict=True)
        if isinstance(item, Block)
    ]


def shifted(value: Any, by: int) -> Any:
    """Return a part of the tree with all its spans moved."""
    if isinstance(value, Span):
        return value.shifted(by)
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(
            **{field.name: shifted(getattr(value, field.name), by) for field in fields(value)}
        )
    if isinstance(value, tuple):
        moved = [shifted(each, by) for each in value]
        return type(value)(*moved) if hasattr(value, "_fields") else tuple(moved)
    return value


@cache
def whole_file_parser() -> Lark:
    return Lark(grammar_text(), parser="lalr", start="schema", keep_all_tokens=True)


def test_comments_are_found_by_both_ways() -> None:
    source = read("model A {\n  id Int @id // c\n}\n")
    ((_, _, ((_, comments),)),) = read_by_lines(source)
    assert comments == (Comment(Span(23, 27), "// c"),)
