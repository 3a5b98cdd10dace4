"""Which characters make names and white space, and a plain ASCII stand-in for every text.

It deliberately knows nothing of tokens: it only says to which class a character belongs.
"""

from __future__ import annotations

import re
from functools import cache

SPACES = (
    "\t \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u202f\u205f\u3000"
)

# Letters of Unicode 14 to 17, which the `str.isalpha` of some Python since 3.10 does not know.
_YOUNGER_LETTERS = """
870-887 889-88F 8B5 8C8-8C9 C5C-C5D CDC-CDD 170D 171F 1C89-1C8A 2C2F 2C5F 9FFD-9FFF
A7C0-A7C1 A7CB-A7DC A7F1-A7F4 10570-1057A 1057C-1058A 1058C-10592 10594-10595 10597-105A1
105A3-105B1 105B3-105B9 105BB 105C0-105F3 10780-10785 10787-107B0 107B2-107BA 10940-10959
10D4A-10D65 10D6F-10D85 10EC2-10EC7 10F70-10F81 11071-11072 11075 1123F-11240 11380-11389
1138B 1138E 11390-113B5 113B7 113D1 113D3 11740-11746 11AB0-11ABF 11BC0-11BE0 11DB0-11DDB
11F02 11F04-11F10 11F12-11F33 12F90-12FF0 1342F 13441-13446 13460-143FA 16100-1611D
16A70-16ABE 16D40-16D6C 16EA0-16EB8 16EBB-16ED3 16FF2-16FF3 187F8-187FF 18CFF 18D09-18D1E
18D80-18DF2 1AFF0-1AFF3 1AFF5-1AFFB 1AFFD-1AFFE 1B11F-1B122 1B132 1B155 1DF00-1DF1E
1DF25-1DF2A 1E030-1E06D 1E290-1E2AD 1E4D0-1E4EB 1E5D0-1E5ED 1E5F0 1E6C0-1E6DE 1E6E0-1E6E2
1E6E4-1E6E5 1E6E7-1E6ED 1E6F0-1E6F4 1E6FE-1E6FF 1E7E0-1E7E6 1E7E8-1E7EB 1E7ED-1E7EE
1E7F0-1E7FE 2A6DE-2A6DF 2B735-2B73F 2CEA2-2CEAD 2EBF0-2EE5D 31350-33479
"""

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_LETTER, _SPACE, _OTHER = "x", " ", "\x7f"


def plain(text: str) -> str:
    """Return a text of ASCII characters, as long as this one, that reads the same.

    Each letter of another script becomes `x`, each space a blank, and everything else that is
    not ASCII becomes DEL, which like them may stand in strings and comments only.
    So the grammar speaks of ASCII alone, while offsets are those of the text.
    """
    return text if text.isascii() else _NOT_ASCII.sub(_plain_stretch, text)


def is_name(text: str) -> bool:
    """Tell whether a text is a name: a letter or ASCII digit, then those, `_` and `-`."""
    return _NAME.fullmatch(plain(text)) is not None


def is_letter(character: str) -> bool:
    """Tell whether a character is a letter (Unicode category L) for Prisma."""
    return character.isalpha() or ord(character) in _younger_letters()


_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*")


def _plain_stretch(match: re.Match[str]) -> str:
    return "".join(map(_plain_character, match.group()))


@cache
def _plain_character(character: str) -> str:
    if is_letter(character):
        return _LETTER
    return _SPACE if character in SPACES else _OTHER


@cache
def _younger_letters() -> frozenset[int]:
    letters: set[int] = set()
    for stretch in _YOUNGER_LETTERS.split():
        first, _, last = stretch.partition("-")
        letters.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(letters)
