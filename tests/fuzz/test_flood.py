"""A server under a flood of edits keeps answering with the right version, and catches up."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

import pytest

from tests.bench.client import Client
from tests.bench.places import places_in, quiet_folder
from tests.bench.schemas import schema
from tests.bench.tools import REFEREE, environment

EDITS_PER_SECOND = 500
MODELS = 147
# Looked at in the long run alone: a machine that runs many tests may be slow by itself.
LONGEST_TO_CATCH_UP = 1.0


@pytest.mark.fuzz
@pytest.mark.slow
def test_a_server_catches_up_with_a_flood_of_edits(fuzz_rounds: int) -> None:
    seconds = 60 if fuzz_rounds >= 2_000 else 3
    chance = Random(7)
    text = schema(MODELS)
    places = places_in(text)
    at = places.index
    with (
        quiet_folder() as name,
        Client(REFEREE.command, _folder(name, text), environment()) as client,
    ):
        client.initialize()
        uri = (client.folder / "schema.prisma").as_uri()
        client.open(uri, text)
        before = list(client.wait_for_publish(uri, 1, 1).diagnostics)
        asked: list[tuple[int, str]] = []
        version = 1
        started = time.perf_counter()
        for number in range(seconds * EDITS_PER_SECOND):
            version += 1
            inside = number % 2 == 0
            client.change(
                uri, version, at.line, at.column, 0 if inside else 1, "x" if inside else ""
            )
            if chance.random() < 0.05:
                request, _ = client.ask("textDocument/hover", _position(uri, places.types[0]))
                asked.append((request, "hover"))
                if chance.random() < 0.5:
                    client.notify("$/cancelRequest", {"id": request})
                    asked[-1] = (request, "cancelled")
            client.take_waiting()
            pause = started + (number + 1) / EDITS_PER_SECOND - time.perf_counter()
            if pause > 0:
                time.sleep(pause)
        last = time.perf_counter()
        told = client.wait_for_publish(uri, version, version)
        caught_up = told.at - last
        assert told.version == version
        assert list(told.diagnostics) == before, "an even number of edits leaves the text as it was"
        for request, kind in asked:
            content = client.answer_to(request).content
            if kind == "hover":
                assert content.get("result"), content
            else:
                assert content.get("result") or content["error"]["code"] == -32800, content
        if seconds == 60:
            assert caught_up <= LONGEST_TO_CATCH_UP, f"it took {caught_up:.1f} s to catch up"
        assert told.count < version, "waiting edits are judged once"


def _folder(name: str, text: str) -> Path:
    folder = Path(name)
    (folder / "schema.prisma").write_text(text, encoding="utf-8")
    return folder


def _position(uri: str, spot: tuple[int, int]) -> dict[str, object]:
    line, column = spot
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}
