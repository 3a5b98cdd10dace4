"""The relation graph: its groups, its summary and its four forms."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from referee.engine.session import judge
from referee.features.delete_tree import delete_tree
from referee.features.relation_graph import (
    delete_json,
    graph_dot,
    graph_json,
    graph_mermaid,
    graph_text,
    relation_graph,
    tree_dot,
    tree_mermaid,
)
from referee.features.report.paint import Look
from referee.rules.catalogue import ALL_FAMILIES
from referee.rules.settings import RuleSettings
from tests.support.judging import datasource, snapshot_of
from tests.support.needs import need

ORCHARD = Path(__file__).parents[2] / "examples" / "orchard" / "prisma" / "schema"
NO_RULES = RuleSettings(severities=dict.fromkeys(ALL_FAMILIES, "off"))

SCHEMA = """\
model User {
  id    Int    @id
  teams Team[]
  led   Team[]  @relation("leads")
  home  Team?   @relation("home", fields: [homeId], references: [id])
  homeId Int?
}

model Team {
  id       Int    @id
  users    User[]
  lead     User?  @relation("leads", fields: [leadId], references: [id], onDelete: SetNull)
  leadId   Int?
  parent   Team?  @relation("tree", fields: [parentId], references: [id], onDelete: NoAction)
  parentId Int?
  children Team[] @relation("tree")
  homes    User[] @relation("home")
  badge    Badge?
}

model Badge {
  id     Int  @id
  team   Team @relation(fields: [teamId], references: [id], onDelete: Cascade, map: "badge_team")
  teamId Int  @unique
}

model Setting {
  key String @id
}

model Order {
  id    Int    @id
  lines Line[]
  lost  Lost   @relation(fields: [lostId], references: [id])
}

model Line {
  id      Int   @id
  order   Order @relation(fields: [orderId], references: [id])
  orderId Int
}
"""
ONE_FILE = {"schema.prisma": datasource() + SCHEMA}


def orchard() -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted(ORCHARD.glob("*.prisma"))}


def test_one_file_is_grouped_by_what_is_connected() -> None:
    assert graph_text(relation_graph(snapshot_of(ONE_FILE)), Look()) == (
        "━━ around Team ━━ 3 models\n"
        "\n"
        "User  ← 1\n"
        "  home?   → Team   SetNull by default\n"
        "  teams   ↔ Team   _TeamToUser\n"
        "Team  ← 3\n"
        "  lead?   → User   SetNull\n"
        "  parent? → Team   NoAction\n"
        "  users   ↔ User   _TeamToUser\n"
        "Badge\n"
        "  team    → Team   Cascade\n"
        "\n"
        "━━ around Order ━━ 2 models\n"
        "\n"
        "Order  ← 1\n"
        "Line\n"
        "  order   → Order  Restrict by default\n"
        "\n"
        "━━ without relations ━━ 1 model\n"
        "\n"
        "Setting\n"
        "\n"
        "6 models, 5 foreign keys, 1 join table, 2 connected areas\n"
        "most referred to   Team (3), User (1), Order (1)\n"
        "go in a circle     `User` and `Team`\n"
        "without relations  `Setting`\n"
        "left out           `Order.lost`: `Lost` is not declared\n"
    )


def test_several_files_are_the_groups() -> None:
    files = {
        "a.prisma": "model A {\n  id Int @id\n  bs B[]\n}\n",
        "b.prisma": "model B {\n  id Int @id\n  a A @relation(fields: [aId], references: [id])\n"
        "  aId Int\n}\n",
        "c.prisma": datasource(),
    }
    graph = relation_graph(snapshot_of(files), lambda path: f"shown/{path}")
    assert [(group.title, group.models) for group in graph.groups] == [
        ("shown/a.prisma", ("A",)),
        ("shown/b.prisma", ("B",)),
    ]


def test_an_empty_schema_has_an_empty_graph() -> None:
    graph = relation_graph(snapshot_of({"a.prisma": datasource()}))
    assert graph_text(graph, Look()) == "0 models, 0 foreign keys\n"
    assert graph_mermaid(graph) == "erDiagram\n"


def test_colours_are_only_there_when_asked_for() -> None:
    graph = relation_graph(snapshot_of(ONE_FILE))
    assert "\x1b[" not in graph_text(graph, Look(width=80))
    painted = graph_text(graph, Look(has_colours=True))
    assert "\x1b[31mCascade\x1b[0m" in painted
    assert re.sub("\x1b\\[[0-9;]*m", "", painted) == graph_text(graph, Look())


def test_no_line_about_the_example_is_wider_than_a_terminal() -> None:
    text = graph_text(relation_graph(judge(orchard(), NO_RULES)), Look(width=100))
    assert max(len(line) for line in text.splitlines()) <= 100
    assert text.startswith("━━ agents.prisma ━")


def test_mermaid_draws_keys_with_their_shape() -> None:
    lines = graph_mermaid(relation_graph(snapshot_of(ONE_FILE))).splitlines()
    assert lines[0] == "erDiagram"
    assert '  "Team" |o--o{ "User" : "home: SetNull"' in lines
    assert '  "Team" ||--o| "Badge" : "team: Cascade"' in lines
    assert '  "Team" }o--o{ "User" : "_TeamToUser"' in lines


def test_mermaid_draws_a_delete_as_a_flowchart() -> None:
    schema = SCHEMA.replace("onDelete: Cascade, map", "onDelete: Restrict, map")
    tree = delete_tree(snapshot_of(schema).view, "Team")
    assert tree_mermaid(tree) == (
        "flowchart LR\n"
        '  n0["Team"]\n'
        '  n1["Badge: refuses: Restrict"]\n'
        '  n0 --x|"team"| n1\n'
        '  n2["Team: refuses: NoAction"]\n'
        '  n0 --x|"parent"| n2\n'
        '  n3["User: homeId to NULL"]\n'
        '  n0 -.->|"home"| n3\n'
        '  n4["_TeamToUser: links removed"]\n'
        "  n0 -.-> n4\n"
        "  classDef refusing stroke:#c0392b,stroke-width:2px\n"
        "  class n1,n2 refusing\n"
    )


def test_dot_draws_edges_from_child_to_parent() -> None:
    text = graph_dot(relation_graph(snapshot_of(ONE_FILE)))
    assert text.startswith("digraph relations {\n")
    assert text.endswith("}\n")
    assert '  "Badge" -> "Team" [label="team: Cascade", style=solid];\n' in text
    assert '  "User" -> "Team" [label="home: SetNull", style=dashed];\n' in text
    assert text.count("{") == text.count("}")


def test_names_with_quotes_cannot_break_a_picture() -> None:
    schema = "model A {\n  id Int @id\n  bs B[]\n}\nmodel B {\n  id Int @id\n  as A[]\n}\n"
    schema = schema.replace("bs B[]", 'bs B[] @relation("x\\"y")')
    schema = schema.replace("as A[]", 'as A[] @relation("x\\"y")')
    graph = relation_graph(snapshot_of(schema))
    assert 'label="_x\\"y"' in graph_dot(graph)
    assert '"_x#quot;y"' in graph_mermaid(graph)


@pytest.mark.parametrize("root", [None, "Workspace"])
def test_graphviz_takes_the_pictures_of_the_example(root: str | None) -> None:
    need("Graphviz", "install the package graphviz", shutil.which("dot") is not None)
    snapshot = judge(orchard(), NO_RULES)
    if root is None:
        picture = graph_dot(relation_graph(snapshot))
    else:
        picture = tree_dot(delete_tree(snapshot.view, root))
    drawn = subprocess.run(
        ["dot", "-Tcanon"], input=picture, capture_output=True, text=True, check=False
    )
    assert drawn.returncode == 0, drawn.stderr


def test_json_holds_every_relation_with_its_actions() -> None:
    value = graph_json(relation_graph(snapshot_of(ONE_FILE)))
    assert {name: value[name] for name in ("version", "kind", "provider", "relationMode")} == {
        "version": 1,
        "kind": "relations",
        "provider": "postgresql",
        "relationMode": "foreignKeys",
    }
    assert value["models"] == [
        {"name": "User", "table": "User", "file": None, "referredToBy": 1},
        {"name": "Team", "table": "Team", "file": None, "referredToBy": 3},
        {"name": "Badge", "table": "Badge", "file": None, "referredToBy": 0},
        {"name": "Setting", "table": "Setting", "file": None, "referredToBy": 0},
        {"name": "Order", "table": "Order", "file": None, "referredToBy": 1},
        {"name": "Line", "table": "Line", "file": None, "referredToBy": 0},
    ]
    relations = value["relations"]
    assert isinstance(relations, list)
    assert relations[3] == {
        "name": "Badge.team",
        "from": {"model": "Badge", "field": "team", "columns": ["teamId"]},
        "to": {"model": "Team", "field": "badge", "columns": ["id"]},
        "onDelete": {"action": "Cascade", "isDefault": False},
        "onUpdate": {"action": "Cascade", "isDefault": True},
        "isRequired": True,
        "isOneToOne": True,
        "constraint": "badge_team",
    }
    assert value["joinTables"] == [
        {
            "table": "_TeamToUser",
            "from": {"model": "Team", "field": "users"},
            "to": {"model": "User", "field": "teams"},
        }
    ]
    assert value["areas"] == [["User", "Team", "Badge"], ["Order", "Line"], ["Setting"]]
    assert value["rings"] == [["User", "Team"]]
    assert value["leftOut"] == [{"relation": "Order.lost", "reason": "`Lost` is not declared"}]


def test_every_key_of_the_documentation_is_in_the_json_and_the_other_way_round() -> None:
    page = (Path(__file__).parents[2] / "docs" / "graph.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    snapshot = snapshot_of(ONE_FILE)
    values = [graph_json(relation_graph(snapshot)), delete_json(delete_tree(snapshot.view, "Team"))]
    assert keys_of(json.loads(json.dumps(values))) == documented


def keys_of(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for each in value.values() for key in keys_of(each)}
    if isinstance(value, list):
        return {key for each in value for key in keys_of(each)}
    return set()
