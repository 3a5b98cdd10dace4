"""Whether the planner answers the look-up of a foreign key from an index, against the verdict.

Plans are looked at, never clocks. The look-up is the statement with which a database finds the
rows that refer to a row: of PostgreSQL's triggers, of SQLite's foreign key processing, and what
Prisma Client asks where it plays the actions itself.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from referee.ddl.sql import create_script
from referee.migrations.database.connection import Connection
from referee.rules.coverage import Coverage, coverage_of
from referee.schema.providers import Provider
from tests.support.views import view_of
from tests.truth.trial import model_of

ROWS = 50_000
# Of the columns of the child: `ref` is the id of a parent, `tenant` has few values, `x` and `y`
# belong to no key and have as many values as there are rows. Where a leading column has few,
# PostgreSQL 18 walks through an index once for each of them ("skip scan"), which no older one does.
TENANTS, PARENTS, OTHERS = 5, 5_000, ROWS - 1


@dataclass(frozen=True, slots=True)
class Shape:
    """The indexes of a child model, and whether its key is `[ref]` or `[tenant, ref]`."""

    indexes: tuple[str, ...]
    is_composite: bool = False
    is_optional: bool = True

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the foreign key."""
        return ("tenant", "ref") if self.is_composite else ("ref",)

    def schema(self, provider: Provider, is_emulated: bool = False) -> str:
        """Return the shape as a Prisma schema."""
        mode = '  relationMode = "prisma"\n' if is_emulated else ""
        mark = "?" if self.is_optional else ""
        references = "tenant, id" if self.is_composite else "id"
        return (
            f'datasource db {{\n  provider = "{provider}"\n{mode}}}\n\n'
            'generator client {\n  provider = "prisma-client"\n'
            '  previewFeatures = ["partialIndexes"]\n}\n\n'
            "model Parent {\n  id Int @id @default(autoincrement())\n  tenant Int\n"
            "  children Child[]\n  @@unique([tenant, id])\n}\n\n"
            "model Child {\n  id Int @id\n"
            f"  tenant Int{mark}\n  ref Int{mark}\n  x Int\n  y Int\n"
            f"  parent Parent{mark} @relation(fields: [{', '.join(self.key)}], "
            f"references: [{references}], onDelete: Cascade)\n"
            + "".join(f"  {index}\n" for index in self.indexes)
            + "}\n"
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a planner does: the name of the index it uses, None where it reads the table.

    `share` is the part of the table's rows, or of the index, that the look-up went through.
    """

    index: str | None
    share: float
    text: str


class Planner(Protocol):
    """A database whose plans are asked for."""

    provider: Provider
    title: str
    is_emulated: bool

    def filled(self, script: str) -> Callable[[Sequence[str]], Plan]:
        """Make and fill the tables; the value tells how rows of a key's columns are found."""
        ...


def shapes_of_every_kind(provider: Provider) -> Iterator[Shape]:
    """Yield the shapes of which the documentation of the rule says whether they help."""
    yield Shape(())
    yield from (Shape((f"@@index([{columns}])",)) for columns in ("ref", "ref, x", "x, ref", "x"))
    yield Shape(("@@index([ref(sort: Desc)])",)) if provider != "mysql" else Shape(())
    for columns in (
        "tenant, ref",
        "ref, tenant",
        "ref, x, tenant",
        "ref",
        "ref, x",
        "x, tenant, ref",
        "tenant",
        "tenant, x, ref",
        "tenant, ref, x",
        "x",
    ):
        yield Shape((f"@@index([{columns}])",), is_composite=True)
    if provider == "postgresql":
        yield Shape(("@@index([ref], type: Hash)",))
        yield Shape(("@@index([ref], type: Brin)",))
        yield Shape(("@@index([tenant, ref], type: Brin)",), is_composite=True)
    if provider in ("postgresql", "sqlite"):
        for columns, composite in (("ref", False), ("tenant, ref", True)):
            for condition in (
                "{ ref: { not: null } }",
                "{ x: 1 }",
                "{ y: { not: 3 } }",
                'raw("ref IS NOT NULL")',
                'raw("x = 1 AND ref IS NOT NULL")',
            ):
                yield Shape((f"@@index([{columns}], where: {condition})",), composite)


def random_shape(random: Random) -> Shape:
    """Return a shape with up to three indexes over columns in any order."""
    is_composite = random.random() < 0.6
    # Behind a tenant that is no part of the key PostgreSQL 18 skips from tenant to tenant.
    columns = ["ref", "x", "y", *(["tenant"] * is_composite)]
    indexes = {
        f"@@index([{', '.join(random.sample(columns, random.randint(1, len(columns))))}])"
        for _ in range(random.randint(1, 3))
    }
    return Shape(tuple(sorted(indexes)), is_composite)


def try_shape(planner: Planner, shape: Shape) -> str | None:
    """Return where the planner contradicts the verdict on a shape, None where it does not."""
    view = view_of(shape.schema(planner.provider, planner.is_emulated))
    child, parent = view.model("Child"), view.model("Parent")
    assert child is not None
    assert parent is not None
    (key,) = view.keys_of("Child")
    coverage = coverage_of(key, child, parent)
    plan = planner.filled(create_script(model_of(view)))(shape.key)
    return contradiction(shape, coverage, plan)


def try_automatic_index(planner: MariadbPlanner, shape: Shape) -> str | None:
    """Return the complaint where no index starts with the columns of a key of InnoDB."""
    script = create_script(model_of(view_of(shape.schema(planner.provider))))
    if planner.automatic_index(script, shape.key) is None:
        return f"{shape} has no index that starts with {', '.join(shape.key)}"
    return None


def contradiction(shape: Shape, coverage: Coverage, plan: Plan) -> str | None:
    """Return in words where a plan contradicts a verdict.

    "covered": an index is used, and less than half of what one tenant has is gone through. Where
    only the tenant leads an index, all that it has is, whether the planner uses that index or not.
    """
    if coverage.state == "covered":
        if plan.index is None:
            return f"{shape} is covered, and the table is read: {plan.text}"
        if plan.share > 0.5 / TENANTS:
            return f"{shape} is covered, and {plan.share:.0%} are gone through: {plan.text}"
    if coverage.why == "leads" and plan.share < 0.9 / TENANTS:
        return f"{shape} is covered in part, and {plan.share:.2%} are gone through: {plan.text}"
    is_uncovered = coverage.state == "none" or coverage.why in ("partial", "brin", "fulltext")
    if is_uncovered and plan.index is not None:
        return f"{shape} is not covered ({coverage.why}), and {plan.index} is used: {plan.text}"
    return None


_FILL = (
    "INSERT INTO {parent} (id, tenant) {numbers_of_parents};\n"
    "INSERT INTO {child} (id, tenant, ref, x, y) {numbers_of_children};\n"
)


class PostgresqlPlanner:
    """PostgreSQL, asked for the generic plan that its triggers keep."""

    provider: Provider = "postgresql"
    is_emulated = False

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.title = str(connection.server)

    def filled(self, script: str) -> Callable[[Sequence[str]], Plan]:
        """Make and fill the tables; the value tells how rows of a key's columns are found."""
        self._connection.run_script(
            "DEALLOCATE ALL; DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n" + script
        )
        self._connection.run_script(
            _FILL.format(
                parent='"Parent"',
                child='"Child"',
                numbers_of_parents=(
                    f"SELECT n, n % {TENANTS} FROM generate_series(0, {PARENTS - 1}) n"
                ),
                numbers_of_children=(
                    f"SELECT n, n % {PARENTS} % {TENANTS}, n % {PARENTS}, n * 7 % {OTHERS}, "
                    f"n * 13 % {OTHERS} FROM generate_series(0, {ROWS - 1}) n"
                ),
            )
            + "SET plan_cache_mode = force_generic_plan"
        )
        self._connection.run_script("VACUUM ANALYZE")
        return self._plan

    def _plan(self, columns: Sequence[str]) -> Plan:
        condition = " AND ".join(f'"{name}" = ${n}' for n, name in enumerate(columns, 1))
        self._connection.run_script(
            f"PREPARE look_up({', '.join(['int'] * len(columns))}) AS "
            f'SELECT 1 FROM ONLY "Child" x WHERE {condition} FOR KEY SHARE OF x'
        )
        plan = self._explained(len(columns))
        share = self._share_of(len(columns))
        self._connection.run_script(
            "DISCARD PLANS; SET enable_indexscan = off; SET enable_bitmapscan = off"
        )
        reading_all = self._explained(len(columns))
        self._connection.run_script("RESET enable_indexscan; RESET enable_bitmapscan")
        # To go through a whole index is a little less to read than the table, and no look-up.
        is_look_up = plan["Total Cost"] * _LOOK_UP_SAVES < reading_all["Total Cost"]
        return Plan(index_in(plan) if is_look_up else None, share, json.dumps(plan))

    def _share_of(self, number: int) -> float:
        """Run the look-up and return the larger share: of the table's rows or the index's pages.

        An index scan counts the pages of the table with those of the index; of a table it reads at
        most one for each row.
        """
        scan = self._explained(number, "ANALYZE, BUFFERS, TIMING OFF, ")["Plans"][0]
        rows = sum(scan.get(name, 0) for name in _ROWS_GONE_THROUGH)
        if scan["Node Type"] == "Seq Scan":
            return float(rows / ROWS)
        is_bitmap = scan["Node Type"] == "Bitmap Heap Scan"
        searched = scan["Plans"][0] if is_bitmap else scan
        pages = searched["Shared Hit Blocks"] + searched["Shared Read Blocks"]
        ((in_index,),) = self._connection.query(
            "SELECT relpages FROM pg_class WHERE oid = %s::regclass",
            (f'"{searched["Index Name"]}"',),
        )
        return float(max(rows / ROWS, (pages if is_bitmap else pages - rows) / in_index))

    def _explained(self, number: int, options: str = "") -> dict[str, Any]:
        """Return the node at the top of the plan for the prepared look-up by so many columns."""
        values = ", ".join(["1"] * number)
        rows = self._connection.query(
            f"EXPLAIN ({options}FORMAT JSON) EXECUTE look_up({values})", ()
        )
        found = rows[0][0]
        plan = json.loads(found) if isinstance(found, str) else found
        top: dict[str, Any] = plan[0]["Plan"]
        return top


# What a node of a plan says of the rows of the table that it has looked at.
_ROWS_GONE_THROUGH = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
# A look-up costs less than reading the whole table by this factor, as PostgreSQL reckons.
_LOOK_UP_SAVES = 5


def index_in(node: dict[str, Any]) -> str | None:
    """Return the index that a plan of PostgreSQL looks its key up in."""
    if node["Node Type"] == "Seq Scan":
        return None
    if "Index Cond" in node:
        return str(node["Index Name"])
    plans = node.get("Plans", [])
    assert isinstance(plans, list)
    return next((found for each in plans if (found := index_in(each)) is not None), None)


class SqlitePlanner:
    """SQLite, asked for the query that its manual gives as the look-up of a foreign key.

    "SELECT rowid FROM <child-table> WHERE <child-key> = :parent_key_value" (SQLite manual,
    "Foreign Key Support", "Required and Suggested Database Indexes"). Like the others it knows how
    many rows share a value; without that it takes either of two indexes that one column leads.
    """

    provider: Provider = "sqlite"
    is_emulated = False
    title = f"SQLite {sqlite3.sqlite_version}"

    def filled(self, script: str) -> Callable[[Sequence[str]], Plan]:
        """Make and fill the tables; the value tells how rows of a key's columns are found."""
        database = sqlite3.connect(":memory:", isolation_level=None)
        database.executescript(script)
        database.executescript(
            _FILL.format(
                parent='"Parent"',
                child='"Child"',
                numbers_of_parents=_recursive(f"n, n % {TENANTS}", PARENTS),
                numbers_of_children=_recursive(
                    f"n, n % {PARENTS} % {TENANTS}, n % {PARENTS}, n * 7 % {OTHERS}, "
                    f"n * 13 % {OTHERS}",
                    ROWS,
                ),
            )
            + "ANALYZE;"
        )

        def plan(columns: Sequence[str]) -> Plan:
            condition = " AND ".join(f'"{name}" = 1' for name in columns)
            rows = database.execute(
                f'EXPLAIN QUERY PLAN SELECT rowid FROM "Child" WHERE {condition}'
            ).fetchall()
            text = "; ".join(str(row[3]) for row in rows)
            # The columns that the index is searched by; it goes through all rows that share them.
            searched = re.findall(r"(\w+)=\?", text)
            shared = " AND ".join(f'"{name}" = 1' for name in searched) or "TRUE"
            ((number,),) = database.execute(f'SELECT COUNT(*) FROM "Child" WHERE {shared}')
            database.close()
            return Plan(text if text.startswith("SEARCH") else None, number / ROWS, text)

        return plan


def _recursive(values: str, count: int) -> str:
    return (
        "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers "
        f"WHERE n < {count - 1}) SELECT {values} FROM numbers"
    )


class MariadbPlanner:
    """MariaDB without foreign keys, asked for the query of whoever loads the rows of a parent.

    With foreign keys it makes every index itself, which `automatic_index` looks at.
    """

    provider: Provider = "mysql"
    is_emulated = True

    def __init__(self, connection: Connection, name: str = "plans") -> None:
        self._connection = connection
        self._name = name
        self.title = str(connection.server)

    def filled(self, script: str) -> Callable[[Sequence[str]], Plan]:
        """Make and fill the tables; the value tells how rows of a key's columns are found."""
        self._make(script)
        self._connection.run_script(
            _FILL.format(
                parent="`Parent`",
                child="`Child`",
                numbers_of_parents=f"SELECT seq, seq % {TENANTS} FROM seq_1_to_{PARENTS}",
                numbers_of_children=(
                    f"SELECT seq, seq % {PARENTS} % {TENANTS}, seq % {PARENTS}, "
                    f"seq * 7 % {OTHERS}, seq * 13 % {OTHERS} FROM seq_1_to_{ROWS}"
                ),
            )
            + "ANALYZE TABLE `Child`"
        )
        return self._plan

    def automatic_index(self, script: str, columns: Sequence[str]) -> str | None:
        """Make the tables and return the index that starts with the columns of the key."""
        self._make(script)
        rows = self._connection.query(
            "SELECT index_name, GROUP_CONCAT(column_name ORDER BY seq_in_index) "
            "FROM information_schema.statistics "
            "WHERE table_schema = DATABASE() AND table_name = 'Child' GROUP BY index_name",
            (),
        )
        wanted = list(columns)
        return next(
            (str(name) for name, found in rows if str(found).split(",")[: len(wanted)] == wanted),
            None,
        )

    def _make(self, script: str) -> None:
        name = self._name
        self._connection.run_script(
            f"DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}; USE {name}"
        )
        self._connection.run_script(script)

    def _plan(self, columns: Sequence[str]) -> Plan:
        condition = " AND ".join(f"`{name}` = 1" for name in columns)
        query = f"SELECT * FROM `Child` WHERE {condition}"
        ((text,),) = self._connection.query(f"EXPLAIN FORMAT=JSON {query}", ())
        self._connection.execute("FLUSH STATUS")
        self._connection.query(query, ())
        # Rows that were read, and entries of an index of which the server first asked the rest.
        counts = self._connection.query(
            "SELECT variable_name, CAST(variable_value AS INTEGER) "
            "FROM information_schema.session_status WHERE variable_name LIKE 'Handler\\_read\\_%' "
            "OR variable_name = 'Handler_icp_attempts'",
            (),
        )
        number = max(
            sum(count for name, count in counts if (name.upper() in _ICP) == is_icp)
            for is_icp in (False, True)
        )
        return Plan(index_of_mariadb(json.loads(text)), number / ROWS, text)


_ICP = ("HANDLER_ICP_ATTEMPTS",)


def index_of_mariadb(plan: dict[str, Any]) -> str | None:
    """Return the index that a plan of MariaDB or MySQL looks its key up in."""
    block = plan["query_block"]
    table = block["table"] if "table" in block else block["nested_loop"][0]["table"]
    reads_all = table["access_type"] in ("ALL", "index")
    return None if reads_all else str(table["key"])
