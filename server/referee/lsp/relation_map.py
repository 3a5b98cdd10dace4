"""Answers for the relation map of an editor: two requests of our own, in plain JSON.

`referee/relationMap` takes `{textDocument: {uri}}` and answers with the map of the schema that the
document is part of, and the addresses of its files; null where the document is not judged.
`referee/relationMapDelete` takes `{textDocument: {uri}, model}` and answers with what deleting one
row of the model does; null where there is no such model.
Both speak of the schema after everything the editor has said, so a map is kept up by asking again.
It deliberately does not know how the map is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from referee.features.delete_tree import delete_tree
from referee.features.diagnostics import diagnostics_of
from referee.features.relation_map import delete_on_map, relation_map
from referee.lsp.conversation import Conversation
from referee.lsp.incoming import text

MAP = "referee/relationMap"
DELETE = "referee/relationMapDelete"

Answer = Callable[[Conversation, object], object]


def answer_map(talk: Conversation, params: object) -> object:
    """Return the map of a document's schema; raises Nonsense where the parameters are none."""
    view = talk.view(text(params, "textDocument", "uri"))
    if view is None:
        return None
    paths = list(view.snapshot.sources)
    diagnostics = [
        diagnostic
        for path in paths
        for diagnostic in diagnostics_of(view.snapshot, path, view.placer)
    ]
    folder = _shared_folder(paths)
    shown = relation_map(
        view.snapshot, diagnostics, lambda path: path.removeprefix(folder), view.placer
    )
    return {
        "title": _title(paths, folder),
        "uris": [talk.uri_of(path) for path in paths],
        "map": shown,
    }


def answer_delete(talk: Conversation, params: object) -> object:
    """Return what deleting a row does; raises Nonsense where the parameters are none."""
    uri, model = text(params, "textDocument", "uri"), text(params, "model")
    view = talk.view(uri)
    found = None if view is None else view.snapshot.view.model(model)
    if view is None or found is None or found.kind != "model":
        return None
    return delete_on_map(delete_tree(view.snapshot.view, model), str)


ANSWERS: Mapping[str, Answer] = {MAP: answer_map, DELETE: answer_delete}


def _shared_folder(paths: list[str]) -> str:
    """Return the beginning up to the folder that all files lie in, with its last slash."""
    folders = [path.split("/")[:-1] for path in paths]
    shared: list[str] = []
    for parts in zip(*folders, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return "/".join(shared) + "/" if shared else ""


def _title(paths: list[str], folder: str) -> str:
    """Return what a schema is called: its file, or its folder and the one around that."""
    if len(paths) == 1:
        return Path(paths[0]).name
    return "/".join(Path(folder).parts[-2:])
