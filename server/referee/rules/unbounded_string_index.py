"""An index covers text that can be longer than an index key.

Neither database indexes text of any length.
MySQL's keys end at 3,072 bytes, and a character takes up to 4: an index over `VARCHAR(1000)` cannot be
created, and one over TEXT only with a `length`.
MariaDB creates both all the same, over the first 768 characters.
SQL Server's keys end at 1,700 bytes, those of a clustered index at 900: a `String` without native
type is NVARCHAR(1000) and takes up to 2,000, so the index is created with a warning, and the first
row with a long value is refused.

```prisma bad
datasource db {
  provider = "sqlserver"
}

model Article {
  id    Int    @id @default(autoincrement())
  title String

  @@index([title])
}
```

```prisma good
datasource db {
  provider = "sqlserver"
}

model Article {
  id    Int    @id @default(autoincrement())
  title String @db.NVarChar(850)

  @@index([title])
}
```

The fix gives the columns a native type that fits, or, for a plain index on MySQL, a `length`.
It is unsafe: values that are longer are refused from then on.

Only text counts towards the length.
On SQL Server, where the index is created and only a long value is refused, columns of foreign keys
are left out, since their values are bounded by what they refer to, and so are those that Prisma fills
with `uuid()`, `cuid()`, `ulid()` or `nanoid()`, those without a native type whose name says that they
are short (`...Id`, `...Code`, `...Reference`, `email`), and models whose name says that they are a
small fixed list (`...Type`, `...Status`).

Sources: MySQL manual, "InnoDB Limits"; SQL Server manual, "Maximum capacity specifications"; Prisma's
validator reports the TEXT form on MySQL as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.foreign_key_index import is_lookup
from referee.rules.index_forms import attribute_text, index_text
from referee.rules.key_types import native_text
from referee.rules.rule import (
    Finding,
    Fix,
    ReplaceBlockAttribute,
    ReplaceFieldAttribute,
    Rule,
    index_place,
)
from referee.rules.settings import RuleSettings
from referee.rules.words import listed, name_words, word_set
from referee.schema.facts import (
    CLIENT_SIDE_FUNCTIONS,
    FieldFacts,
    IndexColumn,
    IndexFacts,
    ModelFacts,
    NativeType,
)
from referee.schema.native_types import column_type
from referee.schema.view import SchemaView

CODE = "unbounded-string-index"

# utf8mb4, which Prisma Migrate writes into every table it creates.
_MYSQL_BYTES = 4
_MYSQL_LIMIT = 3072
_MYSQL_PREFIX = 191
_SQLSERVER_LIMIT = 1700
_SQLSERVER_CLUSTERED_LIMIT = 900


# Last words of names of columns that nobody fills with hundreds of characters.
_SHORT_WORDS = word_set(
    "abbreviation code currency email guid id iso key kind locale number phone postcode ref "
    "reference slug stage status token type uid uuid version zip"
)


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield a finding for each index whose text may be longer than a key."""
    if model.kind == "view" or view.database.provider not in ("mysql", "sqlserver"):
        return
    if view.database.provider == "sqlserver" and is_lookup(model.name, settings):
        return
    for index in model.indexes:
        if index.kind == "fulltext" or not index.columns:
            continue
        if view.database.provider == "mysql":
            yield from _on_mysql(model, index, view)
        else:
            yield from _on_sqlserver(model, index, view)


# ---- MySQL ----


def _on_mysql(model: ModelFacts, index: IndexFacts, view: SchemaView) -> Iterator[Finding]:
    texts = _texts(model, index)
    long = [
        field
        for column, field in texts
        if column.length is None
        and (found := column_type(field, "mysql")) is not None
        and found.type.is_long
    ]
    most = _MYSQL_LIMIT // _MYSQL_BYTES
    if long:
        names = listed([f"{model.name}.{field.name}" for field in long])
        kinds = ", ".join(dict.fromkeys(f.native_type.name.upper() for f in long if f.native_type))
        yield Finding(
            CODE,
            "warning",
            f"{index_text(model, index)} covers {names}, which is {kinds}; MySQL indexes such a "
            "column only with a `length`.",
            index_place(model.name, index),
            model.name,
            index.column_names,
            fixes=_mysql_fixes(model, index, long, most // max(len(texts), 1), view),
            is_official=True,
        )
        return
    sizes = [(field, _mysql_characters(column, field)) for column, field in texts]
    total = sum(size for _, size in sizes) * _MYSQL_BYTES
    if total <= _MYSQL_LIMIT:
        return
    wide = [field for field, size in sizes if size > most // len(sizes)]
    yield Finding(
        CODE,
        "warning",
        f"A key of {index_text(model, index)} can have {total:,} bytes, and MySQL refuses to create "
        f"an index of more than {_MYSQL_LIMIT:,}.",
        index_place(model.name, index),
        model.name,
        index.column_names,
        fixes=_mysql_fixes(model, index, wide, most // len(sizes), view),
    )


def _mysql_characters(column: IndexColumn, field: FieldFacts) -> int:
    found = column_type(field, "mysql")
    length = 0 if found is None or found.length is None else found.length
    return length if column.length is None else min(length, column.length)


def _mysql_fixes(
    model: ModelFacts, index: IndexFacts, fields: list[FieldFacts], share: int, view: SchemaView
) -> tuple[Fix, ...]:
    length = min(share, _MYSQL_PREFIX)
    names = {field.name for field in fields}
    fixes: list[Fix] = []
    is_bare = index.constraint_name is None and index.name is None and index.algorithm is None
    if index.kind == "index" and is_bare:
        columns = tuple(
            IndexColumn(column.name, column.sort, length) if column.name in names else column
            for column in index.columns
        )
        text = attribute_text("index", columns)
        edit = ReplaceBlockAttribute(index_place(model.name, index), text)
        fixes.append(Fix(f"Index the first {length} characters only", (edit,), is_safe=False))
    native = NativeType("VarChar", (str(length),))
    retype = _retype(model, fields, dict.fromkeys(names, native), view)
    return (*fixes, *retype)


# ---- SQL Server ----


def _on_sqlserver(model: ModelFacts, index: IndexFacts, view: SchemaView) -> Iterator[Finding]:
    keyed = {name for key in view.keys_of(model.name) for name in key.columns}
    sizes: list[tuple[FieldFacts, int]] = []
    for _, field in _texts(model, index):
        found = column_type(field, "sqlserver")
        if field.name in keyed or found is None or found.type.is_long or found.length is None:
            continue
        if field.native_type is None and _is_short_by_name(field.name):
            continue
        if field.default is not None and field.default.function in CLIENT_SIDE_FUNCTIONS:
            continue
        sizes.append((field, found.length * (2 if found.type.has_unicode else 1)))
    clustered = index.is_clustered or (index.kind == "id" and index.is_clustered is None)
    limit = _SQLSERVER_CLUSTERED_LIMIT if clustered else _SQLSERVER_LIMIT
    total = sum(size for _, size in sizes)
    if total <= limit:
        return
    share = limit // len(sizes)
    wide = [field for field, size in sizes if size > share]
    natives = {}
    for field in wide:
        found = column_type(field, "sqlserver")
        assert found is not None
        room = share // 2 if found.type.has_unicode else share
        natives[field.name] = NativeType(found.type.name, (str(room),))
    kind = "a clustered index" if clustered else "an index"
    yield Finding(
        CODE,
        "warning",
        f"A key of {index_text(model, index)} can have {total:,} bytes, and SQL Server refuses rows "
        f"whose key in {kind} has more than {limit:,}.",
        index_place(model.name, index),
        model.name,
        index.column_names,
        fixes=_retype(model, wide, natives, view),
    )


def _is_short_by_name(name: str) -> bool:
    words = name_words(name)
    return bool(words) and (words[-1] in _SHORT_WORDS or words[-2:] == ["email", "address"])


# ---- both ----


def _texts(model: ModelFacts, index: IndexFacts) -> list[tuple[IndexColumn, FieldFacts]]:
    return [
        (column, field)
        for column in index.columns
        if (field := model.field(column.name)) is not None
        and field.type == "String"
        and field.unsupported is None
        and field.arity != "list"
    ]


def _retype(
    model: ModelFacts,
    fields: list[FieldFacts],
    natives: dict[str, NativeType],
    view: SchemaView,
) -> tuple[Fix, ...]:
    """Return the fix that gives fields a native type that fits; none where a relation is in the way.

    The columns of a foreign key and what it refers to must keep one type.
    """
    names = {field.name for field in fields}
    if any(names & set(key.references) for key in view.keys_to(model.name)):
        return ()
    if any(names & set(key.columns) for key in view.keys_of(model.name)):
        return ()
    edits = tuple(
        ReplaceFieldAttribute(model.name, field.name, "db", native_text(natives[field.name], view))
        for field in fields
    )
    if not edits:
        return ()
    texts = ", ".join(dict.fromkeys(edit.text for edit in edits))
    title = f"Give {listed([f'{model.name}.{field.name}' for field in fields])} the type `{texts}`"
    return (Fix(title, edits, is_safe=False),)


RULE = Rule(
    code=CODE,
    family="index",
    severity="warning",
    scope="model",
    summary="An index over text that is too long for it",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("text-indexes",),
    documented=("SQL Server",),
)
