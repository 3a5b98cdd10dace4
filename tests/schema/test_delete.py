"""What a delete takes with it and where it is refused, database by database."""

from __future__ import annotations

import pytest

from referee.schema.delete import DeleteOutcome, delete_outcome
from tests.support.views import view_of

DIAMOND = """
model Org {
  id      Int      @id
  teams   Team[]
  members Member[]
}

model Team {
  id      Int      @id
  orgId   Int
  org     Org      @relation(fields: [orgId], references: [id], onDelete: Cascade)
  members Member[]
  labels  Label[]
}

model Member {
  id     Int  @id
  teamId Int
  team   Team @relation(fields: [teamId], references: [id], onDelete: Cascade)
  orgId  Int
  org    Org  @relation(fields: [orgId], references: [id], onDelete: ACTION)
  notes  Note[]
}

model Note {
  id       Int     @id
  memberId Int?    @default(1)
  member   Member? @relation(fields: [memberId], references: [id], onDelete: CLEARING)
}

model Label {
  id    Int    @id
  teams Team[]
}
"""


def outcome_of(
    provider: str,
    action: str,
    root: str = "Org",
    relation_mode: str = "foreignKeys",
    clearing: str = "SetNull",
) -> DeleteOutcome:
    datasource = (
        f'datasource db {{\n  provider = "{provider}"\n  relationMode = "{relation_mode}"\n}}\n'
    )
    text = DIAMOND.replace("ACTION", action).replace("CLEARING", clearing)
    return delete_outcome(view_of(datasource + text), root)


def verdicts(outcome: DeleteOutcome) -> dict[str, tuple[str, str]]:
    return {str(edge.key): (edge.verdict, edge.reason) for edge in outcome.blocking}


def test_a_delete_goes_level_by_level_and_tells_how_it_got_there() -> None:
    outcome = outcome_of("postgresql", "Cascade")
    assert outcome.levels == {"Org": 0, "Member": 1, "Team": 1}
    assert outcome.depth == 1
    assert outcome.deleted_models == ("Member", "Team")
    longer = outcome_of("postgresql", "Restrict")
    assert longer.levels == {"Org": 0, "Team": 1, "Member": 2}
    assert [str(key) for key in longer.path_to("Member")] == ["Team.org", "Member.team"]
    assert longer.path_to("Org") == []


def test_columns_that_are_overwritten_and_join_tables_are_told() -> None:
    outcome = outcome_of("postgresql", "Cascade")
    assert [str(key) for key in outcome.nulled] == ["Note.member"]
    assert outcome.defaulted == ()
    assert [join.table for join in outcome.join_tables] == ["_LabelToTeam"]
    reset = outcome_of("postgresql", "Cascade", clearing="SetDefault")
    assert [str(key) for key in reset.defaulted] == ["Note.member"]
    assert reset.nulled == ()


def test_mysql_does_not_carry_out_set_default_and_refuses() -> None:
    outcome = outcome_of("mysql", "Cascade", clearing="SetDefault")
    assert outcome.defaulted == ()
    assert verdicts(outcome) == {"Note.member": ("blocked", "outside")}


@pytest.mark.parametrize(
    ("provider", "relation_mode", "action", "expected"),
    [
        ("postgresql", "foreignKeys", "Restrict", ("blocked", "checked-first")),
        ("postgresql", "foreignKeys", "NoAction", ("blocked", "checked-first")),
        ("sqlite", "foreignKeys", "Restrict", ("blocked", "table-order")),
        ("sqlite", "foreignKeys", "NoAction", ("ok", "checked-last")),
        ("mysql", "foreignKeys", "Restrict", ("blocked", "checked-first")),
        ("mysql", "foreignKeys", "NoAction", ("blocked", "checked-first")),
        ("sqlserver", "foreignKeys", "NoAction", ("ok", "checked-last")),
        ("cockroachdb", "foreignKeys", "Restrict", ("ok", "checked-last")),
        ("mysql", "prisma", "Restrict", ("may-fail", "emulated")),
        ("mongodb", "prisma", "Restrict", ("may-fail", "emulated")),
    ],
)
def test_a_diamond_is_judged_as_the_database_would(
    provider: str, relation_mode: str, action: str, expected: tuple[str, str]
) -> None:
    outcome = outcome_of(provider, action, relation_mode=relation_mode)
    assert verdicts(outcome) == {"Member.org": expected}


def test_prisma_client_does_nothing_for_no_action() -> None:
    assert verdicts(outcome_of("mysql", "NoAction", relation_mode="prisma")) == {}
    assert outcome_of("mysql", "NoAction", relation_mode="prisma").join_tables == ()


def test_a_key_that_points_at_the_deleted_row_refuses_at_once() -> None:
    text = """
datasource db {
  provider = "cockroachdb"
}

model Author {
  id    Int    @id
  books Book[]
}

model Book {
  id       Int    @id
  authorId Int
  author   Author @relation(fields: [authorId], references: [id])
}
"""
    outcome = delete_outcome(view_of(text), "Author")
    assert outcome.levels == {"Author": 0}
    assert verdicts(outcome) == {"Book.author": ("blocked", "direct")}


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ("postgresql", ("ok", "gone-before")),
        ("sqlite", ("blocked", "tree")),
        ("mysql", ("blocked", "tree")),
        ("sqlserver", ("ok", "checked-last")),
    ],
)
def test_a_tree_below_the_root_is_refused_where_rows_go_one_by_one(
    provider: str, expected: tuple[str, str]
) -> None:
    text = f"""
datasource db {{
  provider = "{provider}"
}}

model Site {{
  id    Int    @id
  pages Page[]
}}

model Page {{
  id       Int    @id
  siteId   Int
  site     Site   @relation(fields: [siteId], references: [id], onDelete: Cascade)
  parentId Int?
  parent   Page?  @relation("Tree", fields: [parentId], references: [id], onDelete: ACTION)
  children Page[] @relation("Tree")
}}
"""
    action = "NoAction" if provider == "sqlserver" else "Restrict"
    outcome = delete_outcome(view_of(text.replace("ACTION", action)), "Site")
    assert verdicts(outcome) == {"Page.parent": expected}
    assert [str(key) for key in outcome.self_relations] == ["Page.parent"]
    at_root = delete_outcome(view_of(text.replace("ACTION", action)), "Page")
    assert verdicts(at_root) == {"Page.parent": ("blocked", "direct")}


CLEARED_TWICE = """
datasource db {
  provider = "PROVIDER"
}

model Shop {
  id     Int     @id
  tables Table[]
  bills  Bill[]
}

model Table {
  id     Int    @id
  shop   Shop   @relation(fields: [shopId], references: [id], onDelete: Cascade)
  shopId Int
  seats  Seat[]
  bills  Bill[]
}

model Seat {
  id      Int    @id
  table   Table  @relation(fields: [tableId], references: [id], onDelete: Cascade)
  tableId Int
  bills   Bill[]
}

model Bill {
  id      Int    @id
  shop    Shop?  @relation(fields: [shopId], references: [id])
  shopId  Int?
  table   Table? @relation(fields: [tableId], references: [id])
  tableId Int?
  seat    Seat?  @relation(fields: [seatId], references: [id])
  seatId  Int?
}
"""


@pytest.mark.parametrize(
    ("provider", "root", "expected"),
    [
        ("postgresql", "Shop", {"Bill.seat": ("depends-on-order", "rechecked")}),
        # Of a bill's keys two are cleared, and nothing is left to be checked.
        ("postgresql", "Table", {}),
        ("sqlite", "Shop", {}),
        ("mysql", "Shop", {}),
        ("sqlserver", "Shop", {}),
    ],
)
def test_postgresql_checks_every_key_of_a_row_that_one_delete_clears_twice(
    provider: str, root: str, expected: dict[str, tuple[str, str]]
) -> None:
    view = view_of(CLEARED_TWICE.replace("PROVIDER", provider))
    assert verdicts(delete_outcome(view, root)) == expected


def test_a_key_that_refuses_anyway_is_not_said_to_be_checked_again() -> None:
    text = CLEARED_TWICE.replace("PROVIDER", "postgresql").replace("seatId  Int?", "seatId  Int")
    by_default = verdicts(delete_outcome(view_of(text), "Shop"))
    assert by_default == {"Bill.seat": ("blocked", "outside")}
    clearing = text.replace(
        "[seatId], references: [id]", "[seatId], references: [id], onDelete: SetNull"
    )
    written = verdicts(delete_outcome(view_of(clearing), "Shop"))
    assert written == {"Bill.seat": ("blocked", "not-null")}


@pytest.mark.parametrize(
    ("provider", "default", "expected"),
    [
        ("postgresql", "", ("blocked", "not-null")),
        ("sqlite", "", ("blocked", "not-null")),
        ("postgresql", "@default(1)", None),
        ("sqlite", "@default(1)", None),
        # InnoDB does not carry the action out, default or not.
        ("mysql", "@default(1)", ("blocked", "outside")),
    ],
)
def test_a_required_key_without_default_cannot_be_reset(
    provider: str, default: str, expected: tuple[str, str] | None
) -> None:
    text = DIAMOND.replace("ACTION", "Cascade").replace("CLEARING", "SetDefault")
    text = text.replace("Int?    @default(1)", f"Int {default}").replace("Member?", "Member")
    datasource = f'datasource db {{\n  provider = "{provider}"\n}}\n'
    outcome = delete_outcome(view_of(datasource + text), "Org")
    assert verdicts(outcome).get("Note.member") == expected
    assert [str(key) for key in outcome.defaulted] == ([] if expected else ["Note.member"])
