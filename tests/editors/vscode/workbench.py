"""Starts VS Code's own server for the tests, and runs suites and people in windows of it.

One server serves any number of windows, each with a browser and an extension host of its own. The
server is the leader of a process group that is killed as a whole: extension hosts, and with them
language servers, would wait for hours for a browser to come back.

It deliberately knows nothing of what the extension does.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import select
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, Any

from tests.editors.vscode.install import CACHE, Edition, browser, edition
from tests.support.needs import need

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
INSTALLER = "python tests/editors/vscode/install.py"
# Longer than any run takes on a machine that is busy with something else.
SECONDS = 900

# What keeps a window still: nothing is fetched, suggested, moved or drawn at a time of its own.
SETTINGS: Mapping[str, object] = {
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "extensions.autoCheckUpdates": False,
    "extensions.autoUpdate": "off",
    "extensions.ignoreRecommendations": True,
    "workbench.enableExperiments": False,
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
    "workbench.reduceMotion": "on",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "chat.disableAIFeatures": True,
    "chat.commandCenter.enabled": False,
    "files.autoSave": "off",
    "git.enabled": False,
    "editor.accessibilitySupport": "off",
    "editor.cursorBlinking": "solid",
    "editor.hover.delay": 100,
    "security.workspace.trust.banner": "never",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one test of a suite came to."""

    name: str
    failure: str
    milliseconds: int


@dataclass(slots=True)
class Workbench:
    """A running server of VS Code."""

    address: str
    state: Path
    edition: Edition
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def run_suite(
        self,
        suite: str,
        folder: Path,
        *,
        workspace: Path | None = None,
        extensions: Sequence[Path] = (),
        facts: Mapping[str, object] | None = None,
    ) -> list[Outcome]:
        """Run a file of `suites/` in the extension host of a new window on a folder."""
        room = self.state / f"suite-{next(self._numbers)}"
        (room / "answers").mkdir(parents=True)
        (room / "development").mkdir()
        results = room / "results.json"
        # VS Code honours the path of tests only beside an extension under development.
        (room / "development" / "package.json").write_text(
            json.dumps({"name": "suite", "publisher": "tests", "version": "0.0.0"} | _ENGINES)
        )
        wanted = {
            "suite": str(HERE / "suites" / suite),
            "results": str(results),
            "answers": str(room / "answers"),
            "facts": facts or {},
        }
        running = json.dumps(str(HERE / "suites" / "running.js"))
        (room / "run.js").write_text(
            f"exports.run = () => require({running}).run({json.dumps(wanted)});\n"
        )
        said = self._drive(
            "drive.mjs",
            folder=str(folder),
            workspace=str(workspace) if workspace else None,
            suite=str(room / "run.js"),
            answers=str(room / "answers"),
            extensions=[str(each) for each in (room / "development", *extensions)],
            lastSight=str(room / "last-sight.png"),
            seconds=SECONDS,
        )
        assert results.is_file(), f"The suite {suite} never began (see {room}).\n{said.stdout}"
        outcomes = [
            Outcome(each["name"], each.get("failure", ""), each["milliseconds"])
            for each in json.loads(results.read_text("utf-8"))
        ]
        assert said.returncode == 0, f"The suite {suite} did not end (see {room}).\n{said.stdout}"
        return outcomes

    def run_person(self, script: str, folder: Path, **options: object) -> Any:
        """Let a script do in a window what a person would, and return what it answers."""
        said = self._drive(script, folder=str(folder), **options)
        assert said.returncode == 0, said.stdout
        answers = [line for line in said.stdout.splitlines() if line.startswith("ANSWER ")]
        assert answers, said.stdout
        return json.loads(answers[-1].removeprefix("ANSWER "))

    def _drive(self, script: str, **options: object) -> subprocess.CompletedProcess[str]:
        given = {key: value for key, value in options.items() if value is not None} | {
            "address": self.address,
            "modules": str(self.edition.folder),
            "browser": str(browser()),
        }
        with _alone():
            return subprocess.run(
                [str(self.edition.node), str(HERE / script), json.dumps(given)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=2 * SECONDS,
                check=False,
            )


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process that runs tests has a window open: each takes a whole core."""
    with (CACHE / "window.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


_ENGINES = {"engines": {"vscode": "*"}}
# The group ends with the server, and with the process that holds the other end of the input,
# however that ends.
_AS_LONG_AS_WE_LIVE = '("$@"; kill -KILL -$$) & cat >/dev/null; kill -KILL -$$'


def needed_edition() -> Edition:
    """Return the edition to run; skip the test where it or a browser is missing, fail on CI."""
    found = edition()
    need("Chromium", f"run `{INSTALLER}` as root, or install one", browser() is not None)
    need(
        "the server of VS Code",
        f"run `{INSTALLER}`",
        found is not None and found.is_installed(),
    )
    assert found is not None
    return found


@contextlib.contextmanager
def started(
    state: Path,
    vsix: Path,
    *,
    settings: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    trusts_all: bool = True,
) -> Iterator[Workbench]:
    """Serve VS Code with an extension installed, until the block ends.

    `settings` are the user's; in windows of a server that does not trust all, a folder is trusted
    only once somebody has said so.
    """
    chosen = needed_edition()
    machine = state / "data" / "Machine"
    machine.mkdir(parents=True)
    (machine / "settings.json").write_text(json.dumps({**SETTINGS, **(settings or {})}))
    places = ["--server-data-dir", str(state), "--extensions-dir", str(state / "extensions")]
    program = [str(chosen.node), str(chosen.server), *places]
    # Without a gallery of extensions nothing looks for one on the network. A Python has only what
    # the tests give it.
    given = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "EXTENSIONS_GALLERY": '{"serviceUrl":""}',
        "HOME": str(state / "home"),
        **(environment or {}),
    }
    (state / "home").mkdir()
    installed = subprocess.run(
        [*program, "--install-extension", str(vsix)],
        env=given,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert "successfully installed" in installed.stdout, installed.stdout
    options = ["--host", "127.0.0.1", "--port", "0", "--without-connection-token"]
    options += ["--accept-server-license-terms", "--telemetry-level", "off"]
    # Extensions get the environment given here, not that of somebody's login shell.
    options += ["--force-disable-user-env"]
    # Only with this does a built workbench run tests in its extension host.
    options += ["--enable-smoke-test-driver"]
    options += ["--disable-workspace-trust"] if trusts_all else []
    with subprocess.Popen(
        ["sh", "-c", _AS_LONG_AS_WE_LIVE, "sh", *program, *options],
        env=given,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as server:
        assert server.stdout is not None
        try:
            port = _announced_port(server.stdout)
            threading.Thread(target=_drain, args=(server.stdout,), daemon=True).start()
            yield Workbench(f"http://127.0.0.1:{port}", state, chosen)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)


def _announced_port(output: IO[str]) -> int:
    """Read what the server says until it names the port that the system gave it."""
    said = []
    while select.select([output], [], [], SECONDS)[0] and (line := output.readline()):
        said.append(line)
        if found := re.search(r"listening on (\d+)", line):
            return int(found[1])
    raise AssertionError("VS Code's server did not start:\n" + "".join(said))


def _drain(output: IO[str]) -> None:
    """Read on, so that the server never waits for a reader."""
    with contextlib.suppress(ValueError):
        for _ in output:
            pass
