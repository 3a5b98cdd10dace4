"""`referee check --show-config`: the settings that count for each schema, in the form of a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from referee.cli.judging import shown_path
from referee.cli.run import Case
from referee.cli.selection import Selection, whole_catalogue
from referee.project.configuration import MigrationSettings
from referee.project.named_schemas import FoundBy
from referee.project.vocabulary import rule_settings
from referee.rules.catalogue import ALL_RULES
from referee.rules.settings import RuleSettings, severity_setting
from referee.rules.words import counted

_FOUND_BY: Mapping[FoundBy, str] = {
    "setting": "named by a setting",
    "prisma-config": "named by the configuration of Prisma",
    "package-json": "named by package.json",
    "folder": "found around its datasource",
    "file": "a file by itself",
}


def shown_settings(cases: Iterable[Case], selection: Selection, folder: Path) -> str:
    """Return the settings of each schema as TOML; those nobody set are marked as defaults."""
    return "\n".join(_schema(case, selection, folder) for case in cases)


def _schema(case: Case, selection: Selection, folder: Path) -> str:
    schema, configuration = case.schema, case.configuration
    files = counted(len(schema.files), "file")
    source = configuration.source
    settings = rule_settings(configuration, selection.switched_on, selection.switched_off)
    lines = [
        f"# {shown_path(schema.place, folder)}: {files}, {_FOUND_BY[schema.found_by]}",
        f"# settings from {shown_path(source, folder)}" if source else "# no file sets anything",
        "",
        _entry("fail-on", configuration.fail_level, configuration.fail_on is None),
        _entry(
            "foreign-schemas", list(settings.foreign_schemas), configuration.foreign_schemas is None
        ),
        _entry("lookup-words", list(settings.lookup_words), configuration.lookup_words is None),
        _entry("require-reasons", settings.requires_reasons, configuration.require_reasons is None),
        _entry(
            "beside-official-server",
            settings.beside_official_server,
            configuration.beside_official_server is None,
        ),
    ]
    if configuration.exclude:
        patterns = [pattern for each in configuration.exclude for pattern in each.patterns]
        lines.append(_entry("exclude", patterns, False))
    if configuration.baseline is not None:
        lines.append(_entry("baseline", shown_path(configuration.baseline, folder), False))
    lines += ["", "[migrations]", *_migrations(configuration.migrations, folder)]
    lines += ["", "[severity]", *_severities(settings)]
    for rule in ALL_RULES:
        if rule.options:
            lines += ["", f'[rules."{rule.code}"]']
            for option in rule.options:
                value = settings.option(rule.code, option.name, option.default)
                lines.append(
                    _entry(
                        option.name, value, option.name not in settings.options.get(rule.code, {})
                    )
                )
    return "\n".join(lines) + "\n"


def _migrations(settings: MigrationSettings, folder: Path) -> list[str]:
    lines = [_entry("check", settings.is_checked is not False, settings.is_checked is None)]
    if settings.path is not None:
        lines.append(_entry("path", shown_path(settings.path, folder), False))
    if settings.base is not None:
        lines.append(_entry("base", settings.base, False))
    if settings.namespace is not None:
        lines.append(_entry("namespace", settings.namespace, False))
    lines.append(_entry("external", list(settings.external or ()), settings.external is None))
    for ignored in settings.ignore:
        parts = {key: value for key, value in asdict(ignored).items() if value is not None}
        shown = ", ".join(f"{key} = {json.dumps(value)}" for key, value in parts.items())
        lines.append(f"# ignored: {{ {shown} }}")
    return lines


def _severities(settings: RuleSettings) -> list[str]:
    lines: list[str] = []
    for code in whole_catalogue():
        setting = severity_setting(settings, code.code, code.family, code.is_on)
        is_default = code.code not in settings.severities
        if setting == "on" and code.severity_note:
            # A single severity would take the place of the several that the rule has by itself.
            note = f"  # {'default: ' if is_default else ''}{code.severity}, {code.severity_note}"
            lines.append(_entry(code.code, setting, False) + note)
        else:
            value = code.severity if setting == "on" else setting
            lines.append(_entry(code.code, value, is_default))
    return lines


def _entry(name: str, value: object, is_default: bool) -> str:
    shown = list(value) if isinstance(value, tuple) else value
    return f"{name} = {json.dumps(shown, ensure_ascii=False)}" + (
        "  # default" if is_default else ""
    )
