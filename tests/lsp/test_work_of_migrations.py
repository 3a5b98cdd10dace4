"""What migrations cost an editor, counted: scripts read and replayed, files opened, types read.

The clock is for `make bench`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import referee
from tests.lsp.editor import Editor, insert, replace
from tests.project.folders import write

FOLDER = "prisma/migrations"
COUNT = 40
SCHEMA = """\
datasource db {
  provider = "postgresql"
}

model User {
  id Int @id
"""
# Where the work is done: the file of a function, and its name.
PARSED = ("referee/migrations/sql/reading.py", "parse_script")
REPLAYED = ("referee/migrations/replay/__init__.py", "replay")
TYPE_READ = ("referee/ddl/types.py", "_read")
SNAPSHOT_READ = ("referee/migrations/snapshot.py", "from_json")
SERVER = Path(referee.__file__).parent.parent
COUNTED = (PARSED, REPLAYED, TYPE_READ, SNAPSHOT_READ)


class Opened:
    """Counts the files that this process opens below a folder, while there is one to count in.

    There is one for the whole process, because Python forgets no audit hook.
    """

    def __init__(self) -> None:
        self.folder: str | None = None
        self.names: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if (
            self.folder is not None
            and event == "open"
            and str(arguments[0]).startswith(self.folder)
        ):
            self.names.append(str(arguments[0]))


OPENED = Opened()


@contextmanager
def counting(folder: Path) -> Iterator[Counter[tuple[str, str] | str]]:
    """Count the work that is done inside, and under "files" the files opened in the folder."""
    found: Counter[tuple[str, str] | str] = Counter()

    def note(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            code = frame.f_code
            for each in COUNTED:
                if code.co_name == each[1] and code.co_filename.endswith(each[0]):
                    found[each] += 1

    before = sys.getprofile()
    OPENED.folder, OPENED.names = str(folder), []
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(before)
        OPENED.folder = None
        found["files"] = len(OPENED.names)


@pytest.fixture
def project(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A project whose migrations add a column each, and have made all that its schema says."""
    monkeypatch.setenv("REFEREE_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
    # Comparing every replay with one from the beginning would be counted, too.
    monkeypatch.delenv("REFEREE_PARANOID", raising=False)
    scripts = {
        script(number): f'ALTER TABLE "User" ADD COLUMN "p{number}" VARCHAR({number});\n'
        for number in range(1, COUNT)
    }
    scripts[script(0)] = (
        'CREATE TABLE "User" ("id" INTEGER NOT NULL, CONSTRAINT "User_pkey" PRIMARY KEY ("id"));\n'
    )
    fields = "".join(f"  p{number} String? @db.VarChar({number})\n" for number in range(1, COUNT))
    lock = {f"{FOLDER}/migration_lock.toml": 'provider = "postgresql"\n'}
    write(tmp_path, {"prisma/schema.prisma": f"{SCHEMA}{fields}}}\n", **scripts, **lock})
    return tmp_path


@pytest.mark.parametrize("counted", COUNTED)
def test_what_is_counted_has_its_name_still(counted: tuple[str, str]) -> None:
    file, name = counted
    assert f"\ndef {name}(" in (SERVER / file).read_text("utf-8")


def script(number: int) -> str:
    return f"{FOLDER}/202601010000{number:02}_m/migration.sql"


def test_an_edit_of_the_schema_reads_no_script_and_replays_nothing(project: Path) -> None:
    editor = Editor(project)
    schema = editor.open(project / "prisma/schema.prisma")
    assert editor.codes(schema) == []
    editor.change(schema, insert(6, 0, "  phone String?\n"))
    editor.change(schema, replace(6, 0, 7, 0, ""))
    with counting(project) as work:
        editor.change(schema, insert(6, 0, "  phone String?\n"))
        assert editor.codes(schema) == ["unmigrated-change"]
        editor.change(schema, replace(6, 0, 7, 0, ""))
        assert editor.codes(schema) == []
    assert work == {"files": 0}


def test_a_project_that_is_opened_again_has_only_its_newest_script_read(project: Path) -> None:
    with counting(project) as first:
        Editor(project).open(project / "prisma/schema.prisma")
    assert (first[PARSED], first[SNAPSHOT_READ]) == (COUNT, 0)
    with counting(project) as again:
        Editor(project).open(project / "prisma/schema.prisma")
    assert (again[PARSED], again[SNAPSHOT_READ]) == (1, 1)


def test_an_edit_of_a_script_reads_that_script_alone(project: Path) -> None:
    editor = Editor(project)
    schema = editor.open(project / "prisma/schema.prisma")
    newest = editor.open(project / script(COUNT - 1))
    with counting(project) as work:
        editor.change(newest, insert(0, 0, "-- a\n"))
    assert work[PARSED] == 1
    assert work["files"] == 0
    assert editor.codes(schema) == []
