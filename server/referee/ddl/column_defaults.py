"""`@default(...)` as the DEFAULT of a column.

The SQL of literals is that of Prisma's schema engine, times and bytes included.
It deliberately writes no statements.
"""

from __future__ import annotations

import base64
import binascii
import re

from referee.ddl.defaults import array_text, canonical_default, value_text
from referee.ddl.model import ColumnDefault, SqlType
from referee.ddl.quoting import quote_text
from referee.schema.facts import Default, FieldFacts, ModelFacts
from referee.schema.providers import Provider
from referee.schema.view import SchemaView


def default_of(
    view: SchemaView, provider: Provider, model: ModelFacts, field: FieldFacts, type: SqlType
) -> ColumnDefault | None:
    """Return the DEFAULT of a field's column; None if the database has none."""
    found = _default_of(view, provider, field, type)
    if provider == "sqlite" and _counts_by_itself(model, field):
        # The database ignores a DEFAULT of its row number, but the engine writes it.
        return ColumnDefault("sequence", "", "" if found is None else found.written)
    return found


def _default_of(
    view: SchemaView, provider: Provider, field: FieldFacts, type: SqlType
) -> ColumnDefault | None:
    default = field.default
    if default is None or not default.is_database_side:
        return None
    if default.function is not None:
        return _of_function(provider, default, type)
    if provider == "mysql" and type.name in _WITHOUT_LITERAL:
        return None
    if default.text.startswith("["):
        items = [_Literal(view, provider, field, type, item) for item in _items(default.text)]
        sql = "ARRAY[" + ", ".join(item.sql() for item in items) + "]"
        text = array_text(provider, [item.value() for item in items], type)
        return ColumnDefault("value", text, sql)
    literal = _Literal(view, provider, field, type, default.text)
    return ColumnDefault("value", value_text(provider, literal.value(), type), literal.sql())


# MySQL takes no literal as the DEFAULT of these, so the engine's `mysql_renderer` leaves it out.
_WITHOUT_LITERAL = frozenset(
    ["json", "blob", "tinyblob", "mediumblob", "longblob", "binary", "varbinary"]
)


def _counts_by_itself(model: ModelFacts, field: FieldFacts) -> bool:
    """Tell whether a column is SQLite's row number: the engine makes it of every single Int key."""
    primary = model.primary_key
    return primary is not None and primary.column_names == (field.name,) and field.type == "Int"


def _of_function(provider: Provider, default: Default, type: SqlType) -> ColumnDefault | None:
    if default.function == "autoincrement":
        if provider == "cockroachdb":
            return ColumnDefault("expression", "unique_rowid()")
        return ColumnDefault("sequence")
    if default.function == "sequence":
        return ColumnDefault("sequence", "", _identity_options(default.arguments))
    if default.function == "now":
        return ColumnDefault("now")
    if default.function == "dbgenerated":
        if not default.arguments:
            return ColumnDefault("unknown")
        written = _decoded(default.arguments[0])
        found = canonical_default(provider, written, type)
        return None if found is None else ColumnDefault(found.kind, found.text, written)
    return None


_IDENTITY_OPTIONS = (
    ("increment", "INCREMENT"),
    ("cache", "CACHE"),
    ("start", "START"),
    ("minValue", "MINVALUE"),
    ("maxValue", "MAXVALUE"),
)


def _identity_options(arguments: tuple[str, ...]) -> str:
    written = dict(each.split(": ", 1) for each in arguments if ": " in each)
    options = [f"{sql} {written[name]}" for name, sql in _IDENTITY_OPTIONS if name in written]
    return " ".join(options)


# ---- literals ----

_ITEM = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s,\[\]]+', re.DOTALL)


def _items(text: str) -> list[str]:
    return _ITEM.findall(text[1:-1])


def _decoded(text: str) -> str:
    if not text.startswith('"'):
        return text
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


class _Literal:
    """A literal of `@default`: its value as text, and the SQL that the engine writes for it."""

    def __init__(
        self, view: SchemaView, provider: Provider, field: FieldFacts, type: SqlType, text: str
    ) -> None:
        self.provider = provider
        self.type = type
        self.scalar = field.type
        self.text = _decoded(text)
        self.is_quoted = text.startswith('"')
        self.enum = view.enum(field.type)

    def value(self) -> str:
        if self.enum is not None:
            found = (each for each in self.enum.values if each.name == self.text)
            value = next(found, None)
            return self.text if value is None else value.mapped_name or value.name
        if self.scalar == "Bytes":
            return self._bytes()
        if self.scalar == "DateTime":
            return _moment_in_utc(self.text) if self.provider == "mysql" else _moment(self.text)
        return self.text

    def sql(self) -> str:
        value = self.value()
        if self.scalar == "DateTime" and self.provider == "mysql":
            value = value_text(self.provider, value, self.type)
        if self.enum is not None or self.scalar in ("String", "Json", "Bytes", "DateTime"):
            return quote_text(self.provider, value)
        if self.provider == "sqlserver" and value in ("true", "false"):
            return "1" if value == "true" else "0"
        return value

    def _bytes(self) -> str:
        try:
            hexadecimal = base64.b64decode(self.text, validate=True).hex()
        except binascii.Error:
            return self.text
        return hexadecimal if self.provider == "sqlite" else "\\x" + hexadecimal


_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", re.IGNORECASE
)


def _moment(text: str) -> str:
    """Return a date and time of RFC 3339 as the engine writes it: 0, 3, 6 or 9 decimals."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return text
    date, time, part, zone = found.groups()
    digits = (part or "").rstrip("0")
    digits = digits.ljust(-(-len(digits) // 3) * 3, "0")
    zone = "+00:00" if zone in ("Z", "z") else zone
    return f"{date} {time}{'.' * bool(digits)}{digits} {zone}"


def _moment_in_utc(text: str) -> str:
    """Return a date and time without zone, which MariaDB and older MySQL do not read."""
    return value_text("postgresql", text, SqlType("timestamptz"))
