"""What this server says it can do: nothing that the client cannot take."""

from __future__ import annotations

from referee import __version__
from referee.lsp.client import Client
from referee.lsp.incoming import Json

NAME = "referee"
QUICK_FIX = "quickfix"
# Below the quick fixes, so that whoever wants only silences can ask for them.
SILENCE = "quickfix.referee.silence"
FIX_ALL = "source.fixAll.referee"
SHOW_DELETE_TREE = "referee.showDeleteTree"
APPLY_EDIT = "referee.applyEdit"
SECTION = "referee"

_INCREMENTAL = 2
_WATCHED = (
    "**/*.prisma",
    "**/referee.toml",
    "**/package.json",
    "**/prisma.config.{ts,js,mjs,cjs,mts,cts}",
    "**/.config/prisma.{ts,js,mjs,cjs,mts,cts}",
    "**/.gitignore",
    "**/migration.sql",
    "**/migration_lock.toml",
    # Of a folder that goes as a whole, an editor tells the folder alone.
    "**/migrations/*",
)


def answer_to_initialize(client: Client) -> Json:
    """Return the answer to the request that begins a conversation."""
    return {"capabilities": _capabilities(client), "serverInfo": _INFO}


_INFO = {"name": NAME, "version": __version__}


def _capabilities(client: Client) -> dict[str, object]:
    synchronization: dict[str, object] = {"openClose": True, "change": _INCREMENTAL}
    if client.saves:
        synchronization["save"] = {"includeText": False}
    offered: dict[str, object] = {
        "positionEncoding": client.encoding,
        "textDocumentSync": synchronization,
        "hoverProvider": True,
    }
    commands: list[str] = []
    if client.takes_action_literals:
        offered["codeActionProvider"] = {"codeActionKinds": [QUICK_FIX, FIX_ALL]}
    elif client.applies_edits:
        offered["codeActionProvider"] = True
        commands.append(APPLY_EDIT)
    if client.shows_lenses:
        offered["codeLensProvider"] = {"resolveProvider": True}
        commands.append(SHOW_DELETE_TREE)
    if client.shows_hints:
        offered["inlayHintProvider"] = True
    if commands:
        offered["executeCommandProvider"] = {"commands": commands}
    if client.has_folders:
        folders = {"supported": True, "changeNotifications": True}
        offered["workspace"] = {"workspaceFolders": folders}
    return offered


def registrations(client: Client) -> list[Json]:
    """Return what to register at a client that lets it be registered."""
    found: list[Json] = []
    if client.registers_watchers:
        watchers = [{"globPattern": pattern} for pattern in _WATCHED]
        found.append(
            {
                "id": "referee-files",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": {"watchers": watchers},
            }
        )
    if client.registers_configuration:
        found.append(
            {
                "id": "referee-settings",
                "method": "workspace/didChangeConfiguration",
                "registerOptions": {"section": SECTION},
            }
        )
    return found
