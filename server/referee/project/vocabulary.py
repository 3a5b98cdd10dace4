"""The names that a configuration may use, and how a configuration becomes settings of rules.

It deliberately reads no file: what is configured comes as a value.
"""

from __future__ import annotations

from collections.abc import Collection

from referee.project.configuration import Configuration, Vocabulary
from referee.rules.catalogue import ALL_CODES, ALL_FAMILIES, ALL_RULES, family_of
from referee.rules.settings import RuleSettings, SeveritySetting

_OFF = frozenset(rule.code for rule in ALL_RULES if not rule.is_on)


def vocabulary() -> Vocabulary:
    """Return the names that a configuration may use."""
    return Vocabulary(
        codes=ALL_CODES,
        families=ALL_FAMILIES,
        options={rule.code: rule.options for rule in ALL_RULES},
    )


def rule_settings(
    configuration: Configuration,
    switched_on: Collection[str] = (),
    switched_off: Collection[str] = (),
) -> RuleSettings:
    """Return the settings of rules that a configuration means.

    `switched_on` and `switched_off` are codes that somebody chose for this run alone; they go
    before the configuration, but one that is switched on keeps a severity it has there.
    A family's setting does not switch on what is off by default.
    """
    default = RuleSettings()
    severities: dict[str, SeveritySetting] = {}
    for code in ALL_CODES:
        setting = _configured(configuration, code, family_of(code), code not in _OFF)
        if code in switched_off:
            setting = "off"
        elif code in switched_on and setting in (None, "off"):
            setting = "on"
        if setting is not None:
            severities[code] = setting
    schemas, words = configuration.foreign_schemas, configuration.lookup_words
    return RuleSettings(
        severities=severities,
        foreign_schemas=default.foreign_schemas if schemas is None else schemas,
        lookup_words=default.lookup_words if words is None else words,
        requires_reasons=configuration.must_give_reasons,
        beside_official_server=configuration.is_beside_official_server,
        options=configuration.rules,
    )


def _configured(
    configuration: Configuration, code: str, family: str, is_on: bool
) -> SeveritySetting | None:
    for severities in configuration.severities:
        if code in severities:
            return severities[code]
        if family in severities and (is_on or severities[family] == "off"):
            return severities[family]
    return None
