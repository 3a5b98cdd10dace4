"""What the snippets write is a schema that Prisma takes and Referee has nothing against."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.judging import codes, datasource
from tests.support.official import OfficialValidator, require_official

FILE = Path(__file__).parents[2] / "vscode-client" / "snippets" / "prisma.json"
SNIPPETS: Mapping[str, Mapping[str, Any]] = json.loads(FILE.read_text("utf-8"))

# The rest of a schema in which what each snippet writes stands at `<|>`.
ALONE = "<|>"
IN_POST = "model Post {\n  id Int @id\n  name String\n  title String\n<|>\n}\n"
USER = "model User {\n  id Int @id\n  <other>\n}\n"
TEAM = "model Team {\n  id Int @id\n  members Membership[]\n}\n"
AROUND = {
    "Model": ALONE,
    "Model with a text key and timestamps": ALONE,
    "Enum": ALONE,
    "Relation to one": IN_POST + USER.replace("<other>", "posts Post[]"),
    "Optional relation to one": IN_POST + USER.replace("<other>", "posts Post[]"),
    "One-to-one relation": IN_POST + USER.replace("<other>", "post Post?"),
    "Other side of a relation": (
        "model User {\n  id Int @id\n<|>\n}\nmodel Post {\n  id Int @id\n  userId Int\n"
        "  user User @relation(fields: [userId], references: [id])\n  @@index([userId])\n}\n"
    ),
    "Relation to itself": "model Category {\n  id Int @id\n<|>\n}\n",
    "Join table": ALONE + "\n" + USER.replace("<other>", "teams Membership[]") + TEAM,
    "Index": IN_POST,
    "Index with a name": IN_POST,
    "Sorted index": IN_POST,
    "Unique index": IN_POST,
    "Key of several fields": IN_POST.replace(" @id", ""),
    "Silence Referee": IN_POST,
}
# Two tab stops that have the same name at first stand for different fields.
FIELDS = ("name", "title")


def expanded(body: list[str]) -> str:
    """Return what a snippet writes for whoever takes what it proposes everywhere."""
    text = "\n".join(body)
    proposed: dict[str, str] = {}
    for number, default, choices in re.findall(r"\$\{(\d+)(?::([^}]*)|\|([^,|]*)[^}]*)\}", text):
        proposed.setdefault(number, default or choices)
    fields = iter(FIELDS)
    for number, default in proposed.items():
        if default == "field":
            proposed[number] = next(fields)
    text = re.sub(r"\$\{(\d+)[^}]*\}", lambda found: proposed[found[1]], text)
    return text.replace("$0", "")


def schema_with(name: str) -> str:
    return AROUND[name].replace("<|>", expanded(SNIPPETS[name]["body"]))


def test_every_snippet_is_tried() -> None:
    assert AROUND.keys() == SNIPPETS.keys()


def test_prisma_takes_what_every_snippet_writes() -> None:
    require_official()
    head = datasource()
    with OfficialValidator() as validator:
        for name in SNIPPETS:
            said = validator.lint({"schema.prisma": head + schema_with(name)})
            assert [each.text for each in said] == [], name


@pytest.mark.parametrize("name", sorted(SNIPPETS.keys() - {"Silence Referee"}))
def test_referee_warns_of_nothing_that_a_snippet_writes(name: str) -> None:
    assert codes(schema_with(name)) == []
