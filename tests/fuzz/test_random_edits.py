"""Random edits over real schemas: every snapshot is the one that a run from scratch gives."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import pytest

from referee.engine.session import Session
from tests.bench.schemas import schema_files
from tests.fuzz import edits
from tests.fuzz.edits import Failure, Files, Step, first_failure, random_steps, read_failure, shrunk
from tests.support.corpus import corpus_units
from tests.support.official import ROOT

# With 2,000 rounds: 100,000 edits.
EDITS_PER_ROUND = 50
SEEDS = 20
LONGEST_SCHEMA = 60_000


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_edits_differ_nowhere_from_a_run_from_scratch(
    seed: int, fuzz_rounds: int, tmp_path: Path
) -> None:
    left = EDITS_PER_ROUND * fuzz_rounds // SEEDS
    number = 0
    while left > 0:
        chance = Random(f"{seed}.{number}")
        files = chance.choice(real_schemas())
        steps = list(random_steps(files, chance, min(left, 100)))
        failure = first_failure(files, steps)
        if failure is not None:
            pytest.fail(told(shrunk(failure), f"seed {seed}.{number}", tmp_path), pytrace=False)
        left -= 100
        number += 1


@cache
def real_schemas() -> tuple[Files, ...]:
    """Return schemas to edit, with one file and with many; the corpus is used where it is."""
    orchard = ROOT / "examples" / "orchard" / "prisma" / "schema"
    texts = {path.name: path.read_text("utf-8") for path in sorted(orchard.glob("*.prisma"))}
    head = texts.pop("schema.prisma")
    parts = [{"schema.prisma": head, name: text} for name, text in texts.items()]
    units = [
        unit.files
        for unit in corpus_units()
        if sum(map(len, unit.files.values())) <= LONGEST_SCHEMA
    ]
    return (*parts, schema_files(12, 4), *units)


def told(failure: Failure, seed: str, folder: Path) -> str:
    """Write a report that can be replayed, and return the sentence that names it."""
    report = folder / "failure.json"
    report.write_text(failure.as_json(), encoding="utf-8")
    steps = "\n".join(f"  {step}" for step in failure.steps)
    files = "\n".join(f"--- {path}\n{text}" for path, text in failure.files.items())
    return (
        f"{failure.error}\nafter {len(failure.steps)} steps ({seed}); "
        f"see it again with: python -m tests.fuzz {report}\n{steps}\n{files}"
    )


class TestTheHarnessItself:
    def test_steps_are_the_same_for_the_same_seed(self) -> None:
        files = real_schemas()[0]
        first, second = (list(random_steps(files, Random("x"), 40)) for _ in range(2))
        assert first == second

    def test_a_failure_is_shrunk_to_what_it_needs_and_can_be_replayed(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        def fail_on_a_mark(session: Session, texts: dict[str, str]) -> None:
            if any("MARK" in text for text in texts.values()):
                raise ValueError("there is the mark")

        monkeypatch.setattr(edits, "_compare_texts", fail_on_a_mark)
        files = {"a.prisma": "model A {\n  id Int @id\n}\n", "b.prisma": "// b\n"}
        noise = [Step("edit", "a.prisma", 0, 0, "// x\n")] * 9
        mark = Step("edit", "b.prisma", 2, 2, "MARK")
        failure = first_failure(files, [*noise, mark, *noise, Step("look")])
        assert failure is not None
        small = shrunk(failure)
        assert small.steps in ((mark, Step("look")), (mark,))
        assert set(small.files) == {"b.prisma"}
        told(small, "a seed", tmp_path)
        again = read_failure(tmp_path / "failure.json")
        assert first_failure(again.files, again.steps) == small
