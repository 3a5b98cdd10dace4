"""One spelling for every DEFAULT of a column, whoever wrote it: a script, a catalog or Prisma.

It deliberately knows no Prisma functions such as `uuid()`, which are no DEFAULT of a database.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

from referee.ddl.expressions import canonical_expression, without_outer_parentheses
from referee.ddl.model import ColumnDefault, SqlType
from referee.schema.providers import Provider


def canonical_default(
    provider: Provider, sql_text: str | None, type: SqlType, *, is_bare: bool = False
) -> ColumnDefault | None:
    """Return the default that a text means for a column of a type; None for no default or NULL.

    `sql_text` is what follows DEFAULT in a script, or what a catalog says of it. `is_bare` tells
    that it is a literal without quotes, as MySQL's catalog has it.
    """
    if sql_text is None:
        return None
    if is_bare:
        return ColumnDefault("value", value_text(provider, sql_text, type))
    text = without_outer_parentheses(sql_text.strip())
    if not text or text.lower() == "null" or _NULL_CAST.fullmatch(text):
        return None
    if _is_now(provider, text):
        return ColumnDefault("now")
    if _is_sequence(text):
        return ColumnDefault("sequence")
    if type.is_array and (items := _array_items(text)) is not None:
        return ColumnDefault("value", array_text(provider, items, type))
    literal = _literal(provider, text)
    if literal is not None:
        return ColumnDefault("value", value_text(provider, literal, type))
    return ColumnDefault("expression", canonical_expression(text), text)


def value_text(provider: Provider, value: str, type: SqlType) -> str:
    """Return the one spelling of a literal's value (its text without quotes) for a type."""
    if type.is_array:
        items = _items_of_braces(value)
        return value if items is None else array_text(provider, items, type)
    name = type.name
    if type.enum is not None or type.values:
        return value
    if name in ("boolean", "bool") or (provider, name) == ("sqlserver", "bit"):
        return _truth(value)
    if (provider, name, type.arguments) == ("mysql", "tinyint", ("1",)):
        return _truth(value)
    if (provider, name) == ("mysql", "bit"):
        return _bits(value)
    if name.removesuffix(" unsigned") in _NUMBERS:
        return _number(value)
    if name in ("json", "jsonb"):
        return _json(value)
    if name in _MOMENTS:
        # MySQL keeps a literal as the column would; PostgreSQL keeps it as it was written.
        digits = int(type.arguments[0]) if type.arguments else 0
        return _moment(value, name, digits if provider == "mysql" else 6)
    if name in ("bytea", "bytes"):
        return value.lower()
    if name == "uuid":
        return value.lower()
    return value


def array_text(provider: Provider, items: Sequence[str], type: SqlType) -> str:
    """Return the one spelling of an array of literals' values."""
    element = SqlType(type.name, type.arguments, False, type.enum, type.values)
    return json.dumps([value_text(provider, item, element) for item in items], ensure_ascii=False)


# ---- what kind of default it is ----

_NAME = r'(?:"(?:[^"]|"")+"|\w+)'
_TYPE = rf"{_NAME}(?:\.{_NAME})?(?: (?:varying|precision|with(?:out)? time zone))?"
_ARGUMENTS = r"(?:\s*\(\s*\d+(?:\s*,\s*\d+)?\s*\))?"
_CAST = rf"\s*::\s*{_TYPE}{_ARGUMENTS}(?: with(?:out)? time zone)?(?:\s*\[\s*\d*\s*\])*"
_ONE_CAST = re.compile(rf"{_CAST}$", re.IGNORECASE)
_NULL_CAST = re.compile(rf"null(?:{_CAST})+", re.IGNORECASE)
_NOW = re.compile(
    r"(?:pg_catalog\.)?(?:now\(\s*\d?\s*\)"
    r"|(?:current_timestamp|transaction_timestamp)(?:\(\s*\d?\s*\))?"
    r"|getdate\(\s*\)|sysdatetime\(\s*\)|localtimestamp)",
    re.IGNORECASE,
)
# What Prisma's schema engine takes for `now()` on PostgreSQL; it would write the others anew.
_POSTGRESQL_NOW = re.compile(r"(?:pg_catalog\.)?(?:now\(\s*\)|current_timestamp)", re.IGNORECASE)
_ON_UPDATE = re.compile(r"\s+on\s+update\s+current_timestamp(?:\(\s*\d?\s*\))?$", re.IGNORECASE)
_SEQUENCE = re.compile(r"(?:pg_catalog\.)?nextval\s*\(.*\)", re.IGNORECASE | re.DOTALL)


def _is_now(provider: Provider, text: str) -> bool:
    pattern = _POSTGRESQL_NOW if provider == "postgresql" else _NOW
    return pattern.fullmatch(_without_casts(_ON_UPDATE.sub("", text))) is not None


def _is_sequence(text: str) -> bool:
    return _SEQUENCE.fullmatch(text) is not None


# ---- literals ----

_QUOTED = re.compile(r"(?P<prefix>[eEnN]|_\w+ ?)?'(?P<inside>(?:[^'\\]|''|\\.)*)'", re.DOTALL)
_QUOTED_PLAIN = re.compile(r"(?P<prefix>[eEnN])?'(?P<inside>(?:[^']|'')*)'", re.DOTALL)
_BETWEEN_DOLLARS = re.compile(r"\$(?P<tag>\w*)\$(?P<inside>.*)\$(?P=tag)\$", re.DOTALL)
_HEXADECIMAL = re.compile(r"0x([0-9a-f]+)|x'([0-9a-f]*)'", re.IGNORECASE)
_BINARY = re.compile(r"b'([01]*)'", re.IGNORECASE)
_NUMERIC = re.compile(r"[+-]?\s*(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}


def _literal(provider: Provider, text: str) -> str | None:
    """Return the value of a literal, casts taken away; None if it is no literal."""
    return _uncast_literal(provider, _without_casts(text))


def _uncast_literal(provider: Provider, text: str) -> str | None:
    if _NUMERIC.fullmatch(text):
        return text.replace(" ", "")
    if text.lower() in ("true", "false"):
        return text.lower()
    has_backslashes = provider == "mysql" or text[:1] in ("e", "E")
    quoted = (_QUOTED if has_backslashes else _QUOTED_PLAIN).fullmatch(text)
    if quoted is not None:
        inside = quoted.group("inside").replace("''", "'")
        if has_backslashes:
            inside = re.sub(
                r"\\(.)",
                lambda match: _ESCAPES.get(match.group(1), match.group(1)),
                inside,
                flags=re.DOTALL,
            )
        return inside
    if provider == "postgresql" and (found := _BETWEEN_DOLLARS.fullmatch(text)) is not None:
        return found.group("inside")
    if (found := _HEXADECIMAL.fullmatch(text)) is not None:
        return "\\x" + (found.group(1) or found.group(2) or "").lower()
    if (found := _BINARY.fullmatch(text)) is not None:
        return f"b'{found.group(1)}'"
    # SQLite takes a text in double quotes that names no column for a string.
    if provider == "sqlite" and len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return None


# ---- arrays ----

_ARRAY = re.compile(r"array\s*\[(?P<inside>.*)\]", re.IGNORECASE | re.DOTALL)


def _array_items(text: str) -> list[str] | None:
    """Return the values in an array that is written out; None if one is no literal."""
    text = _without_casts(text)
    constructor = _ARRAY.fullmatch(text)
    if constructor is not None:
        inside = constructor.group("inside").strip()
        if not inside:
            return []
        found = [_literal("postgresql", each.strip()) for each in _split(inside)]
        return None if None in found else [each for each in found if each is not None]
    quoted = _QUOTED_PLAIN.fullmatch(text)
    if quoted is not None:
        return _items_of_braces(quoted.group("inside").replace("''", "'"))
    return None


def _without_casts(text: str) -> str:
    while True:
        bare = without_outer_parentheses(_ONE_CAST.sub("", text))
        if bare == text:
            return text
        text = bare


def _split(text: str) -> list[str]:
    """Return the parts between commas that stand in no quotes and no parentheses."""
    found, depth, start, in_quotes = [], 0, 0, False
    for position, character in enumerate(text):
        if character == "'":
            in_quotes = not in_quotes
        elif in_quotes:
            continue
        elif character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "," and depth == 0:
            found.append(text[start:position])
            start = position + 1
    return [*found, text[start:]]


_BRACED_ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^",{}]*))\s*(,|$)', re.DOTALL)


def _items_of_braces(text: str) -> list[str] | None:
    """Return the items of PostgreSQL's `{a,"b c"}`."""
    if not (text.startswith("{") and text.endswith("}")):
        return None
    inside = text[1:-1]
    if not inside.strip():
        return []
    items: list[str] = []
    position = 0
    while position <= len(inside):
        found = _BRACED_ITEM.match(inside, position)
        if found is None:
            return None
        quoted, plain, separator = found.groups()
        items.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain.strip())
        position = found.end()
        if not separator:
            break
    return items


# ---- values ----

_NUMBERS = frozenset(
    """
    smallint integer bigint decimal real money oid tinyint mediumint float double int int2 int4
    int8 float4 float8 numeric year smallmoney
    """.split()  # noqa: SIM905 - one a line would say no more
) | {"double precision"}
_MOMENTS = frozenset(
    """
    timestamp timestamptz datetime datetime2 datetimeoffset smalldatetime date time timetz
    """.split()  # noqa: SIM905 - one a line would say no more
)
_WITH_ZONE = frozenset(["timestamptz", "datetimeoffset"])


def _truth(value: str) -> str:
    if value.lower() in ("true", "t", "1", "yes", "on", "b'1'", "\x01"):
        return "true"
    if value.lower() in ("false", "f", "0", "no", "off", "b'0'", "\x00"):
        return "false"
    return value


def _bits(value: str) -> str:
    if value.lower() in ("true", "false"):
        return "1" if value.lower() == "true" else "0"
    found = _BINARY.fullmatch(value)
    return (found.group(1).lstrip("0") or "0") if found is not None else value


def _number(value: str) -> str:
    if value in ("true", "false"):
        return "1" if value == "true" else "0"
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _json(value: str) -> str:
    try:
        return json.dumps(json.loads(value), sort_keys=True, ensure_ascii=False)
    except ValueError:
        return value


_MOMENT = re.compile(
    r"(?:(?P<date>\d{4}-\d\d-\d\d)(?:[T ]|$))?"
    r"(?:(?P<time>\d\d:\d\d(?::\d\d)?)(?:\.(?P<part>\d+))?)?\s*(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE,
)


def _moment(value: str, type_name: str, digits: int) -> str:
    """Return a date, a time or both as the column keeps it: a zone counts only where it is kept."""
    found = _MOMENT.fullmatch(value.strip())
    if found is None or (found.group("date") is None and found.group("time") is None):
        return value
    date, time = found.group("date") or "", found.group("time") or "00:00:00"
    if len(time) == 5:
        time += ":00"
    part = (found.group("part") or "")[:digits].rstrip("0")
    if type_name == "date":
        return date or value
    if type_name in _WITH_ZONE and date:
        offset = _offset(found.group("zone") or "Z")
        moment = datetime.fromisoformat(f"{date}T{time}").replace(tzinfo=timezone(offset))
        moment = moment.astimezone(timezone.utc)
        date, time = moment.strftime("%Y-%m-%d"), moment.strftime("%H:%M:%S")
    if part:
        time += "." + part
    return time if type_name in ("time", "timetz") else f"{date} {time}".strip()


def _offset(zone: str) -> timedelta:
    if zone.upper() == "Z":
        return timedelta()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
    return -size if zone[0] == "-" else size
