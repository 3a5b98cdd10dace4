"""An amount of money is kept as a binary floating number.

`0.1 + 0.2` is not `0.3` in binary fractions: most decimal amounts cannot be written down exactly.
Sums drift by cents, comparisons with `=` fail, and rounding depends on the order of the rows.

```prisma bad
model Invoice {
  id       Int    @id @default(autoincrement())
  totalTax Float
  currency String
}
```

```prisma good
model Invoice {
  id       Int     @id @default(autoincrement())
  totalTax Decimal
  currency String
}
```

The fix makes the field a `Decimal`, which every SQL database keeps exactly.
It is unsafe: the column is rewritten, and Prisma Client hands out Decimal objects instead of numbers.
Whole numbers of the smallest unit (cents in an `Int`) are as good, and the only way on MongoDB, where
Prisma has no `Decimal`.

A field counts as money by its name: price, amount, cost, fee, balance, salary, revenue, tax, subtotal.
`total` alone counts only in a model that is about money (an invoice, an order, a payment).
Names that also say rate, ratio, percent, score, hours, tokens or another unit do not count, nor does an
`amount` beside a field for its unit.
Money and SmallMoney of SQL Server are exact, so they are left alone.

Sources: PostgreSQL wiki, "Don't Do This"; PostgreSQL manual, "Floating-Point Types"; MySQL manual,
"Problems with Floating-Point Values".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.rules.rule import (
    Finding,
    Fix,
    Place,
    RemoveFieldAttribute,
    Rule,
    SetType,
    StructureEdit,
)
from referee.rules.settings import RuleSettings
from referee.rules.words import name_words, singular, word_set
from referee.schema.facts import FieldFacts, ModelFacts
from referee.schema.native_types import column_type
from referee.schema.view import SchemaView

CODE = "money-as-float"

_MONEY = word_set("price cost fee balance tax salary revenue subtotal")
_MONEY_MODELS = word_set("""
    invoice order payment payout refund charge receipt bill billing cart checkout quote purchase
    sale transaction subscription donation expense
    """)
# Words that say a number is no amount of money, whatever else the name says.
_OTHER_MEASURES = word_set("""
    rate ratio percent percentage pct percentile score factor multiplier weight count quantity qty
    index level confidence probability rank rating vote view hour minute second day week time
    duration latency ms token point xp byte size length distance km mile kg gram litre liter
    energy kwh watt co2 carbon emission calorie protein water function slope threshold elasticity
    """)
_UNIT_FIELDS = frozenset(["unit", "uom", "measure", "measurement", "dosage"])
_STUFF = word_set(
    "ingredient recipe nutrient nutrition food dose medication material emission stock"
)


def check(model: ModelFacts, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield a finding for each field that keeps money in binary fractions."""
    if model.kind == "view":
        return
    for field in model.fields:
        if field.type != "Float" or field.arity == "list" or not _is_money(field, model):
            continue
        found = column_type(field, view.database.provider)
        if found is not None and found.type.family == "money":
            continue
        kind = "" if found is None else f" ({found.sql})"
        yield Finding(
            CODE,
            "warning",
            f"`{model.name}.{field.name}` is a `Float`{kind}: binary fractions hold most decimal "
            "amounts only nearly, so sums drift by cents and comparisons fail.",
            Place(model.name, field.name, part="type"),
            model.name,
            (field.name,),
            fixes=_fixes(model, field, view),
        )


def _is_money(field: FieldFacts, model: ModelFacts) -> bool:
    words = [singular(word) for word in name_words(field.name)]
    if _OTHER_MEASURES & set(words):
        return False
    if _MONEY & set(words):
        return True
    about = {singular(word) for word in name_words(model.name)}
    if "amount" in words:
        return not (about & _STUFF) and not any(_is_unit(each.name) for each in model.fields)
    if "total" in words and set(words) <= {"total", "grand", "net", "gross", "sum"}:
        return bool(about & _MONEY_MODELS)
    return False


def _is_unit(name: str) -> bool:
    words = [word for word in name_words(name) if word != "id"]
    return bool(words) and singular(words[-1]) in _UNIT_FIELDS


def _fixes(model: ModelFacts, field: FieldFacts, view: SchemaView) -> tuple[Fix, ...]:
    if view.database.provider == "mongodb":
        return ()
    edits: list[StructureEdit] = [SetType(model.name, field.name, "Decimal")]
    if field.native_type is not None:
        edits.append(RemoveFieldAttribute(model.name, field.name, "db"))
    return (Fix(f"Make `{model.name}.{field.name}` a `Decimal`", tuple(edits), is_safe=False),)


RULE = Rule(
    code=CODE,
    family="type",
    severity="warning",
    scope="model",
    summary="Money in a binary floating number",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
)
