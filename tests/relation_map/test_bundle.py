"""The committed bundle is what its sources make, whole, and under the licences that it names."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

from tests.support.needs import need

ROOT = Path(__file__).resolve().parents[2]
WEBVIEW = ROOT / "vscode-client" / "webview"
ASSETS = ROOT / "server" / "referee" / "features" / "assets"
MODULES = ROOT / "node_modules"
PACKAGES = ("cytoscape", "@dagrejs/dagre", "@dagrejs/graphlib")


def need_node_modules() -> None:
    need("node", "install Node 20 or newer", shutil.which("node") is not None)
    for name in ("esbuild", "typescript", *PACKAGES):
        need(name, "run `npm install`", (MODULES / name / "package.json").is_file())


def test_the_bundle_is_what_its_sources_make(tmp_path: Path) -> None:
    need_node_modules()
    subprocess.run(["node", str(WEBVIEW / "build.mjs"), str(tmp_path)], check=True, cwd=ROOT)
    built = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_bytes() for path in ASSETS.glob("relation-map.*")}
    assert built.keys() == committed.keys()
    for name, content in built.items():
        assert content == committed[name], (
            f"{name} is not what vscode-client/webview makes: run `npm install`, then "
            "`node vscode-client/webview/build.mjs`, and commit what it writes."
        )


def test_the_sources_have_no_mistake_of_types() -> None:
    need_node_modules()
    compiler = MODULES / "typescript" / "bin" / "tsc"
    ended = subprocess.run(
        ["node", str(compiler), "-p", str(WEBVIEW)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout


def test_the_bundle_carries_the_licences_of_what_is_in_it() -> None:
    script = (ASSETS / "relation-map.js").read_text(encoding="utf-8")
    notice = script[: script.index("*/")]
    versions = json.loads((ROOT / "vscode-client" / "package.json").read_text())["devDependencies"]
    for name in PACKAGES:
        (version,) = re.findall(rf"^{re.escape(name)} (\S+)$", notice, re.MULTILINE)
        assert versions.get(name, version) == version
    assert notice.count("Permission is hereby granted, free of charge") == len(PACKAGES)
    assert "Copyright (c) 2016-20" in notice


def test_the_bundle_can_stand_in_a_page_and_evaluates_no_text() -> None:
    script = (ASSETS / "relation-map.js").read_text(encoding="utf-8")
    assert "</script" not in script.lower()
    assert "<!--" not in script
    assert not re.search(r"\beval\(|new Function\(", script)
    style = (ASSETS / "relation-map.css").read_text(encoding="utf-8")
    assert "</style" not in style.lower()
    assert "url(" not in style
    assert "@import" not in style


def test_the_assets_are_part_of_the_python_package() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'^"referee\.features" = \["assets/\*"\]$', project, re.MULTILINE)
