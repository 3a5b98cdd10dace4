"""What an edit costs does not follow the size of the schema, counted in lines of Python that run.

What grows inside single operations, such as a dictionary that is copied, is seen by
`tests/lsp/test_work_of_a_keystroke.py`, which measures the memory that a keystroke needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

import pytest

from referee.engine.session import Session
from referee.features.hover_declarations import about_enum, about_enum_value
from referee.lsp.client import Client
from referee.lsp.encoded_diagnostics import EncodedDiagnostics
from referee.rules.blocked_delete import RULE as BLOCKED_DELETE
from referee.rules.catalogue import ALL_RULES
from referee.rules.settings import DEFAULT_SETTINGS
from referee.schema.facts import ModelFacts
from referee.text.edits import TextEdit
from tests.bench.places import places_in
from tests.bench.schemas import schema
from tests.fuzz.growth import assert_grows_linearly, lines_run
from tests.rules.test_cost_of_graph_rules import chain
from tests.rules.test_cost_of_graph_rules import schema as schema_of_edges
from tests.support.views import view_of

PATH = "schema.prisma"
ACTIONS = ("Cascade", "Cascade", "NoAction", "SetNull", "SetDefault", "Restrict")
SMALL, LARGE = 100, 800
# Eight times the models; what follows the schema would run about eight times as many lines.
MOST = 2.5
SILENCE = """
model Silenced {
  id Int @id
  // referee-ignore unindexed-foreign-key: few rows
  note Int
}
"""


def a_key(text: str) -> TextEdit:
    at = text.index("@relation(", text.rindex("\n  r", 0, len(text) // 2))
    return TextEdit(at, at + len("@relation("), "@(")


def areas(models: int) -> str:
    """Return areas of five models each, with cascades and refusals, that do not know each other."""
    edges = [(1, 0, "Cascade"), (2, 1, "Cascade"), (3, 2, "Restrict"), (3, 0, "Cascade")]
    edges += [(4, 3, "NoAction"), (4, 2, "Cascade")]
    return schema_of_edges(
        "postgresql",
        models,
        [
            (first + child, first + parent, action)
            for first in range(0, models, 5)
            for child, parent, action in edges
        ],
    )


def a_scalar_field(text: str) -> TextEdit:
    at = text.index(" Boolean", len(text) // 2)
    return TextEdit(at, at + len(" Boolean"), " Boo(ean")


def a_space(text: str) -> TextEdit:
    at = text.index("@id", len(text) // 2)
    return TextEdit(at, at, " ")


def an_index(text: str) -> TextEdit:
    start = text.index(f"model {places_in(text).model} {{")
    at = text.index("])", text.index("@@index([", start))
    return TextEdit(at, at, "x")


def undone(edit: TextEdit, text: str) -> TextEdit:
    return TextEdit(edit.start, edit.start + len(edit.new_text), text[edit.start : edit.end])


def cost_of_there_and_back(text: str, make: Callable[[str], TextEdit]) -> int:
    """Return how many lines run to make an edit and to take it back, each published."""
    session = Session()
    session.put(PATH, text)
    encoded = EncodedDiagnostics(Client(), lambda path: path)
    edit = make(text)

    def publish() -> None:
        encoded.update(session.snapshot())
        b"".join(encoded.json(PATH))

    def there_and_back() -> None:
        for each in (edit, undone(edit, text)):
            session.edit(PATH, each)
            publish()

    publish()
    there_and_back()
    return lines_run(there_and_back)


# One comment in every model: in half of them there is something to silence, in the others not.
NOTES = {"used": "unindexed-foreign-key", "unused": "missing-id", "of a code unknown": "missing-it"}


def annotated(code: str) -> Callable[[int], str]:
    """Return what writes models with keys, each with a comment about the key."""

    def written(models: int) -> str:
        return re.sub(
            r"(\n)(?=[^\n]* @relation\(\"?[^\n]*fields:)",
            f"\n  // referee-ignore {code}: known\n",
            areas(models),
        )

    return written


@pytest.mark.parametrize("code", NOTES.values(), ids=NOTES)
@pytest.mark.parametrize("make", [a_key, a_space], ids=["a key", "a space"])
def test_an_edit_costs_no_more_where_every_model_has_a_comment(
    make: Callable[[str], TextEdit], code: str
) -> None:
    written = annotated(code)
    assert written(SMALL).count("referee-ignore") >= SMALL
    small, large = (cost_of_there_and_back(written(size), make) for size in (SMALL, LARGE))
    assert large <= MOST * small, (small, large)


@pytest.mark.parametrize(
    "line",
    [
        "  x ??? @@@ ((\n",
        "  x ??? @@@ ((\r\n",
        "  x{n} Int // referee-ignore missing-id: no\n",
        "  // referee-ignore unindexed-foreign-key: few\n"
        '  r{n} One? @relation("{n}", fields: [k{n}], references: [id])\n  k{n} Int?\n',
    ],
    ids=["broken lines", "broken lines that end with CRLF", "unused comments", "used comments"],
)
def test_what_is_told_about_one_model_costs_by_its_lines(line: str) -> None:
    def cost(size: int) -> Callable[[], object]:
        lines = "".join(line.replace("{n}", str(number)) for number in range(size))
        one = "".join(f'  r{number} Many[] @relation("{number}")\n' for number in range(size))
        text = f"model Many {{\n  id Int @id\n{lines}}}\nmodel One {{\n  id Int @id\n"
        text += (one if "One?" in line else "") + "}\n"
        session = Session()
        session.put(PATH, 'datasource db {\n  provider = "postgresql"\n}\n' + text)
        snapshot = session.snapshot()
        encoded = EncodedDiagnostics(Client(), lambda path: path)

        def publish() -> None:
            encoded.update(snapshot)
            is_silent = b"".join(encoded.json(PATH)) == b"[]"
            assert is_silent is ("One?" in line)

        return publish

    assert_grows_linearly(cost, 120)


@pytest.mark.parametrize("silence", ["", SILENCE], ids=["without silences", "with a silence"])
@pytest.mark.parametrize(
    ("written", "make"), [(areas, a_key), (schema, a_scalar_field), (schema, an_index)]
)
def test_an_edit_in_a_large_schema_costs_what_it_costs_in_a_small_one(
    written: Callable[[int], str], make: Callable[[str], TextEdit], silence: str
) -> None:
    small, large = (
        cost_of_there_and_back(written(size) + silence, make) for size in (SMALL, LARGE)
    )
    assert large <= MOST * small, (small, large)


def test_a_hover_on_an_enum_costs_by_the_fields_of_its_type() -> None:
    kind = "\nenum Kind {\n  ONE\n}\n\nmodel Kept {\n  id Int @id\n  kind Kind @default(ONE)\n}\n"

    def cost(models: int) -> int:
        session = Session()
        session.put(PATH, areas(models) + kind)
        view = session.snapshot().view
        enum = view.enum("Kind")
        assert enum is not None
        parts = [*about_enum(enum, view), *about_enum_value(enum, enum.values[0], view)]
        assert sum("Kept.kind" in str(part) for part in parts) == 2
        return lines_run(lambda: list(about_enum(enum, view)))

    assert cost(LARGE) == cost(SMALL)


def graph_of(choose: Random, provider: str) -> str:
    size = choose.randint(2, 8)
    actions = ["Cascade", "Cascade", "NoAction", "SetNull", "Restrict"]
    edges = [
        (choose.randrange(size), choose.randrange(size), choose.choice(actions))
        for _ in range(choose.randint(1, 12))
    ]
    return schema_of_edges(provider, size, edges)


@pytest.mark.parametrize("provider", ["postgresql", "sqlite", "mysql", "sqlserver", "mongodb"])
def test_a_rule_asked_model_by_model_finds_what_it_finds_in_the_whole_graph(provider: str) -> None:
    choose = Random(provider)
    found = 0
    for _ in range(40):
        view = view_of(graph_of(choose, provider))
        models = [each for each in view.declarations.values() if isinstance(each, ModelFacts)]
        for rule in (rule for rule in ALL_RULES if rule.judges_parts(view.database)):
            if rule.check_part is None:
                whole = list(rule.check(None, view, DEFAULT_SETTINGS))
                parts = [f for each in models for f in rule.check(each, view, DEFAULT_SETTINGS)]
                assert sorted(map(repr, parts)) == sorted(map(repr, whole))
                found += len(whole)
    assert found


@pytest.mark.parametrize("provider", ["postgresql", "sqlite", "mysql", "sqlserver", "mongodb"])
def test_keys_that_change_their_action_their_parent_or_a_mark_leave_what_a_fresh_look_finds(
    provider: str,
) -> None:
    choose = Random(provider)
    session = Session(paranoid=True)
    found: set[str] = set()
    for _ in range(6):
        session.put(PATH, graph_of(choose, provider))
        for _ in range(12):
            source = session.source(PATH)
            assert source is not None
            session.put(PATH, with_a_change(choose, source.text))
            found.update(finding.code for finding in session.snapshot().findings())
    assert provider == "sqlserver" or "blocked-delete" in found
    assert provider != "sqlserver" or "multiple-cascade-paths" in found
    assert provider not in ("sqlserver", "mongodb") or "referential-action-cycle" in found


def with_a_change(choose: Random, text: str) -> str:
    """Return a schema in which one relation, column, index or place of a model is another."""
    blocks = text.split("\n\n")
    models = [number for number, block in enumerate(blocks) if block.startswith("model ")]
    match choose.randrange(6):
        case 0:
            pattern, new = r"onDelete: \w+", f"onDelete: {choose.choice(ACTIONS)}"
        case 1:
            pattern, new = r"(?m) M\d+(?= @relation)", f" M{choose.randrange(len(models))}"
        case 2:
            pattern, new = r"(?m)(?<=Int)\??$", choose.choice(["?", " @unique", " @default(1)", ""])
        case 3:
            pattern, new = r"\n}", f"\n  @@unique([id, k{choose.randrange(6)}])\n}}"
        case 4:
            pattern, new = r"onUpdate: \w+", f"onUpdate: {choose.choice(ACTIONS)}"
        case _:
            here, there = choose.choice(models), choose.choice(models)
            blocks[here], blocks[there] = blocks[there], blocks[here]
            return "\n\n".join(blocks)
    places = [each.span() for each in re.finditer(pattern, text)]
    start, end = choose.choice(places or [(0, 0)])
    return text[:start] + new * bool(places) + text[end:]


@pytest.mark.parametrize("provider", ["postgresql", "sqlserver", "mysql"])
def test_rings_that_open_and_close_under_edits_are_those_of_a_fresh_look(provider: str) -> None:
    choose = Random(provider)
    size = 6
    edges = [(child, (child + 1) % size, "NoAction") for child in range(size)]
    edges += [(child, (child + 2) % size, "Cascade") for child in range(size)]
    session = Session(paranoid=True)
    session.put(PATH, schema_of_edges(provider, size, edges))
    rings = {session.snapshot().view.keys_on_rings()}
    for _ in range(40):
        source = session.source(PATH)
        assert source is not None
        lines = source.text.split("\n")
        number = choose.choice([n for n, line in enumerate(lines) if "fields:" in line])
        is_out = lines[number].startswith("//")
        lines[number] = lines[number].removeprefix("//") if is_out else f"//{lines[number]}"
        session.put(PATH, "\n".join(lines))
        rings.add(session.snapshot().view.keys_on_rings())
    assert () in rings
    assert len(rings) > 10


def straight(provider: str, size: int) -> str:
    """Return a deep cascade, each step of which is refused by a second key."""
    refusal = "NoAction" if provider == "sqlserver" else "Restrict"
    edges = [(child, child - 1, "Cascade") for child in range(1, size)]
    edges += [(child, child - 1, refusal) for child in range(2, size)]
    return schema_of_edges(provider, size, edges)


@pytest.mark.parametrize("provider", ["postgresql", "sqlite", "mysql"])
@pytest.mark.parametrize("make", [chain, straight])
def test_a_deep_cascade_costs_by_its_length(make: Callable[[str, int], str], provider: str) -> None:
    def cost(size: int) -> Callable[[], object]:
        view = view_of(make(provider, size))
        return lambda: list(BLOCKED_DELETE.check(None, view, DEFAULT_SETTINGS))

    assert_grows_linearly(cost, 160)


def test_a_hub_costs_by_the_number_of_its_relations() -> None:
    def cost(size: int) -> Callable[[], object]:
        edges = [(child, 0, "Restrict") for child in range(1, size)]
        text = schema_of_edges("postgresql", size, edges)
        return lambda: view_of(text)

    assert_grows_linearly(cost, 50)


def test_many_indexes_of_one_model_cost_by_their_number() -> None:
    rule = next(rule for rule in ALL_RULES if rule.code == "redundant-index")

    def cost(size: int) -> Callable[[], object]:
        fields = "".join(f"  f{n} Int\n" for n in range(size))
        indexes = "".join(f"  @@index([f{n}])\n  @@index([f{n}, id])\n" for n in range(size))
        text = f"model Wide {{\n  id Int @id\n{fields}{indexes}}}\n"
        view = view_of('datasource db {\n  provider = "postgresql"\n}\n' + text)
        model = view.model("Wide")
        return lambda: list(rule.check(model, view, DEFAULT_SETTINGS))

    assert_grows_linearly(cost, 40)
