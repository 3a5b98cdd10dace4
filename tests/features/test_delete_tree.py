"""The tree of a delete: what is in it, how it reads, and that it agrees with the schema layer."""

from __future__ import annotations

from pathlib import Path

import pytest

from referee.engine.session import judge
from referee.features.delete_tree import (
    DeleteTree,
    Twig,
    delete_report,
    delete_tree,
    summary,
    tree_as_json,
    tree_text,
)
from referee.features.report.paint import Look
from referee.rules.catalogue import ALL_FAMILIES
from referee.rules.settings import RuleSettings
from tests.support.judging import datasource, snapshot_of

ORCHARD = Path(__file__).parents[2] / "examples" / "orchard" / "prisma" / "schema"
NO_RULES = RuleSettings(severities=dict.fromkeys(ALL_FAMILIES, "off"))

SCHEMA = """\
model Org {
  id       Int       @id
  teams    Team[]
  members  Member[]
  invoices Invoice[]
  tags     Tag[]
}

model Team {
  id      Int      @id
  org     Org      @relation(fields: [orgId], references: [id], onDelete: Cascade)
  orgId   Int
  parent   Team?   @relation("Tree", fields: [parentId], references: [id], onDelete: Cascade)
  parentId Int?
  children Team[]  @relation("Tree")
  members Member[]
}

model Member {
  id     Int   @id
  team   Team  @relation(fields: [teamId], references: [id], onDelete: Cascade)
  teamId Int
  org    Org   @relation(fields: [orgId], references: [id])
  orgId  Int
  badges Badge[]
  seats  Seat[]
}

model Badge {
  id       Int     @id
  member   Member? @relation(fields: [memberId], references: [id])
  memberId Int?
}

model Seat {
  id       Int     @id
  member   Member? @relation(fields: [memberId], references: [id], onDelete: SetDefault)
  memberId Int?    @default(1)
}

model Invoice {
  id    Int @id
  org   Org @relation(fields: [orgId], references: [id], onDelete: Restrict, map: "invoice_org")
  orgId Int
}

model Tag {
  id   Int   @id
  orgs Org[]
}
"""


def tree_of(root: str, provider: str = "postgresql", mode: str | None = None) -> DeleteTree:
    files = {"schema.prisma": SCHEMA, "datasource.prisma": datasource(provider, mode)}
    return delete_tree(snapshot_of(files).view, root)


def drawn(tree: DeleteTree, most_lines: int | None = None) -> str:
    return "\n".join(tree_text(tree, Look(), most_lines)) + "\n"


def all_twigs(twig: Twig) -> list[Twig]:
    return [twig, *(inner for each in twig.twigs for inner in all_twigs(each))]


def test_the_tree_shows_who_refuses_first_then_what_goes_and_what_is_changed() -> None:
    assert drawn(tree_of("Org")) == (
        "Org             one row deleted\n"
        "├─ Invoice      refuses: Restrict             org (invoice_org)\n"
        "├─ Member       refuses: Restrict by default  org (Member_orgId_fkey)\n"
        "├─ Team         removed                       org\n"
        "│  ├─ Team      removed, however deep         parent\n"
        "│  └─ Member    removed                       team\n"
        "│     ├─ Badge  memberId to NULL              member\n"
        "│     └─ Seat   memberId to default           member\n"
        "└─ _OrgToTag    links removed\n"
    )


def test_databases_that_check_last_are_not_in_the_way_of_a_cascade() -> None:
    refusals = [str(edge.key) for edge in tree_of("Org", "cockroachdb").refusals]
    assert refusals == ["Invoice.org"]


def test_sqlite_names_no_constraints_and_innodb_refuses_set_default() -> None:
    assert "invoice_org" not in drawn(tree_of("Org", "sqlite"))
    assert "Seat   refuses: SetDefault  member (Seat_memberId_fkey)" in drawn(
        tree_of("Member", "mysql")
    )


def test_prisma_client_names_no_constraint_and_keeps_no_links() -> None:
    text = drawn(tree_of("Org", "postgresql", "prisma"))
    assert "_fkey" not in text
    assert "_OrgToTag" not in text


def test_a_tree_with_too_many_lines_shows_whole_levels_and_counts_the_rest() -> None:
    assert drawn(tree_of("Org"), 6) == (
        "Org           one row deleted\n"
        "├─ Invoice    refuses: Restrict             org (invoice_org)\n"
        "├─ Member     refuses: Restrict by default  org (Member_orgId_fkey)\n"
        "├─ Team       removed, with 1 below         org\n"
        "└─ _OrgToTag  links removed\n"
    )


def test_what_is_left_out_of_a_level_is_the_least_interesting() -> None:
    text = drawn(tree_of("Org"), 4)
    assert text == (
        "Org         one row deleted\n"
        "├─ Invoice  refuses: Restrict             org (invoice_org)\n"
        "├─ Member   refuses: Restrict by default  org (Member_orgId_fkey)\n"
        "└─ …        2 more\n"
    )


def test_the_summary_is_one_sentence() -> None:
    assert summary(tree_of("Org")) == (
        "Deleting a row of `Org` removes rows of 2 other models, 2 levels deep, sets 1 key to "
        "NULL, resets 1 key to the default, and fails while rows of `Invoice` or `Member` are in "
        "the way."
    )
    assert summary(tree_of("Tag", "mongodb")) == "Deleting a row of `Tag` touches no other row."
    assert summary(tree_of("Team")).startswith(
        "Deleting a row of `Team` removes rows of 1 other model, sets"
    )


def test_links_of_a_join_table_are_worth_a_summary() -> None:
    assert summary(tree_of("Tag")) == ("Deleting a row of `Tag` removes links from 1 join table.")


def test_the_report_says_where_and_why_a_delete_is_refused() -> None:
    report = delete_report(tree_of("Org"), Look())
    assert report.endswith(
        "\n\n"
        "Where it is refused\n"
        "  ✗ `Org > Invoice.org` by `invoice_org`\n"
        "    `Invoice.org` has `onDelete: Restrict`, and its rows refer to the deleted row "
        "itself.\n"
        "  ✗ `Org > Member.org` by `Member_orgId_fkey`\n"
        "    `Member.org` has `onDelete: Restrict` by default, and PostgreSQL checks it before the "
        "cascade has removed the rows of `Member`.\n"
    )


def test_the_report_is_coloured_only_where_that_is_asked_for() -> None:
    assert "\x1b[" not in delete_report(tree_of("Org"), Look(width=80))
    assert "\x1b[31mremoved\x1b[0m" in delete_report(tree_of("Org"), Look(has_colours=True))


def test_rows_that_point_at_the_deleted_row_itself_are_cleared_even_if_others_are_removed() -> None:
    text = """\
model User {
  id       Int       @id
  written  Comment[] @relation("writes")
  assigned Comment[] @relation("does")
}

model Comment {
  id       Int   @id
  writer   User  @relation("writes", fields: [writerId], references: [id], onDelete: Cascade)
  writerId Int
  doer     User? @relation("does", fields: [doerId], references: [id])
  doerId   Int?
}
"""
    tree = delete_tree(snapshot_of(text).view, "User")
    assert [(twig.effect, twig.subject) for twig in tree.trunk.twigs] == [
        ("removes", "Comment"),
        ("clears", "Comment"),
    ]


def test_further_ways_to_a_model_stand_beside_the_first() -> None:
    text = """\
model Task {
  id   Int    @id
  from Link[] @relation("from")
  to   Link[] @relation("to")
}

model Link {
  id     Int  @id
  from   Task @relation("from", fields: [fromId], references: [id], onDelete: Cascade)
  fromId Int
  to     Task @relation("to", fields: [toId], references: [id], onDelete: Cascade)
  toId   Int
}
"""
    tree = delete_tree(snapshot_of(text).view, "Task")
    assert drawn(tree) == "Task     one row deleted\n└─ Link  removed  from, to\n"


def test_a_long_chain_needs_no_recursion() -> None:
    models = ["model M0 {\n  id Int @id\n  next M1[]\n}\n"]
    length = 1500
    for number in range(1, length):
        models.append(
            f"model M{number} {{\n  id Int @id\n  up M{number - 1} @relation(fields: [upId], "
            f"references: [id], onDelete: Cascade)\n  upId Int\n"
            + (f"  next M{number + 1}[]\n" if number < length - 1 else "")
            + "}\n"
        )
    text = datasource() + "\n".join(models)
    tree = delete_tree(judge({"s.prisma": text}, NO_RULES).view, "M0")
    assert tree.removed_models == length - 1
    assert len(tree_text(tree, Look())) == length
    assert tree_as_json(tree)["removes"] == {"models": length - 1, "levels": length - 1}


def test_the_json_form_holds_the_whole_tree() -> None:
    value = tree_as_json(tree_of("Org"))
    assert value["clears"] == ["Badge.member"]
    assert value["resets"] == ["Seat.member"]
    assert value["unlinks"] == ["_OrgToTag"]
    assert value["refusals"] == [
        {
            "relation": "Invoice.org",
            "constraint": "invoice_org",
            "verdict": "blocked",
            "reason": "direct",
            "path": [],
            "explanation": "`Invoice.org` has `onDelete: Restrict`, and its rows refer to the "
            "deleted row itself.",
        },
        {
            "relation": "Member.org",
            "constraint": "Member_orgId_fkey",
            "verdict": "blocked",
            "reason": "checked-first",
            "path": [],
            "explanation": "`Member.org` has `onDelete: Restrict` by default, and PostgreSQL "
            "checks it before the cascade has removed the rows of `Member`.",
        },
    ]
    root = value["tree"]
    assert isinstance(root, dict)
    assert [child["effect"] for child in root["children"]] == [
        "refuses",
        "refuses",
        "removes",
        "unlinks",
    ]
    assert root["children"][3]["table"] == "_OrgToTag"


@pytest.mark.parametrize(
    "provider", ["postgresql", "mysql", "sqlite", "sqlserver", "cockroachdb", "mongodb"]
)
def test_trees_of_the_example_hold_every_model_once_and_fit_a_hover(provider: str) -> None:
    files = {path.name: path.read_text("utf-8") for path in sorted(ORCHARD.glob("*.prisma"))}
    files["schema.prisma"] = datasource(provider)
    view = judge(files, NO_RULES).view
    for name in view.model_names():
        tree = delete_tree(view, name)
        removed = [
            twig.subject
            for twig in all_twigs(tree.trunk)
            if twig.effect == "removes" and twig.key is not None and not twig.key.is_self_relation
        ]
        assert sorted(removed) == sorted(tree.outcome.deleted_models)
        assert tree.removed_models == len(removed)
        assert len(tree_text(tree, Look(), 8)) <= 8
        assert sum(twig.is_refusal for twig in all_twigs(tree.trunk)) == len(tree.refusals)


@pytest.mark.parametrize("provider", ["postgresql", "sqlite"])
def test_a_required_column_that_would_be_cleared_refuses_the_delete(provider: str) -> None:
    schema = datasource(provider) + (
        "model Author {\n  id Int @id\n  books Book[]\n}\n"
        "model Book {\n  id Int @id\n  authorId Int\n  author Author "
        "@relation(fields: [authorId], references: [id], onDelete: SetNull)\n}\n"
    )
    tree = delete_tree(snapshot_of(schema).view, "Author")
    assert not tree.clears
    assert [(str(edge.key), edge.verdict) for edge in tree.refusals] == [("Book.author", "blocked")]
    text = delete_report(tree, Look())
    assert "its columns cannot be NULL" in text
    assert "fkey" not in text
