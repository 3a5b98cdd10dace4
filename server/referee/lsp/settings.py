"""What an editor says in its section `referee`: the file's names, and a few of its own.

Whatever comes is survived: nothing, null, or something else than was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from referee.project.configuration import ConfigurationMistake, configuration_of_editor
from referee.project.vocabulary import vocabulary
from referee.project.workspace import EditorSettings

# Settings that mean something to an editor's extension and nothing here.
_OTHERS = frozenset({"trace", "path", "command", "arguments", "enable"})


@dataclass(frozen=True, slots=True)
class Said:
    """What an editor says for one folder: for the workspace, and what only an editor shows."""

    workspace: EditorSettings = field(default_factory=EditorSettings)
    lenses: bool = True
    hints: bool = True
    mistakes: tuple[ConfigurationMistake, ...] = ()


def said_for(section: object, base: Path) -> Said:
    """Return what a section says; paths in it are relative to `base`.

    A key whose value is null or an empty text was not set.
    """
    if not isinstance(section, Mapping):
        return Said()
    given = {
        str(key): value
        for key, value in section.items()
        if value is not None and value != "" and key not in _OTHERS
    }
    mistakes: list[ConfigurationMistake] = []
    lenses = _switch(given, "lenses", mistakes)
    hints = _switch(given, "hints", mistakes)
    file = given.pop("configuration", None)
    if file is not None and not isinstance(file, str):
        mistakes.append(_mistake("configuration", "must be the path of a file"))
        file = None
    reading = configuration_of_editor(given, base=base, vocabulary=vocabulary())
    path = None if file is None else base / file
    if path is not None and not path.is_file():
        mistakes.append(_mistake("configuration", f"names `{path}`, which is not there"))
        path = None
    settings = EditorSettings(reading.configuration, path)
    return Said(settings, lenses, hints, (*mistakes, *reading.mistakes))


def _switch(given: dict[str, object], key: str, mistakes: list[ConfigurationMistake]) -> bool:
    value = given.pop(key, True)
    if not isinstance(value, bool):
        mistakes.append(_mistake(key, "must be true or false"))
        return True
    return value


def _mistake(key: str, what: str) -> ConfigurationMistake:
    return ConfigurationMistake(None, None, None, key, f"`{key}` {what}.")
