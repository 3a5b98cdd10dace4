"""`referee graph`: the relations of a schema, or the tree of what deleting a row does.

Only the map, `--format html`, judges the schema: it marks what is found on the models.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from referee.cli.arguments import STANDARD_INPUT, Arguments
from referee.cli.errors import CLEAN, FAILED, UsageError, nearest
from referee.cli.judging import shown_path
from referee.cli.terminal import allow_colours, say, wants_colours, width_to_wrap, write_out
from referee.engine.session import Session
from referee.engine.snapshot import Snapshot
from referee.features.delete_tree import delete_report, delete_tree
from referee.features.diagnostics import mistakes_of
from referee.features.relation_graph import (
    delete_json,
    graph_dot,
    graph_json,
    graph_mermaid,
    graph_text,
    relation_graph,
    tree_dot,
    tree_mermaid,
)
from referee.features.report.paint import BOLD, Look
from referee.features.report.visible import visible
from referee.project.reading import Unreadable, read_source
from referee.project.roots import SchemaFiles, find_schemas
from referee.rules.catalogue import ALL_FAMILIES
from referee.rules.settings import RuleSettings
from referee.rules.words import counted
from referee.text.decoding import ENCODING

# Where nobody asks for findings, no rule runs.
_NO_RULES = RuleSettings(severities=dict.fromkeys(ALL_FAMILIES, "off"))


@dataclass(frozen=True, slots=True)
class _Schema:
    """A schema as it was read, and what it is called."""

    title: str
    snapshot: Snapshot


def run_graph(arguments: Arguments) -> int:
    """Print the graph, or the tree of a delete, and return the exit code."""
    if arguments.format == "html" and arguments.output is None and sys.stdout.isatty():
        raise UsageError("a map is a page for a browser; name a file for it with --output.")
    folder = Path.cwd().resolve()
    is_complete = True
    schemas: list[_Schema] = []
    found = _find(arguments, folder)
    for files, settings in zip(found, _settings(found, arguments, folder), strict=True):
        schema, has_all_files = _read(files, settings, folder)
        schemas.append(schema)
        is_complete = is_complete and has_all_files
    if arguments.delete is not None:
        schemas = _with_model(schemas, arguments.delete)
    if len(schemas) > 1 and arguments.format != "text":
        raise UsageError(
            f"there are {len(schemas)} schemas here, and {arguments.format} shows one; name it, "
            f"as in: referee graph {schemas[0].title}"
        )
    look = _look(arguments)
    texts = [_shown(schema, arguments, look, folder) for schema in schemas]
    if len(schemas) > 1:
        texts = [
            f"{look.painted(visible(schema.title), BOLD)}\n\n{text}"
            for schema, text in zip(schemas, texts, strict=True)
        ]
    _write("\n".join(texts), arguments, folder)
    return CLEAN if is_complete else FAILED


def _look(arguments: Arguments) -> Look:
    if arguments.output is not None:
        return Look(arguments.format == "text" and arguments.color == "always")
    has_colours = arguments.format == "text" and wants_colours(sys.stdout, arguments.color)
    if has_colours:
        allow_colours(sys.stdout)
    return Look(has_colours, width_to_wrap(sys.stdout))


def _write(text: str, arguments: Arguments, folder: Path) -> None:
    output = arguments.output
    if output is None or output == STANDARD_INPUT:
        write_out(text)
        return
    from referee.cli.writing import reason_of, write_whole

    try:
        write_whole(folder / output, text)
    except OSError as failure:
        raise UsageError(f"`{output}` cannot be written: {reason_of(failure)}.") from failure


def _find(arguments: Arguments, folder: Path) -> tuple[SchemaFiles, ...]:
    """Return the schemas that the path leads to; raises UsageError where it leads to none."""
    paths = arguments.paths or (".",)
    discovery = find_schemas([folder / path for path in paths], working_folder=folder)
    for path in discovery.missing:
        raise UsageError(f"there is no file or folder `{shown_path(path, folder)}`.")
    if not discovery.schemas:
        named = "this folder" if paths == (".",) else f"`{paths[0]}`"
        raise UsageError(
            f"there is no Prisma schema in {named}; name a schema or its folder, as in: "
            "referee graph path/to/schema.prisma"
        )
    return discovery.schemas


def _settings(
    schemas: Iterable[SchemaFiles], arguments: Arguments, folder: Path
) -> Iterator[RuleSettings]:
    """Yield the settings to judge each schema by; nobody asks for findings but of a map."""
    if arguments.format != "html":
        yield from (_NO_RULES for _ in schemas)
        return
    from referee.cli.configuring import Configurations
    from referee.project.vocabulary import rule_settings

    configurations = Configurations(folder)
    for files in schemas:
        yield rule_settings(configurations.of(files.root))
    for mistake in configurations.mistakes:
        say(f"referee: {mistake.message}")


def _read(files: SchemaFiles, settings: RuleSettings, folder: Path) -> tuple[_Schema, bool]:
    """Return a schema, and whether all of its files could be read."""
    title = shown_path(files.place, folder)
    session = Session(settings)
    is_complete = True
    for path in files.files:
        source = read_source(path)
        if isinstance(source, Unreadable):
            is_complete = False
            say(f"referee: {shown_path(path, folder)} is left out: {source.reason}")
        else:
            session.put(path.as_posix(), source.text)
    snapshot = session.snapshot()
    mistakes = sum(1 for source in snapshot.sources.values() for _ in mistakes_of(source))
    if mistakes:
        say(
            f"referee: {title} has {counted(mistakes, 'mistake')} in its syntax, and what those "
            "lines say is missing here; see: referee check"
        )
    return _Schema(title, snapshot), is_complete


def _with_model(schemas: Iterable[_Schema], model: str) -> list[_Schema]:
    """Return the schemas that have a model; raises UsageError with the nearest name if none has."""
    names: list[str] = []
    found: list[_Schema] = []
    for schema in schemas:
        view = schema.snapshot.view
        known = view.model(model)
        if known is not None and known.kind == "view":
            raise UsageError(f"`{model}` is a view: it has no rows of its own to delete.")
        if known is not None:
            found.append(schema)
        names += [name for name in view.model_names() if view.model(name) is not None]
    if not found:
        raise UsageError(f"there is no model `{model}`{_nearest_model(model, names)}")
    return found


def _nearest_model(word: str, names: Iterable[str]) -> str:
    by_lower_case = {name.lower().replace("_", "-"): name for name in names}
    meant = nearest(word, by_lower_case)
    if meant is not None:
        return f"; did you mean `{by_lower_case[meant]}`?"
    return "; see all of them with: referee graph"


def _shown(schema: _Schema, arguments: Arguments, look: Look, folder: Path) -> str:
    snapshot = schema.snapshot
    if arguments.format == "html":
        return _page(schema, arguments.delete, folder)
    if arguments.delete is not None:
        tree = delete_tree(snapshot.view, arguments.delete)
        if arguments.format == "mermaid":
            return tree_mermaid(tree)
        if arguments.format == "dot":
            return tree_dot(tree)
        if arguments.format == "json":
            return _as_json(delete_json(tree))
        return delete_report(tree, look)
    graph = relation_graph(snapshot, lambda path: shown_path(Path(path), folder))
    if arguments.format == "mermaid":
        return graph_mermaid(graph)
    if arguments.format == "dot":
        return graph_dot(graph)
    if arguments.format == "json":
        return _as_json(graph_json(graph))
    return graph_text(graph, look)


def _page(schema: _Schema, selected: str | None, folder: Path) -> str:
    """Return the map; its script and style sheet are files of this package."""
    from importlib.resources import files

    from referee.features.diagnostics import all_diagnostics
    from referee.features.relation_map_page import SCRIPT, STYLE, map_page

    assets = files("referee.features") / "assets"
    return map_page(
        schema.snapshot,
        all_diagnostics(schema.snapshot),
        schema.title,
        script=(assets / SCRIPT).read_text(ENCODING),
        style=(assets / STYLE).read_text(ENCODING),
        selected=selected,
        shown_path=lambda path: shown_path(Path(path), folder),
    )


def _as_json(value: dict[str, object]) -> str:
    import json

    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
