"""Makes up rows for a rehearsal: rows that agree with each other, and rows that break migrations.

Every row has a number, and every value is made from the number alone: row 101 of a table refers to
row 101 of another because both hold the same value. So foreign keys hold without being looked at,
also those that a later migration adds. Where a migration gives a column another type, its values
are some that both types have. Whether a database takes a row is for the database to say.
It deliberately runs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from referee.ddl.difference import difference
from referee.ddl.model import Check, Column, DatabaseModel, Index, Name, SqlType, Table
from referee.ddl.quoting import quote_name, quote_names, quote_path, quote_text
from referee.schema.providers import Provider

RowKind = Literal["consistent", "enum-values", "duplicates", "orphans", "nulls", "long", "outside"]

# On which rows a migration is tried, to complete "fails on ...".
DESCRIPTIONS: Mapping[RowKind, str] = {
    "consistent": "tables that hold any rows",
    "enum-values": "rows with every value of the enums",
    "duplicates": "rows that are the same wherever they may be",
    "orphans": "rows that refer to what is not there, wherever they may",
    "nulls": "rows that are NULL wherever they may be",
    "long": "rows with the longest and largest values that fit",
    "outside": "rows with values that its checks or types may not allow",
}

_NUMBERS: Mapping[RowKind, tuple[int, ...]] = {
    "consistent": (101, 102),
    "nulls": (103,),
    "long": (104,),
    "duplicates": (105, 106, 107),
}
# The number that no row has: what refers to it refers to nothing.
_NOWHERE = 999
_FIRST_ORPHAN = 1000
_FIRST_OUTSIDE = 3000
_FIRST_OF_VALUES = 200
_MOST_VALUES = 60
# As long as makes a difference to VARCHAR, and short enough for every index.
_LONG_TEXT = 1000
# A text that identifies something mostly is a UUID or becomes one.
_IDENTIFIER = re.compile(r"(?:\A|_)(?:id|uuid|guid)\Z|[a-z](?:Id|ID|Uuid|UUID|Guid)\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """A row to insert: SQL by column.

    `deferrable` are the columns of foreign keys that may be NULL at first, for tables that refer to
    each other in a ring.
    """

    table: Name
    number: int
    values: tuple[tuple[str, str], ...]
    deferrable: tuple[str, ...] = ()


def rows_for(
    model: DatabaseModel, kind: RowKind, after: DatabaseModel | None = None
) -> Iterator[Row]:
    """Yield rows of a kind for every table, those first that others refer to.

    `after` is the database behind the migration that is to be tried on them.
    """
    makers = list(_makers(model, after))
    if kind == "enum-values":
        longest = max(_sizes_of_enums(model), default=0)
        numbers: Iterable[int] = range(
            _FIRST_OF_VALUES, _FIRST_OF_VALUES + min(longest, _MOST_VALUES)
        )
    else:
        numbers = _NUMBERS.get(kind, (_NOWHERE,))
    enums = {name: enum.values for name, enum in model.enums.items()}
    for number in numbers:
        for maker in makers:
            row = maker.row(kind, number, enums)
            if row is not None:
                yield row


def rows_beside(
    model: DatabaseModel, name: Name, count: int, after: DatabaseModel | None = None
) -> Iterator[Row]:
    """Yield further rows of a table that refer to the consistent rows of others."""
    enums = {name: enum.values for name, enum in model.enums.items()}
    for maker in _makers(model, after):
        if maker.table.name == name:
            for number in range(_FIRST_OUTSIDE, _FIRST_OUTSIDE + count):
                row = maker.row("outside", number, enums)
                if row is not None:
                    yield row


def checks_to_satisfy(before: Table, after: Table) -> tuple[Check, ...]:
    """Return the checks that the rows of a table have to satisfy after a migration first."""
    known = {check.text for check in before.checks if check.is_validated}
    names = {column.name for column in before.columns}
    return tuple(
        check
        for check in after.checks
        if check.is_validated
        and check.text not in known
        and not check.text.startswith("EXCLUDE")
        and all(
            each.name in names or not re.search(rf"\b{re.escape(each.name)}\b", check.text)
            for each in after.columns
        )
    )


def retyped_texts(before: Table, after: Table) -> Iterator[Column]:
    """Yield the columns of texts that get a type which does not take every text."""
    for column in before.columns:
        later = after.column(column.name)
        if later is None or column.is_generated or not is_text(column.type.name):
            continue
        if not _is_of_enum(column.type) and (
            _is_of_enum(later.type) or not is_text(later.type.name)
        ):
            yield column


def _is_of_enum(type: SqlType) -> bool:
    return type.enum is not None or bool(type.values)


def columns_without_value(model: DatabaseModel) -> Iterator[tuple[Name, Column]]:
    """Yield the tables of which no row can be made up, with a column that keeps it from it."""
    enums = {name: enum.values for name, enum in model.enums.items()}
    for maker in _makers(model):
        column = maker.column_without_value(enums)
        if column is not None:
            yield maker.table.name, column


def _sizes_of_enums(model: DatabaseModel) -> Iterator[int]:
    yield from (len(each.values) for each in model.enums.values())
    yield from (len(column.type.values) for table in model for column in table.columns)


def kinds_for(
    before: DatabaseModel, after: DatabaseModel, *, changes_rows: bool, renames: bool
) -> tuple[RowKind, ...]:
    """Return the kinds of rows on which a migration between two databases may fail.

    `changes_rows` tells that it has statements that do, and `renames` that tables or columns have
    other names after it, so that what happened to them is not seen by comparing.
    """
    change = difference(*_changed_tables(before, after), exact=True)
    found: set[RowKind] = set(DESCRIPTIONS) - {"outside"} if renames else {"consistent"}
    if changes_rows:
        found |= {"duplicates", "nulls"}
    if any(set(old.values) - set(new.values) for old, new in change.altered_enums):
        found.add("enum-values")
    for table in change.tables:
        if table.has_other_key_columns:
            found |= {"duplicates", "nulls"}
        if any(index.is_unique or index.method == "other" for index in table.added_indexes):
            found.add("duplicates")
        if table.added_keys:
            found.add("orphans")
        if table.added_checks:
            found |= {"nulls", "long"}
        for column in table.altered_columns:
            if column.becomes_required:
                found.add("nulls")
            if column.has_other_type:
                found |= {"long", "enum-values"}
    if not any(_sizes_of_enums(before)):
        found.discard("enum-values")
    found |= set(_kinds_for_validation(before, after))
    order: tuple[RowKind, ...] = tuple(DESCRIPTIONS)
    return tuple(kind for kind in order if kind in found)


def _changed_tables(
    before: DatabaseModel, after: DatabaseModel
) -> tuple[DatabaseModel, DatabaseModel]:
    """Return two models without the tables that are one and the same object in both."""
    same = {name for name, table in before.tables.items() if after.tables.get(name) is table}
    left, right = (
        replace(
            model, tables={name: each for name, each in model.tables.items() if name not in same}
        )
        for model in (before, after)
    )
    return left, right


def _kinds_for_validation(before: DatabaseModel, after: DatabaseModel) -> Iterator[RowKind]:
    """Yield what breaks VALIDATE CONSTRAINT, which changes no more than what is known of rows."""
    for table in after:
        old = before.tables.get(table.name)
        if old is None or old is table:
            continue
        keys = {key.name for key in old.foreign_keys if not key.is_validated}
        checks = {check.name for check in old.checks if not check.is_validated}
        if any(key.name in keys and key.is_validated for key in table.foreign_keys):
            yield "orphans"
        if any(check.name in checks and check.is_validated for check in table.checks):
            yield from ("nulls", "long")
        if checks_to_satisfy(old, table) or any(retyped_texts(old, table)):
            yield "outside"


def insert_statement(provider: Provider, row: Row, *, without: Iterable[str] = ()) -> str:
    """Return the INSERT of a row; columns `without` which to do are left out."""
    values = [each for each in row.values if each[0] not in set(without)]
    table = quote_path(provider, row.table, True)
    if not values:
        return f"INSERT INTO {table} " + (
            "() VALUES ()" if provider == "mysql" else "DEFAULT VALUES"
        )
    columns = quote_names(provider, (column for column, _ in values))
    # An identity that is ALWAYS GENERATED takes a value only so.
    overriding = " OVERRIDING SYSTEM VALUE" * (provider == "postgresql")
    return f"INSERT INTO {table} ({columns}){overriding} VALUES ({', '.join(v for _, v in values)})"


def update_statement(provider: Provider, row: Row, table: Table) -> str | None:
    """Return the UPDATE that fills the columns which were left out; None without a primary key."""
    key = table.primary_key
    values = dict(row.values)
    if key is None or not row.deferrable or not all(column in values for column in key.columns):
        return None
    assigned = ", ".join(
        f"{quote_name(provider, column)} = {values[column]}"
        for column in row.deferrable
        if column in values
    )
    found = " AND ".join(f"{quote_name(provider, each)} = {values[each]}" for each in key.columns)
    return f"UPDATE {quote_path(provider, row.table, True)} SET {assigned} WHERE {found}"


def counters_of(model: DatabaseModel) -> Iterator[tuple[Name, str]]:
    """Yield the columns that count up, which have to go on behind the rows that were made up."""
    for table in model:
        for column in table.columns:
            if column.default is not None and column.default.kind == "sequence":
                yield table.name, column.name


# Where counters go on; a migration's own rows then have numbers that no row here has.
FIRST_FREE_NUMBER = 10_000


# ---- tables ----


def _ordered(model: DatabaseModel) -> Iterator[tuple[int, Table]]:
    """Yield the tables with a number each, those first that others refer to as far as it goes."""
    left = {table.name: table for table in model if table.name.name != "_prisma_migrations"}
    numbers = {name: number for number, name in enumerate(left)}
    while left:
        free = [
            table
            for table in left.values()
            if all(
                key.referenced_table == table.name or key.referenced_table not in left
                for key in table.foreign_keys
            )
        ] or [next(iter(left.values()))]
        for table in free:
            del left[table.name]
            yield numbers[table.name], table


def _identifiers(model: DatabaseModel, after: DatabaseModel | None) -> frozenset[tuple[Name, str]]:
    """Return the columns that identify something, with all that foreign keys join to them.

    The keys that the migration adds count, since the values have to agree then.
    """
    joined: dict[tuple[Name, str], set[tuple[Name, str]]] = {}
    for table in (*model, *(after or ())):
        for key in table.foreign_keys:
            for column, other in zip(key.columns, key.referenced_columns, strict=False):
                here, there = (table.name, column), (key.referenced_table, other)
                joined.setdefault(here, set()).add(there)
                joined.setdefault(there, set()).add(here)
    todo = [
        (table.name, column.name)
        for table in model
        for column in table.columns
        if _IDENTIFIER.search(column.name)
    ]
    found = set(todo)
    while todo:
        for end in joined.get(todo.pop(), ()):
            if end not in found:
                found.add(end)
                todo.append(end)
    return frozenset(found)


def _makers(model: DatabaseModel, after: DatabaseModel | None = None) -> Iterator[_Maker]:
    """Yield what makes the rows of each table, those first that others refer to."""
    identifiers = _identifiers(model, after)
    for at, table in _ordered(model):
        later = {} if after is None else _columns_after(table, after)
        yield _Maker(model.provider, table, identifiers, at, later)


def _columns_after(table: Table, after: DatabaseModel) -> dict[str, SqlType]:
    """Return the types that columns have behind a migration; those of enums have their values."""
    later = after.tables.get(table.name)
    if later is None:
        return {}
    found: dict[str, SqlType] = {}
    for column in later.columns:
        enum = None if column.type.enum is None else after.enums.get(column.type.enum)
        found[column.name] = (
            column.type if enum is None else replace(column.type, values=enum.values)
        )
    return found


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the rows of a table; `later` are the types its columns are to get."""

    provider: Provider
    table: Table
    identifiers: frozenset[tuple[Name, str]]
    at: int
    later: Mapping[str, SqlType] = field(default_factory=dict)

    def row(self, kind: RowKind, number: int, enums: Mapping[Name, tuple[str, ...]]) -> Row | None:
        """Return a row of a kind; None where the table can have none."""
        keys = self.key_columns
        # Rows that were there before a key NOT VALID was added need not satisfy it.
        referring = {
            column
            for key in self.table.foreign_keys
            if key.is_validated or kind != "orphans"
            for column in key.columns
        }
        numbers = self.numbers(kind, number, referring)
        if numbers is None:
            return None
        values: list[tuple[str, str]] = []
        for column in self.table.columns:
            if column.is_generated:
                continue
            if kind == "nulls" and column.is_nullable and column.name not in keys:
                values.append((column.name, "NULL"))
                continue
            as_identifier = (self.table.name, column.name) in self.identifiers
            is_long = kind == "long" and column.name not in keys and not as_identifier
            of_number = numbers.get(column.name, number)
            sql = self.value_for_both(column.name, column.type, of_number, is_long) or value_of(
                self.provider,
                column.type,
                of_number,
                values=self.choices(column, kind, enums),
                is_identifier=as_identifier,
                is_long=is_long,
            )
            if sql is not None:
                values.append((column.name, sql))
            elif column.is_nullable:
                values.append((column.name, "NULL"))
            elif column.default is None:
                return None
        deferrable = tuple(
            column.name
            for column in self.table.columns
            if column.name in referring and column.is_nullable
        )
        return Row(self.table.name, number, tuple(values), deferrable)

    def column_without_value(self, enums: Mapping[Name, tuple[str, ...]]) -> Column | None:
        """Return a column that has to have a value, and of whose type none is known."""
        for column in self.table.columns:
            if column.is_generated or column.is_nullable or column.default is not None:
                continue
            values = self.choices(column, "consistent", enums)
            if value_of(self.provider, column.type, 0, values=values) is None:
                return column
        return None

    def choices(
        self, column: Column, kind: RowKind, enums: Mapping[Name, tuple[str, ...]]
    ) -> tuple[str, ...]:
        """Return the values of an enum to choose from: the usual one alone where that goes."""
        enum = column.type.enum
        values = enums.get(enum, ()) if enum is not None else column.type.values
        is_unique = column.name in self.key_columns or any(
            column.name in _columns_in(index) for index in self.table.indexes if index.is_unique
        )
        if kind == "enum-values" or not values:
            return values
        later = self.later.get(column.name)
        if later is not None and later.values:
            values = tuple(each for each in values if each in later.values) or values
        if is_unique:
            return values
        default = column.default
        is_usual = default is not None and default.kind == "value" and default.text in values
        return (default.text,) if default is not None and is_usual else values[:1]

    def value_for_both(self, name: str, type: SqlType, number: int, is_long: bool) -> str | None:
        """Return a text that the type a column is to get takes as well; None if it need not."""
        later = self.later.get(name)
        if (
            later is None
            or later == type
            or type.is_array != later.is_array
            or not is_text(type.name)
            or _is_of_enum(type)
        ):
            return None
        room = _room(type, _TEXTS[type.name])
        if _is_of_enum(later):
            fitting = tuple(each for each in later.values if room is None or len(each) <= room)
            return value_of(self.provider, type, number, values=fitting) if fitting else None
        if type.is_array or is_text(later.name):
            return self.shorter_text(type, later, number) if not is_long else None
        if is_long and _is_number(later):
            return None
        value = value_of(self.provider, later, number)
        if value is None or not re.match(r"['\w.]+\Z|'", value):
            return None
        quoted = value if value.startswith("'") else quote_text(self.provider, value)
        return quoted if room is None or len(quoted) - 2 <= room else None

    def shorter_text(self, type: SqlType, later: SqlType, number: int) -> str | None:
        room, new_room = _room(type, None), _room(later, None)
        if new_room is None or (room is not None and room <= new_room):
            return None
        return value_of(self.provider, replace(type, arguments=(str(new_room),)), number)

    @property
    def key_columns(self) -> set[str]:
        key = self.table.primary_key
        return set() if key is None else set(key.columns)

    def numbers(self, kind: RowKind, number: int, referring: set[str]) -> dict[str, int] | None:
        """Return the numbers of columns that do not have the row's own."""
        if kind == "duplicates":
            first = _NUMBERS["duplicates"][0]
            if number == first:
                return {}
            own = self.distinguishing(is_last=number == _NUMBERS["duplicates"][-1])
            return {column.name: first for column in self.table.columns if column.name not in own}
        if kind not in ("orphans", "outside"):
            return {}
        of_key = _FIRST_ORPHAN + self.at if kind == "orphans" else number
        found = dict.fromkeys(self.key_columns - referring, of_key)
        key = self.table.primary_key
        in_key = [] if key is None else [column for column in key.columns if column in referring]
        first, second = _NUMBERS["consistent"]
        for column in referring:
            found[column] = second if column in in_key[1:] else first
        return found

    def distinguishing(self, *, is_last: bool) -> set[str]:
        """Return few columns by which rows have to differ: one at least of every unique key."""
        uniques = [
            index.columns or _columns_in(index) for index in self.table.indexes if index.is_unique
        ]
        key = self.table.primary_key
        keys = ([key.columns] if key is not None else []) + uniques
        found: set[str] = set()
        for columns in sorted(keys, key=len):
            if columns and not found & set(columns):
                free = [each for each in columns if not self.is_two_valued(each)] or columns
                found.add(free[-1] if is_last else free[0])
        return found

    def is_two_valued(self, column: str) -> bool:
        found = self.table.column(column)
        return found is not None and (found.type.enum is not None or found.type.name == "boolean")


def _columns_in(index: Index) -> tuple[str, ...]:
    """Return the columns of an index, and the words of its expressions that may be some."""
    found: list[str] = []
    for part in index.parts:
        if part.column is not None:
            found.append(part.column)
        else:
            found += re.findall(r"\w+", part.expression or "")
    return tuple(found)


# ---- values ----

_INTEGERS: Mapping[str, int] = {
    "tinyint": 127,
    "smallint": 32_767,
    "int2": 32_767,
    "mediumint": 8_388_607,
    "integer": 2_147_483_647,
    "int4": 2_147_483_647,
    "int": 2_147_483_647,
    "bigint": 9_223_372_036_854_775_807,
    "int8": 9_223_372_036_854_775_807,
    "oid": 4_294_967_295,
}
_FRACTIONS = frozenset(["real", "float4", "float", "double precision", "double", "float8"])
_MOMENTS = frozenset(["timestamp", "timestamptz", "datetime"])
_BYTES = frozenset(["bytea", "bytes", "blob", "tinyblob", "mediumblob", "longblob"])
_TEXTS: Mapping[str, int | None] = {
    "text": None,
    "string": None,
    "citext": None,
    "varchar": None,
    "char": None,
    "bpchar": None,
    "name": 63,
    "tinytext": 255,
    "mediumtext": None,
    "longtext": None,
    "nvarchar": None,
    "ltree": None,
}
_SHAPES_OF_MYSQL: Mapping[str, str] = {
    "geometry": "POINT({number} {number})",
    "point": "POINT({number} {number})",
    "linestring": "LINESTRING({number} {number},{next} {next})",
    "polygon": "POLYGON((0 0,{number} 0,{number} {number},0 0))",
    "multipoint": "MULTIPOINT({number} {number},{next} {next})",
    "multilinestring": "MULTILINESTRING(({number} {number},{next} {next}))",
    "multipolygon": "MULTIPOLYGON(((0 0,{number} 0,{number} {number},0 0)))",
    "geometrycollection": "GEOMETRYCOLLECTION(POINT({number} {number}))",
}
_OTHERS: Mapping[str, str] = {
    "inet": "10.0.{high}.{low}",
    "cidr": "10.0.{high}.{low}/32",
    "macaddr": "08:00:2b:01:{high:02x}:{low:02x}",
    "money": "{number}",
    "interval": "{number} days",
    "xml": "<n>{number}</n>",
    "tsvector": "n{number}",
    "hstore": "n=>{number}",
    "point": "({number},{number})",
    "box": "({number},{number}),({next},{next})",
    "circle": "<({number},{number}),1>",
    "line": "{{1,1,{number}}}",
    "lseg": "[({number},{number}),({next},{next})]",
    "macaddr8": "08:00:2b:01:00:00:{high:02x}:{low:02x}",
    "path": "[({number},{number}),({next},{next})]",
    "pg_lsn": "0/{number}",
    "polygon": "(({number},{number}),({next},{number}),({next},{next}))",
    "tsquery": "n{number}",
    "daterange": "[2001-01-01,2001-01-02)",
    "tsrange": "[2001-01-01,2001-01-02)",
    "tstzrange": "[2001-01-01,2001-01-02)",
    "int4range": "[{number},{next})",
    "int8range": "[{number},{next})",
    "numrange": "[{number},{next})",
}


def is_text(name: str) -> bool:
    """Tell whether a type holds texts."""
    return name in _TEXTS


def _is_number(type: SqlType) -> bool:
    name = type.name.partition(" unsigned")[0]
    return name in _INTEGERS or name in _FRACTIONS or name == "decimal"


def is_moment(name: str) -> bool:
    """Tell whether a type holds days, with or without a time."""
    return name in _MOMENTS or name == "date"


def value_of(
    provider: Provider,
    type: SqlType,
    number: int,
    *,
    values: tuple[str, ...] = (),
    is_identifier: bool = False,
    is_long: bool = False,
) -> str | None:
    """Return a value of a type as SQL, always the same for a number; None for an unknown type.

    `values` are those of an enum of PostgreSQL. With `is_long` it is the longest or largest.
    """
    if type.is_array:
        element = SqlType(type.name, type.arguments, False, type.enum, type.values)
        one = value_of(
            provider, element, number, values=values, is_identifier=is_identifier, is_long=is_long
        )
        return None if one is None else f"ARRAY[{one}]::{_array_type(provider, type)}"
    choices = values or type.values
    if type.enum is not None or choices:
        return quote_text(provider, choices[number % len(choices)]) if choices else None
    name = type.name.partition(" unsigned")[0]
    if name == "tinyint" and type.arguments == ("1",):
        return str(number % 2)
    if name in _INTEGERS:
        return str(_INTEGERS[name]) if is_long else str(number % (_INTEGERS[name] + 1))
    if name in ("boolean", "bool"):
        return "true" if number % 2 else "false"
    if name == "decimal":
        return _decimal(type, number, is_long)
    if name in _FRACTIONS:
        return f"{number}.5"
    if provider == "mysql" and name in _SHAPES_OF_MYSQL:
        shape = _SHAPES_OF_MYSQL[name].format(number=number, next=number + 1)
        return f"ST_GeomFromText('{shape}')"
    text = _text_of(type, name, number, is_identifier, is_long)
    return None if text is None else _literal(provider, name, text)


def _decimal(type: SqlType, number: int, is_long: bool) -> str:
    sizes = [int(each) for each in type.arguments if each.lstrip("-").isdigit()]
    if not sizes:
        return "9" * 20 if is_long else str(number)
    digits = sizes[0] - (sizes[1] if len(sizes) > 1 else 0)
    if digits <= 0:
        return "0"
    return "9" * digits if is_long else str(number % 10**digits)


def _text_of(
    type: SqlType, name: str, number: int, is_identifier: bool, is_long: bool
) -> str | None:
    """Return a value without its quotes; None for a type of which nothing is known."""
    if name in _TEXTS:
        room = _room(type, _TEXTS[name])
        if is_long:
            # Digits alone are a number and JSON as well, so that nothing but the length matters.
            return str(number).rjust(min(_LONG_TEXT, room or _LONG_TEXT), "1")
        if is_identifier and (room is None or room >= 36):
            return _uuid(number)
        text = str(number)
        return text if room is None else text[-room:]
    if name == "uuid":
        return _uuid(number)
    if name in ("json", "jsonb"):
        return f'{{"n": {number}}}'
    if name in _MOMENTS:
        return f"{_date(number)} 12:00:00"
    if name == "date":
        return _date(number)
    if name in ("time", "timetz"):
        return f"{number // 60 % 24:02}:{number % 60:02}:00"
    if name == "year":
        return str(1950 + number % 100)
    if name in ("bit", "varbit"):
        size = _room(type, None) or 1
        return bin(number)[2:].rjust(size, "0")[-size:]
    if name in ("binary", "varbinary"):
        size = _room(type, None) or 1
        return str(number).rjust(min(size, _LONG_TEXT) if is_long else 3, "0")[-size:]
    if name in _BYTES:
        return str(number)
    if name == "vector" and type.arguments and type.arguments[0].isdigit():
        return "[" + ",".join(["1"] * int(type.arguments[0])) + "]"
    if name in _OTHERS:
        high, low = divmod(number % 65_536, 256)
        return _OTHERS[name].format(number=number, next=number + 1, high=high, low=low)
    return None


def _room(type: SqlType, usual: int | None) -> int | None:
    """Return how many characters fit; None for as many as one likes."""
    size = type.arguments[0] if type.arguments else ""
    return int(size) if size.isdigit() else usual


def _uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def _date(number: int) -> str:
    months, day = divmod(number, 28)
    years, month = divmod(months, 12)
    return f"{2001 + years:04}-{month + 1:02}-{day + 1:02}"


def _literal(provider: Provider, name: str, text: str) -> str:
    if name in ("bit", "varbit"):
        return f"B'{text}'"
    if name in _BYTES and provider == "sqlite":
        return f"X'{text.encode().hex()}'"
    if name in _MOMENTS and provider == "sqlite":
        # Prisma keeps moments of SQLite as text in this form.
        return quote_text(provider, text.replace(" ", "T") + ".000Z")
    return quote_text(provider, text)


def _array_type(provider: Provider, type: SqlType) -> str:
    if type.enum is not None:
        return quote_path(provider, type.enum, True) + "[]"
    arguments = f"({','.join(type.arguments)})" if type.arguments else ""
    return f"{type.name}{arguments}[]"
