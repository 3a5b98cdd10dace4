"""A headless browser for the tests of the map: a person's keys go in, what the page shows out.

It deliberately knows nothing of the product but the few names by which the page is read.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.needs import need

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_suffix(".mjs")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# The graph library keeps itself on its container.
GRAPH = "document.querySelector('.canvas')._cyreg.cy"
CHOSEN = "document.querySelector('#relation-map').dataset.deleted"


class PageFailure(Exception):
    """The page or the browser could not do what it was told."""


def need_browser() -> str:
    """Return the path of a browser; skip the test where there is none."""
    named = os.environ.get("REFEREE_BROWSER")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    need(
        "chromium",
        "install it (Debian: apt-get install chromium), or name a browser in REFEREE_BROWSER",
        found is not None,
    )
    need("node", "install Node 20 or newer", shutil.which("node") is not None)
    need(
        "playwright-core",
        "run `npm install`",
        (ROOT / "node_modules" / "playwright-core").is_dir(),
    )
    assert found is not None
    return found


class Browser:
    """One browser with one page."""

    def __init__(self, executable: str) -> None:
        self._process = subprocess.Popen(
            ["node", str(SCRIPT), executable],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _say(self, command: str, **words: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"command": command, **words}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise PageFailure("the browser is gone")
        answer = json.loads(line)
        if "failure" in answer:
            raise PageFailure(answer["failure"])
        return answer["result"]

    def open(
        self,
        path: Path,
        *,
        fragment: str = "",
        before: str | None = None,
        scheme: str = "light",
        width: int = 1400,
        height: int = 900,
    ) -> None:
        """Open a file, and wait until there is a map; `before` runs before the page's scripts."""
        address = path.as_uri() + (f"#{fragment}" if fragment else "")
        self._say("open", address=address, before=before, scheme=scheme, width=width, height=height)

    def noted(self) -> list[str]:
        """Return what the page did that no page may: errors, requests, refused scripts."""
        found: list[str] = self._say("noted")
        return found

    def evaluate(self, script: str, argument: object = None) -> Any:
        """Return what a function in the page returns."""
        return self._say("evaluate", script=script, argument=argument)

    def until(self, script: str, argument: object = None) -> None:
        """Wait until a function in the page returns something true."""
        self._say("until", script=script, argument=argument)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        self._say("press", keys=keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self._say("type", text=text)

    def click(self, selector: str) -> None:
        """Click on an element."""
        self._say("click", selector=selector)

    def choose(self, selector: str, value: str) -> None:
        """Choose one of the options of a field."""
        self._say("choose", selector=selector, value=value)

    def use_scheme(self, scheme: str) -> None:
        """Let the system be light or dark."""
        self._say("scheme", scheme=scheme)

    def download(self, selector: str) -> tuple[str, str]:
        """Click on what saves a file, and return its name and its text."""
        name, text = self._say("download", selector=selector)
        return name, text

    def picture(self, path: Path) -> None:
        """Save a picture of the page."""
        self._say("picture", path=str(path))

    # --- The map -----------------------------------------------------------------------------

    def wait_for_map(self) -> None:
        """Wait until models are drawn."""
        self.until("() => document.querySelector('#relation-map')?.dataset.models !== undefined")

    def wait_for_delete(self, model: str) -> None:
        """Wait until it is shown what deleting a row of a model does."""
        self.until(f"(model) => {CHOSEN} === model", model)

    def search(self, model: str) -> None:
        """Search for a model as a person does, and wait until it is chosen."""
        self.press("/")
        self.type(model)
        self.press("Enter")
        self.wait_for_delete(model)

    def models_with(self, selector: str) -> set[str]:
        """Return the models in the picture that a selector of the graph library means."""
        script = f"(wanted) => {GRAPH}.nodes('[!isFrame]').filter(wanted).map((each) => each.id())"
        return set(self.evaluate(script, selector))

    def positions(self) -> dict[str, list[float]]:
        """Return where the models of the picture stand."""
        found: dict[str, list[float]] = self.evaluate(
            f"() => Object.fromEntries({GRAPH}.nodes('[!isFrame]').map("
            "(each) => [each.id(), [each.position().x, each.position().y]]))"
        )
        return found

    def text(self, selector: str) -> str:
        """Return the words of an element."""
        found: str = self.evaluate("(s) => document.querySelector(s).innerText", selector)
        return found
