"""The numbers of blocks follow their order in the file, however often it is edited."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from referee.engine.order import BlockOrder
from referee.syntax.blocks import LineMemo
from referee.syntax.source import read_source
from referee.syntax.tree import Block, Item


def blocks(count: int) -> tuple[Item, ...]:
    """Return blocks with gaps between them."""
    text = "".join(f"model M{number} {{\n}}\n\n" for number in range(count))
    return tuple(read_source(text, LineMemo()).items)


def assert_in_order(order: BlockOrder, items: Sequence[Item]) -> None:
    numbers = [order.number(item) for item in items if isinstance(item, Block)]
    assert numbers == sorted(set(numbers))


def test_numbers_follow_the_order_under_random_edits() -> None:
    choose = Random(5)
    order = BlockOrder()
    items: tuple[Item, ...] = ()
    for _ in range(400):
        first = choose.randint(0, len(items))
        end = min(len(items), first + choose.randint(0, 4))
        come = blocks(choose.randint(0, 3))
        gone = items[first:end]
        items = (*items[:first], *come, *items[end:])
        order.replace(gone, items, first, first + len(come))
        assert_in_order(order, items)


def test_a_block_that_is_edited_keeps_its_number() -> None:
    order = BlockOrder()
    items = blocks(3)
    order.replace((), items, 0, len(items))
    numbers = [order.number(item) for item in items if isinstance(item, Block)]
    edited = (*blocks(1), *items[2:])
    order.replace(items[:2], edited, 0, 2)
    assert [order.number(item) for item in edited if isinstance(item, Block)] == numbers


def test_where_there_is_no_room_all_blocks_of_the_file_are_numbered_anew() -> None:
    order = BlockOrder()
    items = blocks(2)
    order.replace((), items, 0, len(items))
    crowded: list[int] = []
    for time in range(40):
        come = blocks(1)
        items = (*items[:1], *come, *items[1:])
        if order.replace((), items, 1, 1 + len(come)):
            crowded.append(time)
        assert_in_order(order, items)
    assert crowded
    assert crowded[0] >= 20, "one more finds room often enough"
