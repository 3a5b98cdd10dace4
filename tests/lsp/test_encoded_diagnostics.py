"""The JSON that is kept from edit to edit is what encoding everything anew would give."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from referee.engine.session import Session
from referee.features.diagnostics import Diagnostic, diagnostics_of
from referee.lsp.client import DEFAULT_ENCODING, Client
from referee.lsp.encoded_diagnostics import SEVERITY_NUMBERS, EncodedDiagnostics
from referee.rules.catalogue import ALL_RULES
from referee.rules.settings import RuleSettings
from referee.text.edits import TextEdit
from referee.text.lines import LineIndex, units_from_column

CLIENT = Client(takes_related=True, takes_diagnostic_data=True, tags=frozenset({1}))

DATASOURCE = 'datasource db {\n  provider = "postgresql"\n}\n'
ONE = """\
model User {
  id    Int    @id
  posts Post[]
  team  Team?  @relation(fields: [teamId], references: [id], onDelete: Cascade)
  teamId Int?
}

model Post {
  id       Int  @id
  author   User @relation(fields: [authorId], references: [id], onDelete: Cascade)
  authorId Int // 😀
  /* ä😀 */ editor User @relation("e", fields: [editorId], references: [id])
  editorId Int
}
"""
TWO = """\
model Team {
  id    Int    @id
  users User[]
  owner User @relation("owns", fields: [ownerId], references: [id], onDelete: Cascade)
  ownerId Int
}
"""
PIECES = [
    "\n", "\r\n", "}", "model X {\n", "  @@index([authorId])\n",
    "  // referee-ignore unindexed-foreign-key: no\n",
    "x", " ", "/*", "*/", "// use prisma-8\n", "😀", "model Post {\n  id Int @id\n}\n", '"',
    "@@index([teamId])",
    "// referee-ignore-file missing\n",
    "} /* c */ model Near {\n  name Nothing\n",
]  # fmt: skip


def uri_of(path: str) -> str:
    return f"file:///{path}"


@pytest.mark.parametrize("seed", range(10))
def test_random_edits_leave_what_encoding_anew_gives(seed: int) -> None:
    choose = random.Random(seed)
    session = Session()
    on_one_line = ONE.replace("}\n\nmodel", "} /* c */ model")
    session.put("a.prisma", DATASOURCE + (on_one_line if seed % 2 else ONE))
    session.put("b.prisma", TWO)
    encoded = EncodedDiagnostics(CLIENT, uri_of)
    undo: list[tuple[str, str]] = []
    for step in range(60):
        path = choose.choice(["a.prisma", "a.prisma", "b.prisma"])
        source = session.source(path)
        if source is None:
            session.put(path, TWO)
        elif choose.random() < 0.35 and undo:
            session.put(*undo.pop())
        elif choose.random() < 0.03 and path == "b.prisma":
            session.remove(path)
        else:
            undo.append((path, source.text))
            start = choose.randint(0, len(source.text))
            end = min(len(source.text), start + choose.choice([0, 0, 0, 1, 30]))
            new = "".join(choose.choices(PIECES, k=choose.choice([0, 1, 1, 2])))
            session.edit(path, TextEdit(start, end, new))
            changed = session.source(path)
            assert changed is not None
            encoded.layout(changed, path)
        if choose.random() < 0.7:
            assert_like_scratch(encoded, session, step)


@pytest.mark.parametrize(
    "behind",
    [
        " /* c */ model B {\n  name Nothing\n}\n",
        " /* c */ modl B {\n  name String\n}\n",
        " /* c */ modl B {\n} /* d */ model C {\n  x Nothing\n} /* e */ model D {\n}\n",
        " /* c\n */ model B {\n  name Nothing\n}\n",
    ],
)
def test_what_stands_behind_a_gap_on_the_line_of_an_edit_moves_with_it(behind: str) -> None:
    session = Session(RuleSettings(severities={rule.code: "on" for rule in ALL_RULES}))
    text = f"{DATASOURCE}model A {{\n  id Int @id\n}}{behind}"
    session.put("a.prisma", text)
    encoded = EncodedDiagnostics(CLIENT, uri_of)
    assert_like_scratch(encoded, session, "before")
    at = text.index(f"}}{behind}")
    session.edit("a.prisma", TextEdit(at, at, "    "))
    assert_like_scratch(encoded, session, "wider")
    session.edit("a.prisma", TextEdit(at, at + 4, "\n"))
    assert_like_scratch(encoded, session, "longer")


def test_a_provider_is_judged_while_it_is_typed() -> None:
    session = Session()
    session.put("a.prisma", DATASOURCE)
    encoded = EncodedDiagnostics(CLIENT, uri_of)
    assert_like_scratch(encoded, session, "before")
    at = DATASOURCE.index("greSQL".lower())
    session.edit("a.prisma", TextEdit(at, at + 1, ""))
    assert_like_scratch(encoded, session, "mistyped")
    assert b"did you mean `postgresql`?" in b"".join(encoded.json("a.prisma"))
    session.edit("a.prisma", TextEdit(0, 0, "\n\n"))
    assert_like_scratch(encoded, session, "moved")
    session.edit("a.prisma", TextEdit(at + 2, at + 2, "g"))
    assert_like_scratch(encoded, session, "mended")
    assert b"".join(encoded.json("a.prisma")) == b"[]"


def assert_like_scratch(encoded: EncodedDiagnostics, session: Session, when: object) -> None:
    snapshot = session.snapshot()
    encoded.update(snapshot)
    for path, source in snapshot.sources.items():
        sent = json.loads(b"".join(encoded.json(path)))
        scratch = [as_sent(one, session) for one in diagnostics_of(snapshot, path)]
        assert sorted(map(flat, sent)) == sorted(map(flat, scratch)), (when, source.text)


def test_the_revision_of_a_file_changes_with_what_is_told_about_it_only() -> None:
    session = Session()
    session.put("a.prisma", DATASOURCE + ONE)
    session.put("b.prisma", TWO)
    encoded = EncodedDiagnostics(CLIENT, uri_of)
    encoded.update(session.snapshot())
    before = encoded.revision("a.prisma"), encoded.revision("b.prisma")
    at = (DATASOURCE + ONE).index("authorId Int")
    session.edit("a.prisma", TextEdit(at, at, " "))
    encoded.update(session.snapshot())
    assert (encoded.revision("a.prisma"), encoded.revision("b.prisma")) == before
    session.edit("a.prisma", TextEdit(0, 0, "\n"))
    encoded.update(session.snapshot())
    assert encoded.revision("a.prisma") > before[0]
    assert encoded.revision("b.prisma") == before[1]


def flat(diagnostic: dict[str, Any]) -> str:
    return json.dumps(diagnostic, sort_keys=True)


def as_sent(diagnostic: Diagnostic, session: Session) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "range": span_of(session, diagnostic.path, diagnostic.span),
        "severity": SEVERITY_NUMBERS[diagnostic.severity],
        "code": diagnostic.code,
        "source": "referee",
        "message": diagnostic.message,
    }
    if diagnostic.tags:
        sent["tags"] = [1]
    if diagnostic.related:
        sent["relatedInformation"] = [
            {
                "location": {
                    "uri": uri_of(each.path),
                    "range": span_of(session, each.path, each.span),
                },
                "message": each.message,
            }
            for each in diagnostic.related
        ]
    data: dict[str, Any] = {"family": diagnostic.family}
    if diagnostic.model is not None:
        data["model"] = diagnostic.model
    if diagnostic.fields:
        data["fields"] = list(diagnostic.fields)
    sent["data"] = data
    return sent


def span_of(session: Session, path: str, span: tuple[int, int]) -> dict[str, Any]:
    source = session.source(path)
    assert source is not None
    index = LineIndex(source.text)
    ends = []
    for offset in span:
        line, column = index.position(offset)
        units = units_from_column(index.line(line), column, DEFAULT_ENCODING)
        ends.append({"line": line, "character": units})
    return {"start": ends[0], "end": ends[1]}
