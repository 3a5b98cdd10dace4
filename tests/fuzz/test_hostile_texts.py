"""Texts that nobody writes: no crash, no quadratic time, and a clear finding."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from referee.engine.session import Session
from referee.features.diagnostics import Diagnostic, all_diagnostics
from referee.text.edits import TextEdit
from tests.bench.schemas import schema, schema_files
from tests.fuzz.growth import (
    MOST_GROWTH,
    MOST_GROWTH_OF_PAIRS,
    assert_grows_linearly,
    assert_time_grows_linearly,
)
from tests.fuzz.test_random_edits import real_schemas
from tests.support.judging import datasource

HEAD = datasource()
LONG_RUN = 2_000


def judged(text: str) -> tuple[Diagnostic, ...]:
    session = Session()
    session.put("schema.prisma", text)
    return all_diagnostics(session.snapshot())


def in_model(line: str) -> str:
    return f"{HEAD}model A {{\n  id Int @id\n{line}\n}}\n"


def repeated(unit: str) -> Callable[[int], str]:
    """Return a line in a model that repeats something up to n characters."""
    return lambda n: in_model("  a String " + unit * (n // len(unit)))


def models(line: Callable[[int, int], str]) -> Callable[[int], str]:
    """Return n models, each with lines made from its number and the number of models."""
    return lambda n: (
        HEAD + "".join(f"model M{i} {{\n  id Int @id\n{line(i, n)}\n}}\n" for i in range(n))
    )


def ring(i: int, n: int) -> str:
    """Return the lines of one model of a ring of n."""
    return (
        f"  next M{(i + 1) % n} @relation(fields: [nextId], references: [id], onDelete: Cascade)\n"
        f"  nextId Int\n  before M{(i - 1) % n}[]"
    )


def chain(i: int, n: int) -> str:
    """Return the lines of one model of a chain of n, in which a delete goes all the way down."""
    up = (
        f"  up M{i - 1} @relation(fields: [upId], references: [id], onDelete: Cascade)\n"
        "  upId Int\n"
        if i
        else ""
    )
    return up + (f"  down M{i + 1}[]" if i + 1 < n else "")


def tree(i: int, n: int) -> str:
    """Return the lines of one model of a binary tree of n."""
    up = (
        f"  up M{(i - 1) // 2} @relation(fields: [upId], references: [id], onDelete: Cascade)\n"
        "  upId Int\n"
        if i
        else ""
    )
    return up + "\n".join(f"  down{j} M{j}[]" for j in (2 * i + 1, 2 * i + 2) if j < n)


def star(n: int) -> str:
    """Return a model to which n others refer."""
    return (
        f"{HEAD}model Hub {{\n  id Int @id\n"
        + "".join(f"  m{i} M{i}[]\n" for i in range(n))
        + "}\n"
        + "".join(
            f"model M{i} {{\n  id Int @id\n  hubId Int\n"
            "  hub Hub @relation(fields: [hubId], references: [id], onDelete: Cascade)\n}\n"
            for i in range(n)
        )
    )


LINES: dict[str, Callable[[int], str]] = {
    "letters": repeated("x"),
    "spaces": repeated(" "),
    "digits": repeated("1"),
    "strange letters": repeated("é"),
    "wide characters": repeated("😀"),
    "opening brackets": repeated("["),
    "opening parentheses": repeated("("),
    "opening braces": repeated("{"),
    "closing braces": repeated("}"),
    "empty parentheses": repeated("()"),
    "at-signs": repeated("@"),
    "slashes": repeated("/"),
    "comment openings": repeated("/*"),
    "comments": repeated("/**/ "),
    "stars": repeated("*"),
    "quotes": repeated('"'),
    "backslashes": repeated("\\"),
    "commas": repeated(","),
    "question marks": repeated("?"),
    "colons": repeated("a:"),
    "dots": repeated("a."),
    "zero bytes": repeated("\x00"),
    "attributes": repeated("@a "),
    "calls": repeated("@a(b()) "),
    "a comment": lambda n: in_model("  a String // " + "x" * n),
    "a string": lambda n: in_model('  a String @default("' + "x" * n + '")'),
    "a string of escapes": lambda n: in_model('  a String @default("' + "\\n" * n + '")'),
    "an open string": lambda n: in_model('  a String @default("' + "x" * n),
    "an index of many columns": lambda n: in_model("  @@index([" + "id, " * (n // 4) + "id])"),
    "many arguments": lambda n: in_model("  a Int @x(" + "a: 1, " * (n // 6) + "b: 2)"),
    "nested arrays": lambda n: in_model("  a Int @default(" + "[" * n + "]" * n + ")"),
    "nested calls": lambda n: in_model("  a Int @default(" + "f(" * n + ")" * n + ")"),
    "nested objects": lambda n: in_model("  a Int @x(" + "{a:" * n + "1" + "}" * n + ")"),
    "a long header": lambda n: f"model {'A' * n} {{\n  id Int @id\n}}\n",
    "words before a header": lambda n: "model " * (n // 6) + "A {\n}\n",
    "spaces before a brace": lambda n: f"model A {' ' * n}{{\n  id Int @id\n}}\n",
    "comments in a header": lambda n: f"model A {'/* */' * (n // 5)} {{\n  id Int @id\n}}\n",
}
TEXTS: dict[str, Callable[[int], str]] = {
    "blank lines": lambda n: "\n" * n,
    "carriage returns": lambda n: "\r" * n,
    "blank lines in a model": lambda n: in_model("\n" * n),
    "open models": lambda n: "model A {\n" * n,
    "open models without braces": lambda n: "model A\n" * n,
    "closing braces": lambda n: "}\n" * n,
    "closing braces in a model": lambda n: in_model("}\n  a Int\n" * n),
    "comment openings": lambda n: "/*\n" * n,
    "comment openings in a model": lambda n: in_model("  /*\n" * n),
    "comments": lambda n: "/* a */\n" * n,
    "comments before a member": lambda n: in_model("  /* a\n */" * n + " a Int"),
    "comments behind members": lambda n: in_model("  a Int /*\n */ b Int\n" * n),
    "stray lines": lambda n: "hello there\n" * n,
    "unknown blocks": lambda n: "modle A {\n  id Int\n}\n" * n,
    "models of one name": lambda n: "model A {\n  id Int @id\n}\n" * n,
    "empty models": lambda n: "".join(f"model M{i} {{\n}}\n" for i in range(n)),
    "fields": lambda n: in_model("".join(f"  f{i} Int\n" for i in range(n))),
    "fields of one name": lambda n: in_model("  a Int\n" * n),
    "fields with defaults": lambda n: in_model(
        "".join(f"  f{i} Int @default(0)\n" for i in range(n))
    ),
    "broken fields": lambda n: in_model("  a Int @(\n" * n),
    "indexes of one model": lambda n: in_model(
        "".join(f"  f{i} Int\n  @@index([f{i}, id])\n" for i in range(n))
    ),
    "equal indexes of one model": lambda n: in_model("  @@index([id])\n" * n),
    "values of an enum": lambda n: "enum E {\n" + "".join(f"  V{i}\n" for i in range(n)) + "}\n",
    "datasources": lambda n: HEAD * n,
    "generators": lambda n: 'generator a {\n  provider = "x"\n}\n' * n,
    "settings": lambda n: "generator a {\n" + "  provider = 1\n" * n + "}\n",
    "silencing comments": lambda n: in_model("  // referee-ignore unindexed-foreign-key\n" * n),
    "silencing comments that name nothing": lambda n: in_model(
        "  // referee-ignore\n  a Int\n" * n
    ),
    "a ring": models(ring),
    "a chain": models(chain),
    "a tree": models(tree),
    "a star": star,
    "keys between two models": lambda n: (
        f"{HEAD}model A {{\n  id Int @id\n"
        + "".join(f'  b{i} B[] @relation("r{i}")\n' for i in range(n))
        + "}\nmodel B {\n  id Int @id\n"
        + "".join(
            f'  a{i} A @relation("r{i}", fields: [a{i}Id], references: [id])\n  a{i}Id Int\n'
            for i in range(n)
        )
        + "}\n"
    ),
    "relations of a model to itself": lambda n: in_model(
        "".join(
            f'  a{i} A? @relation("r{i}", fields: [k{i}], references: [id])\n  k{i} Int?\n'
            f'  b{i} A[] @relation("r{i}")\n'
            for i in range(n)
        )
    ),
    "join tables": models(
        lambda i, n: (
            f'  a M{(i + 1) % n}[] @relation("r{i}")\n'
            f'  b M{(i - 1) % n}[] @relation("r{(i - 1) % n}")'
        )
    ),
}


# Rules compare the indexes of one model, and the keys of one model, with one another.
PAIRS = frozenset(
    [
        "indexes of one model",
        "equal indexes of one model",
        "keys between two models",
        "relations of a model to itself",
    ]
)


def judging_of(name: str) -> Callable[[int], Callable[[], object]]:
    """Return what makes ready a text of some length, to be judged."""
    make = LINES.get(name) or TEXTS[name]

    def cost(n: int) -> Callable[[], object]:
        text = make(n)
        return lambda: judged(text)

    return cost


def typing_in(name: str) -> Callable[[int], Callable[[], object]]:
    """Return what makes ready a text of some length, to be typed into."""
    make = TEXTS[name]

    def cost(n: int) -> Callable[[], object]:
        session = Session()
        session.put("schema.prisma", make(n))
        session.snapshot()

        def type_ten_letters() -> None:
            for at in range(10):
                session.edit("schema.prisma", TextEdit(at, at, "x"))
                session.snapshot()

        return type_ten_letters

    return cost


def most_growth(name: str) -> float:
    return MOST_GROWTH_OF_PAIRS if name in PAIRS else MOST_GROWTH


TYPED_IN = ["open models", "comment openings", "stray lines", "fields"]


@pytest.mark.parametrize("name", LINES)
def test_a_line_costs_by_its_length(name: str) -> None:
    assert_grows_linearly(judging_of(name), 400)


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_costs_by_its_length(name: str) -> None:
    assert_grows_linearly(judging_of(name), 60, most_growth(name))


@pytest.mark.parametrize("name", TYPED_IN)
def test_typing_costs_by_the_length_of_the_text(name: str) -> None:
    assert_grows_linearly(typing_in(name), 60)


@pytest.mark.fuzz
def test_time_grows_with_the_length(fuzz_rounds: int) -> None:
    if fuzz_rounds < LONG_RUN:
        pytest.skip("looks at the clock, which only `make fuzz` does")
    for name in LINES:
        assert_time_grows_linearly(judging_of(name), 5_000)
    for name in TEXTS:
        assert_time_grows_linearly(judging_of(name), 60, most_growth(name))
    for name in TYPED_IN:
        assert_time_grows_linearly(typing_in(name), 60)


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["x", "[", "(", "/*", '"', "@a ", "}"])
def test_a_line_of_five_megabytes_costs_that_line_alone(unit: str) -> None:
    text = (
        in_model("  a String " + unit * (5_000_000 // len(unit)))
        + "model B {\n  id Int @id\n  cId Int\n"
        + "  c C @relation(fields: [cId], references: [id])\n}\n"
        + "model C {\n  id Int @id\n  bs B[]\n}\n"
    )
    found = judged(text)
    assert "unindexed-foreign-key" in {each.code for each in found}
    mistakes = [each for each in found if each.code == "syntax"]
    assert mistakes
    assert mistakes[0].range.start.line == HEAD.count("\n") + 2
    for each in found:
        assert len(each.message) < 1_000, "a message that nobody can read"


def test_nesting_that_is_too_deep_is_a_mistake_of_its_line() -> None:
    deep = "[" * 5_000 + "]" * 5_000
    (mistake,) = (
        each for each in judged(in_model(f"  a Int @default({deep})")) if each.code == "syntax"
    )
    assert "nested too deeply" in mistake.message


@pytest.mark.parametrize("character", ["\u2028", "\x1c", "\x85", "\x0b"])
def test_a_line_of_what_python_alone_calls_white_space_is_a_stray_line(character: str) -> None:
    (mistake,) = (each for each in judged(f"{HEAD}{character}") if each.code == "syntax")
    assert "belongs to no block" in mistake.message


@pytest.mark.fuzz
def test_random_bytes_are_judged(fuzz_rounds: int) -> None:
    chance = Random(1)
    session = Session(paranoid=True)
    for _ in range(5 * fuzz_rounds):
        raw = bytes(chance.choices(range(256), k=chance.randrange(400)))
        session.put("a.prisma", raw.decode(chance.choice(("latin-1", "utf-16-le")), "replace"))
        all_diagnostics(session.snapshot())


@pytest.mark.fuzz
def test_half_files_are_judged(fuzz_rounds: int) -> None:
    chance = Random(2)
    for _ in range(fuzz_rounds):
        files = chance.choice(real_schemas()[:25])
        session = Session(paranoid=True)
        for path, text in files.items():
            cut = chance.randint(0, len(text))
            session.put(path, text[cut:] if chance.random() < 0.5 else text[:cut])
        all_diagnostics(session.snapshot())


@pytest.mark.slow
def test_ten_thousand_models_are_judged_without_parsing_a_line_twice() -> None:
    text = schema(10_000)
    session = Session()
    session.put("schema.prisma", text)
    assert all_diagnostics(session.snapshot())
    assert session.work.blocks_lowered <= text.count("{\n")
    # A model by itself, and as a part of the graph.
    assert session.work.units_judged <= 2 * 10_000 + 100
    assert session.work.lines_parsed <= text.count("\n")


@pytest.mark.slow
def test_two_thousand_files_are_judged_and_one_edit_is_one_edit() -> None:
    files = schema_files(4_000, 2_000)
    session = Session()
    for path, text in files.items():
        session.put(path, text)
    session.snapshot()
    before = session.work.units_judged, session.work.lines_parsed
    path = "parts/part1000.prisma"
    at = files[path].index("  id")
    session.edit(path, TextEdit(at, at, " "))
    session.snapshot()
    assert (session.work.units_judged, session.work.lines_parsed) == (before[0], before[1] + 1)


def test_growth_is_noticed() -> None:
    def cost(n: int) -> Callable[[], object]:
        def compare_all_pairs() -> None:
            for one in range(n):
                for other in range(n):
                    assert one + other >= 0

        return compare_all_pairs

    with pytest.raises(AssertionError, match="times as many lines"):
        assert_grows_linearly(cost, 30)
