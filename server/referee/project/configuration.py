"""What people may set, and how what they set becomes one value that is whole and valid.

A setting is said on the command line, in the editor or in a file, in this order of weight. Which
rules there are, and which options they have, is told by the caller and deliberately not known here.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeVar, cast, get_args

from referee.project.settings_file import TOML_NAME, SettingsFile, nearest_settings, place_of
from referee.rules.rule import Option
from referee.rules.settings import IgnoredMigrationFinding

Severity = Literal["error", "warning", "information", "hint", "on", "off"]
FailOn = Literal["error", "warning", "information", "hint", "never"]
OptionType = Literal["boolean", "integer", "string", "strings"]
OptionValue = bool | int | str | tuple[str, ...]

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
FAIL_LEVELS: tuple[FailOn, ...] = get_args(FailOn)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that settings may use: rule codes, families, and the options of each code."""

    codes: Collection[str]
    families: Collection[str]
    options: Mapping[str, Sequence[Option]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Patterns as in `.gitignore`, relative to the folder `base`."""

    base: Path
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MigrationSettings:
    """What was said about migrations; None was not said.

    `path` is their folder. `is_checked` tells whether `referee check` looks at them. `base` is what
    git compares with to tell which are not released. `external` names tables and enums that are
    made elsewhere, `namespace` the database schema of models that name none.
    """

    path: Path | None = None
    is_checked: bool | None = None
    base: str | None = None
    external: tuple[str, ...] | None = None
    namespace: str | None = None
    ignore: tuple[IgnoredMigrationFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class Configuration:
    """What was said in one place, or by merging in all of them; None was not said.

    Severities are by code or family, one mapping for each place that set some, the heaviest place
    first; ask `severity_of`. Options are by code. Each name and value in them is valid. Paths are
    absolute. `source` is the file that took part. What counts where nothing was said is in the
    properties and functions below.
    """

    severities: tuple[Mapping[str, Severity], ...] = ()
    rules: Mapping[str, Mapping[str, OptionValue]] = field(default_factory=dict)
    exclude: tuple[Exclusion, ...] = ()
    foreign_schemas: tuple[str, ...] | None = None
    lookup_words: tuple[str, ...] | None = None
    require_reasons: bool | None = None
    beside_official_server: bool | None = None
    baseline: Path | None = None
    fail_on: FailOn | None = None
    schema: Path | None = None
    migrations: MigrationSettings = field(default_factory=MigrationSettings)
    source: Path | None = None

    @property
    def must_give_reasons(self) -> bool:
        """Whether a silence without a reason is reported; not unless it was said."""
        return bool(self.require_reasons)

    @property
    def is_beside_official_server(self) -> bool:
        """Whether to leave to Prisma's server what it reports too; not unless it was said."""
        return bool(self.beside_official_server)

    @property
    def fail_level(self) -> FailOn:
        """The severity at which a check fails; `warning` unless another was said."""
        return self.fail_on or "warning"


@dataclass(frozen=True, slots=True)
class ConfigurationMistake:
    """What is wrong with one key of a configuration, as a sentence.

    Line and column count from 1 and are None where the place is not known, as in an editor's
    settings, which have no path either. `key` is dotted.
    """

    path: Path | None
    line: int | None
    column: int | None
    key: str
    message: str


@dataclass(frozen=True, slots=True)
class ConfigurationReading:
    """A configuration with what was wrong with it; what was right holds."""

    configuration: Configuration
    mistakes: tuple[ConfigurationMistake, ...] = ()


def read_configuration(folder: Path, *, last: Path, vocabulary: Vocabulary) -> ConfigurationReading:
    """Return the configuration in the file nearest upward from `folder`.

    `last` is the last folder looked into, such as the root of the repository. A file may be
    `referee.toml`, or package.json with the key `referee`. Raises nothing.
    """
    settings = nearest_settings(folder, last)
    if settings is None:
        return ConfigurationReading(Configuration())
    return configuration_of(settings, vocabulary)


def configuration_of(settings: SettingsFile, vocabulary: Vocabulary) -> ConfigurationReading:
    """Return the configuration that the settings of one file make."""
    if settings.failure is not None:
        failure = settings.failure
        mistake = ConfigurationMistake(
            settings.path, failure.line, failure.column, "", failure.sentence
        )
        return ConfigurationReading(Configuration(source=settings.path), (mistake,))
    is_toml = settings.path.name == TOML_NAME
    configuration, wrong = _configuration(
        settings.table, settings.path.parent, vocabulary, takes_camel_case=not is_toml
    )
    mistakes: list[ConfigurationMistake] = []
    for each in wrong:
        line, column = place_of(settings, each.keys) or (None, None)
        key = ".".join(each.keys)
        mistakes.append(ConfigurationMistake(settings.path, line, column, key, each.message))
    return ConfigurationReading(replace(configuration, source=settings.path), tuple(mistakes))


def configuration_of_editor(
    settings: Mapping[str, object], *, base: Path, vocabulary: Vocabulary
) -> ConfigurationReading:
    """Return the configuration that an editor sends, whose keys may be in camel case.

    Paths and patterns in it are relative to `base`, the folder open in the editor.
    """
    configuration, wrong = _configuration(settings, base, vocabulary, takes_camel_case=True)
    mistakes = (
        ConfigurationMistake(None, None, None, ".".join(each.keys), each.message) for each in wrong
    )
    return ConfigurationReading(configuration, tuple(mistakes))


def merge(
    command_line: Configuration | None = None,
    editor: Configuration | None = None,
    file: Configuration | None = None,
) -> Configuration:
    """Return what counts: the command line over the editor's settings over the file.

    Severities and options go key by key, and a family that a heavier place speaks of goes before
    a code in a lighter one. Exclusions add up; any other value replaces the lighter one whole.
    """
    layers = [layer for layer in (command_line, editor, file) if layer is not None]
    rules: dict[str, Mapping[str, OptionValue]] = {}
    for layer in reversed(layers):
        for code, options in layer.rules.items():
            rules[code] = {**rules.get(code, {}), **options}
    return Configuration(
        severities=tuple(each for layer in layers for each in layer.severities),
        rules=rules,
        exclude=tuple(each for layer in layers for each in layer.exclude),
        foreign_schemas=_first(layer.foreign_schemas for layer in layers),
        lookup_words=_first(layer.lookup_words for layer in layers),
        require_reasons=_first(layer.require_reasons for layer in layers),
        beside_official_server=_first(layer.beside_official_server for layer in layers),
        baseline=_first(layer.baseline for layer in layers),
        fail_on=_first(layer.fail_on for layer in layers),
        schema=_first(layer.schema for layer in layers),
        migrations=_merged_migrations([layer.migrations for layer in layers]),
        source=_first(layer.source for layer in layers),
    )


def _merged_migrations(layers: Sequence[MigrationSettings]) -> MigrationSettings:
    return MigrationSettings(
        path=_first(layer.path for layer in layers),
        is_checked=_first(layer.is_checked for layer in layers),
        base=_first(layer.base for layer in layers),
        external=_first(layer.external for layer in layers),
        namespace=_first(layer.namespace for layer in layers),
        ignore=tuple(each for layer in layers for each in layer.ignore),
    )


def severity_of(configuration: Configuration, code: str, family: str) -> Severity | None:
    """Return the severity set for a code, or in the same place for its family; None if not set."""
    for severities in configuration.severities:
        for name in (code, family):
            if name in severities:
                return severities[name]
    return None


def _first(values: Iterator[_Any | None]) -> _Any | None:
    return next((value for value in values if value is not None), None)


_Any = TypeVar("_Any")


# --- The keys ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyDescription:
    """One top-level key: what it does, what its value may be, and an example that is valid."""

    name: str
    description: str
    example: object
    default: object | None = None


KEYS: tuple[KeyDescription, ...] = (
    KeyDescription(
        "severity",
        "How severe findings are, by rule code or by family; a code goes before its family.",
        {"missing-index": "error"},
    ),
    KeyDescription("rules", "Options of single rules, by rule code.", {}),
    KeyDescription(
        "exclude",
        "Files and folders that are part of no schema, as patterns like those of .gitignore, "
        "relative to this file.",
        ["examples/", "**/legacy.prisma"],
        [],
    ),
    KeyDescription(
        "foreign-schemas",
        "Database schemas that others own; their models are known, but not reported on. "
        "Replaces the list that is built in.",
        ["auth", "storage"],
    ),
    KeyDescription(
        "lookup-words",
        "Last words of model names that mean a small fixed list, such as `Status`. "
        "Replaces the list that is built in.",
        ["Type", "Status", "Country"],
    ),
    KeyDescription(
        "require-reasons",
        "Whether each silencing comment must say why after a colon.",
        True,
        False,
    ),
    KeyDescription(
        "beside-official-server",
        "Whether to keep silent about what Prisma's own language server reports too.",
        True,
        False,
    ),
    KeyDescription(
        "baseline",
        "A file of known findings, which are not counted; relative to this file.",
        "referee-baseline.json",
    ),
    KeyDescription(
        "fail-on",
        "The lowest severity of a finding that makes a check fail.",
        "error",
        "warning",
    ),
    KeyDescription(
        "schema",
        "The schema: a file, or a folder with all files below it; relative to this file.",
        "prisma/schema",
    ),
    KeyDescription(
        "migrations",
        "Where the migrations are and what counts in them; its keys are below.",
        {"external": ["spatial_ref_sys"], "base": "origin/main"},
    ),
)

# The keys of the table `migrations`.
MIGRATION_KEYS: tuple[KeyDescription, ...] = (
    KeyDescription(
        "path", "The folder of the migrations, relative to this file.", "prisma/migrations"
    ),
    KeyDescription(
        "check", "Whether `referee check` judges the migrations that it finds, too.", False, True
    ),
    KeyDescription(
        "base",
        "What git compares with to tell which migrations are not released yet; the place where "
        "the work left the default branch, unless another is said.",
        "origin/main",
    ),
    KeyDescription(
        "external",
        "Tables and enums of the database that are made elsewhere, and compared with nothing.",
        ["spatial_ref_sys", "audit.log"],
        [],
    ),
    KeyDescription(
        "namespace",
        "The schema of the database in which unqualified names are, such as the one that the "
        "address of the database says.",
        "app",
    ),
    KeyDescription(
        "ignore",
        "Findings that are known and wanted: a list of tables with any of the keys `code`, "
        "`table`, `column`, `object`, `type` and `migration`, whose values are patterns, and "
        "`reason`. A finding that fits all keys of one is left out.",
        [{"code": "unmigrated-change", "object": "TaskRun_*_fkey", "reason": "dropped for speed"}],
        [],
    ),
)


# --- From a table to a configuration -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A mistake before it is placed: the keys as they are written, and a sentence."""

    keys: tuple[str, ...]
    message: str


def _configuration(
    table: Mapping[str, object], base: Path, vocabulary: Vocabulary, *, takes_camel_case: bool
) -> tuple[Configuration, list[_Wrong]]:
    wrong: list[_Wrong] = []
    names = [key.name for key in KEYS]
    configuration = Configuration()
    for written, value in table.items():
        # Editors read a key of this name to find the JSON Schema of a file.
        if written == "$schema":
            continue
        name = _with_hyphens(written) if takes_camel_case else written
        read = _READERS.get(name)
        if read is None:
            what = f"The key `{written}` is not known"
            wrong.append(_Wrong((written,), what + _suggestion(written, names)))
            continue
        configuration = read(configuration, _Value((written,), value, base, vocabulary, wrong))
    return configuration, wrong


_FEW = 12


def _with_hyphens(name: str) -> str:
    return re.sub(r"(?<=[a-z])[A-Z]", lambda upper: f"-{upper[0].lower()}", name)


def _suggestion(written: str, valid: Collection[str]) -> str:
    """Return the end of a sentence that names the nearest valid word, or a few of them."""
    plain = _with_hyphens(written).lower().replace("_", "-")
    import difflib  # noqa: PLC0415  only mistakes need it

    near = difflib.get_close_matches(plain, list(valid), n=1)
    if near:
        return f"; the nearest valid one is `{near[0]}`."
    if 0 < len(valid) <= _FEW:
        return "; valid are " + ", ".join(f"`{each}`" for each in valid) + "."
    return "."


@dataclass(frozen=True, slots=True)
class _Value:
    """The value of a key, with what is needed to judge it and to say what is wrong with it."""

    keys: tuple[str, ...]
    value: object
    base: Path
    vocabulary: Vocabulary
    wrong: list[_Wrong]

    def inside(self) -> Iterator[_Value]:
        """Yield the values of a table; if this is none, say so."""
        if not isinstance(self.value, dict):
            self.say("must be a table")
            return
        for key, value in self.value.items():
            keys = (*self.keys, str(key))
            yield _Value(keys, value, self.base, self.vocabulary, self.wrong)

    def say(self, what: str) -> None:
        """Tell that this value is wrong: `what` goes on after the name of the key."""
        self.wrong.append(_Wrong(self.keys, f"The key `{self.keys[-1]}` {what.rstrip('.')}."))

    def say_unknown(self, kind: str, valid: Collection[str]) -> None:
        name = self.keys[-1]
        self.wrong.append(_Wrong(self.keys, f"`{name}` is not {kind}" + _suggestion(name, valid)))


def _severities(table: _Value) -> tuple[Mapping[str, Severity], ...]:
    severities: dict[str, Severity] = {}
    known = [*table.vocabulary.codes, *table.vocabulary.families]
    for each in table.inside():
        if each.keys[-1] not in known:
            each.say_unknown("a rule or a family of rules", known)
        else:
            found = _choice(each, SEVERITIES)
            if found is not None:
                severities[each.keys[-1]] = cast("Severity", found)
    return (severities,) if severities else ()


def _options(table: _Value) -> Mapping[str, Mapping[str, OptionValue]]:
    rules: dict[str, Mapping[str, OptionValue]] = {}
    for rule in table.inside():
        code = rule.keys[-1]
        if code not in table.vocabulary.codes:
            rule.say_unknown("a rule", table.vocabulary.codes)
            continue
        declared = {option.name: option for option in table.vocabulary.options.get(code, ())}
        options: dict[str, OptionValue] = {}
        for each in rule.inside():
            name = each.keys[-1]
            if name not in declared:
                name = _with_hyphens(name)
            if name not in declared:
                each.say_unknown(f"an option of `{code}`", declared)
                continue
            value = _option(each, declared[name].type)
            if value is not None:
                options[name] = value
        if options:
            rules[code] = options
    return rules


def _option(given: _Value, expected: OptionType) -> OptionValue | None:
    if expected == "boolean":
        return _boolean(given)
    if expected == "integer":
        if isinstance(given.value, int) and not isinstance(given.value, bool):
            return given.value
        given.say("must be a whole number")
        return None
    return _text(given) if expected == "string" else _texts(given)


def _exclusions(given: _Value) -> tuple[Exclusion, ...]:
    texts = _texts(given)
    return (Exclusion(given.base, texts),) if texts else ()


def _path(given: _Value) -> Path | None:
    text = _text(given)
    return None if text is None else given.base / text


def _choice(given: _Value, valid: Sequence[str]) -> str | None:
    if isinstance(given.value, str) and given.value in valid:
        return given.value
    choices = ", ".join(f'"{each}"' for each in valid)
    import difflib  # noqa: PLC0415  only mistakes need it

    near = difflib.get_close_matches(str(given.value).lower(), valid, n=1)
    hint = f'; the nearest valid value is "{near[0]}"' if near else ""
    given.say(f"must be one of {choices}{hint}")
    return None


def _boolean(given: _Value) -> bool | None:
    if isinstance(given.value, bool):
        return given.value
    given.say("must be true or false")
    return None


def _text(given: _Value) -> str | None:
    if isinstance(given.value, str) and given.value:
        return given.value
    given.say("must be a text that is not empty")
    return None


def _texts(given: _Value) -> tuple[str, ...] | None:
    if isinstance(given.value, list) and all(isinstance(each, str) for each in given.value):
        return tuple(given.value)
    given.say("must be a list of texts")
    return None


def _migrations(given: _Value) -> MigrationSettings:
    made = MigrationSettings()
    names = [key.name for key in MIGRATION_KEYS]
    for each in given.inside():
        name = _with_hyphens(each.keys[-1])
        if name == "path":
            made = replace(made, path=_path(each))
        elif name == "check":
            made = replace(made, is_checked=_boolean(each))
        elif name == "base":
            made = replace(made, base=_text(each))
        elif name == "external":
            made = replace(made, external=_texts(each))
        elif name == "namespace":
            made = replace(made, namespace=_text(each))
        elif name == "ignore":
            made = replace(made, ignore=_ignored(each))
        else:
            each.say_unknown("a key of `migrations`", names)
    return made


IGNORED_PARTS = ("code", "table", "column", "object", "type", "migration")


def _ignored(given: _Value) -> tuple[IgnoredMigrationFinding, ...]:
    if not isinstance(given.value, list):
        given.say("must be a list of tables")
        return ()
    found: list[IgnoredMigrationFinding] = []
    for entry in given.value:
        inside = _Value(given.keys, entry, given.base, given.vocabulary, given.wrong)
        parts: dict[str, str] = {}
        for each in inside.inside():
            name = each.keys[-1]
            if name not in (*IGNORED_PARTS, "reason"):
                each.say_unknown("a part of a finding", (*IGNORED_PARTS, "reason"))
                break
            text = _text(each)
            if text is None:
                break
            if name == "code" and not fnmatch.filter(given.vocabulary.codes, text):
                hint = _suggestion(text, given.vocabulary.codes)
                each.wrong.append(_Wrong(each.keys, f"`{text}` is no code{hint}"))
                break
            if name != "reason":
                parts[name] = text
        else:
            if parts:
                found.append(IgnoredMigrationFinding(**parts))
            elif isinstance(entry, dict):
                given.say("has an entry that says no more than a reason")
    return tuple(found)


_READERS: Mapping[str, Callable[[Configuration, _Value], Configuration]] = {
    "severity": lambda made, given: replace(made, severities=_severities(given)),
    "rules": lambda made, given: replace(made, rules=_options(given)),
    "exclude": lambda made, given: replace(made, exclude=_exclusions(given)),
    "foreign-schemas": lambda made, given: replace(made, foreign_schemas=_texts(given)),
    "lookup-words": lambda made, given: replace(made, lookup_words=_texts(given)),
    "require-reasons": lambda made, given: replace(made, require_reasons=_boolean(given)),
    "beside-official-server": (
        lambda made, given: replace(made, beside_official_server=_boolean(given))
    ),
    "baseline": lambda made, given: replace(made, baseline=_path(given)),
    "fail-on": (
        lambda made, given: replace(
            made, fail_on=cast("FailOn | None", _choice(given, FAIL_LEVELS))
        )
    ),
    "schema": lambda made, given: replace(made, schema=_path(given)),
    "migrations": lambda made, given: replace(made, migrations=_migrations(given)),
}
