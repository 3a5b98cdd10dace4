"""Random graphs of foreign keys with one row a table, as a schema and as SQL.

Every row points at the row of each table its keys name, so that every key takes part.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from referee.schema.facts import DatasourceFacts, ModelFacts
from referee.schema.lowering import lower_block
from referee.schema.providers import database_of
from referee.schema.view import SchemaView, build_view
from referee.syntax.blocks import LineMemo
from referee.syntax.source import read_source
from referee.syntax.tree import Block

ACTIONS = ("Cascade", "Cascade", "Cascade", "Restrict", "NoAction", "SetNull")


@dataclass(frozen=True, slots=True)
class RandomKey:
    """A key of a random graph; its column is called after its number."""

    number: int
    child: int
    parent: int
    action: str

    @property
    def column(self) -> str:
        return f"k{self.number}"


@dataclass(frozen=True, slots=True)
class RandomGraph:
    """Tables `T0`, `T1`, ... and the keys between them."""

    tables: int
    keys: tuple[RandomKey, ...]

    def keys_of(self, table: int) -> list[RandomKey]:
        return [key for key in self.keys if key.child == table]

    def schema(self, provider: str) -> str:
        """The graph as a Prisma schema."""
        blocks = [f'datasource db {{\n  provider = "{provider}"\n}}\n']
        for table in range(self.tables):
            lines = ["  id Int @id"]
            for key in self.keys_of(table):
                lines.append(
                    f'  r{key.number} T{key.parent}? @relation("k{key.number}", '
                    f"fields: [{key.column}], references: [id], onDelete: {key.action})"
                )
                lines.append(f"  {key.column} Int?")
            for key in self.keys:
                if key.parent == table:
                    lines.append(f'  b{key.number} T{key.child}[] @relation("k{key.number}")')
            blocks.append(f"model T{table} {{\n" + "\n".join(lines) + "\n}\n")
        return "\n".join(blocks)

    def view(self, provider: str) -> SchemaView:
        """The graph as rules see it."""
        return view_of(self.schema(provider))


def view_of(text: str) -> SchemaView:
    """Return what rules see of one file."""
    blocks = [item for item in read_source(text, LineMemo()).items if isinstance(item, Block)]
    found = [facts for block in blocks if (facts := lower_block(block)) is not None]
    datasource = next((each for each in found if isinstance(each, DatasourceFacts)), None)
    models = [each for each in found if isinstance(each, ModelFacts)]
    return build_view(database_of(datasource), models)


def random_graph(random: Random, has_self_relations: bool = False) -> RandomGraph:
    """Return a graph of a few tables."""
    tables = random.randint(2, 6)
    keys: list[RandomKey] = []
    for number in range(random.randint(1, 2 * tables + 2)):
        child, parent = random.randrange(tables), random.randrange(tables)
        if child == parent and not has_self_relations:
            continue
        keys.append(RandomKey(number, child, parent, random.choice(ACTIONS)))
    return RandomGraph(tables, tuple(keys))


SQL_ACTIONS = {
    "Cascade": "CASCADE",
    "Restrict": "RESTRICT",
    "NoAction": "NO ACTION",
    "SetNull": "SET NULL",
}
