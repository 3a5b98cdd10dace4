"""What package.json of the extension says agrees with the server and with the files beside it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from referee import __version__
from referee.lsp.offer import FIX_ALL
from referee.lsp.settings import said_for
from referee.project.configuration import KEYS
from referee.project.configuration_schema import configuration_json_schema
from referee.project.vocabulary import vocabulary

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "vscode-client"
MANIFEST: dict[str, Any] = json.loads((CLIENT / "package.json").read_text("utf-8"))
CONTRIBUTED = MANIFEST["contributes"]
SETTINGS: dict[str, Any] = {
    name.removeprefix("referee."): setting
    for group in CONTRIBUTED["configuration"]
    for name, setting in group["properties"].items()
}
# Only a check on the command line reads these.
NOT_IN_EDITORS = {"baseline", "failOn"}


def camel_case(name: str) -> str:
    return re.sub(r"-(\w)", lambda letter: letter[1].upper(), name)


def test_the_version_is_that_of_the_server() -> None:
    assert MANIFEST["version"] == __version__


def test_every_key_of_a_configuration_can_be_set() -> None:
    keys = {camel_case(key.name) for key in KEYS}
    assert keys - NOT_IN_EDITORS <= SETTINGS.keys()
    assert not NOT_IN_EDITORS & SETTINGS.keys()


def test_a_setting_takes_what_the_file_takes() -> None:
    properties = configuration_json_schema(vocabulary())["properties"]
    assert isinstance(properties, dict)
    assert SETTINGS["severity"]["properties"] == properties["severity"]["properties"]
    rules = SETTINGS["rules"]["properties"]
    assert rules
    assert {code: properties["rules"]["properties"][code] for code in rules} == rules
    for key in ("exclude", "foreign-schemas", "lookup-words", "require-reasons", "schema"):
        offered = SETTINGS[camel_case(key)]
        assert offered["type"] == properties[key]["type"]
        assert offered.get("items") == properties[key].get("items")


@pytest.mark.parametrize(
    "name", sorted(SETTINGS.keys() - {"interpreter", "importStrategy", "trace.server"})
)
def test_the_server_takes_every_default(name: str, tmp_path: Path) -> None:
    default = SETTINGS[name]["default"]
    if name == "besideOfficialServer":
        # What the client makes of its three words is tested with the client.
        assert default == "auto"
        return
    assert said_for({name: default}, tmp_path).mistakes == ()


def test_every_setting_is_described_and_has_a_scope() -> None:
    for name, setting in SETTINGS.items():
        assert setting.get("markdownDescription") or setting.get("description"), name
        assert setting["scope"] in ("resource", "window", "machine-overridable"), name
        assert "default" in setting, name


def test_every_file_that_is_named_is_there() -> None:
    named = [
        MANIFEST["icon"],
        *(language["configuration"] for language in CONTRIBUTED["languages"]),
        *(grammar["path"] for grammar in CONTRIBUTED["grammars"]),
        *(snippet["path"] for snippet in CONTRIBUTED["snippets"]),
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
    ]
    assert [name for name in named if not (CLIENT / name).is_file()] == []
    assert (CLIENT / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def test_it_wakes_for_schemas_and_migrations_alone() -> None:
    (language,) = CONTRIBUTED["languages"]
    assert (language["id"], language["extensions"]) == ("prisma", [".prisma"])
    # VS Code adds `onLanguage` for the language and `onCommand` for the commands by itself.
    assert MANIFEST["activationEvents"] == ["workspaceContains:**/migrations/*/migration.sql"]


def test_commands_in_menus_are_declared() -> None:
    declared = {each["command"] for each in CONTRIBUTED["commands"]}
    used = {item["command"] for menu in CONTRIBUTED["menus"].values() for item in menu}
    assert used <= declared


def test_the_oldest_vs_code_is_the_one_that_the_types_describe() -> None:
    engine, types = MANIFEST["engines"]["vscode"], MANIFEST["devDependencies"]["@types/vscode"]
    assert engine == f"^{types}"


def test_every_dependency_is_pinned() -> None:
    exact = re.compile(r"\d+\.\d+\.\d+")
    loose = {n: v for n, v in MANIFEST["devDependencies"].items() if not exact.fullmatch(v)}
    assert loose == {}


def test_the_readme_names_the_kind_that_fixes_all() -> None:
    assert f'"{FIX_ALL}": "explicit"' in (CLIENT / "README.md").read_text("utf-8")


def test_the_libraries_that_are_carried_fit_what_the_server_asks_for() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    (listed,) = re.findall(r"^dependencies = \[\n(.*?)^\]", pyproject, re.DOTALL | re.MULTILINE)
    asked = [Requirement(text) for text in re.findall(r'^\s*"(.+)",$', listed, re.MULTILINE)]
    pinned = dict(
        re.findall(
            r"^([\w.-]+)==(\S+) --hash=sha256:[0-9a-f]{64}$",
            (CLIENT / "bundled" / "requirements.txt").read_text("utf-8"),
            re.MULTILINE,
        )
    )
    assert len(asked) >= 5
    stale = [
        str(each)
        for each in asked
        if not each.specifier.contains(pinned.get(canonicalize_name(each.name), ""))
    ]
    assert stale == [], "bundled/requirements.txt is old; `npm run package` writes it anew"


def test_the_documentation_lists_the_settings_of_every_editor_with_their_defaults() -> None:
    page = (ROOT / "docs" / "editors.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .+ \| (?:`(.+)`)? ?\|$", page, re.MULTILINE)
    of_vscode_alone = {"interpreter", "importStrategy", "trace.server"}
    assert sorted(name for name, _ in rows) == sorted(SETTINGS.keys() - of_vscode_alone)
    told = {name: json.loads(default) for name, default in rows if default}
    # VS Code alone can see by itself whether Prisma's own server is there.
    assert told.pop("besideOfficialServer") is False
    simple = {name: s["default"] for name, s in SETTINGS.items() if s["type"] == "boolean"}
    assert told == simple
