"""Names and texts in the quotes that each database wants.

It deliberately knows no statements.
"""

from __future__ import annotations

from collections.abc import Iterable

from referee.ddl.model import Name
from referee.schema.providers import Provider


def quote_name(provider: Provider, name: str) -> str:
    """Return a name in quotes."""
    if provider == "mysql":
        return "`" + name.replace("`", "``") + "`"
    if provider == "sqlserver":
        return "[" + name.replace("]", "]]") + "]"
    return '"' + name.replace('"', '""') + '"'


def quote_names(provider: Provider, names: Iterable[str], separator: str = ", ") -> str:
    """Return names in quotes, one behind the other."""
    return separator.join(quote_name(provider, name) for name in names)


def quote_path(provider: Provider, name: Name, is_qualified: bool) -> str:
    """Return the name of a table or enum in quotes, with its namespace if that is to be written."""
    own = quote_name(provider, name.name)
    if not is_qualified or name.namespace is None:
        return own
    return f"{quote_name(provider, name.namespace)}.{own}"


def quote_text(provider: Provider, text: str) -> str:
    """Return a text as a literal of SQL."""
    escaped = text.replace("'", "''")
    if provider == "mysql":
        escaped = escaped.replace("\\", "\\\\")
    return f"'{escaped}'"
