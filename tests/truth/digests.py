"""What the evidence of a claim rests on, as a digest: the code of its trials, as far as it goes.

From the line that declares a claim, names are followed through the modules of this folder: the
cases or the generator, the deed, the comparison, and the server of one provider. What nothing of
that names, such as the cases of another claim, leaves the digest as it is, and so do comments and
docstrings. Code is read and not run.
It deliberately leaves out the product: what that says of a schema is tried by the tests, on a
sample of every claim.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from referee.schema.providers import Provider

_FOLDER = Path(__file__).parent
_PACKAGE = "tests.truth."
_DECLARATIONS = "claims", "CLAIMS"

Definition = tuple[str, str]

# What a trial reaches through its bench, and no name tells; by the attribute of the bench.
_INSTRUMENTS: Mapping[str, Mapping[Provider, Definition]] = {
    "server": {
        "sqlite": ("sqlite", "SqliteServer"),
        "postgresql": ("postgresql", "PostgresqlServer"),
        "mysql": ("mariadb", "MariadbServer"),
    },
    "planner": {
        "sqlite": ("index_coverage", "SqlitePlanner"),
        "postgresql": ("index_coverage", "PostgresqlPlanner"),
        "mysql": ("index_coverage", "MariadbPlanner"),
    },
}


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the harness: its lines, what it defines, and what it has from other modules."""

    lines: tuple[str, ...]
    definitions: Mapping[str, ast.stmt]
    imported: Mapping[str, Definition]


@cache
def modules_of_the_harness() -> Mapping[str, Module]:
    """Return the modules of this folder by name."""
    return {
        path.stem: read_module(path.read_text(encoding="utf-8"))
        for path in sorted(_FOLDER.glob("*.py"))
    }


def read_module(text: str) -> Module:
    """Return a module as its text says it."""
    definitions: dict[str, ast.stmt] = {}
    imported: dict[str, Definition] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_PACKAGE):
            origin = (node.module or "").removeprefix(_PACKAGE)
            imported.update({each.asname or each.name: (origin, each.name) for each in node.names})
        for name in _defined_names(node):
            definitions[name] = node
    return Module(tuple(text.splitlines()), definitions, imported)


def digest_of(claim: str, provider: Provider, modules: Mapping[str, Module] | None = None) -> str:
    """Return the digest of all that the trials of a claim on a database are made of."""
    modules = modules_of_the_harness() if modules is None else modules
    module, name = _DECLARATIONS
    declaration = _declaration_of(claim, modules[module].definitions[name])
    texts = {("", claim): _text_of(declaration, modules[module].lines)}
    ahead = list(_mentioned(declaration, module, provider, modules))
    while ahead:
        found = ahead.pop()
        if found in texts:
            continue
        module, name = found
        node = modules[module].definitions[name]
        texts[found] = _text_of(node, modules[module].lines)
        ahead.extend(_mentioned(node, module, provider, modules))
    whole = "\n".join(texts[each] for each in sorted(texts))
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def _defined_names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from (each.id for each in ast.walk(target) if isinstance(each, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def _declaration_of(claim: str, claims: ast.stmt) -> ast.expr:
    """Return the call that makes a claim."""
    for node in ast.walk(claims):
        if isinstance(node, ast.Call) and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and first.value == claim:
                return node
    raise LookupError(f"no claim is called {claim}")


def _mentioned(
    node: ast.AST, module: str, provider: Provider, modules: Mapping[str, Module]
) -> Iterator[Definition]:
    for each in _without_annotations(node):
        if isinstance(each, ast.Name):
            if each.id in modules[module].definitions:
                yield module, each.id
            elif each.id in modules[module].imported:
                yield modules[module].imported[each.id]
        elif isinstance(each, ast.Attribute) and each.attr in _INSTRUMENTS:
            yield _INSTRUMENTS[each.attr][provider]


def _without_annotations(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and those in it; what a thing is said to be is not what it does."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                yield from _without_annotations(each)


def _text_of(node: ast.stmt | ast.expr, lines: tuple[str, ...]) -> str:
    """Return the text of a definition without its comments on lines of their own and docstrings."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(each.lineno for each in decorators)])
    documented = {
        number
        for each in ast.walk(node)
        if isinstance(each, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(each) is not None
        for number in range(each.body[0].lineno, (each.body[0].end_lineno or 0) + 1)
    }
    return "\n".join(
        stripped
        for number in range(first, (node.end_lineno or first) + 1)
        if number not in documented
        and (stripped := lines[number - 1].strip())
        and not stripped.startswith("#")
    )
