"""Makes the JSON Schema of `referee.toml`, with which editors complete and check that file.

It describes what `configuration` accepts; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from referee.project.configuration import (
    FAIL_LEVELS,
    IGNORED_PARTS,
    KEYS,
    MIGRATION_KEYS,
    SEVERITIES,
    OptionType,
    Vocabulary,
)
from referee.rules.rule import Option

_Schema = dict[str, object]


def configuration_json_schema(vocabulary: Vocabulary) -> dict[str, object]:
    """Return the JSON Schema (draft 7) of a configuration that uses the names of `vocabulary`."""
    values = _values(vocabulary)
    properties: dict[str, object] = {
        "$schema": {"type": "string", "description": "Where this JSON Schema is."}
    }
    for key in KEYS:
        described: _Schema = {"description": key.description, **values[key.name]}
        if key.default is not None:
            described["default"] = key.default
        described["examples"] = [key.example]
        properties[key.name] = described
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Configuration of Referee",
        "description": "referee.toml, or the key `referee` of package.json.",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def _values(vocabulary: Vocabulary) -> Mapping[str, _Schema]:
    return {
        "severity": _severity(vocabulary),
        "rules": _rules(vocabulary),
        "exclude": _TEXTS,
        "foreign-schemas": _TEXTS,
        "lookup-words": _TEXTS,
        "require-reasons": {"type": "boolean"},
        "beside-official-server": {"type": "boolean"},
        "baseline": _TEXT,
        "fail-on": {"enum": list(FAIL_LEVELS)},
        "schema": _TEXT,
        "migrations": _migrations(vocabulary),
    }


_TEXT: _Schema = {"type": "string", "minLength": 1}
_TEXTS: _Schema = {"type": "array", "items": {"type": "string"}}

_TYPES: Mapping[OptionType, _Schema] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "string": _TEXT,
    "strings": _TEXTS,
}


def _migrations(vocabulary: Vocabulary) -> _Schema:
    parts: dict[str, object] = dict.fromkeys((*IGNORED_PARTS, "reason"), _TEXT)
    parts["code"] = {"anyOf": [{"enum": sorted(vocabulary.codes)}, {"pattern": r"[*?\[]"}]}
    entry: _Schema = {"type": "object", "additionalProperties": False, "properties": parts}
    values: Mapping[str, _Schema] = {
        "path": _TEXT,
        "check": {"type": "boolean"},
        "base": _TEXT,
        "external": _TEXTS,
        "namespace": _TEXT,
        "ignore": {"type": "array", "items": entry},
    }
    properties: dict[str, object] = {}
    for key in MIGRATION_KEYS:
        described: _Schema = {"description": key.description, **values[key.name]}
        if key.default is not None:
            described["default"] = key.default
        properties[key.name] = {**described, "examples": [key.example]}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _severity(vocabulary: Vocabulary) -> _Schema:
    choices: _Schema = {"enum": list(SEVERITIES)}
    families = {
        family: {"description": f"All rules of the family `{family}`.", **choices}
        for family in sorted(vocabulary.families)
    }
    codes = {
        code: {"description": f"The rule `{code}`.", **choices} for code in sorted(vocabulary.codes)
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {**families, **codes},
    }


def _rules(vocabulary: Vocabulary) -> _Schema:
    properties = {
        code: _rule(code, vocabulary.options.get(code, ())) for code in sorted(vocabulary.codes)
    }
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _rule(code: str, options: Sequence[Option]) -> _Schema:
    properties: dict[str, object] = {}
    for option in options:
        default = option.default
        properties[option.name] = {
            "description": option.description,
            **_TYPES[option.type],
            "default": list(default) if isinstance(default, tuple) else default,
        }
    what = f"Options of the rule `{code}`." if options else f"The rule `{code}` has no options."
    return {
        "type": "object",
        "description": what,
        "additionalProperties": False,
        "properties": properties,
    }
