"""The map inside an editor: real answers of the server go in, and the map follows the edits.

The page is the one that the extension makes, with a stand-in for the part of VS Code that carries
messages between the two.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.lsp.editor import Editor
from tests.project.folders import write
from tests.relation_map.browser import GRAPH, ROOT, Browser

ASSETS = ROOT / "server" / "referee" / "features" / "assets"
SCHEMA = """\
datasource db {
  provider = "postgresql"
}

model Org {
  id    Int    @id
  teams Team[]
  bills Bill[]
}

model Team {
  id    Int    @id
  org   Org    @relation(fields: [orgId], references: [id], onDelete: Cascade)
  orgId Int
  seats Seat[]

  @@index([orgId])
}

model Seat {
  id     Int   @id
  team   Team? @relation(fields: [teamId], references: [id], onDelete: SetNull)
  teamId Int?
}

model Bill {
  id    Int @id
  org   Org @relation(fields: [orgId], references: [id])
  orgId Int
}
"""
PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
script-src 'nonce-abc'; style-src 'nonce-abc'; img-src data:; base-uri 'none'; form-action 'none'">
<link rel="stylesheet" nonce="abc" href="{style}">
</head>
<body class="vscode-dark">
<div id="relation-map"></div>
<script nonce="abc" src="{script}"></script>
</body>
</html>
"""
BESIDE = """
  window.said = [];
  window.acquireVsCodeApi = () => ({ postMessage: (message) => window.said.push(message) });
"""


class Panel:
    """A panel of an editor: it carries messages between the page and the server."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser = browser
        self.editor = Editor(folder)
        self.uri = self.editor.open(folder / "schema.prisma")
        self.answer: Any = None

    def tell(self, message: object) -> None:
        """Say something to the page, as the extension does."""
        self.browser.evaluate(
            "(message) => dispatchEvent(new MessageEvent('message', { data: message }))", message
        )

    def tell_map(self) -> None:
        """Ask the server for the map as it is now, and hand it on."""
        document = {"textDocument": {"uri": self.uri}}
        self.answer = self.editor.ask("referee/relationMap", document)
        self.tell({"type": "map", "title": self.answer["title"], "map": self.answer["map"]})

    def answer_deletes(self) -> list[str]:
        """Answer what the page has asked about deletes, and return the models."""
        asked = [each["model"] for each in self.said("delete")]
        for model in asked:
            params = {"textDocument": {"uri": self.uri}, "model": model}
            found = self.editor.ask("referee/relationMapDelete", params)
            self.tell({"type": "delete", "model": model, "delete": found})
        return asked

    def said(self, kind: str) -> list[Any]:
        """Return what the page has said of a kind, once."""
        said: list[Any] = self.browser.evaluate(
            "(kind) => { const found = said.filter((each) => each.type === kind);"
            " said = said.filter((each) => each.type !== kind); return found; }",
            kind,
        )
        return said

    def choose(self, model: str) -> None:
        self.browser.press("/")
        self.browser.type(model)
        self.browser.press("Enter")
        assert self.answer_deletes() == [model]
        self.browser.wait_for_delete(model)

    def edit(self, old: str, new: str) -> None:
        """Edit the text, and let the map follow."""
        assert old in self.text
        self.text = self.text.replace(old, new)
        self.editor.change(self.uri, {"text": self.text})
        self.tell_map()

    text = SCHEMA


@pytest.fixture
def panel(browser: Browser, tmp_path: Path) -> Panel:
    write(tmp_path, {"package.json": "{}", "schema.prisma": SCHEMA})
    page = tmp_path / "page.html"
    script, style = (ASSETS / f"relation-map.{kind}" for kind in ("js", "css"))
    page.write_text(PAGE.format(script=script.as_uri(), style=style.as_uri()))
    browser.open(page, before=BESIDE)
    opened = Panel(browser, tmp_path)
    assert opened.said("ready") == [{"type": "ready"}]
    opened.tell_map()
    browser.wait_for_map()
    return opened


def test_the_page_keeps_the_policy_of_the_extension(panel: Panel) -> None:
    panel.choose("Org")
    problems = [each for each in panel.browser.noted() if not each.startswith("request: file:")]
    assert problems == []


def test_an_edit_keeps_what_is_chosen_and_where_everything_stands(panel: Panel) -> None:
    browser = panel.browser
    panel.choose("Team")
    browser.press("+")
    before = browser.positions()
    view = browser.evaluate(f"() => [{GRAPH}.zoom(), {GRAPH}.pan()]")
    panel.edit("onDelete: SetNull", "onDelete: Cascade")
    assert panel.answer_deletes() == ["Team"]
    browser.until("() => document.querySelector('.tile[data-effect=removes]') !== null")
    assert browser.models_with(".selected") == {"Team"}
    assert browser.models_with(".removes") == {"Seat"}
    assert browser.text(".summary") == "Deleting a row of Team removes rows of 1 other model."
    assert browser.positions() == before
    assert browser.evaluate(f"() => [{GRAPH}.zoom(), {GRAPH}.pan()]") == view


def test_a_new_model_joins_its_neighbours_and_moves_nobody(panel: Panel) -> None:
    browser = panel.browser
    before = browser.positions()
    panel.edit(
        "model Bill {\n  id    Int @id\n",
        "model Line {\n  id     Int  @id\n"
        "  bill   Bill @relation(fields: [billId], references: [id], onDelete: Cascade)\n"
        "  billId Int\n}\n\nmodel Bill {\n  id    Int @id\n  lines Line[]\n",
    )
    after = browser.positions()
    assert set(after) == {*before, "Line"}
    assert {name: after[name] for name in before} == before
    frames = browser.evaluate(
        f"() => Object.fromEntries({GRAPH}.nodes('[!isFrame]').map("
        "(each) => [each.id(), each.data('parent')]))"
    )
    assert frames["Line"] == frames["Bill"]
    assert all(after["Line"] != place for place in before.values())
    panel.choose("Bill")
    assert browser.models_with(".removes") == {"Line"}


def test_a_model_that_is_gone_is_let_go(panel: Panel) -> None:
    browser = panel.browser
    panel.choose("Seat")
    start = SCHEMA.index("model Seat")
    panel.edit(SCHEMA[start : SCHEMA.index("model Bill")], "")
    assert browser.models_with("node") == {"Org", "Team", "Bill"}
    assert browser.models_with(".selected") == set()
    assert browser.text(".side h2") == "Relations"


def test_a_name_that_changes_and_changes_back_finds_its_relations_again(panel: Panel) -> None:
    browser = panel.browser
    panel.edit("Team", "Crew")
    assert "Crew" in browser.models_with("node")
    panel.edit("Crew", "Team")
    assert browser.models_with("node") == {"Org", "Team", "Seat", "Bill"}
    edges = browser.evaluate(f"() => {GRAPH}.edges().map((each) => each.data('name'))")
    assert sorted(edges) == ["Bill.org", "Seat.team", "Team.org"]


def test_a_schema_that_is_emptied_and_filled_again_is_drawn_again(panel: Panel) -> None:
    browser = panel.browser
    panel.choose("Org")
    panel.text = "\n"
    panel.editor.change(panel.uri, {"text": "\n"})
    panel.tell_map()
    assert browser.models_with("node") == set()
    panel.edit("\n", SCHEMA)
    assert browser.models_with("node") == {"Org", "Team", "Seat", "Bill"}
    assert browser.evaluate(f"() => {GRAPH}.edges().length") == 3


def test_a_schema_that_is_mostly_new_is_arranged_anew(panel: Panel) -> None:
    browser = panel.browser
    many = "".join(
        f"model New{number} {{\n  id Int @id\n"
        "  org Org @relation(fields: [orgId], references: [id])\n  orgId Int\n}\n"
        for number in range(8)
    )
    backs = "".join(f"  new{number} New{number}[]\n" for number in range(8))
    panel.edit("  bills Bill[]\n}\n", f"  bills Bill[]\n{backs}}}\n{many}")
    places = browser.positions()
    assert len(places) == 12
    # An arrangement puts parents to the left of their children.
    assert all(places["Org"][0] < places[f"New{number}"][0] for number in range(8))


def test_findings_and_the_filter_follow_edits(panel: Panel) -> None:
    browser = panel.browser
    browser.choose(".filter", "code unindexed-foreign-key")
    assert shown(browser) == {"Seat", "Bill"}
    panel.edit("  orgId Int\n}", "  orgId Int\n\n  @@index([orgId])\n}")
    assert shown(browser) == {"Seat"}
    panel.edit("  teamId Int?\n}", "  teamId Int?\n\n  @@index([teamId])\n}")
    # No finding of the rule is left, so that there is nothing to filter by.
    assert shown(browser) == {"Org", "Team", "Seat", "Bill"}


def test_enter_and_links_open_the_source(panel: Panel) -> None:
    panel.choose("Team")
    panel.browser.press("Enter")
    panel.browser.click(".side .place")
    (model,) = [each for each in panel.answer["map"]["models"] if each["name"] == "Team"]
    assert panel.said("open") == [{"type": "open", "at": model["at"]}] * 2
    _, line, column = model["at"]
    assert SCHEMA.split("\n")[line][column:] == "Team {"


def test_the_editor_may_choose_a_model(panel: Panel) -> None:
    panel.tell({"type": "select", "model": "Org"})
    assert panel.answer_deletes() == ["Org"]
    panel.browser.wait_for_delete("Org")
    panel.tell({"type": "select", "model": "Nobody"})
    assert panel.browser.models_with(".selected") == {"Org"}


def test_files_are_saved_by_the_editor(panel: Panel) -> None:
    panel.browser.click("[data-export=mermaid]")
    panel.browser.click("[data-export=svg]")
    mermaid, svg = panel.said("save")
    assert mermaid["name"] == "relations.mmd"
    assert mermaid["text"].startswith("erDiagram\n")
    assert svg["name"] == "relations.svg"
    assert svg["text"].startswith("<svg ")


def test_the_colours_are_those_of_the_editor(panel: Panel) -> None:
    colour = f"() => {GRAPH}.getElementById('Org').style('color')"
    panel.browser.evaluate(
        "() => { document.documentElement.style.setProperty("
        "'--vscode-editor-foreground', 'rgb(1, 200, 3)'); }"
    )
    panel.browser.until(f"() => ({colour})() === 'rgb(1,200,3)'")


def shown(browser: Browser) -> set[str]:
    """Return the models that do not step back."""
    return browser.models_with("node") - browser.models_with(".faded")
