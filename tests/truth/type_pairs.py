"""Which column type may refer to which: every pair of native types, tried on a real server.

`server/referee/rules/type_pairs.py` is what this module writes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from referee.migrations.database.connection import Connection, DatabaseError, ServerVersion
from referee.rules import type_pairs
from referee.schema.native_types import native_types, sql_of
from referee.schema.providers import Provider
from tests.truth.trial import Verdict

TARGET = Path(__file__).resolve().parents[2] / "server" / "referee" / "rules" / "type_pairs.py"

# The length of a type that cannot be without; of the rest the database's default is taken.
_LENGTHS = {"mysql": {"VarChar": "20", "VarBinary": "20", "Char": "20", "Binary": "20", "Bit": "8"}}
_EXTENSIONS = {"postgresql": "CREATE EXTENSION IF NOT EXISTS citext"}

Pairs = Mapping[str, tuple[str, ...]]


def measure_pairs(connection: Connection, provider: Provider) -> Pairs:
    """Return by native type of a key the types of columns that it may refer to.

    Types that no key can refer to, since no unique index stands on them, are no one's target, and
    those that can stand in no key at all refer to nothing.
    """
    lengths = _LENGTHS.get(provider, {})
    types = {
        name: sql_of(facts, (lengths[name],) if name in lengths else ())
        for name, facts in native_types(provider).items()
    }
    if provider in _EXTENSIONS:
        connection.run_script(_EXTENSIONS[provider])
    accepted: dict[str, list[str]] = {name: [] for name in types}
    for parent, parent_type in types.items():
        if not _succeeds(connection, f"CREATE TABLE parent (a {parent_type} NOT NULL, UNIQUE (a))"):
            continue
        for child, child_type in types.items():
            script = (
                f"CREATE TABLE child (a {child_type} NOT NULL, "
                "CONSTRAINT child_a_fkey FOREIGN KEY (a) REFERENCES parent (a))"
            )
            if _succeeds(connection, script):
                accepted[child].append(parent)
                connection.run_script("DROP TABLE child")
        connection.run_script("DROP TABLE parent")
    return {name: tuple(sorted(parents)) for name, parents in accepted.items()}


def try_pairs(connection: Connection, provider: Provider) -> Verdict:
    """Measure the pairs and compare them with those that the rule uses."""
    measured = measure_pairs(connection, provider)
    known = {child: set(text.split()) for child, text in type_pairs.ACCEPTED[provider].items()}
    differing = [
        f"{child} may refer to {', '.join(parents) or 'nothing'}, and the table says "
        f"{', '.join(sorted(known.get(child, ()))) or 'nothing'}"
        for child, parents in measured.items()
        if set(parents) != known.get(child)
    ]
    accepted = sum(map(len, measured.values()))
    number = len(measured) ** 2
    return Verdict("; ".join(differing) or None, number=number, refused=number - accepted)


def is_same_major(server: ServerVersion, provider: Provider) -> bool:
    """Tell whether a server is of the product and major version that the table was made with."""
    product, _, version = type_pairs.SERVERS[provider].rpartition(" ")
    return (product, int(version.split(".")[0])) == (server.product, server.numbers[0])


def _succeeds(connection: Connection, statement: str) -> bool:
    try:
        connection.run_script(statement)
    except DatabaseError:
        return False
    return True


def module_text(measured: Mapping[Provider, tuple[str, Pairs]]) -> str:
    """Return the source of the product's table; servers and pairs by provider."""
    lines = [
        '"""Which column types may refer to which, as real servers answered; made by `make truth`.',
        "",
        "A type that is missing as a target is one that no unique index can stand on.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from collections.abc import Mapping",
        "",
        "from referee.schema.providers import Provider",
        "",
        "# The server that answered, by provider.",
        "SERVERS: Mapping[Provider, str] = {",
        *(f'    "{provider}": "{server}",' for provider, (server, _) in measured.items()),
        "}",
        "",
        "# By provider and native type of the key: the native types that it may refer to.",
        "ACCEPTED: Mapping[Provider, Mapping[str, str]] = {",
    ]
    for provider, (_, pairs) in measured.items():
        lines.append(f'    "{provider}": {{')
        lines.extend(
            f'        "{child}": "{" ".join(parents)}",' for child, parents in pairs.items()
        )
        lines.append("    },")
    return "\n".join([*lines, "}", ""])
