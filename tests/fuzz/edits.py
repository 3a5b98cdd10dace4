"""Random editing of the files of a schema: made from a seed, replayed from a report, shrunk.

A step is plain data and can be made on any text: offsets are clamped. So steps can be left out
until only those remain that a failure needs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple, TypeAlias

from referee.engine.session import Session
from referee.features.diagnostics import all_diagnostics
from referee.text.edits import TextEdit

Files: TypeAlias = Mapping[str, str]

MOST_RUNS = 400
# A snapshot is compared with one from scratch, which costs as much as the files are long.
COMPARED_CHARACTERS = 5_000

PASTES = (
    "model X {\n  id Int @id\n}\n",
    "model User {\n",
    "enum Kind {\n  A\n  B\n}\n",
    "type Address {\n  street String\n}\n",
    'datasource db {\n  provider = "mysql"\n}\n',
    'datasource db {\n  provider = "sqlserver"\n  relationMode = "prisma"\n}\n',
    'generator client {\n  provider = "prisma-client"\n  previewFeatures = ["views"]\n}\n',
    "  @@index([userId])\n",
    "  @@unique([id, name])\n",
    '  @@map("x")\n',
    "  user User @relation(fields: [userId], references: [id], onDelete: Cascade)\n  userId Int\n",
    "  parent X? @relation(fields: [id], references: [id])\n",
    "onDelete: SetNull",
    "// referee-ignore unindexed-foreign-key\n",
    "// referee-ignore-file relation-cycle: known\n",
    "/// prisma-lint-ignore-model require-field-index\n",
    "// use prisma-8\n",
    *("/*", "*/", "/* a */", "//", "///", "}\n", "}\n\n", "{", "(", ")", "[", "]", '"', "\\"),
    *("\r\n", "\r", "\n\n", "\t", "\u2028", "\x0c", "\ufeff", "\x00", "é", "😀", "_", "@", "@@"),
    *("?", "[]", "Int", "String", "fields: [", "@ignore", "@@ignore", "@unique", "@db.Text"),
)
CHARACTERS = "aeiouIdX01_@{}[]()?,:=./\"' \n"


class Step(NamedTuple):
    """One thing that happens to a schema. `start` and `end` count characters of the text."""

    kind: Literal["edit", "put", "remove", "look"]
    path: str = ""
    start: int = 0
    end: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, with everything that is needed to see it again."""

    files: Files
    steps: tuple[Step, ...]
    error: str

    def as_json(self) -> str:
        """Return the failure as text for `read_failure`."""
        content = {"error": self.error, "files": dict(self.files), "steps": self.steps}
        return json.dumps(content, indent=1)


def random_steps(files: Files, chance: Random, count: int) -> Iterator[Step]:
    """Yield steps on these files, so that about every text of 5,000 characters is looked at."""
    texts = dict(files)
    older: list[tuple[str, str]] = []
    for _ in range(count):
        step = _random_step(texts, files, older, chance)
        before = texts.get(step.path)
        if before is not None and step.kind != "look":
            older = [*older[-20:], (step.path, before)]
        apply_step(texts, step)
        yield step
        if chance.random() < COMPARED_CHARACTERS / (1 + sum(map(len, texts.values()))):
            yield Step("look")
    yield Step("look")


def apply_step(texts: dict[str, str], step: Step) -> None:
    """Make a step on plain texts."""
    if step.kind == "put":
        texts[step.path] = step.text
    elif step.kind == "remove":
        texts.pop(step.path, None)
    elif step.kind == "edit" and step.path in texts:
        text = texts[step.path]
        start, end = clamped(step, len(text))
        texts[step.path] = text[:start] + step.text + text[end:]


def clamped(step: Step, length: int) -> tuple[int, int]:
    """Return the bounds of an edit as far as the text goes."""
    start = min(step.start, length)
    return start, max(start, min(step.end, length))


def first_failure(files: Files, steps: Sequence[Step]) -> Failure | None:
    """Make the steps in a paranoid session; return what went wrong and the steps up to there."""
    session = Session(paranoid=True)
    texts = dict(files)
    for number in range(-1, len(steps)):
        step = Step("look") if number < 0 else steps[number]
        try:
            if number < 0:
                for path, text in files.items():
                    session.put(path, text)
            _make(session, step)
            apply_step(texts, step)
            if step.kind == "look":
                _compare_texts(session, texts)
        except Exception as error:
            return Failure(files, tuple(steps[: number + 1]), f"{type(error).__name__}: {error}")
    return None


def shrunk(failure: Failure, most_runs: int = MOST_RUNS) -> Failure:
    """Return a smaller failure of the same kind: fewer steps, files and lines."""
    runs = 0
    kind = failure.error.partition(":")[0]

    def fails(files: Files, steps: Sequence[Step]) -> Failure | None:
        nonlocal runs
        if runs >= most_runs:
            return None
        runs += 1
        found = first_failure(files, [*steps, Step("look")])
        return found if found is not None and found.error.partition(":")[0] == kind else None

    best = failure
    size = max(1, len(best.steps) // 2)
    while True:
        found = _without_parts(best.steps, size, partial(fails, best.files))
        best = found or best
        if found is None and size == 1:
            break
        size = max(1, min(size // 2, len(best.steps) // 2))
    for path in list(best.files):
        best = fails({p: t for p, t in best.files.items() if p != path}, best.steps) or best
    for path in list(best.files):
        best = _with_fewer_lines(best, path, fails)
    return best


def read_failure(path: Path) -> Failure:
    """Read the report of a failure."""
    content = json.loads(path.read_text("utf-8"))
    return Failure(
        content["files"], tuple(Step(*step) for step in content["steps"]), content["error"]
    )


def _random_step(
    texts: Mapping[str, str], files: Files, older: Sequence[tuple[str, str]], chance: Random
) -> Step:
    what = chance.random()
    if what < 0.02 and len(texts) > 1:
        return Step("remove", chance.choice(sorted(texts)))
    if what < 0.04 or not texts:
        path = chance.choice(sorted(files))
        return Step("put", path, text=files[path])
    if what < 0.06:
        path = f"new{chance.randrange(3)}.prisma"
        return Step("put", path, text="".join(chance.choices(PASTES, k=chance.randrange(6))))
    if what < 0.14 and older:
        path, text = older[-1] if chance.random() < 0.7 else chance.choice(older)
        return Step("put", path, text=text)
    path = chance.choice(sorted(texts))
    text = texts[path]
    # Near to the last edits things happen that far away do not.
    start = chance.randint(0, len(text))
    if what < 0.5:
        length = chance.choice((0, 0, 0, 0, 1, 1, 2))
        return Step("edit", path, start, start + length, chance.choice(("", *CHARACTERS)))
    if what < 0.7:
        length = chance.choice((0, 0, 1, 10, 100))
        return Step("edit", path, start, start + length, chance.choice(PASTES))
    line = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start) + 1 or len(text)
    if what < 0.8:
        return Step("edit", path, line, end, "")
    if what < 0.9:
        return Step("edit", path, line, line, text[line:end])
    other = chance.choice(sorted(texts))
    from_ = chance.randint(0, len(texts[other]))
    copied = texts[other][from_ : from_ + chance.choice((5, 50, 500))]
    return Step("edit", path, start, start + chance.choice((0, 50)), copied)


def _make(session: Session, step: Step) -> None:
    if step.kind == "put":
        session.put(step.path, step.text)
    elif step.kind == "remove":
        session.remove(step.path)
    elif step.kind == "edit":
        source = session.source(step.path)
        if source is not None:
            start, end = clamped(step, len(source.text))
            session.edit(step.path, TextEdit(start, end, step.text))
    else:
        all_diagnostics(session.snapshot())


def _compare_texts(session: Session, texts: Mapping[str, str]) -> None:
    snapshot = session.snapshot()
    found = {path: source.text for path, source in snapshot.sources.items()}
    if found != dict(texts):
        raise AssertionError("the texts of the session are not those that were written")


def _without_parts(
    steps: tuple[Step, ...], size: int, fails: Callable[[Sequence[Step]], Failure | None]
) -> Failure | None:
    best: Failure | None = None
    start = 0
    while start < len(steps):
        rest = steps[:start] + steps[start + size :]
        found = fails(rest)
        if found is not None and len(found.steps) < len(steps):
            best = found
            steps = found.steps
        else:
            start += size
    return best


def _with_fewer_lines(
    failure: Failure, path: str, fails: Callable[[Files, Sequence[Step]], Failure | None]
) -> Failure:
    """Leave out lines; edits move, so this works where what fails does not need their place."""
    lines = failure.files[path].splitlines(keepends=True) if path in failure.files else []
    size = max(1, len(lines) // 2)
    while lines:
        start = 0
        while start < len(lines):
            text = "".join([*lines[:start], *lines[start + size :]])
            found = fails({**failure.files, path: text}, failure.steps)
            if found is not None:
                failure = found
                del lines[start : start + size]
            else:
                start += size
        if size == 1:
            break
        size //= 2
    return failure
