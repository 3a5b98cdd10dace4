"""A report as Markdown in GitHub's flavour: headings, tables, task lists; no HTML in it.

Long tables and lists are cut, and say how many more there are; the page and the JSON have them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from referee.features.whole_report.sections import (
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
    State,
    Statement,
    WholeReport,
)

MOST_EVIDENCE = 8
_SIGNS: dict[State, str] = {
    "holds": "✅",
    "fails": "❌",
    "attention": "⚠️",
    "noted": "🔹",
    "not-run": "⏸️",
}
_MORE_TREES = (
    "The page has {rest} more of these trees, and `referee graph --delete MODEL` draws any of them."
)
_CUT = re.compile(r" *(?:- )?… and \d+ more")
_CUT_NOTE = (
    "Long lists end with how many more there are; the HTML and JSON forms of this report have them "
    "all."
)
_CODE = re.compile(r"`[^`\n]+`")
# Signs that Markdown takes for markup outside code.
_MARKUP = re.compile(r"([\\*_\[\]<>|#~$])")
_STRONG = re.compile(r"\*\*(?P<text>[^*`]+)\*\*")


def report_as_markdown(report: WholeReport) -> str:
    """Return the report as Markdown that ends with a line end."""
    is_one = len(report.schemas) == 1
    lines = [f"# {prose(title_of(report))}", ""]
    if not is_one:
        lines += [*_schemas(report), ""]
    for schema in report.schemas:
        sections = sections_of(schema, report)
        level = 2
        if not is_one:
            lines += [f"## {prose(f'`{schema.title}`')}", ""]
            level = 3
        lines += _contents(sections, is_one)
        for section in sections:
            lines += [f"{'#' * level} {prose(section.title)}", ""]
            for block in section.blocks:
                lines += _block(block, level + 1)
    if any(_CUT.match(line) for line in lines):
        lines[2:2] = [_CUT_NOTE, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _schemas(report: WholeReport) -> Iterator[str]:
    for schema in report.schemas:
        title = f"`{schema.title}`"
        yield f"- [{prose(title)}](#{_anchor(title)}): {prose(verdict_words(schema))}"


def _contents(sections: Sequence[Section], is_one: bool) -> list[str]:
    if not is_one:
        return []
    return [*(f"- [{prose(each.title)}](#{_anchor(each.title)})" for each in sections), ""]


def _anchor(title: str) -> str:
    """Return the anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _block(block: Block, level: int) -> Iterator[str]:
    match block:
        case Text(text=text):
            yield from (_sentences(text), "")
        case Table():
            yield from _table(block)
        case Statements(statements=statements):
            for statement in statements:
                yield from _statement(statement)
            yield ""
        case Steps(title=title, steps=steps):
            yield from (f"{'#' * level} {prose(title)}", "")
            for number, step in enumerate(steps, 1):
                yield from _step(number, step)
            yield ""
        case Drawings(trees=trees, most=most):
            for title, lines in trees[:most]:
                yield from (prose(title), "", "```text", *lines, "```", "")
            if len(trees) > most:
                yield from (_MORE_TREES.format(rest=len(trees) - most), "")
        case Fold(title=title, blocks=blocks):
            yield from (f"{'#' * level} {prose(title)}", "")
            for inner in blocks:
                yield from _block(inner, level + 1)
        case Relations():
            yield from (
                "A picture of the relations is in the HTML form of this report, and "
                "`referee graph --format html` makes a map to look around in.",
                "",
            )


def _sentences(text: str) -> str:
    """Return a paragraph with one sentence a line."""
    return re.sub(r"(?<=[.!?]) (?=[A-Z“`])", "\n", prose(text))


def _table(table: Table) -> Iterator[str]:
    shown = table.rows if len(table.rows) <= table.most + 3 else table.rows[: table.most]
    yield _row(table.head)
    yield _row(["---"] * len(table.head), is_raw=True)
    for row in shown:
        yield _row(row)
    yield ""
    rest = len(table.rows) - len(shown)
    if rest:
        yield from (f"… and {rest} more {table.nouns}.", "")


def _row(cells: Sequence[str], is_raw: bool = False) -> str:
    written = cells if is_raw else [cell(each) for each in cells]
    return "| " + " | ".join(written) + " |"


def _statement(statement: Statement) -> Iterator[str]:
    looked = looked_words(statement)
    behind = f" ({prose(looked)})" if looked else ""
    yield f"- {_SIGNS[statement.state]} {prose(statement.sentence)}{behind}"
    yield from _evidence(statement.evidence, "  ")


def _evidence(evidence: Sequence[Evidence], indent: str) -> Iterator[str]:
    shown = evidence if len(evidence) <= MOST_EVIDENCE + 2 else evidence[:MOST_EVIDENCE]
    for each in shown:
        at = f"`{each.at}`: " if each.at is not None else ""
        yield f"{indent}- {at}{prose(each.text)}"
    if len(shown) < len(evidence):
        yield f"{indent}- … and {len(evidence) - len(shown)} more"


def _step(number: int, step: Recommendation) -> Iterator[str]:
    yield f"{number}. **{prose(step.title)}**"
    indent = " " * (len(str(number)) + 2)
    yield f"{indent}- {prose(step.reason)}"
    if step.command:
        yield f"{indent}- Command: `{step.command}`"
    if step.fix:
        yield f"{indent}- Fix: {prose(step.fix)}"
    if step.code:
        yield f"{indent}- More: `referee explain {step.code}`"
    yield from _evidence(step.evidence, indent)


def prose(text: str) -> str:
    """Return a text with names in backticks as Markdown: nothing but these is markup."""
    pieces: list[str] = []
    last = 0
    for match in _CODE.finditer(text):
        pieces += [_escaped(text[last : match.start()]), match.group()]
        last = match.end()
    pieces.append(_escaped(text[last:]))
    return "".join(pieces).replace("\n", " ")


def _escaped(text: str) -> str:
    strong = _STRONG.search(text)
    if strong is not None:
        before, after = text[: strong.start()], text[strong.end() :]
        return f"{_escaped(before)}**{_escaped(strong.group('text'))}**{_escaped(after)}"
    return _MARKUP.sub(r"\\\1", text).replace("`", "\\`")


def cell(text: str) -> str:
    """Return a text as a cell of a table: a bar inside code needs a backslash there."""
    written = prose(text)
    return re.sub(r"(?<!\\)\|", r"\\|", written)
