from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from referee.project.prisma_config import UnknownPath, schema_in_config

CONFIG = Path("/shop/prisma.config.ts")

KNOWN = {
    "a plain object": ('export default { schema: "a" }', "a"),
    "defineConfig": (
        'import "dotenv/config"\n'
        'import { defineConfig, env } from "prisma/config"\n'
        "export default defineConfig({\n"
        '  schema: "a/b.prisma",\n'
        '  datasource: { url: env("URL"), shadow: process.env["X"]! },\n'
        "});\n",
        "a/b.prisma",
    ),
    "an alias of defineConfig": (
        'import { defineConfig as define } from "prisma/config"\n'
        "export default define({ schema: 'a' })",
        "a",
    ),
    "satisfies": ("export default { schema: 'a' } satisfies PrismaConfig;", "a"),
    "as": ("export default { schema: 'a' as const } as import('prisma').PrismaConfig", "a"),
    "CommonJS": ("module.exports = { 'schema': 'a' };", "a"),
    "CommonJS with a path": (
        "const { join } = require('node:path')\nmodule.exports = { schema: join('a', 'b') }",
        "a/b",
    ),
    "an assignment of exports": ("exports.default = { schema: 'a' }", "a"),
    "an export list": ("const c = { schema: 'a' }\nexport { c as default }", "a"),
    "a constant object": (
        "const config: PrismaConfig = {\n  schema: 'a',\n}\n\nexport default config\n",
        "a",
    ),
    "a constant path": ("const where = 'a'\nexport default { schema: where }", "a"),
    "a shorthand": ("const schema: string = 'a' as const;\nexport default { schema }", "a"),
    "a shorthand before others": ("const schema = 'a'\nexport default { schema, b: 1 }", "a"),
    "a constant of constants": (
        "const dir = 'a', file = 'b'\nconst x = dir + '/' + 'c'\nexport default { schema: x }",
        "a/c",
    ),
    "path.join": (
        "import path from 'node:path'\nexport default { schema: path.join('a', './b', '..') }",
        "a",
    ),
    "a trailing comma": ("export default { schema: path.join('a', 'b',), }", "a/b"),
    "a namespace import": (
        "import * as p from 'path'\nexport default { schema: p.posix.join('a', 'b') }",
        "a/b",
    ),
    "an alias of join": (
        "import { join as j } from 'path'\nexport default { schema: j('a', 'b') }",
        "a/b",
    ),
    "a leading slash in join": ("export default { schema: path.join('a', '/b') }", "a/b"),
    "path.resolve": ("export default { schema: path.resolve('a') }", "/shop/a"),
    "path.resolve from __dirname": (
        "export default { schema: path.resolve(__dirname, '..', 'a') }",
        "/a",
    ),
    "import.meta.dirname": (
        "export default { schema: resolve(import.meta.dirname, 'a') }",
        "/shop/a",
    ),
    "import.meta.url": (
        "const here = path.dirname(fileURLToPath(import.meta.url))\n"
        "export default { schema: join(here, 'a') }",
        "/shop/a",
    ),
    "a URL": (
        "export default { schema: fileURLToPath(new URL('./a', import.meta.url)) }",
        "/shop/a",
    ),
    "process.cwd": ("export default { schema: path.join(process.cwd(), 'a') }", "/shop/a"),
    "a template": ("export default { schema: `a/b` }", "a/b"),
    "a template with what is known": (
        "const dir = 'a'\nexport default { schema: `${dir}/${'b'}.prisma` }",
        "a/b.prisma",
    ),
    "brackets around it": ("export default ({ schema: ('a' + ('b')) })", "ab"),
    "escapes": (r"export default { schema: 'a\u0062\x63\u{64}\'\\' }", "abcd'\\"),
    "a nested schema before": (
        "export default { typedSql: { schema: 'x' }, b: [{ schema: 'y' }], schema: 'a' }",
        "a",
    ),
    "a schema in comments and strings": (
        "// export default { schema: 'x' }\n"
        "/* schema: 'y' */\n"
        "const text = \"export default { schema: 'z' }\"\n"
        "export default { note: `schema: 'x'`, /* schema: 'y', */ schema: 'a' }",
        "a",
    ),
    "regular expressions": (
        "const a = /['\"{/]/g.test(x) / 2\nexport default { p: /[/'}]/, schema: 'a' }",
        "a",
    ),
    "functions around it": (
        "export default { f() { return { schema: 'x' } }, g: () => ({ schema: 1 }), schema: 'a' }",
        "a",
    ),
    "statements before it": (
        "loadEnvFile(process.argv.includes('--dev') ? '.env.dev' : '.env')\n"
        "if (x) { dotenv.config({ path: `${y}/.env` }) }\n"
        "export default { schema: 'a' }",
        "a",
    ),
    "the last of two": ("export default { schema: 'x', schema: 'a' }", "a"),
    "a spread before it": ("export default { ...base, schema: 'a' }", "a"),
    "a spread of a constant": ("const base = { schema: 'a' }\nexport default { ...base }", "a"),
    "a computed key that is a text": ("export default { ['schema']: 'a' }", "a"),
    "a script line": ("#!/usr/bin/env node\nexport default { schema: 'a' }", "a"),
    "Windows line ends": ("const s = 'a'\r\nexport default { schema: s }\r\n", "a"),
}


@pytest.mark.parametrize(("source", "path"), KNOWN.values(), ids=KNOWN)
def test_a_path_that_is_written_out_is_known(source: str, path: str) -> None:
    assert schema_in_config(source, CONFIG) == path


UNKNOWN = {
    "the environment": "export default { schema: process.env.SCHEMA }",
    "the environment with a default": "export default { schema: process.env.SCHEMA ?? 'a' }",
    "env()": "export default { schema: env('SCHEMA') }",
    "a call": "export default { schema: find('a') }",
    "a call in a join": "export default { schema: path.join(root(), 'a') }",
    "a template with a call": "export default { schema: `${root()}/a` }",
    "a condition": "export default { schema: x ? 'a' : 'b' }",
    "a choice": "export default { schema: 'a' || 'b' }",
    "a condition in a constant": "const a = x ? 'a' : 'b'\nexport default { schema: a }",
    "a variable that changes": "let a = 'a'\nif (x) { a = 'b' }\nexport default { schema: a }",
    "an import": "import { a } from './a'\nexport default { schema: a }",
    "two declarations": "var a = 'a'\nvar a = 'b'\nexport default { schema: a }",
    "itself": "const a = a\nexport default { schema: a }",
    "a spread behind it": "export default { schema: 'a', ...other }",
    "a spread alone": "export default { ...other }",
    "a spread of itself": "const a = { ...a }\nexport default a",
    "a computed key": "export default { schema: 'a', [key]: 'b' }",
    "a function for the object": "export default () => ({ schema: 'a' })",
    "an async function": "export default async () => ({ schema: 'a' })",
    "a function around the object": "export default withEnv({ schema: 'a' })",
    "a method": "export default { schema() { return 'a' } }",
    "a getter": "export default { get schema() { return 'a' } }",
    "a number": "export default { schema: 1 }",
    "an object": "export default { schema: { path: 'a' } }",
    "a property of an object": "export default { schema: paths.schema }",
    "an imported object": "import config from './other'\nexport default config",
    "no export": "const schema = 'a'",
    "nothing": "",
    "an open bracket": "export default { schema: 'a'",
    "a merged object": "export default { schema: 'a' } && other",
}


@pytest.mark.parametrize("source", UNKNOWN.values(), ids=UNKNOWN)
def test_a_path_that_only_running_the_file_can_tell_is_unknown(source: str) -> None:
    found = schema_in_config(source, CONFIG)
    assert isinstance(found, UnknownPath), found
    assert found.reason


NONE = {
    "an empty object": "export default {}",
    "only nested ones": "export default { typedSql: { schema: 'x' }, a: [{ schema: 'y' }] }",
    "only a comment": "export default { /* schema: 'x' */ }",
    "only a parameter": "export default { f(schema) { return schema } }",
    "another key with the word": "export default { schemaPath: 'a', 'the schema': 'b' }",
}


@pytest.mark.parametrize("source", NONE.values(), ids=NONE)
def test_an_object_without_a_schema_names_none(source: str) -> None:
    assert schema_in_config(source, CONFIG) is None


def test_the_folder_of_a_config_in_the_config_folder_is_not_where_prisma_starts() -> None:
    config = Path("/shop/.config/prisma.ts")
    assert schema_in_config("export default { schema: path.resolve('a') }", config) == "/shop/a"
    here = "export default { schema: path.resolve(__dirname, 'a') }"
    assert schema_in_config(here, config) == "/shop/.config/a"


PIECES = [source for source, _ in KNOWN.values()] + list(UNKNOWN.values()) + list(NONE.values())


@given(some.sampled_from(PIECES), some.integers(0, 200), some.integers(0, 200), some.text())
@example("export default { schema: `${", 0, 0, "")
@example("/", 0, 0, "")
def test_no_file_makes_reading_fail(source: str, start: int, end: int, other: str) -> None:
    schema_in_config(source[:start] + other + source[end:], CONFIG)
