"""Finds the test data that is too large, or not ours, to be in the repository, and reads it.

Two folders are known: real schemas with their migrations, and cases of the official validator.
It deliberately does not know what a schema means.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.needs import need
from tests.support.official import ROOT, OfficialDiagnostic, blank_urls, read_diagnostics

CORPUS = Path(os.environ.get("REFEREE_CORPUS") or ROOT.parent / "shared" / "corpus")
OFFICIAL_CASES = Path(
    os.environ.get("REFEREE_OFFICIAL_CASES") or ROOT.parent / "shared" / "official-cases"
)


@dataclass(frozen=True, slots=True)
class CorpusUnit:
    """One schema of a public application: its files, and what is recorded about it."""

    name: str
    """Readable and unique: the project's folder, a slash, the path of the file or folder."""
    files: Mapping[str, str]
    """From the path in the project's repository to the text, as it is: line ends untouched."""
    provider: str
    relation_mode: str
    """As written in the datasource; empty when it is not."""
    wasm_class: str
    """How the official validator takes it: `valid`, `valid-once-url-removed`, ..., `invalid`."""
    migrations: Path | None
    """The folder with the project's migrations, where it keeps them."""
    record_path: Path

    @property
    def is_one_file(self) -> bool:
        return len(self.files) == 1

    @property
    def text(self) -> str:
        """The text of a unit that is one file."""
        (text,) = self.files.values()
        return text

    def recorded_lint(self) -> list[OfficialDiagnostic]:
        """What the official validator says about the files as they are."""
        return read_diagnostics(self.record()["lint"], self.files)

    def recorded_lint_without_urls(self) -> list[OfficialDiagnostic]:
        """What the official validator says once `blank_urls` has been over the files."""
        blanked = {path: blank_urls(text) for path, text in self.files.items()}
        return read_diagnostics(self.record()["lint_url_blanked"], blanked)

    def record(self) -> Mapping[str, Any]:
        """The whole record; its offsets count UTF-16 code units."""
        record: dict[str, Any] = json.loads(self.record_path.read_bytes())
        return record


@dataclass(frozen=True, slots=True)
class OfficialCase:
    """One case of the official validator's own tests: a schema and what is said about it."""

    name: str
    """Path below the folder of cases, without the ending."""
    path: Path
    text: str

    def recorded_lint(self) -> list[OfficialDiagnostic]:
        """What the present validator says about the text as it is."""
        return read_diagnostics(self.record()["lint"] or (), {"schema.prisma": self.text})

    def recorded_lint_without_urls(self) -> list[OfficialDiagnostic]:
        """What the present validator says once `blank_urls` has been over the text."""
        records = self.record()["lint_url_blanked"] or ()
        return read_diagnostics(records, {"schema.prisma": blank_urls(self.text)})

    def record(self) -> Mapping[str, Any]:
        """The whole record; its offsets count UTF-16 code units."""
        path = self.path.with_name(self.path.name + ".lint.json")
        if not path.exists():
            path = self.path.with_suffix(".lint.json")
        record: dict[str, Any] = json.loads(path.read_bytes())
        return record


def require_corpus() -> None:
    """Go on if the corpus is here; otherwise skip the test, or fail it on CI."""
    need(
        "the corpus of schemas",
        "set REFEREE_CORPUS to its folder",
        has_corpus(),
        ci_has_it=False,
    )


def require_official_cases() -> None:
    """Go on if the official cases are here; otherwise skip the test, or fail it on CI."""
    need(
        "the official cases",
        "set REFEREE_OFFICIAL_CASES to their folder",
        has_official_cases(),
        ci_has_it=False,
    )


def has_corpus() -> bool:
    """Tell whether the corpus is here, for parametrising a test without requiring it."""
    return (CORPUS / "INDEX.tsv").is_file()


def has_official_cases() -> bool:
    """Tell whether the official cases are here, for parametrising a test without requiring it."""
    return (OFFICIAL_CASES / "psl").is_dir()


@cache
def corpus_units() -> tuple[CorpusUnit, ...]:
    """Return every unit of the corpus, in the order of its index; none when it is absent."""
    return tuple(read_units(CORPUS)) if has_corpus() else ()


@cache
def official_cases() -> tuple[OfficialCase, ...]:
    """Return every case that has a schema and a record, by name; none when they are absent."""
    return tuple(read_cases(OFFICIAL_CASES)) if has_official_cases() else ()


def read_units(folder: Path) -> Iterator[CorpusUnit]:
    """Read the index of a corpus, and the files of each unit."""
    with (folder / "INDEX.tsv").open(encoding="utf-8", newline="") as index:
        for row in csv.DictReader(index, delimiter="\t", quoting=csv.QUOTE_NONE):
            project = folder / row["dir"]
            record_path = project / (row["path"].rstrip("/") + ".lint.json")
            paths: list[str] = json.loads(record_path.read_bytes())["files"]
            yield CorpusUnit(
                name=f"{row['dir']}/{row['path'].rstrip('/')}",
                files={path: read_text(project / path) for path in paths},
                provider=row["provider"],
                relation_mode=row["relationMode"],
                wasm_class=row["wasm_class"],
                migrations=project / row["migrations_dir"] if row["migrations_dir"] else None,
                record_path=record_path,
            )


def read_cases(folder: Path) -> Iterator[OfficialCase]:
    """Read the validation cases and the cases taken from unit tests."""
    for path in sorted(
        [*(folder / "psl").rglob("*.prisma"), *(folder / "psl-rs").rglob("*.prisma")]
    ):
        yield OfficialCase(
            name=path.relative_to(folder).with_suffix("").as_posix(),
            path=path,
            text=read_text(path),
        )


def read_text(path: Path) -> str:
    """Read a file with its line ends untouched."""
    return path.read_bytes().decode("utf-8")
