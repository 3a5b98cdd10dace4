"""The one place where tests call the product: texts in, diagnostics and edited texts out."""

from __future__ import annotations

from collections.abc import Mapping

from referee.engine.session import Session
from referee.engine.snapshot import Snapshot
from referee.features.diagnostics import Diagnostic, all_diagnostics
from referee.features.fixing import fix_edits
from referee.rules.rule import Fix
from referee.rules.settings import DEFAULT_SETTINGS, RuleSettings
from referee.text.edits import apply_edits

DATASOURCE_PATH = "datasource.prisma"


def datasource(provider: str = "postgresql", relation_mode: str | None = None) -> str:
    """Return a datasource block."""
    mode = "" if relation_mode is None else f'  relationMode = "{relation_mode}"\n'
    return f'datasource db {{\n  provider = "{provider}"\n{mode}}}\n'


def snapshot_of(
    files: Mapping[str, str] | str, settings: RuleSettings = DEFAULT_SETTINGS
) -> Snapshot:
    """Judge files, or one text, of which none need hold a datasource: PostgreSQL is added."""
    if isinstance(files, str):
        files = {"schema.prisma": files}
    session = Session(settings, paranoid=True)
    if not any("datasource" in text for text in files.values()):
        session.put(DATASOURCE_PATH, datasource())
    for path, text in files.items():
        session.put(path, text)
    return session.snapshot()


def diagnostics(
    files: Mapping[str, str] | str, settings: RuleSettings = DEFAULT_SETTINGS
) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of files or of one text."""
    return all_diagnostics(snapshot_of(files, settings))


def codes(files: Mapping[str, str] | str, settings: RuleSettings = DEFAULT_SETTINGS) -> list[str]:
    """Return the codes of what is found in files or in one text, in order."""
    return [each.code for each in diagnostics(files, settings)]


def fixed_files(snapshot: Snapshot, fix: Fix) -> dict[str, str]:
    """Return the texts of all files after a fix; raises OverlappingEdits if its edits collide."""
    edits = fix_edits(snapshot, fix)
    return {
        path: apply_edits(source.text, edits.get(path, ()))
        for path, source in snapshot.sources.items()
    }


def identity(diagnostic: Diagnostic) -> tuple[str, str | None, tuple[str, ...], str]:
    """Return what makes a finding the same one in another version of the text."""
    return diagnostic.code, diagnostic.model, diagnostic.fields, diagnostic.path
