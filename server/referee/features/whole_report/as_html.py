"""A report as one page that needs nothing else: contents, tables, folded lists and pictures.

The page lets nothing run but one script that opens what is folded before it is printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from referee.features.content_policy import allowed
from referee.features.whole_report.picture import pictures_of
from referee.features.whole_report.sections import (
    STATE_WORDS,
    Block,
    Drawings,
    Fold,
    Relations,
    Section,
    Statements,
    Steps,
    Table,
    Text,
    looked_words,
    sections_of,
    title_of,
    verdict_words,
)
from referee.features.whole_report.values import (
    Evidence,
    Recommendation,
    SchemaReport,
    Statement,
    WholeReport,
)

STYLE = "whole-report.css"
# Longer lists are folded.
_MOST_EVIDENCE = 6
_MOST_OPEN_ROWS = 30
_CODE = re.compile(r"`([^`\n]+)`")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")
# Folded parts are not printed by every browser, so they are opened for as long as it takes.
_SCRIPT = """
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details:not([open])")) {
    each.dataset.folded = "";
    each.open = true;
  }
});
addEventListener("afterprint", () => {
  for (const each of document.querySelectorAll("details[data-folded]")) {
    delete each.dataset.folded;
    each.open = false;
  }
});
"""


def report_as_html(report: WholeReport, style: str) -> str:
    """Return the report as a page; `style` is its style sheet."""
    title = title_of(report)
    policy = (
        f"default-src 'none'; script-src {allowed(_SCRIPT)}; style-src {allowed(style)}; "
        "base-uri 'none'; form-action 'none'"
    )
    lines = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title.replace('`', ''))}</title>",
        f"<style>{style}</style>",
        "</head>\n<body>",
        '<nav aria-label="Contents">',
        *_contents(report),
        "</nav>\n<main>",
        f"<h1>{prose(title)}</h1>",
    ]
    if len(report.schemas) > 1:
        lines += _schemas(report)
    for number, schema in enumerate(report.schemas):
        lines += _schema(number, schema, report)
    lines += ["</main>", f"<script>{_SCRIPT}</script>", "</body>\n</html>"]
    return "\n".join(lines) + "\n"


def prose(text: str) -> str:
    """Return a text with names in backticks as HTML: nothing but these is markup."""
    pieces = _CODE.split(text)
    written = [
        f"<code>{escape(piece)}</code>"
        if number % 2
        else _STRONG.sub(r"<strong>\1</strong>", escape(piece))
        for number, piece in enumerate(pieces)
    ]
    return "".join(written)


def _contents(report: WholeReport) -> Iterator[str]:
    yield "<ol>"
    is_one = len(report.schemas) == 1
    for number, schema in enumerate(report.schemas):
        if not is_one:
            yield f'<li><a href="#schema-{number}">{prose(f"`{schema.title}`")}</a><ol>'
        for section in sections_of(schema, report):
            yield f'<li><a href="#{_id(number, section)}">{prose(section.title)}</a></li>'
        if not is_one:
            yield "</ol></li>"
    yield "</ol>"


def _schemas(report: WholeReport) -> Iterator[str]:
    yield "<ul>"
    for number, schema in enumerate(report.schemas):
        link = f'<a href="#schema-{number}">{prose(f"`{schema.title}`")}</a>'
        yield f"<li>{link}: {prose(verdict_words(schema))}</li>"
    yield "</ul>"


def _id(number: int, section: Section) -> str:
    return section.id if number == 0 else f"{section.id}-{number}"


def _schema(number: int, schema: SchemaReport, report: WholeReport) -> Iterator[str]:
    if len(report.schemas) > 1:
        yield f'<h1 id="schema-{number}">{prose(f"`{schema.title}`")}</h1>'
    for section in sections_of(schema, report):
        yield f'<section id="{_id(number, section)}">'
        yield f"<h2>{prose(section.title)}</h2>"
        first, *others = section.blocks
        if section.id == "summary" and isinstance(first, Text):
            yield f'<p class="verdict {schema.verdict}">{prose(first.text)}</p>'
        else:
            yield from _block(first)
        for block in others:
            yield from _block(block)
        yield "</section>"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Text(text=text):
            yield f"<p>{prose(text)}</p>"
        case Table():
            yield from _table(block)
        case Statements(statements=statements):
            yield '<ul class="statements">'
            for statement in statements:
                yield from _statement(statement)
            yield "</ul>"
        case Steps(title=title, steps=steps):
            yield f"<h3>{prose(title)}</h3>"
            yield '<ol class="steps">'
            for step in steps:
                yield from _step(step)
            yield "</ol>"
        case Drawings(trees=trees):
            for title, lines in trees:
                drawn = escape("\n".join(lines))
                yield from _folded(prose(title), [f'<pre class="tree">{drawn}</pre>'])
        case Fold(title=title, blocks=blocks):
            inner = [line for each in blocks for line in _block(each)]
            yield from _folded(prose(title), inner)
        case Relations(picture=picture):
            yield _LEGEND
            for title, svg in pictures_of(picture):
                yield f"<figure><figcaption>{escape(title)}</figcaption>"
                yield f'<div class="wide">{svg}</div></figure>'


_LEGEND = (
    '<p class="legend">The relations of each group: a line runs from the model that holds the key, '
    "on the right, to the one that it refers to; a dashed frame is a model of another group. "
    '<span class="key cascade">Cascade</span> <span class="key setnull">SetNull</span> '
    '<span class="key restrict">Restrict, NoAction</span> '
    '<span class="key setdefault">SetDefault</span> '
    '<span class="key join">many-to-many</span></p>'
)


def _folded(title: str, inner: Sequence[str]) -> Iterator[str]:
    yield f"<details><summary>{title}</summary>"
    yield from inner
    yield "</details>"


def _table(table: Table) -> Iterator[str]:
    shown, rest = table.rows, table.rows[:0]
    if len(table.rows) > _MOST_OPEN_ROWS + 5:
        shown, rest = table.rows[:_MOST_OPEN_ROWS], table.rows[_MOST_OPEN_ROWS:]
    yield from _rows(table, shown)
    if rest:
        yield from _folded(f"{len(rest)} more {table.nouns}", list(_rows(table, rest)))


def _rows(table: Table, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    head = table.head
    yield f'<div class="wide"><table class="{table.nouns}"><thead><tr>'
    yield "".join(f'<th scope="col">{prose(each)}</th>' for each in head)
    yield "</tr></thead><tbody>"
    for row in rows:
        cells = "".join(f"<td{_kind(each)}>{prose(each)}</td>" for each in row)
        yield f"<tr>{cells}</tr>"
    yield "</tbody></table></div>"


def _kind(cell: str) -> str:
    return ' class="number"' if cell.isdigit() else ""


def _statement(statement: Statement) -> Iterator[str]:
    mark = f'<span class="mark">{STATE_WORDS[statement.state]}</span>'
    looked = looked_words(statement)
    behind = f' <span class="looked">{prose(looked)}</span>' if looked else ""
    yield f'<li class="{statement.state}">{mark} {prose(statement.sentence)}{behind}'
    yield from _evidence(statement.evidence)
    yield "</li>"


def _evidence(evidence: Sequence[Evidence]) -> Iterator[str]:
    if not evidence:
        return
    entries = [f"<li>{_place(each)}{prose(each.text)}</li>" for each in evidence]
    listed = ["<ul>", *entries, "</ul>"]
    if len(evidence) <= _MOST_EVIDENCE:
        yield from listed
    else:
        yield from _folded(f"{len(evidence)} places", listed)


def _place(evidence: Evidence) -> str:
    return "" if evidence.at is None else f'<code class="at">{escape(str(evidence.at))}</code> '


def _step(step: Recommendation) -> Iterator[str]:
    yield f"<li><strong>{prose(step.title)}</strong><br>{prose(step.reason)}"
    if step.command:
        yield f'<pre class="command">{escape(step.command)}</pre>'
    if step.fix:
        yield f"<p>Fix: {prose(step.fix)}</p>"
    if step.code:
        yield f"<p>More: <code>referee explain {escape(step.code)}</code></p>"
    yield from _evidence(step.evidence)
    yield "</li>"
