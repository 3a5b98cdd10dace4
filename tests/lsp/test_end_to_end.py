"""The server as a process, spoken to by pytest-lsp with the capabilities of real editors."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
import pytest_lsp
from lsprotocol import converters
from lsprotocol import types as lsp
from pytest_lsp import ClientServerConfig, LanguageClient, make_test_lsp_client

from tests.lsp.protocol_model import recorded_initialize
from tests.lsp.schemas import (
    CODE,
    DATASOURCE,
    ONE_FINDING,
    POSTS,
    RELATION_LINE,
    TWO_FINDINGS,
    USERS,
)
from tests.project.folders import write

SECONDS = 180.0
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning"),
]
# Profiles of pytest-lsp, and requests recorded from the editors of today.
SHIPPED = ("visual_studio_code", "neovim", "emacs")
RECORDED = ("vscode", "nvim", "eglot")


def make_client() -> LanguageClient:
    """Return a client that lets things be registered and applies edits."""
    client = make_test_lsp_client()
    for method in (
        lsp.CLIENT_REGISTER_CAPABILITY,
        lsp.WORKSPACE_CODE_LENS_REFRESH,
        lsp.WORKSPACE_INLAY_HINT_REFRESH,
    ):
        client.feature(method)(lambda params: None)
    return client


def capabilities_of(name: str) -> lsp.ClientCapabilities:
    """Return the capabilities of an editor."""
    if name in SHIPPED:
        return pytest_lsp.client_capabilities(name)
    recorded = recorded_initialize(name)["capabilities"]
    return converters.get_converter().structure(recorded, lsp.ClientCapabilities)


@pytest_lsp.fixture(  # type: ignore[untyped-decorator]
    params=[*SHIPPED, *RECORDED],
    config=ClientServerConfig(
        server_command=[sys.executable, "-m", "referee", "serve", "--stdio"],
        client_factory=make_client,
    ),
)
async def client(lsp_client: LanguageClient, request: Any, tmp_path: Path) -> Any:
    lsp_client.set_configuration({"referee": {}})
    await lsp_client.initialize_session(
        lsp.InitializeParams(
            capabilities=capabilities_of(request.param),
            root_uri=tmp_path.as_uri(),
            workspace_folders=[lsp.WorkspaceFolder(tmp_path.as_uri(), "test")],
        )
    )
    yield
    await lsp_client.shutdown_session()


def open_document(client: LanguageClient, path: Path, text: str) -> str:
    item = lsp.TextDocumentItem(path.as_uri(), "prisma", 1, text)
    client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
    return path.as_uri()


def change(client: LanguageClient, uri: str, version: int, line: int, text: str) -> None:
    where = lsp.Range(lsp.Position(line, 0), lsp.Position(line, 0))
    client.text_document_did_change(
        lsp.DidChangeTextDocumentParams(
            lsp.VersionedTextDocumentIdentifier(version, uri),
            [lsp.TextDocumentContentChangePartial(where, text)],
        )
    )


async def told(client: LanguageClient, uri: str, wanted: list[str]) -> None:
    """Wait until exactly these codes are told about a document."""

    async def until() -> None:
        while codes() != wanted:
            await client.wait_for_notification(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)

    def codes() -> list[object] | None:
        found = client.diagnostics.get(uri)
        return None if found is None else [each.code for each in found]

    await asyncio.wait_for(until(), SECONDS)


async def test_a_document_is_judged_mended_and_closed(
    client: LanguageClient, tmp_path: Path
) -> None:
    write(tmp_path, {"schema.prisma": ONE_FINDING})
    uri = open_document(client, tmp_path / "schema.prisma", ONE_FINDING)
    await told(client, uri, [CODE])
    change(client, uri, 2, 13, "  @@index([authorId])\n")
    await told(client, uri, [])
    change(client, uri, 3, 0, "  ]]\n")
    await told(client, uri, ["syntax"])
    client.text_document_did_close(lsp.DidCloseTextDocumentParams(lsp.TextDocumentIdentifier(uri)))
    await told(client, uri, [])


async def test_questions_are_answered(client: LanguageClient, tmp_path: Path) -> None:
    uri = open_document(client, tmp_path / "schema.prisma", TWO_FINDINGS)
    document = lsp.TextDocumentIdentifier(uri)
    hover = await client.text_document_hover_async(
        lsp.HoverParams(document, lsp.Position(RELATION_LINE + 1, 4))
    )
    assert hover is not None
    here = lsp.Range(lsp.Position(RELATION_LINE + 1, 9), lsp.Position(RELATION_LINE + 1, 10))
    actions = await client.text_document_code_action_async(
        lsp.CodeActionParams(document, here, lsp.CodeActionContext([]))
    )
    assert actions
    assert actions[0].title == "Add `@@index([authorId])`"
    everything = lsp.CodeActionContext([], only=["source.fixAll.referee"])
    fixes = await client.text_document_code_action_async(
        lsp.CodeActionParams(document, here, everything)
    )
    assert fixes
    assert len(fixes) == 1
    await told(client, uri, [CODE, CODE])


async def test_the_files_of_a_schema_follow_each_other(
    client: LanguageClient, tmp_path: Path
) -> None:
    schema = tmp_path / "schema"
    write(tmp_path, {"package.json": "{}"})
    write(schema, {"base.prisma": DATASOURCE, "posts.prisma": POSTS, "users.prisma": USERS})
    posts = open_document(client, schema / "posts.prisma", POSTS)
    await told(client, posts, [CODE])
    users = open_document(client, schema / "users.prisma", "")
    await told(client, posts, [])
    change(client, users, 2, 0, USERS)
    await told(client, posts, [CODE])


async def test_a_flood_of_edits_is_caught_up_with(client: LanguageClient, tmp_path: Path) -> None:
    uri = open_document(client, tmp_path / "schema.prisma", ONE_FINDING)
    await told(client, uri, [CODE])
    for version in range(2, 502):
        change(client, uri, version, 0, "// line\n")
        if version % 50 == 0:
            position = lsp.Position(RELATION_LINE + version - 1, 4)
            hover = await client.text_document_hover_async(
                lsp.HoverParams(lsp.TextDocumentIdentifier(uri), position)
            )
            assert hover is not None
            assert hover.range is not None
            assert hover.range.start.line == position.line

    async def until() -> None:
        while client.diagnostics[uri][0].range.start.line != RELATION_LINE + 500:
            await client.wait_for_notification(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)

    await asyncio.wait_for(until(), SECONDS)
