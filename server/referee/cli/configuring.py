"""From the files that configure Referee, and the command line, to the settings of one schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from referee.cli.errors import UsageError
from referee.features.diagnostics import Diagnostic
from referee.project import settings_file
from referee.project.borders import repository_root
from referee.project.configuration import (
    Configuration,
    ConfigurationMistake,
    ConfigurationReading,
    configuration_of,
    read_configuration,
)
from referee.project.vocabulary import vocabulary
from referee.rules.rule import Family, Severity
from referee.rules.settings import RuleSettings, severity_setting
from referee.syntax.tree import Span
from referee.text.lines import Position, Range


@dataclass(slots=True)
class Configurations:
    """Reads the configuration of each schema once; `only` is the file that counts for all."""

    working_folder: Path
    only: ConfigurationReading | None = None
    mistakes: dict[ConfigurationMistake, Configuration] = field(default_factory=dict)

    def of(self, root: Path) -> Configuration:
        """Return the configuration of the schema in a folder, and keep the mistakes in it."""
        reading = self.only
        if reading is None:
            last = repository_root(root, working_folder=self.working_folder)
            reading = read_configuration(root, last=last, vocabulary=vocabulary())
        for mistake in reading.mistakes:
            self.mistakes.setdefault(mistake, reading.configuration)
        return reading.configuration

    def note(self, configuration: Configuration, key: str, sentence: str) -> None:
        """Keep a mistake that shows only when a setting is used: a file that is not there, say."""
        path = configuration.source
        mistake = ConfigurationMistake(path, *_place(path, key), key, sentence)
        self.mistakes.setdefault(mistake, configuration)


def _place(path: Path | None, key: str) -> tuple[int | None, int | None]:
    settings = None if path is None else settings_file.settings_at(path)
    if settings is None:
        return None, None
    return settings_file.place_of(settings, [key]) or (None, None)


def read_named(path: Path) -> ConfigurationReading:
    """Return the configuration in the file that `--config` names; raises UsageError without one."""
    if path.is_dir():
        settings = settings_file.settings_in(path)
    elif not path.is_file():
        raise UsageError(f"--config names `{path}`, which is not there.")
    else:
        settings = settings_file.settings_at(path)
    if settings is None:
        raise UsageError(f"--config names `{path}`, which says nothing to Referee.")
    return configuration_of(settings, vocabulary())


def told(
    settings: RuleSettings, code: str, family: Family, default: Severity, message: str, path: str,
    line: int, column: int,
) -> Iterator[Diagnostic]:  # fmt: skip
    """Yield the diagnostic of a file that no schema tells about, unless it is switched off."""
    setting = severity_setting(settings, code, family)
    if setting == "off":
        return
    position = Position(line - 1, column - 1)
    severity = default if setting == "on" else setting
    span = Range(position, position)
    yield Diagnostic(code, family, severity, message, path, Span(0, 0), span)
