from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest

from referee.project.configuration import (
    KEYS,
    Configuration,
    ConfigurationMistake,
    ConfigurationReading,
    Exclusion,
    Vocabulary,
    configuration_of_editor,
    merge,
    read_configuration,
    severity_of,
)
from referee.project.configuration_schema import configuration_json_schema
from referee.project.settings_file import settings_in
from referee.rules.rule import Option
from tests.project.folders import write

DEPTH = Option("max-depth", "integer", 3, "How many levels are too many.")
WORDS = Vocabulary(
    codes=("unindexed-foreign-key", "cascade-depth", "mixed-styles"),
    families=("missing-index", "cascade-risk", "tool"),
    options={
        "cascade-depth": (
            DEPTH,
            Option("only-cascades", "boolean", False, "Whether to count nothing else."),
            Option("from", "string", "User", "Where to start."),
            Option("ignore", "strings", ("Log",), "What not to count."),
        )
    },
)

WHOLE = """\
schema = "prisma/schema"
exclude = ["examples/", "**/old.prisma"]
foreign-schemas = ["auth"]
lookup-words = ["Type", "Status"]
require-reasons = true
beside-official-server = true
baseline = "known.json"
fail-on = "error"

[severity]
missing-index = "error"
cascade-depth = "off"

[rules."cascade-depth"]
max-depth = 5
only-cascades = true
from = "Team"
ignore = ["Log", "Event"]
"""


def read(folder: Path, text: str) -> ConfigurationReading:
    write(folder, {"referee.toml": text})
    return read_configuration(folder, last=folder, vocabulary=WORDS)


def mistake(folder: Path, text: str) -> tuple[int | None, int | None, str, str]:
    """Return place, key and message of the only mistake in a `referee.toml`."""
    (found,) = read(folder, text).mistakes
    assert found.path == folder / "referee.toml"
    return found.line, found.column, found.key, found.message


# --- What is right -------------------------------------------------------------------------------


def test_every_key_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE) == ConfigurationReading(
        Configuration(
            severities=({"missing-index": "error", "cascade-depth": "off"},),
            rules={
                "cascade-depth": {
                    "max-depth": 5,
                    "only-cascades": True,
                    "from": "Team",
                    "ignore": ("Log", "Event"),
                }
            },
            exclude=(Exclusion(tmp_path, ("examples/", "**/old.prisma")),),
            foreign_schemas=("auth",),
            lookup_words=("Type", "Status"),
            require_reasons=True,
            beside_official_server=True,
            baseline=tmp_path / "known.json",
            fail_on="error",
            schema=tmp_path / "prisma/schema",
            source=tmp_path / "referee.toml",
        )
    )


def test_every_field_has_a_default() -> None:
    nothing = Configuration()
    assert nothing == merge() == merge(None, nothing, None)
    assert nothing.fail_level == "warning"
    assert not nothing.must_give_reasons
    assert not nothing.is_beside_official_server
    assert nothing.source is None


def test_without_a_file_nothing_is_said(tmp_path: Path) -> None:
    reading = read_configuration(tmp_path, last=tmp_path, vocabulary=WORDS)
    assert reading == ConfigurationReading(Configuration())


def test_an_empty_file_says_nothing_and_is_the_source(tmp_path: Path) -> None:
    reading = read(tmp_path, "")
    assert reading.configuration == Configuration(source=tmp_path / "referee.toml")
    assert not reading.mistakes


def test_the_nearest_file_upward_counts(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "referee.toml": 'fail-on = "hint"',
            "app/package.json": '{"referee": {"fail-on": "error"}}',
            "app/prisma/models/": "",
            "other/": "",
        },
    )
    for folder, level in (("app/prisma/models", "error"), ("app", "error"), ("other", "hint")):
        reading = read_configuration(tmp_path / folder, last=tmp_path, vocabulary=WORDS)
        assert reading.configuration.fail_on == level


def test_a_file_above_the_last_folder_does_not_count(tmp_path: Path) -> None:
    write(tmp_path, {"referee.toml": WHOLE, "repo/prisma/": ""})
    last = tmp_path / "repo"
    reading = read_configuration(last / "prisma", last=last, vocabulary=WORDS)
    assert reading.configuration == Configuration()


def test_referee_toml_goes_before_package_json(tmp_path: Path) -> None:
    write(tmp_path, {"package.json": '{"referee": {"fail-on": "error"}}'})
    assert read(tmp_path, 'fail-on = "hint"').configuration.fail_on == "hint"


def test_a_package_json_without_the_key_is_no_configuration(tmp_path: Path) -> None:
    write(tmp_path, {"package.json": '{"name": "referee"}'})
    assert settings_in(tmp_path) is None


def test_package_json_takes_both_spellings(tmp_path: Path) -> None:
    settings = {"failOn": "error", "require-reasons": True, "foreignSchemas": ["auth"]}
    write(tmp_path, {"package.json": json.dumps({"referee": settings})})
    reading = read_configuration(tmp_path, last=tmp_path, vocabulary=WORDS)
    assert not reading.mistakes
    assert reading.configuration.fail_on == "error"
    assert reading.configuration.require_reasons
    assert reading.configuration.foreign_schemas == ("auth",)
    assert reading.configuration.source == tmp_path / "package.json"


def test_an_editor_sends_camel_case(tmp_path: Path) -> None:
    settings = {
        "besideOfficialServer": True,
        "severity": {"missing-index": "off"},
        "rules": {"cascade-depth": {"maxDepth": 7}},
        "exclude": ["old/"],
    }
    reading = configuration_of_editor(settings, base=tmp_path, vocabulary=WORDS)
    assert reading == ConfigurationReading(
        Configuration(
            severities=({"missing-index": "off"},),
            rules={"cascade-depth": {"max-depth": 7}},
            exclude=(Exclusion(tmp_path, ("old/",)),),
            beside_official_server=True,
        )
    )


def test_a_configuration_may_name_its_json_schema(tmp_path: Path) -> None:
    assert not read(tmp_path, '"$schema" = "referee.schema.json"\n').mistakes


# --- What counts ---------------------------------------------------------------------------------


def test_the_command_line_goes_over_the_editor_and_the_editor_over_the_file(tmp_path: Path) -> None:
    file = Configuration(
        fail_on="hint",
        require_reasons=True,
        lookup_words=("A", "B"),
        schema=tmp_path / "a",
        source=tmp_path / "referee.toml",
    )
    editor = Configuration(fail_on="error", require_reasons=False, lookup_words=())
    command_line = Configuration(fail_on="never", schema=tmp_path / "b")
    assert merge(command_line, editor, file) == Configuration(
        fail_on="never",
        require_reasons=False,
        lookup_words=(),
        schema=tmp_path / "b",
        source=tmp_path / "referee.toml",
    )


def test_options_are_merged_key_by_key() -> None:
    file = Configuration(rules={"cascade-depth": {"max-depth": 1, "from": "A"}})
    editor = Configuration(rules={"cascade-depth": {"max-depth": 2}, "x": {"y": True}})
    merged = merge(editor=editor, file=file)
    assert merged.rules == {"cascade-depth": {"max-depth": 2, "from": "A"}, "x": {"y": True}}


def test_exclusions_add_up(tmp_path: Path) -> None:
    one, other = Exclusion(tmp_path, ("a",)), Exclusion(tmp_path / "b", ("c",))
    merged = merge(Configuration(exclude=(one,)), None, Configuration(exclude=(other,)))
    assert merged.exclude == (one, other)


def test_a_code_goes_before_its_family() -> None:
    made = Configuration(severities=({"missing-index": "error", "unindexed-foreign-key": "hint"},))
    assert severity_of(made, "unindexed-foreign-key", "missing-index") == "hint"
    assert severity_of(made, "other", "missing-index") == "error"
    assert severity_of(made, "other", "else") is None


def test_a_family_on_the_command_line_goes_before_a_code_in_the_file() -> None:
    merged = merge(
        Configuration(severities=({"missing-index": "off"},)),
        file=Configuration(severities=({"unindexed-foreign-key": "error", "tool": "hint"},)),
    )
    assert severity_of(merged, "unindexed-foreign-key", "missing-index") == "off"
    assert severity_of(merged, "bad-configuration", "tool") == "hint"


# --- What is wrong -------------------------------------------------------------------------------

MISTAKES = {
    "an unknown key": (
        "require-reason = true\n",
        (1, 1, "require-reason"),
        "The key `require-reason` is not known; the nearest valid one is `require-reasons`.",
    ),
    "another spelling": (
        "# comment\nfailOn = 'error'\n",
        (2, 1, "failOn"),
        "The key `failOn` is not known; the nearest valid one is `fail-on`.",
    ),
    "a key like no other": (
        "zzz = 1\n",
        (1, 1, "zzz"),
        "The key `zzz` is not known; valid are `severity`, `rules`, `exclude`, `foreign-schemas`,"
        " `lookup-words`, `require-reasons`, `beside-official-server`, `baseline`, `fail-on`,"
        " `schema`, `migrations`.",
    ),
    "an unknown table": (
        "[severities]\nx = 1\n",
        (1, 2, "severities"),
        "The key `severities` is not known; the nearest valid one is `severity`.",
    ),
    "an unknown code": (
        "[severity]\nmissing-index = 'off'\nunindexed-foreign-keys = 'off'\n",
        (3, 1, "severity.unindexed-foreign-keys"),
        "`unindexed-foreign-keys` is not a rule or a family of rules; the nearest valid one is"
        " `unindexed-foreign-key`.",
    ),
    "an unknown code in one line": (
        "severity = { missing-index = 'off', cascade = 'off' }\n",
        (1, 37, "severity.cascade"),
        "`cascade` is not a rule or a family of rules; the nearest valid one is `cascade-risk`.",
    ),
    "an unknown severity": (
        "[severity]\n  missing-index = 'warn'\n",
        (2, 3, "severity.missing-index"),
        'The key `missing-index` must be one of "error", "warning", "information", "hint", "on",'
        ' "off"; the nearest valid value is "warning".',
    ),
    "a severity that is no text": (
        "severity.missing-index = 1\n",
        (1, 10, "severity.missing-index"),
        'The key `missing-index` must be one of "error", "warning", "information", "hint", "on",'
        ' "off".',
    ),
    "severities that are no table": (
        "severity = 'off'\n",
        (1, 1, "severity"),
        "The key `severity` must be a table.",
    ),
    "an unknown level": (
        "fail-on = 'off'\n",
        (1, 1, "fail-on"),
        'The key `fail-on` must be one of "error", "warning", "information", "hint", "never".',
    ),
    "options of an unknown rule": (
        '[rules."cascade-depths"]\nmax-depth = 1\n',
        (1, 8, "rules.cascade-depths"),
        "`cascade-depths` is not a rule; the nearest valid one is `cascade-depth`.",
    ),
    "options of a family": (
        "[rules.tool]\nx = 1\n",
        (1, 8, "rules.tool"),
        "`tool` is not a rule; valid are `unindexed-foreign-key`, `cascade-depth`, `mixed-styles`.",
    ),
    "an unknown option": (
        "[rules.cascade-depth]\ndepth = 1\n",
        (2, 1, "rules.cascade-depth.depth"),
        "`depth` is not an option of `cascade-depth`; the nearest valid one is `max-depth`.",
    ),
    "an option of a rule without options": (
        "[rules.mixed-styles]\nx = 1\n",
        (2, 1, "rules.mixed-styles.x"),
        "`x` is not an option of `mixed-styles`.",
    ),
    "an option that is no number": (
        "[rules.cascade-depth]\nmax-depth = true\n",
        (2, 1, "rules.cascade-depth.max-depth"),
        "The key `max-depth` must be a whole number.",
    ),
    "an option that is no boolean": (
        "[rules.cascade-depth]\nonly-cascades = 1\n",
        (2, 1, "rules.cascade-depth.only-cascades"),
        "The key `only-cascades` must be true or false.",
    ),
    "a list that is none": (
        "exclude = 'examples'\n",
        (1, 1, "exclude"),
        "The key `exclude` must be a list of texts.",
    ),
    "a list of other things": (
        'lookup-words = [\n  "a",\n  1,\n]\n',
        (1, 1, "lookup-words"),
        "The key `lookup-words` must be a list of texts.",
    ),
    "a path that is empty": (
        "baseline = ''\n",
        (1, 1, "baseline"),
        "The key `baseline` must be a text that is not empty.",
    ),
    "a boolean that is a text": (
        "require-reasons = 'yes'\n",
        (1, 1, "require-reasons"),
        "The key `require-reasons` must be true or false.",
    ),
    "a file that is not TOML": (
        "fail-on = \n",
        (1, 11, ""),
        "This is not TOML: Invalid value.",
    ),
    "a file that ends too early": (
        "a = 1\nexclude = [\n",
        (3, 1, ""),
        "This is not TOML: Invalid value.",
    ),
}


@pytest.mark.parametrize(("text", "place", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_names_the_key_its_place_and_the_nearest_valid_one(
    tmp_path: Path, text: str, place: tuple[int, int, str], message: str
) -> None:
    assert mistake(tmp_path, text) == (*place, message)


def test_what_is_right_holds_beside_what_is_wrong(tmp_path: Path) -> None:
    text = WHOLE.replace('fail-on = "error"', 'fail-on = "never ever"\nunknown = 1')
    text = text.replace("max-depth = 5", 'max-depth = "five"').replace('"off"', '"of"')
    reading = read(tmp_path, text)
    assert [each.key for each in reading.mistakes] == [
        "fail-on",
        "unknown",
        "severity.cascade-depth",
        "rules.cascade-depth.max-depth",
    ]
    right = reading.configuration
    assert right.fail_on is None
    assert right.severities == ({"missing-index": "error"},)
    assert right.rules["cascade-depth"] == {
        "only-cascades": True,
        "from": "Team",
        "ignore": ("Log", "Event"),
    }
    assert right.baseline == tmp_path / "known.json"


def test_mistakes_in_package_json_have_a_place(tmp_path: Path) -> None:
    package = (
        '{\n  "severity": 1,\n  "referee": {\n    "severity": {"mising-index": "off"}\n  }\n}\n'
    )
    write(tmp_path, {"package.json": package})
    (found,) = read_configuration(tmp_path, last=tmp_path, vocabulary=WORDS).mistakes
    assert found == ConfigurationMistake(
        tmp_path / "package.json",
        4,
        18,
        "severity.mising-index",
        "`mising-index` is not a rule or a family of rules; the nearest valid one is"
        " `missing-index`.",
    )


def test_a_package_json_whose_key_is_no_object_is_a_mistake(tmp_path: Path) -> None:
    write(tmp_path, {"package.json": '{\n  "referee": true\n}\n'})
    (found,) = read_configuration(tmp_path, last=tmp_path, vocabulary=WORDS).mistakes
    assert (found.line, found.column) == (2, 3)
    assert found.message == "The key `referee` must be an object."


def test_a_file_that_is_not_text_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "referee.toml").write_bytes(b"a = 1\nb = '\xff'\n")
    (found,) = read_configuration(tmp_path, last=tmp_path, vocabulary=WORDS).mistakes
    assert (found.line, found.column) == (2, 6)
    assert found.message.startswith("The file is not UTF-8")


def test_mistakes_of_an_editor_have_no_place(tmp_path: Path) -> None:
    reading = configuration_of_editor({"besideServer": 1}, base=tmp_path, vocabulary=WORDS)
    (found,) = reading.mistakes
    assert (found.path, found.line, found.column) == (None, None, None)
    assert "`besideServer`" in found.message


# --- The JSON Schema -----------------------------------------------------------------------------

SCHEMA = configuration_json_schema(WORDS)
CHECK = jsonschema.Draft7Validator(SCHEMA)


def as_table(folder: Path, text: str) -> object:
    settings = settings_in(write(folder, {"referee.toml": text}))
    assert settings is not None
    return settings.table


def test_the_json_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    json.dumps(SCHEMA)


def test_every_documented_key_is_accepted_by_both(tmp_path: Path) -> None:
    table = {key.name: key.example for key in KEYS}
    CHECK.validate(table)
    assert not configuration_of_editor(table, base=tmp_path, vocabulary=WORDS).mistakes
    CHECK.validate(as_table(tmp_path, WHOLE))
    assert set(table) == set(SCHEMA["properties"]) - {"$schema"}  # type: ignore[call-overload]


def test_every_field_is_documented() -> None:
    names = {key.name.replace("-", "_") for key in KEYS}
    assert {field.name for field in fields(Configuration)} == (
        names - {"severity"} | {"severities", "source"}
    )


def test_every_key_has_a_description_and_an_example() -> None:
    for key in KEYS:
        assert key.description.endswith("."), key.name
        assert key.example is not None, key.name


TABLES = [
    text
    for name, (text, _, _) in MISTAKES.items()
    if name not in {"a file that is not TOML", "a file that ends too early"}
]


@pytest.mark.parametrize("text", TABLES)
def test_what_is_a_mistake_is_refused_by_the_json_schema_too(tmp_path: Path, text: str) -> None:
    assert not CHECK.is_valid(as_table(tmp_path, text))


def test_options_say_their_default_and_description() -> None:
    schema = json.loads(json.dumps(SCHEMA))
    rules = schema["properties"]["rules"]["properties"]
    assert rules["cascade-depth"]["properties"]["max-depth"] == {
        "description": "How many levels are too many.",
        "type": "integer",
        "default": 3,
    }
    assert rules["mixed-styles"]["properties"] == {}
