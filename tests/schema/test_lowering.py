"""What a block says is worked out anew only for the lines that an edit has changed."""

from __future__ import annotations

from referee.schema.facts import ModelFacts
from referee.schema.lowering import KnownFields, lower_block
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


def facts_of(block: Block, known: KnownFields | None = None) -> ModelFacts:
    lowered = lower_block(block, known)
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
        known = KnownFields()
        known.take_from(old, old_facts)
        facts = facts_of(new, known)
        assert facts == facts_of(new)
        kept = [field for field in facts.fields if any(field is each for each in old_facts.fields)]
        assert len(kept) >= len(facts.fields) - 1


def test_lines_of_one_text_are_worked_out_once() -> None:
    source = read_source(TEXT + TEXT.replace("Post", "Comment"), LineMemo())
    known = KnownFields()
    first, second = (facts_of(block_of(source.items[number]), known) for number in (0, 2))
    assert first == facts_of(block_of(source.items[0]))
    assert all(one is other for one, other in zip(first.fields, second.fields, strict=True))
