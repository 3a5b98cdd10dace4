"""Native types in sentences; the types themselves are in the schema layer."""

from __future__ import annotations

from referee.features.language.entry import titles
from referee.rules.words import counted
from referee.schema.native_types import NativeTypeFacts, native_type, sql_of
from referee.schema.providers import PROVIDERS, Database, Provider


def native_type_text(name: str, arguments: tuple[str, ...], database: Database) -> list[str]:
    """Return the paragraphs about a native type on a database; none if nobody knows the type."""
    if database.provider is None:
        return _general(name)
    found = native_type(database.provider, name)
    if found is None:
        elsewhere = _providers_of(name)
        if not elsewhere:
            return []
        return [
            (
                f"{database.title} has no native type `{name}`; {titles(elsewhere)} "
                f"{_has(elsewhere)}."
            )
        ]
    sql = sql_of(found, arguments)
    stands_on = " or ".join(f"`{scalar}`" for scalar in found.scalars)
    kind = "BSON type" if database.provider == "mongodb" else "type"
    return [
        found.description,
        (
            f"In {database.title} the {kind} is `{sql}`, for fields of type "
            f"{stands_on}{_arguments(found)}."
        ),
    ]


def _arguments(found: NativeTypeFacts) -> str:
    least, most = found.arguments
    if most == 0:
        return ""
    number = counted(most, "argument")
    return f"; it takes {number}" if least == most else f"; it takes up to {number}"


def _general(name: str) -> list[str]:
    providers = _providers_of(name)
    if not providers:
        return []
    return [
        (
            f"A native type of {titles(providers)}. No datasource says which database this "
            "schema is "
            "for."
        )
    ]


def _providers_of(name: str) -> tuple[Provider, ...]:
    return tuple(each for each in PROVIDERS if native_type(each, name) is not None)


def _has(providers: tuple[Provider, ...]) -> str:
    return "does" if len(providers) == 1 else "do"
