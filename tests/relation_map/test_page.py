"""The page that `referee graph --format html` writes, in a real browser, as a person uses it."""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from referee.cli.main import main
from referee.features.delete_tree import delete_tree
from referee.features.relation_graph import delete_json
from tests.relation_map.browser import GRAPH, Browser
from tests.relation_map.conftest import ORCHARD
from tests.support.judging import snapshot_of

SVG = "{http://www.w3.org/2000/svg}"


def printed(*words: str) -> str:
    """Return what the command line prints about the example schema."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        main([*words, str(ORCHARD)])
    return out.getvalue()


def graph_of_command() -> Any:
    return json.loads(printed("graph", "--format", "json"))


@pytest.fixture
def page(browser: Browser, orchard_page: Path) -> Browser:
    browser.open(orchard_page)
    browser.wait_for_map()
    return browser


# --- What the page is allowed ---------------------------------------------------------------------


def test_the_page_asks_for_nothing_and_breaks_no_rule_of_its_policy(page: Browser) -> None:
    page.search("Task")
    page.choose(".filter", "any")
    page.press("Escape")
    page.use_scheme("dark")
    page.download("[data-export=svg]")
    assert page.noted() == []


def test_a_script_that_the_page_did_not_bring_is_refused(page: Browser) -> None:
    page.evaluate(
        "() => { const script = document.createElement('script'); "
        "script.textContent = 'window.ran = true'; document.body.append(script); }"
    )
    assert page.evaluate("() => window.ran === true") is False
    assert any("refused: script-src" in each for each in page.noted())


def test_names_of_a_schema_are_shown_as_they_are(browser: Browser, tmp_path: Path) -> None:
    hostile = "</script><img src=x onerror='window.ran = true'>"
    source = tmp_path / "schema.prisma"
    source.write_text(
        'datasource db {\n  provider = "postgresql"\n}\n'
        f'model User {{\n  id Int @id\n  @@map("{hostile}")\n}}\n'
    )
    path = tmp_path / "map.html"
    assert main(["graph", str(source), "--format", "html", "-o", str(path)]) == 0
    browser.open(path)
    browser.wait_for_map()
    browser.search("User")
    assert hostile in browser.text(".side")
    assert browser.evaluate("() => window.ran === true") is False
    assert browser.noted() == []


# --- The picture ----------------------------------------------------------------------------------


def test_every_model_and_every_key_is_drawn(page: Browser) -> None:
    graph = graph_of_command()
    assert page.models_with("node") == {each["name"] for each in graph["models"]}
    drawn = page.evaluate(
        f"() => {GRAPH}.edges().map((each) => [each.data('name'), each.data('source'), "
        "each.data('target'), each.data('action')])"
    )
    keys = [
        [each["name"], each["from"]["model"], each["to"]["model"], each["onDelete"]["action"]]
        for each in graph["relations"]
    ]
    joins = [
        [each["table"], each["from"]["model"], each["to"]["model"], "Join"]
        for each in graph["joinTables"]
    ]
    assert sorted(drawn) == sorted(keys + joins)


@pytest.mark.parametrize("name", ["orchard_page", "large_page"])
def test_no_two_models_and_no_two_frames_overlap(
    browser: Browser, name: str, request: pytest.FixtureRequest
) -> None:
    browser.open(request.getfixturevalue(name))
    browser.wait_for_map()
    boxes = browser.evaluate(
        f"() => {GRAPH}.nodes().map((each) => {{ const box = each.boundingBox("
        "{includeLabels: false, includeOverlays: false}); "
        "return [each.id(), each.data('parent') ?? null, box.x1, box.y1, box.x2, box.y2]; })"
    )
    frames = [each for each in boxes if each[1] is None]
    models = [each for each in boxes if each[1] is not None]
    assert len(models) >= 147
    assert len(frames) > 10
    for same in (frames, models):
        for number, one in enumerate(same):
            for other in same[:number]:
                is_apart = (
                    one[2] >= other[4] or other[2] >= one[4] or one[3] >= other[5]
                    or other[3] >= one[5]
                )  # fmt: skip
                assert is_apart, (one[0], other[0])


def test_keys_look_different_even_without_colours(page: Browser) -> None:
    looks = page.evaluate(
        f"() => {GRAPH}.edges().map((each) => [each.data('action'), each.style('line-style') + "
        "each.style('line-dash-pattern') + each.style('target-arrow-shape')])"
    )
    by_action = dict(looks)
    assert set(by_action) == {"Cascade", "Restrict", "SetNull", "SetDefault", "Join"}
    assert len(set(by_action.values())) == len(by_action)


def test_findings_are_marked_by_the_worst_of_each_model(page: Browser) -> None:
    found = json.loads(printed("check", "--format", "json"))["findings"]
    order = ["error", "warning", "information", "hint"]
    worst: dict[str, str] = {}
    for each in found:
        named = [each["model"]] if each.get("model") else []
        for model in (*named, *each.get("models", ())):
            known = worst.get(model, "hint")
            worst[model] = min(known, each["severity"], key=order.index)
    assert Counter(worst.values())["warning"] > 20
    for severity in order:
        marked = page.models_with(f'node[severity = "{severity}"]')
        assert marked == {model for model, what in worst.items() if what == severity}


# --- A delete -------------------------------------------------------------------------------------


def test_choosing_a_model_shows_what_the_command_line_says(page: Browser) -> None:
    schema = sorted((ORCHARD / "prisma" / "schema").glob("*.prisma"))
    view = snapshot_of({path.as_posix(): path.read_text() for path in schema}).view
    names = [each["name"] for each in graph_of_command()["models"]]
    trees = {name: json.loads(json.dumps(delete_json(delete_tree(view, name)))) for name in names}
    # All that are refused or reset something, and every fourth of the others.
    models = [
        name
        for number, name in enumerate(names)
        if number % 4 == 0 or trees[name]["refusals"] or trees[name]["resets"]
    ]
    shown = page.evaluate(
        """async (models) => {
          const root = document.querySelector("#relation-map");
          const found = {};
          for (const model of models) {
            GRAPH.getElementById(model).emit("tap");
            while (root.dataset.deleted !== model) {
              await new Promise((next) => setTimeout(next));
            }
            const count = (effect) =>
              Number(document.querySelector(`.tile[data-effect=${effect}]`)?.dataset.count ?? 0);
            found[model] = {
              summary: document.querySelector(".summary").textContent,
              removes: count("removes"),
              clears: count("clears"),
              resets: count("resets"),
              refusals: count("refuses"),
              explanations: [...document.querySelectorAll(".refusals li")].map(
                (each) => each.children[1].textContent),
              tree: [...document.querySelectorAll(".tree li[data-effect]")].map(
                (each) => [each.dataset.effect, each.dataset.subject]),
              removed: GRAPH.nodes(".removes").map((each) => each.id()),
            };
          }
          return found;
        }""".replace("GRAPH", GRAPH),
        models,
    )
    seen: Counter[str] = Counter()
    for number, model in enumerate(models):
        told = trees[model]
        if number % 10 == 0:
            # What the command prints is this very value.
            assert told == json.loads(printed("graph", "--delete", model, "--format", "json"))
        rows = tree_rows(told["tree"])
        assert shown[model] == {
            "summary": told["summary"].replace("`", ""),
            "removes": told["removes"]["models"],
            "clears": len(told["clears"]),
            "resets": len(told["resets"]),
            "refusals": len(told["refusals"]),
            "explanations": [
                each["explanation"].replace("`", "")
                for each in sorted(told["refusals"], key=lambda each: place_of(each, told["tree"]))
            ],
            "tree": rows[:200],
            "removed": shown[model]["removed"],
        }
        refusing = {subject for effect, subject in rows if "refuse" in effect}
        removed = {subject for effect, subject in rows if effect == "removes"}
        assert set(shown[model]["removed"]) == removed - refusing - {model}
        seen.update(effect for effect, _ in rows)
    assert {"removes", "clears", "unlinks", "refuses"} <= set(seen)


def tree_rows(tree: Any) -> list[list[str]]:
    """Return effect and subject of each row of a tree, from the top."""
    rows: list[list[str]] = []
    work = list(reversed(tree["children"]))
    while work:
        twig = work.pop()
        rows.append([twig["effect"], twig["model"] if "model" in twig else twig["table"]])
        work += reversed(twig["children"])
    return rows


def place_of(refusal: Any, tree: Any) -> int:
    """Return at which row of a tree a relation refuses."""
    place = 0
    work = [tree]
    while work:
        twig = work.pop()
        if "refuse" in twig["effect"] and twig["relation"] == refusal["relation"]:
            return place
        place += 1
        work += reversed(twig["children"])
    raise AssertionError(refusal)


def test_what_has_nothing_to_do_with_a_delete_steps_back(page: Browser) -> None:
    page.search("Task")
    faded = page.models_with(".faded")
    assert {"Task", "TaskComment", "PlanStep", "Project"}.isdisjoint(faded)
    assert len(faded) > 100
    page.press("Escape")
    assert page.models_with(".faded") == set()
    assert page.models_with(".selected") == set()


def test_a_link_to_the_page_may_name_a_model(browser: Browser, orchard_page: Path) -> None:
    browser.open(orchard_page, fragment="Invoice")
    browser.wait_for_delete("Invoice")
    assert browser.text(".side h2") == "Invoice"


def test_the_model_of_delete_is_chosen_from_the_start(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    words = ["graph", str(ORCHARD), "--format", "html", "--delete", "Task", "-o", str(path)]
    assert main(words) == 0
    browser.open(path)
    browser.wait_for_delete("Task")
    assert browser.models_with(".selected") == {"Task"}


# --- Search and filter ----------------------------------------------------------------------------


def test_the_search_lists_names_that_begin_so_first_and_marks_all(page: Browser) -> None:
    page.press("/")
    page.type("task")
    listed = page.text(".search ul").split("\n")
    assert listed[0] == "Task"
    assert listed[1].startswith("Task")
    names = {each["name"] for each in graph_of_command()["models"]}
    assert page.models_with(".found") == {name for name in names if "task" in name.lower()}
    page.press("ArrowDown", "Enter")
    page.wait_for_delete(listed[1])
    assert page.models_with(".found") == set()


def test_the_search_says_when_there_is_nothing(page: Browser) -> None:
    page.press("/")
    page.type("qqqq")
    assert "No model is called that" in page.text(".search ul")
    page.press("Enter", "Escape")
    assert page.evaluate("() => document.querySelector('.search ul').hidden") is True
    assert page.models_with(".selected") == set()


def test_the_filter_leaves_the_models_of_one_rule(page: Browser) -> None:
    found = json.loads(
        printed("check", "--format", "json", "--select", "partly-indexed-foreign-key")
    )["findings"]
    assert len(found) == 3
    page.choose(".filter", "code partly-indexed-foreign-key")
    names = {each["name"] for each in graph_of_command()["models"]}
    meant = {each["model"] for each in found}
    assert names - page.models_with(".faded") == meant
    assert "3 findings" in page.text(".side")
    marked = page.evaluate(f"() => {GRAPH}.edges('.foul').map((each) => each.data('source'))")
    assert set(marked) == meant
    page.choose(".filter", "")
    assert page.models_with(".faded") == set()


# --- Export ---------------------------------------------------------------------------------------


def test_the_picture_is_exported_as_svg(page: Browser) -> None:
    name, text = page.download("[data-export=svg]")
    assert name == "relations.svg"
    root = ElementTree.fromstring(text)
    assert root.tag == f"{SVG}svg"
    words = {each.text for each in root.iter(f"{SVG}text")}
    graph = graph_of_command()
    assert {each["name"] for each in graph["models"]} <= words
    titles = {each.text for each in root.iter(f"{SVG}title")}
    assert {each["name"] for each in graph["relations"]} <= titles
    assert list(root.iter(f"{SVG}script")) == []
    assert "NaN" not in text
    assert "undefined" not in text
    left, top, width, height = map(float, root.attrib["viewBox"].split())
    for each in root.iter(f"{SVG}text"):
        assert left <= float(each.attrib["x"]) <= left + width
        assert top <= float(each.attrib["y"]) <= top + height


def test_the_picture_of_a_delete_keeps_its_colours(page: Browser) -> None:
    page.search("Task")
    name, text = page.download("[data-export=svg]")
    assert name == "deleting-Task.svg"
    colour = page.evaluate(f"() => {GRAPH}.getElementById('TaskComment').style('border-color')")
    assert text.count(f'stroke="{colour}" stroke-width="2"') >= 7
    assert ElementTree.fromstring(text).tag == f"{SVG}svg"


def test_mermaid_is_that_of_the_command_line(page: Browser) -> None:
    name, text = page.download("[data-export=mermaid]")
    assert name == "relations.mmd"
    assert text == printed("graph", "--format", "mermaid")
    for model in ("Task", "Country", "BillingPlan"):
        page.search(model)
        name, text = page.download("[data-export=mermaid]")
        assert name == f"deleting-{model}.mmd"
        assert text == printed("graph", "--format", "mermaid", "--delete", model)


# --- Keyboard -------------------------------------------------------------------------------------


def test_everything_is_reached_with_the_tab_key_and_has_a_name(page: Browser) -> None:
    reached = []
    for _ in range(12):
        page.press("Tab")
        reached.append(
            page.evaluate(
                "() => { const at = document.activeElement; const style = getComputedStyle(at); "
                "const ring = getComputedStyle(at, '::after'); "
                "return [at.getAttribute('aria-label') ?? at.innerText, "
                "style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 || "
                "ring.borderTopStyle === 'solid' && parseFloat(ring.borderTopWidth) >= 2]; }"
            )
        )
    names = [name for name, _ in reached]
    assert names[0].startswith("Search models")
    assert names[1].startswith("Show models with")
    assert "Zoom in (+)" in names
    assert "Save as Mermaid" in names
    assert any(name.startswith("Map of the relations") for name in names)
    assert all(name.strip() for name in names)
    assert all(is_seen for _, is_seen in reached), reached


def test_arrows_walk_from_model_to_model(page: Browser) -> None:
    page.search("Task")
    before = page.positions()
    page.press("ArrowRight")
    page.until("() => document.querySelector('.side h2').innerText !== 'Task'")
    here = page.text(".side h2")
    assert before[here][0] > before["Task"][0]
    page.wait_for_delete(here)
    page.press("ArrowLeft")
    page.until("(last) => document.querySelector('.side h2').innerText !== last", here)
    assert before[page.text(".side h2")][0] < before[here][0]


def test_what_is_shown_is_said_to_those_who_do_not_see_it(page: Browser) -> None:
    page.search("Task")
    spoken = page.evaluate("() => document.querySelector('[aria-live]').textContent")
    assert spoken == (
        "Deleting a row of Task removes rows of 7 other models and sets 4 keys to NULL."
    )


def test_plus_minus_and_zero_change_the_distance(page: Browser) -> None:
    page.search("Task")
    zoom = f"() => {GRAPH}.zoom()"
    page.press("0")
    whole = page.evaluate(zoom)
    page.press("+", "+")
    assert page.evaluate(zoom) > 1.5 * whole
    page.press("-")
    assert page.evaluate(zoom) < 1.5 * whole
    page.press("0")
    assert page.evaluate(zoom) == pytest.approx(whole)


# --- Colours --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_told_from_the_background(
    browser: Browser, orchard_page: Path, scheme: str
) -> None:
    browser.open(orchard_page, scheme=scheme)
    browser.wait_for_map()
    colours = browser.evaluate(
        """() => {
          const probe = document.createElement("i");
          document.body.append(probe);
          const read = (name) => {
            probe.style.color = `var(--map-${name})`;
            return getComputedStyle(probe).color.match(/\\d+/g).slice(0, 3).map(Number);
          };
          const names = ["background", "foreground", "muted", "link", "side", "frame", "node",
            "cascade", "restrict", "no-action", "set-null", "set-default", "join",
            "error", "warning", "information", "hint"];
          return Object.fromEntries(names.map((name) => [name, read(name)]));
        }"""
    )
    is_dark = sum(colours["background"]) < 200
    assert is_dark == (scheme == "dark")
    # The ratios of WCAG 2: 4.5 for words, 3 for lines and marks.
    for words in ("foreground", "muted", "link", "cascade", "restrict", "set-null"):
        for below in ("background", "side"):
            assert contrast(colours[words], colours[below]) >= 4.5, (words, below)
    assert contrast(colours["foreground"], colours["node"]) >= 4.5
    for line in ("no-action", "set-default", "join", "error", "warning", "information", "hint"):
        for below in ("background", "frame", "node"):
            assert contrast(colours[line], colours[below]) >= 3, (line, below)


def contrast(one: list[int], other: list[int]) -> float:
    """Return the contrast ratio of two colours, as WCAG 2 defines it."""

    def luminance(colour: list[int]) -> float:
        parts = [each / 255 for each in colour]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_picture_follows_the_scheme_of_the_system(page: Browser) -> None:
    colour = f"() => {GRAPH}.getElementById('Task').style('color')"
    before = page.evaluate(colour)
    page.use_scheme("dark")
    page.until(f"(before) => {GRAPH}.getElementById('Task').style('color') !== before", before)
    page.use_scheme("light")
    page.until(f"(before) => {GRAPH}.getElementById('Task').style('color') === before", before)


def test_the_name_of_each_button_holds_the_words_on_it(page: Browser) -> None:
    shown = page.evaluate(
        """() => [...document.querySelectorAll("button")].map((each) => [
          each.innerText.trim(), each.getAttribute("aria-label") ?? each.innerText.trim(),
        ])"""
    )
    assert len(shown) > 6
    # As WCAG 2 wants it (2.5.3), so that whoever speaks says what is to be seen.
    assert [(text, name) for text, name in shown if text.lower() not in name.lower()] == []
