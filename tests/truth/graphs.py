"""Random graphs of relations, as Prisma schemas, with rows in which every key counts.

A graph is a value, so that a mismatch can be shrunk by leaving out parts of it.
It deliberately knows no database and no verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from types import MappingProxyType
from typing import Literal, TypeAlias

from referee.schema.facts import Action
from referee.schema.providers import Provider

Row: TypeAlias = Mapping[str, int | None]
Rows: TypeAlias = Mapping[str, tuple[Row, ...]]

# The row that is deleted, the row of each table that nobody touches and to which defaults point,
# and the first of the rows that point at the main row of their own table.
MAIN = 1
SPARE = 9
FIRST_BELOW = 20
PART = 1
# What an update writes.
NEW = 5

# "own-id": the primary key of the child is the key, as in a one-to-one relation that shares it.
Width = Literal["single", "pair", "half-optional-pair", "own-id"]


@dataclass(frozen=True, slots=True)
class Key:
    """A relation of a random graph; the names of its fields come from its number.

    A pair references two columns. `has_default` gives the columns a default, the spare row.
    `shares` is the number of another key of the child whose column is the first of this one too.
    """

    number: int
    child: int
    parent: int
    on_delete: Action | None
    on_update: Action | None
    width: Width = "single"
    is_required: bool = False
    is_unique: bool = False
    has_default: bool = False
    shares: int | None = None

    @property
    def field(self) -> str:
        return f"r{self.number}"

    @property
    def columns(self) -> tuple[str, ...]:
        if self.width == "own-id":
            return ("id",)
        first = f"k{self.number if self.shares is None else self.shares}"
        return (first, f"k{self.number}p") if self.is_pair else (first,)

    @property
    def references(self) -> tuple[str, ...]:
        return ("id", "part") if self.is_pair else ("id",)

    @property
    def is_pair(self) -> bool:
        return self.width in ("pair", "half-optional-pair")

    @property
    def is_self_relation(self) -> bool:
        return self.child == self.parent

    def is_column_required(self, column: str) -> bool:
        if self.width == "half-optional-pair":
            return column == self.columns[0]
        return self.is_required

    def values(self, row: int) -> dict[str, int | None]:
        """Return the columns that point at a row."""
        return dict(zip(self.columns, (row, PART), strict=False))

    def values_of_nothing(self, own: int) -> dict[str, int | None]:
        """Return columns that point at no row; at the own one where all are required."""
        return {
            column: value if self.is_column_required(column) else None
            for column, value in self.values(own).items()
        }


@dataclass(frozen=True, slots=True)
class Join:
    """An implicit many-to-many relation."""

    number: int
    first: int
    second: int

    @property
    def sides(self) -> dict[str, int]:
        """The models by column of the join table; that whose name sorts first is A."""
        return dict(zip("AB", sorted((self.first, self.second), key=str), strict=True))


@dataclass(frozen=True, slots=True)
class Graph:
    """Models `T0`, `T1`, ... and what stands between them."""

    models: tuple[int, ...]
    keys: tuple[Key, ...]
    joins: tuple[Join, ...] = ()

    def schema(self, provider: Provider) -> str:
        """Return the graph as a Prisma schema."""
        blocks = [f'datasource db {{\n  provider = "{provider}"\n}}\n']
        blocks.extend(self._model(number) for number in self.models)
        return "\n".join(blocks)

    def _model(self, number: int) -> str:
        lines = ["  id Int @id"]
        if any(key.parent == number and key.is_pair for key in self.keys):
            lines += [f"  part Int @default({PART})", "  @@unique([id, part])"]
        for key in self.keys:
            if key.child == number:
                lines.extend(_fields(key))
            if key.parent == number:
                arity = "?" if key.is_unique else "[]"
                lines.append(f'  b{key.number} T{key.child}{arity} @relation("k{key.number}")')
        for join in self.joins:
            if join.first == number:
                lines.append(f'  j{join.number}a T{join.second}[] @relation("j{join.number}")')
            if join.second == number:
                lines.append(f'  j{join.number}b T{join.first}[] @relation("j{join.number}")')
        return f"model T{number} {{\n" + "\n".join(lines) + "\n}\n"

    def rows(self, root: int) -> Rows:
        """Return the rows by table, join tables among them, for a deed on the root's main row.

        Every table has its main row, which points at the main rows of other tables, a spare row
        that does the same among the spare rows, and for each self relation a row that points at
        the main row by that relation. Its other keys are like the main row's, so that a cascade
        takes both, but in the table of the root it has only this one reason to go.
        """
        rows: dict[str, tuple[Row, ...]] = {}
        for number in self.models:
            own = [key for key in self.keys if key.child == number]
            made = [
                self._row(number, own, MAIN, MAIN, None),
                self._row(number, own, SPARE, SPARE, None),
            ]
            made += [
                self._row(
                    number, own, FIRST_BELOW + key.number, SPARE if number == root else MAIN, key
                )
                for key in own
                if key.is_self_relation
            ]
            rows[f"T{number}"] = tuple(made)
        for join in self.joins:
            # Nothing is linked to itself.
            others = (SPARE, MAIN) if join.first == join.second else (MAIN, SPARE)
            rows[f"_j{join.number}"] = tuple(
                {"A": row, "B": other} for row, other in zip((MAIN, SPARE), others, strict=True)
            )
        return MappingProxyType(rows)

    def _row(
        self, model: int, keys: Sequence[Key], row: int, parents: int, below: Key | None
    ) -> Row:
        values: dict[str, int | None] = {"id": row}
        if any(key.parent == model and key.is_pair for key in self.keys):
            values["part"] = PART
        for key in keys:
            if key == below:
                values.update(key.values(MAIN))
            elif not key.is_self_relation:
                values.update(key.values(parents))
            else:
                values.update(key.values_of_nothing(row))
        return MappingProxyType(values)

    def smaller(self) -> Iterator[Graph]:
        """Yield graphs with one part left out, or one relation made plainer; big steps first."""
        for model in self.models:
            yield Graph(
                tuple(each for each in self.models if each != model),
                _with_their_columns(
                    key for key in self.keys if model not in (key.child, key.parent)
                ),
                tuple(join for join in self.joins if model not in (join.first, join.second)),
            )
        for join in self.joins:
            yield replace(self, joins=tuple(each for each in self.joins if each != join))
        for key in self.keys:
            keys = _with_their_columns(each for each in self.keys if each != key)
            yield replace(self, keys=keys)
        for key in self.keys:
            plainer = replace(key, width="single", is_unique=False, on_update=None)
            if plainer != key and key.width != "own-id":
                yield replace(
                    self, keys=tuple(plainer if each == key else each for each in self.keys)
                )


def _with_their_columns(keys: Iterable[Key]) -> tuple[Key, ...]:
    """Return the keys that are left once those are gone whose column another one has declared."""
    kept = tuple(keys)
    numbers = {key.number for key in kept}
    return tuple(key for key in kept if key.shares is None or key.shares in numbers)


def _fields(key: Key) -> list[str]:
    optional = "" if key.is_required else "?"
    arguments = [
        f'"k{key.number}"',
        f"fields: [{', '.join(key.columns)}]",
        f"references: [{', '.join(key.references)}]",
    ]
    if key.on_delete is not None:
        arguments.append(f"onDelete: {key.on_delete}")
    if key.on_update is not None:
        arguments.append(f"onUpdate: {key.on_update}")
    if key.shares is not None and not key.is_pair:
        # The name of a constraint comes from the columns, which are those of another key.
        arguments.append(f'map: "T{key.child}_{key.field}_fkey"')
    lines = [f"  {key.field} T{key.parent}{optional} @relation({', '.join(arguments)})"]
    if key.width == "own-id":
        return lines
    for column, default in list(key.values(SPARE).items())[key.shares is not None :]:
        mark = "" if key.is_column_required(column) else "?"
        unique = " @unique" if key.is_unique and not key.is_pair else ""
        written = f" @default({default})" if key.has_default else ""
        lines.append(f"  {column} Int{mark}{unique}{written}")
    if key.is_unique and key.is_pair:
        lines.append(f"  @@unique([{', '.join(key.columns)}])")
    return lines


_DELETE_ACTIONS: tuple[Action | None, ...] = (
    "Cascade",
    "Cascade",
    "Cascade",
    "Cascade",
    "Restrict",
    "NoAction",
    "SetNull",
    "SetDefault",
    None,
)
_UPDATE_ACTIONS: tuple[Action | None, ...] = (
    None,
    None,
    "Cascade",
    "Restrict",
    "NoAction",
    "SetNull",
    "SetDefault",
)


def random_graph(random: Random, provider: Provider, *, shares_columns: bool = True) -> Graph:
    """Return a graph of 4 to 12 models that Prisma's validator accepts on a provider."""
    models = tuple(range(random.randint(4, 12)))
    keys: list[Key] = []
    for number in range(random.randint(len(models) // 2, 2 * len(models))):
        child, parent = random.choice(models), random.choice(models)
        keys.append(_random_key(random, provider, number, child, parent))
    keys = _with_own_ids(random, keys)
    # The row below the main one has the same parents, and may not if only one row can.
    with_self_relation = {key.child for key in keys if key.is_self_relation}
    keys = [
        replace(key, is_unique=False)
        if key.child in with_self_relation and not key.is_self_relation
        else key
        for key in keys
    ]
    if shares_columns:
        keys = _with_shared_columns(random, keys)
    joins = tuple(
        Join(number, *sorted((random.choice(models), random.choice(models))))
        for number in range(random.choice((0, 0, 1, 2)))
    )
    return Graph(models, tuple(keys), joins)


def _with_own_ids(random: Random, keys: Sequence[Key]) -> list[Key]:
    """Return keys of which some are the primary keys of their models as well."""
    found: list[Key] = []
    taken = {key.child for key in keys if key.is_self_relation}
    for key in keys:
        is_plain = key.width == "single" and key.is_required and not key.has_default
        refuses_or_follows = {key.on_delete, key.on_update} <= {
            None,
            "Cascade",
            "Restrict",
            "NoAction",
        }
        if is_plain and refuses_or_follows and key.child not in taken and random.random() < 0.5:
            key = replace(key, width="own-id", is_unique=True)
            taken.add(key.child)
        found.append(key)
    return found


def _with_shared_columns(random: Random, keys: Sequence[Key]) -> list[Key]:
    """Return keys of which some use the column of another one as well, and none clears it.

    What is cleared by one key may neither refuse nor follow by the other any more, or still do, as
    the turn comes; Referee does not follow that.
    """
    found: list[Key] = []
    for key in keys:
        bases = [
            base
            for base in found
            if base.child == key.child
            and base.shares is None
            and base.width == "single"
            and base.is_required == key.is_required
            and _keeps_its_columns(base)
        ]
        is_able = key.width in ("single", "pair") and _keeps_its_columns(key)
        if is_able and bases and random.random() < 0.5:
            base = random.choice(bases)
            key = replace(
                key,
                shares=base.number,
                is_unique=base.is_unique and key.width == "single",
                has_default=base.has_default,
            )
        found.append(key)
    return found


def _keeps_its_columns(key: Key) -> bool:
    """Tell whether a delete never writes to a key, which refers to another table."""
    if key.is_self_relation:
        return False
    return key.on_delete in ("Cascade", "Restrict", "NoAction") or (
        key.on_delete is None and key.is_required
    )


def _random_key(random: Random, provider: Provider, number: int, child: int, parent: int) -> Key:
    width: Width = random.choice(("single", "single", "single", "pair", "half-optional-pair"))
    is_required = width != "half-optional-pair" and random.random() < 0.5
    on_delete, on_update = random.choice(_DELETE_ACTIONS), random.choice(_UPDATE_ACTIONS)
    # The validator takes SetNull on a required key from PostgreSQL alone.
    has_required_column = is_required or width == "half-optional-pair"
    if has_required_column and provider != "postgresql":
        on_delete = "Cascade" if on_delete == "SetNull" else on_delete
        on_update = None if on_update == "SetNull" else on_update
    sets_default = "SetDefault" in (on_delete, on_update)
    is_unique = not sets_default and random.random() < 0.2 and not (child == parent and is_required)
    return Key(
        number,
        child,
        parent,
        on_delete,
        on_update,
        width,
        is_required,
        is_unique,
        has_default=sets_default and random.random() < 0.7,
    )
