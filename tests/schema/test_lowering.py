"""What a block says is worked out anew only for the lines that an edit has changed."""

from __future__ import annotations

from referee.schema.facts import ModelFacts
from referee.schema.lowering import lower_block
from referee.syntax.blocks import LineMemo
from referee.syntax.source import edit_source, read_source
from referee.syntax.tree import Block
from referee.text.edits import TextEdit

TEXT = """\
model Post {
  id       Int    @id
  author   User   @relation(fields: [authorId], references: [id])
  authorId Int
  title    String @unique
  title    Int

  @@index([authorId])
}
"""


def block_of(item: object) -> Block:
    assert isinstance(item, Block)
    return item


def facts_of(block: Block, older: Block | None = None, facts: object = None) -> ModelFacts:
    known = facts if isinstance(facts, ModelFacts) else None
    lowered = lower_block(block, older, known)
    assert isinstance(lowered, ModelFacts)
    return lowered


def test_fields_whose_lines_stay_keep_what_they_say_and_the_rest_is_as_from_scratch() -> None:
    memo = LineMemo()
    source = read_source(TEXT, memo)
    old = block_of(source.items[0])
    old_facts = facts_of(old)
    for there, before in (("authorId Int", "authorId "), ("  title    Int", ""), ("String", "")):
        at = TEXT.index(there) + len(before)
        edited = edit_source(source, TextEdit(at, at, "x"), memo).source
        new = block_of(edited.items[0])
        facts = facts_of(new, old, old_facts)
        assert facts == facts_of(new)
        kept = [field for field in facts.fields if any(field is each for each in old_facts.fields)]
        assert len(kept) >= len(facts.fields) - 1
