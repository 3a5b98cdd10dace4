"""A cascade deletes records that are kept for others: invoices, payments, audit logs.

Such rows are evidence of what happened, and often the law says how long they stay.
`onDelete: Cascade` lets them go with a customer, a project or a whole tenant, in one statement and
without a trace.

A record is recognised by the last word of the model's name (Invoice, Payment, Payout, Refund,
Charge, Transaction, Receipt, Ledger, CreditNote, JournalEntry; the option `records` changes the
list), or by the word Audit in front of Log, Event, Entry, Record, Trail or History.
Parts of a record, such as the lines of an invoice, are not reported, nor is a record that belongs
to another.

```prisma bad
model Customer {
  id       Int       @id @default(autoincrement())
  invoices Invoice[]
}

model Invoice {
  id         Int      @id @default(autoincrement())
  customer   Customer @relation(fields: [customerId], references: [id], onDelete: Cascade)
  customerId Int

  @@index([customerId])
}
```

```prisma good
model Customer {
  id       Int       @id @default(autoincrement())
  invoices Invoice[]
}

model Invoice {
  id         Int      @id @default(autoincrement())
  customer   Customer @relation(fields: [customerId], references: [id], onDelete: Restrict)
  customerId Int

  @@index([customerId])
}
```

The fix refuses the delete while there are records, or clears the key where it may be NULL; both
change what a delete does and are unsafe.

Sources: a matter of taste, weighed on public schemas (5 findings in 838 models).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from referee.rules.referential_actions import delete_fixes, keeping_action
from referee.rules.rule import Finding, Option, Rule, relation_place
from referee.rules.settings import RuleSettings
from referee.rules.words import name_words, singular
from referee.schema.referential_actions import cascades
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

CODE = "cascade-into-records"

RECORDS = (
    "Invoice",
    "Payment",
    "Payout",
    "Refund",
    "Charge",
    "Transaction",
    "Receipt",
    "Ledger",
    "CreditNote",
    "JournalEntry",
)
_AUDIT_HEADS = frozenset(["log", "event", "entry", "record", "trail", "history"])


def check(key: ForeignKey, view: SchemaView, settings: RuleSettings) -> Iterator[Finding]:
    """Yield the finding of a cascade that ends in a record."""
    if not cascades(key) or key.is_self_relation:
        return
    option = settings.option(CODE, "records", RECORDS)
    records = tuple(map(str, option)) if isinstance(option, list | tuple) else RECORDS
    if not is_record(key.child, records) or is_record(key.parent, records):
        return
    yield Finding(
        CODE,
        "information",
        f"Deleting a row of `{key.parent}` deletes its rows of `{key.child}`, which looks like a "
        "record to be kept.",
        relation_place(key, "onDelete"),
        key.child,
        key.columns,
        fixes=delete_fixes(key, (keeping_action(view.database), "SetNull"), view),
    )


def is_record(model: str, records: Sequence[str] = RECORDS) -> bool:
    """Tell whether a model's name says that its rows are kept as evidence."""
    words = [word for word in name_words(model) if not word.isdigit()]
    if not words:
        return False
    words[-1] = singular(words[-1])
    if "audit" in words[:-1] and words[-1] in _AUDIT_HEADS:
        return True
    return any(words[-len(parts) :] == parts for parts in _words_of(tuple(records)))


@lru_cache(maxsize=8)
def _words_of(records: tuple[str, ...]) -> list[list[str]]:
    return [words for words in map(name_words, records) if words]


RULE = Rule(
    code=CODE,
    family="cascade-risk",
    severity="information",
    scope="relation",
    summary="A cascade into records such as invoices or audit logs",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    options=(
        Option(
            "records",
            "strings",
            RECORDS,
            "Last words of names of models whose rows are to be kept.",
        ),
    ),
    needs_database=False,
)
