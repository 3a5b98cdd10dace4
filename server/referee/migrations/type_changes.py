"""What a change of a column's type does to the values that are there.

It deliberately knows no migration: only the two types, and whose they are.

Sources: PostgreSQL manual, "ALTER TABLE", Notes, "Numeric Types" and "Character Types"; MySQL
manual, "The BLOB and TEXT Types"; SQLite manual, "Datatypes In SQLite". The trials of the claim
`column-types` run such changes.
"""

from __future__ import annotations

from referee.ddl.model import SqlType
from referee.schema.providers import Provider

_TEXTS = (
    "char",
    "varchar",
    "text",
    "citext",
    "nvarchar",
    "string",
    "tinytext",
    "mediumtext",
    "longtext",
)
# In the order of what they hold on MySQL; elsewhere there is `text` alone.
_LARGE = {"tinytext": 1, "text": 2, "mediumtext": 3, "longtext": 4}
# How many digits the largest number has, in the order of their size.
_DIGITS = {
    "tinyint": 3,
    "smallint": 5,
    "mediumint": 8,
    "integer": 10,
    "int": 10,
    "bigint": 19,
}
_FLOATS = ("real", "float", "double precision", "double")
MOMENTS = ("timestamp", "timestamptz", "time", "timetz")
_FITS = "every value fits and is written anew"
_HAS_TO_FIT = "every value has to fit"
_IS_ROUNDED = "every value is rounded to what the new type can hold"


def only_grows(old: SqlType, new: SqlType) -> bool:
    """Tell whether every value of a text fits its new type as it is."""
    if old.is_array != new.is_array or old.name not in _TEXTS:
        return False
    if old.name == new.name and old.arguments and new.arguments == ("max",):
        return True
    if new.name == "ntext" or (new.name in _LARGE and old.name in ("nvarchar", "string")):
        return True
    if new.name in _LARGE:
        if old.name == "varchar" and new.name == "tinytext":
            return False
        return _LARGE.get(old.name, _LARGE["text"]) <= _LARGE[new.name]
    if new.name == "varchar" and not new.arguments:
        return old.name in ("varchar", "text", "citext")
    if old.name != new.name or old.name not in ("varchar", "nvarchar"):
        return False
    had, has = old.arguments, new.arguments
    is_sized = all(size and size[0].isdigit() for size in (had, has))
    return is_sized and int(had[0]) <= int(has[0])


def grows_in_place(old: SqlType, new: SqlType) -> bool:
    """Tell whether PostgreSQL only notes a wider type, without reading or writing a row."""
    if old.is_array or new.is_array:
        return False
    if (old.name, new.name) == ("cidr", "inet"):
        return True
    sizes = (old.arguments, new.arguments)
    if old.name != new.name or not all(each.isdigit() for size in sizes for each in size):
        return False
    had, has = (tuple(map(int, size)) for size in sizes)
    if old.name in MOMENTS or old.name == "interval":
        return (had or (6,)) <= (has or (6,))
    if old.name == "decimal":
        return not has or (len(had) == len(has) == 2 and had[1] == has[1] and had[0] <= has[0])
    return old.name == "varbit" and (not has or (bool(had) and had <= has))


def is_wider_integer(was: SqlType, becomes: SqlType) -> bool:
    """Tell whether every value of an integer fits its new type, which is one as well."""
    digits = _DIGITS.get(was.name), _DIGITS.get(becomes.name)
    if was.is_array or becomes.is_array or digits[0] is None or digits[1] is None:
        return False
    return digits[0] <= digits[1]


def what_happens(provider: Provider, was: SqlType, becomes: SqlType, *, is_cast: bool) -> str:
    """Say what happens to the values; `is_cast` tells that USING casts them, which may cut them."""
    if provider == "sqlite":
        return "a value that cannot be converted stays as it is"
    if is_cast and becomes.name in ("char", "varchar") and becomes.arguments:
        return "a longer value is cut off in silence"
    if was.is_array or becomes.is_array:
        return _HAS_TO_FIT
    if becomes.name == "citext" and was.name in ("text", "varchar"):
        return "its indexes are built anew, and a unique one fails where values differ only in case"
    if provider == "postgresql" and becomes.name == "text":
        return _FITS
    if was.name in (*MOMENTS, "date", "datetime"):
        return _happens_to_moment(was, becomes)
    return _happens_to_number(was, becomes)


def _happens_to_moment(was: SqlType, becomes: SqlType) -> str:
    if sorted((was.name, becomes.name)) == ["timestamp", "timestamptz"]:
        return "every moment is taken for one in the time zone of the session"
    if becomes.name == "date":
        return "the time of day is lost"
    if was.name == "date" and becomes.name in ("timestamp", "datetime"):
        return _FITS
    if was.name != becomes.name:
        return _HAS_TO_FIT
    usual = 0 if was.name == "datetime" else 6
    had, has = (int(each.arguments[0]) if each.arguments else usual for each in (was, becomes))
    return _IS_ROUNDED if has < had else _FITS


def _happens_to_number(was: SqlType, becomes: SqlType) -> str:
    if was.name in _DIGITS:
        if is_wider_integer(was, becomes):
            return _FITS
        digits = _DIGITS[was.name]
        if becomes.name == "decimal" and all(each.isdigit() for each in becomes.arguments):
            size = [*map(int, becomes.arguments), 0]
            return _FITS if not becomes.arguments or size[0] - size[1] >= digits else _HAS_TO_FIT
        if becomes.name in _FLOATS:
            exact = 15 if becomes.name.startswith("double") else 6
            return _FITS if digits <= exact else _IS_ROUNDED
        return _HAS_TO_FIT
    if was.name in ("decimal", *_FLOATS):
        if was.name in ("real", "float") and becomes.name.startswith("double"):
            return _FITS
        if was.name == becomes.name == "decimal":
            return _happens_to_decimal(was, becomes)
        if becomes.name in ("decimal", *_FLOATS, *_DIGITS):
            return f"{_IS_ROUNDED}, and has to fit" if becomes.name not in _FLOATS else _IS_ROUNDED
    return _HAS_TO_FIT


def _happens_to_decimal(was: SqlType, becomes: SqlType) -> str:
    sizes = [each.arguments for each in (was, becomes)]
    if not becomes.arguments and was.arguments:
        return _FITS
    if not all(each.isdigit() for size in sizes for each in size) or not was.arguments:
        return f"{_IS_ROUNDED}, and has to fit"
    (digits, places), (new_digits, new_places) = ([*map(int, size), 0][:2] for size in sizes)
    if new_places < places:
        return f"{_IS_ROUNDED}, and has to fit"
    return _FITS if new_digits - new_places >= digits - places else _HAS_TO_FIT
