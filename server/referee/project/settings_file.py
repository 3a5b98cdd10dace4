"""Reads the settings that a folder holds: `referee.toml`, or the `referee` key of package.json.

It gives tables as they are written and says where a key stands; which keys there may be,
and what their values mean, it deliberately does not know.
"""

from __future__ import annotations

import importlib
import json
import os.path
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from referee.project.borders import upward
from referee.project.reading import SourceText, Unreadable, read_source

TOML_NAME = "referee.toml"
PACKAGE_NAME = "package.json"
PACKAGE_KEY = "referee"
SETTINGS_NAMES = frozenset({TOML_NAME, PACKAGE_NAME})


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """The settings of one file: an empty table and a failure if it cannot be read.

    `text` is the whole file; `keys` lead from its top to the table, as in package.json.
    """

    path: Path
    text: str
    table: Mapping[str, object]
    keys: tuple[str, ...] = ()
    failure: SettingsFailure | None = None


@dataclass(frozen=True, slots=True)
class SettingsFailure:
    """Why a file gave no settings: a sentence, with line and column from 1."""

    sentence: str
    line: int
    column: int


def nearest_settings(folder: Path, last: Path) -> SettingsFile | None:
    """Return the settings nearest upward from `folder`; `last` is the last folder looked into."""
    found = (settings_in(place) for place in upward(folder, last))
    return next((settings for settings in found if settings is not None), None)


def settings_in(folder: Path) -> SettingsFile | None:
    """Return the settings that `folder` itself holds; `referee.toml` goes before package.json."""
    path = folder / TOML_NAME
    return settings_at(path if os.path.isfile(path) else folder / PACKAGE_NAME)


def settings_at(path: Path) -> SettingsFile | None:
    """Return the settings in the file at `path`, which is TOML unless it is a package.json.

    None if it is a package.json that says nothing to Referee, or none at all.
    """
    if path.name == PACKAGE_NAME:
        return _settings_of_package(path)
    return _settings_of_toml(path)


def package_table(path: Path, word: str) -> tuple[str, object] | None:
    """Return the text and the value under the key `word` of a package.json.

    None if there is no such file or key. Raises ValueError where the file is not JSON.
    """
    source = read_source(path) if os.path.isfile(path) else None
    if not isinstance(source, SourceText) or f'"{word}"' not in source.text:
        return None
    package = json.loads(source.text)
    if not isinstance(package, dict) or word not in package:
        return None
    return source.text, package[word]


def place_of(settings: SettingsFile, keys: Sequence[str]) -> tuple[int, int] | None:
    """Return line and column, both from 1, of the key that `keys` lead to; None if not found."""
    if settings.path.suffix == ".toml":
        wanted, places = tuple(keys), _places_in_toml(settings.text)
    else:
        wanted, places = (*settings.keys, *keys), _places_in_json(settings.text)
    offset = next((offset for found, offset in places if found == wanted), None)
    return None if offset is None else _line_and_column(settings.text, offset)


def _toml() -> Any:
    """Return what reads TOML, which is loaded for those who have a file of it."""
    # The type checker judges for Python 3.10, where tomli stands in, on machines without tomli.
    return importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


def _settings_of_toml(path: Path) -> SettingsFile:
    source = read_source(path)
    if isinstance(source, Unreadable):
        failure = SettingsFailure(source.reason, source.line, source.column)
        return SettingsFile(path, "", {}, failure=failure)
    try:
        return SettingsFile(path, source.text, _toml().loads(source.text))
    except ValueError as mistake:
        said = str(mistake)
        at = _TOML_PLACE.search(said)
        line, column = (int(at[1]), int(at[2])) if at and at[1] else _end_of(source.text)
        sentence = f"This is not TOML: {_TOML_PLACE.sub('', said).rstrip('. ')}."
        failure = SettingsFailure(sentence, line, column)
        return SettingsFile(path, source.text, {}, failure=failure)


_TOML_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)")


def _settings_of_package(path: Path) -> SettingsFile | None:
    """Return what the package says to Referee; a file that is not JSON says nothing."""
    try:
        found = package_table(path, PACKAGE_KEY)
    except ValueError:
        return None
    if found is None:
        return None
    text, table = found
    if isinstance(table, dict):
        return SettingsFile(path, text, table, (PACKAGE_KEY,))
    settings = SettingsFile(path, text, {}, (PACKAGE_KEY,))
    line, column = place_of(settings, ()) or (1, 1)
    failure = SettingsFailure(f"The key `{PACKAGE_KEY}` must be an object.", line, column)
    return SettingsFile(path, text, {}, (PACKAGE_KEY,), failure)


def _end_of(text: str) -> tuple[int, int]:
    return _line_and_column(text, len(text))


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - start + 1


# --- Where keys stand ----------------------------------------------------------------------------

_Place = tuple[tuple[str, ...], int]

_TOML_PART = re.compile(
    r"""
      (?P<multiline>\"\"\".*?(?:\"\"\"|\Z)|'''.*?(?:'''|\Z))
    | (?P<string>"(?:\\.|[^"\\\n])*"|'[^'\n]*')
    | (?P<comment>\#[^\n]*)
    | (?P<bare>[A-Za-z0-9_+:-]+)
    | (?P<blank>[^\S\n]+)
    | (?P<mark>.)
    """,
    re.DOTALL | re.VERBOSE,
)


@dataclass(slots=True)
class _Level:
    """A bracket that is open in a TOML file: what it is, and the keys that lead to its content."""

    kind: Literal["top", "header", "array", "table"]
    keys: tuple[str, ...]


def _places_in_toml(text: str) -> Iterator[_Place]:
    """Yield the keys of every entry and table header in valid TOML, with the offset of the last."""
    levels = [_Level("top", ())]
    key: list[str] = []
    offset = 0
    is_key = True
    for part in _TOML_PART.finditer(text):
        level = levels[-1]
        kind, found = part.lastgroup, part[0]
        if kind in {"bare", "string"} and is_key and level.kind != "array":
            offset = part.start()
            key.append(found[1:-1] if kind == "string" else found)
        if kind != "mark":
            continue
        if found == "=" and is_key:
            yield (*level.keys, *key), offset
            is_key = False
        elif found == "[" and is_key and level.kind in {"top", "header"} and not key:
            # A second bracket makes the header of an array of tables.
            levels[1:] = [_Level("header", ())]
        elif found == "]" and level.kind == "header":
            if key:
                yield tuple(key), offset
                levels = [_Level("top", tuple(key))]
            key, is_key = [], True
        elif found in "[{":
            levels.append(_Level("array" if found == "[" else "table", (*level.keys, *key)))
            key, is_key = [], found == "{"
        elif found in "]}" and len(levels) > 1:
            levels.pop()
            key, is_key = [], False
        elif (found == "," and level.kind == "table") or (found == "\n" and level.kind == "top"):
            key, is_key = [], True


_JSON_PART = re.compile(r'(?P<string>"(?:\\.|[^"\\])*")|(?P<mark>[{}\[\],:])', re.DOTALL)


def _places_in_json(text: str) -> Iterator[_Place]:
    """Yield the keys that lead to every entry of valid JSON, with the offset of the last one."""
    path: list[str] = []
    before: re.Match[str] | None = None
    key = ""
    for part in _JSON_PART.finditer(text):
        found = part[0]
        if found == ":" and before is not None and before.lastgroup == "string":
            key = json.loads(before[0])
            yield (*path[1:], key), before.start()
        elif found in ("{", "["):
            path.append(key)
            key = ""
        elif found in ("}", "]") and path:
            path.pop()
        before = part
