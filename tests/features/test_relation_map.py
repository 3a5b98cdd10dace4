"""What a map of the relations shows: groups, places, findings, and deletes without nesting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from referee.engine.snapshot import Snapshot
from referee.features.delete_tree import delete_tree, tree_as_json
from referee.features.diagnostics import all_diagnostics
from referee.features.relation_graph import graph_json, relation_graph
from referee.features.relation_map import Words, delete_on_map, relation_map
from referee.features.relation_map_groups import map_groups, neighbourhoods
from tests.bench.schemas import schema
from tests.support.judging import datasource, snapshot_of

ORCHARD = Path(__file__).parents[2] / "examples" / "orchard" / "prisma" / "schema"

BLOG = """\
model User {
  id    Int    @id
  posts Post[]
  tags  Tag[]
}

model Post {
  id       Int  @id
  author   User @relation(fields: [authorId], references: [id], onDelete: Cascade)
  authorId Int
}

model Tag {
  id    Int    @id
  users User[]
}

model Lonely {
  id Int @id
}
"""


def map_of(files: Mapping[str, str] | str) -> Any:
    snapshot = snapshot_of(files)
    return as_read(relation_map(snapshot, all_diagnostics(snapshot)))


def as_read(value: object) -> Any:
    return json.loads(json.dumps(value))


@pytest.fixture(scope="module")
def orchard() -> Snapshot:
    return snapshot_of({path.name: path.read_text() for path in sorted(ORCHARD.glob("*.prisma"))})


# --- The map ------------------------------------------------------------------------------------


def test_the_map_has_what_the_graph_has(orchard: Snapshot) -> None:
    shown = as_read(relation_map(orchard, all_diagnostics(orchard)))
    graph = as_read(graph_json(relation_graph(orchard)))
    assert [each["name"] for each in shown["models"]] == [each["name"] for each in graph["models"]]
    assert [
        (each["name"], each["to"], each["action"], each["isDefault"]) for each in shown["keys"]
    ] == [
        (
            each["name"],
            each["to"]["model"],
            each["onDelete"]["action"],
            each["onDelete"]["isDefault"],
        )
        for each in graph["relations"]
    ]
    assert [each["table"] for each in shown["joins"]] == [
        each["table"] for each in graph["joinTables"]
    ]
    assert shown["rings"] == graph["rings"]
    assert len(shown["models"]) == 147


def test_places_are_those_of_names_in_the_text(orchard: Snapshot) -> None:
    shown = as_read(relation_map(orchard, all_diagnostics(orchard)))
    lines = {path: source.text.splitlines() for path, source in orchard.sources.items()}
    assert shown["models"]
    assert shown["keys"]
    for each in shown["models"]:
        file, line, column = each["at"]
        assert lines[shown["files"][file]][line][column:].startswith(f"{each['name']} {{")
    for each in shown["keys"]:
        file, line, column = each["at"]
        assert lines[shown["files"][file]][line][column:].startswith(f"{each['field']} ")


def test_a_finding_marks_its_model_and_its_relation() -> None:
    shown = map_of(BLOG)
    (foul,) = [each for each in shown["fouls"] if each["code"] == "unindexed-foreign-key"]
    assert foul["models"] == ["Post"]
    assert foul["relation"] == "Post.author"
    assert foul["severity"] == "warning"
    assert foul["at"][1] == 8


def test_a_ring_marks_all_of_its_models() -> None:
    shown = map_of(
        "model A {\n  id Int @id\n  b B @relation(fields: [bId], references: [id])\n  bId Int\n"
        '  bs B[] @relation("back")\n}\n'
        'model B {\n  id Int @id\n  a A @relation("back", fields: [aId], references: [id])\n'
        "  aId Int\n  as A[]\n}\n"
    )
    (foul,) = [each for each in shown["fouls"] if each["code"] == "required-cycle"]
    assert sorted(foul["models"]) == ["A", "B"]


def test_what_is_wrong_with_a_file_alone_is_not_on_the_map() -> None:
    snapshot = snapshot_of(BLOG + "modle Broken {\n}\n")
    told = all_diagnostics(snapshot)
    assert "syntax" in {each.code for each in told}
    assert "syntax" not in {each["code"] for each in map_of(BLOG + "modle Broken {\n}\n")["fouls"]}


def test_a_schema_without_a_provider_has_a_map() -> None:
    shown = map_of({"schema.prisma": "// no datasource here\n" + BLOG})
    assert [each["name"] for each in shown["models"]] == ["User", "Post", "Tag", "Lonely"]


# --- Groups --------------------------------------------------------------------------------------


def test_files_are_groups(orchard: Snapshot) -> None:
    shown = as_read(relation_map(orchard, ()))
    titles = [each["title"] for each in shown["groups"]]
    assert titles == [
        path.name for path in sorted(ORCHARD.glob("*.prisma")) if "\nmodel " in path.read_text()
    ]
    files = [shown["files"][each["at"][0]] for each in shown["models"]]
    assert [titles[each["group"]] for each in shown["models"]] == files


def test_connected_models_of_one_file_are_a_group_and_lonely_ones_another() -> None:
    shown = map_of({"schema.prisma": datasource() + BLOG})
    assert shown["groups"] == [
        {"title": "around User", "isFile": False},
        {"title": "without relations", "isFile": False},
    ]
    assert [each["group"] for each in shown["models"]] == [0, 0, 0, 1]


@pytest.mark.parametrize("models", [60, 400])
def test_a_large_area_is_divided_into_parts_that_can_be_looked_at(models: int) -> None:
    graph = relation_graph(snapshot_of({"schema.prisma": schema(models)}))
    groups = map_groups(graph)
    names = [name for group in groups for name in group.models]
    assert sorted(names) == sorted(model.name for model in graph.models)
    assert len({group.title for group in groups}) == len(groups)
    connected = [group for group in groups if group.title != "without relations"]
    assert max(len(group.models) for group in connected) <= 20
    small = [group for group in connected if len(group.models) < 6]
    assert len(small) <= len(connected) / 4
    home = {name: group.title for group in groups for name in group.models}
    # A map is of use where relations that do not lead to a model everybody knows stay inside.
    near = [key for key in graph.keys if len(graph.view.keys_to(key.parent)) < 12]
    inside = sum(home[key.child] == home[key.parent] for key in near)
    assert inside > len(near) / 2


def test_equal_schemas_are_divided_equally() -> None:
    text = schema(200)
    one, other = (map_groups(relation_graph(snapshot_of({"a.prisma": text}))) for _ in range(2))
    assert one == other


def test_two_knots_that_hang_together_by_one_thread_are_two_parts() -> None:
    left = [f"L{number}" for number in range(12)]
    right = [f"R{number}" for number in range(12)]
    weights: dict[str, dict[str, float]] = {name: {} for name in (*left, *right)}

    def tie(one: str, other: str) -> None:
        weights[one][other] = weights[other][one] = 1.0

    for knot in (left, right):
        for number, name in enumerate(knot):
            for other in knot[:number]:
                tie(name, other)
    tie("L0", "R0")
    assert neighbourhoods((*left, *right), weights) == [tuple(left), tuple(right)]


# --- Deletes -------------------------------------------------------------------------------------


def test_every_delete_says_what_its_tree_says(orchard: Snapshot) -> None:
    words = Words()
    packed = {}
    for name in orchard.view.model_names():
        tree = delete_tree(orchard.view, name)
        plain = as_read(delete_on_map(tree, str))
        assert flat(as_read(tree_as_json(tree))) == plain, name
        packed[name] = (as_read(delete_on_map(tree, words.number)), plain)
    table = words.listed()
    assert len(table) == len(set(table))
    for numbered, plain in packed.values():
        assert with_words(numbered, table) == plain


def test_a_long_chain_of_cascades_is_no_deeper_than_a_short_one() -> None:
    chain = "".join(
        f"model M{number} {{\n  id Int @id\n  next M{number + 1}[]\n"
        + (
            f"  up M{number - 1} @relation(fields: [upId], references: [id], onDelete: Cascade)\n"
            "  upId Int\n"
            if number
            else ""
        )
        + "}\n"
        for number in range(1500)
    ).replace("  next M1500[]\n", "")
    snapshot = snapshot_of({"schema.prisma": datasource() + chain})
    found = json.loads(json.dumps(delete_on_map(delete_tree(snapshot.view, "M0"), str)))
    assert found["removes"] == 1499
    assert found["twigs"][1499][:3] == [1498, "removes", "M1499"]


def flat(tree: Any) -> Any:
    """Return what `referee graph --delete --format json` says in the form of a map."""
    twigs: list[list[Any]] = []
    refusing: dict[str, int] = {}
    work: list[tuple[int | None, Any]] = [(None, tree["tree"])]
    while work:
        parent, twig = work.pop()
        number = len(twigs)
        subject = twig["table"] if twig["effect"] == "unlinks" else twig["model"]
        twigs.append([parent, twig["effect"], subject, twig["relation"], twig["also"]])
        if "refuse" in twig["effect"]:
            refusing[twig["relation"]] = number
        work += [(number, each) for each in reversed(twig["children"])]
    refusals = [
        [
            refusing[each["relation"]],
            each["verdict"],
            each["reason"],
            each["constraint"],
            each["explanation"],
        ]
        for each in tree["refusals"]
    ]
    return {
        "root": tree["root"],
        "summary": tree["summary"],
        "removes": tree["removes"]["models"],
        "levels": tree["removes"]["levels"],
        "twigs": twigs,
        "refusals": sorted(refusals),
    }


def with_words(value: Any, table: list[str]) -> Any:
    """Put words in the place of their numbers."""
    return {
        "root": table[value["root"]],
        "summary": table[value["summary"]],
        "removes": value["removes"],
        "levels": value["levels"],
        "twigs": [
            [
                parent,
                table[effect],
                table[subject],
                word(key, table),
                [table[each] for each in also],
            ]
            for parent, effect, subject, key, also in value["twigs"]
        ],
        "refusals": [
            [twig, table[verdict], table[reason], word(constraint, table), table[why]]
            for twig, verdict, reason, constraint, why in value["refusals"]
        ],
    }


def word(number: int | None, table: list[str]) -> str | None:
    return None if number is None else table[number]
