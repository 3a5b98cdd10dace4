"""The WHERE of a partial index, as Prisma's schema engine writes it.

It deliberately does not read the SQL that a schema gives as it is.
"""

from __future__ import annotations

from referee.ddl.quoting import quote_name, quote_text
from referee.schema.facts import Condition, ModelFacts, Predicate
from referee.schema.providers import Provider


def predicate_of(provider: Provider, model: ModelFacts, predicate: Predicate | None) -> str | None:
    """Return the condition of a partial index as SQL; None for an index of all rows."""
    if predicate is None:
        return None
    if predicate.raw is not None:
        return predicate.raw
    return " AND ".join(_condition(provider, model, each) for each in predicate.conditions)


def _condition(provider: Provider, model: ModelFacts, condition: Condition) -> str:
    field = model.field(condition.field)
    column = quote_name(provider, condition.field if field is None else field.column)
    value = condition.value
    if value == "null":
        return f"{column} IS {'NOT ' * condition.is_negated}NULL"
    if value.startswith('"'):
        text = value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        value = quote_text(provider, text)
    elif provider == "sqlserver" and value in ("true", "false"):
        value = "1" if value == "true" else "0"
    return f"{column} {'!=' if condition.is_negated else '='} {value}"
