"""Writes what is made from the code: rule pages, tables, the configuration's schema, a picture.

`--write` writes the files, `--check` names those that are not fresh and fails. Pages written by
people carry generated parts between `<!-- generated: NAME -->` and `<!-- end -->`.
It runs in the project's environment and deliberately reads nothing but the repository.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, product
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from referee.cli.main import main as referee
from referee.cli.migrations import SUBCOMMANDS
from referee.migrations.catalogue import MIGRATION_CODES
from referee.project.configuration import KEYS, MIGRATION_KEYS
from referee.project.configuration_schema import configuration_json_schema
from referee.project.vocabulary import vocabulary
from referee.rules.catalogue import (
    ALL_FAMILIES,
    ALL_RULES,
    FAMILY_TITLES,
    TOOL_CODES,
    OtherCode,
)
from referee.rules.executed import executed_text
from referee.rules.rule import Rule
from referee.syntax.lark_tree import parse, recipe_of
from referee.syntax.line_reader import shape_of, tokens_of
from referee.syntax.recipes import LineKind, written

ROOT = Path(__file__).resolve().parent.parent
EXTENSION = ROOT / "vscode-client" / "package.json"
# Keys that only a check on the command line reads, so that editors do not offer them.
NOT_IN_EDITORS = frozenset({"baseline", "fail-on"})
# Keys that the extension for VS Code offers in words of its own.
SAID_OTHERWISE = frozenset({"beside-official-server"})
PICTURED = "examples/orchard/prisma/schema/billing.prisma"
PICTURE_WIDTH = 110

THEME = TerminalTheme(
    (22, 24, 33),
    (214, 219, 233),
    [
        (90, 98, 120),
        (240, 113, 120),
        (158, 206, 106),
        (224, 175, 104),
        (122, 162, 247),
        (187, 154, 247),
        (125, 207, 255),
        (200, 206, 222),
    ],
)


def main(words: list[str]) -> int:
    """Write or check the generated files; return 1 if a check finds one that is not fresh."""
    if words not in (["--write"], ["--check"]):
        print("usage: python tools/generate.py --write | --check", file=sys.stderr)
        return 2
    os.chdir(ROOT)
    stale: list[str] = []
    wanted = dict(generated())
    for name, text in wanted.items():
        path = ROOT / name
        if path.is_file() and path.read_bytes().decode() == text:
            continue
        stale.append(name)
        if words == ["--write"]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
    for path in sorted((ROOT / "docs" / "rules").glob("*.md")):
        name = path.relative_to(ROOT).as_posix()
        if name not in wanted:
            stale.append(name)
            if words == ["--write"]:
                path.unlink()
    if words == ["--write"]:
        print(f"{len(stale)} of {len(wanted)} generated files were written anew")
        return 0
    for name in stale:
        print(f"{name} is not fresh; `make docs` writes it", file=sys.stderr)
    return 1 if stale else 0


def generated() -> Iterator[tuple[str, str]]:
    """Yield every generated file with its text."""
    codes: list[Rule | OtherCode] = [*ALL_RULES, *MIGRATION_CODES, *TOOL_CODES]
    for code in codes:
        yield f"docs/rules/{code.code}.md", rule_page(code)
    yield "docs/rules/README.md", rules_index(codes)
    yield "docs/images/check.svg", picture_of_a_check()
    yield "grammar/recipes.json", recipes_of_common_lines()
    schema = configuration_json_schema(vocabulary())
    yield "docs/referee.schema.json", json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    yield "vscode-client/package.json", package_with_settings(EXTENSION)
    parts = {
        "rules": rules_table(),
        "options": options_table(),
        "configuration": configuration_table(),
    }
    for command in ("check", "explain", "rules", "graph", "migrations", "serve"):
        parts[f"help {command}"] = help_of(command)
    for subcommand in SUBCOMMANDS:
        parts[f"help migrations {subcommand.name}"] = help_of("migrations", subcommand.name)
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        if path.is_file():
            text = path.read_bytes().decode()
            yield path.relative_to(ROOT).as_posix(), with_parts(text, parts)


def rule_page(code: Rule | OtherCode) -> str:
    """Return the page of a rule: its docstring under a title and a table."""
    first, _, rest = code.documentation.partition("\n")
    note = f" ({code.severity_note})" if code.severity_note else ""
    severity = f"{code.severity}{note}" if code.is_on else "off"
    executed = executed_text(code)
    if executed:
        rest = f"{rest.rstrip()}\n\n{executed}"
    return (
        f"# {code.code}\n\n{first}\n\n"
        f"| family | default severity | fix |\n| --- | --- | --- |\n"
        f"| {code.family} | {severity} | {fix_text(code)} |\n"
        f"{rest.rstrip()}\n\n"
        f"{silence_text(code)}\n"
    )


def silence_text(code: Rule | OtherCode) -> str:
    """Return how a finding of a code is silenced."""
    if code.family != "migration":
        return (
            f"Silence one finding with `// referee-ignore {code.code}: reason` on its line or the "
            f"line above, or set `severity.{code.code}` in `referee.toml`."
        )
    return (
        f"Silence one finding with `-- referee-ignore {code.code}: reason` above the statement, in "
        "a script that is not released: to edit one that is applied changes its checksum. In a "
        f"schema the comment is `// referee-ignore {code.code}: reason`.\n"
        "For released scripts there are `migrations.ignore` in `referee.toml` and a baseline; "
        f"`severity.{code.code}` sets the severity of all."
    )


def rules_index(codes: list[Rule | OtherCode]) -> str:
    """Return the page that lists all rules by family."""
    pieces = ["# Rules\n\nGenerated from the rules themselves.\n"]
    for family in ALL_FAMILIES:
        rows = "\n".join(
            f"| [{code.code}]({code.code}.md) | {code.summary} | "
            f"{code.severity if code.is_on else 'off'} | {fix_text(code)} |"
            for code in codes
            if code.family == family
        )
        pieces.append(
            f"\n## {FAMILY_TITLES[family]}\n\n| code | what it finds | default | fix |\n"
            f"| --- | --- | --- | --- |\n{rows}\n"
        )
    return "".join(pieces)


def rules_table() -> str:
    """Return the table of rules for the README, a row a family."""
    rows: list[str] = []
    codes: tuple[Rule | OtherCode, ...] = (*ALL_RULES, *MIGRATION_CODES)
    for family in ALL_FAMILIES:
        links = ", ".join(
            f"[`{rule.code}`](docs/rules/{rule.code}.md)" + ("" if rule.is_on else " (off)")
            for rule in codes
            if rule.family == family
        )
        if links:
            rows.append(f"| {FAMILY_TITLES[family]} | {links} |")
    return "| family | rules |\n| --- | --- |\n" + "\n".join(rows)


def configuration_table() -> str:
    """Return the table of the keys of a configuration."""
    rows = [
        f"| `{key.name}` | {key.description} | "
        f"{'' if key.default is None else f'`{json.dumps(key.default)}`'} |"
        for key in (
            *(each for each in KEYS if each.name != "migrations"),
            *(replace(each, name=f"migrations.{each.name}") for each in MIGRATION_KEYS),
        )
    ]
    return "| key | what it sets | default |\n| --- | --- | --- |\n" + "\n".join(rows)


def options_table() -> str:
    """Return the table of the options that rules have."""
    rows = [
        f"| `rules.{rule.code}.{option.name}` | {option.type} | `{json.dumps(option.default)}` "
        f"| {option.description} |"
        for rule in ALL_RULES
        for option in rule.options
    ]
    if not rows:
        return "No rule has options."
    return "| key | type | default | what it sets |\n| --- | --- | --- | --- |\n" + "\n".join(rows)


def package_with_settings(package: Path) -> str:
    """Return the text of a package.json with the settings that come from the server written anew.

    They stand in the first group of settings, which holds nothing else.
    """
    content = json.loads(package.read_text(encoding="utf-8"))
    groups = content["contributes"]["configuration"]
    groups[0]["properties"] = settings_of_the_extension()
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def settings_of_the_extension() -> dict[str, object]:
    """Return the settings that the keys of a configuration are in the editor."""
    properties = configuration_json_schema(vocabulary())["properties"]
    assert isinstance(properties, dict)
    found: dict[str, object] = {}
    for key in KEYS:
        if key.name in NOT_IN_EDITORS | SAID_OTHERWISE:
            continue
        described = {
            name: value for name, value in properties[key.name].items() if name != "examples"
        }
        if key.name == "rules":
            rules = described["properties"].items()
            with_options = {code: rule for code, rule in rules if rule["properties"]}
            described["properties"] = with_options
        text = described.pop("description")
        text = text.replace("relative to this file", "relative to the open folder")
        found[f"referee.{camel_case(key.name)}"] = {
            "scope": "resource",
            "markdownDescription": f"{text} Goes before `{key.name}` in `referee.toml`.",
            **described,
            "default": default_of(described),
        }
    return found


def camel_case(name: str) -> str:
    first, *others = name.split("-")
    return first + "".join(word.capitalize() for word in others)


def default_of(described: dict[str, object]) -> object:
    """Return the value where nothing is set; the extension tells the server of no default."""
    if "default" in described:
        return described["default"]
    return {"object": {}, "array": [], "string": ""}[str(described["type"])]


def fix_text(code: Rule | OtherCode) -> str:
    """Return how a code's fix is called in tables."""
    return {"none": "-", "safe": "safe", "unsafe": "unsafe"}[code.fix_safety]


def help_of(*command: str) -> str:
    """Return the help of a command as a block of text."""
    return f"```text\n{output_of([*command, '--help'], width=100).rstrip()}\n```"


def with_parts(text: str, parts: dict[str, str]) -> str:
    """Return a page with its generated parts written anew; an unknown part is a mistake."""

    def part(match: re.Match[str]) -> str:
        return f"<!-- generated: {match.group(1)} -->\n\n{parts[match.group(1)]}\n\n<!-- end -->"

    return re.sub(r"<!-- generated: ([\w ]+) -->\n.*?<!-- end -->", part, text, flags=re.DOTALL)


def picture_of_a_check() -> str:
    """Return the real output of a check of one file of the example as an SVG of a terminal."""
    words = ["check", PICTURED, "--fail-on", "never", "--color", "always"]
    lines = output_of(words, PICTURE_WIDTH).rstrip("\n").split("\n")
    console = Console(record=True, width=PICTURE_WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ referee check {PICTURED}\n\n" + "\n".join(lines)))
    return console.export_svg(title="referee check", theme=THEME, unique_id="referee")


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Return true."""
        return True


def output_of(words: list[str], width: int) -> str:
    """Return what a command prints on a terminal of a width."""
    os.environ["COLUMNS"] = str(width)
    out = Terminal(io.BytesIO(), encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        referee(words)
    out.seek(0)
    return out.read()


# --- What lark makes of common lines ------------------------------------------------------------

LONGEST_WITH_COMMENT = 36
KEYS_OF_MODELS = (
    *("@id", "@id @default(now())", "@id @default(1)", '@id @default(dbgenerated("x"))'),
    *("@id @default(uuid(7))", '@id(map: "x")', '@id(map: "x") @default(now())', "@id @unique"),
)
DEFAULTS = (
    *("@default(now())", "@default(1)", "@default(-1)", "@default(1.5)", '@default("x")'),
    *("@default(x)", "@default()", '@default(dbgenerated("x"))', "@default(uuid(7))"),
    *("@default(now()) @updatedAt", "@default() @default(now())", "@unique @default(now())"),
    *('@default() @default(dbgenerated("x"))', '@unique @default(dbgenerated("x"))'),
    *("@default(now()) @unique", '@default(dbgenerated("x")) @unique'),
)
OTHER_ATTRIBUTES = ("", "@unique", '@unique(map: "x")', "@db.Text()", "@db.Char(Max)")
LIST_ATTRIBUTES = (
    *("", "@default([])", "@default([x])", "@default([x, y])", '@default(["x"])', "@unique"),
    *('@default(["x", "y"])',),
)
NATIVE_TYPES = ("", "@db.Text", "@db.Char(1)", "@db.Decimal(1, 2)")
INDEXED = (
    *(", ".join("abcdefgh"[:count]) for count in range(1, 9)),
    *("a(sort: Desc)", "a, b(sort: Desc)", "a(sort: Desc), b", "a(sort: Desc), b(sort: Desc)"),
    *("a, b, c(sort: Desc)", "a, b(sort: Desc), c", "a, b(sort: Desc), c(sort: Desc)"),
    *("a, b, c, d(sort: Desc)", "a, b, c(sort: Desc), d", "a, b, c(sort: Desc), d(sort: Desc)"),
    *('a(ops: raw("x"))', 'a(ops: raw("x")), b(ops: raw("y"))', 'a, b(ops: raw("x"))'),
    *("a(length: 1)", "a(length: 1), b(length: 2)", "a, b(length: 1)", "a(length: 1), b"),
)
INDEX_OPTIONS = ("", ', map: "x"', ", type: Gin", ', type: Gin, map: "x"', ', map: "x", type: Gin')
KEY_OPTIONS = (
    *("", ", onDelete: x", ", onDelete: x, onUpdate: y", ', map: "x"', ', onDelete: x, map: "y"'),
    *(', onDelete: x, onUpdate: y, map: "z"', ', map: "x", onDelete: y'),
)
BLOCK_ATTRIBUTES = ('@@map("x")', '@@map(name: "x")', '@@schema("x")', "@@ignore", "@@index(a)")
ENUM_VALUES = ("A", '@@map("x")', '@@schema("x")', 'A @map("x")', "A @ignore", 'A @map(name: "x")')
SETTINGS = (
    *('a = "x"', 'a = env("x")', "a = x", "a = 1", "a = []", 'a = ["x"]', 'a = ["x", "y"]'),
    *('a = ["x", "y", "z"]', 'a = ["x", "y", "z", "u"]', "a = [x]", "a = [x, y]", "a = [x, y, z]"),
    *('a = [x(map: "y")]', 'a = [x(map: "y"), z]', 'a = [x, y(map: "z")]'),
    *('a = [x(schema: "y")]', 'a = [x(map: "y", schema: "z")]'),
)


def recipes_of_common_lines() -> str:
    """Return what lark makes of all common shapes of lines as JSON, a shape on each line."""
    recipes: dict[str, dict[str, str]] = {}
    for kind, content in common_lines():
        comments = ("", " // c") if len(content) < LONGEST_WITH_COMMENT else ("",)
        for line in (f"  {content}{comment}" for comment in comments):
            tokens = tokens_of(line)
            shape = shape_of(tokens)
            assert shape is not None, line
            offsets = accumulate(map(len, tokens), initial=0)
            bounds = {offset: number for number, offset in enumerate(offsets)}
            recipe = recipe_of(parse(kind, line), bounds)
            recipes.setdefault(kind, {}).setdefault(shape, written(recipe))
    return json.dumps(recipes, indent=0) + "\n"


def common_lines() -> Iterator[tuple[LineKind, str]]:
    """Yield what common lines hold, at least one of every shape; a comment may follow."""
    yield from (("model_line", each) for each in common_fields())
    for columns, options in product(INDEXED, INDEX_OPTIONS):
        yield "model_line", f"@@index([{columns}]{options})"
    for columns, options in product(INDEXED[:4], INDEX_OPTIONS):
        yield "model_line", f"@@index(fields: [{columns}]{options})"
    yield from (("model_line", each) for each in BLOCK_ATTRIBUTES)
    yield from (("enum_line", each) for each in ENUM_VALUES)
    yield from (("config_line", each) for each in SETTINGS)


def common_fields() -> Iterator[str]:
    """Yield fields: scalars by their attributes in the usual orders, then relations."""
    by_type = {
        "T": (*KEYS_OF_MODELS, *DEFAULTS, *OTHER_ATTRIBUTES),
        "T?": (*DEFAULTS, *OTHER_ATTRIBUTES),
        "T[]": LIST_ATTRIBUTES,
    }
    for name, attributes in by_type.items():
        for attribute, native in product(attributes, NATIVE_TYPES):
            mapped = '@map("x")'
            for order in (
                (attribute, native, ""),
                (native, attribute, ""),
                (attribute, mapped, native),
                (attribute, native, mapped),
            ):
                yield " ".join(["a", name, *filter(None, order)])
        for attribute in attributes:
            yield " ".join(["a", name, '@map("x")', *filter(None, [attribute])])
    for mark, attribute in product(("", "?", "[]"), ("", "@ignore", *DEFAULTS[:3], '@map("x")')):
        yield " ".join([f'a Unsupported("x"){mark}', *filter(None, [attribute])])
    for mark, name in product(("", "?", "[]"), ("", '"x"', 'name: "x"')):
        yield f"a T{mark} @relation({name})"
        yield f"a T{mark} @relation({name}) @ignore"
        for count, options in product(range(1, 4), KEY_OPTIONS if mark != "[]" else ("",)):
            columns = ", ".join("abc"[:count])
            keys = f"fields: [{columns}], references: [{columns}]{options}"
            yield f"a T{mark} @relation({name}{name and ', '}{keys})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
