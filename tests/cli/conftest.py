"""A project on disk, and the command line run in it as a person would."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from referee.cli.main import main

DATASOURCE = 'datasource db {\n  provider = "postgresql"\n}\n'
BLOG = """\
model User {
  id    Int    @id
  posts Post[]
}

model Post {
  id       Int  @id
  author   User @relation(fields: [authorId], references: [id], onDelete: Cascade)
  authorId Int
}
"""
CLEAN = "model Country {\n  code String @id @db.Char(2)\n}\n"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run of the command ended: its exit code, and what it said on both streams."""

    code: int
    out: str
    err: str


Referee = Callable[..., Ended]
Project = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture
def referee(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Referee:
    """Run the command with some words, and with a text as its standard input."""
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_WORKSPACE", "REFEREE_TRACE"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str, stdin: bytes = b"") -> Ended:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = main(words)
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return run


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Write files into a new folder with a package file, and work in it."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        for name, text in {"package.json": "{}", **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return write


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond a size, as on a disk that is full."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
