"""Takes the pictures of Referee in a real VS Code: `python tools/pictures_of_vscode.py`.

It needs what `python tests/editors/vscode/install.py` installs, packages the extension, and writes
docs/images/vscode-*.png from the same windows that the tests work in. Editors and fonts draw a
little differently from machine to machine, so the pictures are taken by hand and looked at, and
their freshness is not checked.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.editors.vscode import projects  # noqa: E402
from tests.editors.vscode.conftest import packaged  # noqa: E402
from tests.editors.vscode.workbench import started  # noqa: E402

IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 300_000
# Nothing but the schema is in the window.
SETTINGS: dict[str, object] = {
    "workbench.colorTheme": "Default Dark Modern",
    "workbench.activityBar.location": "hidden",
    "workbench.layoutControl.enabled": False,
    "window.commandCenter": False,
    "breadcrumbs.enabled": False,
    "editor.minimap.enabled": False,
    "editor.fontFamily": "'JetBrains Mono', 'DejaVu Sans Mono', monospace",
    "editor.fontSize": 13,
    "editor.lineHeight": 20,
    "editor.scrollbar.vertical": "hidden",
    "editor.guides.indentation": False,
    "editor.hideCursorInOverviewRuler": True,
    "editor.overviewRulerBorder": False,
    "editor.renderLineHighlight": "none",
    "editor.scrollBeyondLastLine": False,
}
# What only the VS Code in a browser shows.
STYLE = """
.statusbar-item[id="status.host"],
.statusbar-item[id="status.forwardedPorts"],
.statusbar-item[id="status.workbench.keyboardLayout"] { display: none !important; }
"""


def main() -> int:
    """Take the pictures and return 0; say which are too heavy for a page and return 1."""
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        shop = projects.shown(folder / "shop")
        orchard = folder / "orchard"
        shutil.copytree(ROOT / "examples" / "orchard", orchard)
        pictures = folder / "pictures"
        pictures.mkdir()
        with started(folder / "state", packaged(), settings=SETTINGS) as vscode:
            looks = {"pictures": str(pictures), "style": STYLE}
            vscode.run_person("person.mjs", shop, **looks, size=(960, 740), scale=1.5)
            workflow = {"file": "workflows.prisma", "place": "prisma/schema/workflows.prisma"}
            workflow |= {"model": "Workflow", "other": "WorkflowRun"}
            vscode.run_person("map.mjs", orchard, **looks, **workflow, size=(1200, 700), scale=1.25)
        taken = sorted(pictures.glob("vscode-*.png"))
        for picture in taken:
            shutil.copyfile(picture, IMAGES / picture.name)
    heavy = [each.name for each in taken if (IMAGES / each.name).stat().st_size > MOST_BYTES]
    for name in heavy:
        print(f"{name} is heavier than {MOST_BYTES} bytes.", file=sys.stderr)
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(main())
