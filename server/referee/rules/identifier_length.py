"""The name that Prisma makes for an index or constraint is too long for the database.

Prisma puts the names of the table and of all columns together, and cuts what does not fit: PostgreSQL
and CockroachDB take 63 bytes, MySQL 64 and SQL Server 128.
Nothing fails, but the name in the database is not the one that people look for in an error message, and
two long names that begin alike become one, which the validator then refuses.

```prisma bad
model OrganisationMembershipApprovalRequest {
  id                       Int      @id @default(autoincrement())
  organisationMembershipId Int
  requestedForReviewAt     DateTime

  @@index([organisationMembershipId, requestedForReviewAt])
}
```

```prisma good
model OrganisationMembershipApprovalRequest {
  id                       Int      @id @default(autoincrement())
  organisationMembershipId Int
  requestedForReviewAt     DateTime

  @@index([organisationMembershipId, requestedForReviewAt], map: "approval_request_review_idx")
}
```

There is no automatic fix: give the index, the constraint or the relation a short name of your own with
`map`.
A new name means that the index is renamed in the next migration.

Sources: PostgreSQL manual, "Lexical Structure"; MySQL manual, "Identifier Length Limits"; SQL Server
manual, "Database Identifiers"; the way of cutting is that of Prisma's schema engine.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.rule import Finding, Place, Rule, index_place, relation_place
from referee.rules.settings import RuleSettings
from referee.schema.facts import IndexFacts, ModelFacts
from referee.schema.names import generated_stem, index_name
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "identifier-length"

_PROVIDERS = ("postgresql", "mysql", "sqlserver", "cockroachdb")
_SUFFIXES = {"unique": "_key", "index": "_idx", "fulltext": "_idx"}


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield a finding for each generated name of a model that the database would have to cut."""
    if model.kind == "view" or view.database.provider not in _PROVIDERS:
        return
    limit = view.database.identifier_limit
    for index in model.indexes:
        if index.constraint_name is not None or not index.columns:
            continue
        whole = _whole_name(model, index, view)
        if whole is not None and _is_longer(whole, limit):
            cut = index_name(model, index, view.database)
            place = index_place(model.name, index)
            yield _finding(model, whole, cut, place, index.column_names, view)
    if not view.database.has_foreign_keys:
        return
    for key in view.keys_of(model.name):
        # A name that was cut is as long as it can be, but for a character of several bytes.
        if _is_longer(key.constraint_name, limit - 4) and not _has_own_name(model, key):
            columns = [
                field.column for name in key.columns if (field := model.field(name)) is not None
            ]
            whole = "_".join([model.table, *columns]) + "_fkey"
            if _is_longer(whole, limit):
                cut, place = key.constraint_name, relation_place(key)
                yield _finding(model, whole, cut, place, key.columns, view)


def _whole_name(model: ModelFacts, index: IndexFacts, view: SchemaView) -> str | None:
    if index.kind == "id":
        # MySQL calls every primary key PRIMARY.
        return None if view.database.provider == "mysql" else f"{model.table}_pkey"
    return generated_stem(model, index) + _SUFFIXES[index.kind]


def _has_own_name(model: ModelFacts, key: ForeignKey) -> bool:
    field = model.field(key.field)
    return field is None or field.relation is None or field.relation.constraint_name is not None


def _is_longer(name: str, limit: int) -> bool:
    """Tell whether a name has more bytes than that."""
    return len(name) > limit or (not name.isascii() and len(name.encode()) > limit)


def _finding(
    model: ModelFacts,
    whole: str,
    cut: str,
    place: Place,
    fields: tuple[str, ...],
    view: SchemaView,
) -> Finding:
    length, limit = len(whole.encode()), view.database.identifier_limit
    return Finding(
        CODE,
        "information",
        f"The generated name `{whole}` has {length} bytes and {view.database.title} takes {limit}, so "
        f"Prisma cuts it to `{cut}`; `map` gives it a name of your own.",
        place,
        model.name,
        fields,
    )


RULE = Rule(
    code=CODE,
    family="index",
    severity="information",
    scope="model",
    summary="A generated name that the database cuts",
    check=check,
    documentation=__doc__,
    fix_safety="none",
    claims=("names",),
    documented=("SQL Server", "CockroachDB"),
)
