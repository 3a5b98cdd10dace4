"""The extension as it is packaged, in VS Code itself.

Each test is a window: a browser, an extension host, and in it a suite of tests in JavaScript,
whose names and failures are told here.
"""

from __future__ import annotations

import json
import os
import shutil
import sysconfig
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.editors.conformance.session import check_recorded
from tests.editors.vscode import projects
from tests.editors.vscode.interpreter import write_interpreter
from tests.editors.vscode.workbench import HERE, Outcome, Workbench, started
from tests.lsp.schemas import ONE_FINDING
from tests.project.folders import write

pytestmark = pytest.mark.slow

ROOT = HERE.parents[2]


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which each language server's messages are recorded."""
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="session")
def workbench(
    tmp_path_factory: pytest.TempPathFactory, logs: Path, vsix: Path
) -> Iterator[Workbench]:
    """VS Code with the extension, and a recording Python on its PATH."""
    folder = tmp_path_factory.mktemp("vscode")
    with started(folder / "state", vsix, environment=with_python(folder, logs)) as running:
        yield running


def with_python(folder: Path, logs: Path) -> dict[str, str]:
    write_interpreter(folder / "bin" / "python3", logs)
    return {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def test_one_folder(workbench: Workbench, tmp_path: Path, logs: Path) -> None:
    folder = projects.one_folder(tmp_path / "shop")
    judge(workbench.run_suite("one_folder.js", folder, facts={"logs": str(logs)}), logs)


def test_migrations(workbench: Workbench, tmp_path: Path, logs: Path) -> None:
    folder = projects.migrations(tmp_path / "shop")
    judge(workbench.run_suite("migration.js", folder, facts={"logs": str(logs)}), logs)


def test_several_folders(workbench: Workbench, tmp_path: Path, logs: Path) -> None:
    workspace = projects.several_folders(tmp_path)
    facts = {"logs": str(logs)}
    judge(
        workbench.run_suite("several_folders.js", tmp_path, workspace=workspace, facts=facts), logs
    )


def test_beside_the_extension_of_prisma(workbench: Workbench, tmp_path: Path, logs: Path) -> None:
    folder = write(
        tmp_path / "shop", {"package.json": "{}", "prisma/schema.prisma": projects.SAID_BY_BOTH}
    )
    official = HERE / "official"
    facts = {"logs": str(logs)}
    judge(workbench.run_suite("beside_prisma.js", folder, extensions=[official], facts=facts), logs)


def test_interpreters(workbench: Workbench, tmp_path: Path, logs: Path) -> None:
    notes = {name: tmp_path / f"{name}.txt" for name in ("set", "environment", "installed")}
    folder = write(tmp_path / "shop", {"package.json": "{}", "schema.prisma": ONE_FINDING})
    (tmp_path / "empty").mkdir()
    write_interpreter(tmp_path / "old" / "python3", logs, "3.8.20")
    set_python = write_interpreter(tmp_path / "set" / "python", logs, note=notes["set"])
    write_environment(folder / "later", notes["environment"], notes["installed"])
    facts = {
        "logs": str(logs),
        "emptyFolder": str(tmp_path / "empty"),
        # What the shell scripts themselves need is found, and no Python is.
        "oldPythonFolder": str(tmp_path / "old"),
        "setPython": str(set_python),
        "notes": {name: str(path) for name, path in notes.items()},
    }
    judge(workbench.run_suite("interpreters.js", folder, facts=facts), logs)


def test_the_choice_of_the_python_extension(
    workbench: Workbench, tmp_path: Path, logs: Path
) -> None:
    folder = write(tmp_path / "shop", {"package.json": "{}", "schema.prisma": ONE_FINDING})
    versions = {"first": "", "second": "", "old": "3.8.20"}
    notes = {name: tmp_path / f"{name}.txt" for name in versions}
    pythons = {
        name: write_interpreter(tmp_path / name / "python", logs, version, note=notes[name])
        for name, version in versions.items()
    }
    facts = {
        "logs": str(logs),
        "pythons": {name: str(path) for name, path in pythons.items()},
        "notes": {name: str(path) for name, path in notes.items()},
    }
    python = HERE / "python"
    judge(
        workbench.run_suite("python_extension.js", folder, extensions=[python], facts=facts), logs
    )


def test_a_person_sees_a_finding_hovers_fixes_it_and_follows_the_lens_to_the_map(
    workbench: Workbench, tmp_path: Path, logs: Path
) -> None:
    folder = projects.shown(tmp_path / "shop")
    seen = workbench.run_person("person.mjs", folder, pictures=pictures(tmp_path))
    assert "1 error, 3 warnings, 1 information" in seen["status"]
    assert "1 error, 2 warnings, 1 information" in seen["statusAfter"]
    assert seen["lens"].startswith("deleting one removes rows of 1 model")
    assert "Order         removed" in seen["hoverOfModel"].replace("\xa0", " ")
    assert "`Order.customerId` has no index" in seen["hoverOfFinding"]
    assert "unindexed-foreign-key" in seen["hoverOfFinding"]
    fix, silence = seen["fixes"]
    assert fix == "Add `@@index([customerId])`"
    assert silence == "Silence `unindexed-foreign-key` here"
    assert "@@index([customerId])" in (folder / "prisma" / "schema.prisma").read_text()
    rows = [row.split() for row in seen["map"].splitlines()]
    assert [row[0].lstrip("■✕∅") for row in rows] == ["Invoice", "Order", "OrderItem"]
    assert [row[1] for row in rows] == ["refuses:", "removed", "refuses:"]
    assert (seen["notifications"], seen["outside"]) == ([], [])
    converse_well(logs)


def test_the_map_of_many_models_is_used_by_keyboard_and_leads_to_the_source(
    workbench: Workbench, tmp_path: Path, logs: Path
) -> None:
    folder = tmp_path / "orchard"
    shutil.copytree(ROOT / "examples" / "orchard", folder)
    place = "prisma/schema/tasks.prisma"
    task = {"file": "tasks.prisma", "place": place, "model": "Task", "other": "Sprint"}
    seen = workbench.run_person("map.mjs", folder, **task, pictures=pictures(tmp_path))
    assert "147 models" in seen["overview"]
    assert "Deleting a row of Task removes rows of 7 other models" in seen["chosen"]
    schema = (folder / place).read_text().splitlines()
    assert schema[int(seen["line"]) - 1] == "model Task {"
    assert seen["source"] == f"tasks.prisma:{seen['line']}"
    assert "Deleting a row of Sprint" in seen["other"]
    assert seen["outside"] == []
    converse_well(logs)


def pictures(folder: Path) -> str:
    """Make a folder for pictures; a test that fails leaves its last sight there."""
    made = folder / "pictures"
    made.mkdir()
    return str(made)


def test_a_workspace_that_is_not_trusted_runs_nothing_of_its_own(
    vsix: Path, tmp_path: Path, logs: Path
) -> None:
    note = tmp_path / "note.txt"
    folder = write(tmp_path / "shop", {"package.json": "{}", "one/schema.prisma": ONE_FINDING})
    plant(folder, logs, note)
    settings = {"security.workspace.trust.enabled": True}
    environment = with_python(tmp_path, logs)
    with started(
        tmp_path / "state", vsix, settings=settings, environment=environment, trusts_all=False
    ) as running:
        seen = running.run_person(
            "restricted.mjs",
            folder,
            note=str(note),
            lastSight=str(tmp_path / "last-sight.png"),
        )
    assert "1 warning" in seen["label"]
    assert seen["notifications"] == []
    assert not seen["ranInRestrictedMode"]
    assert note.exists(), "once the folder is trusted, what it brings does run"


def plant(folder: Path, logs: Path, note: Path) -> None:
    """Put into a folder all that a careless extension would run; each of them leaves a note."""
    traps = [
        folder / ".venv" / "bin" / "python",
        folder / ".venv" / "bin" / "python3",
        folder / ".venv" / "bin" / "referee",
        folder / "venv" / "bin" / "python",
        folder / "node_modules" / ".bin" / "referee",
        folder / "python3",
        folder / "bin" / "referee",
    ]
    for trap in traps:
        write_interpreter(trap, logs, note=note)
    leave_note = f"open({str(note)!r}, 'a').write('ran')\n"
    for module in ("sitecustomize.py", "usercustomize.py", "json.py", "lark.py", "platform.py"):
        (folder / module).write_text(leave_note)
    write(folder, {"referee/__init__.py": leave_note, "prisma.config.ts": "throw new Error('ran')"})
    settings = {
        "referee.interpreter": "${workspaceFolder}/.venv/bin/python",
        "referee.importStrategy": "fromEnvironment",
        "python.defaultInterpreterPath": "${workspaceFolder}/.venv/bin/python",
    }
    write(folder, {".vscode/settings.json": json.dumps(settings)})


def write_environment(folder: Path, ran: Path, imported: Path) -> None:
    """Make a virtual environment in which Referee is installed; both leave notes."""
    venv.create(folder, symlinks=True, with_pip=False)
    (site,) = folder.glob("lib/python*/site-packages")
    real = ROOT / "server" / "referee"
    lines = [
        "from pathlib import Path",
        f"Path({str(imported)!r}).write_text('imported')",
        f"__path__ = [{str(real)!r}, *__path__]",
        f"__file__ = {str(real / '__init__.py')!r}",
        "exec(compile(Path(__file__).read_text('utf-8'), __file__, 'exec'))",
    ]
    write(site, {"referee/__init__.py": "\n".join([*lines, ""])})
    (site / "referee" / "grammar").symlink_to(ROOT / "grammar")
    # What Referee depends on is installed where these tests run.
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    note = f"import sys\nif '--stdio' in sys.orig_argv: open({str(ran)!r}, 'w').write('ran')\n"
    (site / "sitecustomize.py").write_text(note)


def judge(outcomes: Sequence[Outcome], logs: Path) -> None:
    """Fail if a test of a suite did, if there was none, or if a conversation is not in order."""
    assert outcomes
    converse_well(logs)
    failed = [each for each in outcomes if each.failure]
    told = "\n\n".join(f"{each.name}:\n{each.failure}" for each in failed)
    assert not failed, f"{len(failed)} of {len(outcomes)} tests failed\n\n{told}"


def converse_well(logs: Path) -> None:
    """Fail if a message breaks the protocol, or tells of a mistake inside the server."""
    for session in check_recorded(logs):
        for said in session:
            text = json.dumps(said.message.get("params"))
            is_log = said.message.get("method") == "window/logMessage"
            assert not (is_log and "This is a mistake in Referee" in text), text
