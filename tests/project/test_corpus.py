"""Every repository of the corpus gives exactly its schemas, whatever file or folder is named."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.project.folders import discover as discover_in
from tests.project.folders import files_of, found

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("REFEREE_CORPUS", ROOT.parent / "shared" / "corpus"))
INDEX = CORPUS / "INDEX.tsv"

pytestmark = pytest.mark.skipif(
    not INDEX.is_file(),
    reason="needs the corpus of real schemas, which is not here; to get it, set REFEREE_CORPUS",
)


def units() -> Mapping[str, Sequence[str]]:
    """Return the paths of the schemas by the folder of their repository; a folder ends in `/`."""
    by_folder: dict[str, list[str]] = {}
    if INDEX.is_file():
        with INDEX.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows, delimiter="\t"):
                by_folder.setdefault(row["dir"], []).append(row["path"])
    return by_folder


def files_below(repository: Path, unit: str) -> list[str]:
    if not unit.endswith("/"):
        return [unit]
    paths = (repository / unit).rglob("*.prisma")
    return sorted(path.relative_to(repository).as_posix() for path in paths)


@pytest.mark.parametrize("name", units())
def test_a_repository_gives_exactly_its_schemas(name: str) -> None:
    repository = CORPUS / name
    expected = sorted(files_below(repository, unit) for unit in units()[name])
    schemas = discover_in(repository).schemas
    assert sorted(files_of(schema, repository) for schema in schemas) == expected
    assert {schema.found_by for schema in schemas} == {"folder"}
    assert {schema.focus for schema in schemas} == {None}
    places = {schema.place.relative_to(repository.resolve()).as_posix() for schema in schemas}
    assert places == {unit.rstrip("/") for unit in units()[name]}


@pytest.mark.parametrize("name", units())
def test_each_file_leads_to_its_schema(name: str) -> None:
    repository = CORPUS / name
    for unit in units()[name]:
        files = files_below(repository, unit)
        for file in files:
            assert found(repository, file) == [files]


def test_all_units_of_the_corpus_are_tested() -> None:
    assert sum(len(paths) for paths in units().values()) >= 75


def test_the_whole_corpus_at_once_gives_all_units() -> None:
    schemas = discover_in(CORPUS).schemas
    assert len(schemas) == sum(len(paths) for paths in units().values())
