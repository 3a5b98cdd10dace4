"""A report as Markdown and as a page: well-formed, whole, and closed to what a schema may hold."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from referee.features.whole_report.as_html import STYLE, report_as_html
from referee.features.whole_report.as_markdown import report_as_markdown
from referee.features.whole_report.picture import pictures_of
from referee.features.whole_report.values import SchemaReport, WholeReport
from tests.features.test_whole_report import BLOG, INITIAL, SECOND, report_of

HOSTILE = BLOG.replace(
    "  id Int @id\n}",
    '  id Int @id\n  price Float @map("</td><script>alert(1)</script>|*a*_b_`c`")\n}',
)
VOID = frozenset(["meta", "br", "!doctype", "rect", "path"])


def whole(*schemas: SchemaReport) -> WholeReport:
    return WholeReport("2026-01-01 00:00 UTC", "Referee 1", "referee report", schemas)


def whole_of(text: str = BLOG) -> WholeReport:
    return whole(report_of(text, {"1_initial": INITIAL, "2_more": SECOND}))


def page_of(report: WholeReport) -> str:
    return report_as_html(report, (files("referee.features") / "assets" / STYLE).read_text("utf-8"))


class _Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.targets: set[str] = set()
        self.tags: Counter[str] = Counter()
        self.inline_styles = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        named = dict(attrs)
        self.inline_styles += "style" in named or any(name.startswith("on") for name in named)
        if named.get("id"):
            self.ids[named["id"] or ""] += 1
        if tag == "a" and named.get("href"):
            self.targets.add(named["href"] or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open.pop() == tag


def read_page(page: str) -> _Balance:
    reader = _Balance()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("text", [BLOG, HOSTILE])
def test_tables_of_markdown_keep_their_columns(text: str) -> None:
    written = report_as_markdown(whole_of(text))
    rows = cells = 0
    widths: list[int] = []
    for token in MarkdownIt("commonmark").enable("table").parse(written):
        assert token.type != "html_block"
        if token.type == "tr_open":
            cells = 0
        elif token.type in ("td_open", "th_open"):
            cells += 1
        elif token.type == "tr_close":
            rows += 1
            widths.append(cells)
        elif token.type == "table_close":
            assert len(set(widths)) == 1
            widths = []
    # No line that begins as a row of a table was read as anything else.
    lines = [line for line in written.splitlines() if line.startswith("| ")]
    assert rows == sum(not line.startswith("| --- ") for line in lines)


def test_markdown_holds_no_html_and_every_entry_of_its_contents_leads_somewhere() -> None:
    written = report_as_markdown(whole_of(HOSTILE))
    tokens = MarkdownIt("commonmark").enable("table").parse(written)
    inline = [child for token in tokens for child in token.children or ()]
    assert not any(child.type == "html_inline" for child in inline)
    headings = re.findall(r"^## (.*)$", written, re.MULTILINE)
    entries = re.findall(r"^- \[(.*)\]\(#([\w-]+)\)$", written, re.MULTILINE)
    assert [title for title, _ in entries] == headings


def test_what_holds_names_the_rules_that_looked() -> None:
    written = report_as_markdown(whole_of())
    assert "- ✅ No relation is there twice. (`duplicate-relation`)\n" in written
    page = page_of(whole_of())
    assert '<span class="looked"><code>duplicate-relation</code></span>' in page


def test_long_lists_of_markdown_say_how_many_more_there_are() -> None:
    models = "".join(
        f"model M{n} {{\n  id Int @id\n  user User @relation(fields: [userId], references: [id])\n"
        "  userId Int\n}\n"
        for n in range(40)
    )
    backs = "".join(f"  m{n} M{n}[]\n" for n in range(40))
    written = report_as_markdown(
        whole(report_of(f"model User {{\n  id Int @id\n{backs}}}\n{models}"))
    )
    assert "… and 10 more rows." in written
    assert "  - … and 32 more" in written
    assert "the HTML and JSON forms of this report have them all." in written
    assert "Long lists" not in report_as_markdown(whole(report_of(BLOG)))


def test_several_schemas_become_parts_with_headings_of_their_own() -> None:
    one = report_of(BLOG)
    written = report_as_markdown(whole(one, one))
    assert written.count("## `schema.prisma`") == 2
    assert written.count("- [`schema.prisma`](#schemaprisma): ") == 2
    assert "### Recommendations" in written
    page = read_page(page_of(whole(one, one)))
    assert set(page.ids.values()) == {1}


@pytest.mark.parametrize("text", [BLOG, HOSTILE])
def test_the_page_is_balanced_and_its_contents_lead_to_its_sections(text: str) -> None:
    page = read_page(page_of(whole_of(text)))
    assert page.targets == {f"#{id}" for id in page.ids}
    assert page.tags["script"] == 1
    assert page.inline_styles == 0


def test_the_page_allows_its_own_style_and_script_alone() -> None:
    page = page_of(whole_of())
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    allowed = [b64encode(sha256(text.encode()).digest()).decode() for text in (script, style)]
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{allowed[0]}'; style-src 'sha256-{allowed[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"(?:src|href)=\"(?!#)", page)


def test_the_picture_is_svg_that_shows_every_model_with_a_relation() -> None:
    ((title, svg),) = pictures_of(report_of(BLOG).picture)
    drawn = ElementTree.fromstring(svg)
    names = {each.text for each in drawn.iter("text")}
    assert (title, names) == ("around User", {"User", "Profile", "Post", "Tag"})
    assert len(list(drawn.iter("path"))) == 3


def test_models_of_a_picture_never_overlap() -> None:
    ((_, svg),) = pictures_of(report_of(BLOG).picture)
    boxes = [
        tuple(float(each.get(key, "")) for key in ("x", "y", "width", "height"))
        for each in ElementTree.fromstring(svg).iter("rect")
    ]
    for number, (x, y, width, height) in enumerate(boxes):
        for other_x, other_y, other_width, other_height in boxes[number + 1 :]:
            assert (
                x + width <= other_x
                or other_x + other_width <= x
                or y + height <= other_y
                or other_y + other_height <= y
            )
