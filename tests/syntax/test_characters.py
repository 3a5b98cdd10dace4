"""Names have the letters that Prisma takes for letters, whatever Python runs."""

from __future__ import annotations

import sys
import unicodedata
from random import Random

import pytest

from referee.syntax.characters import SPACES, is_letter, is_name, plain
from tests.support.official import OfficialValidator, is_parse_error


def test_letters_are_those_of_unicode_and_a_few_younger_ones() -> None:
    unknown = 0
    for code in range(0x80, sys.maxunicode + 1):
        character = chr(code)
        category = unicodedata.category(character)
        if category.startswith("L"):
            assert is_letter(character), hex(code)
        elif is_letter(character):
            assert category == "Cn", hex(code)
            unknown += 1
    assert unknown < 16_000


def test_spaces_are_tab_and_the_separators_of_unicode() -> None:
    separators = {
        chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Zs"
    }
    assert set(SPACES) == separators | {"\t"}


def test_the_stand_in_of_a_text_has_its_length_and_is_ascii() -> None:
    assert plain("model é² = 日\u3000\ufeff😀") == "model x\x7f = x \x7f\x7f"
    assert plain("abc\t\n") == "abc\t\n"


def test_names_are_letters_digits_underscores_and_hyphens() -> None:
    assert all(map(is_name, ["a", "1", "a_", "a-", "é1", "日-_"]))
    assert not any(map(is_name, ["", "_a", "-a", "a b", "a.b", "a²", "a$"]))


@pytest.mark.slow
def test_the_official_validator_takes_the_same_characters_for_letters(
    official: OfficialValidator,
) -> None:
    random = Random(1)
    codes = [code for code in range(0x80, sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    edges = (
        [code for code in codes[1:] if is_letter(chr(code)) != is_letter(chr(code - 1))]
        if (codes)
        else []
    )
    chosen = [
        code
        for code in sorted({*random.sample(codes, 1_500), *random.sample(edges, 1_000)})
        if chr(code) not in SPACES
    ]
    text = "enum E {\n" + "".join(f"  {chr(code)}\n" for code in chosen) + "}\n"
    refused = {each.line for each in official.lint({"e.prisma": text}) if is_parse_error(each.text)}
    assert {number for number, code in enumerate(chosen, 1) if not is_letter(chr(code))} == refused
