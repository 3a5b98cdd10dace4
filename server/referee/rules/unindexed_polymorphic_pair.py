"""Two fields point at a row of any model, and no index finds what points at it.

`targetType` says which model, `targetId` which row.
Prisma knows no such relation, so there is no foreign key, and nothing reminds anybody of the index.
Yet whoever shows the target asks for the rows that point at it, and each such question reads the whole
table.

```prisma bad
model Attachment {
  id         Int    @id @default(autoincrement())
  targetType String
  targetId   Int
}
```

```prisma good
model Attachment {
  id         Int    @id @default(autoincrement())
  targetType String
  targetId   Int

  @@index([targetType, targetId])
}
```

The fix adds the index and is safe.

An index counts when it starts with both fields in any order, or with the one that holds the id.
One in which only columns of foreign keys stand before the pair counts as well (a tenant, say), and so does
a partial one.
The rule is silent where either field belongs to a relation, where a model is called like the pair, since
the id then points at that one model, and where the name speaks of another system (`stripe`,
`external`, `provider`), whose ids are looked up elsewhere.

Sources: active_record_doctor looks for the same in Rails' polymorphic associations.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.foreign_key_index import new_index
from referee.rules.rule import Finding, Place, Related, Rule
from referee.rules.settings import RuleSettings
from referee.rules.words import name_words, word_set
from referee.schema.facts import FieldFacts, IndexFacts, ModelFacts
from referee.schema.view import SchemaView

CODE = "unindexed-polymorphic-pair"

_ELSEWHERE = word_set("""
    external provider oauth stripe paypal paddle lemonsqueezy square braintree shopify github gitlab
    bitbucket google facebook twitter discord slack telegram apple microsoft azure aws s3 salesforce
    hubspot zendesk intercom twilio sendgrid mailgun remote vendor upstream third foreign client
    session device token tax vat identification passport message mime content media store package
    environment establishment
    """)
# Words of the above that are no other system when a model is called so.
_OWN_MODELS = word_set("message session device content media token store package client tax")
_IDS = frozenset(["String", "Int", "BigInt"])


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield a finding for each pair of a type and an id that no index answers."""
    if model.kind == "view" or view.database.provider is None:
        return
    # Looked for in all names at once, since hardly any model has one.
    if "type" not in " ".join(model.fields_by_name).lower():
        return
    keyed = {name for key in view.keys_of(model.name) for name in key.columns}
    mentioned = {
        name
        for field in model.fields
        if field.relation is not None
        for name in field.relation.fields or ()
    }
    for kind, row in _pairs(model, view):
        names = {kind.name, row.name}
        if names & (keyed | mentioned | model.broken_words):
            continue
        if _is_one_model(row, view) or _is_indexed(model, kind, row, keyed, view):
            continue
        fix = new_index((kind.name, row.name), model, view.database)
        yield Finding(
            CODE,
            "information",
            f"`{model.name}.{kind.name}` and `{row.name}` point at a row together, and no index starts "
            f"with them: finding what points at one row reads all of `{model.name}`.",
            Place(model.name, row.name),
            model.name,
            (kind.name, row.name),
            related=(
                Related(Place(model.name, kind.name), f"`{kind.name}` says which model it is"),
            ),
            fixes=() if fix is None else (fix,),
        )


def _pairs(model: ModelFacts, view: SchemaView) -> Iterator[tuple[FieldFacts, FieldFacts]]:
    """Yield the fields called `xType` and `xId`, in the order of the latter."""
    if set(name_words(model.name)) & _ELSEWHERE - _OWN_MODELS:
        return
    types = {
        tuple(name_words(field.name)): field
        for field in model.fields
        if "type" in field.name.lower()
    }
    for field in model.fields:
        *stem, last = name_words(field.name) or [""]
        if last != "id" or not stem or set(stem) & _ELSEWHERE:
            continue
        if field.type not in _IDS or field.arity == "list" or field.is_id or field.is_unique:
            continue
        kind = types.get((*stem, "type"))
        if kind is None or kind.arity == "list":
            continue
        if kind.type != "String" and view.enum(kind.type) is None:
            continue
        yield kind, field


def _is_one_model(row: FieldFacts, view: SchemaView) -> bool:
    """Tell whether the id's name is that of one model: `userType` and `userId` beside `User`."""
    stem = name_words(row.name)[:-1]
    return view.model("".join(word.capitalize() for word in stem)) is not None


def _is_indexed(
    model: ModelFacts, kind: FieldFacts, row: FieldFacts, keyed: set[str], view: SchemaView
) -> bool:
    return any(
        _answers(index, kind.name, row.name, keyed)
        for index in (*model.indexes, *view.indexes_known_elsewhere(model.name))
    )


def _answers(index: IndexFacts, kind: str, row: str, keyed: set[str]) -> bool:
    if index.kind == "fulltext" or index.algorithm == "Brin" or row not in index.column_names:
        return False
    before = index.column_names[: index.column_names.index(row)]
    return all(name == kind or name in keyed for name in before)


RULE = Rule(
    code=CODE,
    family="missing-index",
    severity="information",
    scope="model",
    summary="A type and an id that point at any row, without an index",
    check=check,
    documentation=__doc__,
    fix_safety="safe",
)
