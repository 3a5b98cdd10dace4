"""The map as one page: nothing in a schema can leave its place, and nothing foreign can run."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

from referee.features.diagnostics import all_diagnostics
from referee.features.relation_map_page import map_page
from tests.support.judging import snapshot_of

SCRIPT, STYLE = "console.log('the map')", "body { color: red }"
HOSTILE = """\
model User {
  id Int @id
  posts Post[]
  @@map("</script><script>alert(1)</script><!--")
}

model Post {
  id       Int  @id
  author   User @relation(fields: [authorId], references: [id], map: "<img src=x>")
  authorId Int
}
"""


def page_of(text: str, title: str = "schema.prisma", selected: str | None = None) -> str:
    snapshot = snapshot_of(text)
    told = all_diagnostics(snapshot)
    return map_page(snapshot, told, title, script=SCRIPT, style=STYLE, selected=selected)


def contents(page: str) -> Any:
    (found,) = re.findall(
        r'<script type="application/json" id="relation-map-data">(.*?)</script>', page, re.DOTALL
    )
    return json.loads(found)


def test_only_the_script_and_the_style_sheet_of_the_page_are_let_through() -> None:
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page_of(HOSTILE))
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for kind, text in (("script-src", SCRIPT), ("style-src", STYLE)):
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert rules[kind] == f"'sha256-{digest}'"
    assert "unsafe" not in policy
    assert "http" not in policy


def test_names_cannot_end_the_element_that_they_stand_in() -> None:
    page = page_of(HOSTILE, title="<b>&\"'</b>.prisma")
    assert page.count("<script") == page.count("</script") == 2
    assert "<!--" not in page
    assert "<b>" not in page
    shown = contents(page)
    assert shown["title"] == "<b>&\"'</b>.prisma"
    assert shown["models"][0]["table"] == "</script><script>alert(1)</script><!--"
    assert shown["keys"][0]["constraint"] == "<img src=x>"


def test_the_page_knows_what_deleting_each_model_does() -> None:
    shown = contents(page_of(HOSTILE, selected="Post"))
    assert shown["selected"] == "Post"
    assert list(shown["deletes"]) == ["User", "Post"]
    words = shown["words"]
    assert words[shown["deletes"]["User"]["summary"]] == (
        "Deleting a row of `User` fails while rows of `Post` are in the way."
    )


def test_equal_schemas_have_equal_pages() -> None:
    assert page_of(HOSTILE) == page_of(HOSTILE)
