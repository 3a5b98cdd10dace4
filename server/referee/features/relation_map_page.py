"""A map of relations as one page that needs nothing else: no server, no network, no editor.

The script and the style sheet are given, and the page lets nothing run but these two.
It deliberately knows no file; who asks for a page reads what goes into it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from html import escape

from referee.engine.snapshot import Snapshot
from referee.features.content_policy import allowed
from referee.features.delete_tree import delete_tree
from referee.features.diagnostics import Diagnostic
from referee.features.relation_map import Words, delete_on_map, relation_map

SCRIPT = "relation-map.js"
STYLE = "relation-map.css"


def map_page(
    snapshot: Snapshot,
    diagnostics: Iterable[Diagnostic],
    title: str,
    *,
    script: str,
    style: str,
    selected: str | None = None,
    shown_path: Callable[[str], str] = lambda path: path,
) -> str:
    """Return the page of a schema, with what deleting each model does; one may be selected."""
    words = Words()
    shown = relation_map(snapshot, diagnostics, shown_path)
    deletes = {
        name: delete_on_map(delete_tree(snapshot.view, name), words.number)
        for name in snapshot.view.model_names()
        if (model := snapshot.view.model(name)) is not None and model.kind == "model"
    }
    whole = {
        "title": title,
        "selected": selected,
        **shown,
        "deletes": deletes,
        "words": words.listed(),
    }
    policy = (
        f"default-src 'none'; script-src {allowed(script)}; style-src {allowed(style)}; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}: relations</title>\n"
        f"<style>{style}</style>\n</head>\n<body>\n"
        '<div id="relation-map"></div>\n'
        f'<script type="application/json" id="relation-map-data">{_in_page(whole)}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _in_page(value: object) -> str:
    """Return JSON in which nothing can end the element that it stands in."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
